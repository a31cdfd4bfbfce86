"""Honest confidence: from a score to the probability that the division is right, and the shares that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z95 = 1.959963984540054  # two-sided 95 %


def wilson(right: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson 1927); (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share, square = right / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    half = z * sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def calibrated(scores: NDArray[np.float32], edges: Sequence[float], values: Sequence[float]) -> NDArray[np.float32]:
    """Return the probability that belongs to each score: straight lines between the fitted points.

    Args:
        scores: 0 to 1.
        edges: scores at which the probability was fitted, rising.
        values: the probabilities there.
    """
    return np.interp(scores, edges, values).astype(np.float32) if len(edges) else scores


def fit_isotonic(scores: Sequence[float], right: Sequence[bool], least: int = 15) -> tuple[list[float], list[float]]:
    """Return the points of a rising curve from score to share right (pool adjacent violators, Ayer et al. 1955).

    Args:
        scores: of texts that were not used to fit anything.
        right: whether the answer was right.
        least: texts that a point must stand on.
    """
    order = np.argsort(np.asarray(scores), kind="stable")
    xs, ys = np.asarray(scores, float)[order], np.asarray(right, float)[order]
    blocks: list[list[float]] = []  # sum of scores, number right, texts
    for start in range(0, len(xs), least):
        part = slice(start, start + least)
        blocks.append([float(xs[part].sum()), float(ys[part].sum()), float(len(xs[part]))])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    # One text more, half right, keeps a block of right answers only from promising certainty.
    return [b[0] / b[2] for b in blocks], [(b[1] + 0.5) / (b[2] + 1) for b in blocks]
