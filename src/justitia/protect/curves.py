"""Curves over time of few units would show single persons: each step of a published one stands for several.

A curve is made of running totals of counts. Each running total is redrawn so that it moves only in steps of a number of
units that the rule would show, and the curve is computed from these totals. A group that the rule would not show has no
curve. The idea is that of OpenSAFELY's rounded Kaplan-Meier curves (steps of the threshold's size).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.protect.threshold import protected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from justitia.metadata.definitions import DisclosureRule


def step_of(rule: DisclosureRule) -> int:
    """Return the least number of units that a step of a published curve stands for."""
    step = rule.round_to
    while step <= rule.redact_up_to:
        step += rule.round_to
    return step


def stepped(counts: NDArray[np.float64], rule: DisclosureRule) -> NDArray[np.float64]:
    """Return counts over time whose running total moves in steps of `step_of` units.

    Args:
        counts: units at each time, shape (times,).
        rule: threshold and base.
    """
    import numpy as np

    step = step_of(rule)
    total = np.cumsum(counts)
    drawn = np.floor(total / step + 0.5) * step
    drawn = np.where(total <= rule.redact_up_to, 0, np.maximum(drawn, step))
    return np.diff(np.concatenate([[0.0], drawn]))


def protected_size(size: float, drawn: float, rule: DisclosureRule) -> float | None:
    """Return the number of units of a published curve; None when the rule does not show the group.

    Args:
        size: exact number of units.
        drawn: units in the stepped counts, which the number may not be below.
        rule: threshold and base.
    """
    shown = protected(int(size), rule)
    return None if not shown else max(float(shown), drawn)
