"""Rounding to a base: plain, each count by itself, or controlled, so that parts add up to totals as far as may be.

Controlled rounding takes each count to the multiple of the base just below or just above it and leaves multiples as
they are (zero-restricted), so no value moves by the base or more. Source: Cox 1987 (A constructive procedure for
unbiased controlled rounding), Willenborg and de Waal 2001, ch. 9. Two-way tables can always be rounded additively;
tables of more dimensions cannot always, so totals may be off, and the result says by how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.errors import RequestError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

EXACT_CELLS = 20_000  # up to here an integer programme, above it search by flips
SECONDS = 30.0
SEARCH_ROUNDS = 400
DETOURS = 0.01  # share of flips tried although they lose


@dataclass(frozen=True, slots=True)
class Rounding:
    """A rounded table.

    Args:
        values: of each cell, multiples of the base.
        open_equations: number of totals that are not the sum of their parts.
        worst: largest difference between a total and the sum of its parts.
        proved: whether no rounding has less difference in all.
    """

    values: NDArray[np.int64]
    open_equations: int
    worst: int
    proved: bool


def rounded(values: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """Return each count at its nearest multiple of the base; halves go up."""
    return (values + base // 2) // base * base


def controlled(
    values: NDArray[np.int64], equations: csr_array, base: int, *, seconds: float = SECONDS, seed: int = 1
) -> Rounding:
    """Return the counts rounded so that totals agree with their parts as far as may be.

    Args:
        values: counts, shape (cells,).
        equations: sparse matrix, shape (equations, cells): 1 at the total, -1 at each part.
        base: of the rounding, 2 or more.
        seconds: time for the integer programme; when it is over, the search's result stands.
        seed: of the search, so that the same table is rounded the same way.

    Raises:
        RequestError: E-ROU-001 for a base below 2, E-ROU-002 for totals that are not the sum of their parts.
    """
    import numpy as np

    _check(values, equations, base)
    low = values // base * base
    free = np.flatnonzero(values != low)
    found = _search(values, low, free, equations, base, seed)
    if found.open_equations and len(values) <= EXACT_CELLS:
        better = _programme(values, low, free, equations, base, seconds)
        if better is not None and np.abs(equations @ better.values).sum() <= np.abs(equations @ found.values).sum():
            return better
    return found


def _check(values: NDArray[np.int64], equations: csr_array, base: int) -> None:
    import numpy as np

    if base < 2:
        raise RequestError("E-ROU-001", f"nothing can be rounded to a base of {base}", remedy="Use a base of 2 or more")
    wrong = np.flatnonzero(equations @ values)
    if len(wrong):
        raise RequestError(
            "E-ROU-002",
            f"{len(wrong)} totals are not the sum of their parts, the first in equation {wrong[0] + 1}",
            remedy="Correct the table, or round it plainly",
        )


def _rounding(values: NDArray[np.int64], equations: csr_array, *, proved: bool) -> Rounding:
    import numpy as np

    off = np.abs(equations @ values)
    return Rounding(values, int(np.count_nonzero(off)), int(off.max(initial=0)), proved or not off.any())


def _programme(
    values: NDArray[np.int64],
    low: NDArray[np.int64],
    free: NDArray[np.int64],
    equations: csr_array,
    base: int,
    seconds: float,
) -> Rounding | None:
    """Return the rounding with least difference and then least change, as an integer programme; None without one."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import eye_array, hstack

    rows = equations.shape[0]
    own = equations[:, free]
    identity = eye_array(rows, format="csr")
    offset = -(equations @ low) // base
    moved = (base - 2 * (values - low)[free]) / base  # what going up costs more than going down
    cost = np.concatenate([moved, np.full(2 * rows, len(free) + 1.0)])
    whole = np.concatenate([np.ones(len(free)), np.zeros(2 * rows)])
    found = milp(
        cost,
        constraints=LinearConstraint(hstack([own, identity, -identity], format="csr"), offset, offset),
        bounds=Bounds(0, np.concatenate([np.ones(len(free)), np.full(2 * rows, np.inf)])),
        integrality=whole,
        options={"time_limit": seconds},
    )
    if found.x is None:
        return None
    made = low.copy()
    made[free] += base * np.round(found.x[: len(free)]).astype(np.int64)
    return _rounding(made, equations, proved=found.status == 0)


def _search(
    values: NDArray[np.int64],
    low: NDArray[np.int64],
    free: NDArray[np.int64],
    equations: csr_array,
    base: int,
    seed: int,
) -> Rounding:
    """Return a rounding found by flips: whatever brings totals and parts nearer, many independent cells at a time."""
    import numpy as np
    from scipy.sparse import csc_array

    random = np.random.default_rng(seed)
    columns = csc_array(equations[:, free])
    up = (rounded(values, base) > low)[free]
    best, least = up.copy(), np.inf
    open_now = (equations @ (low + base * _spread(up, free, len(values)))) // base
    for _ in range(SEARCH_ROUNDS):
        total = float(np.abs(open_now).sum())
        if total < least:
            best, least = up.copy(), total
        if total == 0:
            break
        chosen = _independent(_gains(columns, open_now, up), columns, random)
        step = np.zeros(len(free), dtype=np.int64)
        step[chosen] = np.where(up[chosen], -1, 1)
        up[chosen] = ~up[chosen]
        open_now = open_now + columns @ step
    made = low + base * _spread(best, free, len(values))
    return _rounding(made, equations, proved=False)


def _spread(up: NDArray[np.bool_], free: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    import numpy as np

    made = np.zeros(size, dtype=np.int64)
    made[free] = up
    return made


def _gains(columns: csr_array, open_now: NDArray[np.int64], up: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return by how much each flip would lessen the differences."""
    import numpy as np

    place = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    here = open_now[columns.indices]
    after = here + columns.data * np.where(up, -1, 1)[place]
    gains = np.bincount(place, weights=np.abs(here) - np.abs(after), minlength=columns.shape[1])
    return gains.astype(np.float64)


def _independent(gains: NDArray[np.float64], columns: csr_array, random: np.random.Generator) -> NDArray[np.int64]:
    """Return flips that share no equation: the best first, and now and then one that gains nothing or loses a little,
    to leave a dead end.
    """
    import numpy as np

    ties = random.random(len(gains))
    worth = np.flatnonzero((gains > 0) | ((gains == 0) & (ties > 0.7)) | ((gains == -1) & (ties > 1 - DETOURS)))
    order = worth[np.lexsort((ties[worth], -gains[worth]))]
    # The first flip that touches an equation has it; a flip is taken when it has all of its own.
    rank = np.full(len(gains), len(gains), dtype=np.int64)
    rank[order] = np.arange(len(order))
    place = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    first = np.full(columns.shape[0], len(gains), dtype=np.int64)
    np.minimum.at(first, columns.indices, rank[place])
    lost = np.bincount(place, weights=first[columns.indices] != rank[place], minlength=len(gains))
    taken: NDArray[np.int64] = order[lost[order] == 0]
    return taken
