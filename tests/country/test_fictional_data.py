"""The made-up country's files and definitions: reproducible, coherent, and as dirty as they say."""

from __future__ import annotations

import csv
import json
import tomllib
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from justitia.demo.fictional.deliveries import COURT, POLICE, PRISON, PROSECUTION
from justitia.demo.fictional.generate import GeneratedFiles, generate
from justitia.demo.fictional.law import (
    BY_CODE,
    NOT_AN_OFFENCE,
    OUT_OF_SCOPE,
    UNKNOWN_ARTICLE,
    Facts,
    true_section,
)
from justitia.demo.fictional.sector_rows import serial
from justitia.metadata.check import check_catalogue
from justitia.metadata.load import load_catalogue

OVERLAY = Path(str(files("justitia.demo.fictional").joinpath("overlay")))
REFUSED = OVERLAY.parent / "overlay_refused"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GeneratedFiles:
    return generate(tmp_path_factory.mktemp("xa"))


def _read(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    police = path.parent.name == POLICE
    with path.open(encoding="cp1252" if police else "utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";" if police else ",", restval=None))


def _overlay_csv(name: str) -> list[dict[str, str]]:
    with (OVERLAY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _layouts() -> dict[str, Path]:
    found = OVERLAY.glob("layouts/*/*/*/layout.toml")
    return {tomllib.loads(path.read_text("utf-8"))["source_id"]: path for path in found}


def test_equal_seeds_give_equal_bytes(made: GeneratedFiles, tmp_path: Path) -> None:
    again = generate(tmp_path)
    for first, second in zip(made.deliveries, again.deliveries, strict=True):
        assert first.truth == second.truth
        for source_id, paths in first.files.items():
            assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in second.files[source_id]]


def test_another_seed_gives_other_files(made: GeneratedFiles, tmp_path: Path) -> None:
    other = generate(tmp_path, seed=1)
    assert other.deliveries[0].files[POLICE][0].read_bytes() != made.deliveries[0].files[POLICE][0].read_bytes()
    assert other.deliveries[0].truth != made.deliveries[0].truth


def test_scale_multiplies_the_reports(made: GeneratedFiles, tmp_path: Path) -> None:
    double = generate(tmp_path, scale=2)
    assert 1.9 < double.deliveries[0].truth.events / made.deliveries[0].truth.events < 2.1


def test_every_row_has_a_fate(made: GeneratedFiles) -> None:
    for delivery in made.deliveries:
        for source_id, paths in delivery.files.items():
            rows = sum(len(_read(path)) for path in paths if path not in delivery.repeated)
            assert rows == sum(delivery.fates[source_id].values()), source_id


def test_people_are_in_the_files_in_three_scripts(made: GeneratedFiles) -> None:
    paths = [path for delivery in made.deliveries for group in delivery.files.values() for path in group]
    text = "".join(path.read_bytes().decode("cp1252" if path.parent.name == POLICE else "utf-8") for path in paths)
    assert any("'" in name for name in made.names) and any("é" in name.lower() for name in made.names)
    assert any("\u0600" <= letter <= "\u06ff" for letter in text)
    assert any("\u0400" <= letter <= "\u04ff" for letter in text)
    in_text = sum(number in text for number in made.numbers)
    assert in_text > 0.98 * len(made.numbers)  # people of rows that were cut short or withheld are in no file


def test_named_identities_are_all_that_the_files_hold(made: GeneratedFiles) -> None:
    for delivery in made.deliveries:
        for path in delivery.files.get(COURT, ()):
            named = [row for row in _read(path) if "unknown" not in (row["given"], row["family"])]
            assert {f"{row['family']}, {row['given']}" for row in named} <= made.names
            assert {row[column] for row in _read(path) for column in ("national_no", "person_no")} - {
                None
            } <= made.numbers
        for row in (row for path in delivery.files[POLICE] for row in _read(path)):
            assert not row["V_NAME"] or row["V_NAME"] in made.names
            if row["S_FAMILY"] and row["S_GIVEN"] and "unknown" not in (row["S_GIVEN"], row["S_FAMILY"]):
                assert f"{row['S_FAMILY']}, {row['S_GIVEN']}" in made.names
            assert {row[column] for column in ("V_ID", "S_ID") if row[column]} <= made.numbers


def test_offences_in_the_first_police_file_add_up_to_the_truth(made: GeneratedFiles) -> None:
    truth = made.deliveries[0].truth
    years: dict[str, int] = {}
    for row in _read(made.deliveries[0].files[POLICE][0]):
        readable = row["OFFENCE_NO"] and row["REMARKS"] is not None and row["RECORDED"] != "31.02.2025"
        if readable and row["ARTICLE"] not in OUT_OF_SCOPE:
            years[row["OFFENCE_NO"]] = int(row["RECORDED"][-4:])
    counted = Counter(years.values())
    for year in (2023, 2024, 2025):
        assert counted[year] == sum(n for (at, _), n in truth.offences.items() if at == year)


def test_true_totals_move_as_the_deliveries_say(made: GeneratedFiles) -> None:
    first, second, third = (delivery.truth for delivery in made.deliveries)
    december = sum(second.offences.values()) - sum(first.offences.values())
    assert 100 < december < 400
    assert sum(second.offences.values()) - sum(third.offences.values()) == 1
    assert sum(third.offences.values()) - sum(made.truth_after_erasure.offences.values()) == 1
    assert third.events - made.truth_after_erasure.events == 1
    assert sum(n for (_, section), n in first.offences.items() if section == "_X") == 7


def test_a_correction_moves_a_theft_to_robbery(made: GeneratedFiles) -> None:
    key, line = made.corrected.record_id.split("|")
    articles = [
        row["ARTICLE"]
        for delivery in made.deliveries[:2]
        for row in _read(delivery.files[POLICE][0])
        if (row["OFFENCE_NO"], row["LINE"]) == (key, line)
    ]
    assert articles == ["41", "40"]


def test_late_withdrawn_and_erased_records_are_where_they_should_be(made: GeneratedFiles) -> None:
    keys = [{f"{r['OFFENCE_NO']}|{r['LINE']}": r for r in _read(d.files[POLICE][0])} for d in made.deliveries]
    late, withdrawn = made.late.record_id, made.withdrawn.record_id
    assert late not in keys[0] and not keys[1][late]["RECORDED"].endswith("12.2025")
    assert keys[0][withdrawn]["STATUS"] == "valid" and keys[2][withdrawn]["STATUS"] == "annulled"
    assert made.erased.record_id in keys[0]


def test_a_file_is_sent_twice(made: GeneratedFiles) -> None:
    (again,) = made.deliveries[1].repeated
    assert again.read_bytes() == made.deliveries[0].files[PROSECUTION][0].read_bytes()


def test_case_numbers_lead_from_police_to_prison(made: GeneratedFiles) -> None:
    cases = {
        s: {row["Case" if s == PRISON else "CASE_NO" if s == POLICE else "case_no"] for row in _read(p[0])}
        for s, p in made.deliveries[0].files.items()
    }
    # What is late with the police, or could not be read, may be further on already.
    assert len(cases[PROSECUTION] - cases[POLICE]) <= 5
    assert cases[COURT] <= cases[PROSECUTION]
    assert cases[PRISON] <= cases[POLICE] | cases[PROSECUTION]  # an arrest comes before the charge


def test_prison_dates_are_excel_serials(made: GeneratedFiles) -> None:
    assert serial(date(2024, 1, 1)) == "45292"
    rows = _read(made.deliveries[0].files[PRISON][0])
    assert all(row["Admitted"].isdigit() for row in rows)


def test_every_article_is_in_its_correspondence_but_the_unknown_one(made: GeneratedFiles) -> None:
    by_table = {
        "xa_penal_code__iccs": {POLICE: "ARTICLE"},
        "xa_cited_articles__iccs": {PROSECUTION: "article", COURT: "article", PRISON: "Article"},
    }
    strange: set[str] = set()
    for table, columns in by_table.items():
        listed = {row["national_code"] for row in _overlay_csv(f"correspondences/{table}.csv")}
        for delivery in made.deliveries:
            for source_id, column in columns.items():
                paths = delivery.files.get(source_id, ())
                strange |= {row[column] for path in paths for row in _read(path)} - listed
    assert strange == {UNKNOWN_ARTICLE}
    police = {row["national_code"] for row in _overlay_csv("correspondences/xa_penal_code__iccs.csv")}
    assert police == set(BY_CODE) | set(OUT_OF_SCOPE)


def test_layouts_list_every_column_and_say_made_up(made: GeneratedFiles) -> None:
    layouts = _layouts()
    assert set(layouts) == {POLICE, PROSECUTION, COURT, PRISON}
    for source_id, path in layouts.items():
        assert tomllib.loads(path.read_text("utf-8"))["made_up"] is True
        with path.with_name("columns.csv").open(encoding="utf-8", newline="") as file:
            declared = {row["column"] for row in csv.DictReader(file)} - {""}
        assert declared == set(_read(made.deliveries[0].files[source_id][0])[0]), source_id


@pytest.mark.parametrize("overlays", [(OVERLAY,), (OVERLAY, REFUSED)], ids=["country", "with the refused table"])
def test_definitions_are_without_fault(overlays: tuple[Path, ...]) -> None:
    assert check_catalogue(load_catalogue(*overlays)) == ()


def test_articles_lead_to_the_sections_of_the_story() -> None:
    for row in _overlay_csv("correspondences/xa_penal_code__iccs.csv"):
        if row["national_code"] in OUT_OF_SCOPE:
            continue
        day = date.fromisoformat(row["valid_from"] or "2023-06-01")
        weapon = "knife" if row["condition"].startswith("iccs_weapon") else "none"
        assert true_section(row["national_code"], Facts(day, weapon)) == (row["iccs_code"][:2] or NOT_AN_OFFENCE)


def test_population_of_areas_adds_up() -> None:
    given = _overlay_csv("population/xa.csv")
    rows = {(row["area"], row["sex"], row["year"]): int(row["population"]) for row in given if row["age"] == "_T"}
    districts = [row for row in _overlay_csv("codelists/area.csv") if row["parent"]]
    for year in ("2023", "2024", "2025"):
        for sex in ("_T", *{sex for _, sex, _ in rows} - {"_T"}):
            assert rows["_T", sex, year] == sum(rows[row["code"], sex, year] for row in districts)
        aged = [row for row in given if row["age"] != "_T" and row["sex"] == "_T" and row["year"] == year]
        assert rows["_T", "_T", year] == sum(int(row["population"]) for row in aged)


def test_the_refused_table_shows_single_persons() -> None:
    rule = tomllib.loads((REFUSED / "disclosure" / "xa_none.toml").read_text("utf-8"))
    assert rule["redact_up_to"] == 0
    table = REFUSED / "dataflows" / "xa_victims_by_district_and_age.toml"
    assert tomllib.loads(table.read_text("utf-8"))["disclosure"] == "xa_none"
