"""The log of decisions loses nothing, shows tampering, and takes back only by a further line."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from justitia.classify.decisions import (
    Decision,
    DecisionLog,
    adjudicated,
    check_adjudicator,
    last_of,
    settle,
    standing,
)
from justitia.errors import CatalogueError, RequestError, Unavailable


def decided(coder: str, national: str, code: str, **more: object) -> Decision:
    return Decision(coder=coder, national_code=national, iccs_code=code, **more)  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    return DecisionLog(tmp_path / "deep" / "log.csv")


def test_what_is_written_is_read(log: DecisionLog) -> None:
    written = log.append(
        [
            decided("Ana", '77 "b", c\nd\\e', "0501", text="Robo,\n con\tfuerza", why="art. 1", confidence=0.25),
            decided("Ana", "78", "", status="no_code", tags={"inchoate_form": "attempt"}),
        ]
    )
    assert log.read() == written
    first, second = written
    assert (first.sequence, first.national_code, first.text) == (1, '77 "b", c\nd\\e', "Robo, con fuerza")
    assert (second.sequence, second.tags) == (2, {"inchoate_form": "attempt"})
    assert len(log.path.read_text().splitlines()) == 3, "one decision is one line"
    assert log.append([]) == [] and log.append([decided("Ana", "79", "0502")])[0].sequence == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [*lines[:2], lines[2].replace("0502", "0501"), *lines[3:]],
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [*lines[:3], lines[2], *lines[3:]],
        lambda lines: [*lines[:2], lines[2].replace("Ana", "Eva"), *lines[3:]],
    ],
    ids=["altered", "removed", "swapped", "repeated", "another coder"],
)
def test_tampering_shows(log: DecisionLog, damage) -> None:  # type: ignore[no-untyped-def]
    log.append([decided("Ana", str(n), "0502") for n in range(4)])
    lines = log.path.read_text().splitlines(keepends=True)
    log.path.write_text("".join(damage(lines)))
    with pytest.raises(CatalogueError, match=r"E-COD-030.*log\.csv:[234]"):
        log.read()
    before = log.path.read_bytes()
    with pytest.raises(CatalogueError, match="E-COD-030"):
        log.append([decided("Ana", "9", "0502")])
    assert log.path.read_bytes() == before


def test_a_line_cut_by_a_crash_is_left_out_and_the_rest_stays(log: DecisionLog) -> None:
    log.append([decided("Ana", "á1", "0501"), decided("Ana", "á2", "0502")])
    whole = log.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in range(len(lines[0]) + len(lines[1]), len(whole) - 1):
        log.path.write_bytes(whole[:cut])
        assert [one.national_code for one in log.read()] == ["á1"]
        log.append([decided("Ana", "á3", "0503")])
        assert [one.national_code for one in log.read()] == ["á1", "á3"]
    log.path.write_bytes(whole[:-1])  # whole, but for the line end
    log.append([decided("Ana", "á3", "0503")])
    assert [one.national_code for one in log.read()] == ["á1", "á2", "á3"]
    for cut in range(len(lines[0])):
        log.path.write_bytes(whole[:cut])
        log.append([decided("Ana", "x", "0503")])
        assert [one.national_code for one in log.read()] == ["x"]


def test_another_file_is_refused_and_untouched(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("code,offence\n1,theft\n")
    with pytest.raises(CatalogueError, match="E-COD-031"):
        DecisionLog(file).append([decided("Ana", "1", "0502")])
    assert file.read_text() == "code,offence\n1,theft\n"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="E-STO-002"):
        DecisionLog(tmp_path / "file" / "log.csv").append([decided("Ana", "1", "0502")])


def _write(path: Path, coder: str) -> None:
    for number in range(40):
        DecisionLog(path).append([decided(coder, f"{coder}{number}", "0502")])


def test_writers_at_the_same_time_lose_nothing(log: DecisionLog) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(log.path, coder)) for coder in "ABC"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = log.read()
    assert [one.sequence for one in found] == list(range(1, 121))
    assert len({one.national_code for one in found}) == 120


def test_undo_brings_back_what_was_decided_before(log: DecisionLog) -> None:
    log.append([decided("Ana", "1", "0501"), decided("Ana", "1", "0502")])
    log.append([decided("Ana", "1", "", action="undo", refers=2)])
    assert standing(log.read())["Ana", "1"].iccs_code == "0501"
    log.append([decided("Ana", "1", "", action="undo", refers=1)])
    assert standing(log.read()) == {} and len(log.read()) == 4


def test_what_was_decided_together_is_taken_back_together(log: DecisionLog) -> None:
    log.append([decided("Ana", "0", "0501"), decided("Ana", "1", "0502")])
    log.append([decided("Ana", "2", "0502", refers=2), decided("Eva", "2", "0401")])
    assert [one.national_code for one in last_of(log.read(), "Ana")] == ["1", "2"]
    assert [one.national_code for one in last_of(log.read(), "Eva")] == ["2"]
    assert last_of(log.read(), "Zoe") == ()


def test_only_a_third_settles_a_dispute(log: DecisionLog) -> None:
    log.append([decided("Ana", "1", "0501"), decided("Eva", "1", "0502"), decided("Ana", "2", "0401")])
    log.append([decided("Eva", "2", "0401"), decided("Ana", "3", "0101")])
    settled = settle(log.read())
    assert set(settled.codes) == {"2", "3"} and [d.coder for d in settled.disputed["1"]] == ["Ana", "Eva"]
    with pytest.raises(RequestError, match="E-COD-032"):
        check_adjudicator(log.read(), "Eva")
    check_adjudicator(log.read(), "Zoe")
    log.append([decided("Zoe", "1", "0502", action="adjudicate")])
    settled = settle(log.read())
    assert settled.codes["1"].iccs_code == "0502" and not settled.disputed
    assert set(adjudicated(log.read())) == {"1"}
