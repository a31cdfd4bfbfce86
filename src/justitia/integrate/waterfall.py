"""Why a pair has its weight: what each field adds, in bits, from its level of likeness; no value is needed or shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PRIOR, RARITY, MISSING = "prior", "rarity", "missing"


@dataclass(frozen=True, slots=True)
class Step:
    """What one field adds.

    Args:
        field: of the linkage; `prior` for where every pair begins; `rarity` for values that are rare or common.
        level: words of the level of likeness; `missing` where one of the two has no value.
        bits: added to the weight: 1 doubles the odds that the two are one person.
    """

    field: str
    level: str
    bits: float


def explain(pattern: str, weight: float, model: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps from the prior to the weight of a pair.

    Args:
        pattern: `field=level;...` of the pair.
        weight: of the pair, in bits.
        model: as `score` gives it.
    """
    prior = float(model["prior"])
    steps = [Step(PRIOR, "", math.log2(prior / (1 - prior)))]
    levels = dict(part.split("=") for part in pattern.split(";"))
    for comparison in model["comparisons"]:
        field = comparison["output_column_name"]
        if field in levels:
            steps.append(_step(field, int(levels[field]), comparison["comparison_levels"]))
    # Splink weighs a value by how rare it is: what is left is that, of all fields together.
    rest = weight - sum(step.bits for step in steps)
    return (*steps, Step(RARITY, "", rest))


def _step(field: str, level: int, levels: list[Mapping[str, Any]]) -> Step:
    if level < 0:
        return Step(field, MISSING, 0.0)
    own = [item for item in levels if not item.get("is_null_level")][::-1][level]
    return Step(field, own["label_for_charts"], math.log2(own["m_probability"] / own["u_probability"]))
