"""What follows from the published cells by arithmetic alone, and the independent parts of what remains.

Published cells become constants; an equation with one unknown solves it; a sum that is as small (or large) as it can be
solves all its parts. What is left falls apart into components, each a small linear system of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from justitia.errors import RequestError
from justitia.protect.system.linear import TOLERANCE, System
from justitia.protect.system.tables import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Component:
    """Unknown cells that hang together: matrix @ x = rhs, lower <= x <= upper.

    Args:
        columns: k variables of the system.
        rows: the equations of the system.
        matrix, rhs: their part in these variables.
        lower, upper: k.
    """

    columns: Ints
    rows: Ints
    matrix: csr_array
    rhs: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class Reduced:
    """A system after presolve.

    Args:
        fixed: n, value of every variable that is public or solved by arithmetic, NaN for all others.
        components: the rest.
    """

    fixed: Floats
    components: tuple[Component, ...]


def reduce_system(system: System, *, known: Ints | None = None) -> Reduced:
    """Return what an outsider is left with.

    Args:
        system: the whole.
        known: further variables whose true value the attacker knows.

    Raises:
        RequestError: E-PRO-110 when the published cells contradict each other.
    """
    fixed = np.where(system.public, system.values, np.nan)
    if known is not None:
        fixed[known] = system.values[known]
    return _split(system, _solve_by_arithmetic(system, fixed))


def whole_component(system: System, columns: Ints) -> Component:
    """Return the given unknown variables with all their equations as one component, all others being constants."""
    fixed = system.values.copy()
    fixed[columns] = np.nan
    rhs = -(system.matrix @ np.nan_to_num(fixed))
    part = system.matrix[:, columns]
    rows = np.flatnonzero(np.diff(part.indptr))
    return Component(columns, rows, part[rows], rhs[rows], system.lower[columns], system.upper[columns])


def _solve_by_arithmetic(system: System, fixed: Floats) -> Floats:
    matrix = system.matrix
    live = np.isnan(fixed)
    columns = np.flatnonzero(live)
    part = matrix[:, columns]
    touched = np.flatnonzero(np.diff(part.indptr))
    full, part = matrix[touched], part[touched]
    while True:
        solved = _one_round(system, full, part, fixed, columns)
        if not solved:
            return fixed
        rows, columns = _still_open(part, fixed, columns)
        full, part = full[rows], matrix[:, columns][touched := touched[rows]]


def _still_open(part: csr_array, fixed: Floats, columns: Ints) -> tuple[Ints, Ints]:
    open_ = np.isnan(fixed[columns])
    rows = np.flatnonzero(abs(part) @ open_.astype(float))
    return rows, columns[open_]


def _one_round(system: System, full: csr_array, part: csr_array, fixed: Floats, columns: Ints) -> int:
    """Fix in place what one look at every equation solves, and return how many cells that were."""
    rhs = -(full @ np.nan_to_num(fixed))
    row = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
    column, sign = columns[part.indices], part.data
    low = np.where(sign > 0, system.lower[column], system.upper[column])
    high = np.where(sign > 0, system.upper[column], system.lower[column])
    scale = TOLERANCE * (1 + np.abs(rhs))
    single = np.diff(part.indptr) == 1
    least = np.bincount(row, sign * low, minlength=part.shape[0])
    most = np.bincount(row, sign * high, minlength=part.shape[0])
    if ((least > rhs + scale) | (most < rhs - scale)).any():
        _contradiction(system, full, int(np.argmax((least > rhs + scale) | (most < rhs - scale))))
    before = int(np.isnan(fixed).sum())
    for rows, value in (
        (single, rhs[row] / sign),
        (np.isfinite(least) & (np.abs(least - rhs) <= scale), low),
        (np.isfinite(most) & (np.abs(most - rhs) <= scale), high),
    ):
        chosen = rows[row] & np.isnan(fixed[column])
        fixed[column[chosen]] = np.where(system.whole[column], np.round(value), value)[chosen]
    return before - int(np.isnan(fixed).sum())


def _split(system: System, fixed: Floats) -> Reduced:
    from scipy.sparse import bmat, csr_array
    from scipy.sparse.csgraph import connected_components

    columns = np.flatnonzero(np.isnan(fixed))
    part = csr_array(system.matrix[:, columns])
    rhs = -(system.matrix @ np.nan_to_num(fixed))
    filled = np.diff(part.indptr) > 0
    off = ~filled & (np.abs(rhs) > TOLERANCE * (1 + abs(system.matrix) @ np.abs(np.nan_to_num(fixed))))
    if off.any():
        _contradiction(system, system.matrix, int(np.argmax(off)))
    rows = np.flatnonzero(filled)
    part = part[rows]
    _, label = connected_components(bmat([[None, part], [part.T, None]]), directed=False)
    of_row, of_column = label[: len(rows)], label[len(rows) :]
    row_order, column_order = np.argsort(of_row, kind="stable"), np.argsort(of_column, kind="stable")
    found = []
    for name, first, count in _runs(of_column[column_order]):
        own = column_order[first : first + count]
        start, stop = np.searchsorted(of_row[row_order], [name, name + 1])
        lines = row_order[start:stop]
        found.append(
            Component(
                columns=columns[own],
                rows=rows[lines],
                matrix=csr_array(part[lines][:, own]),
                rhs=rhs[rows[lines]],
                lower=system.lower[columns[own]],
                upper=system.upper[columns[own]],
            )
        )
    return Reduced(fixed, tuple(found))


def _runs(ordered: Ints) -> list[tuple[int, int, int]]:
    names, first, count = np.unique(ordered, return_index=True, return_counts=True)
    return list(zip(names.tolist(), first.tolist(), count.tolist(), strict=True))


def _contradiction(system: System, rows: csr_array, row: int) -> None:
    cell = int(rows.indices[rows.indptr[row]])
    raise RequestError(
        "E-PRO-110",
        "the published cells contradict each other: no values of the suppressed cells fit this sum",
        where=system.address(cell),
        remedy="Check that the table is additive, and that absent cells are what was said",
    )
