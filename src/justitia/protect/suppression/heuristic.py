"""A safe pattern that is cheap: one cheapest change for each unprotected cell, then a search for what can be undone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import numpy as np

from justitia.errors import DisclosureError
from justitia.protect.audit import audit
from justitia.protect.suppression.cycles import SMALL, Cycles, cheapest_of_each_sum
from justitia.protect.suppression.problem import Move, Problem, Target
from justitia.protect.system.blocks import Blocks
from justitia.protect.system.requirements import Requirements
from justitia.protect.system.tables import Floats, Ints

NAMED = 5  # cells that an error names
NEAREST = 6  # cells of each sum that are considered at first
LARGE = 20_000  # candidates beyond which programs are of blocks


def open_targets(problem: Problem) -> tuple[list[Target], list[Target]]:
    """Return the targets that the cells hidden already do not meet: all others stay met, whatever is hidden more.

    Returns:
        The one-sided ones, in which a width is asked of one side, and the stated ones.
    """
    wanted = problem.requirements
    result = audit(problem.system, wanted, explained=0)
    values = problem.system.values[wanted.cells]
    reach = dict(
        zip(wanted.cells.tolist(), zip(values - result.lower, result.upper - values, strict=True), strict=True)
    )
    unsafe = set(wanted.cells[~result.safe].tolist())

    def is_open(target: Target) -> bool:
        down, up = reach[target.cell]
        return target.cell in unsafe and (down + up, up, down)[target.side] < target.need - SMALL

    return [t for t in problem.targets() if is_open(t)], [t for t in problem.stated_targets() if is_open(t)]


class Search:
    """A pattern in the making.

    Args:
        problem: what is asked.
        targets: what is not shown yet.
        seconds: time in which undoing may go on; protecting goes on until it is done.
    """

    def __init__(self, problem: Problem, targets: Iterable[Target], *, seconds: float) -> None:
        self.problem, self.deadline = problem, time.monotonic() + seconds
        self.scale = typical_need(problem.requirements)
        self.cost = problem.cost.copy()  # 0 for what is hidden by now
        self.moves: dict[Target, Move] = {}
        self.hidden: set[int] = set()
        self.stopped = False
        self._users: dict[int, set[Target]] = {}
        self._of_cell: dict[int, list[Target]] = {}
        self.room = {side: problem.room(side) for side in (1, -1)}
        self._whole = bool(problem.system.whole.all())
        for target in targets:
            self._of_cell.setdefault(target.cell, []).append(target)

    def run(self) -> None:
        """Protect every target, then undo what is not needed.

        Raises:
            DisclosureError: E-PRO-124 for cells that cannot be protected.
        """
        if len(self.problem.candidates) <= LARGE:
            cycles = self._cycles(())
            self._refuse_lost(self._protect(self._of_cell, cycles))
            self._undo(self.hidden, cycles)
            return
        self._protect_in_blocks()
        self._undo_in_blocks()

    def _protect_in_blocks(self) -> None:
        """Protect block by block, without the margins of the block where that is possible: it takes half the time."""
        lost: list[Target] = []
        for key, cells in self._blocks().items():
            self._protect(cells, self._cycles(key, margins=False))
            lost += self._protect(cells, self._cycles(key))
        self._refuse_lost(lost)

    def _refuse_lost(self, lost: list[Target]) -> None:
        """Try once more with all cells, which takes longer; what cannot be protected then, cannot be protected."""
        if lost:
            cycles = Cycles(self.problem, scale=self.scale, cost=self.cost)
            lost = [target for target in lost if target not in self.moves and not self._protect_one(target, cycles)]
            ways = [(target, self.problem.other_way(target)) for target in lost]
            lost = [target for target, way in ways if not way or not all(self._protect_one(t, cycles) for t in way)]
        if lost:
            refuse_infeasible(self.problem, lost)

    def _blocks(self) -> dict[tuple[object, ...], dict[int, list[Target]]]:
        """Return the targets by block, the largest cells first, because their changes reach down to small ones."""
        self._neighbours = Blocks(self.problem.system)
        found: dict[tuple[object, ...], dict[int, list[Target]]] = {}
        open_ = [cell for cell, own in self._of_cell.items() if any(target not in self.moves for target in own)]
        for cell in sorted(open_, key=lambda item: -len(self._neighbours.key(item)[1])):  # type: ignore[arg-type]
            found.setdefault(self._neighbours.key(cell), {})[cell] = self._of_cell[cell]
        return found

    def _cycles(self, key: tuple[object, ...], *, margins: bool = True) -> Cycles:
        if key:
            columns = self._neighbours.members(key, margins=margins)
        else:
            columns = cheapest_of_each_sum(self.problem, NEAREST, self.scale)
        return Cycles(self.problem, scale=self.scale, cost=self.cost, columns=columns)

    def _protect(self, cells: Mapping[int, list[Target]], cycles: Cycles) -> list[Target]:
        targets = [target for own in cells.values() for target in own]
        return [target for target in targets if target not in self.moves and not self._protect_one(target, cycles)]

    def _protect_one(self, target: Target, cycles: Cycles) -> bool:
        move = cycles.cheapest(target)
        if move is not None:
            self._take(target, move, cycles)
        return move is not None

    def _take(self, target: Target, move: Move, cycles: Cycles) -> None:
        """Use a change for a target and for all others that it shows."""
        self._use(target, move)
        self._share(move)
        self._hide(move[0], cycles)

    def _share(self, move: Move) -> None:
        """Use a change for all targets that it shows, or that its reverse shows."""
        for cell, change in zip(move[0].tolist(), move[1].tolist(), strict=True):
            for other in self._of_cell.get(cell, ()):
                if other in self.moves:
                    continue
                if other.side * change >= other.need - SMALL:
                    self._use(other, move)
                elif other.side * change < 0 and (back := self._reverse(move, other.need / abs(change))):
                    self._use(other, back)

    def _reverse(self, move: Move, share: float) -> Move | None:
        """Return a share of a change the other way round, where values have room for it and stay whole."""
        change = -move[1] * share
        if self._whole and (np.abs(change - np.round(change)) > SMALL).any():
            return None
        room = np.where(change > 0, self.room[1][move[0]], self.room[-1][move[0]])
        return (move[0], change) if (np.abs(change) <= room + SMALL).all() else None

    def _use(self, target: Target, move: Move) -> None:
        for cell in self.moves[target][0].tolist() if target in self.moves else ():
            self._users[cell].discard(target)
        self.moves[target] = move
        for cell in move[0].tolist():
            self._users.setdefault(cell, set()).add(target)

    def _undo_in_blocks(self) -> None:
        """Undo block by block, once: each cell in the block that it would be protected in."""
        by_block: dict[tuple[object, ...], set[int]] = {}
        for cell in self.hidden:
            by_block.setdefault(self._neighbours.key(cell), set()).add(cell)
        for key, cells in by_block.items():
            if self.stopped:
                return
            self._undo(cells, self._cycles(key), again=False)

    def _undo(self, cells: set[int], cycles: Cycles, *, again: bool = True) -> None:
        """Publish again what is not needed or can be replaced by something cheaper, the dearest first."""
        changed = True
        while changed and not self.stopped:
            changed = False
            for cell in sorted(cells & self.hidden, key=lambda item: (-self.problem.cost[item], item)):
                if time.monotonic() > self.deadline:
                    self.stopped = True
                    return
                changed |= cell in self.hidden and self._undo_one(cell, cycles)
            changed &= again

    def _undo_one(self, cell: int, cycles: Cycles) -> bool:
        worth = float(self.problem.cost[cell])
        users = sorted(self._users.get(cell, ()), key=lambda item: (item.cell, item.side))
        self.hidden.discard(cell)
        self._charge([cell], np.array([np.inf]), cycles)
        found: dict[Target, Move] = {}
        added: set[int] = set()
        spent = 0.0
        for target in users:
            if any(cell not in move[0] and self._shows(move, target) for move in found.values()):
                found[target] = next(m for m in found.values() if self._shows(m, target))
                continue
            move = cycles.cheapest(target)
            new = set() if move is None else {int(item) for item in move[0][self.cost[move[0]] > 0]}
            spent += np.inf if move is None else float(self.problem.cost[list(new)].sum())
            if move is None or spent >= worth - SMALL:
                spent = np.inf
                break
            found[target] = move
            added |= new
            self._hide(move[0], cycles)
        if np.isfinite(spent):
            before = {int(item) for target in found for item in self.moves[target][0]}
            for target, move in found.items():
                self._use(target, move)
            self._charge([cell], self.problem.cost[[cell]], cycles)
            self._show({item for item in before & self.hidden if not self._users.get(item)}, cycles)
            return True
        self._show(added, cycles)
        self.hidden.add(cell)
        self._charge([cell], np.zeros(1), cycles)
        return False

    def _shows(self, move: Move, target: Target) -> bool:
        at = np.flatnonzero(move[0] == target.cell)
        return bool(len(at)) and bool(target.side * move[1][at[0]] >= target.need - SMALL)

    def _hide(self, variables: Ints, cycles: Cycles) -> None:
        new = [int(item) for item in variables[self.cost[variables] > 0]]
        self.hidden |= set(new)
        if new:
            self._charge(new, np.zeros(len(new)), cycles)

    def _show(self, variables: Iterable[int], cycles: Cycles) -> None:
        cells = list(variables)
        self.hidden -= set(cells)
        if cells:
            self._charge(cells, self.problem.cost[cells], cycles)

    def _charge(self, cells: list[int], cost: Floats, cycles: Cycles) -> None:
        self.cost[cells] = cost
        cycles.set_cost(np.array(cells), cost)

    @property
    def secondary(self) -> Ints:
        """Return the cells suppressed so far."""
        return np.array(sorted(self.hidden), dtype=np.int64)

    @property
    def spent(self) -> float:
        """Return what they cost."""
        return float(self.problem.cost[self.secondary].sum())


def typical_need(requirements: Requirements) -> float:
    """Return the middle one of all that is required, above 0."""
    levels = np.concatenate([requirements.below, requirements.above, requirements.width])
    return float(np.median(levels[levels > 0])) if (levels > 0).any() else 1.0


def refuse_infeasible(problem: Problem, lost: list[Target]) -> None:
    """Say which cells cannot be protected, and why.

    Raises:
        DisclosureError: E-PRO-124.
    """
    first, system = lost[0], problem.system
    room = system.upper - system.values if first.side > 0 else system.values - system.lower
    names = list(dict.fromkeys(system.address(item.cell) for item in lost))
    if room[first.cell] < first.need - 1e-6:
        why = "it cannot be so far from its value"
    else:
        why = f"in {_tied(problem, first.cell)} everything else must stay published"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    raise DisclosureError(
        "E-PRO-124",
        f"cells cannot be protected as required: {', '.join(names[:NAMED])}{more}; of the first: {why}",
        where=system.address(first.cell),
        remedy="Ask for less protection, or let more cells be suppressed",
    )


def _tied(problem: Problem, cell: int) -> str:
    """Return the sum, named by its total, in which a cell has the fewest others that may move with it."""
    system = problem.system
    rows = system.matrix.T.tocsr()[[cell]].indices
    if not len(rows):
        return "its table"
    movable = (abs(system.matrix[rows]) @ np.isfinite(problem.cost).astype(float)).tolist()
    row = int(rows[int(np.argmin(movable))])
    where = slice(system.matrix.indptr[row], system.matrix.indptr[row + 1])
    total = int(system.matrix.indices[where][np.argmax(system.matrix.data[where])])
    return f"the sum {system.address(total)} and sums beside it"
