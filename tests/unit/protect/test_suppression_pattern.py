"""What a pattern must respect, what cannot be protected, and what happens when time runs out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from justitia.errors import DisclosureError, RequestError
from justitia.protect.audit.reference import intervals_by_programs
from justitia.protect.suppression import suppress
from justitia.protect.system import (
    PRIMARY,
    SECONDARY,
    Dimension,
    Requirements,
    System,
    Table,
    build_system,
    match_vintages,
    require,
    with_changes,
)

from .tables import FISCHETTI_SALAZAR, FOUR_BY_FOUR, Z1, two_way


def stands(system: System, wanted: Requirements, secondary: tuple[int, ...]) -> bool:
    status = system.status.copy()
    status[list(secondary)] = SECONDARY
    lower, upper = intervals_by_programs(system.with_status(status))
    cells, near = wanted.cells, 1e-6
    values = system.values[cells]
    return bool(
        (lower[cells] <= values - wanted.below + near).all()
        and (upper[cells] >= values + wanted.above - near).all()
        and (upper[cells] - lower[cells] >= wanted.width - near).all()
    )


def small(cells: np.ndarray) -> np.ndarray:
    """Return the status of cells of which 1 and 2 are primary."""
    return np.where((cells.ravel() > 0) & (cells.ravel() < 3), PRIMARY, 0).astype(np.uint8)


def cheapest_by_trying_all(system: System, wanted: Requirements, cost: np.ndarray) -> float:
    """Return the least cost among all patterns, cheapest first, by the plain attacker."""
    others = np.flatnonzero(system.public)
    patterns = [p for size in range(5) for p in itertools.combinations(others.tolist(), size)]
    for pattern in sorted(patterns, key=lambda p: cost[list(p)].sum()):
        if stands(system, wanted, pattern):
            return float(cost[list(pattern)].sum())
    return np.inf


@pytest.mark.parametrize("levels", [{"below": 1, "above": 2}, {"width": 3}, {"above": 1, "width": 4}], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_the_exact_pattern_costs_what_trying_all_patterns_finds(seed: int, levels: dict[str, float]) -> None:
    random = np.random.default_rng(seed)
    counts = random.integers(1, 9, (2, 3))
    system = build_system([two_way(counts, [(0, int(random.integers(3)))])])
    wanted = require(system, **levels)  # type: ignore[arg-type]
    found = suppress(system, wanted, method="exact")
    assert found.cost == cheapest_by_trying_all(system, wanted, np.maximum(system.values, 1))
    assert found.bound == found.cost and stands(system, wanted, tuple(found.secondary.tolist()))


@pytest.mark.parametrize("method", ["exact", "heuristic"])
def test_what_must_stay_published_stays(method: str) -> None:
    system = build_system([two_way(FISCHETTI_SALAZAR, [(1, 2)])])
    free = suppress(system, require(system, below=5, above=5), method=method)  # type: ignore[arg-type]
    kept = suppress(system, require(system, below=5, above=5), never=free.secondary, method=method)  # type: ignore[arg-type]
    assert not np.isin(kept.secondary, free.secondary).any()
    assert kept.audit.is_safe and kept.cost > free.cost


def test_weights_turn_the_choice() -> None:
    system = build_system([two_way(Z1, [(1, 1)])])
    wanted = require(system, below=1, above=5)
    first = suppress(system, wanted)
    weights = np.ones(system.size)
    weights[first.secondary] = 50
    assert not np.isin(suppress(system, wanted, weights=weights).secondary, first.secondary).any()


def test_published_values_are_the_true_ones() -> None:
    system = build_system([two_way(Z1, [(1, 1), (3, 1)])])
    found = suppress(system, require(system, below=1, above=5))
    assert (found.system.values == system.values).all()
    assert (found.system.status[found.secondary] == SECONDARY).all()
    assert (
        found.system.public == ~np.isin(np.arange(system.size), [*found.secondary, *found.audit.requirements.cells])
    ).all()


@pytest.mark.parametrize("method", ["exact", "heuristic"])
def test_linked_tables_get_one_pattern(method: str) -> None:
    area = Dimension("AREA", {"_T": "", "N": "_T", "N1": "N", "N2": "N", "S": "_T"})
    cells = np.array([[30, 14, 2, 12, 16], [18, 8, 1, 7, 10], [12, 6, 1, 5, 6]], dtype=float)
    keys = (np.repeat(["_T", "F", "M"], 5), np.tile(list(area.parents), 3))
    by_sex = Table("a", (Dimension.flat("SEX", "FM"), area), keys, cells.ravel(), small(cells), universe="u")
    kinds = np.array([[30, 14, 2, 12, 16], [20, 9, 2, 7, 11], [10, 5, 0, 5, 5]], dtype=float)
    keys = (np.repeat(["_T", "gun", "knife"], 5), np.tile(list(area.parents), 3))
    weapon = Dimension.flat("KIND", ("gun", "knife"))
    by_kind = Table("b", (weapon, area), keys, kinds.ravel(), small(kinds), universe="u")
    system = build_system([by_sex, by_kind])
    wanted = require(system, below=1, above=2)
    found = suppress(system, wanted, method=method)  # type: ignore[arg-type]
    assert found.audit.is_safe and stands(system, wanted, tuple(found.secondary.tolist()))
    for place, table in enumerate((by_sex, by_kind)):  # what a table shows is the same whichever table shows it
        assert len(found.system.public[found.system.variables[place]]) == len(table.values)


def test_a_later_vintage_hides_what_the_difference_would_show() -> None:
    """One more offence in one cell; both vintages have it. The first one is out, so the second one must hide it."""
    old = two_way([[5, 6, 7], [8, 9, 9]], vintage="2024")
    new = two_way([[5, 6, 7], [8, 9, 10]], [(1, 2)], vintage="2025")
    system = build_system([new, old])
    changed = with_changes(system, match_vintages(system, later=0, earlier=1))
    one = np.flatnonzero((changed.home[:, 0] < 0) & (changed.values == 1))
    inner = one[[changed.address(int(cell)).startswith("change from t:r1.c2@") for cell in one]]
    wanted = require(changed, cells=inner, width=3)
    found = suppress(changed, wanted, never=changed.variables[1], method="exact")
    assert found.audit.is_safe and stands(changed, wanted, tuple(found.secondary.tolist()))
    assert not np.isin(found.secondary, changed.variables[1]).any() and len(found.secondary) >= 3


def test_requirements_that_cannot_be_met_name_the_cells_and_why() -> None:
    system = build_system([two_way(FISCHETTI_SALAZAR, [(1, 2)])])
    row = np.array([i for i in range(system.size) if system.address(i).startswith("t:r1.") and system.public[i]])
    with pytest.raises(DisclosureError, match=r"E-PRO-124 \[t:r1.c2\].*in the sum t:r1._T.*stay published"):
        suppress(system, require(system, below=5, above=5), never=row)
    with pytest.raises(DisclosureError, match=r"E-PRO-124.*so far from its value"):
        suppress(system, require(system, below=30, as_far_as_possible=False))
    with pytest.raises(DisclosureError, match="E-PRO-123"):
        suppress(system, require(system, below=5), never=np.flatnonzero(system.status == PRIMARY))


def test_problems_that_are_none_are_refused() -> None:
    system = build_system([two_way(FISCHETTI_SALAZAR, [(1, 2)])])
    with pytest.raises(RequestError, match="E-PRO-121"):
        suppress(system, require(system, cells=np.flatnonzero(system.public)[:1], width=1))
    with pytest.raises(RequestError, match="E-PRO-122"):
        suppress(system, require(system, width=1), weights=np.zeros(system.size))
    table = two_way(FISCHETTI_SALAZAR, [(1, 2)])
    foreign = Table(
        "t", table.dimensions, table.keys, np.where(table.status == PRIMARY, np.nan, table.values), table.status
    )
    hidden = build_system([foreign])
    with pytest.raises(RequestError, match="E-PRO-120"):
        suppress(hidden, require(hidden, width=1))


def test_without_time_the_pattern_is_safe_and_says_that_it_may_be_dear() -> None:
    random = np.random.default_rng(3)
    counts = random.poisson(random.lognormal(2.5, 1.5, (30, 12)))
    primary = list(zip(*np.nonzero((counts > 0) & (counts < 3)), strict=True))
    system = build_system([two_way(counts, primary)])
    wanted = require(system, below=1, above=5)
    hurried = suppress(system, wanted, method="exact", seconds=0.0)
    assert hurried.stopped and hurried.gap > 0 and hurried.audit.is_safe
    at_leisure = suppress(system, wanted, method="exact", seconds=60.0)
    assert not at_leisure.stopped and at_leisure.cost <= hurried.cost
    assert at_leisure.cost >= hurried.bound


def test_counts_are_protected_in_whole_numbers() -> None:
    system = build_system([two_way(FOUR_BY_FOUR, [(1, 2)])])
    found = suppress(system, require(system, below=1, above=3))
    assert found.audit.whole.all()


@pytest.mark.parametrize("method", ["exact", "heuristic"])
def test_a_width_may_be_given_by_the_side_that_has_room(method: str) -> None:
    """Everything beside the cell is empty and must not fall: the cell itself can only fall."""
    table = two_way([[9, 0, 5], [0, 7, 5]], [(0, 0)])
    system = build_system([table])
    names = [system.address(cell) for cell in range(system.size)]
    open_ = {"t:r0.c0", "t:r0.c1", "t:r1.c0", "t:r1.c1"}
    never = np.array([cell for cell, name in enumerate(names) if name not in open_])
    found = suppress(system, require(system, width=4), never=never, method=method)  # type: ignore[arg-type]
    assert found.audit.is_safe and found.audit.lower[0] <= 5 and found.audit.upper[0] >= 9
    with pytest.raises(DisclosureError, match="E-PRO-124"):
        suppress(system, require(system, above=4), never=never, method=method)  # type: ignore[arg-type]
