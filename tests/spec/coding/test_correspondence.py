"""How a national offence gets its ICCS code: by code, by date, by condition; never by guess, never twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HEAD = "national_code,condition,iccs_code,status,priority,national_label,basis,valid_from,valid_to\n"


def coded(made: Any) -> dict[str, tuple[str, str]]:
    rows = made.rows_of("SELECT record_id, iccs_code, iccs_status FROM {table} ORDER BY 1", "derived__offence")
    assert len(rows) == len({row[0] for row in rows}), "no record is there twice"
    return {row[0].removesuffix("|1"): row[1:] for row in rows}


def test_by_code(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    made = country()
    made.send(
        "a.csv",
        [
            offence("murder", ARTICLE="MURDER"),
            offence("theft", ARTICLE="THEFT"),
            offence("rumour", ARTICLE="RUMOUR"),
            offence("unknown", ARTICLE="RIDDLE"),
            offence("lower", ARTICLE="murder"),
            offence("none", ARTICLE=""),
        ],
    )
    made.run()
    assert coded(made) == {
        "murder": ("0101", "coded"),
        "theft": ("0502", "unspecified"),
        "rumour": ("_Z", "no_code"),
        "unknown": ("_X", "uncoded"),
        "lower": ("_X", "uncoded"),
        "none": ("_X", "uncoded"),
    }


def test_by_date_of_the_act(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    """The article meant theft until the end of 2022 and robbery since: the day of the act decides."""
    rows = "ART1,,0502,coded,,,,,2022-12-31\nART1,,0401,coded,,,,2023-01-01,\nOLD,,0101,coded,,,,,2020-12-31\n"
    made = country(correspondence=HEAD + rows)
    made.send(
        "a.csv",
        [
            offence("before", ARTICLE="ART1", OCCURRED="2022-12-31"),
            offence("after", ARTICLE="ART1", OCCURRED="2023-01-01"),
            offence("repealed", ARTICLE="OLD", OCCURRED="2022-06-01"),
        ],
    )
    made.run()
    assert coded(made) == {"before": ("0502", "coded"), "after": ("0401", "coded"), "repealed": ("_X", "uncoded")}


def test_without_any_date_a_dated_row_decides_nothing(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    rows = "ART1,,0502,coded,,,,,2022-12-31\nART1,,0401,coded,,,,2023-01-01,\nART2,,0101,coded,,,,,\n"
    columns = {
        "NO": (",,ignore,,no,",),
        "LINE": (",,ignore,,no,",),
        "ARTICLE": ("offence,national_code,use,,no,",),
        "SEX": ("suspect,sex,use,,no,",),
        "STATUS": (",,ignore,,no,",),
    }
    made = country(correspondence=HEAD + rows, columns=columns, dataflows={})
    made.send("a.csv", [{"NO": "one", "LINE": "1", "ARTICLE": "ART1"}, {"NO": "two", "LINE": "1", "ARTICLE": "ART2"}])
    made.run()
    assert coded(made) == {"one": ("_X", "uncoded"), "two": ("0101", "coded")}


def test_two_rows_for_one_day_are_refused(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    made = country(correspondence=HEAD + "ART1,,0502,coded,,,,,\nART1,,0401,coded,,,,2023-01-01,\n")
    made.send("a.csv", [offence(1, ARTICLE="ART1")])
    with pytest.raises(Exception, match=r"E-CAT-04\d.*ART1|ART1.*E-CAT-04\d"):
        made.run()


def test_by_condition_and_priority(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    rows = (
        "HIT,,02011,coded,,,,,\n"
        "HIT,area_code = 'B',020112,coded,2,,,,\n"
        "\"HIT\",\"area_code IN ('B', 'C') AND national_code = 'HIT'\",020111,coded,1,,,,\n"
        "HIT,iccs_weapon = '1',0101,coded,1,,,,\n"
    )
    made = country(correspondence=HEAD + rows)
    made.send("a.csv", [offence(area, ARTICLE="HIT", DISTRICT=area) for area in ("A", "B", "C")])
    made.run()
    assert coded(made) == {"A": ("02011", "coded"), "B": ("020111", "coded"), "C": ("020111", "coded")}
