"""Collections filled by command: from the fictional country, and from the Colombian files for what they can feed."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from sdg_messages import by_pysdmx, by_sdmx1, faults_by_schema, own_values

from justitia.demo.country import receive
from justitia.demo.fictional.generate import TrueTotals, generate
from justitia.demo.workspaces import make_workspace
from justitia.model.questionnaire import FilledRound
from justitia.pipeline import run_workspace
from justitia.sdmx import open_structure, validate_sdmx
from justitia.submission.consistency import check_between
from justitia.submission.coverage import cover_forms
from justitia.submission.fill import fill_collection
from justitia.submission.read import read_round
from justitia.vault import create_key
from justitia.workspace import Workspace, init_workspace

SOURCE = Path(str(files("justitia.demo"))) / "fictional"
SHARED = Path(os.environ.get("JUSTITIA_SHARED", Path(__file__).parents[3] / "shared")) / "data"
YEAR = 2025


@dataclass(frozen=True)
class Exampland:
    workspace: Workspace
    truth: TrueTotals


@pytest.fixture(scope="module")
def exampland(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exampland]:
    folder = tmp_path_factory.mktemp("exampland")
    made = generate(folder / "received")
    create_key(folder / "vault.key")
    declared = tomllib.loads((SOURCE / "demo.toml").read_text(encoding="utf-8"))
    workspace = make_workspace(SOURCE, declared, folder / "workspace", key_file="../vault.key")
    for delivery in made.deliveries:
        receive(workspace, delivery)
    yield Exampland(workspace, made.deliveries[-1].truth)


def justitia(workspace: Workspace, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from justitia.cli import main; main()", "-w", str(workspace.folder), *words]
    return subprocess.run(command, capture_output=True, text=True)


WHO = ("--to", "UNODC", "--legal-basis", "Statistics Act, s. 12", "--approver", "Director")


@pytest.fixture(scope="module")
def rounds(exampland: Exampland, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The UN-CTS and the SDG, filled by command."""
    folder, made = tmp_path_factory.mktemp("filled"), {}
    for name in ("un-cts", "sdg"):
        out = folder / name
        told = justitia(exampland.workspace, "fill", name, "--year", str(YEAR), "--out", str(out), *WHO)
        assert told.returncode == 0, told.stderr
        (made[name],) = out.glob("*.xlsx")
    return made


def test_filled_figures_are_the_generators_own(exampland: Exampland) -> None:
    filled = fill_collection(exampland.workspace, "yearbook", year=YEAR)
    own = {section: n for (year, section), n in exampland.truth.offences.items() if year == YEAR}
    assert filled.value("Y1:Y1.a:T", YEAR) == sum(own.values())
    for number in range(1, 12):
        assert filled.value(f"Y1:Y1.a:S{number:02d}", YEAR) == own.get(f"{number:02d}", 0)
    convicted = {year: n for (year, outcome), n in exampland.truth.decisions.items() if outcome.startswith("conv")}
    if convicted:
        assert filled.value("Y3:Y3.v:T", YEAR) == convicted[YEAR]


def test_the_series_rule_counts_no_more_than_each_and_victims_no_less(exampland: Exampland) -> None:
    filled = fill_collection(exampland.workspace, "yearbook", year=YEAR)
    each, series, victims = (filled.value(f"Y1:Y1.{line}:T", YEAR) for line in "asv")
    assert each and series and victims
    assert series < each < victims


def test_the_age_standardised_rate_stands_beside_the_crude_one(exampland: Exampland) -> None:
    filled = fill_collection(exampland.workspace, "sdg", year=YEAR)
    crude, standard = (filled.cells[f"16.1.1:VC_IHR_PSRC{end}:T", YEAR] for end in ("", ".STD"))
    for rate in (crude, standard):
        assert rate.value and rate.lower is not None and rate.upper is not None
        assert rate.lower < rate.value < rate.upper and "population" in rate.notes
    assert crude.is_small and "ages_known_only" in standard.notes
    count = filled.value("16.1.1:VC_IHR_PSRCN:T", YEAR)
    assert crude.value == pytest.approx(1e5 * (count or 0) / 1_931_994, abs=1e-4)


def test_the_workbooks_hold_no_inconsistency(exampland: Exampland, rounds: dict[str, Path]) -> None:
    told = []
    for name, file in rounds.items():
        filled, collection, findings = read_round(file, exampland.workspace.catalogue)
        assert not [item for item in findings if item.severity == "error"], name
        told.append((name, filled, collection))
    assert check_between(told, exampland.workspace.catalogue) == ()
    read = justitia(exampland.workspace, "read", str(rounds["un-cts"]))
    assert read.returncode == 0 and "R-CTS-YEAR" in read.stdout


