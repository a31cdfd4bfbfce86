"""Cumulative incidence held to a published example, to the product-limit curve, and to a simulated truth."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.aggregate.competing import Outcomes, aalen_johansen, outcomes_of
from justitia.aggregate.survival import kaplan_meier, waiting_of

# L. Scrucca, A. Santucci and F. Aversa (2007), Competing risk analysis using R: an easy guide for clinicians, Bone
# Marrow Transplantation 40, 381-387: months after a transplant (1 relapse, 2 death, 0 alive without relapse).
LYMPHOBLASTIC = (
    *((13, 2), (1, 1), (72, 0), (7, 2), (8, 2), (9, 2), (5, 2), (1, 2), (22, 2)),
    *((0, 2), (0, 1), (35, 0), (4, 2), (14, 2), (26, 2), (3, 2), (12, 1)),
)
MYELOID = (
    *((67, 0), (70, 0), (4, 0), (7, 0), (68, 0), (10, 2), (7, 2), (3, 1), (4, 1)),
    *((4, 1), (3, 1), (3, 1), (8, 1), (2, 2), (35, 0), (2, 0), (8, 0), (32, 0)),
)
WAYS = np.array(["", "relapse", "death"])
# Cumulative incidence printed there (and by R's cmprsk) at months 3, 10 and 30: relapse, death.
PRINTED = {
    "myeloid": {3: (0.17708333, 0.05555556), 10: (0.36818576, 0.20570747), 30: (0.36818576, 0.20570747)},
    "lymphoblastic": {3: (0.11764706, 0.17647059), 10: (0.11764706, 0.47058824), 30: (0.17647059, 0.70588235)},
}


def _outcomes(rows: tuple[tuple[int, int], ...]) -> Outcomes:
    return outcomes_of([time for time, _ in rows], WAYS[[way for _, way in rows]])


@pytest.mark.parametrize(("name", "rows"), [("myeloid", MYELOID), ("lymphoblastic", LYMPHOBLASTIC)])
def test_the_transplants_are_those_of_the_paper(name: str, rows: tuple[tuple[int, int], ...]) -> None:
    found = aalen_johansen(_outcomes(rows))
    for month, (relapse, death) in PRINTED[name].items():
        assert found["relapse"].at([month])[0, 0] == pytest.approx(relapse, abs=5e-9)
        assert found["death"].at([month])[0, 0] == pytest.approx(death, abs=5e-9)


def test_variance_without_censoring_is_the_binomial_one() -> None:
    """All lymphoblastic patients but the last two are followed to an end."""
    found = aalen_johansen(_outcomes(LYMPHOBLASTIC))["death"]
    share = found.at([30])[0, 0]
    assert found.errors[-1] == pytest.approx(np.sqrt(share * (1 - share) / 17))


def test_one_way_out_is_the_product_limit_curve_turned_over() -> None:
    rows = [(time, min(way, 1)) for time, way in MYELOID]
    found = aalen_johansen(outcomes_of([t for t, _ in rows], WAYS[[w for _, w in rows]]))["relapse"]
    curve = kaplan_meier(waiting_of([t for t, _ in rows], [w for _, w in rows]))
    assert np.allclose(found.values, 1 - curve.values)
    assert np.allclose(found.errors, curve.errors)
    assert np.allclose(found.lower, 1 - curve.upper)


def test_all_ways_and_who_is_left_sum_to_one() -> None:
    found = aalen_johansen(_outcomes(MYELOID))
    left = kaplan_meier(waiting_of([t for t, _ in MYELOID], [w > 0 for _, w in MYELOID])).values
    assert np.allclose(sum(item.values for item in found.values()) + left, 1)


def test_treating_other_ends_as_censored_tells_too_much() -> None:
    """Why 1 - Kaplan-Meier is no share of convictions: it counts as if who is acquitted might still be convicted."""
    found = aalen_johansen(_outcomes(MYELOID))["death"].values[-1]
    naive = 1 - kaplan_meier(waiting_of([t for t, _ in MYELOID], [w == 2 for _, w in MYELOID])).values[-1]
    assert naive > found + 0.05


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """600 cohorts of 150: hazards 0.02 and 0.03 a day, censored between day 10 and 60; truth at day 30."""
    random, hazards, covered = np.random.default_rng(7), np.array([0.02, 0.03]), 0
    truth = hazards[0] / hazards.sum() * (1 - np.exp(-hazards.sum() * 30))
    for _ in range(600):
        ends = random.exponential(1 / hazards.sum(), 150)
        seen = random.uniform(10, 60, 150)
        way = np.where(random.random(150) < hazards[0] / hazards.sum(), "convicted", "acquitted")
        found = aalen_johansen(outcomes_of(np.minimum(ends, seen), np.where(ends <= seen, way, "")))["convicted"]
        _, lower, upper = found.at([30])[:, 0]
        covered += int(lower <= truth <= upper)
    assert 0.925 <= covered / 600 <= 0.975
