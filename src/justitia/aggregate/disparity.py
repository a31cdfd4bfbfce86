"""Groups compared at a stage: ratios and differences of shares with intervals, and tables of a rating against outcomes.

Sources: D. Katz et al. (1978), Biometrics 34, 469-474 (ratio of two shares, on the log scale); R. G. Newcombe (1998),
Statistics in Medicine 17, 873-890, method 10 (difference, from two Wilson intervals). A ratio says that groups differ
at a stage. It does not say why: `messages/flow.csv` has what a reader must not conclude, and every product prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.model.interval import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Disparity:
    """Groups against one group of reference; arrays of shape (groups,), nan where it cannot be computed."""

    ratio: NDArray[np.float64]
    ratio_lower: NDArray[np.float64]
    ratio_upper: NDArray[np.float64]
    difference: NDArray[np.float64]
    difference_lower: NDArray[np.float64]
    difference_upper: NDArray[np.float64]


def disparity_of(
    reached: ArrayLike, entered: ArrayLike, *, reference: tuple[float, float], level: float = 0.95
) -> Disparity:
    """Return the ratio and the difference of the shares that reach a stage, with their intervals.

    Args:
        reached, entered: counts of each group, shape (groups,): who reached the stage, of who could.
        reference: (reached, entered) of the group compared with.
        level: confidence level.
    """
    import numpy as np
    from scipy.special import ndtri

    z = ndtri(0.5 + level / 2)
    x, n = np.asarray(reached, dtype=float), np.asarray(entered, dtype=float)
    x0, n0 = (np.float64(value) for value in reference)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, p0 = x / np.where(n > 0, n, np.nan), x0 / (n0 if n0 > 0 else np.nan)
        ratio = np.where(p0 > 0, p / p0, np.nan)
        spread = np.sqrt(1 / x - 1 / n + 1 / x0 - 1 / n0)
        factor = np.where((x > 0) & (x0 > 0), np.exp(z * spread), np.nan)
    lower, upper = wilson(x, n, level=level)
    lower0, upper0 = wilson(x0, n0, level=level)
    below = np.sqrt((p - lower) ** 2 + (upper0 - p0) ** 2)
    above = np.sqrt((upper - p) ** 2 + (p0 - lower0) ** 2)
    gap = p - p0
    return Disparity(ratio, ratio / factor, ratio * factor, gap, gap - below, gap + above)


@dataclass(frozen=True, slots=True)
class Rated:
    """One group's table of a rating (high or not) against what happened (or did not), and its shares.

    Args:
        true_high, false_high, true_low, false_low: counts; false_high was rated high and it did not happen.
        false_high_share: of those to whom it did not happen, the share rated high.
        false_low_share: of those to whom it happened, the share rated low.
        high_confirmed: of those rated high, the share to whom it happened.
    """

    true_high: int
    false_high: int
    true_low: int
    false_low: int
    false_high_share: float
    false_low_share: float
    high_confirmed: float


def rated_against(high: ArrayLike, happened: ArrayLike, groups: ArrayLike) -> dict[str, Rated]:
    """Return the table of each group: how an instrument in use errs, group by group. Of single persons it says nothing.

    Args:
        high: whether each unit was rated high, shape (units,).
        happened: whether it happened.
        groups: code of each unit's group.
    """
    import numpy as np

    above, true = np.asarray(high, dtype=bool), np.asarray(happened, dtype=bool)
    names, place = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    cells = np.bincount(place * 4 + true * 2 + above, minlength=len(names) * 4).reshape(-1, 4)
    return {str(name): _rated(*(int(value) for value in row)) for name, row in zip(names, cells, strict=True)}


def _rated(true_low: int, false_high: int, false_low: int, true_high: int) -> Rated:
    def share(part: int, whole: int) -> float:
        return part / whole if whole else float("nan")

    return Rated(
        true_high,
        false_high,
        true_low,
        false_low,
        share(false_high, false_high + true_low),
        share(false_low, false_low + true_high),
        share(true_high, true_high + false_high),
    )


def relative_rates(
    stages: Mapping[str, tuple[ArrayLike, ArrayLike]], *, reference: int, level: float = 0.95
) -> dict[str, Disparity]:
    """Return the disparity at each stage, of those who reached the stage before (relative rate index).

    Args:
        stages: stage -> (reached, entered) of all groups, shape (groups,).
        reference: place of the group compared with.
        level: confidence level.
    """
    import numpy as np

    made = {}
    for name, (reached, entered) in stages.items():
        x, n = np.asarray(reached, dtype=float), np.asarray(entered, dtype=float)
        made[name] = disparity_of(x, n, reference=(float(x[reference]), float(n[reference])), level=level)
    return made
