"""Stocks and movements on stays written by hand, each rule with the case that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from justitia.aggregate.prison_stock import (
    census_finding,
    day_ends,
    movements,
    stock_select,
    time_in_status_select,
)
from justitia.derive.custody import build_custody
from justitia.derive.states import Sources
from justitia.engine import Engine
from justitia.errors import RequestError
from justitia.metadata.flow import Prison
from justitia.metadata.load import load_catalogue

from .flow_engine import engine_with

COLUMNS = (
    "custody_episode_id VARCHAR, person_id VARCHAR, custody_status VARCHAR, sex VARCHAR, "
    "admitted_date DATE, released_date DATE, release_reason VARCHAR"
)
# Ada: remand until she is sentenced the same day, and still there. Bo: two stays that overlap. Cy: released on the
# census day, so not in its stock. Di: admitted on it, so in. Ed and Flo: faulty. Gus: transferred, and no stay follows.
# Hal: died.
STAYS = [
    ("1", "ada", "unsentenced_trial", "F", "2024-01-10", "2024-06-01", "status_change"),
    ("2", "ada", "convicted_not_final", "F", "2024-06-01", None, "_N"),
    ("3", "bo", "unsentenced", "M", "2024-03-01", "2025-02-01", "bail"),
    ("4", "bo", "sentenced", "M", "2024-09-01", "2025-06-01", "served"),
    ("5", "cy", "sentenced", "M", "2023-05-05", "2024-12-31", "served"),
    ("6", "di", "unsentenced", "F", "2024-12-31", None, "_N"),
    ("7", "ed", "sentenced", "M", None, "2024-05-05", "served"),
    ("8", "flo", "sentenced", "F", "2024-05-05", "2024-04-05", "served"),
    ("9", "gus", "sentenced", "M", "2024-02-01", "2024-08-01", "transfer"),
    ("10", "hal", "sentenced", "M", "2024-02-01", "2024-08-01", "death_suicide"),
    ("11", "ivo", "administrative", "M", "2024-02-01", None, "_N"),
]
DAY = date(2024, 12, 31)


@pytest.fixture
def prison() -> Prison:
    found = load_catalogue().flow("prison")
    assert isinstance(found, Prison)
    return found


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with engine_with(tmp_path, custody=(COLUMNS, STAYS)) as made:
        yield made


def sources(engine: Engine) -> Sources:
    columns = {"custody_episode": set(engine.columns("custody"))}
    return Sources(engine, load_catalogue(), {"custody_episode": "custody"}, columns)


def stock(engine: Engine, days: list[date]) -> dict[tuple[date, str, str], int]:
    rows = engine.rows(stock_select("flow_stays", days, ["SEX"]))
    return {(day, status, code): n for day, status, _, code, n in rows}


def test_a_person_is_there_once_under_the_latest_stay(engine: Engine, prison: Prison) -> None:
    build_custody(prison, sources(engine))
    found = stock(engine, [DAY])
    assert found[DAY, "_T", "_T"] == 3, "Ada, Bo and Di"
    assert (found[DAY, "convicted_not_final", "_T"], found[DAY, "sentenced", "_T"]) == (1, 1)
    assert found[DAY, "unsentenced", "_T"] == 1, "Di; Bo's remand goes on beside his sentence, which counts"
    assert (found[DAY, "_T", "F"], found[DAY, "_T", "M"]) == (2, 1)


def test_each_fault_has_its_finding(engine: Engine, prison: Prison) -> None:
    found = {item.rule_id: item.count for item in build_custody(prison, sources(engine))}
    assert found == {"F-CUS-001": 1, "F-CUS-002": 1, "F-CUS-003": 1, "F-CUS-004": 1}


def test_stays_that_meet_or_overlap_are_one_entry_and_one_release(engine: Engine, prison: Prison) -> None:
    build_custody(prison, sources(engine))
    found = movements(engine, prison, date(2024, 1, 1), DAY)
    assert (found.before, found.entries, found.releases, found.after) == (1, 5, 3, 3)
    assert found.difference == 0
    assert found.deaths == {"death_natural": 0, "death_homicide": 0, "death_suicide": 1, "death_other": 0}


def test_time_on_remand_counts_whose_remand_lasts_as_far_as_it_is_seen(engine: Engine, prison: Prison) -> None:
    build_custody(prison, sources(engine))
    assert engine.rows(time_in_status_select("flow_stays", ["unsentenced"], DAY)) == [
        (0, 0, 1),
        (143, 1, 0),
        (305, 0, 1),
    ]


def test_a_census_that_differs_is_a_finding_and_one_that_agrees_is_none(prison: Prison) -> None:
    assert census_finding(prison, rebuilt=3, counted=3, day=DAY) is None
    found = census_finding(prison, rebuilt=3, counted=5, day=DAY)
    assert found is not None
    assert (found.rule_id, found.count) == ("F-CUS-005", 2)
    assert "2 fewer" in found.message


def test_without_dates_of_release_there_is_no_stock(tmp_path: Path, prison: Prison) -> None:
    with (
        engine_with(tmp_path / "x", custody=("custody_episode_id VARCHAR, admitted_date DATE", [])) as engine,
        pytest.raises(RequestError, match=r"E-FLO-003.*released_date"),
    ):
        build_custody(prison, sources(engine))


def test_days_are_ends_of_months_and_the_last_day() -> None:
    assert day_ends(date(2024, 1, 31), date(2024, 5, 15), 1)[:2] == [date(2024, 1, 31), date(2024, 2, 29)]
    assert day_ends(date(2023, 12, 1), date(2024, 5, 15), 3) == [
        date(2023, 12, 31),
        date(2024, 3, 31),
        date(2024, 5, 15),
    ]