def test_unsentenced_are_the_same_by_both_collections(rounds: dict[str, Path], exampland: Exampland) -> None:
    (cts, _, _), (sdg, _, _) = (read_round(file, exampland.workspace.catalogue) for file in rounds.values())
    share = sdg.value("16.3.2:VC_PRS_UNSNT:T", YEAR)
    held, waiting = (cts.value(f"5.4:5.4.{line}:T", YEAR) for line in ("T", "u"))
    assert held and waiting and share == pytest.approx(100 * waiting / held, abs=1e-3)


def test_what_is_empty_says_why(exampland: Exampland) -> None:
    filled = fill_collection(exampland.workspace, "un_cts", year=YEAR)
    assert filled.count("filled") > 800
    for cell in filled.cells.values():
        assert (cell.value is None) == (cell.status != "filled")
        assert cell.value is not None or cell.reason
        assert cell.status != "missing" or cell.missing


def test_exact_figures_are_not_written_without_a_recipient(exampland: Exampland, tmp_path: Path) -> None:
    out = str(tmp_path / "x")
    told = justitia(exampland.workspace, "fill", "sdg", "--year", str(YEAR), "--out", out, "--public", "--to", "UNODC")
    assert told.returncode == 2 and "E-FIL-003" in told.stderr and not (tmp_path / "x").exists()
    told = justitia(exampland.workspace, "fill", "sdg", "--year", str(YEAR), "--out", out, "--to", "UNODC")
    assert told.returncode == 2 and not (tmp_path / "x").exists(), "no legal basis, no approver"
    told = justitia(exampland.workspace, "fill", "sdg", "--year", str(YEAR), "--out", out)
    assert told.returncode == 0 and "the public copy" in told.stdout


def test_nobody_of_the_country_is_in_the_workbooks(rounds: dict[str, Path]) -> None:
    import openpyxl

    for file in rounds.values():
        texts = [
            str(cell.value)
            for sheet in openpyxl.load_workbook(file)
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str)
        ]
        assert len(texts) > 100 and not [text for text in texts if "V_NAME" in text or "case number" in text.lower()]


def test_some_crime_forms_can_be_counted_and_the_rest_says_what_blocks_it(exampland: Exampland) -> None:
    forms = {item.form.id: item for item in cover_forms(exampland.workspace, "a_res_77_237")}
    assert forms["bribery"].is_countable and forms["gender_killings"].is_countable
    assert forms["hate_crime"].missing == ("offence.bias_motive",)
    assert forms["kidnapping"].missing == ("coding:020221",)


# -- SDG as SDMX -------------------------------------------------------------------------------------------------
FORMATS = ("ml-2.1", "ml-3.0", "csv-2.0", "json-2.0")
NO_COUNTRY = "907"  # a group of areas: the fictional country has no code


def with_structure(workspace: Workspace) -> Path:
    """Put the global structure into the workspace, as a user does, and return its file."""
    folder = workspace.folder / "structures"
    folder.mkdir(exist_ok=True)
    for name in ("IAEG-SDGs_SDG_1.3_dsd.xml", "sdg_global_content_constraints.csv"):
        if not (SHARED / "sdmx" / name).exists():
            pytest.skip(f"{name} is not there")
        (folder / name).write_bytes((SHARED / "sdmx" / name).read_bytes())
    return folder / "IAEG-SDGs_SDG_1.3_dsd.xml"


def test_the_sdg_goes_straight_to_sdmx_and_others_read_it_equal(exampland: Exampland, tmp_path: Path) -> None:
    dsd, out = with_structure(exampland.workspace), tmp_path / "to"
    words = [word for name in FORMATS for word in ("--sdmx", name)]
    told = justitia(
        exampland.workspace, "fill", "sdg", "--year", str(YEAR), "--area", NO_COUNTRY, "--out", str(out), *words, *WHO
    )
    assert told.returncode == 0, told.stderr
    made = {name: next(out.glob(f"*.{name}.*")) for name in FORMATS}
    structure, constraints = open_structure("sdg_1.3", workspace=exampland.workspace)
    assert all(validate_sdmx(file, structure, constraints=constraints).findings == () for file in made.values())
    filled = fill_collection(exampland.workspace, "sdg", year=YEAR)
    own = own_values(made["csv-2.0"])
    assert own["VC_IHR_PSRCN", NO_COUNTRY, "_T", str(YEAR)] == filled.value("16.1.1:VC_IHR_PSRCN:T", YEAR)
    assert own["VC_PRS_UNSNT", NO_COUNTRY, "F", str(YEAR - 1)] == filled.value("16.3.2:VC_PRS_UNSNT:F", YEAR - 1)
    assert len(own) > 20 and not [key for key in own if key[0].startswith("16.")], "lines without a series stay out"
    assert by_pysdmx(made["ml-3.0"]) == by_pysdmx(made["ml-2.1"]) == own
    assert by_sdmx1(made["ml-2.1"], dsd, "SDG") == by_sdmx1(made["ml-3.0"], dsd, "SDG") == own
    assert faults_by_schema(made["json-2.0"]) == []
    receipt = json.loads((out / "RECEIPT.json").read_text())
    assert {path.name for path in made.values()} <= set(receipt["files"])


