"""Person-level files for researchers: how many records share their quasi-identifiers, and coding of the extremes.

k-anonymity: Sweeney 2002; l-diversity (distinct values): Machanavajjhala et al. 2007. The report holds counts of
records and never a record; it is for the office that decides, not for publication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.errors import RequestError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Anonymity:
    """What a file gives away by some columns.

    Args:
        records: number of records.
        classes: number of combinations of the quasi-identifiers that occur.
        smallest: records in the rarest combination: the k of k-anonymity.
        below: records whose combination fewer than the wanted k share.
        diversity: sensitive column -> fewest different values within one combination: the l of l-diversity.
        uniform: sensitive column -> records whose combination has fewer than the wanted l values.
    """

    records: int
    classes: int
    smallest: int
    below: int
    diversity: dict[str, int]
    uniform: dict[str, int]


def report_anonymity(
    table: pa.Table, quasi_identifiers: Sequence[str], *, k: int, sensitive: Sequence[str] = (), least_values: int = 2
) -> Anonymity:
    """Return how well the records of a file hide among one another.

    Args:
        table: one row per record. A missing value is a value of its own.
        quasi_identifiers: columns that others may know of somebody.
        k: records that are to share each combination.
        sensitive: columns that nobody is to learn.
        least_values: values of a sensitive column that each combination is to have.

    Raises:
        RequestError: E-MIC-001 for a column that is not there or a k below 2.
    """
    import pyarrow.compute as pc

    _check_columns(table, [*quasi_identifiers, *sensitive])
    if k < 2:
        raise RequestError("E-MIC-001", f"k = {k} protects nobody", remedy="Ask for 3 or more")
    wanted: list[tuple[object, ...]] = [
        ([], "count_all"),
        *((name, "count_distinct", pc.CountOptions(mode="all")) for name in sensitive),
    ]
    classes = table.group_by(list(quasi_identifiers)).aggregate(wanted)
    sizes = classes["count_all"]
    diversity, uniform = {}, {}
    for name in sensitive:
        values = classes[f"{name}_count_distinct"]
        diversity[name] = int(pc.min(values).as_py() or 0)
        uniform[name] = int(pc.sum(sizes.filter(pc.less(values, least_values))).as_py() or 0)
    return Anonymity(
        records=table.num_rows,
        classes=classes.num_rows,
        smallest=int(pc.min(sizes).as_py() or 0),
        below=int(pc.sum(sizes.filter(pc.less(sizes, k))).as_py() or 0),
        diversity=diversity,
        uniform=uniform,
    )


def extreme_limits(table: pa.Table, column: str, *, least: int) -> tuple[float, float]:
    """Return limits for bottom and top coding: at least `least` records lie at or beyond each of them.

    Raises:
        RequestError: E-MIC-002 when the column has too few values for two groups of this size.
    """
    import numpy as np
    import pyarrow.compute as pc

    _check_columns(table, [column])
    values = np.sort(pc.drop_null(table[column]).to_numpy())
    if least < 1 or len(values) < 2 * least:
        raise RequestError(
            "E-MIC-002", f"column [{column}] has no two groups of {least} records", remedy="Ask for less"
        )
    return float(values[least - 1]), float(values[-least])


def code_extremes(
    table: pa.Table, column: str, *, lower: float | None = None, upper: float | None = None
) -> tuple[pa.Table, int]:
    """Return the table with values beyond a limit set to the limit, and the number of values changed.

    Args:
        table: one row per record.
        column: of numbers; missing values stay missing.
        lower, upper: limits of bottom and top coding; None: none on that side.
    """
    import pyarrow.compute as pc

    _check_columns(table, [column])
    values = table[column]
    coded = values
    for limit, choose in ((lower, pc.max_element_wise), (upper, pc.min_element_wise)):
        if limit is not None:
            at = int(limit) if values.type in _whole_types() else limit
            coded = choose(coded, _scalar(at, values.type), skip_nulls=False)
    changed = int(pc.sum(pc.cast(pc.fill_null(pc.not_equal(coded, values), False), "int64")).as_py() or 0)
    return table.set_column(table.column_names.index(column), column, coded), changed


def _scalar(value: float, kind: pa.DataType) -> pa.Scalar:
    import pyarrow as pa

    return pa.scalar(value, kind)


def _whole_types() -> tuple[pa.DataType, ...]:
    import pyarrow as pa

    return (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())


def _check_columns(table: pa.Table, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in table.column_names]
    if missing or not names:
        raise RequestError(
            "E-MIC-001",
            f"the file has no column [{missing[0]}]" if missing else "no column is named",
            remedy=f"Columns are {', '.join(table.column_names)}",
        )
