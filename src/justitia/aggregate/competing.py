"""Several ways in which a wait may end: cumulative incidence by Aalen and Johansen, with intervals.

A case that is dropped can no longer be convicted. One minus the Kaplan-Meier curve of convictions treats it as if it
still might be, and tells too much; the cumulative incidence counts every way out. Sources: O. O. Aalen and S. Johansen
(1978), Scandinavian Journal of Statistics 5, 141-150; variance by the delta method: E. Marubini and M. G. Valsecchi
(1995), Analysing Survival Data from Clinical Trials and Observational Studies, 10.3; interval on the scale
log(-log(1 - F)), as in J. B. Choudhury (2002), Statistics in Medicine 21, 1129-1144.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.aggregate.survival import interval_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many units end in which way, or are last seen, at each time.

    Args:
        times: distinct times in order, shape (times,).
        ended: way out -> units that end so at each time, shape (times,).
        last_seen: units last seen at the time without an end, shape (times,).
        size: number of units at time 0.
    """

    times: NDArray[np.float64]
    ended: Mapping[str, NDArray[np.float64]]
    last_seen: NDArray[np.float64]
    size: float

    @property
    def watched(self) -> NDArray[np.float64]:
        """Units observed just before each time and not ended."""
        import numpy as np

        gone = self.last_seen + sum(self.ended.values(), np.zeros(len(self.times)))
        left: NDArray[np.float64] = self.size - np.concatenate([[0.0], np.cumsum(gone)])[: len(self.times)]
        return left


@dataclass(frozen=True, slots=True)
class Incidence:
    """Share that has ended in one way by each time, with the ends of its interval; arrays of shape (times,)."""

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    errors: NDArray[np.float64]

    def at(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return (value, lower, upper) at the times asked, shape (3, times); 0 before the first time of the data."""
        import numpy as np

        place = np.searchsorted(self.times, np.asarray(times, dtype=float), side="right")
        rows = [np.concatenate([[0.0], row])[place] for row in (self.values, self.lower, self.upper)]
        return np.asarray(rows)


def median_of(found: Incidence, share: float = 0.5) -> tuple[float | None, float | None, float | None]:
    """Return the time by which a share of all units has ended so, with its interval; None where it is not reached.

    The ends are the times at which the ends of the curve's interval reach the share (Brookmeyer and Crowley's idea).
    """
    import numpy as np

    def first(row: NDArray[np.float64]) -> float | None:
        places = np.flatnonzero(row >= share - 1e-9)
        return float(found.times[places[0]]) if len(places) else None

    return first(found.values), first(found.upper), first(found.lower)


def outcomes_of(durations: ArrayLike, ways: ArrayLike) -> Outcomes:
    """Return the counts over time of single units.

    Args:
        durations: time until the end or until last seen, shape (units,).
        ways: name of the way in which each ended; empty for those that had not ended.
    """
    import numpy as np

    time, way = np.asarray(durations, dtype=float), np.asarray(ways).astype(str)
    times, place = np.unique(time, return_inverse=True)

    def counted(name: str) -> NDArray[np.float64]:
        return np.bincount(place, weights=way == name, minlength=len(times)).astype(float)

    names = [str(name) for name in np.unique(way) if name]
    return Outcomes(times, {name: counted(name) for name in names}, counted(""), float(len(time)))


def aalen_johansen(outcomes: Outcomes, *, level: float = 0.95) -> dict[str, Incidence]:
    """Return, for each way out, the share that has ended so over time. The shares and the share left sum to 1.

    Args:
        outcomes: the counts.
        level: confidence level.
    """
    import numpy as np

    n = outcomes.watched
    d = sum(outcomes.ended.values(), np.zeros(len(outcomes.times)))
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.cumprod(np.where(n > 0, 1 - d / n, 1.0))
        greenwood = np.where((d > 0) & (n > d), d / (n * (n - d)), 0.0)
    before = np.concatenate([[1.0], kept[:-1]])
    made = {}
    for name, own in outcomes.ended.items():
        hazard = np.where(n > 0, own / np.where(n > 0, n, 1), 0.0)
        values = np.cumsum(before * hazard)
        errors = np.sqrt(np.maximum(_variance(values, before, own, n, greenwood), 0))
        upper, lower = (1 - end for end in interval_of(1 - values, errors, level=level, scale="log-log"))
        made[name] = Incidence(outcomes.times, values, lower, upper, errors)
    return made


def _variance(
    values: NDArray[np.float64],
    before: NDArray[np.float64],
    own: NDArray[np.float64],
    n: NDArray[np.float64],
    greenwood: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the delta-method variance at each time, by running sums of the terms of the sum over earlier times."""
    import numpy as np

    safe = np.where(n > 0, n, 1.0)
    left_out = np.cumsum(values**2 * greenwood) - 2 * values * np.cumsum(values * greenwood)
    first = values**2 * np.cumsum(greenwood) + left_out
    second = np.cumsum(np.where(n > 0, before**2 * own * (n - own) / safe**3, 0.0))
    cross = np.where(n > 0, before * own / safe**2, 0.0)
    third = values * np.cumsum(cross) - np.cumsum(values * cross)
    made: NDArray[np.float64] = first + second - 2 * third
    return made
