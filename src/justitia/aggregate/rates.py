"""Rates, shares and ratios of counts that are counted already, each with its interval. No records here.

Sources: UN-CTS and SDG metadata 16.1.1 (a rate divides victims by the population of the same sex, age and area); SDG
metadata 16.4.2 (a ratio of several areas or years is the sum of numerators over the sum of denominators, never a mean
of ratios). Intervals: justitia.model.interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.model.interval import garwood, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Estimates:
    """Figures made of counts, with the ends of their intervals and a flag; all arrays of one shape.

    Args:
        values, lower, upper: float64, nan where the figure cannot be computed.
        is_small: true where the numerator is below the number that bears a figure.
    """

    values: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    is_small: np.ndarray


def rate_per(
    counts: ArrayLike, populations: ArrayLike, *, per: float, small_below: float, level: float = 0.95
) -> Estimates:
    """Return counts per `per` inhabitants with their exact Poisson interval (Garwood).

    Args:
        counts: events or victims in the period; nan where unknown.
        populations: inhabitants of the same group and area, broadcast against `counts`; 0 or nan give nan.
        per: for example 100,000.
        small_below: a rate of fewer counts than this is flagged.
        level: confidence level.
    """
    import numpy as np

    x, n = np.broadcast_arrays(np.asarray(counts, dtype=float), np.asarray(populations, dtype=float))
    n = np.where(n > 0, n, np.nan)
    lower, upper = garwood(x, level=level)
    return Estimates(x / n * per, lower / n * per, upper / n * per, _small(x, small_below))


def share_of(
    parts: ArrayLike, wholes: ArrayLike, *, per: float = 100, small_below: float, level: float = 0.95
) -> Estimates:
    """Return parts of wholes, in per cent unless `per` says otherwise, with their Wilson interval.

    Args:
        parts: counts contained in the wholes.
        wholes: counts, broadcast against `parts`; 0 gives nan.
        per, level: as for `rate_per`.
        small_below: a share of a whole below this is flagged.
    """
    import numpy as np

    x, n = np.broadcast_arrays(np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float))
    n = np.where((n > 0) & (x <= n), n, np.nan)
    lower, upper = wilson(x, n, level=level)
    return Estimates(x / n * per, lower * per, upper * per, _small(n, small_below))


def ratio_of_sums(numerators: ArrayLike, denominators: ArrayLike, *, per: float = 1) -> float:
    """Return the sum of numerators over the sum of denominators; nan when a part is unknown or the sum is 0.

    The mean of the single ratios would give a small area the weight of a large one.
    """
    import numpy as np

    above, below = float(np.sum(np.asarray(numerators, float))), float(np.sum(np.asarray(denominators, float)))
    return above / below * per if below > 0 else float("nan")


def _small(counts: np.ndarray, below: float) -> np.ndarray:
    import numpy as np

    return np.asarray(np.nan_to_num(counts, nan=np.inf) < below)
