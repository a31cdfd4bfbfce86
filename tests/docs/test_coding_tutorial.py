"""The tutorial on coding a national list: its commands run in order, and print what it shows."""

from __future__ import annotations

import csv
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from justitia.classify.decisions import Decision, DecisionLog, settle
from justitia.classify.items import file_items
from justitia.metadata.load import load_catalogue

from .pages import ROOT, blocks, reference_pages

PAGE = ROOT / "docs" / "tutorials" / "code-a-national-list.md"
DECISIONS = """
    101:0101 102:0102 103:010321 104:010322 110:020111 111:020112 112:020121 113:02082 114:020222 115:02051
    116:02099 120:03011 121:030121 122:030221 201:040111 202:040131 203:040121 210:05012 211:05011 212:0509
    220:050211 221:050229 222:050229 223:050231 224:050221 225:050212 226:07049 227:05025 230:05042 231:05041
    232:0504 240:070112 241:070211 242:07023 243:070312 244:070311 245:07032 246:07041 301:060111 302:060121
    303:060123 310:020721 311:0907 312:090112 313:090111 320:08011 321:08061 322:08062 323:08062 324:08059
    325:08044 326:08041 330:09031 331:10042 332:10012 333:10091 340:
"""


def _decide(file: Path, text: str, code: str, answers: Mapping[str, str]) -> None:
    """Do what the reader does in the review."""
    iccs = load_catalogue().codelist("iccs").codes
    items = file_items(file, text=text, code=code)
    assert set(answers) == {item.national_code for item in items}
    DecisionLog(file.with_suffix(".decisions.csv")).append(
        [
            Decision(
                "Ana",
                item.national_code,
                item.text,
                answers[item.national_code],
                "no_code"
                if not answers[item.national_code]
                else "coded"
                if iccs[answers[item.national_code]].is_leaf
                else "unspecified",
            )
            for item in items
        ]
    )


def _keys(command: str, folder: Path) -> str:
    """Return what is typed: Eva decides one offence otherwise, Zoe decides between her and Ana."""
    if "--coder Eva" in command:
        return "0502\nq\n"
    if "--adjudicate" not in command:
        return "q\n"
    (disputed,) = settle(DecisionLog(folder / "penal_code.decisions.csv").read()).disputed
    return f"{_answers()[disputed]}\nbecause\nq\n"


def _answers() -> dict[str, str]:
    return dict(part.partition(":")[::2] for part in DECISIONS.split())


def _plain(line: str) -> str:
    return " ".join(line.split())


def _walk(page: Path, folder: Path) -> None:
    """Run the commands of a page one after the other; what it shows must be printed."""
    printed = ""
    for language, text in blocks(page, "sh", "text"):
        if language == "text":
            if "still open" not in text:  # a screen in the midst of a review
                shown = {_plain(line) for line in printed.splitlines()}
                missing = [line for line in map(_plain, text.splitlines()) if line and line not in shown]
                assert not missing, printed
            continue
        printed = ""
        for command in text.splitlines():
            keys = _keys(command, folder)
            result = CliRunner().invoke(reference_pages().root_command(), shlex.split(command)[1:], input=keys)
            assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception}"
            printed += result.output


def _part(folder: Path, number: int) -> Path:
    """Return the page's part before (0) or after (1) the heading of one's own list, as a file."""
    page = folder / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8").split("## A list of your own")[number], encoding="utf-8")
    return page


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUSTITIA_WORKSPACE", raising=False)
    return tmp_path


def test_the_tutorial_runs_as_printed(folder: Path) -> None:
    for name in ("penal_code.csv", "register.csv"):
        (folder / name).write_bytes((PAGE.parent / name).read_bytes())
    _decide(folder / "penal_code.csv", "Offence", "Article", _answers())
    _walk(_part(folder, 0), folder)


def test_the_same_steps_with_a_real_list(folder: Path) -> None:
    shared = Path(os.environ.get("JUSTITIA_SHARED") or ROOT.parent / "shared")
    reviewed = shared / "data/iccs/correspondence/chile_cnp_to_iccs_dev30pct.csv"
    if not reviewed.is_file():
        pytest.skip("the reviewed list of Chile is not there (JUSTITIA_SHARED)")
    with reviewed.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    with (folder / "chile_cnp.csv").open("w", encoding="utf-8", newline="") as opened:
        columns = ["cnp_code", "offence_text", "definition", "family"]
        writer = csv.DictWriter(opened, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    records = [f"C{n:04},{row['cnp_code']},2025-{1 + n % 12:02}-05,{1 + n % 9}\n" for n, row in enumerate(rows)]
    (folder / "chile_register.csv").write_text("case,delito,recorded,commune\n" + "".join(records), encoding="utf-8")
    _decide(folder / "chile_cnp.csv", "offence_text", "cnp_code", {row["cnp_code"]: row["iccs_code"] for row in rows})
    _walk(_part(folder, 1), folder)
