"""Declarations of linkages: a sound one is read, and each fault is told with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from justitia.errors import JustitiaError
from justitia.metadata.linkage import Linkage
from justitia.metadata.load import load_catalogue

SOUND = """
label = { en = "Persons" }
purpose = "statistics of case flow"
legal_basis = "Statistics Act, s. 4"
[[datasets]]
id = "police"
source = "police_register"
record = "suspect"
role = "police"
fields = { family_name = "surname" }
[[datasets]]
id = "court"
source = "court_register"
record = "defendant"
role = "court"
once = true
[[fields]]
id = "family_name"
kind = "family_name"
[[fields]]
id = "born"
kind = "date"
contradicts = true
[[keys]]
id = "docket"
fields = ["born"]
clean = ["digits"]
[[blocking]]
fields = ["family_name:sound", "born:year"]
[thresholds]
link = 0.95
precision = 0.99
review = 0.3
[training]
pairs = 5000
"""
FAULTS = {
    "role": ('role = "court"', 'role = "curt"', "role"),
    "kind": ('kind = "date"', 'kind = "dat"', "kind"),
    "field of a dataset": ("{ family_name =", "{ family_nam =", "family_nam"),
    "field of a key": ('fields = ["born"]', 'fields = ["bron"]', "bron"),
    "clean-up": ('clean = ["digits"]', 'clean = ["digit"]', "digit"),
    "field of a block": ('"born:year"', '"bom:year"', "bom"),
    "part of a block": ('"born:year"', '"born:yaer"', "yaer"),
    "threshold out of range": ("link = 0.95", "link = 1.95", "link"),
    "review above links": ("review = 0.3", "review = 0.99", "review"),
    "too few pairs": ("pairs = 5000", "pairs = 5", "pairs"),
    "unknown word": ("[training]", "[training]\nsede = 1", "sede"),
    "no purpose": ('purpose = "statistics of case flow"\n', "", "purpose"),
}


def lines(text: str) -> list[str]:
    return text.split("\n")


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Linkage]:
    def opened(text: str) -> Linkage:
        folder = tmp_path / "overlay" / "linkages"
        folder.mkdir(parents=True)
        (folder / "made.toml").write_text(text, encoding="utf-8")
        return load_catalogue(tmp_path / "overlay").linkage("made")

    return opened


def test_a_sound_declaration_is_read(read: Callable[[str], Linkage]) -> None:
    made = read(SOUND)
    assert [dataset.id for dataset in made.datasets] == ["police", "court"]
    assert dict(made.datasets[0].fields) == {"family_name": "surname"}
    assert made.datasets[1].once
    assert made.fields[1].contradicts
    assert made.blocking == (("family_name:sound", "born:year"),)
    assert (made.thresholds.link, made.thresholds.precision, made.thresholds.review) == (0.95, 0.99, 0.3)
    assert made.keys[0].clean == ("digits",)
    assert (made.link_type, made.after) == ("link_and_dedupe", "seal")


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_with_file_and_line(read: Callable[[str], Linkage], fault: str) -> None:
    old, new, named = FAULTS[fault]
    assert old in SOUND
    wrong = SOUND.replace(old, new)
    with pytest.raises(JustitiaError) as caught:
        read(wrong)
    told = str(caught.value)
    assert named in told
    assert "linkages/made.toml" in told
    changed = [n for n, (before, now) in enumerate(zip(lines(SOUND), lines(wrong), strict=False), 1) if before != now]
    if fault not in ("no purpose", "unknown word"):
        assert re.search(rf"\b{changed[0]}\b", told)
