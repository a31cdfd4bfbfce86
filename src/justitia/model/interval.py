"""Confidence intervals of proportions, of rates and of age-standardised rates.

Sources: E. B. Wilson (1927), JASA 22, 209-212, for proportions; F. Garwood (1936), Biometrika 28, 437-442, for
Poisson counts (exact, by chi-square quantiles); M. P. Fay and E. J. Feuer (1997), Statistics in Medicine 16, 791-801,
for weighted sums of Poisson counts (gamma).

Of a full count an interval says how far the figure would move if the same risks met the same population again; it
covers no error of recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike


def wilson(successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper ends of the Wilson score interval of a proportion, both as proportions.

    Args:
        successes, trials: counts, same shape; trials of 0 give nan.
        level: confidence level.
    """
    import numpy as np
    from scipy.special import ndtri

    x, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    n = np.where(n > 0, n, np.nan)
    z = ndtri(0.5 + level / 2)
    p = x / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def garwood(counts: ArrayLike, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper ends of the exact Poisson interval of counts, as counts.

    Args:
        counts: whole numbers of any shape; the lower end of 0 is 0.
        level: confidence level.
    """
    import numpy as np
    from scipy.special import chdtri  # inverse of the chi-square survival function

    k = np.asarray(counts, dtype=float)
    alpha = 1 - level
    lower = np.where(k > 0, chdtri(2 * np.maximum(k, 1), 1 - alpha / 2) / 2, 0.0)
    return lower, chdtri(2 * (k + 1), alpha / 2) / 2


def fay_feuer(
    counts: ArrayLike, populations: ArrayLike, weights: ArrayLike, *, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper ends of the gamma interval of directly standardised rates, as rates of one inhabitant.

    Args:
        counts, populations: whole numbers, shape (..., strata); a stratum without population gives nan.
        weights: of the standard population, shape (strata,); only their shares matter.
        level: confidence level.
    """
    import numpy as np
    from scipy.special import gammaincinv

    x, n = np.asarray(counts, dtype=float), np.asarray(populations, dtype=float)
    w = np.asarray(weights, dtype=float) / np.sum(weights)
    share = w / np.where(n > 0, n, np.nan)
    rate, variance = np.sum(share * x, axis=-1), np.sum(share**2 * x, axis=-1)
    largest = np.max(share, axis=-1)  # what one more case would add at most
    alpha = 1 - level
    with np.errstate(divide="ignore", invalid="ignore"):
        low = variance / rate * gammaincinv(rate**2 / variance, alpha / 2)
    high_rate, high_variance = rate + largest, variance + largest**2
    high = high_variance / high_rate * gammaincinv(high_rate**2 / high_variance, 1 - alpha / 2)
    return np.where(rate > 0, low, np.where(np.isnan(rate), np.nan, 0.0)), high
