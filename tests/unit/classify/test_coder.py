"""The coder's layers: what decides alone, what is only suggested, what is said of bad input, and what it learns."""

from __future__ import annotations

from datetime import date

import pytest

from justitia.classify.answer import Answer, OffenceText
from justitia.classify.coder import Coder, load_coder, version_of
from justitia.metadata.definitions import Correspondence, CorrespondenceRow
from justitia.metadata.load import Catalogue, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def english(catalogue: Catalogue) -> Coder:
    return load_coder(catalogue, language="en")


def row(code: str, iccs: str, text: str = "", **others: object) -> CorrespondenceRow:
    """Return a row of a reviewed table, open at both ends."""
    plain: dict[str, object] = {
        "condition": "", "status": "coded" if iccs else "no_code", "priority": 0, "sets": {},
        "valid_from": None, "valid_to": None,
    }  # fmt: skip
    return CorrespondenceRow(national_code=code, iccs_code=iccs, national_label=text, **(plain | others))  # type: ignore[arg-type]


def only(coder: Coder, text: str, **others: object) -> Answer:
    """Return the answer on one text."""
    return coder.code([OffenceText(text, **others)])[0]  # type: ignore[arg-type]


def test_a_reviewed_code_decides_alone_by_code_and_day(catalogue: Catalogue) -> None:
    table = Correspondence(
        "police__iccs",
        (
            row("12", "0502", "Stealing", valid_to=date(2020, 12, 31)),
            row("12", "0501", "Stealing", valid_from=date(2021, 1, 1)),
            row("007", "0401", "Robbery"),
        ),
    )
    coder = load_coder(catalogue, reviewed=[table])
    old, new, lost = coder.code(
        [
            OffenceText("whatever", "12", day=date(2019, 5, 1)),
            OffenceText("whatever", "12", day=date(2022, 5, 1)),
            OffenceText("unheard of matter", "07"),
        ]
    )
    assert (old.code, old.status, old.evidence[0].kind) == ("0502", "coded", "correspondence")
    assert (new.code, new.status) == ("0501", "coded")
    assert lost.status == "suggested"
    assert "[007] without its leading zero" in lost.reason
    undated = only(coder, "whatever", national_code="12")
    assert undated.status == "suggested"
    assert "decided in different ways" in undated.reason


def test_a_national_code_without_a_decision_in_force_is_said(catalogue: Catalogue) -> None:
    table = Correspondence("t", (row("12", "0502", "Stealing", valid_to=date(2020, 12, 31)),))
    answer = only(load_coder(catalogue, reviewed=[table]), "robbery", national_code="12", day=date(2022, 1, 1))
    assert answer.status == "suggested"
    assert "no decision in force on 2022-01-01" in answer.reason


def test_a_reviewed_text_decides_wherever_it_comes_from(catalogue: Catalogue) -> None:
    coder = load_coder(catalogue, others=[Correspondence("t", (row("x", "0809", "Riddling in the market"),))])
    answer = only(coder, "RIDDLING in the  market!")
    assert (answer.code, answer.status, answer.evidence[0].kind) == ("0809", "coded", "text")
    assert only(coder, "whatever", national_code="x").status != "coded"  # the number is another list's


def test_what_is_learned_counts_at_once_and_can_be_changed(catalogue: Catalogue) -> None:
    coder = load_coder(catalogue, language="en")
    coder.learn(OffenceText("Quaffling a snitch", "77"), "10042")
    assert only(coder, "quaffling a snitch").code == "10042"
    assert only(coder, "anything", national_code="77").status == "coded"
    assert only(coder, "quaffling snitches").code == "10042"  # near it
    coder.learn(OffenceText("Quaffling a snitch", "77"), "")
    assert only(coder, "Quaffling a snitch").status == "no_code"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("a", "single letter"),
        ("12345", "only numbers"),
        ("101", "0101 without its leading zero"),
        ("0101", "number of ICCS code 0101"),
    ],
)
def test_unreadable_texts_get_no_code_and_a_reason(english: Coder, text: str, told: str) -> None:
    answer = only(english, text)
    assert (answer.code, answer.status, answer.confidence) == ("", "no_code", 0.0)
    assert told in answer.reason
    assert answer.evidence[0].kind == "input"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<b>Theft</b>", "HTML"),
        ("theft " * 2000, "characters"),
        ("Th\u0435ft", "scripts"),
        ("vol de la voiture dans le parking", "reads as fr"),
        ("Robbery; rape", "several offences: 0401, 03011"),
        ("traffic warrant", "no offence"),
    ],
)
def test_doubtful_texts_are_never_coded_in_silence(english: Coder, text: str, told: str) -> None:
    answer = only(english, text)
    assert answer.status in ("suggested", "no_code")
    assert told in answer.reason


def test_the_codes_of_all_parts_are_among_the_alternatives(english: Coder) -> None:
    shown = [alternative.code for alternative in only(english, "Robbery; rape; arson").alternatives]
    assert {"0401", "03011", "0504"} <= set(shown)


def test_abbreviations_and_the_one_attempt_with_a_code_of_its_own(english: Coder) -> None:
    battery = only(english, "ATT AGG BATT")
    assert (battery.code, battery.tags["inchoate_form"]) == ("020111", "attempt")
    assert only(english, "attempted murder").code == "0102"
    assert only(english, "attempted robbery").code == "0401"


def test_every_answer_is_complete(english: Coder) -> None:
    for text in ("theft of a bicycle", "xyzzy plugh", "drug offences", "кража"):
        answer = only(english, text)
        assert answer.evidence
        assert 0 <= answer.confidence <= 1
        assert len({shown.code for shown in answer.alternatives}) == len(answer.alternatives) <= 5
        if answer.alternatives:
            assert answer.alternatives[0].code == answer.code
        assert answer.reason or answer.status == "coded"


def test_a_text_of_a_parent_says_that_it_stops_there(english: Coder) -> None:
    answer = only(english, "drug offences")
    assert answer.code == "0601"
    assert "no more than the parent" in answer.reason


def test_residual_codes_need_a_word_that_says_other(english: Coder, catalogue: Catalogue) -> None:
    codes = catalogue.codelist("iccs").codes
    assert not codes[only(english, "theft").code].is_residual
    assert codes[only(english, "other acts of burglary").code].is_residual


def test_order_and_number_of_the_texts_change_no_answer(english: Coder) -> None:
    texts = [OffenceText(text) for text in ("robbery", "arson of a school", "fraud by cheque")]
    together = english.code(texts)
    assert [english.code([text])[0] for text in reversed(texts)] == together[::-1]


def test_version_and_hash_are_there_to_be_written_beside_codes(catalogue: Catalogue) -> None:
    assert len(version_of(catalogue)["sha256"]) == 64
