"""Definitions of flows: what ships is sound, and each fault is told with its place and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from justitia.metadata.check import check_catalogue
from justitia.metadata.flow import Flow, Prison, Return, Share, Together, Workload
from justitia.metadata.load import load_catalogue

FLOW = """
type = "flow"
label = { en = "Made" }
unit = "suspect"
horizons = [365, 90]
[[breakdowns]]
id = "SEX"
field = "sex"
reference = "M"
[[states]]
state = "contact"
kind = "suspect"
dates = ["contact_date"]
[[states]]
state = "prosecuted"
kind = "charge"
dates = ["decided_date"]
where = "outcome = 'indicted'"
link = { suspect_id = "suspect_id" }
"""


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., list[str]]:
    def check(text: str, name: str = "made") -> list[str]:
        folder = tmp_path / "overlay" / "flows"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        found = check_catalogue(load_catalogue(tmp_path / "overlay"))
        return [str(error) for error in found if error.code != "E-CAT-050"]

    return check


def test_what_ships_is_read_by_its_type() -> None:
    catalogue = load_catalogue()
    types = {name: type(catalogue.flow(name)) for name in catalogue.names("flows")}
    assert types["persons"] is Flow
    assert types["prison"] is Prison
    assert types["courts"] is Workload
    assert types["crime_forms"] is Together
    assert types["legal_aid"] is Share
    for name in types:
        labels = catalogue.flow(name).common.labels
        assert {"en", "fr", "es"} <= set(labels), name


def test_states_have_units_and_lead_to_known_ones() -> None:
    states = load_catalogue().flow_states
    assert next(iter(states)) == "reported"
    assert {name for name, state in states.items() if state.ends} >= {"dropped", "diverted", "withdrawn", "acquitted"}
    assert all(set(state.after) <= set(states) for state in states.values())
    assert states["recorded"].counting_unit == "offence"
    assert states["convicted"].counting_unit == "person_in_case"


def test_a_sound_flow_has_no_fault_and_its_days_are_in_order(faults: Callable[..., list[str]], tmp_path: Path) -> None:
    assert faults(FLOW) == []
    made = load_catalogue(tmp_path / "overlay").flow("made")
    assert isinstance(made, Flow)
    assert made.horizons == (90, 365)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('state = "prosecuted"', 'state = "prosecutted"', "E-CAT-025"),
        ('kind = "charge"', 'kind = "charges"', "E-CAT-023"),
        ('dates = ["decided_date"]', 'dates = ["decided"]', "E-CAT-024"),
        ("'indicted'", "'indited'", "E-CAT-021"),
        ('reference = "M"', 'reference = "male"', "E-CAT-021"),
        ('field = "sex"', 'field = "age"', "E-CAT-063"),
        ('link = { suspect_id = "suspect_id" }', "", "E-CAT-081"),
        ('link = { suspect_id = "suspect_id" }', 'link = { suspect_id = "suspect" }', "E-CAT-024"),
        ("horizons = [365, 90]", 'horizons = ["90"]', "E-CAT-017"),
        ('unit = "suspect"', 'unit = "defendant"', "E-CAT-080"),
        ('unit = "suspect"', 'unit = "suspect"\ndisclosure = "none"', "E-CAT-025"),
        ('unit = "suspect"', 'unit = "suspect"\nobserved_until = "31.12.2024"', "E-CAT-011"),
        ('unit = "suspect"', 'unit = "suspect"\nhorizon = 3', "E-CAT-015"),
        ('unit = "suspect"', 'unit = "suspect"\npublished = "no"', "E-CAT-017"),
        ("'indicted'", "'indicted' AND suspect_id = 'police:17'", "E-CAT-055"),
    ],
)
def test_each_fault_is_told(faults: Callable[..., list[str]], old: str, new: str, code: str) -> None:
    assert old in FLOW
    found = faults(FLOW.replace(old, new))
    assert any(text.startswith(code) for text in found), found


def test_a_return_names_its_window(faults: Callable[..., list[str]], tmp_path: Path) -> None:
    text = """
type = "return"
label = { en = "Made" }
kind = "custody_episode"
start = "released_date"
who = "person_id"
window_days = 730
custody = { kind = "custody_episode", start = "admitted_date", end = "released_date", who = "person_id" }
[[returns]]
id = "reimprisonment"
kind = "custody_episode"
date = "admitted_date"
who = "person_id"
"""
    assert faults(text) == []
    made = load_catalogue(tmp_path / "overlay").flow("made")
    assert isinstance(made, Return)
    assert made.custody == ("custody_episode", "admitted_date", "released_date", "person_id")
    assert any(item.startswith("E-CAT-016") for item in faults(text.replace("window_days = 730\n", "")))
