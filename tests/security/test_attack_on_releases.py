"""Subtraction over linked tables and two vintages: it fails on what is published, and works without protection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import BY_ICCS

from justitia.cli import whole_cli
from justitia.errors import JustitiaError
from justitia.protect import declaration
from justitia.protect.counts import Counts
from justitia.protect.released import attack_vintages
from justitia.release import read_release, release_workspace
from justitia.release_audit import ReleaseAudit, audit_release, record_exception

AUDITED_NOTHING = ReleaseAudit("first", 0, (), 0, 0, (), {})
Make = Callable[..., Any]
Cells = Mapping[tuple[str, str, str], float | None]
SUPPRESS = 'rule = "suppress"\nredact_up_to = 4\nleast_width = 3\n'
ROUND = 'rule = "threshold_and_round"\nredact_up_to = 7\nround_to = 5\nleast_width = 3\n'
# Two tables of the same offences, one with more levels than the other: linked by all that they share.
BY_AREA = BY_ICCS.replace("public_default", "own")
BY_CODE = BY_AREA.replace('levels = ["section", "division"]', 'levels = ["section"]')
FIRST = {("THEFT", "A"): 40, ("THEFT", "B"): 30, ("THEFT", "C"): 2, ("ASSAULT", "A"): 25, ("ASSAULT", "B"): 16}
FIRST[("ASSAULT", "C")] = 21


@pytest.fixture
def publish(country: Make, offence: Make) -> Callable[[str], Any]:
    """Return a function: rule -> a country with two linked tables, of which one release is out."""

    def start(rule: str) -> Any:
        made = country(dataflows={"by_area": BY_AREA, "by_code": BY_CODE}, files={"disclosure/own.toml": rule})
        settings = made.folder / "justitia.toml"
        settings.write_text(settings.read_text().replace("may_except = []", 'may_except = ["director"]'))
        send(made, offence, "a.csv", FIRST)
        made.run()
        release_workspace(made.workspace, vintage="first")
        return made

    return start


def send(made: Any, offence: Make, name: str, counts: Mapping[tuple[str, str], int], *, start: int = 0) -> None:
    rows = [
        offence(start + 1000 * place + number, ARTICLE=article, DISTRICT=area)
        for place, ((article, area), count) in enumerate(counts.items())
        for number in range(count)
    ]
    made.send(name, rows)


def read(made: Any, vintage: str, table: str) -> dict[tuple[str, str, str], float | None]:
    """Return (ICCS, area, year) -> what a reader of the release's files sees."""
    import pyarrow.parquet as pq

    rows = pq.read_table(made.folder / "releases" / vintage / "tables" / f"protected__{table}.parquet").to_pylist()
    return {(row["ICCS"], row["AREA"], row["TIME_PERIOD"]): row["OBS_VALUE"] for row in rows}


def subtract(*tables: Cells) -> dict[tuple[str, str, str], float]:
    """Return the cells that somebody finds who fills every gap that is the only one in its line, again and again."""
    known: dict[tuple[str, str, str], float | None] = {}
    for cells in tables:
        known |= {key: value for key, value in cells.items() if value is not None or key not in known}
    parts = {"_T": ("02", "05"), "02": ("0201",), "05": ("0502",)}
    found: dict[tuple[str, str, str], float] = {}
    for _ in range(10):
        for code, area, period in list(known):
            lines = [[(code, area, period), *((part, area, period) for part in parts[code])]] if code in parts else []
            lines += [[(code, "_T", period), *((code, a, period) for a in "ABC")]]
            lines += [[(code, area, "_T"), (code, area, "2023")]]
            for line in lines:
                gaps = [key for key in line if known.get(key) is None]
                if len(gaps) == 1 and all(key in known for key in line):
                    total, *rest = line
                    value = sum(known[key] for key in rest if key != gaps[0])  # type: ignore[misc]
                    found[gaps[0]] = value if gaps[0] == total else known[total] - value  # type: ignore[operator]
                    known[gaps[0]] = found[gaps[0]]
    return found


