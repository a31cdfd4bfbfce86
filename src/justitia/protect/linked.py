"""All tables of a release together: a cell hidden in one is hidden in all, and no interval is narrower than required.

Tables that suppress are protected by secondary suppression. Tables that redact and round are attacked as they are;
where a redacted cell could be placed too narrowly, the smallest rounded figure that places it is redacted as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from justitia.protect.audit import AuditResult, audit
from justitia.protect.outsider import Outsider, Shown, outsider
from justitia.protect.system import HIDDEN, Requirements, require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from justitia.protect.system import System

LARGE = 1e12  # stands for no limit, in sums
ROUNDS = 60  # of attack and repair
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

    Args:
        tables: with their primary cells redacted.

    Raises:
        DisclosureError, RequestError: of suppression, where it cannot be done or the tables contradict each other.
    """
    before = sum(int(_hidden(table).sum()) for table in tables)
    now = hide_alike(tables)
    seen = outsider(now)
    result = attack(now, seen)
    for _ in range(ROUNDS):
        if result.is_safe:
            break
        chosen = _placing(seen, result)
        if not chosen.any():
            break
        now = _redact(now, seen, chosen)
        seen = outsider(now)
        result = attack(now, seen)
    return Linked(tuple(now), result, sum(int(_hidden(table).sum()) for table in now) - before)


def attack(tables: Sequence[Shown], seen: Outsider, *, explained: int = 0) -> AuditResult:
    """Return what an outsider can compute of the cells that the rules of the tables protect."""
    return audit(seen.system, requirements_of(tables, seen), explained=explained)


def requirements_of(tables: Sequence[Shown], seen: Outsider) -> Requirements:
    """Return the required intervals: of each cell redacted for its own sake, the width that its rule asks for.

    A width that the rule itself gives away (who sees a redacted cell knows that it is 1 to 7) is not asked for.
    """
    import numpy as np

    width = np.zeros(seen.system.size)
    for number, rows, variables in seen.places:
        table = tables[number]
        own = table.small[rows] & np.isnan(table.shown[rows]) & ~(table.exact[rows] == 0)
        asked = float(table.rule.least_width)
        if table.rule.rule == "threshold_and_round":
            asked = min(asked, table.rule.redact_up_to - 1.0)
        np.maximum.at(width, variables[own], asked)
    for number, variables in seen.rests:
        # How many do not meet a condition is a count like others, though no table shows it.
        few = (seen.system.values[variables] >= 1) & (seen.system.values[variables] <= tables[number].rule.redact_up_to)
        np.maximum.at(width, variables[few], float(tables[number].rule.least_width) if few.any() else 0.0)
    cells = np.flatnonzero((width > 0) & ~seen.system.public)
    room = seen.system.upper[cells] - seen.system.lower[cells]
    return require(seen.system, width=np.minimum(width[cells], room), cells=cells)


def hide_alike(tables: Sequence[Shown]) -> list[Shown]:
    """Return the tables with every cell redacted that another of them redacts."""
    import numpy as np

    seen = outsider(tables)
    hidden, small = np.zeros(seen.system.size, bool), np.zeros(seen.system.size, bool)
    for number, rows, variables in seen.places:
        own = np.isnan(tables[number].shown[rows])
        hidden[variables[own]] = True
        small[variables[own & tables[number].small[rows]]] = True
    made = _redact(tables, seen, hidden)
    for number, rows, variables in seen.places:
        own = made[number].small.copy()
        own[rows] |= small[variables] & np.isnan(made[number].shown[rows])
        made[number] = replace(made[number], small=own)
    return made


def _redact(tables: Sequence[Shown], seen: Outsider, chosen: NDArray[np.bool_]) -> list[Shown]:
    import numpy as np

    made = []
    for number, table in enumerate(tables):
        rows = seen.rows_of(number, chosen)
        values = table.shown.copy()
        values[rows] = np.nan
        made.append(replace(table, shown=values))
    return made


def _placing(seen: Outsider, result: AuditResult) -> NDArray[np.bool_]:
    """Return figures to redact, for cells that are placed too narrowly: the smallest one of the equation that leaves
    least room. Cells near one already dealt with wait for the next attack: what helps it may help them.
    """
    import numpy as np
    from scipy.sparse import csc_array

    system = seen.system
    chosen, shown, touched = (np.zeros(system.size, bool) for _ in range(3))
    for _, _, variables in seen.places:
        shown[variables] = True
    can_go = ((system.status == HIDDEN) | system.public) & shown & (system.values > 0)
    by_cell = csc_array(system.matrix)
    found = []
    for cell in result.requirements.cells[~result.safe].tolist():
        repairs = list(_repairs(system, by_cell, cell, can_go))
        if repairs:
            found.append((*min(repairs), cell))
    for _, _, least, cell in sorted(found):
        if touched[cell]:
            continue
        chosen[least] = True
        touched[_near(system, by_cell, _near(system, by_cell, np.array([cell])))] = True
    return chosen


def _near(system: System, by_cell: csc_array, cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cells that share an equation with one of these."""
    import numpy as np

    rows = np.unique(by_cell[:, cells].indices)
    found: NDArray[np.int64] = np.unique(system.matrix[rows].indices)
    return found


def _repairs(
    system: System, by_cell: csc_array, cell: int, can_go: NDArray[np.bool_]
) -> Iterator[tuple[float, float, int]]:
    """Yield, for each equation of a cell, the room that the others leave, and the smallest figure that can go."""
    import numpy as np

    room = np.minimum(system.upper - system.lower, LARGE)
    for row in by_cell.indices[by_cell.indptr[cell] : by_cell.indptr[cell + 1]]:
        others = system.matrix.indices[system.matrix.indptr[row] : system.matrix.indptr[row + 1]]
        others = others[others != cell]
        free = others[can_go[others]]
        if len(free):
            least = int(free[np.argmin(system.values[free])])
            yield float(room[others].sum()), float(system.values[least]), least


def _hidden(table: Shown) -> NDArray[np.bool_]:
    import numpy as np

    found: NDArray[np.bool_] = np.isnan(table.shown)
    return found
