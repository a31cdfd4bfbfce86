"""Columns in memory: any library in, the same library out, texts coded once, columns that do not fit refused."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import justitia
from justitia.classify.columns import key_column
from justitia.classify.language import assume_language
from justitia.errors import RequestError
from justitia.metadata.load import load_catalogue

TEXTS = ["Theft", "", "Burglary", "Theft"]
FRENCH = ["Vol avec violence", "Conduite sans permis", "Atteinte à la vie privée", "Escroquerie envers une personne"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (TEXTS, pa.Table),
        (pa.array(TEXTS).dictionary_encode(), pa.Table),
        (pa.chunked_array([TEXTS[:1], TEXTS[1:]]), pa.Table),
        (pl.Series(["Theft", None, "Burglary", "Theft"]), pl.DataFrame),
        (pd.Series(["Theft", None, "Burglary", "Theft"], index=[9, 7, 5, 3]), pd.DataFrame),
    ],
)
def test_a_table_of_the_same_library_comes_back_in_order(given: Any, kind: type) -> None:
    found = justitia.code_offences(given, language="en")
    assert isinstance(found, kind)
    assert [str(code) for code in found["iccs_best"]] == ["0502", "", "0501", "0502"]
    assert [str(status) for status in found["iccs_status"]][1] == "no_code"
    if kind is pd.DataFrame:
        assert found.index.tolist() == [9, 7, 5, 3]


@pytest.mark.parametrize("wrong", ["Theft", 5, [["Theft"]], ["Theft", 5.5]])
def test_what_is_no_column_of_texts_is_refused_and_not_quoted(wrong: Any) -> None:
    with pytest.raises(RequestError, match="E-COD-051") as caught:
        justitia.code_offences(wrong)
    assert "Theft" not in str(caught.value)


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(RequestError, match=r"E-COD-050.*text 2, code 1"):
        justitia.code_offences(["Theft", "Rape"], codes=["1"])
    with pytest.raises(RequestError, match=r"E-COD-050.*context statute 1"):
        justitia.code_offences(["Theft", "Rape"], context={"statute": ["who takes"]})


def test_keys_are_equal_exactly_where_all_cells_are() -> None:
    left, right = pa.array(["a", "a", "ab", None]), pa.array(["b", None, "", ""])
    keys = key_column([left, right]).to_pylist()
    assert len(set(keys)) == 4
    assert key_column([pa.array([None, ""])]).to_pylist() == ["", ""]


def test_the_language_is_that_of_the_words_and_a_wrong_one_is_doubted() -> None:
    catalogue = load_catalogue()
    found = assume_language(catalogue, FRENCH)
    assert (found.language, found.assumed, found.known, found.doubt) == ("fr", True, True, "")
    wrong = assume_language(catalogue, FRENCH, "en")
    assert (wrong.language, wrong.doubt) == ("en", "the texts look like fr, not en")
    assert assume_language(catalogue, FRENCH, "fr_CA").doubt == ""
    assert (
        assume_language(catalogue, ["Robo con violencia", "Hurto de una cosa", "Lesiones a la persona"]).language
        == "es"
    )
    assert assume_language(catalogue, ["Theft of the vehicle", "Assault on an officer"]).language == "en"


def test_what_cannot_be_told_is_said() -> None:
    catalogue = load_catalogue()
    assert "nothing in the texts tells" in assume_language(catalogue, ["ATT BATT", "CDS"]).doubt
    assert "not in Latin letters" in assume_language(catalogue, ["Кража", "Убийство"]).doubt
    unknown = assume_language(catalogue, ["Кража", "Убийство"], "ru")
    assert (unknown.language, unknown.known, unknown.doubt) == ("ru", False, "")
    with pytest.raises(RequestError, match="E-COD-052"):
        assume_language(catalogue, FRENCH, "français")
