"""Waiting times of which some are not over: product-limit (Kaplan-Meier) curves, their intervals and medians.

Sources: E. L. Kaplan and P. Meier (1958), JASA 53, 457-481; M. Greenwood (1926) for the variance; J. D. Kalbfleisch
and R. L. Prentice (1980), The Statistical Analysis of Failure Time Data, 1.3 (interval on the scale log(-log)); R.
Brookmeyer and J. Crowley (1982), Biometrics 38, 29-41 (interval of the median); N. Mantel (1966) for the comparison of
groups. Everything is computed from how many units end, or are last seen, at each time: no loop over records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

Scale = Literal["log-log", "plain"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many units end or are last seen at each time; all arrays but `size` and `late` of shape (times,).

    Args:
        times: distinct times in order, in the unit of the data (days).
        ended: units that end at the time.
        last_seen: units seen until the time and not ended by then (censored).
        watched: units observed just before the time and not ended ("number at risk").
    """

    times: NDArray[np.float64]
    ended: NDArray[np.float64]
    last_seen: NDArray[np.float64]
    watched: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve over time: share that has not ended, with the ends of its interval; arrays of shape (times,)."""

    waiting: Waiting
    values: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    errors: NDArray[np.float64]

    def at(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return (value, lower, upper) at the times asked, shape (3, times); 1 before the first time of the data."""
        import numpy as np

        place = np.searchsorted(self.waiting.times, np.asarray(times, dtype=float), side="right")
        rows = [np.concatenate([[1.0], row])[place] for row in (self.values, self.lower, self.upper)]
        return np.asarray(rows)

    def watched_at(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return how many units are still observed at the times asked: the row beneath a drawn curve."""
        import numpy as np

        left = np.concatenate([self.waiting.watched, [0.0]])
        found: NDArray[np.float64] = left[np.searchsorted(self.waiting.times, np.asarray(times, float), side="left")]
        return found


def waiting_of(durations: ArrayLike, ended: ArrayLike, *, entered: ArrayLike | None = None) -> Waiting:
    """Return the counts over time of single units.

    Args:
        durations: time until the end or until last seen, shape (units,).
        ended: whether it ended then.
        entered: time from which a unit is observed at all, where that is later than 0 (left truncation).
    """
    import numpy as np

    time, over = np.asarray(durations, dtype=float), np.asarray(ended, dtype=bool)
    times, place = np.unique(time, return_inverse=True)
    ends = np.bincount(place, weights=over, minlength=len(times)).astype(float)
    seen = np.bincount(place, weights=~over, minlength=len(times)).astype(float)
    gone_before = np.concatenate([[0.0], np.cumsum(ends + seen)[:-1]])
    if entered is None:
        return Waiting(times, ends, seen, len(time) - gone_before)
    begun = np.searchsorted(np.sort(np.asarray(entered, dtype=float)), times, side="left")
    return Waiting(times, ends, seen, begun - gone_before)


def waiting_of_counts(times: ArrayLike, ended: ArrayLike, last_seen: ArrayLike, size: float) -> Waiting:
    """Return the counts over time of `size` units from counts at distinct times; who is in neither lasts longer."""
    import numpy as np

    time, over, seen = (np.asarray(item, dtype=float) for item in (times, ended, last_seen))
    order = np.argsort(time)
    time, over, seen = time[order], over[order], seen[order]
    return Waiting(time, over, seen, size - np.concatenate([[0.0], np.cumsum(over + seen)])[: len(time)])


def kaplan_meier(waiting: Waiting, *, level: float = 0.95, scale: Scale = "log-log") -> Curve:
    """Return the share not ended over time, with Greenwood's standard error and its interval.

    Args:
        waiting: the counts.
        level: confidence level.
        scale: `log-log` (stays within 0 and 1) or `plain` (value plus and minus standard errors, cut at 0 and 1).
    """
    import numpy as np

    n, d = waiting.watched, waiting.ended
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(n > 0, 1 - d / n, 1.0).astype(float)
        terms = np.where((d > 0) & (n > d), d / (n * (n - d)), 0.0)
    values = np.cumprod(left)
    spread = np.sqrt(np.cumsum(terms))
    lower, upper = interval_of(values, values * spread, level=level, scale=scale)
    return Curve(waiting, values, lower, upper, values * spread)


def interval_of(
    values: NDArray[np.float64], errors: NDArray[np.float64], *, level: float, scale: Scale
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the interval of shares with standard errors; at 0 and 1 the value itself."""
    import numpy as np
    from scipy.special import ndtri

    z = ndtri(0.5 + level / 2)
    if scale == "plain":
        return np.clip(values - z * errors, 0, 1), np.clip(values + z * errors, 0, 1)
    inside = (values > 0) & (values < 1)
    p = np.where(inside, values, 0.5)
    half = z * errors / np.abs(p * np.log(p))
    lower, upper = p ** np.exp(half), p ** np.exp(-half)
    return np.where(inside, lower, values), np.where(inside, upper, values)


@dataclass(frozen=True, slots=True)
class Quantile:
    """A time with the ends of its interval; None where the curve, or its interval, does not come down so far."""

    value: float | None
    lower: float | None
    upper: float | None


def quantile_of(curve: Curve, share: float = 0.5) -> Quantile:
    """Return the time by which a share of the units has ended, with its interval (Brookmeyer and Crowley).

    The ends are the times at which the ends of the curve's interval come down to 1 - share.
    """
    target = 1 - share
    return Quantile(*(_first_down_to(row, curve, target) for row in (curve.values, curve.lower, curve.upper)))


def _first_down_to(row: NDArray[np.float64], curve: Curve, target: float) -> float | None:
    import numpy as np

    tolerance = 1e-9
    places = np.flatnonzero((row <= target + tolerance) & (np.cumsum(curve.waiting.ended) > 0))
    if not len(places):
        return None
    first = int(places[0])
    time = curve.waiting.times
    ends_after = np.flatnonzero((curve.waiting.ended > 0) & (np.arange(len(time)) > first))
    flat = abs(float(row[first]) - target) <= tolerance and row is curve.values and len(ends_after)
    # A curve that lies on the share itself has it for a while: the middle of that while, as in every textbook.
    return float((time[first] + time[ends_after[0]]) / 2) if flat else float(time[first])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Chi-square statistic of a comparison of groups, its degrees of freedom and p-value."""

    statistic: float
    degrees: int
    p_value: float


def log_rank(durations: ArrayLike, ended: ArrayLike, groups: ArrayLike) -> Comparison:
    """Return the log-rank comparison of the curves of two or more groups.

    Args:
        durations, ended: as for `waiting_of`.
        groups: code of each unit's group, shape (units,).
    """
    import numpy as np
    from scipy.stats import chi2

    time, over = np.asarray(durations, dtype=float), np.asarray(ended, dtype=bool)
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    times, place = np.unique(time, return_inverse=True)
    size = int(group.max()) + 1
    ends, gone = np.zeros((size, len(times))), np.zeros((size, len(times)))
    np.add.at(ends, (group, place), over)
    np.add.at(gone, (group, place), 1)
    watched = gone[:, ::-1].cumsum(axis=1)[:, ::-1]
    n, d = watched.sum(axis=0), ends.sum(axis=0)
    expected = watched * d / n
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    share = watched / n
    variance = np.einsum("it,jt,t->ij", share, -share, spread) + np.diag((share * spread).sum(axis=1))
    gap = (ends - expected).sum(axis=1)[:-1]
    statistic = float(gap @ np.linalg.solve(variance[:-1, :-1], gap))
    return Comparison(statistic, size - 1, float(chi2.sf(statistic, size - 1)))
