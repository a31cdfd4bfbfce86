"""The French development list: complete, of known codes, across all sections, its agreement as its README says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from justitia.metadata.load import load_catalogue

FOLDER = Path(__file__).parent / "french"


@pytest.fixture(scope="module")
def french() -> ModuleType:
    spec = importlib.util.spec_from_file_location("french_agreement", FOLDER / "agreement.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_passes_code_every_label_with_codes_of_the_catalogue(french: ModuleType) -> None:
    catalogue = load_catalogue()
    codes = set(catalogue.codelist("iccs").codes) | {french.NO_CODE}
    forms = set(catalogue.codelist("inchoate_form").codes) | {""}
    coded = french.read_codings()
    assert len(coded) >= 200
    assert len({row.text for row in coded}) == len(coded)
    assert {code for row in coded for code in row.codes.values()} <= codes
    assert {form for row in coded for form in row.forms.values()} <= forms
    ids = {row.id for row in coded}
    assert all(set(french._read(file)) == ids for file in french.PASSES.values())


def test_the_list_reaches_every_section_and_beyond_the_classification(french: ModuleType) -> None:
    codes = load_catalogue().codelist("iccs").codes
    coded = french.read_codings()
    sections = {code for code in codes if len(code) == 2}
    for name in french.PASSES:
        assert {row.codes[name][:2] for row in coded if row.codes[name] != french.NO_CODE} == sections
        assert sum(row.codes[name] == french.NO_CODE for row in coded) >= 3
    assert sum(row.forms["first"] != "" for row in coded) >= 5


def test_kappa_is_that_of_the_textbook_example(french: ModuleType) -> None:
    # Two raters, 50 cases: both yes 20, both no 15, only the first 5, only the second 10: 0.7 observed, 0.5 by chance.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert french.kappa(pairs) == pytest.approx(0.4)
    assert french.kappa([("y", "y"), ("n", "n")]) == 1


def test_agreement_falls_with_depth_and_is_substantial_at_division(french: ModuleType) -> None:
    found = french.agreement()
    others = [french.agreement(name, "third")["class"][1] for name in ("first", "second")]
    assert max(others) < found["class"][1], "another hand agrees less than the same hand with itself"
    shares = [found[level][0] for level in ("section", "division", "group", "class")]
    assert shares == sorted(shares, reverse=True)
    assert 0.8 < found["division"][1] < 1


def test_the_readme_shows_the_agreement_and_every_difference(french: ModuleType) -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8").endswith(french.tables())
