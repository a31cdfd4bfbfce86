"""The intervals of the cells of one component.

Every solution of a linear program is a table that the outsider cannot tell from the true one. It shows for all cells
at once how far they can go, so that few cells need programs of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from justitia.errors import RequestError
from justitia.protect.audit.result import LINEAR, SHOWN, WHOLE
from justitia.protect.system.presolve import Component
from justitia.protect.system.solver import Program
from justitia.protect.system.tables import Bools, Floats, Ints

NEAR = 1e-6  # two values of a cell are the same, relative to 1 or to the value
BATCHES = 40  # programs for all open cells at once, at most
WORTH = 0.02  # a batch that closes a smaller share of the open cells is the last
LEAST_WEIGHT = 0.2  # of a cell in such a program; the largest is 1
INTERIOR = 500  # components of more columns: programs for many cells by interior points, faster in many dimensions


class Intervals:
    """How far each of the k cells of a component can go, as far as it is known.

    Args:
        component: the equations.
        whole: k, the cell is a whole number.
        anchor: k possible values to start from; default, found by a linear program.
        keep: keep every possible table in `tables`.
    """

    def __init__(self, component: Component, whole: Bools, anchor: Floats | None = None, *, keep: bool = False) -> None:
        self.component, self.whole = component, whole
        size = len(component.columns)
        self.low, self.high = np.full(size, np.inf), np.full(size, -np.inf)
        self.whole_low, self.whole_high = self.low.copy(), self.high.copy()
        self.exact_low, self.exact_high = np.zeros(size, bool), np.zeros(size, bool)
        self.settled_low, self.settled_high = np.zeros(size, bool), np.zeros(size, bool)  # the same for whole numbers
        self.method = np.full(size, SHOWN, np.uint8)
        self.programs = 0
        self.tables: list[Floats] | None = [] if keep else None
        self._limit = 0.0  # 0: every end was found so far
        self._program: Program | None = None
        self._scale = NEAR * (1 + np.abs(component.rhs))
        if anchor is None or not self.show(anchor):
            self._solve(np.empty(0, np.int64), np.empty(0))

    def show(self, x: Floats) -> bool:
        """Widen all intervals by a possible table, and return whether it is possible."""
        part = self.component
        near = NEAR * (1 + np.abs(x))
        if (x < part.lower - near).any() or (x > part.upper + near).any():
            return False
        rounded = np.where(self.whole, np.round(x), x)
        is_whole = bool((np.abs(rounded - x) <= near).all())
        x = rounded if is_whole else x
        if (np.abs(part.matrix @ x - part.rhs) > self._scale + 1e-9 * (abs(part.matrix) @ np.abs(x))).any():
            return False
        if self.tables is not None:
            self.tables.append(x)
        np.minimum(self.low, x, out=self.low)
        np.maximum(self.high, x, out=self.high)
        if is_whole:
            np.minimum(self.whole_low, x, out=self.whole_low)
            np.maximum(self.whole_high, x, out=self.whole_high)
        return True

    def show_moves(self, truth: Floats, moves: Sequence[tuple[Ints, Floats]]) -> None:
        """Widen all intervals by the possible ones among the tables to which moves lead from a possible table."""
        from scipy.sparse import csr_array

        part = self.component
        cells = np.concatenate([own for own, _ in moves])
        change = np.concatenate([by for _, by in moves])
        starts = np.cumsum([0, *[len(own) for own, _ in moves]])
        row = np.repeat(np.arange(len(moves)), np.diff(starts))
        x = truth[cells] + change
        near = NEAR * (1 + np.abs(x))
        rounded = np.where(self.whole[cells], np.round(x), x)
        fractional = np.bincount(row, np.abs(rounded - x) > near, minlength=len(moves)) > 0
        x = np.where(fractional[row], x, rounded)
        wrong = np.bincount(row, (x < part.lower[cells] - near) | (x > part.upper[cells] + near), minlength=len(moves))
        table = csr_array((x - truth[cells], cells, starts), shape=(len(moves), len(truth)))
        off = abs(table @ part.matrix.T).tocsr()
        wrong += np.asarray(off.max(axis=1).todense()).ravel() > NEAR
        for low, high, good in (
            (self.low, self.high, wrong == 0),
            (self.whole_low, self.whole_high, (wrong == 0) & ~fractional),
        ):
            chosen = good[row]
            np.minimum.at(low, cells[chosen], x[chosen])
            np.maximum.at(high, cells[chosen], x[chosen])

    def push(self, cell: int, side: int) -> None:
        """Find the end of a cell's interval on one side (+1 above, -1 below) exactly."""
        limit = (self.component.upper if side > 0 else self.component.lower)[cell]
        end = (self.high if side > 0 else self.low)[cell]
        if abs(end - limit) > NEAR * (1 + abs(end)):  # otherwise it cannot go further, whatever the equations
            self._solve(np.array([cell]), np.array([-float(side)]))
            self._open_end(cell, side)
        (self.exact_high if side > 0 else self.exact_low)[cell] = True
        self.method[cell] = LINEAR

    def _open_end(self, cell: int, side: int) -> None:
        ends, whole = (self.high, self.whole_high) if side > 0 else (self.low, self.whole_low)
        if self._limit and abs(ends[cell]) > self._limit / 100:
            ends[cell] = whole[cell] = side * np.inf

    def push_all(self, cells: Ints, sides: Floats) -> None:
        """Solve one program that pushes many cells at once, each with the weight of its side."""
        self._solve(cells, -sides, interior=len(self.component.columns) > INTERIOR and not self._limit)

    def push_whole(self, cell: int, side: int, *, seconds: float) -> bool:
        """Find the end of a cell's interval among whole numbers, and return whether there was time."""
        part = self.component
        cost = np.zeros(len(part.columns))
        cost[cell] = -float(side)
        program = Program(
            part.matrix, part.rhs, lower=part.lower, upper=part.upper, cost=cost, whole=self.whole
        )  # fmt: skip
        answer = program.solve(seconds=seconds)
        self.programs += 1
        if len(answer.x):
            self.show(answer.x)
        if answer.status == "unbounded":
            (self.whole_high if side > 0 else self.whole_low)[cell] = side * np.inf
        elif answer.status != "optimal":
            return False
        (self.settled_high if side > 0 else self.settled_low)[cell] = True
        if self.settled_high[cell] and self.settled_low[cell]:
            self.method[cell] = WHOLE
            self.exact_low[cell] = self.exact_high[cell] = True
        return True

    def _solve(self, cells: Ints, costs: Floats, *, interior: bool = False) -> None:
        part = self.component
        if self._program is None:
            self._program = Program(part.matrix, part.rhs, lower=part.lower, upper=part.upper)
            self._program.set_option("simplex_strategy", 4)  # primal: a new objective leaves the last table possible
        self._program.set_costs(cells, costs)
        answer = self._program.solve(interior=interior)
        self._program.set_costs(cells, np.zeros(len(cells)))
        self.programs += 1
        if answer.status == "infeasible":
            raise RequestError(
                "E-PRO-113",
                f"no values of {len(part.columns)} suppressed cells fit the published ones",
                remedy="Check that the table is additive, and that absent cells are what was said",
            )
        if answer.status == "unbounded" and not self._limit:
            self._set_limits()
            self._solve(cells, costs)
        elif len(answer.x):
            self.show(answer.x)

    def _set_limits(self) -> None:
        """Bound what the equations leave unbounded, so far away that reaching it means that there is no end."""
        part = self.component
        self._limit = 1e3 * (1 + float(np.abs(part.rhs).sum()) + float(np.abs(self.low[np.isfinite(self.low)]).sum()))
        free = np.flatnonzero(~np.isfinite(part.lower) | ~np.isfinite(part.upper))
        low, high = np.maximum(part.lower[free], -self._limit), np.minimum(part.upper[free], self._limit)
        if self._program is not None:
            self._program.set_bounds(free, low, high)


