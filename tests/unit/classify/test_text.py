"""What the coder makes of a text before it looks for a code, and what it says of bad input."""

from __future__ import annotations

import pytest

from justitia.classify.text import READ_CHARACTERS, Reader, clean, lost_zero, normalise, parts_of
from justitia.metadata.coding import CodingData, read_coding
from justitia.metadata.load import load_catalogue


@pytest.fixture(scope="module")
def data() -> CodingData:
    return read_coding(load_catalogue())


def test_accents_case_and_punctuation_make_no_difference() -> None:
    assert normalise("  VOL à l’étalage !") == normalise("vol a l'etalage") == "vol a l etalage"


def test_tags_and_entities_are_left_out() -> None:
    assert clean("<p>Theft &amp; <b>fraud</b></p>\x00") == "Theft & fraud"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \t\u200b", "empty"),
        ("x", "letter"),
        ("101", "numbers"),
        ("§ 12/3 -", "numbers"),
        ("<b>Theft</b>", "html"),
        ("theft " * 2000, "long"),
        ("Th\u0435ft of a car", "scripts"),  # the e is Cyrillic
        ("vol de la voiture dans le parking", "language"),
    ],
)
def test_bad_input_is_named(data: CodingData, text: str, fault: str) -> None:
    faults = Reader(data, "en").read(text).faults
    assert fault in faults
    assert faults[fault]


@pytest.mark.parametrize("text", ["Theft of a car", "Robo con violencia", "Vol à l’étalage", "кража", "№ 5 robbery"])
def test_good_input_has_no_fault(data: CodingData, text: str) -> None:
    assert Reader(data).read(text).faults == {}


def test_only_the_beginning_of_a_long_text_is_read(data: CodingData) -> None:
    reading = Reader(data, "en").read("theft " * 2000)
    assert len(reading.plain) <= READ_CHARACTERS
    assert "12,000" in reading.faults["long"] or "11,999" in reading.faults["long"]


def test_abbreviations_are_written_out_in_their_own_language(data: CodingData) -> None:
    assert Reader(data, "en").read("ATT AGG BATT").words == ("attempted", "aggravated", "battery")
    assert Reader(data, "fr").read("viol").words == ("viol",)  # no English "violation"


def test_what_a_text_excepts_is_left_out(data: CodingData) -> None:
    words = Reader(data, "en").read("Threats not amounting to robbery").words
    assert "threats" in words
    assert "robbery" not in words


def test_the_language_of_a_text_is_told_by_its_function_words(data: CodingData) -> None:
    reader = Reader(data)
    assert reader.read("robo con violencia en la calle").language == "es"
    assert reader.read("vol avec violence dans une rue").language == "fr"
    assert reader.read("robbery").language == ""


@pytest.mark.parametrize(
    ("text", "parts", "clear"),
    [
        ("Robbery; rape", ["Robbery", "rape"], True),
        ("Theft / assault", ["Theft", "assault"], False),
        ("AGG ASLT W/ FIREARM", ["AGG ASLT W/ FIREARM"], False),
        ("Theft", ["Theft"], False),
    ],
)
def test_parts_of_a_cell(text: str, parts: list[str], clear: bool) -> None:
    assert parts_of(text) == (parts, clear)


@pytest.mark.parametrize(("number", "whole"), [("101", "0101"), ("101.0", "0101"), ("0101", ""), ("9", ""), ("x", "")])
def test_a_lost_zero_is_found(number: str, whole: str) -> None:
    assert lost_zero(number, frozenset({"0101", "0102"})) == whole
