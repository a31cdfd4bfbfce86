"""The order of a national list: decided rows beside a row speak for its chapter, and only as far as they share it."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.classify.answer import OffenceText
from justitia.classify.code_order import CodeOrder
from justitia.classify.coder import load_coder
from justitia.metadata.definitions import Correspondence, CorrespondenceRow
from justitia.metadata.load import load_catalogue

CODES = ("0401", "0402", "05021", "05022")
KIN = 0.5


def order_of(**decided: str) -> CodeOrder:
    """Return the order of rows given as _national_code=code."""
    made = CodeOrder(CODES, KIN)
    for name, code in decided.items():
        made.add(name[1:], code)
    return made


def prior(order: CodeOrder, national_code: str) -> dict[str, float]:
    """Return what is told of each code."""
    told = order.prior([national_code])
    assert told is not None
    return dict(zip(CODES, told[0].tolist(), strict=True))


def test_the_row_beside_speaks_for_its_code_and_a_little_for_its_division() -> None:
    told = prior(order_of(_121="05021"), "122")
    assert told["05021"] > told["05022"] > 0
    assert told["05022"] == pytest.approx(KIN * told["05021"])
    assert told["0401"] == told["0402"] == 0


def test_nearer_rows_and_rows_that_share_more_of_the_code_count_for_more() -> None:
    told = prior(order_of(_121="0401", _122="05021"), "123")
    assert told["05021"] > told["0401"] > 0
    told = prior(order_of(_129="0401", _131="05021"), "130")
    assert told["05021"] > told["0401"]


def test_numbers_are_ordered_as_numbers_and_codes_of_other_lengths_share_nothing() -> None:
    told = prior(order_of(_9="0401", _11="05021"), "10")
    assert told["0401"] == 0
    assert told["05021"] > 0


def test_the_row_itself_is_left_out_and_a_later_decision_replaces_an_earlier_one() -> None:
    order = order_of(_121="0401", _122="0402")
    assert prior(order, "121")["0401"] < prior(order, "121")["0402"]
    order.add("122", "05021")
    told = prior(order, "121")
    assert told["0402"] == 0 < told["05021"]


def test_codes_that_iccs_does_not_have_are_not_taken_in_and_nothing_is_told_without_rows() -> None:
    assert order_of(_121="9999").prior(["122"]) is None
    assert order_of(_121="0401").prior(["", ""]) is None
    told = order_of(_121="0401").prior(["", "122"])
    assert told is not None
    assert not np.any(told[0])
    assert np.any(told[1])


def test_what_one_side_tells_sums_to_a_half_at_most() -> None:
    order = order_of(_9001="0401", _9002="0401", _9003="0401", _9004="0401", _9005="0401")
    assert 0.3 < prior(order, "9006")["0401"] <= 0.5


def test_a_vague_text_gets_the_division_of_the_rows_beside_it() -> None:
    rows = [CorrespondenceRow(f"51{n}", "", "0501", "coded", 0, {}, None, None, f"Chapter row {n}") for n in (1, 2, 4)]
    coder = load_coder(load_catalogue(), language="en", reviewed=[Correspondence("own", tuple(rows))])
    text = "Other matters of the same kind"
    alone, beside = coder.code([OffenceText(text), OffenceText(text, "513")])
    assert "0501" not in [shown.code for shown in alone.alternatives[:1]]
    assert beside.code.startswith("0501")
    assert beside.status == "suggested"
    assert ("neighbour", "512", "beside it in the list, decided as 0501") in [
        (found.kind, found.phrase, found.source) for found in beside.evidence
    ]
