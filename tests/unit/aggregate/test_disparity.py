"""Comparisons of groups held to printed numbers."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.aggregate.disparity import disparity_of, rated_against, relative_rates


def test_the_ratio_is_that_of_the_textbook() -> None:
    """Placebo against aspirin, heart attacks of 11,034 and 11,037 (A. Agresti, Categorical Data Analysis, 2.2): ratio
    1.82; the interval by hand is exp(0.5977 - 1.96 * 0.1213) to exp(0.5977 + 1.96 * 0.1213)."""
    found = disparity_of([189], [11034], reference=(104, 11037))
    assert np.round([found.ratio[0], found.ratio_lower[0], found.ratio_upper[0]], 2).tolist() == [1.82, 1.43, 2.31]


def test_the_difference_is_that_of_the_paper() -> None:
    """R. G. Newcombe (1998), table II, example (a), method 10: 56/70 - 48/80 = 0.2, interval 0.0524 to 0.3339."""
    found = disparity_of([56], [70], reference=(48, 80))
    numbers = [found.difference[0], found.difference_lower[0], found.difference_upper[0]]
    assert np.round(numbers, 4).tolist() == [0.2, 0.0524, 0.3339]


def test_a_group_without_anybody_has_no_ratio() -> None:
    found = disparity_of([0, 0, 5], [0, 10, 10], reference=(5, 10))
    assert np.isnan(found.ratio[0])
    assert (found.ratio[1], found.ratio[2]) == (0, 1)
    assert np.isnan(found.ratio_lower[1]), "a share of none has no interval on the log scale"
    assert found.difference_lower[1] < -0.5 < found.difference_upper[1]


def test_each_stage_compares_those_who_reached_the_one_before() -> None:
    found = relative_rates({"charged": ([200, 300], [400, 400]), "convicted": ([100, 90], [200, 300])}, reference=0)
    assert found["charged"].ratio.tolist() == [1, 1.5]
    assert found["convicted"].ratio.tolist() == [1, pytest.approx(0.6)]


def test_a_rating_is_counted_by_group() -> None:
    found = rated_against([1, 1, 0, 0, 1], [1, 0, 1, 0, 1], ["a", "a", "a", "a", "b"])
    a, b = found["a"], found["b"]
    assert (a.true_high, a.false_high, a.false_low, a.true_low) == (1, 1, 1, 1)
    assert (a.false_high_share, a.false_low_share, a.high_confirmed) == (0.5, 0.5, 0.5)
    assert np.isnan(b.false_high_share)
    assert b.high_confirmed == 1
