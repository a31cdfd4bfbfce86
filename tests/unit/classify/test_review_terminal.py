"""The review as it appears in a terminal: by single keys, without colour, in any script, and when it is interrupted."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from justitia.classify.decisions import DecisionLog
from justitia.cli.review import taken_along
from justitia.cli.review_screen import shown

pty = pytest.importorskip("pty")
PROGRAM = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from plain_coder import PlainCoder
from justitia.classify import coder
coder.load_coder = lambda *_, **__: PlainCoder()
from justitia.cli import main
main()
"""
ROWS = """id,offence,n,article
0101,Theft of a bicycle,500,art. 1
0102,"Theft of a bicycle, by two",40,art. 1
0103,السرقة بالإكراه,300,المادة 5
0104,"Odd [red]text[/red] \x1b[31m\u202eend",2,
"""


def under_terminal(folder: Path, keys: Sequence[str], **environment: str) -> tuple[str, int]:
    """Return what `justitia review` shows when the keys are pressed one by one, and its exit status."""
    file = folder / "list.csv"
    file.write_text(ROWS, encoding="utf-8")
    words = ["review", str(file), "--text", "offence", "--code", "id", "--records", "n", "--context", "statute=article"]
    words += ["--log", str(folder / "log.csv"), "--coder", "Ana", "--language", "en"]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm", "COLUMNS": "100"} | environment)
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), *words])
    told = ""
    for key in [*keys, ""]:
        wanted = ("quit", "Enter", "none)", "Why: ", "code: ", "search for: ", "along")
        told += _read(terminal, wanted if key else (), 40)
        if key:
            os.write(terminal, key.encode())
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return told, os.waitstatus_to_exitcode(status)


def _read(terminal: int, until: Sequence[str], seconds: float) -> str:
    """Read until the screen waits for a key: one of the texts has come and nothing follows; or to the end."""
    told, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.3)
        if ready:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            told += piece
        elif until and any(text in told.decode("utf-8", "replace") for text in until):
            break
    return told.decode("utf-8", "replace")


def decisions(folder: Path) -> list[tuple[str, str, str]]:
    return [(one.action, one.national_code, one.iccs_code) for one in DecisionLog(folder / "log.csv").read()]


def test_single_keys_decide_and_each_decision_is_saved(tmp_path: Path) -> None:
    told, status = under_terminal(tmp_path, ["0", "502\r", "z", "g", "\r", "0", "502\r", "n", "q"])
    assert status == 0, told
    assert "Theft of a bicycle" in told and "law: " in told and "art. 1" in told and "500" in told
    assert "worded alike" in told and "Theft of a bicycle, by two  (40)" in told
    assert "The next decision holds for this text and 1 others." in told
    assert decisions(tmp_path) == [
        ("decide", "0101", "0502"),
        ("undo", "0101", "0502"),
        ("decide", "0101", "0502"),
        ("decide", "0102", "0502"),
        ("decide", "0103", ""),
    ]
    assert "\u2068السرقة بالإكراه\u2069" in told, "right-to-left text keeps to itself"


def test_no_colour_on_a_dumb_terminal_and_no_control_from_a_text(tmp_path: Path) -> None:
    told, status = under_terminal(tmp_path, ["k", "k", "k", "q"], TERM="dumb", NO_COLOR="1")
    assert status == 0 and "Odd [red]text[/red]" in told, told
    assert "\x1b[3" not in told.partition("Every decision")[0] and "\u202e" not in told
    assert decisions(tmp_path) == []


def test_an_interruption_keeps_what_was_decided(tmp_path: Path) -> None:
    told, status = under_terminal(tmp_path, ["n", "\x03"])
    assert status == 130 and "Every decision is saved" in told
    assert len(decisions(tmp_path)) == 1


def test_a_terminal_that_lacks_letters_goes_on(tmp_path: Path) -> None:
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told, status = under_terminal(tmp_path, ["n", "n", "q"], **plain)
    assert status == 0 and "???" in told and len(decisions(tmp_path)) == 2


@pytest.mark.parametrize(
    ("answer", "places"),
    [("", (7, 8, 9)), ("1 3", (7, 9)), ("-2", (7, 9)), ("0", ()), ("1,2", (7, 8)), ("-1 -3", (8,)), ("x", (7, 8, 9))],
)
def test_which_texts_are_taken_along(answer: str, places: tuple[int, ...]) -> None:
    assert taken_along((7, 8, 9), answer) == places


def test_what_is_shown_is_one_line() -> None:
    assert shown("a\nb\tc\x00\x1b[2J") == "a b c [2J"
    assert shown("קטל") == "\u2068קטל\u2069"