def test_subtraction_over_linked_tables_finds_nothing(publish: Any) -> None:
    made = publish(SUPPRESS)
    tables = [read(made, "first", name) for name in ("by_area", "by_code")]
    assert tables[0]["05", "C", "2023"] is None is tables[1]["05", "C", "2023"]
    assert subtract(*tables) == {}
    assert sum(value is not None for value in tables[0].values()) > len(tables[0]) / 2, "and it still says something"
    found = audit_release(made.workspace, "first")
    assert found.cells and not found.unsafe


def test_subtraction_works_where_protection_is_switched_off(publish: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Primary cells only, as offices do by hand: the attack finds the 2 thefts of area C, and the audit does too."""

    def nothing(_context: Any, _made: list[Counts]) -> tuple[int, int, list[Counts]]:
        return 0, 0, []

    monkeypatch.setattr(declaration, "_together", nothing)
    monkeypatch.setattr("justitia.release_audit.audit_state", lambda *_: AUDITED_NOTHING)
    made = publish(SUPPRESS)
    tables = [read(made, "first", name) for name in ("by_area", "by_code")]
    assert tables[0]["05", "C", "2023"] is None
    assert subtract(*tables)["05", "C", "2023"] == 2
    found = audit_release(made.workspace, "first")
    assert found.unsafe and any("05.C" in item.address for item in found.failures)
    assert any(item.lower == item.upper == 2 for item in found.failures), "exactly"
    assert found.failures[0].equations, "and it says how"


def test_a_second_vintage_gives_no_cell_away(publish: Any, offence: Make) -> None:
    """A later release has other numbers elsewhere: what was redacted and did not change stays redacted."""
    made = publish(SUPPRESS)
    send(made, offence, "b.csv", {("ASSAULT", "A"): 30, ("THEFT", "B"): 30}, start=50_000)
    made.run()
    release_workspace(made.workspace, vintage="second")
    both = [read(made, vintage, name) for vintage in ("first", "second") for name in ("by_area", "by_code")]
    hidden = {key for key, value in both[0].items() if value is None}
    same = {key for key in hidden if key[1] == "C" and key[0] in ("05", "0502")}
    assert same and all(both[2][key] is None for key in same)
    for later, earlier in ((both[2], both[0]), (both[3], both[1])):
        assert subtract(later) == {}
        unchanged = {key: value for key, value in later.items() if key[1] == "C"}
        assert subtract({**earlier, **unchanged}) == {}
    found = audit_release(made.workspace, "second")
    assert found.earlier == ("first",) and not found.unsafe


def test_a_small_change_of_an_exact_figure_is_mended_in_the_later_release(publish: Any, offence: Make) -> None:
    """One offence more: its figures, and what would give them back, are redacted in the later release."""
    made = publish(SUPPRESS)
    send(made, offence, "b.csv", {("ASSAULT", "A"): 1}, start=50_000)
    made.run()
    release_workspace(made.workspace, vintage="second")
    assert not audit_release(made.workspace, "second").unsafe
    first, second = (read(made, vintage, "by_area") for vintage in ("first", "second"))
    changed = [key for key, value in first.items() if value is not None and key[1] == "A" and key[0] == "0201"]
    assert changed and all(second[key] is None for key in changed)
    assert subtract(second) == {} == subtract({**first, **{k: v for k, v in second.items() if v is not None}})
    assert sum(value is not None for value in second.values()) > 0, "and it still says something"


def test_a_change_that_is_not_mended_is_refused_unless_somebody_answers_for_it(
    publish: Any, offence: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One offence more: who knows both releases knows all about it."""
    monkeypatch.setattr("justitia.protect.linked.ROUNDS", 1)
    made = publish(SUPPRESS)
    send(made, offence, "b.csv", {("ASSAULT", "A"): 1}, start=50_000)
    made.run()
    with pytest.raises(JustitiaError, match="E-DIS-011"):
        release_workspace(made.workspace, vintage="second")
    assert not (made.folder / "releases" / "second").exists()
    with pytest.raises(JustitiaError, match="E-REL-005"):
        record_exception(made.workspace, "second", approver="clerk", reason="It is only one offence")
    with pytest.raises(JustitiaError, match="E-REL-006"):
        record_exception(made.workspace, "second", approver="director", reason="yes")
    record_exception(made.workspace, "second", approver="director", reason="The offence is known to everybody")
    release_workspace(made.workspace, vintage="second")
    kept = read_release(made.workspace, "second")["audit"]
    assert kept["unsafe"] and kept["exception"]["approver"] == "director"
    assert "known to everybody" in (made.folder / "releases" / "second" / "public" / "report.en.html").read_text()


def test_the_same_change_of_rounded_figures_is_no_secret_told(publish: Any, offence: Make) -> None:
    made = publish(ROUND)
    assert made.run().stages_run == (), "a release leaves the state up to date"
    send(made, offence, "b.csv", {("ASSAULT", "A"): 1}, start=50_000)
    made.run()
    release_workspace(made.workspace, vintage="second")
    assert not audit_release(made.workspace, "second").unsafe
    tables = [read(made, vintage, "by_area") for vintage in ("first", "second")]
    shown = [sum(value is not None for value in table.values()) for table in tables]
    assert min(shown) > len(tables[0]) / 2, "and it still says something"


def test_a_release_uses_what_the_run_has_shown(publish: Any, offence: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tables are not attacked twice; `justitia audit` starts from nothing, and finds the same."""
    made = publish(SUPPRESS)
    used: list[tuple[int, int]] = []

    def counted(*given: Any, proofs: Any = None, **more: Any) -> Any:
        result = attack_vintages(*given, proofs=proofs, **more)
        used.append((result.programs, proofs.reused if proofs else 0))
        return result

    monkeypatch.setattr("justitia.release_audit.attack_vintages", counted)
    send(made, offence, "b.csv", {("ASSAULT", "A"): 30, ("THEFT", "B"): 30}, start=50_000)
    made.run()
    release_workspace(made.workspace, vintage="second")
    again = audit_release(made.workspace, "second")
    assert used[0][0] == 0 and used[0][1] > 0, "on release"
    assert used[1][0] > 0 and used[1][1] == 0 and not again.unsafe, "afterwards"


def test_tables_too_large_to_attack_are_refused_unless_somebody_answers_for_it(
    publish: Any, offence: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publish(ROUND)
    send(made, offence, "b.csv", {("ASSAULT", "A"): 30}, start=50_000)
    made.run()
    monkeypatch.setattr("justitia.release_audit.MOST_CELLS", 10)
    release = ["-w", str(made.folder), "release", "--vintage", "second"]
    refused = CliRunner().invoke(whole_cli(), release)
    assert isinstance(refused.exception, JustitiaError) and refused.exception.code == "E-DIS-014"
    assert not (made.folder / "releases" / "second").exists()
    record_exception(made.workspace, "second", approver="director", reason="Each table was looked at by hand")
    told = CliRunner().invoke(whole_cli(), release)
    kept = read_release(made.workspace, "second")["audit"]
    assert told.exit_code == 0 and kept["left_out"] > 10 and kept["exception"]["approver"] == "director"
    assert f"Not attacked: the {kept['left_out']:,} cells" in told.output
    assert "looked at by hand" in (made.folder / "releases" / "second" / "public" / "report.en.html").read_text()


def test_what_a_single_contributor_finds_is_refused_where_a_rule_asks(
    country: Make, offence: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is the one assault in area B and sees that B and C have three together knows that C has two."""
    counts = {("THEFT", "A"): 40, ("THEFT", "B"): 30, ("THEFT", "C"): 25}
    counts |= {("ASSAULT", "A"): 16, ("ASSAULT", "B"): 1, ("ASSAULT", "C"): 2}
    found = {}
    for width in (0, 1):
        rule = f"{SUPPRESS.replace('least_width = 3', 'least_width = 2')}contributor_width = {width}\n"
        made = country(dataflows={"by_area": BY_AREA}, files={"disclosure/own.toml": rule})
        send(made, offence, "a.csv", counts)
        made.run()
        try:
            release_workspace(made.workspace, vintage="first")
        except JustitiaError as error:
            found[width] = error.code
        else:
            found[width] = "released"
    assert found == {0: "released", 1: "E-DIS-011"}
