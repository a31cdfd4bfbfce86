"""Waiting times held to published worked examples and to what must be true of any data."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.aggregate.survival import (
    kaplan_meier,
    log_rank,
    quantile_of,
    waiting_of,
    waiting_of_counts,
)

# E. J. Freireich et al. (1963), Blood 21, 699-716: weeks of remission of 21 children given 6-mercaptopurine (with
# children still in remission) and of 21 given a placebo; printed in D. R. Cox and D. Oakes (1984), Analysis of Survival
# Data, table 1.1.
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
# D. Collett and most textbooks: week -> children observed, share in remission, Greenwood's standard error.
PRINTED = {
    6: (21, 0.857, 0.0764),
    7: (17, 0.807, 0.0869),
    10: (15, 0.753, 0.0963),
    13: (12, 0.690, 0.1068),
    16: (11, 0.627, 0.1141),
    22: (7, 0.538, 0.1282),
    23: (6, 0.448, 0.1346),
}


def test_the_leukaemia_remissions_are_those_of_the_textbook() -> None:
    curve = kaplan_meier(waiting_of(TREATED, ENDED))
    for week, (watched, share, error) in PRINTED.items():
        place = int(np.flatnonzero(curve.waiting.times == week)[0])
        assert curve.waiting.watched[place] == watched
        assert round(float(curve.values[place]), 3) == pytest.approx(share, abs=6e-4)
        assert round(float(curve.errors[place]), 4) == error


def test_medians_and_their_intervals_are_those_of_the_textbook() -> None:
    """Klein and Moeschberger 4.5 and R's survfit with conf.type log-log: 23 (13 to not reached) and 8 (4 to 11)."""
    treated = quantile_of(kaplan_meier(waiting_of(TREATED, ENDED)))
    assert (treated.value, treated.lower, treated.upper) == (23, 13, None)
    placebo = quantile_of(kaplan_meier(waiting_of(PLACEBO, [1] * 21)))
    assert (placebo.value, placebo.lower, placebo.upper) == (8, 4, 11)


def test_the_log_rank_comparison_is_that_of_the_textbook() -> None:
    """Chi-square of 16.79 on one degree of freedom."""
    found = log_rank(TREATED + PLACEBO, ENDED + [1] * 21, ["drug"] * 21 + ["placebo"] * 21)
    assert (round(found.statistic, 2), found.degrees) == (16.79, 1)
    assert found.p_value == pytest.approx(4.17e-5, rel=1e-2)


def test_counts_give_the_same_curve_as_units() -> None:
    units = kaplan_meier(waiting_of(TREATED, ENDED))
    times = sorted(set(TREATED))
    ended = [sum(e for t, e in zip(TREATED, ENDED, strict=True) if t == time) for time in times]
    seen = [TREATED.count(time) - e for time, e in zip(times, ended, strict=True)]
    counts = kaplan_meier(waiting_of_counts(times, ended, seen, 21))
    assert np.array_equal(units.values, counts.values)
    assert np.array_equal(units.lower, counts.lower)


def test_without_censoring_the_curve_is_the_plain_share() -> None:
    curve = kaplan_meier(waiting_of(PLACEBO, [1] * 21))
    share = [sum(week > time for week in PLACEBO) / 21 for time in curve.waiting.times]
    assert np.allclose(curve.values, share)
    assert np.allclose(curve.errors, np.sqrt(np.array(share) * (1 - np.array(share)) / 21))


def test_who_enters_late_is_not_watched_before() -> None:
    """Three units of 10, 20, 30 days; the last is known of only from day 15 on: on day 10 two are watched."""
    waiting = waiting_of([10, 20, 30], [1, 1, 1], entered=[0, 0, 15])
    assert waiting.watched.tolist() == [2, 2, 1]
    assert kaplan_meier(waiting).values.tolist() == [0.5, 0.25, 0.0]


def test_a_curve_is_read_between_its_steps() -> None:
    curve = kaplan_meier(waiting_of(TREATED, ENDED))
    values, lower, upper = curve.at([0, 5.9, 6, 9.5, 100])
    assert values.tolist() == [1, 1, curve.values[0], curve.values[2], curve.values[-1]]
    assert (lower <= values).all()
    assert (values <= upper).all()
    assert curve.watched_at([0, 6, 6.5, 36]).tolist() == [21, 21, 17, 0]


def test_both_scales_agree_in_the_middle_and_stay_within_bounds() -> None:
    for scale in ("log-log", "plain"):
        curve = kaplan_meier(waiting_of(TREATED, ENDED), scale=scale)  # type: ignore[arg-type]
        assert ((curve.lower >= 0) & (curve.upper <= 1)).all()
    plain = kaplan_meier(waiting_of(TREATED, ENDED), scale="plain")
    assert float(plain.lower[-1]) == pytest.approx(0.448 - 1.96 * 0.1346, abs=1e-3)
