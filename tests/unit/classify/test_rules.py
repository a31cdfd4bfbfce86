"""Rules as data: patterns, what they ask for and forbid, which one decides, and what they tell besides the code."""

from __future__ import annotations

import dataclasses

import pytest

from justitia.classify.rules import Rules, variables_of
from justitia.classify.text import Reader
from justitia.metadata.coding import CodingData, CodingRule, CodingSettings, read_coding
from justitia.metadata.load import load_catalogue


def rule(name: str, pattern: str, code: str = "", **others: object) -> CodingRule:
    """Return a rule with nothing but what is given."""
    plain: dict[str, object] = {
        "language": "", "requires": "", "forbids": "", "precedence": 50, "status": "", "sets": {},
    }  # fmt: skip
    return CodingRule(rule=name, pattern=pattern, code=code, **(plain | others))  # type: ignore[arg-type]


def rules_of(*rules: CodingRule, **others: object) -> Rules:
    """Return compiled rules without any other data."""
    settings = CodingSettings({"later": 4.0, "later_most": 20.0}, {}, {})
    data = CodingData((), rules, {}, {}, {}, {}, settings)
    return Rules(dataclasses.replace(data, **others), str(others.get("country", "")))  # type: ignore[arg-type]


def names(rules: Rules, text: str, language: str = "") -> list[str]:
    """Return the names of the rules that fit, the deciding one first."""
    return [match.rule.rule for match in rules.match(text.split(), language)]


def test_words_beginnings_and_order() -> None:
    rules = rules_of(rule("vehicle", "theft|steal* vehic*", "050211"))
    assert names(rules, "stealing of vehicles")
    assert names(rules, "theft big red vehicle")  # two words may stand between
    assert not names(rules, "theft one two three vehicle")
    assert not names(rules, "vehicle theft")


def test_required_words_may_stand_anywhere_and_forbidden_ones_nowhere() -> None:
    rules = rules_of(rule("armed", "robber*", "0401", requires="bank|post", forbids="attempt*"))
    assert names(rules, "bank robbery") == names(rules, "robbery bank") == ["armed"]
    assert not names(rules, "robbery")
    assert not names(rules, "attempted bank robbery")


def test_higher_precedence_decides_then_more_words_then_the_first() -> None:
    few, many = rule("few", "theft", "0502"), rule("many", "theft vehicle", "050211")
    assert names(rules_of(few, many), "theft vehicle")[0] == "many"
    first = rule("few", "theft", "0502", precedence=60)
    assert names(rules_of(first, many), "theft vehicle")[0] == "few"


def test_the_act_that_stands_first_decides() -> None:
    rules = rules_of(rule("take", "theft", "0502", precedence=60), rule("drug", "drug*", "0601", precedence=66))
    assert names(rules, "drugs")[0] == "drug"
    assert names(rules, "theft shop window drugs")[0] == "take"


def test_rules_of_other_languages_are_left_out() -> None:
    rules = rules_of(rule("fr", "vol", "0502", language="fr"), rule("en", "vol", "0401", language="en"))
    assert names(rules, "vol", "fr") == ["fr"]
    assert set(names(rules, "vol")) == set(names(rules, "vol", "pt")) == {"fr", "en"}


def test_a_profile_replaces_rules_of_the_same_name_for_its_country_only() -> None:
    general, national = rule("death", "robbery homicide", "0101"), rule("death", "robbery homicide", "01031")
    for country, code in (("PH", "01031"), ("ph", "01031"), ("CL", "0101"), ("", "0101")):
        settings = CodingSettings({}, {}, {})
        rules = Rules(CodingData((), (general,), {"PH": (national,)}, {}, {}, {}, settings), country)
        assert [match.rule.code for match in rules.match(("robbery", "homicide"))] == [code]


@pytest.fixture(scope="module")
def shipped() -> tuple[Reader, Rules]:
    data = read_coding(load_catalogue())
    return Reader(data), Rules(data)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("attempted robbery", {"inchoate_form": "attempt"}),
        ("tentative de vol", {"inchoate_form": "attempt"}),
        ("robo en grado de frustrado", {"inchoate_form": "attempt"}),
        ("conspiracy to defraud", {"inchoate_form": "conspiracy"}),
        ("aiding and abetting a theft", {"inchoate_form": "aiding"}),
        ("complicité de vol", {"inchoate_form": "aiding"}),
        ("assault with a firearm", {"iccs_weapon": "1"}),
        ("vol à main armée", {"iccs_weapon": "4"}),
        ("lesiones con arma blanca", {"iccs_weapon": "2"}),
        ("racist insult", {"iccs_motive": "2"}),
        ("online fraud", {"iccs_cyber_related": "1"}),
    ],
)
def test_variables_are_told(shipped: tuple[Reader, Rules], text: str, told: dict[str, str]) -> None:
    reader, rules = shipped
    reading = reader.read(text)
    found = variables_of(rules.match(reading.words, reading.language))
    assert told.items() <= found.items()


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("armed robbery of a bank", "en", "040131"),
        ("robo con fuerza en las cosas en lugar habitado", "es", "05012"),
        ("vol avec violences", "fr", "0401"),
        ("viol sur mineur de quinze ans", "fr", "030113"),
        ("conduite sous l'empire d'un état alcoolique", "fr", "020721"),
        ("possession of a firearm without a licence", "en", "090111"),
        ("tráfico ilícito de estupefacientes", "es", "060121"),
        ("attempted murder", "en", "0102"),
    ],
)
def test_head_nouns_in_three_languages(shipped: tuple[Reader, Rules], text: str, language: str, code: str) -> None:
    reader, rules = shipped
    deciding = next(match for match in rules.match(reader.read(text).words, language) if match.rule.code)
    assert deciding.rule.code == code
