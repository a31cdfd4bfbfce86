"""Sums are protected by who adds to them; cell keys give the same cell the same figure in every table and vintage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import BY_ICCS, COLUMNS

from justitia.errors import JustitiaError
from justitia.release import release_workspace
from justitia.release_audit import record_exception
from justitia.transmit import transmit_tables
from justitia.vault import create_key

Make = Callable[..., Any]
SUMS = """
label = { en = "Ages of suspects, added" }
description = { en = "Made up" }
unit = "suspect"
counting_rule = "each"
disclosure = "own"
period = { field = "event.recorded_date", frequency = "A" }
[[dimensions]]
id = "AREA"
field = "event.area_code"
[[measures]]
id = "COUNT"
[[measures]]
id = "YEARS"
sum = "age"
label = { en = "Years" }
"""
ROUND = 'rule = "threshold_and_round"\nredact_up_to = 7\nround_to = 5\n'
KEYS = 'rule = "cell_key"\nperturbation = "most_3_variance_2"\n'
BY_AREA = BY_ICCS.replace("public_default", "own")
BY_AREA_ALONE = "\n".join(
    part if "ICCS" not in part or "label" in part else "" for part in BY_AREA.split("[[dimensions]]")
).replace('\nid = "AREA"', '\n[[dimensions]]\nid = "AREA"')


def people(offence: Make, ages: dict[str, list[int]]) -> list[dict[str, str]]:
    return [
        offence(1000 * place + number, DISTRICT=area, SEX="m", AGE=str(age))
        for place, (area, listed) in enumerate(ages.items())
        for number, age in enumerate(listed)
    ]


def sums(made: Any) -> dict[str, Any]:
    rows = made.rows_of(
        "SELECT AREA, OBS_VALUE FROM {table} WHERE TIME_PERIOD = '2023' AND MEASURE = 'YEARS'", "protected__t"
    )
    return dict(rows)


def test_a_sum_of_few_is_redacted_however_large(country: Make, offence: Make, tmp_path: Path) -> None:
    made = country(dataflows={"t": SUMS}, files={"disclosure/own.toml": ROUND}, columns=COLUMNS)
    made.send("a.csv", people(offence, {"A": [40] * 30, "B": [60] * 6, "C": [30] * 20}))
    made.run()
    shown = sums(made)
    assert shown["A"] == 1200 and shown["C"] == 600 and shown["B"] is None
    columns = made.rows_of("DESCRIBE SELECT * FROM {table}", "aggregate__t")
    assert {"UNITS", "LARGEST"} <= {row[0] for row in columns}, "what protection needs"
    transmit_tables(made.workspace, tmp_path / "out", recipient="UN", legal_basis="Act", approver="Director")
    header = (tmp_path / "out" / "t.confidential.csv").read_text().splitlines()[0]
    assert "LARGEST" not in header and "UNITS" not in header, "and nobody else"


def test_a_sum_that_one_contributor_holds_is_redacted(country: Make, offence: Make) -> None:
    """20 suspects of 1 year and one of 90: who is 1 year old knows the other to within 19 of 90, 21 per cent."""
    ages = {"A": [1] * 20 + [90], "C": [30] * 20, "B": [30] * 20}
    for percent, hidden in ((20, False), (25, True)):
        rule = ROUND + f"[primary]\np_percent = {percent}\n"
        made = country(dataflows={"t": SUMS}, files={"disclosure/own.toml": rule})
        made.send("a.csv", people(offence, ages))
        made.run()
        assert (sums(made)["A"] is None) is hidden


def keyed(country: Make, tmp_path: Path, flows: dict[str, str]) -> Any:
    made = country(dataflows=flows, files={"disclosure/own.toml": KEYS})
    settings = made.folder / "justitia.toml"
    if not (tmp_path / "secret.key").exists():
        create_key(tmp_path / "secret.key")
    settings.write_text(settings.read_text().replace('secret = ""', f'secret = "{tmp_path}/secret.key"'))
    return made


def test_noise_on_a_sum_is_refused(country: Make, offence: Make, tmp_path: Path) -> None:
    made = keyed(country, tmp_path, {"t": SUMS})
    made.send("a.csv", people(offence, {"A": [40] * 30}))
    made.run()
    with pytest.raises(JustitiaError, match="E-DIS-009"):
        release_workspace(made.workspace, vintage="first")


def test_the_same_cell_is_the_same_in_every_table_and_vintage(country: Make, offence: Make, tmp_path: Path) -> None:
    made = keyed(country, tmp_path, {"by_iccs": BY_AREA, "by_area": BY_AREA_ALONE})
    rows = [offence(n, DISTRICT="ABC"[n % 3], ARTICLE="THEFT" if n % 2 else "ASSAULT") for n in range(61)]
    made.send("a.csv", rows)
    made.run()

    def by_area(table: str) -> dict[str, Any]:
        where = "ICCS = '_T' AND " if table == "by_iccs" else ""
        select = f"SELECT AREA, OBS_VALUE FROM {{table}} WHERE {where} TIME_PERIOD = '2023'"
        return dict(made.rows_of(select, f"protected__{table}"))

    first = by_area("by_iccs")
    assert first == by_area("by_area") and len(first) == 4
    release_workspace(made.workspace, vintage="first")
    made.send("b.csv", [offence(n, DISTRICT="A") for n in range(900, 915)])
    made.run()
    later = by_area("by_area")
    assert {area: later[area] for area in "BC"} == {area: first[area] for area in "BC"}, "nothing happened there"
    assert later["A"] != first["A"]
    release_workspace(made.workspace, vintage="second")


def test_another_secret_is_refused_and_told_what_it_means(country: Make, offence: Make, tmp_path: Path) -> None:
    made = keyed(country, tmp_path, {"by_iccs": BY_AREA})
    made.send("a.csv", [offence(n) for n in range(30)])
    made.run()
    release_workspace(made.workspace, vintage="first")
    (tmp_path / "secret.key").rename(tmp_path / "lost.key")
    with pytest.raises(JustitiaError, match="E-KEY-001"):
        made.run()
    create_key(tmp_path / "secret.key")
    made.run()
    with pytest.raises(JustitiaError, match=r"E-DIS-010.*nearer to the truth"):
        release_workspace(made.workspace, vintage="second")
    settings = made.folder / "justitia.toml"
    settings.write_text(settings.read_text().replace("may_except = []", 'may_except = ["director"]'))
    record_exception(made.workspace, "second", approver="director", reason="The secret burnt with the safe")
    release_workspace(made.workspace, vintage="second")
    assert "burnt with the safe" in (made.folder / "releases" / "second" / "public" / "report.en.html").read_text()
