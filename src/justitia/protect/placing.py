"""Which figures place a redacted count too narrowly, found equation by equation, and the cheapest of them to redact.

Each equation limits each of its cells by what the others leave: bounds are passed on until nothing changes. This finds
less than linear programming and costs next to nothing; what it does not find, the attack on the whole system does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from justitia.protect.outsider import Outsider, Shown
from justitia.protect.system import HIDDEN, Requirements, require

if TYPE_CHECKING:
    from justitia.protect.system.tables import Bools, Floats, Ints

LARGE = 1e12  # stands for no limit, in sums
PASSES = 30  # of bounds over the equations
MENDS = 2_000


def requirements_of(tables: Sequence[Shown], seen: Outsider) -> Requirements:
    """Return the required intervals: of each cell redacted for its own sake, the width that its rule asks for.

    A width that the rule itself gives away (who sees a redacted cell knows that it is 1 to 7) is not asked for.
    """
    import numpy as np

    width = np.zeros(seen.system.size)
    for number, rows, variables in seen.places:
        table = tables[number]
        own = table.small[rows] & np.isnan(table.shown[rows]) & ~(table.exact[rows] == 0)
        asked = min(float(table.rule.least_width), table.rule.redact_up_to - 1.0)
        np.maximum.at(width, variables[own], asked)
    for number, variables in seen.rests:
        # How many do not meet a condition is a count like others, though no table shows it.
        few = (seen.system.values[variables] >= 1) & (seen.system.values[variables] <= tables[number].rule.redact_up_to)
        np.maximum.at(width, variables[few], float(tables[number].rule.least_width) if few.any() else 0.0)
    cells = np.flatnonzero((width > 0) & ~seen.system.public)
    room = seen.system.upper[cells] - seen.system.lower[cells]
    return require(seen.system, width=np.minimum(width[cells], room), cells=cells)


class Placing:
    """The system of some tables, loosened step by step.

    Args:
        tables: as they are to be published.
        seen: what an outsider knows of them.
        own: number of the first of them in which figures can still be redacted; the others are out.
    """

    def __init__(self, tables: Sequence[Shown], seen: Outsider, *, own: int) -> None:
        system = seen.system
        self.wanted = requirements_of(tables, seen)
        self.low, self.high = system.lower.copy(), np.minimum(system.upper, LARGE)
        self.low[system.public] = self.high[system.public] = system.values[system.public]
        self.values = system.values
        shown = np.zeros(system.size, bool)
        for number, _, variables in seen.places:
            shown[variables] |= number < own
        self.can_go = ((system.status == HIDDEN) | system.public) & shown & (system.values > 0)
        self.chosen = np.zeros(system.size, bool)
        self.rows = np.repeat(np.arange(system.matrix.shape[0]), np.diff(system.matrix.indptr))
        self.columns, self.signs = system.matrix.indices, system.matrix.data
        self.matrix, self.by_cell = system.matrix, system.matrix.tocsc()

    def loosen(self) -> Bools:
        """Return which figures to redact until no equation places a cell too narrowly."""
        for _ in range(MENDS):
            low, high = self.bounds()
            cells = self.wanted.cells[high[self.wanted.cells] - low[self.wanted.cells] < self.wanted.width - 0.5]
            if not len(cells) or not self.repair(cells).any():
                break
        return self.chosen

    def bounds(self) -> tuple[Floats, Floats]:
        """Return what the equations, one by one and over and over, leave of each cell."""
        low, high = self.low.copy(), self.high.copy()
        for _ in range(PASSES):
            least, most = self._implied(low, high)
            lower, upper = low.copy(), high.copy()
            np.maximum.at(lower, self.columns, least)
            np.minimum.at(upper, self.columns, most)
            if np.abs(lower - low).max() < 0.5 and np.abs(upper - high).max() < 0.5:
                break
            low, high = lower, upper
        return low, high

    def _implied(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return for each entry of each equation the range that the others leave it."""
        own_low = np.where(self.signs > 0, low[self.columns], -high[self.columns])
        own_high = np.where(self.signs > 0, high[self.columns], -low[self.columns])
        size = self.matrix.shape[0]
        sum_low = np.bincount(self.rows, weights=own_low, minlength=size)
        sum_high = np.bincount(self.rows, weights=own_high, minlength=size)
        least, most = -(sum_high[self.rows] - own_high), -(sum_low[self.rows] - own_low)
        return np.where(self.signs > 0, least, -most), np.where(self.signs > 0, most, -least)

    def repair(self, cells: Ints) -> Bools:
        """Redact, for each cell that is placed too narrowly, the smallest figure of the equation that places it most.

        Cells near one that was dealt with wait: what helped one may have helped them. Returns what was redacted.
        """
        least, most = self._implied(self.low, self.high)
        width = most - least
        touched = np.zeros(self.matrix.shape[0], bool)
        made = np.zeros(len(self.values), bool)
        found = [(*repair, cell) for cell in cells.tolist() if (repair := self._cheapest(cell, width)) is not None]
        for _, _, figure, cell in sorted(found):
            rows = self._equations(cell)
            if touched[rows].any():
                continue
            made[figure] = self.chosen[figure] = True
            self.can_go[figure] = False
            self.low[figure], self.high[figure] = 0, LARGE
            near = np.unique(self.matrix[np.append(rows, self._equations(figure))].indices)
            touched[np.unique(self.by_cell[:, near].indices)] = True
        return made

    def _equations(self, cell: int) -> Ints:
        found: Ints = self.by_cell.indices[self.by_cell.indptr[cell] : self.by_cell.indptr[cell + 1]]
        return found

    def _cheapest(self, cell: int, width: Floats) -> tuple[float, float, int] | None:
        found = [item for row in self._equations(cell) if (item := self._figure(int(row), cell, width)) is not None]
        return min(found, default=None)

    def _figure(self, row: int, cell: int, width: Floats) -> tuple[float, float, int] | None:
        """Return how widely an equation places a cell, and the value and place of its smallest figure that can go."""
        part = slice(self.matrix.indptr[row], self.matrix.indptr[row + 1])
        others = self.columns[part]
        free = others[self.can_go[others] & (others != cell)]
        if not len(free):
            return None
        figure = int(free[np.argmin(self.values[free])])
        return float(width[part][others == cell][0]), float(self.values[figure]), figure
