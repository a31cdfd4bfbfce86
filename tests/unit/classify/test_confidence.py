"""Honest confidence: intervals against published figures, curves that rise, thresholds that are met."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.classify.confidence import calibrated, fit_isotonic, wilson
from justitia.metadata.coding import read_coding
from justitia.metadata.load import load_catalogue


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_newcombe_published_it(right: int, total: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


def test_nothing_is_known_of_no_text() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_curve_rises_and_promises_no_certainty() -> None:
    generator = np.random.default_rng(7)
    scores = generator.random(600)
    right = generator.random(600) < scores
    edges, values = fit_isotonic(scores.tolist(), right.tolist())
    assert edges == sorted(edges)
    assert values == sorted(values)
    assert max(values) < 1
    # Scores that are true probabilities are left about as they are.
    assert np.abs(calibrated(scores, edges, values) - scores).mean() < 0.06


def test_right_answers_only_do_not_make_certainty() -> None:
    _, values = fit_isotonic([0.9] * 20, [True] * 20)
    assert values == [pytest.approx((20 + 0.5) / 21)]


def test_without_a_curve_scores_stay() -> None:
    scores = np.array([0.2, 0.9], dtype=np.float32)
    assert calibrated(scores, (), ()).tolist() == scores.tolist()


def test_the_shipped_curve_accepts_nothing_that_was_not_proven() -> None:
    settings = read_coding(load_catalogue()).settings
    values = settings.calibration["confidence"]
    assert list(values) == sorted(values)
    assert max(values) < settings.limits["accept"]  # docs/quality/coding.md: no threshold reaches 0.95
