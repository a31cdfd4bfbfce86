"""Secondary suppression on published examples: patterns may differ, cost and audit may not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from justitia.protect.suppression import Pattern, suppress
from justitia.protect.system import PRIMARY, build_system, require

from .tables import FISCHETTI_SALAZAR, FOUR_BY_FOUR, MICRODATA1, SSB, Z1, Z1_COLUMNS, Z1_ROWS, two_way

NINE = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 3), (3, 1), (3, 3)]


def solve(counts: Sequence[Sequence[int]], primary: Sequence[tuple[int, int]], method: str, **levels: float) -> Pattern:
    system = build_system([two_way(counts, primary)])
    return suppress(system, require(system, **levels), method=method)  # type: ignore[arg-type]


def total(found: Pattern) -> float:
    """Return the sum of all suppressed values, primary ones included, as the examples give it."""
    return float(found.system.values[~found.system.public].sum())


@pytest.mark.parametrize("method", ["exact", "heuristic"])
@pytest.mark.parametrize(
    ("counts", "primary", "levels", "cost", "hidden"),
    [
        (FISCHETTI_SALAZAR, [(1, 2)], {"below": 5, "above": 5}, 59, 4),
        (Z1, [(1, 1), (3, 1), (7, 1)], {"below": 1, "above": 3}, 35, 6),
        (SSB, [(1, 1)], {"above": 1}, 9, 4),
        (MICRODATA1, [(0, 0)], {"below": 1, "above": 5}, 42, 4),
    ],
    ids=["fischetti-salazar", "z1", "ssb-2014", "microdata1"],
)
def test_cost_of_the_golden_examples(
    counts: Sequence[Sequence[int]],
    primary: Sequence[tuple[int, int]],
    levels: dict[str, float],
    cost: float,
    hidden: int,
    method: str,
) -> None:
    found = solve(counts, primary, method, **levels)
    assert total(found) == cost and (~found.system.public).sum() == hidden
    assert found.audit.is_safe and not found.stopped
    if method == "exact":
        assert found.gap == 0 and found.bound == found.cost


def test_the_pattern_of_z1_is_the_published_one() -> None:
    table = two_way(Z1, [(1, 1), (3, 1), (7, 1)], rows=Z1_ROWS, columns=Z1_COLUMNS)
    system = build_system([table])
    found = suppress(system, require(system, below=1, above=3), method="exact")
    hidden = {system.address(int(cell)) for cell in np.flatnonzero(~found.system.public)}
    assert hidden == {f"t:{row}.{column}" for row in "BDH" for column in ("annet", "arbeid")}


@pytest.mark.parametrize("method", ["exact", "heuristic"])
def test_one_more_cell_repairs_the_four_by_four_table(method: str) -> None:
    system = build_system([two_way(FOUR_BY_FOUR, NINE)])
    found = suppress(system, require(system, width=1), cost="count", method=method)  # type: ignore[arg-type]
    assert len(found.secondary) == 1 and found.audit.is_safe
    assert (found.system.status == PRIMARY).sum() == 9
