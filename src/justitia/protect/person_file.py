"""Protect a person-level file by its plan: code extremes, swap areas, empty what is too rare, measure what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import DisclosureError, RequestError
from justitia.protect.file_plan import CountPlan, FilePlan
from justitia.protect.microdata import Anonymity, code_extremes, extreme_limits, report_anonymity
from justitia.protect.swapping import Swapped, swap_records

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FileProtected:
    """A file after protection.

    Args:
        table: the columns that may leave.
        before, after: how well its records hide.
        coded: column -> values set to a limit.
        swapped: units that have another area; None where nothing is swapped.
        blanked: column -> values emptied.
    """

    table: pa.Table
    before: Anonymity
    after: Anonymity
    coded: dict[str, int]
    swapped: Swapped | None
    blanked: dict[str, int]

    @property
    def is_safe(self) -> bool:
        """Return whether every combination is shared by enough units, with enough values of what is sensitive."""
        return not self.after.below and not any(self.after.uniform.values())


def read_file(path: Path, *, numbers: Sequence[str] = ()) -> pa.Table:
    """Return the records of a CSV or Parquet file; of CSV all columns are text but those named as numbers.

    Raises:
        RequestError: E-MIC-009 when it cannot be read.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        if path.suffix.lower() == ".parquet":
            return parquet.read_table(path)
        with csv.open_csv(path) as found:
            names = found.schema.names
        kinds = {name: pa.float64() if name in numbers else pa.string() for name in names}
        return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=kinds, strings_can_be_null=True))
    except (pa.ArrowInvalid, OSError) as error:
        # What Arrow says may hold a value of the file.
        raise RequestError(
            "E-MIC-009",
            "the file cannot be read",
            where=str(path),
            remedy="Give CSV in UTF-8 with a heading, or Parquet; columns with extremes must hold numbers only",
        ) from error


def protect_records(table: pa.Table, plan: FilePlan) -> FileProtected:
    """Return the file as its plan has it; look at `is_safe` before it leaves.

    Args:
        table: one row per record.
        plan: what to do.

    Raises:
        RequestError: E-MIC-001 to 003 for columns that are not there or extremes that cannot be coded.
    """
    import pyarrow as pa

    lost = [name for name in (*plan.keep, *((plan.unit,) if plan.unit else ())) if name not in table.column_names]
    if lost or not plan.keep:
        raise RequestError(
            "E-MIC-001",
            f"the file has no column [{lost[0]}]" if lost else "no column is to be kept",
            remedy=f"Columns are {', '.join(table.column_names)}",
        )
    before = _report(table, plan)
    coded = {}
    for name, item in plan.extremes.items():
        low, high = extreme_limits(table, name, least=item.least) if item.least else (item.lower, item.upper)
        table, coded[name] = code_extremes(table, name, lower=low, upper=high)
    swapped = None
    if plan.swap is not None:
        own = plan.swap
        swapped = swap_records(
            table, unit=own.unit, hierarchy=own.hierarchy, rare_columns=own.rare_columns, similar=own.similar,
            k=plan.k, rate=own.rate, seed=own.seed,
        )  # fmt: skip
        table = swapped.table
    table, blanked = _blank(table, plan)
    after = _report(table, plan)
    # In the order of the file, a record could be found again by its place.
    kept = table.select(plan.keep)
    kept = kept.sort_by([(name, "ascending") for name in plan.keep if not pa.types.is_nested(kept[name].type)])
    return FileProtected(kept, before, after, coded, swapped, blanked)


def check_safe(found: FileProtected, plan: FilePlan) -> None:
    """Raise DisclosureError (E-MIC-007) where some records hide too badly."""
    if found.is_safe:
        return
    uniform = "; ".join(
        f"{n:,} with fewer than {plan.l} values of {name}" for name, n in found.after.uniform.items() if n
    )
    raise DisclosureError(
        "E-MIC-007",
        f"{found.after.below:,} records share their combination with fewer than {plan.k} units"
        + (f"; {uniform}" if uniform else ""),
        remedy="Make columns coarser, name columns to blank, or keep fewer quasi-identifiers",
    )


def count_cells(table: pa.Table, plan: CountPlan, *, unit: str) -> tuple[list[tuple[str, ...]], NDArray[np.int64], int]:
    """Return all combinations of the declared categories, their true counts, and how many records are in none.

    Raises:
        RequestError: E-MIC-001 for columns that are not there, E-MIC-012 when a unit has more records than declared.
    """
    from itertools import product

    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    names = list(plan.by)
    lost = [name for name in (*names, *((unit,) if unit else ())) if name not in table.column_names]
    if lost:
        raise RequestError("E-MIC-001", f"the file has no column [{lost[0]}]", remedy="Correct the plan")
    most = pc.max(table.group_by(unit).aggregate([([], "count_all")])["count_all"]).as_py() if unit else 1
    if (most or 0) > plan.records_of_unit:
        raise RequestError(
            "E-MIC-012",
            f"units have more than {plan.records_of_unit} records: the noise would not cover them",
            remedy="Raise records_of_unit, or keep fewer records of each unit",
        )
    flat = np.zeros(table.num_rows, np.int64)
    known = np.ones(table.num_rows, bool)
    for name in names:
        place = pc.index_in(pc.cast(table[name], pa.string()), pa.array(plan.by[name]))
        own = pc.fill_null(place, -1).to_numpy().astype(np.int64)
        known &= own >= 0
        flat = flat * len(plan.by[name]) + own
    cells = list(product(*plan.by.values()))
    return cells, np.bincount(flat[known], minlength=len(cells)).astype(np.int64), int((~known).sum())


def _report(table: pa.Table, plan: FilePlan) -> Anonymity:
    return report_anonymity(
        table, plan.quasi_identifiers, k=plan.k, sensitive=plan.sensitive, least_values=plan.l, unit=plan.unit
    )


def _blank(table: pa.Table, plan: FilePlan) -> tuple[pa.Table, dict[str, int]]:
    """Empty quasi-identifiers, one column after another, in the records that still hide too badly."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from justitia.protect.microdata import rare_records

    made = {}
    for name in plan.blank:
        rare = rare_records(
            table, plan.quasi_identifiers, k=plan.k, sensitive=plan.sensitive, least_values=plan.l, unit=plan.unit
        )
        values = table[name]
        made[name] = int(np.sum(rare & ~values.is_null().to_numpy()))
        emptied = pc.if_else(pa.array(rare), pa.scalar(None, values.type), values)
        table = table.set_column(table.column_names.index(name), name, emptied)
    return table, made
