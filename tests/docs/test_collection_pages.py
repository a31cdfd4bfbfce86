"""The pages on SDMX and on the UN-CTS: every command runs, in order, on the fictional country."""

from __future__ import annotations

import gzip
import os
import shlex
import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from justitia.demo.country import receive
from justitia.demo.fictional.generate import generate
from justitia.demo.workspaces import make_workspace
from justitia.vault import create_key

from .pages import ROOT, commands_in, reference_pages

SOURCE = Path(str(files("justitia.demo"))) / "fictional"
SDMX = Path(os.environ.get("JUSTITIA_SHARED", ROOT.parent / "shared")) / "data" / "sdmx"
STRUCTURE = ("IAEG-SDGs_SDG_1.3_dsd.xml", "sdg_global_content_constraints.csv")
OF_THE_SDG = ("sdg_1.3", "--sdmx")  # need the global structure, which is not ours to ship
PEOPLE = """ISO3_code,Location,Time,AgeGrpStart,AgeGrpSpan,PopMale,PopFemale,PopTotal
COL,Made up,2025,0,5,10,10,20
COL,Made up,2025,5,5,11,10,21
"""


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the fictional country as the workspace `crime`."""
    folder = tmp_path_factory.mktemp("pages")
    made = generate(folder / "received")
    create_key(folder / "vault.key")
    declared = tomllib.loads((SOURCE / "demo.toml").read_text(encoding="utf-8"))
    workspace = make_workspace(SOURCE, declared, folder / "crime", key_file="../vault.key")
    for delivery in made.deliveries:
        receive(workspace, delivery)
    return folder


def run_page(name: str, country: Path, folder: Path) -> dict[str, str]:
    """Run the page's commands in the folder; return command -> what it printed."""
    shutil.copytree(country / "crime", folder / "crime")
    shutil.copy(country / "vault.key", folder / "vault.key")
    there = all((SDMX / file).exists() for file in STRUCTURE)
    (folder / "crime" / "structures").mkdir(exist_ok=True)
    for file in STRUCTURE if there else ():
        shutil.copy(SDMX / file, folder / "crime" / "structures" / file)
    printed = {}
    for command in commands_in(ROOT / "docs" / "how-to" / name):
        if not there and any(word in command for word in OF_THE_SDG):
            continue
        result = CliRunner().invoke(reference_pages().root_command(), shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception}"
        printed[command] = result.output
    return printed


def told(printed: dict[str, str], part: str) -> str:
    (found,) = [text for command, text in printed.items() if part in command]
    return found


def test_the_page_on_sdmx(country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = run_page("sdmx.md", country, tmp_path)
    assert (tmp_path / "offences.xml").stat().st_size > 10_000 and (tmp_path / "offences.parquet").exists()
    rows = (tmp_path / "offences.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) > 100 and any(",0101," in row for row in rows), "codes keep their zero"
    assert "DSD_XA_VICTIMS" in told(printed, "sdmx structure structures.xml")


def test_the_page_on_the_un_cts(country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "WPP2024_PopulationByAge5GroupSex_Medium.csv.gz").write_bytes(gzip.compress(PEOPLE.encode()))
    for name, column, first in (("ours", "count", 10), ("theirs", "homicides", 10)):
        lines = "".join(f"XA,{2020 + year},{first + year}\n" for year in range(5))
        (tmp_path / f"{name}.csv").write_text(f"country,year,{column}\n{lines}")
    printed = run_page("fill-un-cts.md", country, tmp_path)
    assert "883 cells" in told(printed, "--to UNODC")
    assert (tmp_path / "un-cts-2025.xlsx").exists() and (tmp_path / "to-unsd" / "RECEIPT.json").exists()
    assert "883 cells" in told(printed, " read ") or "cells have a value" in told(printed, " read ")
    assert "5" in told(printed, "reconcile")
