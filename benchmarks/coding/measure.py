"""Shares right with bootstrap intervals, and precision above a threshold: what the figures of coding are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.coding.lists import Row
from justitia.classify.answer import Answer

DRAWS = 2000
SEED = 20261124
LEVELS: dict[str, Callable[[str], str]] = {
    "section": lambda code: code[:2],
    "division": lambda code: code[:4],
    "group": lambda code: code[:5],
    "exact": lambda code: code,
}


@dataclass(frozen=True, slots=True)
class Coded:
    """A row of a list with the answer it got."""

    row: Row
    answer: Answer

    def right(self, level: str) -> bool:
        """Return whether the code is the reviewed one, as far as `level` goes; a code that ends above it must be it."""
        cut = LEVELS[level]
        return cut(self.answer.code) == cut(self.row.code)

    @property
    def among_five(self) -> bool:
        """Return whether the reviewed code is among the five shown."""
        return self.row.code in [shown.code for shown in self.answer.alternatives]


@dataclass(frozen=True, slots=True)
class Share:
    """A share right with its interval (95 %, percentile bootstrap over distinct texts; Efron and Tibshirani 1993)."""

    value: float
    low: float
    high: float
    texts: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def share_right(coded: Sequence[Coded], right: Callable[[Coded], bool]) -> Share:
    """Return the share of distinct texts that are right: a text of several rows counts once, with its mean."""
    by_text: dict[str, list[float]] = {}
    for item in coded:
        by_text.setdefault(item.row.plain, []).append(float(right(item)))
    values = np.array([np.mean(found) for found in by_text.values()])
    if not len(values):
        return Share(float("nan"), float("nan"), float("nan"), 0)
    drawn = np.random.default_rng(SEED).integers(0, len(values), (DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return Share(float(values.mean()), float(low), float(high), len(values))


def figures(coded: Sequence[Coded]) -> dict[str, Share]:
    """Return the share right by level, and the share whose reviewed code is among the five shown."""
    made = {level: share_right(coded, lambda item, level=level: item.right(level)) for level in LEVELS}  # type: ignore[misc]
    return made | {"among five": share_right(coded, lambda item: item.among_five)}


def above(coded: Sequence[Coded], confidences: Sequence[float], threshold: float) -> tuple[int, int]:
    """Return how many texts have a confidence of the threshold or more, and how many of these are right at division."""
    passed = [item for item, confidence in zip(coded, confidences, strict=True) if confidence >= threshold]
    return len(passed), sum(item.right("division") for item in passed)
