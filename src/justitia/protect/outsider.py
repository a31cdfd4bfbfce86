"""What an outsider knows of published tables: one linear system, with the range that each published figure leaves.

A rounded or perturbed figure is no value but a range; a redacted one too. Cells of linked tables that describe the same
thing are one variable. A count under a condition and its complement add up to the count: that is an equation as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from justitia.model.missing import TOTAL
from justitia.protect.hierarchy import TIME, TableAxis
from justitia.protect.system import HIDDEN, PRIMARY, PUBLISHED, SECONDARY, Dimension, System, Table, build_system

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from justitia.metadata.definitions import Dataflow, DisclosureRule, Measure

REST = "_REST"  # complement of a condition; in systems only
PER_CATEGORY, PER_SERIES = "once_per_category", "once_per_series"  # counting rules under which parts do not add up


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it is, or is to be, published.

    Args:
        dataflow, rule, axes: its definition.
        cells: n cells: the axes' columns, TIME_PERIOD and MEASURE.
        exact: n true values, NaN where they are not known to us.
        shown: n published values, NaN where redacted.
        small: n, redacted because of a small count of its own; others are redacted to protect these.
        noise: largest noise of a cell key.
        vintage: of a release; empty for the present.
    """

    dataflow: Dataflow
    rule: DisclosureRule
    axes: tuple[TableAxis, ...]
    cells: pa.Table
    exact: NDArray[np.float64]
    shown: NDArray[np.float64]
    small: NDArray[np.bool_]
    noise: int = 0
    vintage: str = ""


