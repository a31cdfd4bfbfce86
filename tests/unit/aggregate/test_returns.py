"""Return within a window on persons written by hand; what went wrong in published cohorts cannot happen here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from justitia.aggregate.returns import Starts, build_followed, free_time_select, window_select

from .flow_engine import engine_with

LEFT = [
    ("ada", "2020-01-01", "F"),  # back on day 100, of which 40 in custody
    ("bo", "2020-01-01", "M"),  # back on day 731, one too late
    ("cy", "2020-01-01", "M"),  # never back
    ("di", "2021-06-01", "F"),  # back on day 30, but her window ends after the sources
    ("ed", "2020-01-01", "M"),  # arrested on the day of leaving: that is no return
    ("ada", "2020-08-01", "F"),  # her second leaving: the first counts
]
BACK = [
    ("ada", "arrest", "2020-04-10"),
    ("bo", "arrest", "2022-01-01"),
    ("di", "arrest", "2021-07-01"),
    ("ed", "arrest", "2020-01-01"),
    ("ada", "prison", "2020-09-01"),
    ("zoe", "arrest", "2020-09-01"),
]
HELD = [("ada", "2020-02-01", "2020-03-12"), ("cy", "2021-12-01", None)]
UNTIL = date(2022, 1, 31)


def _followed(
    folder: Path,
) -> tuple[dict[tuple[str, str], tuple[int, ...]], dict[tuple[str, str], list[tuple[int, ...]]]]:
    with engine_with(
        folder,
        l=("person VARCHAR, left_on DATE, b_SEX VARCHAR", LEFT),
        b=("person VARCHAR, way VARCHAR, on_day DATE", BACK),
        h=("person VARCHAR, begun DATE, ended DATE", HELD),
    ) as engine:
        starts = Starts("SELECT * FROM l", "SELECT * FROM b", "SELECT * FROM h")
        build_followed(engine, starts, ways=["arrest", "prison"], window_days=730, until=UNTIL)
        shares = {(way, code): tuple(n) for way, _, code, *n in engine.rows(window_select(["SEX"]))}
        free: dict[tuple[str, str], list[tuple[int, ...]]] = {}
        for way, _, code, *n in engine.rows(free_time_select(["SEX"], 1)):
            free.setdefault((way, code), []).append(tuple(n))
        return shares, free


def test_only_persons_observed_for_the_whole_window_are_in_the_share(tmp_path: Path) -> None:
    """Di is back within 30 days, and is left out: who left when she did and stayed away is not seen for so long."""
    shares, _ = _followed(tmp_path)
    assert shares["arrest", "_T"] == (5, 4, 1), "persons, observed, returned: Ada of Ada, Bo, Cy and Ed"
    assert shares["arrest", "F"] == (2, 1, 1)
    assert shares["arrest", "M"] == (3, 3, 0)


def test_ways_of_returning_are_apart(tmp_path: Path) -> None:
    shares, _ = _followed(tmp_path)
    assert shares["prison", "_T"] == (5, 4, 1)


def test_days_in_custody_are_no_days_at_liberty(tmp_path: Path) -> None:
    _, free = _followed(tmp_path)
    assert free["arrest", "F"] == [(30, 1, 0), (60, 1, 0)], "Di 30 days; Ada 100 less 40"
    days = {days: (ended, seen) for days, ended, seen in free["arrest", "M"]}
    assert days[731] == (1, 0), "Bo"
    assert days[700] == (0, 1), "Cy: 761 days, of which he is held from day 700 on"
    assert days[761] == (0, 1), "Ed"
