"""Medians and other quantiles of durations, from how often each duration occurs.

A median of a few is one person's value: `protect` decides what may be shown, here it is computed.
Source of the definition: R. J. Hyndman and Y. Fan (1996), The American Statistician 50, 361-365, type 2 (the mean of
the two middle values where the number is even), which is the median of every textbook.
"""

from __future__ import annotations

from collections.abc import Mapping


def quantile_of_counts(counts: Mapping[float, int], share: float = 0.5) -> float | None:
    """Return the value below which a share of the units lies; None when there is no unit.

    Args:
        counts: duration (for example days) -> units with it; nothing negative.
        share: 0.5 for the median; between 0 and 1.
    """
    total = sum(counts.values())
    if not total:
        return None
    target, below = total * share, 0
    ordered = sorted((value, count) for value, count in counts.items() if count)
    for place, (value, count) in enumerate(ordered):
        below += count
        if below > target:
            return value
        if below == target:
            following = ordered[place + 1][0] if place + 1 < len(ordered) else value
            return (value + following) / 2
    return ordered[-1][0]