@dataclass(frozen=True, slots=True)
class Outsider:
    """The system, and where each row of each table is in it.

    Args:
        system: all tables together.
        places: (table, rows of it, variables of these rows), several for each table.
        rests: (table, variables): complements of conditions, which no table shows.
    """

    system: System
    places: tuple[tuple[int, NDArray[np.int64], NDArray[np.int64]], ...]
    rests: tuple[tuple[int, NDArray[np.int64]], ...] = ()

    def rows_of(self, table: int, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the rows of a table whose variables are chosen."""
        import numpy as np

        found = [rows[chosen[variables]] for number, rows, variables in self.places if number == table]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def outsider(tables: Sequence[Shown]) -> Outsider:
    """Return what an outsider knows of all these tables together.

    Raises:
        RequestError: E-PRO-1xx when the tables contradict each other.
    """
    import numpy as np

    parts: list[tuple[int, NDArray[np.int64], Table, NDArray[np.float64], NDArray[np.float64]]] = []
    for number, shown in enumerate(tables):
        low, high = ranges(shown)
        if shown.rule.rule == "suppress":  # what is public may yet be suppressed: nothing limits it beforehand
            low, high = np.where(np.isnan(shown.shown), low, 0), np.where(np.isnan(shown.shown), high, np.inf)
        measures = np.array(shown.cells["MEASURE"].to_pylist())
        for measure in shown.dataflow.measures:
            rows = np.flatnonzero(measures == measure.id)
            if len(rows):
                parts.append((number, rows, _table(shown, measure, rows, measures), low, high))
    system = build_system([table for _, _, table, _, _ in parts])
    lower, upper, whole = system.lower.copy(), system.upper.copy(), system.whole.copy()
    places, rests = [], []
    for (number, rows, _, low, high), variables in zip(parts, system.variables, strict=True):
        own = variables[: len(rows)]
        np.maximum.at(lower, own, low[rows])
        np.minimum.at(upper, own, high[rows])
        # Ranges end in whole numbers; programs in whole numbers over whole tables of ranges would take hours.
        whole[variables] &= tables[number].rule.rule == "suppress"
        places.append((number, rows, own))
        rests.append((number, variables[2 * len(rows) :]))
    lower[_may_be_zero(system)] = 0
    return Outsider(replace(system, lower=lower, upper=upper, whole=whole), tuple(places), tuple(rests))


def _may_be_zero(system: System) -> NDArray[np.bool_]:
    """Return the cells of rows that are redacted whole with their total: any of them may be zero."""
    import numpy as np

    rows = np.repeat(np.arange(system.matrix.shape[0]), np.diff(system.matrix.indptr))
    open_rows = np.zeros(system.matrix.shape[0], bool)
    open_rows[rows[system.status[system.matrix.indices] < SECONDARY]] = True
    open_rows |= np.diff(system.matrix.indptr) < 3  # an only part is the whole
    found = np.zeros(system.size, bool)
    found[system.matrix.indices[(system.matrix.data < 0) & ~open_rows[rows]]] = True
    return found


def ranges(shown: Shown) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the largest true value that each published figure leaves open."""
    import numpy as np

    rule, values = shown.rule, np.nan_to_num(shown.shown)
    low, high = values.copy(), values.copy()
    if rule.rule in ("threshold_and_round", "round"):
        low, high = values - rule.round_to // 2, values + rule.round_to - 1 - rule.round_to // 2
        if rule.rule == "threshold_and_round":  # zero is never rounded to
            low, high = np.where(values == 0, 0, np.maximum(low, rule.redact_up_to + 1)), np.where(values == 0, 0, high)
    elif rule.rule == "controlled_round":
        low, high = values - rule.round_to + 1, values + rule.round_to - 1
    elif rule.rule == "cell_key":
        low, high = values - shown.noise, values + shown.noise
    hidden = np.isnan(shown.shown)
    most = float(rule.redact_up_to) if rule.rule != "cell_key" else np.inf
    counted = np.isin(
        shown.cells["MEASURE"].to_pylist(), [measure.id for measure in shown.dataflow.measures if not measure.sum_of]
    )
    low = np.where(hidden, 0, np.maximum(low, 0))
    known = shown.small & counted & ~np.isnan(shown.exact)
    high = np.where(hidden, np.where(known, most, np.inf), high)
    low = np.where(hidden & known & (shown.exact > 0), 1, low)
    return low, high


def _table(shown: Shown, measure: Measure, rows: NDArray[np.int64], measures: NDArray[Any]) -> Table:
    """Return the cells of one measure as a table; of a measure under a condition with the count and the complement."""
    import numpy as np

    flow = shown.dataflow
    columns = [np.array(shown.cells[name].to_pylist(), dtype=object) for name in (*_ids(shown), TIME)]
    keys = [column[rows] for column in columns]
    exact, status = shown.exact[rows], _status(shown)[rows]
    dimensions = _dimensions(shown, columns[-1])
    universe = f"{flow.unit}|{flow.counting_rule}|{flow.where}|{'+'.join(flow.series)}"
    if measure.sum_of:
        universe += f"|sum of {measure.sum_of} where {measure.where}"
    elif measure.where:
        whole = np.flatnonzero(measures == _whole(flow))
        order = _matching([column[whole] for column in columns], keys)
        total, total_status = shown.exact[whole][order], _status(shown)[whole][order]
        # The complement is shown nowhere, and everybody can subtract.
        keys = [np.concatenate([column] * 3) for column in keys]
        keys.append(np.repeat(np.array([measure.id, TOTAL, REST], dtype=object), len(rows)))
        status = np.concatenate([status, total_status, np.full(len(rows), HIDDEN, np.uint8)])
        exact = np.concatenate([exact, total, total - exact])
        parents = {TOTAL: "", measure.id: TOTAL, REST: TOTAL}
        dimensions.append(Dimension("MEASURE", parents, TOTAL, f"where {measure.where}"))
    return Table(
        dataflow=f"{flow.id}.{measure.id}",
        dimensions=tuple(dimensions),
        keys=tuple(keys),
        values=exact,
        status=status,
        universe=universe,
        vintage=shown.vintage,
        absent="zero",
    )


def _whole(flow: Dataflow) -> str:
    return next((item.id for item in flow.measures if not item.where and not item.sum_of), "COUNT")


def _matching(of: list[NDArray[Any]], keys: list[NDArray[Any]]) -> NDArray[np.int64]:
    """Return for each key its place in `of`."""
    import numpy as np

    def joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
        return np.array(["\x1f".join(parts) for parts in zip(*columns, strict=True)])

    own = joined(of)
    order = np.argsort(own)
    found: NDArray[np.int64] = order[np.searchsorted(own, joined(keys), sorter=order)]
    return found


def _status(shown: Shown) -> NDArray[np.uint8]:
    """Return the status of each cell: published figures are values only where the rule leaves no range."""
    import numpy as np

    low, high = ranges(shown)
    hidden = np.isnan(shown.shown)
    status = np.where(low == high, PUBLISHED, HIDDEN)
    return np.where(hidden, np.where(shown.small, PRIMARY, SECONDARY), status).astype(np.uint8)


def _ids(shown: Shown) -> list[str]:
    return [axis.id for axis in shown.axes]


def _dimensions(shown: Shown, periods: NDArray[Any]) -> list[Dimension]:
    flow, made = shown.dataflow, []
    for axis in shown.axes:
        many = flow.counting_rule == PER_CATEGORY and not axis.field.startswith(f"{flow.unit}.")
        if many or flow.counting_rule == PER_SERIES or TOTAL not in axis.parents:
            made.append(Dimension(axis.id, dict.fromkeys(axis.parents, ""), "", f"{axis.field} {flow.counting_rule}"))
        else:
            made.append(Dimension(axis.id, axis.parents, TOTAL, axis.field))
    present = set(periods.tolist())
    total = TOTAL if TOTAL in present and flow.counting_rule != PER_SERIES else ""
    field = flow.period_field if "." in flow.period_field else f"{flow.unit}.{flow.period_field}"
    concept = f"{flow.frequency} of {field}" if flow.frequency else "all periods"
    made.append(Dimension.flat(TIME, sorted(present), total=total, concept=concept))
    return made
