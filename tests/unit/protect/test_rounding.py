"""Controlled rounding: additive in two dimensions, near-additive in three, each value within the base, zeros kept."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from justitia.errors import JustitiaError
from justitia.protect import rounding
from justitia.protect.rounding import controlled, rounded


def cube(inner: np.ndarray) -> tuple[np.ndarray, csr_array]:
    """Return the values of a table with all its margins, and the equations of its lines."""
    full = inner
    for axis in range(inner.ndim):
        full = np.concatenate([full, full.sum(axis, keepdims=True)], axis)
    places = np.arange(full.size).reshape(full.shape)
    lines = [line for axis in range(full.ndim) for line in np.moveaxis(places, axis, -1).reshape(-1, full.shape[axis])]
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    signs = np.concatenate([[-1] * (len(line) - 1) + [1] for line in lines])
    return full.ravel(), csr_array((signs, (rows, np.concatenate(lines))), shape=(len(lines), full.size))


def check(values: np.ndarray, made: np.ndarray, base: int) -> None:
    assert (made % base == 0).all()
    assert (np.abs(made - values) < base).all()
    assert (made[values % base == 0] == values[values % base == 0]).all(), "zero-restricted"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), min_size=3, max_size=3), min_size=2, max_size=5), st.sampled_from([3, 5]))
def test_two_dimensions_are_additive(rows: list[list[int]], base: int) -> None:
    values, equations = cube(np.array(rows))
    made = controlled(values, equations, base)
    check(values, made.values, base)
    assert made.open_equations == 0 == made.worst and made.proved
    assert not (equations @ made.values).any()


def test_the_nearest_additive_rounding_of_a_small_table_is_as_near_as_trying_all() -> None:
    values, equations = cube(np.array([[7, 4], [6, 8]]))
    low = values // 5 * 5
    best = None
    for up in product((0, 1), repeat=len(values)):
        made = low + 5 * np.array(up) * (values % 5 > 0)
        off = (np.abs(equations @ made).sum(), np.abs(made - values).sum())
        best = min(best, off) if best else off
    found = rounding._programme(values, low, np.flatnonzero(values % 5), equations, 5, 10)
    assert found is not None
    assert (np.abs(equations @ found.values).sum(), np.abs(found.values - values).sum()) == best


def test_three_dimensions_are_near_additive_by_search_and_by_programme(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    values, equations = cube(random.poisson(12 * random.gamma(0.3, 3, (8, 6, 5))))
    plain = np.count_nonzero(equations @ rounded(values, 5))
    monkeypatch.setattr(rounding, "EXACT_CELLS", 0)
    searched = controlled(values, equations, 5)
    check(values, searched.values, 5)
    assert searched.open_equations < plain / 5 and searched.worst <= 10
    monkeypatch.undo()
    solved = controlled(values, equations, 5)
    check(values, solved.values, 5)
    assert solved.open_equations <= searched.open_equations
    assert (controlled(values, equations, 5).values == solved.values).all(), "the same table, the same rounding"


def test_a_table_that_does_not_add_up_and_a_base_of_one_are_refused() -> None:
    values, equations = cube(np.array([[7, 4], [6, 8]]))
    values[0] += 1
    with pytest.raises(JustitiaError, match=r"E-ROU-002.*2 totals"):
        controlled(values, equations, 5)
    with pytest.raises(JustitiaError, match="E-ROU-001"):
        controlled(values, equations, 1)
