"""Exact tables and public products never meet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import justitia
from justitia.errors import JustitiaError
from justitia.release import release_workspace, write_preview
from justitia.transmit import transmit_tables

SOURCE = Path(justitia.__file__).parent
WHO = {"recipient": "UNODC", "legal_basis": "Statistics Act, s. 9", "approver": "Director"}


@pytest.fixture
def made(country: Callable[..., Any], offence: Callable[..., Any]) -> Any:
    new = country()
    new.send("a.csv", [offence(i, DISTRICT="ABC"[i % 3]) for i in range(47)] + [offence(99, ARTICLE="MURDER")])
    new.run()
    return new


def test_exact_counts_are_in_no_public_file(made: Any) -> None:
    write_preview(made.workspace, made.workspace.store.read())
    release_workspace(made.workspace, vintage="first")
    exact = {value for value in made.exact().values() if value > 7 and value % 5}
    assert {16, 47, 48} <= exact
    files = [p for place in ("preview", "releases") for p in (made.folder / place).rglob("*") if p.is_file()]
    assert files and not [p for p in files if "aggregate" in p.name or "confidential" in p.name]
    for file in (p for p in files if p.suffix == ".csv"):
        cells = set(re.split(r"[,\n]", file.read_text()))
        assert not cells & {str(value) for value in exact}, file.name
    public = {row[-5] for row in made.table("protected__by_iccs")}
    assert not public & exact and None in public


@pytest.mark.parametrize(
    "place", ["releases", "preview", "releases/first/public", "preview/x/y", "sources/../preview/z"]
)
def test_transmission_refuses_public_places(made: Any, place: str) -> None:
    with pytest.raises(JustitiaError, match="E-TRA-001"):
        transmit_tables(made.workspace, made.folder / place, **WHO)
    assert not (made.folder / place).exists()


def test_transmission_refuses_a_link_into_a_public_place(made: Any, tmp_path: Path) -> None:
    (made.folder / "releases").mkdir()
    (tmp_path / "innocent").symlink_to(made.folder / "releases")
    with pytest.raises(JustitiaError, match="E-TRA-001"):
        transmit_tables(made.workspace, tmp_path / "innocent" / "x", **WHO)


@pytest.mark.parametrize("missing", list(WHO))
def test_transmission_needs_recipient_basis_and_approver(made: Any, tmp_path: Path, missing: str) -> None:
    with pytest.raises(JustitiaError, match="E-TRA-003"):
        transmit_tables(made.workspace, tmp_path / "x", **{**WHO, missing: " "})
    assert not (tmp_path / "x").exists()


def test_a_transmission_is_exact_marked_and_on_record(made: Any, tmp_path: Path) -> None:
    folder = tmp_path / "for the UN's office"
    assert transmit_tables(made.workspace, folder, **WHO) == 1
    (file,) = folder.glob("*.csv")
    assert ",48,C" in file.read_text()
    receipt = json.loads((folder / "RECEIPT.json").read_text())
    assert receipt["marking"].startswith("CONFIDENTIAL") and receipt["received_by"] == ""
    assert made.workspace.store.read()["history"][-1]["recipient"] == "UNODC"
    with pytest.raises(JustitiaError, match="E-TRA-002"):
        transmit_tables(made.workspace, folder, **WHO)
    assert made.run().stages_run == (), "the tables are as they were"


def test_only_protect_and_the_confidential_channel_name_exact_tables() -> None:
    naming = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "aggregate__" in path.read_text(encoding="utf-8")
    }
    assert naming <= {
        *("aggregate/declaration.py", "protect/counts.py", "protect/declaration.py", "vintages.py", "transmit.py"),
        "submission/counted.py",
    }, naming
    for path in (SOURCE / "disseminate").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"aggregate__|derived__|justitia\.(aggregate|transmit|store|vault|pipeline)", text), path
