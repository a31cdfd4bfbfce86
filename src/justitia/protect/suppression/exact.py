"""The cheapest safe pattern, proven: Benders' decomposition of Fischetti and Salazar-González (2001).

The master program chooses cells to suppress; the attacker's program says of each required cell whether the choice
protects it. If not, the attacker's multipliers give an inequality that every safe pattern satisfies and this one does
not. Coefficients are cut down to what is required, and what hidden cells contribute is taken off it, which makes the
inequalities much stronger. HiGHS takes no inequalities while it runs, so rounds of a linear master come first and the
whole-number master is solved a few times only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from justitia.protect.suppression.problem import Problem, Target
from justitia.protect.system.solver import Program
from justitia.protect.system.tables import Floats, Ints

SMALL = 1e-6
VIOLATED = 1e-3  # of what is required; inequalities that are missed by less are not worth a round
INFINITE = 1e7  # what an unlimited cell may move, for a solver that works with finite numbers


@dataclass(frozen=True, slots=True)
class Proof:
    """What the exact search found.

    Args:
        secondary: the cheapest pattern met.
        cost: its cost.
        bound: no pattern costs less.
        stopped: time ran out.
        rounds, cuts: masters solved and inequalities found.
    """

    secondary: Ints
    cost: float
    bound: float
    stopped: bool
    rounds: int
    cuts: int


class Attacker:
    """The attacker's program over all candidates, to be asked about one pattern after another."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.columns = problem.candidates
        self.place = np.full(problem.system.size, -1)
        self.place[self.columns] = np.arange(len(self.columns))
        part = csr_array(problem.system.matrix[:, self.columns])
        part = part[np.flatnonzero(np.diff(part.indptr))]
        self.up, self.down = (np.minimum(problem.room(side)[self.columns], INFINITE) for side in (1, -1))
        self.charged = problem.cost[self.columns] > 0
        zeros = np.zeros(len(self.columns))
        self._program = Program(part, np.zeros(part.shape[0]), lower=zeros, upper=zeros)
        self._everything = np.arange(len(self.columns))

    def attack(self, target: Target, chosen: Floats, *, limited: bool) -> tuple[float, Floats, float]:
        """Return how far the cell can go, and the inequality that says so: coefficients of all candidates, least sum.

        Args:
            target: what is required.
            chosen: k, how far each candidate is suppressed, 0 to 1.
            limited: no cell moves by more than what is required: gives better inequalities where `chosen` is between.
        """
        sides = (target.side,) if target.side else (1, -1)
        both = [self._push(target.cell, side, target.need, chosen, limited=limited) for side in sides]
        gain = np.sum([own for _, own in both], axis=0)
        least = target.need - float(gain[~self.charged].sum())
        return sum(reached for reached, _ in both), np.where(self.charged, np.minimum(gain, least), 0.0), least

    def _push(self, variable: int, side: int, need: float, chosen: Floats, *, limited: bool) -> tuple[float, Floats]:
        """Return how far a cell can go on a side, and what each candidate would contribute to that."""
        most = need if limited else INFINITE
        low, high = -np.minimum(self.down, most) * chosen, np.minimum(self.up, most) * chosen
        cell = int(self.place[variable])
        # The cell itself need not go further than required.
        if side > 0:
            high[cell] = min(high[cell], need)
        else:
            low[cell] = max(low[cell], -need)
        self._program.set_bounds(self._everything, low, high)
        self._program.set_costs(np.array([cell]), np.array([-float(side)]))
        answer = self._program.solve(multipliers=True)
        self._program.set_costs(np.array([cell]), np.zeros(1))
        reduced = answer.reduced
        gain = np.where(reduced < -SMALL, -reduced * self.up, np.where(reduced > SMALL, reduced * self.down, 0.0))
        # It stops where it is required to, or where its own value ends.
        own_end = min(need, float((self.up if side > 0 else self.down)[cell]))
        gain[cell] = 0.0 if -answer.objective < own_end - SMALL else own_end
        return -answer.objective, gain


def suppress_exactly(
    problem: Problem, targets: list[Target], *, start: Ints, seconds: float, gap: float = 0.0
) -> Proof:
    """Return the cheapest pattern that meets the targets.

    Args:
        problem: what is asked.
        targets: those that hidden cells do not meet already; side 0 is a width.
        start: a safe pattern, which is returned where nothing cheaper is found.
        seconds: time; when it is over, the best pattern so far and the best bound are returned.
        gap: stop when the cost is proven to be so near the least possible, as a share.
    """
    return _Benders(problem, targets, start, seconds, gap).run()


