"""The validator: each kind of fault is found, with key, rule and what would be right; a flood is counted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from justitia.engine import Engine
from justitia.findings import Finding
from justitia.metadata.structure import Component, Constraint, Facets, KeySet, Reference, Region, Selection, Structure
from justitia.model.period import PATTERNS
from justitia.validate.sdmx import Sums, check_observations
from justitia.validate.sdmx.constraints import day_sql

from .made_up import COLUMNS, structure

GOOD = ("A", "0101", "F", "2022", "5", "A", None, "PS")

Row = Sequence[str | None]


def check(
    tmp_path: Path,
    *rows: Row,
    columns: Sequence[str] = COLUMNS,
    own: Structure | None = None,
    constraints: Sequence[Constraint] = (),
    sums: Sums | None = None,
    limit: int = 10,
) -> list[Finding]:
    with Engine(scratch=tmp_path / "scratch", memory="300MiB") as engine:
        names = ", ".join(f'"{name}" VARCHAR' for name in columns)
        engine.execute(f"CREATE TABLE made ({names})")
        engine.connection.executemany(
            f"INSERT INTO made VALUES ({', '.join('?' * len(columns))})", [list(r) for r in rows]
        )
        return check_observations(
            engine, "made", columns, own or structure(), table="made", constraints=constraints, sums=sums, limit=limit
        )


def changed(**cells: str | None) -> Row:
    return tuple(cells.get(name, cell) for name, cell in zip(COLUMNS, GOOD, strict=True))


def test_good_observations_have_no_fault(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD, changed(SEX="M"), changed(OBS_VALUE=None, OBS_STATUS="Q", SEX="_T")) == []


@pytest.mark.parametrize(
    ("cells", "rule", "column", "right"),
    [
        ({"SEX": "FEMALE"}, "V-SDX-004", "SEX", "use one of _T, F, M, _U"),
        ({"ICCS": "101"}, "V-SDX-004", "ICCS", "0101 is; leading zeros belong to the code"),
        ({"ICCS": "Name of 0101"}, "V-SDX-004", "ICCS", "that is the name of 0101"),
        ({"UNIT": "P"}, "V-SDX-004", "UNIT", "did you mean PS?"),
        ({"SEX": None}, "V-SDX-002", "SEX", "give it one of _T, F, M, _U"),
        ({"OBS_STATUS": None}, "V-SDX-003", "OBS_STATUS", "give it one of A, Q"),
        ({"TIME_PERIOD": "2022-13"}, "V-SDX-006", "TIME_PERIOD", "write periods as 2024"),
        ({"TIME_PERIOD": "2022-02-30"}, "V-SDX-006", "TIME_PERIOD", "write periods as 2024"),
        ({"OBS_VALUE": "1,234"}, "V-SDX-007", "OBS_VALUE", "give a value of type Double"),
    ],
)
def test_each_value_at_fault_is_found(
    tmp_path: Path, cells: dict[str, str | None], rule: str, column: str, right: str
) -> None:
    wrong = changed(**({"SEX": "M"} | cells))
    (finding,) = check(tmp_path, GOOD, wrong)
    assert (finding.rule_id, finding.column, finding.severity, finding.count) == (rule, column, "error", 1)
    assert right in finding.message, finding.message
    key = f"{wrong[0]}.{wrong[1]}.{wrong[2] or ''}:{wrong[3]}"
    assert key in finding.message, "the key is told"


def test_columns_are_compared_with_components(tmp_path: Path) -> None:
    columns = ("FREQ", "ICCS", "SEXE", "TIME_PERIOD", "OBS_VALUE", "NOTE", "UNIT")
    found = check(tmp_path, ("A", "01", "F", "2022", "1", None, "PS"), columns=columns)
    told = {(finding.rule_id, finding.column) for finding in found}
    assert told == {("V-SDX-001", "SEXE"), ("V-SDX-002", "SEX"), ("V-SDX-003", "OBS_STATUS")}
    assert "did you mean SEX?" in found[0].message


def test_keys_stand_once(tmp_path: Path) -> None:
    (finding,) = check(tmp_path, GOOD, GOOD, GOOD, changed(SEX="M"))
    assert (finding.rule_id, finding.count) == ("V-SDX-005", 3)
    assert "A.0101.F:2022 stands 3 times" in finding.message


def test_attributes_are_alike_in_their_series(tmp_path: Path) -> None:
    own = structure()
    units = replace(own.component("OBS_STATUS").codelist, codes=own.component("OBS_STATUS").codelist.codes)  # type: ignore
    attached = [replace(c, codelist=units) if c.id == "UNIT" else c for c in own.components]
    own = replace(own, components=tuple(attached))
    (finding,) = check(
        tmp_path, changed(UNIT="A"), changed(UNIT="Q", TIME_PERIOD="2023"), changed(UNIT="Q", SEX="M"), own=own
    )
    assert (finding.rule_id, finding.column) == ("V-SDX-011", "UNIT")
    assert "both [A] and [Q]" in finding.message and "A.0101.F:2022" in finding.message


def test_limits_of_values_are_checked(tmp_path: Path) -> None:
    facets = Facets(min_length=2, max_length=4, pattern="[a-z]+")
    own = structure(
        Component("CODE", "attribute", required=False, facets=facets),
        Component("SHARE", "attribute", "Decimal", required=False, facets=Facets(min_value=0, max_value=1, decimals=2)),
    )
    values = [("ab", "0.5"), ("a", "-1"), ("abcde", "2"), ("AB", "0.123"), (None, None)]
    years = [str(2000 + number) for number in range(5)]
    rows = [(*changed(TIME_PERIOD=year), *pair) for year, pair in zip(years, values, strict=True)]
    found = check(tmp_path, *rows, columns=(*COLUMNS, "CODE", "SHARE"), own=own)
    assert {(finding.rule_id, finding.column, finding.value) for finding in found} == {
        ("V-SDX-007", "CODE", "a"),
        ("V-SDX-007", "CODE", "abcde"),
        ("V-SDX-007", "CODE", "AB"),
        ("V-SDX-007", "SHARE", "-1"),
        ("V-SDX-007", "SHARE", "2"),
        ("V-SDX-007", "SHARE", "0.123"),
    }


GOOD_PERIODS = [
    *("2024", "2024Z", "2024-03", "2024-02-29", "2024-A1", "2024-S2", "2024-T3", "2024-Q4", "2024-M12"),
    *("2020-W53", "2024-W52", "2024-D366", "2023-D365", "2024-03-31T23:59:59", "2024-03-31T00:00:00.5+01:00"),
    *("2024-01-01/P6M", "2024-01-01T00:00:00/P1DT12H", "2024-Q1+05:30"),
]
BAD_PERIODS = [
    *("24", "2024-1", "2024-13", "2023-02-29", "2024-A2", "2024-S3", "2024-T4", "2024-Q5", "2024-M13", "2024Q1"),
    *("2021-W53", "2024-W54", "2023-D366", "2024-D367", "2024-03-31T25:00:00", "2024-01-01/6M", "2024-01-01/", "_T"),
    *("2024-04-31", " 2024", "March 2024", "31.12.2024"),
]


def test_all_time_formats_of_sdmx_are_known(tmp_path: Path) -> None:
    rows = [changed(TIME_PERIOD=period) for period in (*GOOD_PERIODS, *BAD_PERIODS)]
    found = check(tmp_path, *rows, limit=100)
    assert sorted(finding.value for finding in found) == sorted(BAD_PERIODS)
    assert {finding.rule_id for finding in found} == {"V-SDX-006"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("GregorianYear", "2024", "2024-01"),
        ("ReportingQuarter", "2024-Q1", "2024-03"),
        ("DateTime", "2024-01-01T00:00:00", "2024-01-01"),
        ("Integer", "-12", "1.5"),
        ("Boolean", "true", "yes"),
        ("Alpha", "abc", "a1"),
        ("Time", "23:59:59", "24:01:00"),
        ("MonthDay", "--12-31", "12-31"),
        ("Duration", "P1Y", "1Y"),
        ("Double", "INF", "inf"),
    ],
)
def test_each_type_has_its_form(kind: str, good: str, bad: str) -> None:
    import re

    assert re.fullmatch(PATTERNS[kind], good) and not re.fullmatch(PATTERNS[kind], bad)


def test_regions_of_a_constraint_are_tested_together(tmp_path: Path) -> None:
    only = Constraint(
        "CR",
        regions=(
            Region({"ICCS": Selection(frozenset(("0101",))), "SEX": Selection(frozenset(("F", "M")))}),
            Region({"ICCS": Selection(frozenset(("02",)))}),
        ),
    )
    rows = [GOOD, changed(SEX="_T"), changed(ICCS="02", SEX="_T"), changed(ICCS="01"), changed(SEX="M")]
    found = check(tmp_path, *rows, constraints=[only])
    assert [(finding.rule_id, finding.column, finding.count) for finding in found] == [
        ("V-SDX-008", "ICCS", 1),
        ("V-SDX-008", "SEX", 1),
    ]
    assert "nothing for ICCS [01]" in found[0].message and "A.01.F:2022" in found[0].message
    assert "where ICCS is 0101: use F, M" in found[1].message


def test_excluded_regions_ranges_and_key_sets(tmp_path: Path) -> None:
    never = Constraint("NEVER", regions=(Region({"SEX": Selection(frozenset(("_U",)))}, included=False),))
    years = Constraint("YEARS", regions=(Region({"TIME_PERIOD": Selection(start="2020", end="2022-06")}),))
    keys = Constraint("KEYS", key_sets=(KeySet(({"ICCS": "0101", "SEX": "F"}, {"ICCS": "02"})),))
    rows = [
        GOOD,
        changed(SEX="_U", ICCS="02"),
        changed(TIME_PERIOD="2019"),
        changed(TIME_PERIOD="2022-Q2", FREQ="Q"),
        changed(TIME_PERIOD="2022-Q3", FREQ="Q"),
        changed(SEX="M"),
    ]
    assert [f.value for f in check(tmp_path, *rows, constraints=[never])] == ["_U"]
    # A whole year ends after June, as the second half of it does.
    assert {f.value for f in check(tmp_path, *rows, constraints=[years])} == {"2019", "2022-Q3", "2022"}
    (found,) = check(tmp_path, *rows, constraints=[keys])
    assert (found.rule_id, found.count) == ("V-SDX-009", 1) and "A.0101.M" in found.message


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-S2", "2024-07-01", "2024-12-31"),
        ("2024-T1", "2024-01-01", "2024-04-30"),
        ("2024-Q3", "2024-07-01", "2024-09-30"),
        ("2024-M11", "2024-11-01", "2024-11-30"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2024-D060", "2024-02-29", "2024-02-29"),
        ("2024-05-06", "2024-05-06", "2024-05-06"),
    ],
)
def test_periods_have_a_first_and_a_last_day(tmp_path: Path, period: str, first: str, last: str) -> None:
    with Engine(scratch=tmp_path / "scratch", memory="200MiB") as engine:
        days = engine.rows(
            f"SELECT {day_sql('p')}::DATE, {day_sql('p', last=True)}::DATE FROM (SELECT '{period}' AS p)"
        )
    assert tuple(map(str, days[0])) == (first, last)


def test_sums_over_parts_and_over_children(tmp_path: Path) -> None:
    rows = [
        *(changed(SEX=sex, OBS_VALUE=value) for sex, value in (("F", "5"), ("M", "7"), ("_T", "13"))),
        *(changed(ICCS=code, OBS_VALUE=value, SEX="_T") for code, value in (("0102", "4"), ("01", "16"))),
        changed(SEX="F", TIME_PERIOD="2023", OBS_VALUE="9"),
        changed(SEX="_T", TIME_PERIOD="2023", OBS_VALUE="8"),
    ]
    found = check(tmp_path, *rows, sums=Sums(("SEX", "ICCS")))
    told = [(finding.rule_id, finding.column, finding.message.split(":")[0], finding.message) for finding in found]
    assert [item[:3] for item in told] == [
        ("V-SDX-010", "SEX", "A.0101._T"),
        ("V-SDX-010", "SEX", "A.0101._T"),
        ("V-SDX-010", "ICCS", "A.01._T"),
    ]
    assert "2022 is 13, and by SEX its parts sum to 12" in told[0][3]
    assert "2023 is 8, and by SEX some of its parts alone sum to 9" in told[1][3]
    assert "2022 is 16, and by ICCS its parts sum to 17" in told[2][3]
    assert len(check(tmp_path, *rows, sums=Sums(("SEX", "ICCS"), tolerance=1))) == 0


def test_a_million_faults_are_a_few_findings(tmp_path: Path) -> None:
    own = structure()
    with Engine(scratch=tmp_path / "scratch", memory="300MiB") as engine:
        engine.execute("""CREATE TABLE made AS SELECT 'X' AS FREQ, 'C' || i % 200000 AS ICCS, NULL AS SEX,
            '99-' || i AS TIME_PERIOD, 'v' || i AS OBS_VALUE, NULL AS OBS_STATUS, NULL AS NOTE, 'U' || i % 7 AS UNIT
            FROM range(1000000) AS r(i)""")
        constraint = Constraint("C", regions=(Region({"ICCS": Selection(frozenset(("01",)))}),))
        started = time.process_time()
        found = check_observations(engine, "made", COLUMNS, own, table="made", constraints=[constraint])
        seconds = time.process_time() - started
    assert len(found) < 100 and seconds < 60
    by_rule = {
        rule: sum(f.count for f in found if (f.rule_id, f.column) == rule)
        for rule in [
            ("V-SDX-004", "ICCS"),
            ("V-SDX-006", "TIME_PERIOD"),
            ("V-SDX-007", "OBS_VALUE"),
            ("V-SDX-002", "SEX"),
        ]
    }
    assert set(by_rule.values()) == {1_000_000}, "every observation is counted"
    assert any("and " in f.message and "more" in f.message for f in found)


def test_references_are_parsed_in_every_form() -> None:
    urn = "urn:sdmx:org.sdmx.infomodel.codelist.Code=IAEG-SDGs:CL_SEX(1.1)._T"
    assert Reference.parse(urn) == Reference("IAEG-SDGs", "CL_SEX", "1.1", "_T")
    assert Reference.parse("XA:CRIME(1.0)") == Reference("XA", "CRIME", "1.0")
    assert Reference.parse("CL_SEX") == Reference("", "CL_SEX")
