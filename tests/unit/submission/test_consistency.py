"""Contradictions between filled rounds of several collections."""

from __future__ import annotations

from dataclasses import replace

from justitia.metadata.collection import Collection
from justitia.metadata.load import load_catalogue
from justitia.model.questionnaire import FILLED, FilledCell, FilledRound
from justitia.submission.consistency import check_between

CATALOGUE = load_catalogue()
CTS, SDG = CATALOGUE.collection("un_cts"), CATALOGUE.collection("sdg")


def filled(collection: Collection, year: int, **values: float) -> tuple[str, FilledRound, Collection]:
    cells = {
        (name, each): FilledCell(name, each, value, FILLED)
        for name, value in values.items()
        for each in (year, year - 1)
    }
    return collection.name, FilledRound(collection.id, year, (year, year - 1), cells), collection


def test_two_collections_that_ask_the_same_quantity_say_the_same() -> None:
    rounds = [filled(CTS, 2025, **{"1.2:1.2.1:F": 5}), filled(SDG, 2025, **{"16.1.1:VC_IHR_PSRCN:F": 5})]
    assert check_between(rounds, CATALOGUE) == ()


def test_a_contradiction_names_both_cells() -> None:
    rounds = [filled(CTS, 2025, **{"1.2:1.2.1:F": 5}), filled(SDG, 2025, **{"16.1.1:VC_IHR_PSRCN:F": 6})]
    found = check_between(rounds, CATALOGUE)
    assert [item.rule_id for item in found] == ["Q-CON-001", "Q-CON-001"], "both years"
    assert "5 in un_cts (1.2:1.2.1:F), 6 in sdg (16.1.1:VC_IHR_PSRCN:F)" in found[0].message


def test_rounds_of_two_years_overlap_in_one() -> None:
    earlier, later = filled(CTS, 2024, **{"1.1:1.1.1:T": 14}), filled(CTS, 2025, **{"1.1:1.1.1:T": 15})
    found = check_between([earlier, ("later", *later[1:])], CATALOGUE)
    assert len(found) == 1 and "of 2024" in found[0].message


def test_a_declared_difference_may_not_turn_round() -> None:
    """Offences of intentional homicide are not more than its victims."""
    sound = [filled(CTS, 2025, **{"1.1:1.1.1:T": 14, "1.2:1.2.1:T": 15})]
    assert check_between(sound, CATALOGUE) == ()
    wrong = [filled(CTS, 2025, **{"1.1:1.1.1:T": 16, "1.2:1.2.1:T": 15})]
    found = check_between(wrong, CATALOGUE)
    assert {item.rule_id for item in found} == {"Q-CON-002"} and "should be below" in found[0].message


def test_an_undeclared_difference_is_none() -> None:
    catalogue = load_catalogue()
    catalogue.__dict__["differences"] = tuple(replace(item, relation="different") for item in CATALOGUE.differences)
    wrong = [filled(CTS, 2025, **{"1.1:1.1.1:T": 16, "1.2:1.2.1:T": 15})]
    assert check_between(wrong, catalogue) == ()
