"""From offences without a code through review and build to a run that uses the table, by the commands themselves."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from plain_coder import PlainCoder

from justitia.classify.decisions import DecisionLog
from justitia.classify.effects import effects
from justitia.classify.items import log_file, workspace_items
from justitia.cli import cli
from justitia.cli.correspondence import correspondence
from justitia.cli.review import review
from justitia.errors import JustitiaError

HEAD = "national_code,condition,iccs_code,status,priority,national_label,basis,valid_from,valid_to\n"
TEXTS = {"Theft of a bicycle": 40, "Shoplifting": 30, "Murder": 4, "Littering at night": 9}


@pytest.fixture(autouse=True)
def _plain_coder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a coder whose answers do not change with the catalogue: the way is tested, not the coder."""
    monkeypatch.setattr("justitia.classify.coder.load_coder", lambda *_, **__: PlainCoder())


@pytest.fixture
def made(country: Callable[..., Any], offence: Callable[..., Any]) -> Any:
    made = country(correspondence=HEAD)
    rows = []
    for text, count in TEXTS.items():
        rows += [offence(len(rows) + n, ARTICLE=text) for n in range(count)]
    made.send("a.csv", rows)
    made.run()
    return made


def typed(made: Any, command: Any, arguments: list[str], keys: str = "") -> Result:
    if command.name not in cli.commands:
        cli.add_command(command)
    return CliRunner().invoke(cli, ["-w", str(made.folder), *arguments], input=keys)


def test_the_whole_way(made: Any) -> None:
    first = typed(made, review, ["review", "--coder", "Ana", "--titles", "en"], "?\n0502\nz\n0502\n501\nn\n99999\nq\n")
    assert first.exit_code == 0, first.output
    assert "There is no ICCS code [501]; with its leading zero it would be 0501." in first.output
    assert "There is no ICCS code [99999]." in first.output
    log = DecisionLog(log_file(made.workspace, "made__iccs"))
    assert [one.action for one in log.read()] == ["decide", "undo", "decide", "decide"]
    second = typed(made, review, ["review", "--coder", "Ana"], "0101\n0502\n")
    assert "Every offence of this queue has a decision." in second.output, second.output
    built = typed(made, correspondence, ["correspondence", "build"])
    assert built.exit_code == 0 and "version 2" in built.output, built.output
    checked = typed(made, correspondence, ["correspondence", "check"])
    assert checked.exit_code == 0, checked.output
    made.run()
    file = made.folder / "overlay/correspondences/made__iccs.csv"
    with file.open(encoding="utf-8") as opened:
        rows = {row["national_code"]: row for row in csv.DictReader(opened)}
    assert set(rows) == set(TEXTS) and all("reviewed by Ana" in row["basis"] for row in rows.values())
    coded = dict(made.rows_of("SELECT iccs_code, count(*) FROM {table} GROUP BY 1", "derived__offence"))
    expected: dict[str, int] = {}
    for text, count in TEXTS.items():
        code = rows[text]["iccs_code"] or "_Z"
        expected[code] = expected.get(code, 0) + count
    assert coded == expected and "_X" not in coded


def test_the_second_coder_gets_what_the_first_has_decided(made: Any) -> None:
    typed(made, review, ["review", "--coder", "Ana"], "0502\n0502\n0502\n0502\n")
    typed(made, correspondence, ["correspondence", "build"])
    made.run()
    assert len(workspace_items(made.workspace, "made__iccs")) == 4, "nothing is uncoded, and Eva has seen nothing"
    seen = typed(made, review, ["review", "--coder", "Eva"], "q\n")
    assert "4 of 4 still open" in seen.output and "reviewed table" not in seen.output, seen.output
    shared = typed(made, review, ["review", "--coder", "Eva", "--together"], "q\n")
    assert "Every offence of this queue has a decision." in shared.output


def test_what_a_new_version_does_to_figures(made: Any) -> None:
    typed(made, review, ["review", "--coder", "Ana"], "0502\n0502\n0502\n0502\n")
    typed(made, correspondence, ["correspondence", "build"])
    made.run()
    log = DecisionLog(log_file(made.workspace, "made__iccs"))
    from dataclasses import replace

    one = next(one for one in log.read() if one.national_code == "Murder")
    log.append([replace(one, iccs_code="0101", at="")])
    built = typed(made, correspondence, ["correspondence", "build", "--dry-run"])
    assert "1 changes, nothing written" in built.output, built.output
    typed(made, correspondence, ["correspondence", "build"])
    checked = typed(made, correspondence, ["correspondence", "check"])
    assert "figures of 2023" in checked.output and "-4.8%" in checked.output, checked.output
    table = made.workspace.catalogue.correspondence("made__iccs")
    older = replace(table, rows=tuple(replace(r, iccs_code="0502") for r in table.rows))
    found = {(e.year, e.code): (e.before, e.after) for e in effects(made.workspace, older, table)}
    assert found == {
        (2023, "01"): (0, 4),
        (2023, "0101"): (0, 4),
        (2023, "05"): (83, 79),
        (2023, "0502"): (83, 79),
        (2023, "_T"): (83, 83),
    }


def test_a_version_that_decides_less_leaves_records_uncoded(made: Any, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "Murder,,0101,coded,,,x,,2020-12-31\nShoplifting,,050231,coded,,,x,,\n")
    from justitia.metadata.national_table import read_table

    new = read_table(table)
    from dataclasses import replace

    old = replace(new, rows=())
    found = {e.code: (e.before, e.after) for e in effects(made.workspace, old, replace(new, id="made__iccs"))}
    assert found["_X"] == (83, 53) and found["0502"] == (0, 30) and "01" not in found, "the law of 2020 has ended"


def test_a_table_that_must_not_be_used_stops(made: Any) -> None:
    file = made.folder / "overlay/correspondences/made__iccs.csv"
    file.write_text(HEAD + "Murder,,0101,coded,,,x,,\nMurder,,0102,coded,,,x,2020-01-01,\n")
    found = typed(made, correspondence, ["correspondence", "check"])
    assert isinstance(found.exception, JustitiaError) and found.exception.code == "E-COD-038"
    assert found.exception.exit_status == 3 and "E-CAT-040" in found.output


def test_a_list_in_a_file_needs_no_workspace(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,delito,n\n0101,Hurto simple,50\n0102,Homicidio,3\n", encoding="utf-8")
    log, table = tmp_path / "d.csv", tmp_path / "t.csv"
    for command in (review, correspondence):
        cli.add_command(command)
    run = CliRunner().invoke
    options = ["--text", "delito", "--code", "id", "--records", "n"]
    done = run(cli, ["review", str(file), *options, "--log", str(log), "--language", "es"], input="0502\n0101\n")
    assert done.exit_code == 0 and "Guardado" in done.output and "94,3" in done.output, done.output
    built = run(cli, ["correspondence", "build", "--log", str(log), "-o", str(table), "--list", str(file), *options])
    assert built.exit_code == 0 and "53" in built.output, built.output
    with table.open(encoding="utf-8") as opened:
        assert {row["national_code"] for row in csv.DictReader(opened)} == {"0101", "0102"}
    assert run(cli, ["correspondence", "check", str(table)]).exit_code == 0
    unsaid = run(cli, ["review", str(file)])
    assert isinstance(unsaid.exception, JustitiaError) and unsaid.exception.code == "E-COD-036"
