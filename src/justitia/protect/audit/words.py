"""The equations that give a cell away, in words: those with a multiplier in the attacker's linear program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from justitia.protect.system.linear import System
from justitia.protect.system.presolve import Component, whole_component
from justitia.protect.system.solver import Program
from justitia.protect.system.tables import PUBLISHED, STATUS_WORDS, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SMALL = 1e-7
SHOWN_PARTS = 6  # of a long sum, published parts beyond these are told of together


def explain_cells(system: System, cells: Ints, *, known: Ints | None = None) -> list[tuple[str, ...]]:
    """Return for each cell the lines that say how an outsider bounds it from both sides.

    Args:
        system: the published tables.
        cells: variables.
        known: further variables that the attacker knows.
    """
    from scipy.sparse import bmat, csr_array
    from scipy.sparse.csgraph import connected_components

    hidden = ~system.public
    if known is not None:
        hidden[known] = False
    columns = np.flatnonzero(hidden)
    if not len(cells) or not len(columns):
        return [_published(system, int(cell)) for cell in cells]
    part = csr_array(system.matrix[:, columns])
    _, label = connected_components(bmat([[None, part], [part.T, None]]), directed=False)
    label = label[part.shape[0] :]
    found = []
    for cell in cells.tolist():
        if not hidden[cell]:
            found.append(_published(system, cell))
            continue
        own = columns[label == label[np.searchsorted(columns, cell)]]
        found.append(_explain(system, whole_component(system, own), int(np.searchsorted(own, cell))))
    return found


def _published(system: System, cell: int) -> tuple[str, ...]:
    shown = [
        table.address(int(row))
        for table, own in zip(system.tables, system.variables, strict=True)
        for row in np.flatnonzero(own == cell)
        if table.status is None or table.status[row] == PUBLISHED
    ]
    return tuple(f"{address} is published" for address in shown[:SHOWN_PARTS]) or ("its value is known",)


def _explain(system: System, component: Component, cell: int) -> tuple[str, ...]:
    program = Program(component.matrix, component.rhs, lower=component.lower, upper=component.upper)
    rows: set[int] = set()
    bounds: set[int] = set()
    for cost in (1.0, -1.0):
        program.set_costs(np.array([cell]), np.array([cost]))
        answer = program.solve(multipliers=True)
        if answer.status == "optimal":
            rows |= set(component.rows[np.abs(answer.row_dual) > SMALL].tolist())
            bounds |= set(component.columns[np.abs(answer.reduced) > SMALL].tolist())
    unknown = set(component.columns.tolist())
    lines = [_sum(system, system.matrix, row, unknown) for row in sorted(rows)]
    limits = [f"{system.address(item)} is not below {system.lower[item]:g}" for item in sorted(bounds)
              if np.isfinite(system.lower[item])]  # fmt: skip
    if len(limits) > SHOWN_PARTS:
        limits = [*limits[:SHOWN_PARTS], f"and so for {len(limits) - SHOWN_PARTS} more suppressed cells"]
    return (*lines, *limits)


def _sum(system: System, matrix: csr_array, row: int, unknown: set[int]) -> str:
    where = slice(matrix.indptr[row], matrix.indptr[row + 1])
    cells, signs = matrix.indices[where], matrix.data[where]
    total = int(cells[np.argmax(signs)])
    parts = [int(item) for item in cells if item != total]
    shown = [item for item in parts if item not in unknown]
    words = [_cell(system, item, unknown) for item in parts if item in unknown]
    if len(shown) > SHOWN_PARTS:
        words.append(f"{len(shown)} published cells, together {system.values[shown].sum():g}")
    else:
        words += [_cell(system, item, unknown) for item in shown]
    return f"{_cell(system, total, unknown)} = {' + '.join(words)}"


def _cell(system: System, cell: int, unknown: set[int]) -> str:
    if cell in unknown:
        return f"{system.address(cell)} ({STATUS_WORDS[system.status[cell]]}, suppressed)"
    return f"{system.address(cell)} ({system.values[cell]:g})"
