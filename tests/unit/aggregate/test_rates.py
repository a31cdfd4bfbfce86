"""Rates, shares and ratios against printed numbers."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.aggregate.rates import rate_per, ratio_of_sums, share_of
from justitia.model.interval import garwood, wilson

# Exact limits of a Poisson count, from the table in Ulm (1990), Am J Epidemiol 131, 373-375 (95 %).
PRINTED_POISSON = {0: (0.0, 3.6889), 1: (0.0253, 5.5716), 5: (1.6235, 11.6683), 10: (4.7954, 18.3904)}
# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (Wilson without correction).
PRINTED_WILSON = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0000, 0.1611),
    (1, 29): (0.0061, 0.1718),
}


@pytest.mark.parametrize("count", PRINTED_POISSON)
def test_garwood_gives_the_printed_limits(count: int) -> None:
    lower, upper = garwood(count)
    assert (round(float(lower), 4), round(float(upper), 4)) == PRINTED_POISSON[count]


@pytest.mark.parametrize("pair", PRINTED_WILSON)
def test_wilson_gives_the_printed_limits(pair: tuple[int, int]) -> None:
    lower, upper = wilson(*pair)
    assert (round(float(lower), 4), round(float(upper), 4)) == PRINTED_WILSON[pair]


def test_a_rate_of_the_fbi_is_the_printed_one() -> None:
    """Crime in the United States 2016, table 1: 17,250 murders, 323,127,513 inhabitants, rate 5.3."""
    made = rate_per(17_250, 323_127_513, per=100_000, small_below=20)
    assert round(float(made.values), 1) == 5.3 and not made.is_small
    assert float(made.lower) < float(made.values) < float(made.upper)


def test_sexes_have_their_own_denominator() -> None:
    made = rate_per([30, 10, 40], [1_000, 2_000, 3_000], per=1_000, small_below=20)
    assert made.values.tolist() == [30.0, 5.0, pytest.approx(40 / 3)]
    assert made.is_small.tolist() == [False, True, False]


def test_what_cannot_be_computed_is_nan_and_not_zero() -> None:
    assert np.isnan(rate_per([5, np.nan, 5], [0, 100, np.nan], per=1, small_below=1).values).all()
    assert np.isnan(share_of([1, 7], [0, 5], small_below=1).values).all(), "a part above its whole is no share"


def test_a_share_is_in_per_cent() -> None:
    made = share_of(81, 263, small_below=20)
    assert round(float(made.values), 2) == 30.80 and round(float(made.lower), 2) == 25.53


def test_a_ratio_of_areas_is_the_ratio_of_their_sums() -> None:
    assert ratio_of_sums([1, 90], [10, 100], per=100) == pytest.approx(100 * 91 / 110)
    assert ratio_of_sums([1, 90], [10, 100], per=100) != pytest.approx((10 + 90) / 2)
    assert np.isnan(ratio_of_sums([0], [0]))
    assert np.isnan(ratio_of_sums([1, np.nan], [10, 100]))
