"""All tables of a release together: a cell hidden in one is hidden in all, and no interval is narrower than required.

Tables that suppress are protected by secondary suppression. Tables that redact and round are attacked as they are;
where a redacted cell could be placed too narrowly, the smallest rounded figure that places it is redacted as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from justitia.protect.audit import AuditResult, Proofs
from justitia.protect.outsider import Outsider, Shown, outsider
from justitia.protect.placing import Placing, requirements_of
from justitia.protect.released import attack_vintages, keep_hidden
from justitia.protect.rounding import Rounding, controlled
from justitia.protect.suppression import suppress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COSTS: Mapping[str, Literal["values", "count"]] = {"sum": "values", "count": "count"}
ROUNDS = 12  # of attack and repair
HIDING = ("threshold_and_round", "suppress")  # rules that redact cells for the sake of others


@dataclass(frozen=True, slots=True)
class Linked:
    """Tables protected together.

    Args:
        tables: with what is redacted beside the primary cells.
        result: of the last attack.
        hidden: number of cells redacted for the sake of others.
    """

    tables: tuple[Shown, ...]
    result: AuditResult
    hidden: int


def protect_together(tables: Sequence[Shown], earlier: Sequence[Shown] = (), *, proofs: Proofs | None = None) -> Linked:
    """Return the tables, with as many further cells redacted as the required intervals need.

    What single equations give away is mended first, for that is quick; then the whole system is attacked.

    Args:
        tables: with their primary cells redacted.
        earlier: the same tables as earlier vintages published them; what these redact stays redacted while unchanged.
        proofs: of earlier attacks; those of this one are added.

    Raises:
        DisclosureError, RequestError: of suppression, where it cannot be done or the tables contradict each other.
    """
    before = sum(int(_hidden(table).sum()) for table in tables)
    now = suppress_together(hide_alike(keep_hidden(tables, earlier)))
    proofs = Proofs() if proofs is None else proofs  # a repair leaves most components as they are
    seen = outsider([*now, *earlier])
    chosen = Placing([*now, *earlier], seen, own=len(now)).loosen()
    for _ in range(ROUNDS):
        now = redact(now, seen, chosen)
        result = attack_vintages(now, earlier, explained=0, proofs=proofs)
        if result.is_safe:
            break
        seen = outsider([*now, *earlier])
        chosen = _mend([*now, *earlier], seen, result, own=len(now))
        if not chosen.any():
            break
    return Linked(tuple(now), result, sum(int(_hidden(table).sum()) for table in now) - before)


def _mend(tables: Sequence[Shown], seen: Outsider, result: AuditResult, *, own: int) -> NDArray[np.bool_]:
    """Return what to redact for the cells, and the changes since earlier vintages, that are placed too narrowly.

    A change is hidden by the later of its two figures, for the earlier one is out; where that is redacted already, by
    a figure of the sums in which it stands.
    """
    import numpy as np

    unsafe = result.requirements.cells[~result.safe]
    changed = result.changes[unsafe[unsafe >= seen.system.size] - seen.system.size, 0]
    placing = Placing(tables, seen, own=own)
    figures = changed[placing.can_go[changed]]
    chosen = placing.repair(np.union1d(unsafe[unsafe < seen.system.size], np.setdiff1d(changed, figures)))
    chosen[figures] = True
    return chosen


def suppress_together(tables: Sequence[Shown]) -> list[Shown]:
    """Return the tables with the secondary suppressions that those of them need which show exact figures.

    Raises:
        DisclosureError: E-PRO-123 to 125 where cells cannot be protected.
    """
    import numpy as np

    exact = [number for number, table in enumerate(tables) if table.rule.rule == "suppress"]
    if not exact:
        return list(tables)
    seen = outsider(tables)
    wanted = requirements_of(tables, seen)
    own = np.zeros(seen.system.size, bool)
    for number, _, variables in (*seen.places, *((n, None, v) for n, v in seen.rests)):
        own[variables] |= number in exact
    asked = wanted.part(own[wanted.cells])
    if not len(asked):
        return list(tables)
    cost = COSTS[tables[exact[0]].rule.cost]
    pattern = suppress(seen.system, asked, cost=cost, never=np.flatnonzero(seen.system.public & ~own))
    chosen = np.zeros(seen.system.size, bool)
    chosen[pattern.secondary] = True
    return redact(tables, seen, chosen)


def round_together(tables: Sequence[Shown], base: int) -> tuple[list[Shown], Rounding]:
    """Return the tables rounded to one base, so that parts add up to totals as far as may be, and how far that is."""
    import numpy as np
    from scipy.sparse import csr_array

    seen = outsider(tables)
    values = np.round(seen.system.values).astype(np.int64)
    found = controlled(values, csr_array(seen.system.matrix.astype(np.int64)), base)
    made = [replace(table, shown=table.shown.copy()) for table in tables]
    for number, rows, variables in seen.places:
        shown = made[number].shown
        shown[rows] = np.where(np.isnan(shown[rows]), np.nan, found.values[variables])
    return made, found


def hide_alike(tables: Sequence[Shown]) -> list[Shown]:
    """Return the tables with every cell redacted that another of them redacts."""
    import numpy as np

    seen = outsider(tables)
    hidden, small = np.zeros(seen.system.size, bool), np.zeros(seen.system.size, bool)
    for number, rows, variables in seen.places:
        own = np.isnan(tables[number].shown[rows])
        hidden[variables[own]] = True
        small[variables[own & tables[number].small[rows]]] = True
    made = redact(tables, seen, hidden)
    for number, rows, variables in seen.places:
        own = made[number].small.copy()
        own[rows] |= small[variables] & np.isnan(made[number].shown[rows])
        made[number] = replace(made[number], small=own)
    return made


def redact(tables: Sequence[Shown], seen: Outsider, chosen: NDArray[np.bool_]) -> list[Shown]:
    """Return the tables with the cells redacted whose variables are chosen."""
    import numpy as np

    made = []
    for number, table in enumerate(tables):
        rows = seen.rows_of(number, chosen)
        values = table.shown.copy()
        values[rows] = np.nan
        made.append(replace(table, shown=values))
    return made


def _hidden(table: Shown) -> NDArray[np.bool_]:
    import numpy as np

    found: NDArray[np.bool_] = np.isnan(table.shown)
    return found