@pytest.mark.parametrize(
    ("collection", "area", "code"),
    [("un-cts", "907", "E-FIL-005"), ("sdg", "", "E-FIL-006"), ("sdg", "XX", "E-FIL-007")],
)
def test_what_the_structure_does_not_take_is_not_written(
    exampland: Exampland, tmp_path: Path, collection: str, area: str, code: str
) -> None:
    with_structure(exampland.workspace)
    out = tmp_path / "to"
    words = ("--year", str(YEAR), "--sdmx", "ml-3.0", "--area", area, "--out", str(out))
    told = justitia(exampland.workspace, "fill", collection, *words, *WHO)
    assert told.returncode == 2 and code in told.stderr and len(told.stderr.splitlines()) == 1
    assert not out.exists()


def test_the_public_message_holds_no_redacted_figure(exampland: Exampland, tmp_path: Path) -> None:
    with_structure(exampland.workspace)
    out = tmp_path / "sdg.xlsx"
    words = ("--year", str(YEAR), "--sdmx", "csv-2.0", "--area", NO_COUNTRY, "--out", str(out))
    assert justitia(exampland.workspace, "fill", "sdg", *words).returncode == 0
    with (tmp_path / "sdg.csv-2.0.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    redacted = [row for row in rows if row["OBS_STATUS"] == "Q"]
    assert redacted and not [row for row in redacted if row["OBS_VALUE"] or row["LOWER_BOUND"]]
    counts = [float(row["OBS_VALUE"]) for row in rows if row["UNIT_MEASURE"] == "NUMBER" and row["OBS_VALUE"]]
    assert counts and all(count % 5 == 0 for count in counts)


# -- Colombia -----------------------------------------------------------------------------------------------------
LAYOUT = """
source_id = "policia"
title = "Homicides recorded by the National Police of Colombia"
authority = "National Police"
sector = "police"
unit_of_row = "victims of one day, place, weapon, sex and age"
when_recorded = "day of the event"
[format]
kind = "parquet"
date_format = "%Y-%m-%d %H:%M:%S"
[row]
key = ["SOURCE_YEAR", "__index_level_0__"]
[[records]]
name = "returned"
kind = "aggregate_return"
key = ["SOURCE_YEAR", "__index_level_0__"]
"""
COLUMNS = """column,record,field,action,format,personal,on_bad_value,constant
DEPARTAMENTO,returned,area_code,use,,no,,
MUNICIPIO,,,ignore,,no,,
CODIGO DANE,,,ignore,,no,,
ARMAS MEDIOS,,,ignore,,no,,
FECHA HECHO,returned,period_end,use,,no,set_aside_row,
GENERO,returned,sex,use,,no,,
AGRUPA EDAD PERSONA,returned,age_status,use,,no,,
CANTIDAD,returned,count,use,,no,,
SOURCE_YEAR,,,ignore,,no,,
__index_level_0__,,,ignore,,no,,
,returned,iccs_code,use,,no,,0101
,returned,count_kind,use,,no,,victims
"""
VALUES = """column,value,code
GENERO,MASCULINO,M
GENERO,FEMENINO,F
GENERO,NO REPORTA,_U
AGRUPA EDAD PERSONA,ADULTOS,adult
AGRUPA EDAD PERSONA,ADOLESCENTES,minor
AGRUPA EDAD PERSONA,MENORES,minor
"""


@pytest.fixture(scope="module")
def colombia(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    source = SHARED / "colombia_homicides"
    if not source.exists():
        pytest.skip(f"{source} is not there")
    rows = list(csv.DictReader((source / "department_year.csv").open(encoding="utf-8")))
    places = sorted({row["departamento"] for row in rows})
    codes = {name: f"CO{number:02d}" for number, name in enumerate(places, start=1)}
    folder = tmp_path_factory.mktemp("colombia") / "workspace"
    init_workspace(folder, publisher="Test")
    own = folder / "overlay" / "layouts" / "policia" / "homicides" / "1"
    own.mkdir(parents=True)
    (own / "layout.toml").write_text(LAYOUT)
    (own / "columns.csv").write_text(COLUMNS)
    listed = "".join(f'DEPARTAMENTO,"{name}",{code}\n' for name, code in codes.items())
    (own / "values.csv").write_text(VALUES + listed, encoding="utf-8")
    lists = folder / "overlay" / "codelists"
    lists.mkdir()
    areas = "".join(f"{code},,{name},{name},{name}\n" for name, code in codes.items())
    (lists / "area.csv").write_text(f"code,parent,label_en,label_fr,label_es\n{areas}", encoding="utf-8")
    people: dict[tuple[str, str], float] = {}
    for row in rows:
        for area in (codes[row["departamento"]], "_T"):
            people[area, row["year"]] = people.get((area, row["year"]), 0) + float(row["total_population"])
    (folder / "overlay" / "population").mkdir()
    lines = "".join(f"{area},_T,_T,{year},{n:.0f}\n" for (area, year), n in people.items())
    (folder / "overlay" / "population" / "co.csv").write_text(f"area,sex,age,year,population\n{lines}")
    target = folder / "sources" / "policia"
    target.mkdir(parents=True)
    (target / "homicides.parquet").symlink_to(source / "homicides_2011_2024.parquet")
    workspace = Workspace(folder)
    run_workspace(workspace)
    return workspace


def published() -> dict[str, dict[str, float]]:
    told: dict[str, dict[str, float]] = json.loads((SHARED / "published_pairs.json").read_text())["colombia_homicides"]
    return told


def by_year(workspace: Workspace, name: str, cell: str) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for year in range(2012, 2025, 2):
        filled: FilledRound = fill_collection(workspace, name, year=year)
        found |= {str(each): filled.value(cell, each) for each in (year, year - 1)}
    return found


def test_colombia_fills_the_tables_that_its_file_can_feed(colombia: Workspace) -> None:
    filled = fill_collection(colombia, "un_cts", year=2024)
    assert filled.value("1.2:1.2.1:T", 2024) == 13_341
    parts = [filled.value(f"1.2:1.2.1:{column}", 2024) for column in "MFU"]
    assert None not in parts and sum(part or 0 for part in parts) == 13_341
    assert filled.value("1.1:1.1.1:T", 2024) is None, "the file counts victims, not offences"
    relation = filled.cells["1.3:1.3.PF:T", 2024]
    assert relation.value is None and relation.reason


def test_the_totals_of_colombia_are_the_published_ones(colombia: Workspace) -> None:
    assert by_year(colombia, "sdg", "16.1.1:VC_IHR_PSRCN:T") == published()["year_totals"]


def test_women_killed_in_colombia(colombia: Workspace) -> None:
    women = by_year(colombia, "sdg", "16.1.1:VC_IHR_PSRCN:F")
    assert {year: women[year] for year in ("2011", "2014", "2017")} == published()["microdata_female"]


def test_the_rate_of_colombia_divides_by_its_population(colombia: Workspace) -> None:
    filled = fill_collection(colombia, "sdg", year=2014)
    rate = filled.cells["16.1.1:VC_IHR_PSRC:T", 2014]
    rows = csv.DictReader((SHARED / "colombia_homicides" / "department_year.csv").open(encoding="utf-8"))
    people = sum(float(row["total_population"]) for row in rows if row["year"] == "2014")
    assert rate.value == pytest.approx(12_958 / people * 1e5, abs=1e-4)
    by_sex = filled.cells["16.1.1:VC_IHR_PSRC:F", 2014]
    assert by_sex.value is None and by_sex.missing == ("population",)


def test_departments_of_colombia_are_the_published_ones(colombia: Workspace) -> None:
    """The table was derived from the same files: a check against regression, and no independent evidence."""
    from justitia.submission.figures import open_figures
    from justitia.submission.records import open_records

    rows = list(csv.DictReader((SHARED / "colombia_homicides" / "department_year.csv").open(encoding="utf-8")))
    areas = {code.label("en"): code.code for code in colombia.catalogue.codelist("area").codes.values()}
    name = "victims_intentional_homicide"
    years = tuple(range(2011, 2025))
    with colombia.engine() as engine:
        records = open_records(colombia, engine, colombia.store.read(), [colombia.catalogue.indicators[name]])
        figures = open_figures(
            colombia,
            engine,
            records,
            [(name, ("AREA",))],
            years=years,
            disclosure="public_default",
            population=None,
            public=False,
        )
        compared = 0
        for row in rows:
            if int(row["year"]) in years:
                made = figures.of(name, {"AREA": (areas[row["departamento"]],)}, int(row["year"]))
                assert made.value == float(row["total_homicides"]), row
                compared += 1
    assert compared > 400
