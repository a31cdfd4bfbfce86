"""The page on published homicide files: its commands run in order, and print the figures that it shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from .pages import ROOT, blocks, reference_pages

PAGE = ROOT / "docs" / "how-to" / "colombia-homicides.md"
SHARED = Path(os.environ.get("JUSTITIA_SHARED", ROOT.parent / "shared")) / "data"


def _do(command: str) -> str:
    """Run a command of the page: ours, or one of the shell's three."""
    words = shlex.split(command)
    if words[0] == "justitia":
        result = CliRunner().invoke(reference_pages().root_command(), words[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception}"
        return result.output
    if words[0] == "mkdir":
        Path(words[-1]).mkdir(parents=True)
    elif words[1] == "-r":
        shutil.copytree(words[2].removesuffix("/*"), words[3], dirs_exist_ok=True)
    else:
        shutil.copy(words[1], words[2])
    return ""


def test_the_page_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unodc = SHARED / "un_reference_tables" / "unodc_gsh2019" / "unodc_Shiny_DT.csv"
    if not (SHARED / "colombia_homicides").exists() or not unodc.exists():
        pytest.skip(f"{SHARED} is not there")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "colombia_homicides").symlink_to(SHARED / "colombia_homicides")
    (tmp_path / unodc.name).symlink_to(unodc)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUSTITIA_WORKSPACE", raising=False)
    printed = [_do(command) for _, text in blocks(PAGE, "sh") for command in text.splitlines()]
    values = dict(line.split(",", 1)[1].rsplit(",", 1) for line in Path("values.csv").read_text().splitlines()[1:])
    shown = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    cells = {"victims of intentional homicide": "T", "men": "M", "women": "F"}
    for words, before, now in shown:
        cell = f"1.2:1.2.1:{cells[words]}"
        assert [values[f"{cell},{year}"] for year in (2023, 2024)] == [n.replace(",", "") for n in (before, now)]
    assert len(shown) == len(cells)
    assert any("24 of 883 cells" in text for text in printed)
    rows = re.findall(r"^\| (\d{4}) \| ([\d,]+) \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    lines = {" ".join(line.split()[:3]) for line in printed[-1].splitlines()}
    assert len(rows) == 7 and {" ".join(row) for row in rows} <= lines
    assert "(scope)" in printed[-1] and "(recording rule)" not in printed[-1]
