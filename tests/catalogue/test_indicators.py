"""Indicators, collections and crime forms of the packaged catalogue against what recipients ask."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from justitia.metadata.check import check_catalogue
from justitia.metadata.load import Catalogue, load_catalogue

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("JUSTITIA_SHARED", ROOT.parent / "shared"))
LANGUAGES = ("en", "fr", "es")
PARAGRAPHS = {13, 27, 28, 30, 39, 45, *range(47, 53), 54, *range(56, 68), 69, 72, 77}
# Words that say nothing of an offence.
EMPTY = {"against", "other", "recorded", "total", "which", "involving", "offences", "offence", "acts"}


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def reference(name: str) -> list[dict[str, str]]:
    file = SHARED / "reference" / name
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_every_definition_resolves() -> None:
    assert check_catalogue(catalogue()) == ()


def test_labels_are_in_three_languages() -> None:
    labels = [item.labels for item in catalogue().indicators.values()]
    for name in catalogue().collection_ids():
        collection = catalogue().collection(name)
        labels += [collection.labels, *(table.labels for table in collection.tables.values())]
        labels += [line.labels for line in collection.lines] + [rule.labels for rule in collection.rules]
        labels += [column.labels for columns in collection.columns.values() for column in columns]
        labels += [label for label, _ in collection.questions.values()]
    labels += [form.labels for form in catalogue().crime_forms("a_res_77_237")]
    labels += [reason.labels for reason in catalogue().reasons]
    assert len(labels) > 800
    assert not [label for label in labels if any(not label.get(language) for language in LANGUAGES)]


def test_cells_are_those_of_lines_and_columns() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "collection_cells.py"), "--check"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout


def test_cells_have_an_address_each() -> None:
    for name in catalogue().collection_ids():
        cells = [cell.id for cell in catalogue().collection(name).cells]
        assert len(cells) == len(set(cells)), name


def test_every_line_of_the_crime_trends_survey_is_answered() -> None:
    asked = {row["table_id"]: row for row in reference("un_cts_tables.csv")}
    lines = catalogue().collection("un_cts").lines
    assert {line.asked for line in lines} == set(asked)
    told = {row for row, item in asked.items() if "memory" not in item["source"]}
    assert {line.status for line in lines if line.asked == line.id and line.asked in told} == {"source"}
    recalled = {row for row, item in asked.items() if item["source"] == "memory"}
    assert not {line.id for line in lines if line.asked in recalled and line.status == "source"}


def test_survey_lines_wait_and_records_never_answer_them() -> None:
    lines = catalogue().collection("un_cts").lines
    asked = {row["table_id"]: row["module"] for row in reference("un_cts_tables.csv")}
    assert {line.fed_by for line in lines if asked[line.asked].startswith("7 ")} == {"survey"}
    waiting = {line.id for line in catalogue().collection("sdg").lines if line.fed_by == "survey"}
    assert {"VC_VOV_PHYL", "VC_PRR_SEXV", "IU_COR_BRIB", "VC_VAW_MARR"} <= waiting
    for name in catalogue().collection_ids():
        collection = catalogue().collection(name)
        fed = {(line.table, line.id): line.fed_by for line in collection.lines}
        methods = {
            (fed[cell.table, cell.line], catalogue().indicators[cell.indicator].method)
            for cell in collection.cells
            if cell.indicator
        }
        assert not {fed_by for fed_by, method in methods if (fed_by == "survey") != (method == "survey")}


def test_every_sdg_indicator_and_series_is_there() -> None:
    lines = catalogue().collection("sdg").lines
    for row in reference("sdg_indicators.csv"):
        own = {line.id for line in lines if line.asked == row["indicator"]}
        assert own, row["indicator"]
        series = set(filter(None, row["sdmx_series"].split(";")))
        assert series <= own, row["indicator"]


@cache
def words_of_code(code: str) -> frozenset[str]:
    """Return the words of an ICCS title and of the index phrases that lead to it."""
    phrases = [entry.phrase for entry in catalogue().index("iccs") if entry.code == code and entry.language == "en"]
    return frozenset(words(" ".join([catalogue().codelist("iccs").codes[code].label("en"), *phrases])))


def words(text: str) -> set[str]:
    found = re.findall(r"[a-z]{4,}", text.lower())
    return {word.rstrip("s")[:7] for word in found if word not in EMPTY}


def test_titles_speak_of_what_their_codes_are() -> None:
    """The title of each line has a word of the ICCS title of each code that its indicator counts."""
    iccs = catalogue().codelist("iccs").codes
    tried, wrong = 0, []
    for name in ("un_cts", "eurostat_crime", "gender_related_killings"):
        collection = catalogue().collection(name)
        titles = {(line.table, line.id): line.labels["en"] for line in collection.lines}
        tables = {table.id: table.labels["en"] for table in collection.tables.values()}
        for cell in collection.cells:
            indicator = catalogue().indicators.get(cell.indicator)
            if indicator is None or not 0 < len(indicator.includes) <= 2 or indicator.id.startswith("persons_held"):
                continue
            said = words(f"{titles[cell.table, cell.line]} {tables[cell.table]} {indicator.labels['en']}")
            if indicator.id.startswith("grk_"):
                said |= words("homicide")  # a framework of its own words: killing is homicide
            for code in indicator.includes:
                tried += 1
                if not said & words(iccs[code].label("en")):
                    wrong.append((cell.id, code, titles[cell.table, cell.line], iccs[code].label("en")))
    assert tried > 300
    assert not wrong


def test_the_title_of_a_line_alone_names_its_code() -> None:
    """For the tables of recorded offences, where a line is an ICCS class, the words of the line itself are enough."""
    iccs = catalogue().codelist("iccs").codes
    collection = catalogue().collection("un_cts")
    indicator_of = {(cell.table, cell.line): cell.indicator for cell in collection.cells if cell.column in ("T", "O")}
    wrong = []
    for line in collection.lines:
        if line.table not in ("1.1", "2.1", "2.2", "2.3", "3"):
            continue
        for code in catalogue().indicators[indicator_of[line.table, line.id]].includes:
            if len(catalogue().indicators[indicator_of[line.table, line.id]].includes) > 2:
                continue
            if not words(line.labels["en"]) & words_of_code(code):
                wrong.append((line.id, line.labels["en"], code, iccs[code].label("en")))
    assert not wrong


def test_eurostat_asks_what_its_file_holds() -> None:
    file = SHARED / "data" / "sdmx" / "eurostat_crim_off_cat.tsv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    keys = [line.split("\t")[0].split(",") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    collection = catalogue().collection("eurostat_crime")
    assert {(key[1], key[2]) for key in keys} == {(cell.line, cell.column) for cell in collection.cells}
    for cell in collection.cells:
        indicator = catalogue().indicators[cell.indicator]
        counted = catalogue().indicators[indicator.numerator] if indicator.numerator else indicator
        assert cell.line == f"ICCS{counted.includes[0]}"


def test_gender_related_killings_have_three_blocks_and_eight_characteristics() -> None:
    lines = {line.id for line in catalogue().collection("gender_related_killings").lines}
    assert {"K1.A", "K1.B", "K1.C", "K1.U"} <= lines
    assert len([line for line in lines if line.startswith("K2.")]) == 8
    fields = {name for name in catalogue().record_kinds["victim"].fields if name.startswith("grk_")}
    read = {name for name in fields if f"{name} = 'Y'" in catalogue().indicators["grk_c_other"].where}
    assert read == fields, "block C reads every characteristic, and only `yes` counts"


def test_a_and_b_are_the_table_by_relationship() -> None:
    collection = catalogue().collection("un_cts")
    by_id = {cell.id: cell for cell in collection.cells}
    assert by_id["1.3:1.3.P:F"].key == {"RELATION": ("1", "2"), "SEX": ("F",)}
    assert "iccs_relationship IN ('1','2')" in catalogue().indicators["grk_a_partner"].where


def test_every_paragraph_names_its_crime_forms() -> None:
    forms = catalogue().crime_forms("a_res_77_237")
    assert {int(number) for form in forms for number in form.paragraphs} == PARAGRAPHS
    assert all(form.needs for form in forms)


def test_ask_once_or_say_how_it_differs() -> None:
    """Two collections that ask one code of one kind by one rule ask one indicator."""
    asked: dict[tuple[object, ...], set[str]] = {}
    for name in catalogue().collection_ids():
        for cell in catalogue().collection(name).cells:
            item = catalogue().indicators.get(cell.indicator)
            if item is not None and item.kind and item.includes:
                rule = (item.kind, item.counting_rule, item.includes, item.excludes, item.inchoate, item.method)
                asked.setdefault((*rule, item.where, item.period, item.value_field), set()).add(item.id)
    assert not [names for names in asked.values() if len(names) > 1]
