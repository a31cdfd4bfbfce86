"""All tables of a release together: a cell hidden in one is hidden in all, and no interval is narrower than required.

Tables that suppress are protected by secondary suppression. Tables that redact and round are attacked as they are;
where a redacted cell could be placed too narrowly, the smallest rounded figure that places it is redacted as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from justitia.protect.audit import AuditResult, audit
from justitia.protect.outsider import Outsider, Shown, outsider
from justitia.protect.placing import Placing, requirements_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


def protect_together(tables: Sequence[Shown]) -> Linked:
    """Return the tables, with as many further cells redacted as the required intervals need.

    What single equations give away is mended first, for that is quick; then the whole system is attacked.

    Args:
        tables: with their primary cells redacted.

    Raises:
        DisclosureError, RequestError: of suppression, where it cannot be done or the tables contradict each other.
    """
    before = sum(int(_hidden(table).sum()) for table in tables)
    now = hide_alike(tables)
    seen = outsider(now)
    placing = Placing(now, seen)
    chosen = placing.loosen()
    for _ in range(ROUNDS):
        now = redact(now, seen, chosen)
        seen = outsider(now)
        result = attack(now, seen)
        if result.is_safe:
            break
        chosen = Placing(now, seen).repair(result.requirements.cells[~result.safe])
        if not chosen.any():
            break
    return Linked(tuple(now), result, sum(int(_hidden(table).sum()) for table in now) - before)


def attack(tables: Sequence[Shown], seen: Outsider, *, explained: int = 0) -> AuditResult:
    """Return what an outsider can compute of the cells that the rules of the tables protect."""
    return audit(seen.system, requirements_of(tables, seen), explained=explained)


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
