"""What a sum tells a reader of tables of cell keys and of rounding, which no release attacks."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from justitia.metadata.load import load_catalogue
from justitia.protect.cell_key import PerturbationTable, perturbation_table

CATALOGUE = load_catalogue()
Allowed = Mapping[int, set[int]]  # published count -> true counts that it may stand for


def noise_at(table: PerturbationTable, count: int) -> set[int]:
    return set(table.noise[int(table.row_of(np.array([count]))[0])].tolist())


def published(table: PerturbationTable, count: int, key: int) -> int:
    return count + int(table.noise[int(table.row_of(np.array([count]))[0]), key % table.keys])


def candidates(parts: Sequence[int], total: int, allowed: Allowed) -> int:
    """Return how many true counts of the first part agree with the published parts and their published total."""
    rest = {0}
    for part in parts[1:]:
        rest = {known + count for known in rest for count in allowed[part]}
    return sum(any(count + others in allowed[total] for others in rest) for count in allowed[parts[0]])


def share_placed(table: PerturbationTable, parts: int, *, within: int) -> float:
    """Return the share of counts of 1 to 12 of which one total of some parts leaves no more candidates."""
    allowed: dict[int, set[int]] = defaultdict(set, {0: {0}})
    for count in range(1, 100):
        for noise in noise_at(table, count):
            allowed[count + noise].add(count)
    draw, found, tried = np.random.default_rng(20261124), 0, 1500
    for _ in range(tried):
        counts, keys = draw.integers(1, 13, size=parts), draw.integers(0, table.keys, size=parts)
        shown = [published(table, int(count), int(key)) for count, key in zip(counts, keys, strict=True)]
        whole = published(table, int(counts.sum()), int(keys.sum()))
        found += candidates(shown, whole, allowed) <= within
    return found / tried


@pytest.mark.parametrize("name", ["most_3_variance_1", "most_3_variance_2", "most_5_variance_4"])
@pytest.mark.parametrize("parts", [2, 3])
def test_one_sum_of_noisy_counts_places_hardly_any_count(name: str, parts: int) -> None:
    table = perturbation_table(name, CATALOGUE.perturbation(name))
    assert share_placed(table, parts, within=1) == 0
    assert share_placed(table, parts, within=2) < 0.005


def test_noise_that_only_rounds_is_taken_off_by_a_sum() -> None:
    """So the attack is real: the table that moves counts to fives by their size gives some counts away exactly."""
    table = perturbation_table("ten_five", CATALOGUE.perturbation("ten_five"))
    assert share_placed(table, 2, within=1) > 0.01


def test_plain_rounding_leaves_two_candidates_of_every_fourth_count() -> None:
    """Two parts rounded to 5 and their rounded total: nothing is found exactly, 24 of 100 are placed to two values."""

    def rounded(count: int) -> int:
        return 5 * ((count + 2) // 5)

    allowed = {base: {c for c in range(base - 2, base + 3) if c >= 0} for base in range(0, 60, 5)}
    left = [
        candidates([rounded(one), rounded(other)], rounded(one + other), allowed)
        for one, other in itertools.product(range(1, 26), repeat=2)
    ]
    assert min(left) == 2 and left.count(2) / len(left) == pytest.approx(0.24)
