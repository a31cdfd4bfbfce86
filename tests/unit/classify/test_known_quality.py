"""Stratified accuracy: the textbook example by hand, intervals that cover, nothing claimed where nothing was seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from justitia.classify.known_quality import StratumCount, stratified_share, variance
from justitia.model.interval import wilson

# A standard example of stratified sampling for proportions: three towns of 155, 62 and 93 households, of which 20, 8
# and 12 are asked, and 16, 2 and 6 have the property. By hand:
#   share     = (155 x 16/20 + 62 x 2/8 + 93 x 6/12) / 310 = (124 + 15.5 + 46.5) / 310 = 0.6
#   variance  = [155^2 (1 - 20/155) .8 x .2 / 19 + 62^2 (1 - 8/62) .25 x .75 / 7
#                + 93^2 (1 - 12/93) .5 x .5 / 11] / 310^2
#             = (176.2105 + 89.6786 + 171.2045) / 96100 = 0.0045483
TOWNS = (StratumCount(155, 20, 16), StratumCount(62, 8, 2), StratumCount(93, 12, 6))


def test_the_example_by_hand() -> None:
    estimate = stratified_share(TOWNS)
    assert estimate is not None
    assert estimate.share == pytest.approx(0.6)
    assert variance(TOWNS) == pytest.approx((176.2105 + 89.6786 + 171.2045) / 96100, rel=1e-5)
    assert (estimate.records, estimate.sampled) == (310, 40)
    # Wilson with the effective size .6 x .4 / .0045483 = 52.77: centre (.6 + 3.8415 / 105.5) / 1.0728.
    effective = 0.24 / 0.00454830
    z = 1.959964
    centre = (0.6 + z * z / 2 / effective) / (1 + z * z / effective)
    half = z / (1 + z * z / effective) * math.sqrt(0.24 / effective + z * z / 4 / effective**2)
    assert (estimate.lower, estimate.upper) == pytest.approx((centre - half, centre + half), abs=1e-5)


def test_one_large_stratum_is_the_plain_wilson_interval() -> None:
    estimate = stratified_share([StratumCount(10**9, 100, 80)])
    assert estimate is not None
    low, high = wilson(0.8 * 99, 99)  # the unbiased variance divides by n - 1
    assert estimate.share == pytest.approx(0.8)
    assert (estimate.lower, estimate.upper) == pytest.approx((float(low), float(high)), abs=1e-6)


def test_everything_right_is_not_certain_until_every_record_was_seen() -> None:
    some = stratified_share([StratumCount(1000, 10, 10), StratumCount(100, 10, 10)])
    assert some is not None and some.share == some.upper == 1 and 0.5 < some.lower < 0.8
    whole = stratified_share([StratumCount(10, 10, 10), StratumCount(20, 20, 5)])
    assert whole is not None and whole.share == whole.lower == whole.upper == 0.5


def test_the_correction_narrows_the_interval() -> None:
    few, many = (stratified_share([StratumCount(records, 50, 40)]) for records in (60, 6000))
    assert few is not None and many is not None
    assert few.upper - few.lower < 0.5 * (many.upper - many.lower)


def test_strata_that_nobody_looked_at_say_nothing() -> None:
    estimate = stratified_share([StratumCount(100, 10, 10), StratumCount(900, 0, 0)])
    assert estimate is not None and (estimate.share, estimate.records) == (1, 100)
    assert stratified_share([StratumCount(900, 0, 0)]) is None
    assert stratified_share([]) is None


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(7)
    truth = ((4000, 3800), (600, 450), (150, 60))  # records, right
    share = sum(right for _, right in truth) / sum(records for records, _ in truth)
    covered = 0
    for _ in range(1000):
        drawn = [(60, records, generator.hypergeometric(right, records - right, 60)) for records, right in truth]
        estimate = stratified_share([StratumCount(records, n, int(x)) for n, records, x in drawn])
        assert estimate is not None
        covered += estimate.lower <= share <= estimate.upper
    assert 0.92 < covered / 1000 < 0.99
