"""The counting rules on one night's events, drawn by hand.

| event | offences                 | suspects |
| ----- | ------------------------ | -------- |
| K1    | murder, theft            | m 30, f 17 |
| K2    | theft, theft             | none     |
| K3    | assault                  | m 18     |
| K4    | something without a code | none     |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FLOW = """
label = {{ en = "t" }}
description = {{ en = "t" }}
unit = "{unit}"
counting_rule = "{rule}"
disclosure = "public_default"
[[dimensions]]
id = "D"
field = "{field}"
{levels}
[[measures]]
id = "COUNT"
"""
SECTION = 'levels = ["section"]'
BOTH = 'levels = ["section", "division", "group"]'
TABLES = {
    "offences": FLOW.format(unit="offence", rule="each", field="iccs_code", levels=SECTION),
    "levels": FLOW.format(unit="offence", rule="each", field="iccs_code", levels=BOTH),
    "principal": FLOW.format(unit="event", rule="principal_offence", field="offence.iccs_code", levels=SECTION),
    "categories": FLOW.format(unit="event", rule="once_per_category", field="offence.iccs_code", levels=SECTION),
    "suspects": FLOW.format(unit="suspect", rule="each", field="sex", levels=""),
    "ages": FLOW.format(unit="suspect", rule="each", field="age_status", levels=""),
}
TWO = """
label = { en = "t" }
description = { en = "t" }
unit = "event"
counting_rule = "each"
disclosure = "public_default"
[[dimensions]]
id = "D"
field = "area_code"
[[measures]]
id = "COUNT"
[[measures]]
id = "PAIR"
where = "suspect_count = 2"
label = { en = "two suspects" }
"""
NIGHT = [
    ("K1", 1, "MURDER", "m", "30"),
    ("K1", 2, "THEFT", "f", "17"),
    ("K2", 1, "THEFT", "", ""),
    ("K2", 2, "THEFT", "", ""),
    ("K3", 1, "ASSAULT", "m", "18"),
    ("K4", 1, "RIDDLE", "", ""),
]


@pytest.fixture
def night(country: Callable[..., Any], offence: Callable[..., Any]) -> Callable[[str], dict[str, int]]:
    made = country(dataflows=TABLES)
    made.send("a.csv", [offence(no, line, ARTICLE=a, SEX=s, AGE=age) for no, line, a, s, age in NIGHT])
    made.run()
    return lambda name: {key[0]: value for key, value in made.exact(name).items()}


def test_each_offence_counts(night: Any) -> None:
    assert night("offences") == {"01": 1, "02": 1, "05": 3, "_X": 1, "_T": 6}


def test_an_event_counts_once_under_its_most_serious_offence(night: Any) -> None:
    assert night("principal") == {"01": 1, "02": 1, "05": 1, "_X": 1, "_T": 4}


def test_an_event_counts_once_in_every_category(night: Any) -> None:
    """K1 is in 01 and in 05; the two thefts of K2 are one event. Parts do not sum to the total."""
    assert night("categories") == {"01": 1, "02": 1, "05": 2, "_X": 1, "_T": 4}


def test_what_is_coded_to_a_parent_is_shown_as_not_further_specified(night: Any) -> None:
    """Assault is coded to group 02011, theft to division 0502, murder to division 0101, which has no groups."""
    assert night("levels") == {
        "01": 1,
        "0101": 1,
        "02": 1,
        "0201": 1,
        "02011": 1,
        "05": 3,
        "0502": 3,
        "0502_X": 3,
        "_X": 1,
        "_T": 6,
    }


def test_persons_count_by_themselves(night: Any) -> None:
    assert night("suspects") == {"M": 2, "F": 1, "_T": 3}
    assert night("ages") == {"adult": 2, "minor": 1, "_T": 3}


def test_a_rule_that_does_not_say_which_offence_counts_is_refused(country: Any, offence: Any) -> None:
    made = country(dataflows={"t": FLOW.format(unit="event", rule="each", field="offence.iccs_code", levels="")})
    made.send("a.csv", [offence(1)])
    with pytest.raises(Exception, match=r"E-CAT-066.*does not say which counts"):
        made.run()


def test_two_victims_of_one_row_are_two(country: Any, offence: Any) -> None:
    columns = {
        "NO": (",,ignore,,no,",),
        "LINE": (",,ignore,,no,",),
        "RECORDED": ("event,recorded_date,use,,no,",),
        "DISTRICT": ("event,area_code,use,,no,",),
        "ARTICLE": ("offence,national_code,use,,no,",),
        "STATUS": (",,ignore,,no,",),
        "SEX": ("suspect,sex,use,,no,",),
        "SEX2": ("second,sex,use,,no,",),
    }
    second = '[[records]]\nname = "second"\nkind = "suspect"\nkey = ["NO", "LINE"]\nreferences = { event = "event" }'
    made = country(
        columns=columns,
        records=second,
        dataflows={"t": TABLES["suspects"], "e": TWO},
        values={"SEX": {"m": "M"}, "SEX2": {"f": "F"}},
    )
    keep = set(columns)
    made.send("a.csv", [{k: v for k, v in offence(1, SEX="m", SEX2="f").items() if k in keep}])
    made.run()
    assert made.exact("t") == {("M", "_T", "COUNT"): 1, ("F", "_T", "COUNT"): 1, ("_T", "_T", "COUNT"): 2}
    assert made.exact("e")["A", "_T", "PAIR"] == 1
    assert len({row[0] for row in made.rows_of("SELECT suspect_id FROM {table}", "derived__suspect")}) == 2
