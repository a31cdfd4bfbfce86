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
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Anonymity:
    """What a file gives away by some columns.

    Args:
        records: number of records.
        classes: number of combinations of the quasi-identifiers that occur.
        smallest: units in the rarest combination: the k of k-anonymity.
        below: records whose combination fewer than the wanted k units share.
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
    table: pa.Table,
    quasi_identifiers: Sequence[str],
    *,
    k: int,
    sensitive: Sequence[str] = (),
    least_values: int = 2,
    unit: str = "",
) -> Anonymity:
    """Return how well the records of a file hide among one another.

    Args:
        table: one row per record. A missing value is a value of its own.
        quasi_identifiers: columns that others may know of somebody.
        k: units that are to share each combination.
        sensitive: columns that nobody is to learn.
        least_values: values of a sensitive column that each combination is to have.
        unit: column that tells whose records belong together, who then count once; empty: each record is a unit.

    Raises:
        RequestError: E-MIC-001 for a column that is not there or a k below 2.
    """
    import pyarrow.compute as pc

    classes = _classes(table, quasi_identifiers, k=k, sensitive=sensitive, unit=unit)
    records, units = classes["records"], classes["units"]
    diversity, uniform = {}, {}
    for place, name in enumerate(sensitive):
        values = classes[f"values_{place}"]
        diversity[name] = int(pc.min(values).as_py() or 0)
        uniform[name] = int(pc.sum(records.filter(pc.less(values, least_values))).as_py() or 0)
    return Anonymity(
        records=table.num_rows,
        classes=classes.num_rows,
        smallest=int(pc.min(units).as_py() or 0),
        below=int(pc.sum(records.filter(pc.less(units, k))).as_py() or 0),
        diversity=diversity,
        uniform=uniform,
    )


def rare_records(
    table: pa.Table,
    quasi_identifiers: Sequence[str],
    *,
    k: int,
    sensitive: Sequence[str] = (),
    least_values: int = 2,
    unit: str = "",
) -> NDArray[np.bool_]:
    """Return which records share their combination with too few units, or too few values of what is sensitive.

    Args: as of `report_anonymity`.
    """
    import numpy as np
    import pyarrow.compute as pc

    classes = _classes(table, quasi_identifiers, k=k, sensitive=sensitive, unit=unit)
    rare = classes["units"].to_numpy() < k
    for place in range(len(sensitive)):
        rare |= classes[f"values_{place}"].to_numpy() < least_values
    found = np.zeros(table.num_rows, bool)
    of_class = pc.list_value_length(classes["rows"]).to_numpy()
    found[pc.list_flatten(classes["rows"]).to_numpy()] = np.repeat(rare, of_class)
    return found


def _classes(
    table: pa.Table, quasi_identifiers: Sequence[str], *, k: int, sensitive: Sequence[str], unit: str
) -> pa.Table:
    """Return one row for each combination: its records, units, values of each sensitive column, and rows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    _check_columns(table, [*quasi_identifiers, *sensitive, *((unit,) if unit else ())])
    if k < 2:
        raise RequestError("E-MIC-001", f"k = {k} protects nobody", remedy="Ask for 3 or more")
    keys = {f"key_{place}": table[name] for place, name in enumerate(quasi_identifiers)}
    own = {f"own_{place}": table[name] for place, name in enumerate(sensitive)}
    rows = pa.array(np.arange(table.num_rows))
    named = pa.table({**keys, **own, "unit": table[unit] if unit else rows, "row": rows})
    every = pc.CountOptions(mode="all")
    wanted = [("row", "count"), ("unit", "count_distinct", every), ("row", "list")]
    found = named.group_by(list(keys)).aggregate([*wanted, *((name, "count_distinct", every) for name in own)])
    made = {"records": found["row_count"], "units": found["unit_count_distinct"], "rows": found["row_list"]}
    return pa.table(made | {f"values_{n}": found[f"own_{n}_count_distinct"] for n in range(len(sensitive))})


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
