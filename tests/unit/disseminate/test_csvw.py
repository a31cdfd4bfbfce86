"""Tables as CSV on the Web."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from justitia.disseminate import write_csvw
from justitia.disseminate.safe_text import safe_text
from justitia.metadata.definitions import Code, CodeList

from .made_up import publication


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_csvw(publication(), tmp_path, languages=("en", "fr", "ar"))
    return tmp_path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_redacted_cell_has_no_number_and_says_so(folder: Path) -> None:
    rows = read(folder / "HATE_CRIME_MOTIVE.csv")
    hidden = [row for row in rows if row["CONF_STATUS"] == "C"]
    assert hidden
    assert {(row["OBS_VALUE"], row["OBS_STATUS"]) for row in hidden} == {("", "Q")}


def test_every_row_of_fictional_figures_says_so(folder: Path) -> None:
    assert {row["MADE_UP"] for row in read(folder / "OFFENCE_ICCS.csv")} == {"MADE-UP DATA: the figures are fictional"}


def test_codes_stay_text_and_have_labels(folder: Path) -> None:
    row = next(row for row in read(folder / "OFFENCE_ICCS.csv") if row["ICCS"] == "0101")
    assert row["ICCS_LABEL"] == "Intentional homicide"


def test_the_metadata_describe_the_file(folder: Path) -> None:
    metadata = json.loads((folder / "OFFENCE_ICCS.csv-metadata.json").read_text(encoding="utf-8"))
    rows = read(folder / metadata["url"])
    columns = metadata["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == list(rows[0])
    for column in columns:
        values = {row[column["name"]] for row in rows}
        if isinstance(column["datatype"], dict) and "format" in column["datatype"]:
            assert all(re.fullmatch(column["datatype"]["format"], value) for value in values)
        if column["required"]:
            assert "" not in values
    keys = [tuple(row[name] for name in metadata["tableSchema"]["primaryKey"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_texts_are_tagged_only_with_their_own_language(folder: Path) -> None:
    metadata = json.loads((folder / "OFFENCE_ICCS.csv-metadata.json").read_text(encoding="utf-8"))
    assert {text["@language"] for text in metadata["dc:title"]} == {"en", "fr", "ar"}
    iccs = metadata["tableSchema"]["columns"][0]["skos:member"]
    assert {text["@language"] for member in iccs for text in member["skos:prefLabel"]} == {"en", "fr"}


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2+3", "@SUM(A1)", "|calc", "%x", "\t=1", " =1", "\x00=1", "＝1"])
def test_text_that_looks_like_a_formula_is_made_safe(text: str) -> None:
    assert safe_text(text).startswith("'")


@pytest.mark.parametrize("text", ["-5", "-5.25", "12", "Theft", "0101", "", "_T"])
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_a_label_that_looks_like_a_formula_is_made_safe_in_the_file(tmp_path: Path) -> None:
    given = publication()
    table = given.tables[0]
    areas = CodeList("area", {c: Code(c, {"en": "=HYPERLINK(1)"}) for c in ("N", "S", "C")})
    hostile = replace(table, codelists={**table.codelists, "AREA": areas})
    write_csvw(replace(given, tables=(hostile,)), tmp_path, languages=("en",))
    labels = {row["AREA_LABEL"] for row in read(tmp_path / "HATE_CRIME_MOTIVE.csv")}
    assert labels == {"Total", "'=HYPERLINK(1)"}
