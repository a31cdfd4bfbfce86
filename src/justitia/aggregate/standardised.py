"""Directly age-standardised rates: what the rate would be if the population had the ages of a standard one.

Sources: O. B. Ahmad et al. (2001), Age standardization of rates: a new WHO standard, GPE discussion paper 31; Eurostat
(2013), Revision of the European Standard Population. Their weights are data: catalogue/population_standards/.
Interval: Fay and Feuer (1997), justitia.model.interval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from justitia.aggregate.rates import Estimates
from justitia.errors import RequestError
from justitia.model.interval import fay_feuer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_BAND = re.compile(r"Y(\d+)T(\d+)|Y_GE(\d+)|Y(\d+)")
OLDEST = 200  # upper end of the open group


def standardised_rate(
    counts: ArrayLike,
    populations: ArrayLike,
    weights: ArrayLike,
    *,
    per: float,
    small_below: float,
    level: float = 0.95,
) -> Estimates:
    """Return directly standardised rates per `per` inhabitants with their gamma interval.

    Args:
        counts, populations: by age group, shape (..., groups), the same groups in the same order.
        weights: of the standard population in these groups, shape (groups,).
        per: for example 100,000.
        small_below: rates of fewer counts over all ages than this are flagged.
        level: confidence level.
    """
    import numpy as np

    x, n = np.asarray(counts, dtype=float), np.asarray(populations, dtype=float)
    share = np.asarray(weights, dtype=float) / np.sum(weights)
    rate = np.sum(share * x / np.where(n > 0, n, np.nan), axis=-1)
    lower, upper = fay_feuer(x, n, weights, level=level)
    return Estimates(rate * per, lower * per, upper * per, np.sum(x, axis=-1) < small_below)


def merged_weights(standard: Mapping[str, float], groups: Sequence[str]) -> list[float]:
    """Return the weights of wider age groups from those of narrower ones.

    Args:
        standard: code of an age group (`Y0T4`, `Y_GE85`) -> weight.
        groups: codes of the groups wanted, which must cover all ages once.

    Raises:
        RequestError: E-IND-005 when a group of the standard lies in none or in several of the groups.
    """
    bounds = [age_bounds(group) for group in groups]
    weights = [0.0] * len(groups)
    for code, weight in standard.items():
        low, high = age_bounds(code)
        inside = [place for place, (start, end) in enumerate(bounds) if start <= low and high <= end]
        if len(inside) != 1:
            raise RequestError(
                "E-IND-005",
                f"age group {code} of the standard population lies in {len(inside)} of the groups counted",
                remedy="Count ages in groups that are unions of the standard's groups, with the same open group",
            )
        weights[inside[0]] += weight
    return weights


def age_bounds(code: str) -> tuple[int, int]:
    """Return the first and last age of a group by its SDMX code (`Y15T19`, `Y_GE85`, `Y17`).

    Raises:
        RequestError: E-IND-006 when the code is of another form.
    """
    found = _BAND.fullmatch(code)
    if found is None:
        raise RequestError("E-IND-006", f"[{code}] is not the code of an age group", remedy="Use Y15T19 or Y_GE85")
    start, end, least, single = found.groups()
    if least is not None:
        return int(least), OLDEST
    return (int(single), int(single)) if single is not None else (int(start), int(end))
