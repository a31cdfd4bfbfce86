"""The five minutes of the README: its commands run in order, and print what it shows."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from .pages import ROOT, blocks, reference_pages

DECISIONS = {
    "Theft from shop": ("050231", "coded", "Theft Act, s. 4"),
    "Common assault": ("020112", "coded", "Penal Code, art. 45"),
    "Criminal damage": ("0504", "unspecified", "Penal Code, art. 90: the owner is not stated"),
    "Burglary of dwelling": ("05012", "coded", "Theft Act, s. 9"),
    "Theft of motor car": ("050211", "coded", "Theft Act, s. 4"),
    "Assault causing serious injury": ("020111", "coded", "Penal Code, art. 46"),
    "Robbery in the street": ("04011", "unspecified", "Theft Act, s. 8: from the person"),
    "Lost property report": ("", "no_code", "no offence"),
    "Murder": ("0101", "coded", "Penal Code, art. 1"),
}


def _fill_in(path: Path) -> None:
    """Do what the statistician does between export and import."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    for row in book["queue"].iter_rows(min_row=2):
        for cell, value in zip(row[4:7], DECISIONS[row[2].value], strict=True):
            cell.value = value or None
    book.save(path)


def _plain(line: str) -> str:
    return " ".join(line.removesuffix("...").split())


def test_the_five_minutes_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text((ROOT / "README.md").read_text(encoding="utf-8").split("## Five minutes")[1].split("\n## ")[0])
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    monkeypatch.delenv("JUSTITIA_WORKSPACE", raising=False)
    printed = ""
    for language, text in blocks(page, "sh", "text"):
        if language == "text":
            shown = {_plain(line) for line in printed.splitlines()}
            for line in filter(None, map(_plain, text.splitlines())):
                cut = any(other.startswith(line) for other in shown)
                assert cut, f"{line}\nis not in\n{printed}"
            continue
        printed = ""
        for command in text.splitlines():
            if "coding import" in command:
                _fill_in(tmp_path / "queue.xlsx")
            result = CliRunner().invoke(reference_pages().root_command(), shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception}"
            printed += result.output
    assert [path.name for path in (tmp_path / "crime" / "releases").iterdir()] == ["first"]
