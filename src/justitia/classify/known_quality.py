"""How right the codes of a stratified sample are: shares with intervals, weighted by records.

Sources: W. G. Cochran, Sampling Techniques, 3rd ed. (1977), sections 5.3 to 5.5 and 5.10: stratified estimate of a
proportion, its variance with the finite population correction. Its interval is Wilson's, with the effective sample
size in place of the sample size: C. Franco, R. J. A. Little, T. A. Louis and E. V. Slud, Comparative study of
confidence intervals for proportions in complex sample surveys, Journal of Survey Statistics and Methodology 7 (2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from justitia.model.interval import wilson

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class StratumCount:
    """What the audit found in one stratum.

    Args:
        records: number of records in the stratum.
        sampled: number of those that were drawn and coded again.
        right: number of those that have the property that is estimated.
    """

    records: int
    sampled: int
    right: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated share of records.

    Args:
        share, lower, upper: 0 to 1; the interval at the level of `LEVEL`.
        records: number of records that it speaks of.
        sampled: number of records that it rests on.
    """

    share: float
    lower: float
    upper: float
    records: int
    sampled: int


def stratified_share(strata: Iterable[StratumCount], *, level: float = LEVEL) -> Estimate | None:
    """Return the share of records with a property, over strata; None where none was sampled.

    Strata without any sampled record are left out, and so are their records: say so where it is shown.

    Args:
        strata: counts of each stratum.
        level: confidence level.
    """
    known = [stratum for stratum in strata if stratum.sampled]
    total = sum(stratum.records for stratum in known)
    if not total:
        return None
    share = math.fsum(one.records * one.right / one.sampled for one in known) / total
    lower, upper = _interval(share, known, total, level)
    return Estimate(share, lower, upper, total, sum(one.sampled for one in known))


def variance(strata: Sequence[StratumCount]) -> float:
    """Return the estimated variance of the stratified share (Cochran 5.52): strata without spread add nothing."""
    total = sum(stratum.records for stratum in strata)
    found = 0.0
    for one in strata:
        share = one.right / one.sampled
        outside = 1 - one.sampled / one.records
        found += (one.records / total) ** 2 * outside * share * (1 - share) / max(1, one.sampled - 1)
    return found


def _interval(share: float, strata: Sequence[StratumCount], total: int, level: float) -> tuple[float, float]:
    # The variance that the design would have if all strata were alike: it tells the effective size where the sample
    # shows no spread (everything right, or wrong), and it is nothing only where every record was looked at.
    design = sum((one.records / total) ** 2 * (1 - one.sampled / one.records) / one.sampled for one in strata)
    if design <= 0:
        return share, share
    spread = variance(strata)
    effective = share * (1 - share) / spread if spread > 0 and 0 < share < 1 else 1 / design
    lower, upper = wilson(share * effective, effective, level=level)
    return float(lower), float(upper)
