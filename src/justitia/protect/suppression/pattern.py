"""Secondary suppression: choose what else to hide so that no required cell can be worked out, and prove it."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np
from scipy.sparse import csr_array, hstack

from justitia.errors import DisclosureError
from justitia.protect.audit import AuditResult, audit
from justitia.protect.suppression.exact import suppress_exactly
from justitia.protect.suppression.heuristic import LARGE, Search, open_targets
from justitia.protect.suppression.problem import Move, Pattern, Problem, Target, state_problem
from justitia.protect.system.linear import System
from justitia.protect.system.requirements import Requirements
from justitia.protect.system.solver import Program
from justitia.protect.system.tables import Floats, Ints

MANY = 2_000  # targets beyond which an exact search would not get past its first round
REPAIRS = 5  # times that a pattern is mended for whole numbers


def suppress(
    system: System,
    requirements: Requirements,
    *,
    cost: Literal["count", "values"] | Floats = "values",
    never: Ints | None = None,
    weights: Floats | None = None,
    method: Literal["auto", "exact", "heuristic"] = "auto",
    seconds: float = 60.0,
    gap: float = 0.0,
) -> Pattern:
    """Return a pattern of suppression that has stood the audit.

    Args:
        system: the exact tables; cells that are not public are suppressed already, primary ones among them.
        requirements: protection levels, of cells that are not public.
        cost: what suppressing a cell costs: 1 each (`count`), its value but at least 1 (`values`), or n own numbers.
        never: variables that must stay published.
        weights: n factors of the cost, for example more for totals and key indicators.
        method: `exact` proves that nothing is cheaper, `heuristic` is fast; `auto` tries for a proof where sizes allow.
        seconds: time to look for cheaper patterns in. The first safe one takes what it takes.
        gap: share by which an exact pattern may cost more than the cheapest.

    Raises:
        RequestError: E-PRO-110 to 122 for tables or requirements at fault.
        DisclosureError: E-PRO-123 to 125 where cells cannot be protected. No unsafe pattern is ever returned.
    """
    start = time.monotonic()
    problem = state_problem(system, requirements, cost=cost, never=never, weights=weights)
    targets, stated = open_targets(problem)
    exact = method == "exact" or (method == "auto" and len(problem.candidates) <= LARGE and len(targets) <= MANY)
    search = Search(problem, targets, seconds=seconds / 3 if exact else seconds)
    search.run()
    secondary, bound, stopped = search.secondary, 0.0, search.stopped
    moves = tuple(search.moves.values())
    if exact:
        left = seconds - (time.monotonic() - start)
        proof = suppress_exactly(problem, stated, start=secondary, seconds=left, gap=gap)
        secondary, bound, stopped = proof.secondary, proof.bound, proof.stopped
    result, secondary, moves = _prove(problem, secondary, moves)
    return Pattern(
        system=problem.with_secondary(secondary),
        secondary=secondary,
        cost=float(problem.cost[secondary].sum()),
        bound=bound,
        method="exact" if exact else "heuristic",
        stopped=stopped,
        audit=result,
        moves=moves,
    )


def _prove(problem: Problem, secondary: Ints, moves: tuple[Move, ...]) -> tuple[AuditResult, Ints, tuple[Move, ...]]:
    """Return the audit of a pattern, mended where the true values being whole numbers gives a cell away.

    Raises:
        DisclosureError: E-PRO-125.
    """
    for _ in range(REPAIRS):
        result = audit(problem.with_secondary(secondary), problem.requirements, moves=moves, explained=0)
        if result.is_safe:
            return result, secondary, moves
        unsafe = set(problem.requirements.cells[~result.safe].tolist())
        for target in problem.targets():
            if target.cell in unsafe:
                move = _whole_move(problem, target, secondary)
                moves = (*moves, move)
                secondary = np.union1d(secondary, move[0][problem.cost[move[0]] > 0])
    raise DisclosureError(
        "E-PRO-125",
        f"no safe pattern was found: {len(result.failures)} cells stay too exact",
        where=result.failures[0].address,
        remedy="Ask for less protection, or let more cells be suppressed",
    )


def _whole_move(problem: Problem, target: Target, secondary: Ints) -> Move:
    """Return the cheapest change in whole numbers that shows a target, by a whole-number program over all cells."""
    system = problem.system
    columns = problem.candidates
    size = len(columns)
    part = csr_array(system.matrix[:, columns])
    part = part[np.flatnonzero(np.diff(part.indptr))]
    cost = problem.cost.copy()
    cost[secondary] = 0.0
    unit = np.maximum(cost[columns], 1e-4) / target.need
    up, down = problem.room(1)[columns].copy(), problem.room(-1)[columns].copy()
    least = np.zeros(2 * size)
    own = int(np.searchsorted(columns, target.cell))
    (down if target.side > 0 else up)[own] = 0.0
    least[own if target.side > 0 else own + size] = target.need
    program = Program(
        csr_array(hstack([part, -part])),
        np.zeros(part.shape[0]),
        lower=least,
        upper=np.concatenate([up, down]),
        cost=np.concatenate([unit, unit]),
        whole=np.tile(system.whole[columns], 2),
    )
    answer = program.solve(seconds=30.0)
    if not len(answer.x):
        raise DisclosureError(
            "E-PRO-124",
            "a cell cannot be protected as required in whole numbers",
            where=system.address(target.cell),
            remedy="Ask for less protection, or let more cells be suppressed",
        )
    change = answer.x[:size] - answer.x[size:]
    moved = np.flatnonzero(np.abs(change) > 1e-6)
    return columns[moved], change[moved]
