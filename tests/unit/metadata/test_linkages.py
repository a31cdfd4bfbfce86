"""The check of the catalogue sees linkages that nobody may run."""

from __future__ import annotations

from pathlib import Path

import pytest

from justitia.metadata.check import check_catalogue
from justitia.metadata.load import load_catalogue

DATASET = '[[datasets]]\nid = "{role}"\nsource = "{role}_register"\nrecord = "person"\nrole = "{role}"\n'


def codes(tmp_path: Path, roles: tuple[str, ...], basis: str) -> set[str]:
    folder = tmp_path / "linkages"
    folder.mkdir()
    text = f'label = {{ en = "Made up" }}\npurpose = "to count"\nlegal_basis = "{basis}"\n'
    text += "".join(DATASET.format(role=role) for role in roles)
    (folder / "made_up.toml").write_text(text + '[[fields]]\nid = "born"\nkind = "date"\n', encoding="utf-8")
    return {fault.code for fault in check_catalogue(load_catalogue(tmp_path))}


@pytest.mark.parametrize(
    ("roles", "basis", "refused"),
    [
        (("police", "victim"), "", True),
        (("police", "victim"), "Act 4, s. 2", False),
        (("police", "court", "ngo"), "Act 4, s. 2", True),
        (("police", "court"), "", False),
        (("victim", "ngo"), "", False),
    ],
)
def test_joining_those_who_asked_for_help_needs_a_law_for_it(
    tmp_path: Path, roles: tuple[str, ...], basis: str, refused: bool
) -> None:
    found = codes(tmp_path, roles, basis)
    assert ("E-CAT-091" in found) == refused
    assert "E-CAT-090" in found, "the sources are not there, which is another fault"
