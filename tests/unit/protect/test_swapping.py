"""Targeted record swapping: rare units leave their area, totals of similar units stay, a seed fixes the draw."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from justitia.errors import JustitiaError
from justitia.protect.swapping import swap_records

ASKED: dict[str, Any] = {
    "unit": "household",
    "hierarchy": ["region", "district"],
    "rare_columns": ["citizenship"],
    "similar": [["size", "sex"], ["size"]],
    "k": 3,
    "rate": 0.05,
    "seed": 7,
}


def people(units: int = 4_000, seed: int = 1) -> pa.Table:
    random = np.random.default_rng(seed)
    size = random.integers(1, 4, units)
    district = random.integers(0, 20, units)
    owner = np.repeat(np.arange(units), size)
    return pa.table(
        {
            "household": owner,
            "region": district[owner] // 5,
            "district": district[owner],
            "size": size[owner],
            "sex": random.integers(0, 2, units)[owner],
            "citizenship": random.choice(40, len(owner), p=np.array([0.7] + [0.3 / 39] * 39)),
        }
    )


def test_rare_units_leave_their_district_and_the_rate_is_reached() -> None:
    table = people()
    made = swap_records(table, **ASKED)
    before, after = (np.array(t["district"]) for t in (table, made.table))
    owner = np.array(table["household"])
    moved = np.unique(owner[before != after])
    assert made.units == 4_000 and len(moved) == made.swapped
    assert made.swapped >= 0.05 * made.units and made.left == 0
    shared = Counter(zip(table["citizenship"].to_pylist(), before.tolist(), strict=True))
    rare = {
        house
        for house, own, area in zip(owner.tolist(), table["citizenship"].to_pylist(), before.tolist(), strict=True)
        if shared[own, area] < 3
    }
    assert rare and rare <= set(moved.tolist())


def test_households_stay_together_and_figures_of_the_profile_stay_true() -> None:
    table = people()
    made = swap_records(table, **{**ASKED, "similar": [["size", "sex"]]}).table
    places = set(zip(made["household"].to_pylist(), made["district"].to_pylist(), strict=True))
    assert len(places) == 4_000, "one district for each household"
    assert all(d // 5 == r for d, r in zip(made["district"].to_pylist(), made["region"].to_pylist(), strict=True))

    def figures(t: pa.Table) -> Counter[Any]:
        return Counter(zip(*(t[name].to_pylist() for name in ("district", "size", "sex")), strict=True))

    assert figures(made) == figures(table)
    assert [made[name] == table[name] for name in ("household", "size", "sex", "citizenship")] == [True] * 4


def test_who_is_rare_in_a_region_leaves_the_region() -> None:
    table = people(600)
    one = pa.array([99 if place == 0 else value for place, value in enumerate(table["citizenship"].to_pylist())])
    table = table.set_column(table.column_names.index("citizenship"), "citizenship", one)
    made = swap_records(table, **ASKED).table
    assert made["region"][0] != table["region"][0]


def test_a_seed_fixes_the_draw() -> None:
    table = people(800)
    first, again, other = (swap_records(table, **{**ASKED, "seed": seed}).table for seed in (1, 1, 2))
    assert first == again and first != other


def test_wrong_questions_are_refused() -> None:
    table = people(20)
    for wrong in ({"rate": 2.0}, {"rare_columns": ["no"]}):
        with pytest.raises(JustitiaError, match="E-MIC-003"):
            swap_records(table, **{**ASKED, **wrong})
    odd = table.set_column(2, "district", pa.array(range(table.num_rows)))
    with pytest.raises(JustitiaError, match="E-MIC-003"):
        swap_records(odd, **ASKED)
