"""What the public sees of a count: 1 to 7 redacted, all others to the nearest 5, zero stays zero, totals by
themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from justitia.engine import Engine
from justitia.errors import DisclosureError
from justitia.metadata.definitions import DisclosureRule
from justitia.protect.rules import check_rule
from justitia.protect.threshold import protected, protected_sql

DEFAULT = DisclosureRule("public_default", "threshold_and_round", redact_up_to=7, round_to=5)


@pytest.mark.parametrize(
    ("exact", "public"),
    [
        (0, 0),
        (1, None),
        (5, None),
        (7, None),
        (8, 10),
        (10, 10),
        (12, 10),
        (13, 15),
        (17, 15),
        (18, 20),
        (102, 100),
        (103, 105),
        (1_000_002, 1_000_000),
    ],
)
def test_default_rule(exact: int, public: int | None, tmp_path: Any) -> None:
    assert protected(exact, DEFAULT) == public
    with Engine(scratch=tmp_path, threads=1) as engine:
        assert engine.value("SELECT " + protected_sql(f"CAST({exact} AS BIGINT)", DEFAULT)) == public


@pytest.mark.parametrize("redact_up_to", [2, 4, 5, 7, 9])
@pytest.mark.parametrize("round_to", [2, 3, 5, 10])
def test_sql_equals_the_plain_rule(redact_up_to: int, round_to: int, tmp_path: Any) -> None:
    rule = DisclosureRule("made", "threshold_and_round", redact_up_to, round_to)
    with Engine(scratch=tmp_path, threads=1) as engine:
        rows = engine.rows(f"SELECT n, {protected_sql('n', rule)} FROM range(200) AS t(n) ORDER BY n")
    assert rows == [(n, protected(n, rule)) for n in range(200)]
    shown = [(n, value) for n, value in rows if value is not None]
    assert all(value % round_to == 0 and abs(value - n) <= round_to / 2 for n, value in shown)


@pytest.mark.parametrize(
    ("rule", "redact_up_to", "round_to", "code"),
    [
        ("none", 7, 5, "E-DIS-002"),
        ("threshold_and_round", 0, 5, "E-DIS-001"),
        ("threshold_and_round", 1, 5, "E-DIS-001"),
        ("threshold_and_round", 7, 1, "E-DIS-001"),
    ],
)
def test_a_rule_that_protects_nobody_is_refused(rule: str, redact_up_to: int, round_to: int, code: str) -> None:
    with pytest.raises(DisclosureError, match=code):
        check_rule(DisclosureRule("made", rule, redact_up_to, round_to))


RATIOS = """
label = { en = "Events by area" }
description = { en = "Made up" }
unit = "event"
counting_rule = "each"
disclosure = "public_default"
period = { field = "recorded_date", frequency = "A" }
[[dimensions]]
id = "AREA"
field = "area_code"
[[measures]]
id = "COUNT"
[[measures]]
id = "SUSPECTED"
where = "suspect_count > 0"
label = { en = "With a suspect" }
[[ratios]]
id = "SHARE"
kind = "share"
numerator = "SUSPECTED"
denominator = "COUNT"
per = 100
label = { en = "Share" }
[[ratios]]
id = "RATE"
kind = "rate"
numerator = "COUNT"
denominator = "population:made"
per = 100000
label = { en = "Rate" }
"""
PEOPLE = "area,sex,age,year,population\nA,_T,_T,2023,100000\nB,_T,_T,2023,50000\n_T,_T,_T,2023,150000\n"


def test_a_drawn_table(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    """Area A: 23 events, 12 with a suspect. Area B: 6 events, 6 with a suspect. Area C: none. All: 29 and 18."""
    made = country(dataflows={"t": RATIOS}, files={"population/made.csv": PEOPLE})
    rows = [offence(i, SEX="m" if i < 12 else "") for i in range(23)]
    rows += [offence(i, DISTRICT="B", SEX="f") for i in range(100, 106)]
    made.send("a.csv", rows)
    made.run()
    cells = {row[:3]: row[3:] for row in made.table("protected__t")}  # area, year, measure -> value, ends, status

    def shown(area: str, measure: str) -> Any:
        return cells[area, "2023", measure][0]

    assert [shown(area, "COUNT") for area in ("A", "B", "_T")] == [25, None, 30]
    # 10 in A and 20 in all would place B: 18 to 22, less 8 to 12, is 6 or 7 where at most 7 are redacted.
    assert [shown(area, "SUSPECTED") for area in ("A", "B", "_T")] == [None, None, 20]
    assert shown("A", "SHARE") is None
    # Ratios come from what is public: 20 of 30 and not 18 of 29, 30 and not 29 for 150 000 people.
    assert shown("_T", "SHARE") == 66.6667
    # Wilson for 20 of 30; Garwood for 30 is 20.241 .. 42.827, here per 150 000 people.
    assert cells["_T", "2023", "SHARE"][1:3] == (48.7801, 80.7695)
    assert shown("_T", "RATE") == 20.0
    assert cells["_T", "2023", "RATE"][1:3] == pytest.approx((13.4939, 28.5513), abs=1e-4)
    for measure in ("COUNT", "SUSPECTED", "SHARE", "RATE"):
        assert cells["B", "2023", measure] == (None, None, None, "Q", "C"), "redacted whole, the ratios too"
    assert all(row[0] is None or row[0] % 5 == 0 for key, row in cells.items() if key[2] in ("COUNT", "SUSPECTED"))
