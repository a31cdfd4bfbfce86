"""The plain attackers: slow, readable, and what the fast audit must agree with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from justitia.protect.system.linear import System
from justitia.protect.system.tables import Floats, Ints


def intervals_by_programs(system: System) -> tuple[Floats, Floats]:
    """Return the least and the largest possible value of every cell: two linear programs for each that is not public.

    All equations and all cells take part in every program; nothing is simplified beforehand.
    """
    from scipy.optimize import linprog

    lower = np.where(system.public, system.values, system.lower)
    upper = np.where(system.public, system.values, system.upper)
    bounds = [(low, None if np.isinf(high) else high) for low, high in zip(lower, upper, strict=True)]
    for cell in np.flatnonzero(~system.public):
        for ends, sign in ((lower, 1.0), (upper, -1.0)):
            cost = np.zeros(system.size)
            cost[cell] = sign
            found = linprog(cost, A_eq=system.matrix, b_eq=np.zeros(system.matrix.shape[0]), bounds=bounds)
            ends[cell] = found.x[cell] if found.status == 0 else -sign * np.inf
    return lower, upper


def intervals_by_enumeration(system: System, *, most: int) -> tuple[Floats, Floats]:
    """Return the least and the largest value of every cell among all tables of whole numbers up to `most`."""
    lower, upper = np.full(system.size, np.inf), np.full(system.size, -np.inf)
    for table in _tables(system, most):
        lower, upper = np.minimum(lower, table), np.maximum(upper, table)
    return lower, upper


def _tables(system: System, most: int) -> Iterator[Floats]:
    """Yield every table of whole numbers that looks the same to an outsider."""
    matrix = system.matrix.toarray()
    values = np.where(system.public, system.values, np.nan)
    yield from _fill(matrix, values, np.flatnonzero(~system.public), most)


def _fill(matrix: Floats, values: Floats, open_cells: Ints, most: int) -> Iterator[Floats]:
    known = ~np.isnan(values)
    for row in matrix:
        if known[row != 0].all() and abs(row @ np.nan_to_num(values)) > 1e-9:
            return
    if not len(open_cells):
        yield values.copy()
        return
    for value in range(most + 1):
        values[open_cells[0]] = value
        yield from _fill(matrix, values, open_cells[1:], most)
    values[open_cells[0]] = np.nan
