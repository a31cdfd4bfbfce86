"""Intervals against worked numbers in print."""

from __future__ import annotations

import math

import pytest

from justitia.model.interval import garwood, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [
        # R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score, Wilson 1927).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes: int, trials: int, lower: float, upper: float) -> None:
    low, high = wilson(successes, trials)
    assert (float(low), float(high)) == pytest.approx((lower, upper), abs=5e-5)


def test_wilson_is_symmetric_and_within_zero_and_one() -> None:
    low, high = wilson(20, 20)
    assert (float(low), float(high)) == pytest.approx((1 - 0.1611, 1.0), abs=5e-5)
    assert math.isnan(float(wilson(0, 0)[0]))


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [
        # F. Garwood (1936), Biometrika 28, 437-442; K. Ulm (1990), American Journal of Epidemiology 131, 373-375.
        (0, 0.0, 3.689),
        (1, 0.0253, 5.572),
        (2, 0.242, 7.225),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (100, 81.364, 121.627),
    ],
)
def test_garwood(count: int, lower: float, upper: float) -> None:
    low, high = garwood(count)
    assert (float(low), float(high)) == pytest.approx((lower, upper), abs=6e-4)