class Wanted:
    """What is required of j cells of a component, and what of it is shown.

    Args:
        cells: places in the component.
        low, high: the interval must reach so far; infinite where nothing is required.
        width: and be so wide.
    """

    def __init__(self, intervals: Intervals, cells: Ints, low: Floats, high: Floats, width: Floats) -> None:
        self.intervals, self.cells, self.low, self.high, self.width = intervals, cells, low, high, width

    def lacks(self, side: int, *, whole: bool = False) -> Bools:
        """Return which cells do not yet reach far enough on a side, or are not wide enough and not at their end."""
        own = self.intervals
        low, high = (own.whole_low, own.whole_high) if whole else (own.low, own.high)
        low, high = low[self.cells], high[self.cells]
        reach = high < self.high - NEAR if side > 0 else low > self.low + NEAR
        narrow = high - low < self.width - NEAR
        ends = (own.settled_low, own.settled_high) if whole else (own.exact_low, own.exact_high)
        at_end = ends[side > 0][self.cells]
        return np.asarray((reach | narrow) & ~at_end)

    def unsafe(self, *, whole: bool = False) -> Bools:
        """Return which cells are not shown to be safe."""
        own = self.intervals
        low, high = (own.whole_low, own.whole_high) if whole else (own.low, own.high)
        low, high = low[self.cells], high[self.cells]
        return np.asarray((high < self.high - NEAR) | (low > self.low + NEAR) | (high - low < self.width - NEAR))

    def close(self, *, seed: int = 0) -> None:
        """Show as many cells as possible to be safe by programs for many at once, and settle the rest one by one."""
        random = np.random.default_rng(seed)
        for _ in range(BATCHES):
            up, down = self.lacks(1), self.lacks(-1)
            before = int(up.sum() + down.sum())
            if before <= 2:
                break
            sides = np.where(up & down, random.choice([-1.0, 1.0], len(up)), up * 1.0 - down)
            chosen = sides != 0
            # Uneven weights: with even ones the same cells would win again and again.
            self.intervals.push_all(self.cells[chosen], sides[chosen] * random.uniform(LEAST_WEIGHT, 1, chosen.sum()))
            if before - int(self.lacks(1).sum() + self.lacks(-1).sum()) < max(2, WORTH * before):
                break
        for side in (1, -1):
            for place in np.flatnonzero(self.lacks(side)):
                if self.lacks(side)[place]:
                    self.intervals.push(int(self.cells[place]), side)

    def close_whole(self, places: Iterable[int], *, ends: bool, seconds: float) -> None:
        """Settle cells of which only tables with fractions were found by whole-number programs.

        Args:
            places: in `cells`.
            ends: find both ends; otherwise stop when the interval is wide enough.
            seconds: for one program.
        """
        own = self.intervals
        for place in places:
            cell = int(self.cells[place])
            for side in (1, -1):
                settled = (own.settled_high if side > 0 else own.settled_low)[cell]
                if settled or not (ends or self.lacks(side, whole=True)[place]):
                    continue
                if not own.push_whole(cell, side, seconds=seconds):
                    break
            if self.unsafe(whole=True)[place] and not own.settled_low[cell]:  # the other end, to tell of it
                own.push_whole(cell, -1, seconds=seconds)
            if self.unsafe(whole=True)[place] and not own.settled_high[cell]:
                own.push_whole(cell, 1, seconds=seconds)
