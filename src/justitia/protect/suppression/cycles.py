"""The cheapest change of the true table that moves one cell far enough and keeps all sums.

A cell is protected upwards when some possible table has it `need` higher. The change from the true table to that one
is a cycle in a two-way table; in general it is a solution of A d = 0. Its cheapest form is a linear program, in which
cells that are suppressed already move for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from justitia.protect.suppression.problem import Move, Problem, Target
from justitia.protect.system.solver import Program
from justitia.protect.system.tables import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SMALL = 1e-6
SHORT = 1e-4  # what a suppressed cell costs, as a share of the cheapest other: of free ways the shortest is taken


class Cycles:
    """The linear program of changes, with two columns for each candidate: how much it rises and how much it falls.

    Args:
        problem: what is asked.
        scale: the amount by which a cell typically moves: its cost is spread over so much.
        cost: n, of suppressing each cell now: 0 where it is hidden meanwhile.
        columns: the variables that may move; default, all that may be suppressed.
    """

    def __init__(self, problem: Problem, *, scale: float, cost: Floats, columns: Ints | None = None) -> None:
        from scipy.sparse import csr_array, hstack

        self.problem, self.scale = problem, scale
        self.columns = np.flatnonzero(np.isfinite(cost)) if columns is None else columns[np.isfinite(cost[columns])]
        self.place = np.full(problem.system.size, -1)
        self.place[self.columns] = np.arange(len(self.columns))
        part: csr_array = csr_array(problem.system.matrix[:, self.columns])
        part = part[np.flatnonzero(np.diff(part.indptr))]
        self.up, self.down = (np.maximum(problem.room(side)[self.columns], 0.0) for side in (1, -1))
        cost = cost[self.columns]
        charged = cost[cost > 0]
        self.short = SHORT * float(charged.min(initial=np.inf) if len(charged) else 1.0)
        self.dear = 10.0 * (float(charged.sum()) if len(charged) else 1.0) / scale
        self.unit = np.maximum(cost, self.short) / scale
        self._program = Program(
            csr_array(hstack([part, -part])),
            np.zeros(part.shape[0]),
            lower=np.zeros(2 * len(self.columns)),
            upper=np.concatenate([self.up, self.down]),
            cost=np.concatenate([self.unit, self.unit]),
        )
        # Costs of a perturbed program are those of another program; without it these are solved a third faster.
        self._program.set_option("dual_simplex_cost_perturbation_multiplier", 0.0)

    def set_cost(self, variables: Ints, cost: Floats) -> None:
        """Change what cells cost from now on; infinite forbids them."""
        inside = self.place[variables] >= 0
        place, cost = self.place[variables[inside]], cost[inside]
        unit = np.where(np.isfinite(cost), np.maximum(cost, self.short) / self.scale, self.dear)
        self.unit[place] = unit
        self._program.set_costs(np.concatenate([place, place + len(self.columns)]), np.concatenate([unit, unit]))

    def cheapest(self, target: Target) -> Move | None:
        """Return the cheapest change, or None where there is none."""
        size, place = len(self.columns), int(self.place[target.cell])
        if place < 0:
            return None
        own, other = (place, place + size) if target.side > 0 else (place + size, place)
        room = (self.up if target.side > 0 else self.down)[place]
        back = (self.down if target.side > 0 else self.up)[place]
        if room < target.need - SMALL:
            return None
        both, zero = np.array([own, other]), np.zeros(2)
        self._program.set_bounds(both, np.array([target.need, 0.0]), np.array([target.need, 0.0]))
        answer = self._program.solve()
        self._program.set_bounds(both, zero, np.array([room, back]))
        if answer.status != "optimal":
            return None
        return self._move(answer.x)

    def _move(self, x: Floats) -> Move | None:
        change = x[: len(self.columns)] - x[len(self.columns) :]
        moved = np.flatnonzero(np.abs(change) > SMALL)
        if not len(moved) or (self.unit[moved] >= self.dear).any():
            return None
        return self.columns[moved], change[moved]


def cheapest_of_each_sum(problem: Problem, count: int, scale: float) -> Ints:
    """Return the hidden cells and the cheapest of each sum: of all, and of those that are large enough to fall.

    Args:
        problem: what is asked.
        count: how many of each sum.
        scale: the amount by which a cell typically moves.
    """
    matrix = problem.system.matrix
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    chosen = problem.cost == 0
    small = problem.room(-1) < scale
    for dear in (np.zeros(problem.system.size), np.where(small, np.inf, 0.0)):
        order = np.lexsort(((problem.cost + dear)[matrix.indices], row))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order)) - matrix.indptr[row[order]]
        chosen[matrix.indices[rank < count]] = True
    return np.flatnonzero(chosen & np.isfinite(problem.cost))
