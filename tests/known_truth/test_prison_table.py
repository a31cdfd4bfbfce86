"""A prison with known stock, places, census and deaths, as published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from justitia.case_flow.opening import Opened
from justitia.case_flow.prison import prison_table
from justitia.derive.states import Sources
from justitia.engine import Engine
from justitia.metadata.flow import Prison
from justitia.metadata.load import load_catalogue

DAY = date(2024, 12, 31)
HELD, ON_REMAND, NOT_FINAL, WOMEN, DEAD = 120, 30, 20, 25, 12


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Opened]:
    """120 persons held, of whom 30 without a sentence and 20 without a final one; 12 died in the year."""
    status = ["unsentenced"] * ON_REMAND + ["convicted_not_final"] * NOT_FINAL
    status += ["sentenced"] * (HELD - ON_REMAND - NOT_FINAL + DEAD)
    number = HELD + DEAD
    stays = pa.table(
        {
            "custody_episode_id": [f"e{n}" for n in range(number)],
            "person_id": [f"p{n}" for n in range(number)],
            "custody_status": status,
            "sex": ["F"] * WOMEN + ["M"] * (number - WOMEN),
            "admitted_date": [date(2024, 1, 1) + timedelta(n % 200) for n in range(number)],
            "released_date": pa.array([None] * HELD + [date(2024, 11, 1)] * DEAD, pa.date32()),
            "release_reason": ["_N"] * HELD + ["death_natural"] * DEAD,
        }
    )
    census = pa.table(
        {
            "prisoner_id": [f"c{n}" for n in range(HELD - 2)],
            "person_id": [f"p{n}" for n in range(HELD - 2)],
            "reference_date": [DAY] * (HELD - 2),
        }
    )
    places = pa.table(
        {
            "facility_id": ["a", "a", "b", "b"],
            "reference_date": [date(2023, 1, 1), date(2024, 6, 1), date(2020, 1, 1), date(2025, 1, 1)],
            "capacity": [10, 60, 40, 900],
        }
    )
    with Engine(scratch=tmp_path / "scratch", memory="300MiB", threads=1) as engine:
        relations = {"custody_episode": "stays", "prisoner": "census", "facility": "places"}
        for name, table in (("stays", stays), ("census", census), ("places", places)):
            engine.connection.register(name, table)
        columns = {kind: set(engine.columns(relation)) for kind, relation in relations.items()}
        yield Opened(Sources(engine, load_catalogue(), relations, columns), made_up=True)


@pytest.fixture
def prison() -> Prison:
    found = load_catalogue().flow("prison")
    assert isinstance(found, Prison)
    return found


def test_stock_shares_occupancy_and_deaths(here: Opened, prison: Prison) -> None:
    table, _ = prison_table(here, prison, until=DAY.isoformat())
    share = {(r.measure, r.code): r.figure.value for r in table.shares}
    assert share["share_unsentenced", "_T"] == 25.0
    assert share["share_convicted_not_final", "_T"] == pytest.approx(16.7)
    assert share["share_of_stock", "F"] == pytest.approx(20.8)
    assert share["occupancy", "_T"] == 120.0, "120 persons on 60 and 40 places; those of 2025 do not count yet"
    moved = {r.measure: r.figure.value for r in table.movements}
    assert (moved["before"], moved["entries"], moved["releases"], moved["after"]) == (0, 130, 10, 120)
    assert (moved["deaths"], moved["death_natural"], moved["death_suicide"]) == (10, 10, 0)


def test_a_census_of_two_persons_fewer_is_reported(here: Opened, prison: Prison) -> None:
    _, findings = prison_table(here, prison, until=DAY.isoformat())
    found = [item for item in findings if item.rule_id == "F-CUS-005"]
    assert [(item.count, item.message) for item in found] == [
        (2, "2024-12-31: 2 more persons by their stays than in the census")
    ]


def test_without_a_census_and_places_neither_is_told(here: Opened, prison: Prison) -> None:
    relations = {"custody_episode": here.sources.relations["custody_episode"]}
    columns = {"custody_episode": here.sources.columns["custody_episode"]}
    alone = Opened(replace(here.sources, relations=relations, columns=columns), made_up=True)
    table, findings = prison_table(alone, prison, until=DAY.isoformat())
    assert not [item for item in findings if item.rule_id == "F-CUS-005"]
    assert "occupancy" not in {row.measure for row in table.shares}
