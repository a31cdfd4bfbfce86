"""Primary rules: which cells tell something of persons by themselves, before anybody subtracts.

Counts: few units in a cell; a small total that lies in one category, where the zeros beside it tell which; a row of
which one category holds (nearly) all, of whatever size, for fields declared so. Not given and unknown are categories.
Sums: dominance and p per cent, from the largest contributors of each cell. Source: Hundepool et al. 2012, Statistical
Disclosure Control, ch. 4.2 (cell-specific rules) and 5.2 (frequency tables); the handbook of Eurostat's centre of
excellence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import DisclosureError
from justitia.model.missing import MISSING, TOTAL
from justitia.protect.hierarchy import TIME, TableAxis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from justitia.metadata.definitions import DisclosureRule

SMALL, ROW = "small count", "row in one category"


def primary_sql(relation: str, axes: Sequence[TableAxis], rule: DisclosureRule) -> str:
    """Return the SELECT of a table's cells with a column `why` more: the rule that redacts the cell, null for none.

    Args:
        relation: long table with the axes' columns, TIME_PERIOD, MEASURE and UNITS.
        axes: its breakdowns.
        rule: redact_up_to and the primary rules.
    """
    small = f"e.UNITS BETWEEN 1 AND {rule.redact_up_to}"
    columns, joins, rows = ["e.*"], [], []
    for axis in axes:
        if not _guards_rows(axis, rule):
            continue
        listed = ", ".join(f"({literal(code)}, {literal(above)})" for code, above in axis.parents.items())
        alias = quote(f"above_{axis.id}")
        joins.append(f"LEFT JOIN (VALUES {listed}) AS {alias}(code, above) ON {alias}.code = e.{quote(axis.id)}")
        columns.append(f"{alias}.above AS {alias}")
        rows.append(_row_test(axis, axes, rule))
    if not rows:
        return (
            f"SELECT e.*, CASE WHEN {_guarded(small, axes, rule)} THEN {literal(SMALL)} END AS why FROM {relation} AS e"
        )
    above = ", ".join(quote(f"above_{axis.id}") for axis in axes if _guards_rows(axis, rule))
    inner = f"SELECT {', '.join(columns)} FROM {relation} AS e {' '.join(joins)}"
    return f"""
        SELECT * EXCLUDE ({above}), CASE WHEN {_guarded(small, axes, rule)} THEN {literal(SMALL)}
            WHEN {" OR ".join(rows)} THEN {literal(ROW)} END AS why FROM ({inner}) AS e"""


def _guards_rows(axis: TableAxis, rule: DisclosureRule) -> bool:
    name = axis.field.rpartition(".")[2]
    return name in rule.primary.row_fields or (rule.primary.small_rows and name not in rule.primary.never_fields)


def _guarded(small: str, axes: Sequence[TableAxis], rule: DisclosureRule) -> str:
    """Return the small-count test, without the cells that only tell of fields that tell nothing of a person."""
    never = [axis for axis in axes if axis.field.rpartition(".")[2] in rule.primary.never_fields]
    if not never:
        return small
    others = " OR ".join(f"e.{quote(axis.id)} <> {literal(TOTAL)}" for axis in axes if axis not in never)
    at_all = " AND ".join(f"e.{quote(axis.id)} = {literal(TOTAL)}" for axis in never)
    return f"{small} AND ({f'{others} OR ' if others else ''}({at_all}))"


def _row_test(axis: TableAxis, axes: Sequence[TableAxis], rule: DisclosureRule) -> str:
    """Return whether a cell lies in a row, along an axis, that one category holds."""
    others = [quote(other.id) for other in axes if other is not axis]
    window = f"PARTITION BY {', '.join([*others, quote(f'above_{axis.id}'), TIME, 'MEASURE'])}"
    counted = "" if rule.primary.unknown_is_category else f" FILTER (e.{quote(axis.id)} NOT IN ({_listed(MISSING)}))"

    def over(call: str) -> str:
        return f"{call}{counted} OVER ({window})"

    tests = []
    if rule.primary.small_rows:
        # All of it, though two categories may share it: what is hidden may then be zero, and nobody can count on 1.
        tests.append(f"({over('sum(e.UNITS)')} BETWEEN 1 AND {rule.redact_up_to})")
    if axis.field.rpartition(".")[2] in rule.primary.row_fields:
        held = f"100 * {over('max(e.UNITS)')} >= {rule.primary.row_percent} * {over('sum(e.UNITS)')}"
        tests.append(f"({over('max(e.UNITS)')} > 0 AND {held})")
    return f"(e.{quote(axis.id)} <> {literal(TOTAL)} AND count(*) OVER ({window}) > 1 AND ({' OR '.join(tests)}))"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(map(literal, codes))


def dominated(largest: NDArray[np.float64], total: NDArray[np.float64], *, n: int, k: float) -> NDArray[np.bool_]:
    """Return which cells the (n, k) rule redacts: the n largest contributors hold more than k per cent.

    Args:
        largest: contributions, shape (cells, m), the largest first, 0 where there are fewer; m at least n.
        total: of each cell, shape (cells,).
        n: number of contributors.
        k: per cent.
    """
    _check_contributors(largest, n)
    found: NDArray[np.bool_] = (total > 0) & (100 * largest[:, :n].sum(axis=1) > k * total)
    return found


def estimable(
    largest: NDArray[np.float64], total: NDArray[np.float64], *, p: float, coalition: int = 1
) -> NDArray[np.bool_]:
    """Return which cells the p-per-cent rule redacts: others can tell the largest contribution to within p per cent.

    Args:
        largest: contributions, shape (cells, m), the largest first, 0 where there are fewer; m above the coalition.
        total: of each cell, shape (cells,).
        p: per cent.
        coalition: number of contributors who put together what they know, the second largest and on.
    """
    _check_contributors(largest, coalition + 1)
    rest = total - largest[:, : coalition + 1].sum(axis=1)
    found: NDArray[np.bool_] = (total > 0) & (100 * rest < p * largest[:, 0])
    return found


def _check_contributors(largest: NDArray[np.float64], needed: int) -> None:
    """Raise DisclosureError (E-DIS-008) when too few contributors are known to decide."""
    import numpy as np

    if largest.ndim != 2 or largest.shape[1] < needed or (np.diff(largest, axis=1) > 0).any():
        raise DisclosureError(
            "E-DIS-008",
            f"the {needed} largest contributors of each cell are needed, the largest first",
            remedy="Sum with the contributions of the largest units beside each sum",
        )