class _Benders:
    def __init__(self, problem: Problem, targets: list[Target], start: Ints, seconds: float, gap: float) -> None:
        self.attacker = Attacker(problem)
        self.problem, self.targets, self.best = problem, targets, start
        self.deadline, self.gap = time.monotonic() + seconds, gap
        self.charged = np.flatnonzero(self.attacker.charged)
        self.cost = problem.cost[self.attacker.columns[self.charged]]
        self.best_cost = float(problem.cost[start].sum())
        self.rows: list[Floats] = []
        self.least: list[float] = []
        self.rounds, self.bound = 0, 0.0
        zero = np.zeros(len(self.cost))
        self.master = Program(
            csr_array((0, len(zero))), np.empty(0), lower=zero, upper=np.ones(len(zero)), cost=self.cost
        )

    def run(self) -> Proof:
        """Return the proof."""
        self._add(self._first_cuts())
        fractional = True
        while not self._done():
            chosen = self._linear() if fractional else self._whole()
            self.rounds += 1
            if chosen is None:
                break
            cuts = self._separate(chosen, limited=fractional)
            if fractional:
                fractional = bool(cuts) and self._worth(chosen, cuts)
            elif not cuts:
                self._keep(chosen)
                self.bound = max(self.bound, self.last_bound)
                if self.bound >= self.best_cost * (1 - self.gap) - SMALL:
                    break
            self._add(cuts)
        stopped = not self._closed()
        return Proof(self.best, self.best_cost, self.bound, stopped, self.rounds, len(self.rows))

    def _closed(self) -> bool:
        # Where all costs are whole, so is the least one.
        bound = self.bound if (self.cost % 1 > 0).any() else np.ceil(self.bound - SMALL)
        self.bound = min(float(bound), self.best_cost)
        return self.bound >= self.best_cost * (1 - self.gap) - SMALL

    def _done(self) -> bool:
        return self._closed() or time.monotonic() > self.deadline

    def _linear(self) -> Floats | None:
        answer = self.master.solve(seconds=self.deadline - time.monotonic())
        if answer.status != "optimal":
            return None
        self.bound = max(self.bound, answer.objective)
        return np.clip(answer.x, 0.0, 1.0)

    def _whole(self) -> Floats | None:
        matrix = csr_array(np.array(self.rows))
        size = len(self.cost)
        program = Program(
            matrix,
            np.array(self.least),
            rhs_upper=np.full(len(self.least), np.inf),
            lower=np.zeros(size),
            upper=np.ones(size),
            cost=self.cost,
            whole=np.ones(size, bool),
        )
        answer = program.solve(seconds=self.deadline - time.monotonic())
        self.last_bound = answer.bound if answer.status == "optimal" else max(answer.bound, 0.0)
        self.bound = max(self.bound, self.last_bound)
        return np.round(answer.x) if len(answer.x) else None

    def _separate(self, chosen: Floats, *, limited: bool) -> list[tuple[Floats, float]]:
        everything = np.ones(len(self.attacker.columns))
        everything[self.charged] = chosen
        cuts = []
        for target in self.targets:
            reached, gain, least = self.attacker.attack(target, everything, limited=limited)
            if reached < target.need * (1 - VIOLATED) and least > SMALL:
                gain = gain[self.charged]
                if gain @ chosen < least * (1 - VIOLATED):
                    cuts.append((gain / least, 1.0))
            if time.monotonic() > self.deadline:
                break
        return cuts

    def _worth(self, chosen: Floats, cuts: list[tuple[Floats, float]]) -> bool:
        """Return whether another linear round is worth it: some inequality is missed by a lot."""
        return max(1.0 - float(gain @ chosen) for gain, _ in cuts) > 0.02

    def _keep(self, chosen: Floats) -> None:
        cost = float(self.cost @ chosen)
        if cost < self.best_cost - SMALL:
            self.best_cost = cost
            self.best = self.attacker.columns[self.charged[chosen > 0.5]]

    def _add(self, cuts: list[tuple[Floats, float]]) -> None:
        distinct = {(gain.round(9).tobytes()): (gain, least) for gain, least in cuts}
        if not distinct:
            return
        self.rows += [gain for gain, _ in distinct.values()]
        self.least += [least for _, least in distinct.values()]
        rows = csr_array(np.array([gain for gain, _ in distinct.values()]))
        self.master.add_rows(rows, np.array([least for _, least in distinct.values()]))

    def _first_cuts(self) -> list[tuple[Floats, float]]:
        """Return one inequality for each target and each sum it is in: something else in it must move as well."""
        matrix, attacker = self.problem.system.matrix, self.attacker
        of_column = csr_array(matrix.T)
        cuts = []
        for target in self.targets:
            for row in of_column[[target.cell]].indices if target.side else ():
                where = slice(matrix.indptr[row], matrix.indptr[row + 1])
                cells, signs = matrix.indices[where], matrix.data[where]
                own = signs[cells == target.cell][0]
                place = attacker.place[cells]
                inside = (place >= 0) & (cells != target.cell)
                place, rising = place[inside], signs[inside] * own * target.side < 0
                gain = np.zeros(len(attacker.columns))
                gain[place] = np.minimum(np.where(rising, attacker.up[place], attacker.down[place]), target.need)
                least = target.need - float(gain[~attacker.charged].sum())
                if least > SMALL:
                    cuts.append((np.minimum(gain, least)[self.charged] / least, 1.0))
        return cuts
