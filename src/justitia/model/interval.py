"""Confidence intervals of proportions and of rates.

Sources: E. B. Wilson (1927), JASA 22, 209-212, for proportions; F. Garwood (1936), Biometrika 28, 437-442, for
Poisson counts (exact, by chi-square quantiles).
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
