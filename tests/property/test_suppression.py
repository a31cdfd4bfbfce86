"""Under suppression no cell of any generated hierarchy can be solved to a narrower interval than required."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from justitia.errors import DisclosureError
from justitia.protect.audit.reference import intervals_by_programs
from justitia.protect.suppression import suppress
from justitia.protect.system import PRIMARY, SECONDARY, Dimension, Table, build_system, require

SMALL = 2  # counts of 1 and 2 are primary


@st.composite
def dimensions(draw: st.DrawFn, name: str) -> Dimension:
    """Return a hierarchy of one to three levels below the total, deeper in some places than in others."""
    parents = {"_T": ""}
    for i in range(draw(st.integers(2, 3))):
        parents[f"{name}{i}"] = "_T"
        for j in range(draw(st.sampled_from([0, 0, 2]))):
            parents[f"{name}{i}{j}"] = f"{name}{i}"
            for k in range(draw(st.sampled_from([0, 0, 0, 2]))):
                parents[f"{name}{i}{j}{k}"] = f"{name}{i}{j}"
    return Dimension(name, parents)


def sums(dimension: Dimension) -> np.ndarray:
    """Return codes x leaves, 1 where the leaf is below the code."""
    codes = list(dimension.parents)
    leaves = [code for code in codes if code not in set(dimension.parents.values())]
    matrix = np.zeros((len(codes), len(leaves)))
    for column, code in enumerate(leaves):
        while code:
            matrix[codes.index(code), column] = 1
            code = dimension.parents[code]
    return matrix


@st.composite
def tables(draw: st.DrawFn) -> Table:
    parts = [draw(dimensions(name)) for name in "AB"[: draw(st.integers(1, 2))]]
    shape = [sums(dimension).shape[1] for dimension in parts]
    size = int(np.prod(shape))
    counts = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    cube = np.array(counts, dtype=float).reshape(shape)
    for place, dimension in enumerate(parts):
        cube = np.moveaxis(np.tensordot(sums(dimension), cube, axes=(1, place)), 0, place)
    grids = np.meshgrid(*[np.array(list(dimension.parents)) for dimension in parts], indexing="ij")
    values = cube.ravel()
    status = np.where((values > 0) & (values <= SMALL), PRIMARY, 0).astype(np.uint8)
    return Table("t", tuple(parts), tuple(grid.ravel() for grid in grids), values, status)


@pytest.mark.parametrize("method", ["exact", "heuristic"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables(), above=st.integers(0, 4), width=st.integers(1, 4))
def test_no_cell_can_be_solved_to_less_than_required(method: str, table: Table, above: int, width: int) -> None:
    system = build_system([table])
    assume((system.status == PRIMARY).any())
    wanted = require(system, below=1, above=above, width=width)
    try:
        found = suppress(system, wanted, method=method)  # type: ignore[arg-type]
    except DisclosureError as error:
        # A table of one cell and its total cannot be protected without hiding both; everything may be hidden here.
        pytest.fail(f"protectable by hiding everything: {error}")
    lower, upper = intervals_by_programs(found.system)
    cells = wanted.cells
    assert (lower[cells] <= system.values[cells] - wanted.below + 1e-6).all()
    assert (upper[cells] >= system.values[cells] + wanted.above - 1e-6).all()
    assert (upper[cells] - lower[cells] >= wanted.width - 1e-6).all()
    # What is published is true, and what is hidden was hidden for a reason.
    assert (found.system.values == system.values).all()
    assert set(np.flatnonzero(~found.system.public)) == {*cells.tolist(), *found.secondary.tolist()}
    assert (found.system.status[found.secondary] == SECONDARY).all()
