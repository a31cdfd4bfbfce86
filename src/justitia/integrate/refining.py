"""What the found pairs teach: the share of true pairs, and how often each level of likeness is seen among them.

Splink's expectation maximisation sees pairs that share one blocking key, and cannot judge the fields of that key from
them. All candidate pairs together judge every field; a step or two of the same algorithm over their patterns, which are
few, corrects the weights without comparing anything again (Fellegi and Sunter 1969, section 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import quote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from justitia.engine import Engine

    Bits = NDArray[np.float64]
    Levels = NDArray[np.int64]

STEPS = 8
LEAST = 1e-6  # of an m: a level that no found pair shows is rare, not impossible


@dataclass(frozen=True, slots=True)
class Refined:
    """What was estimated anew.

    Args:
        prior: probability that two random records are of one person.
        m: field -> level -> share of true pairs.
        shift: field -> level -> bits to be added to a pair's weight.
    """

    prior: float
    m: Mapping[str, Mapping[int, float]]
    shift: Mapping[str, Mapping[int, float]]


def refine(
    engine: Engine, pairs: str, m: Mapping[str, Mapping[int, float]], *, comparisons: int, steps: int = STEPS
) -> Refined:
    """Return priors and weights as the pairs themselves show them.

    Args:
        engine: holds the pairs.
        pairs: relation (evidence, the sum of weights in bits without the prior; gamma_<field> for each field).
        m: as estimated before.
        comparisons: number of pairs that could be made of all records.
        steps: of expectation maximisation.
    """
    import numpy as np

    fields = list(m)
    columns = ", ".join(quote(f"gamma_{field}") for field in fields)
    # Evidence to the tenth of a bit: patterns and term frequencies together are a few thousand lines.
    grouped = engine.table(
        f"SELECT {columns}, round(evidence, 1) AS evidence, count(*) AS n FROM {pairs} GROUP BY ALL ORDER BY ALL"
    )
    count = np.asarray(grouped["n"], dtype=float)
    base = np.asarray(grouped["evidence"], dtype=float)
    levels = {field: np.asarray(grouped[f"gamma_{field}"], dtype=int) for field in fields}
    now = {field: dict(known) for field, known in m.items()}
    prior = max(float(count.sum()), 1.0) / comparisons / 10
    evidence = base.copy()
    for _ in range(steps):
        prior = _share(evidence, count, comparisons, prior)
        found = count * _probability(evidence, prior)
        for field in fields:
            now[field] = _seen(levels[field], found, now[field])
        evidence = base.copy()
        for field in fields:
            evidence += _shift_of(levels[field], m[field], now[field])
    prior = _share(evidence, count, comparisons, prior)
    shift = {field: {level: math.log2(now[field][level] / m[field][level]) for level in m[field]} for field in fields}
    return Refined(prior, now, shift)


def _probability(evidence: Bits, prior: float) -> Bits:
    import numpy as np

    return np.asarray(1 / (1 + np.exp2(-(evidence + math.log2(prior / (1 - prior))))))


def _share(evidence: Bits, count: Bits, comparisons: int, prior: float) -> float:
    """Return the share of true pairs among all pairs at which the probabilities add up to it."""
    for _ in range(50):
        new = max(float((count * _probability(evidence, prior)).sum()), 0.5) / comparisons
        if abs(new - prior) < 1e-6 * prior:
            break
        prior = new
    return prior


def _seen(level: Levels, found: Bits, known: Mapping[int, float]) -> dict[int, float]:
    """Return the share of each level among found pairs that have the field; missing values (-1) say nothing."""
    total = float(found[level >= 0].sum())
    seen = {one: float(found[level == one].sum()) for one in known}
    if total < 50:
        return dict(known)
    return {one: max((seen[one] + 0.1) / (total + 0.1 * len(known)), LEAST) for one in known}


def _shift_of(level: Levels, before: Mapping[int, float], after: Mapping[int, float]) -> Bits:
    import numpy as np

    bits = np.zeros(max(before) + 2)
    for one in before:
        bits[one + 1] = math.log2(after[one] / before[one])
    return np.asarray(bits[level + 1])
