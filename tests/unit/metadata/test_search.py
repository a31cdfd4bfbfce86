"""Codes are found by number, title, index phrase and note, in any language."""

from pathlib import Path

import pytest

from justitia.metadata.load import load_catalogue
from justitia.metadata.search import search_codes


@pytest.mark.parametrize(
    ("query", "language", "code", "phrase"),
    [
        ("0101", "en", "0101", "0101"),
        ("05", "en", "05", "05"),
        ("homicide", "en", "0101", "Intentional homicide"),
        ("INTENT homic", "en", "0101", "Intentional homicide"),
        ("murders", "en", "0101", "Murder"),
        ("chapardage", "en", "0502", "Chapardage"),
        ("atteintes biens", "fr", "05", "Atteintes aux biens"),
        ("Tentative dhomicide", "fr", "0102", "Tentative d’homicide"),
        ("cattle", "en", "0502", "Unlawful taking of property without force. Includes cattle."),
        ("pilfering", "en", "0502", "Pilfering of cars"),
        ("of the theft", "en", "0502", "Theft"),
    ],
)
def test_the_best_hit(base: Path, query: str, language: str, code: str, phrase: str) -> None:
    hits = search_codes(load_catalogue(base=base), query, language)
    assert (hits[0].code, hits[0].phrase) == (code, phrase)


def test_each_code_once_with_its_title_in_the_language(base: Path) -> None:
    hits = search_codes(load_catalogue(base=base), "homicide", "es")
    assert len({hit.code for hit in hits}) == len(hits)
    assert {hit.code: hit.label for hit in hits}["0101"] == "Homicidio intencional"


@pytest.mark.parametrize("query", ["", "  ", "zzz", "()%'"])
def test_nothing_found(base: Path, query: str) -> None:
    assert search_codes(load_catalogue(base=base), query, "en") == []


def test_the_real_index() -> None:
    hits = search_codes(load_catalogue(), "hate speech", "en")
    assert hits[0].code == "080322"
