"""Bad input, value by value and file by file: what is said, what is counted, and what must never be said.

Numbers in the names of tests are those of the list of faults that the project keeps (B: values, C: load and correct).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import BY_ICCS, COLUMNS, HEADER

from justitia.backup import backup_workspace, restore_workspace
from justitia.errors import JustitiaError, Unavailable
from justitia.pipeline import run_workspace
from justitia.release import release_workspace
from justitia.workspace import Workspace

Make = Callable[..., Any]
PRIVATE = "Zzyzx Quillfeather"


class Command:
    """Runs the command line in this process: exit code and everything it printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def __call__(self, made: Any, *arguments: str) -> tuple[int, str]:
        from justitia.cli import main

        self.monkeypatch.setattr(sys, "argv", ["justitia", "-w", str(made.folder), *arguments])
        self.capfd.readouterr()
        code: Any = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        said = "".join(self.capfd.readouterr())
        assert "Traceback" not in said
        assert PRIVATE not in said
        return int(code), said


@pytest.fixture
def justitia(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    return Command(monkeypatch, capfd)


def messages(made: Any, rule: str) -> list[tuple[str, int, str]]:
    return [found[1:] for found in made.findings() if found[0] == rule]


# -- 6, 7: SQL and script in names and cells --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ['x"; DROP TABLE person;--', "users] UNION SELECT 1", "it's", "a;b", "%s{table}$$", "Ü ‮x"]
)
def test_06_sql_in_a_column_name_is_a_name(country: Make, offence: Make, justitia: Command, name: str) -> None:
    columns = {**COLUMNS, name: ("suspect,age,use,,no,",)}
    del columns["AGE"]
    made = country(columns={k: v for k, v in columns.items() if "," not in k}, values={})
    made.send("a.csv", [{**offence(1), name: "44"}, {**offence(2), name: "many"}])
    assert justitia(made, "run")[0] == 0
    assert made.last_counts() == {"rows_in": 2, "new": 2}
    assert messages(made, "V-TYP-002") == [(name, 3, "[many] is not a whole number; the value was set aside")]


def test_07_sql_and_script_in_a_cell_are_text(country: Make, offence: Make, justitia: Command) -> None:
    nasty = ["'); DELETE FROM offence;--", "<script>alert(1)</script>", '"quoted"', "=HYPERLINK(1)", "a|b", "%"]
    made = country()
    made.send("a.csv", [offence(i, ARTICLE=text) for i, text in enumerate(nasty)])
    assert justitia(made, "run")[0] == 0
    kept = made.rows_of("SELECT national_code FROM {table} ORDER BY row_number", "derived__offence")
    assert [row[0] for row in kept] == nasty
    code, said = justitia(made, "coding", "list")
    assert code == 0 and "DELETE FROM" in said
    assert "<script>alert" not in (made.folder / "preview" / "report.en.html").read_text()


# -- B. values --------------------------------------------------------------------------------------------------------
def test_15_an_unknown_or_repealed_offence_code_is_kept_and_counted(
    country: Make, offence: Make, justitia: Command
) -> None:
    made = country()
    rows = [offence(1), offence(2, ARTICLE="RIDDLE"), offence(3, ARTICLE="RIDDLE")]
    rows += [offence(4, ARTICLE="OLDLAW", OCCURRED="2022-12-31"), offence(5, ARTICLE="OLDLAW", OCCURRED="2023-01-01")]
    made.send("a.csv", rows)
    code, said = justitia(made, "run")
    assert code == 0 and "1 coded, 1 coded to a parent, 0 have no ICCS code, 3 not coded yet" in said
    assert made.exact()["_X", "_T", "_T", "COUNT"] == 3
    assert made.exact()["04", "_T", "_T", "COUNT"] == 1
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 5
    _, said = justitia(made, "coding", "list")
    assert "2 national offences wait for a code" in said


def test_16_a_value_of_the_wrong_type_is_refused_and_the_rest_goes_on(
    country: Make, offence: Make, justitia: Command
) -> None:
    made = country()
    made.send(
        "a.csv", [offence(1, SEX="m", AGE="12x"), offence(2, SEX="f", AGE="30"), offence(3, RECORDED="yesterday")]
    )
    code, said = justitia(made, "run")
    assert code == 0
    assert made.last_counts() == {"rows_in": 3, "new": 2, "quarantined": 1}
    assert "V-TYP-002" in said and "line 2 [AGE]" in said
    assert "12x" not in said, "the layout says that AGE is personal"
    assert "line 4 [RECORDED]: [yesterday] is not a date as %Y-%m-%d" in said
    ages = made.rows_of("SELECT age FROM {table} ORDER BY row_number", "derived__suspect")
    assert ages == [(None,), (30,)]


def test_17_impossible_values_are_flagged_by_a_named_rule(country: Make, offence: Make, justitia: Command) -> None:
    made = country()
    rows = [offence(1, SEX="m", AGE="-1"), offence(2, SEX="m", AGE="250"), offence(3, SEX="f", AGE="40")]
    rows += [offence(4, OCCURRED="2023-06-01", RECORDED="2023-01-01")]
    made.send("a.csv", rows)
    code, said = justitia(made, "run")
    assert code == 0
    rules = {found[0]: found[3] for found in made.findings()}
    assert "2 records" in rules["V-SUS-001"] and "1 records" in rules["V-EVT-001"]
    assert "V-SUS-001" in said and "250" not in said
    assert made.last_counts() == {"rows_in": 4, "new": 4}, "flagged, not lost"
    code, said = justitia(made, "release")
    assert code == 5 and "E-DIS-004" in said and "fail an error check" in said


def test_17_a_record_that_fails_two_checks_is_one_record(country: Make, offence: Make) -> None:
    more = "rule_id,expression,severity,label_en\nV-MADE-1,age < 100,error,Under 100\n"
    made = country(files={"checks/suspect.csv": more})
    made.send("a.csv", [offence(1, SEX="m", AGE="250"), offence(2, SEX="m", AGE="20")])
    metrics = made.run().state["stages"]["validate"]["metrics"]
    assert metrics["error_records"] == 1


@pytest.mark.parametrize(
    ("date_format", "written", "fault"),
    [
        ("%d/%m/%Y", "03/04/24", True),
        ("%d/%m/%Y", "29/02/2023", True),
        ("%d/%m/%Y", "29/02/2024", False),
        ("%d/%m/%Y", "12/31/2023", True),
        ("excel", "60", True),
        ("excel", "45321", False),
        ("%Y-%m-%d", "2567-01-02", True),
    ],
)
def test_18_20_a_date_is_read_in_its_declared_format_or_set_aside(
    country: Make, offence: Make, date_format: str, written: str, fault: bool
) -> None:
    made = country(format=f'date_format = "{date_format}"')
    made.send("a.csv", [offence(1, RECORDED=written, OCCURRED="")])
    made.run()
    assert made.last_counts() == {"rows_in": 1, ("quarantined" if fault else "new"): 1}
    assert bool(messages(made, "V-TYP-001")) == fault


def test_18_two_digit_years_stop_before_anything_is_loaded(country: Make, offence: Make, justitia: Command) -> None:
    made = country(format='date_format = "%d/%m/%y"')
    made.send("a.csv", [offence(1)])
    code, said = justitia(made, "run")
    assert code == 3 and "E-LAY-011" in said and "two digits" in said
    assert made.workspace.store.read()["batches"] == {}


def test_18_an_ambiguous_file_is_not_decided_by_the_program(country: Make, justitia: Command, tmp_path: Path) -> None:
    made = country()
    file = tmp_path / "new.csv"
    file.write_text("Case number,Offence,Date recorded\n" + "".join(f"C{i},THEFT,0{i}/04/2024\n" for i in range(1, 9)))
    code, said = justitia(made, "layout", str(file))
    assert code == 0 and "both as day/month and as month/day" in said
    code, said = justitia(made, "run")
    assert code in (3, 4) or "V-TYP-001" in said, "nothing is read by a guess"
    tables = made.workspace.store.read()["tables"]
    assert "derived__event" not in tables or not made.rows_of(
        "SELECT 1 FROM {table} WHERE recorded_date IS NOT NULL", "derived__event"
    )


def test_19_times_are_not_kept_and_no_date_moves(country: Make, offence: Make) -> None:
    """Only days are kept: 23:59:59 on 31 December stays in its year, in every zone."""
    made = country(format='date_format = "%Y-%m-%dT%H:%M:%S%z"')
    late = ("2022-12-31T23:59:59-05:00", "2022-12-31T23:59:59+03:00", "2023-01-01T00:00:00+14:00")
    made.send("a.csv", [offence(i, RECORDED=text, OCCURRED="") for i, text in enumerate(late)])
    made.run()
    assert made.exact()["_T", "_T", "2022", "COUNT"] == 2
    assert made.exact()["_T", "_T", "2023", "COUNT"] == 1


def test_20_another_calendar_is_declared_and_converted(country: Make, offence: Make) -> None:
    made = country(format='calendar = "ethiopian"')
    made.send("a.csv", [offence(1, RECORDED="2016-01-01", OCCURRED="2015-13-06"), offence(2, RECORDED="2016-13-06")])
    made.run()
    assert made.last_counts() == {"rows_in": 2, "new": 1, "quarantined": 1}
    dates = made.rows_of(
        "SELECT CAST(occurred_date AS VARCHAR), CAST(recorded_date AS VARCHAR) FROM {table}", "derived__event"
    )
    assert dates == [("2023-09-11", "2023-09-12")]
    assert "ethiopian calendar" in messages(made, "V-TYP-001")[0][2]


def test_22_four_kinds_of_missing_are_kept_apart(country: Make, offence: Make) -> None:
    flow = (
        BY_ICCS[: BY_ICCS.index("[[dimensions]]")]
        .replace('"offence"', '"suspect"')
        .replace("recorded_date", "event.recorded_date")
        + '[[dimensions]]\nid = "SEX"\nfield = "sex"\n[[measures]]\nid = "COUNT"\n'
    )
    made = country(dataflows={"t": flow}, layout=_always_a_suspect())
    written = ("m", "f", "?", "n/a", "", "robot")
    made.send("a.csv", [offence(i, SEX=text) for i, text in enumerate(written)])
    made.run()
    counts = {key[0]: value for key, value in made.exact("t").items() if key[1] == "2023"}
    assert counts == {"M": 1, "F": 1, "_U": 1, "_Z": 1, "_N": 1, "_X": 1, "_T": 6}
    published = {row[0] for row in made.table("protected__t")}
    assert {"_U", "_Z", "_N", "_X"} <= published, "a row of its own for each, also in public"
    assert messages(made, "V-COD-001")[0][2].startswith("[robot] has no code")


def _always_a_suspect() -> str:
    from conftest import LAYOUT

    return LAYOUT.replace('when = "SEX IS NOT NULL"\n', "")


# -- aggregate returns ------------------------------------------------------------------------------------------------
RETURN_LAYOUT = """
source_id = "police"
title = "Made-up monthly return"
authority = "Made-up police"
sector = "police"
unit_of_row = "one row per figure"
when_recorded = "month"
made_up = true
{source}
[format]
kind = "csv"
{format}
[row]
key = ["FIGURE"]
{row}
[[records]]
name = "figure"
kind = "aggregate_return"
key = ["FIGURE"]
{records}
"""


def test_23_24_figures_of_a_return_are_refused_or_reported_never_repaired(country: Make, justitia: Command) -> None:
    columns = {"FIGURE": (",,ignore,,no,",), "COUNT": ("figure,count,use,,no,set_aside_row",)}
    columns |= {
        name: (f"figure,cases_{name.lower()},use,,no,",)
        for name in ("PENDING_START", "INCOMING", "RESOLVED", "PENDING_END")
    }
    made = country(layout=RETURN_LAYOUT, dataflows={}, values={}, columns=columns)
    made.send("a.csv", ",".join(columns) + "\nf1,12,5,3,2,6\nf2,-3,,,,\nf3,2.5,,,,\nf4,,5,3,2,7\nf5,0,,,,\n")
    code, _ = justitia(made, "run")
    assert code == 0
    assert made.last_counts() == {"rows_in": 5, "new": 4, "quarantined": 1}, "2.5 is not a count"
    rules = {rule: message for rule, _, _, message in made.findings()}
    assert "1 records" in rules["V-AGG-001"], "-3"
    assert "1 records" in rules["V-AGG-005"], "5 + 3 - 2 is not 7"
    kept = made.rows_of("SELECT count, cases_pending_end FROM {table} ORDER BY 1", "derived__aggregate_return")
    assert kept == [(-3, None), (0, None), (12, 6), (None, 7)], "as sent; not known is not 0"
    code, said = justitia(made, "release")
    assert code == 5 and "E-DIS-004" in said


# -- C. load, repeat, correct -----------------------------------------------------------------------------------------
def test_25_the_same_file_twice_adds_nothing(country: Make, offence: Make, justitia: Command) -> None:
    made = country()
    rows = [offence(i) for i in range(5)]
    made.send("a.csv", rows)
    justitia(made, "run")
    before = made.exact()
    made.send("copy of a.csv", rows)
    code, said = justitia(made, "run")
    assert code == 0 and "Nothing new: 2 files are known" in said
    assert made.exact() == before and len(made.workspace.store.read()["batches"]) == 1


def test_26_the_same_record_in_another_file_counts_once(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence(1), offence(2)])
    made.run()
    made.send("b.csv", [offence(2), offence(3)])
    made.run()
    assert made.last_counts() == {"rows_in": 2, "new": 1, "duplicate": 1}
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 3


def test_27_other_content_is_a_correction_and_both_states_can_be_counted(country: Make, offence: Make) -> None:
    from justitia.collect.records import current_rows

    made = country()
    made.send("a.csv", [offence(1), offence(2)])
    made.run()
    made.send("b.csv", [offence(1, ARTICLE="MURDER")])
    made.run()
    assert made.last_counts() == {"rows_in": 1, "correction": 1}
    assert made.exact()["0101", "_T", "_T", "COUNT"] == 1
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 2
    workspace = made.workspace
    batches = workspace.store.read()["batches"]
    first = {name: batch for name, batch in batches.items() if name == "b00001"}
    with workspace.engine() as engine:
        for known, expected in ((first, ["THEFT", "THEFT"]), (batches, ["MURDER", "THEFT"])):
            rows = current_rows(engine, workspace.store.folder, known, "police")
            found = engine.rows(f'SELECT "offence.national_code" FROM {rows} ORDER BY record_id')
            assert [row[0] for row in found] == expected


def test_28_a_late_record_changes_the_next_release_and_not_the_last(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence(i) for i in range(20)])
    made.run()
    first = release_workspace(made.workspace, vintage="first")
    frozen = {p.relative_to(first): p.read_bytes() for p in first.rglob("*") if p.is_file()}
    made.send("late.csv", [offence(i) for i in range(50, 70)])
    with pytest.raises(JustitiaError, match="E-REL-002"):
        release_workspace(made.workspace, vintage="second")
    made.run()
    release_workspace(made.workspace, vintage="second")
    assert {p.relative_to(first): p.read_bytes() for p in first.rglob("*") if p.is_file()} == frozen
    with pytest.raises(JustitiaError, match=r"E-REL-001.*frozen"):
        release_workspace(made.workspace, vintage="first")
    from justitia.explanation import explain

    values = [explain(made.workspace, f"by_iccs:05._T:2023@{v}").cells["COUNT"]["value"] for v in ("first", "second")]
    assert values == [20.0, 40.0]


def test_29_a_withdrawn_record_leaves_the_tables(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence(1), offence(2)])
    made.run()
    made.send("b.csv", [offence(2, STATUS="annulled"), offence(7, STATUS="annulled")])
    made.run()
    assert made.last_counts() == {"rows_in": 2, "withdrawal": 1, "quarantined": 1}
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 1
    assert messages(made, "V-WDR-001") == [
        ("STATUS", 3, "withdraws a record that was never received; the row was set aside")
    ]
    made.send("c.csv", [offence(2, STATUS="annulled"), offence(2)])
    made.run()
    assert made.last_counts() == {"rows_in": 2, "duplicate": 1, "new": 1}
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 2


# 30, power cut and kill -9: tests/country/test_crash.py


def _limited(made: Any, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where no file may grow beyond `size` bytes: the disk is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-c", "from justitia.cli import main; main()", "-w", str(made.folder), *arguments],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )


@pytest.mark.parametrize("size", [100, 600, 3000, 6000, 12000])
def test_31_a_full_disk_is_told_and_the_old_output_stays(
    country: Make, offence: Make, justitia: Command, size: int
) -> None:
    made = country()
    made.send("a.csv", [offence(i) for i in range(30)])
    assert justitia(made, "run")[0] == 0
    before = made.published()
    made.send("b.csv", [offence(i, ARTICLE=f"A{i * 7919}") for i in range(100, 1500)])
    done = _limited(made, size, "run")
    assert "Traceback" not in done.stderr, done.stderr[-500:]
    assert done.returncode == 7 and "E-STO-002" in done.stderr, done.stderr
    store = made.workspace.store
    assert store.verify(store.read()) == []
    preview = {name: digest for name, digest in before.items() if name.startswith("preview")}
    assert {n: d for n, d in made.published().items() if n.startswith("preview")} == preview
    assert justitia(made, "run")[0] == 0
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 1430


def test_32_a_second_run_at_the_same_time_is_refused(country: Make, offence: Make, justitia: Command) -> None:
    made = country()
    made.send("a.csv", [offence(1)])
    with made.workspace.store.writing():
        code, said = justitia(made, "run")
        assert code == 7 and "E-STO-001" in said and "another run is writing" in said
    assert justitia(made, "run")[0] == 0
    assert made.last_counts() == {"rows_in": 1, "new": 1}


def test_32_two_processes_double_nothing(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence(i) for i in range(500)])
    start = [sys.executable, "-c", "from justitia.cli import main; main()", "-w", str(made.folder), "run"]
    both = [subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert not any("Traceback" in text for pair in said for text in pair), said
    assert {process.returncode for process in both} <= {0, 7}
    assert 0 in {process.returncode for process in both}
    made.run()
    assert made.counts()["new"] == 500
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 500


def test_33_tables_after_many_runs_equal_a_full_rebuild(country: Make, offence: Make) -> None:
    parts = [
        [offence(i, SEX="m", AGE=str(20 + i)) for i in range(12)],
        [offence(1, ARTICLE="MURDER"), offence(2, STATUS="annulled"), offence(3, 2, ARTICLE="ASSAULT", SEX="f")],
        [offence(2), offence(1), *(offence(i, DISTRICT="B", RECORDED="2024-05-05") for i in range(30, 45))],
    ]
    stepwise, at_once = country(), country()
    for place, rows in enumerate(parts):
        stepwise.send(f"{place}.csv", rows)
        stepwise.run()
        at_once.send(f"{place}.csv", rows)
    at_once.run()
    assert stepwise.exact() == at_once.exact()
    for kind in ("event", "offence", "suspect"):
        select = "SELECT * FROM {table} ORDER BY ALL"
        assert stepwise.rows_of(select, f"derived__{kind}") == at_once.rows_of(select, f"derived__{kind}")
    hashes = [{n: h for n, h in made.published().items() if n.startswith("protected")} for made in (stepwise, at_once)]
    assert hashes[0] == hashes[1]


def test_33_a_changed_layout_keeps_the_order_of_receipt(country: Make, offence: Make) -> None:
    made = country()
    made.send("z first.csv", [offence(1)])
    made.run()
    made.send("a correction.csv", [offence(1, ARTICLE="MURDER")])
    made.run()
    assert made.exact()["0101", "_T", "_T", "COUNT"] == 1
    made.write_columns({**COLUMNS, "AGE": (",,ignore,,yes,",)})
    assert len(made.run().new_batches) == 2
    assert made.exact()["0101", "_T", "_T", "COUNT"] == 1, "the correction still comes last"
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 1


def test_34_backup_and_restore(country: Make, offence: Make, tmp_path: Path, justitia: Command) -> None:
    made = country()
    made.send("scratch/a.csv", [offence(i) for i in range(10)])
    justitia(made, "run")
    archive, target = tmp_path / "w.tar", tmp_path / "restored"
    backup_workspace(made.workspace, archive)
    restored = restore_workspace(archive, target)
    assert restored.store.read() == made.workspace.store.read()
    assert restored.store.verify(restored.store.read()) == []
    assert run_workspace(restored, dry_run=True).stages_run == ()
    assert (target / "sources" / "police" / "scratch" / "a.csv").exists(), "a folder of that name is no scratch"
    with pytest.raises(JustitiaError, match="E-BAK-001"):
        backup_workspace(made.workspace, archive)
    with pytest.raises(JustitiaError, match="E-BAK-002"):
        restore_workspace(archive, target)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "not a tar", "added", "no index"])
def test_34_a_damaged_backup_is_refused(country: Make, offence: Make, tmp_path: Path, damage: str) -> None:
    import io
    import tarfile

    made = country()
    made.send("a.csv", [offence(i) for i in range(10)])
    made.run()
    archive, target = tmp_path / "w.tar", tmp_path / "restored"
    backup_workspace(made.workspace, archive)
    data = archive.read_bytes()
    place = data.index(b"THEFT")
    changed = {
        "cut": data[: len(data) // 2],
        "flipped": data[:place] + b"X" + data[place + 1 :],
        "empty": b"",
        "not a tar": b"x" * 5000,
        "added": data,
        "no index": data.replace(b"backup.json", b"backup.jsom", 1),
    }
    archive.write_bytes(changed[damage])
    if damage == "added":
        with tarfile.open(archive, "a") as opened:
            entry = tarfile.TarInfo("overlay/dataflows/extra.toml")
            entry.size = 3
            opened.addfile(entry, io.BytesIO(b"a=1"))
    with pytest.raises(JustitiaError, match="E-BAK-003"):
        restore_workspace(archive, target)
    assert not target.exists() and [p.name for p in tmp_path.glob(".*aside")] == []


def test_35_another_format_of_the_store_is_refused(country: Make, offence: Make, justitia: Command) -> None:
    made = country()
    made.send("a.csv", [offence(1)])
    justitia(made, "run")
    state = sorted((made.folder / "store" / "states").glob("*.json"))[-1]
    newer = json.loads(state.read_text()) | {"store_version": 99}
    state.write_text(json.dumps(newer))
    files = sorted(str(p) for p in (made.folder / "store").rglob("*.parquet"))
    for command in ("run", "status", "release"):
        code, said = justitia(made, command)
        assert code == 2 and "E-STO-003" in said and "format 99" in said
    assert sorted(str(p) for p in (made.folder / "store").rglob("*.parquet")) == files, "nothing was touched"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "000099"}', "\x00\xff"])
def test_35_a_damaged_head_is_told(country: Make, offence: Make, justitia: Command, content: str) -> None:
    made = country()
    made.send("a.csv", [offence(1)])
    justitia(made, "run")
    (made.folder / "store" / "HEAD.json").write_text(content)
    code, said = justitia(made, "run")
    assert code == 2 and "E-STO-004" in said and "restore a backup" in said


# -- files as a whole -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", 4, "E-RCV-002"),
        (",".join(HEADER) + "\n", 4, "header"),
        (
            ",".join(HEADER).replace("ARTICLE", "ARTICEL") + "\n" + "," * 8 + "\n",
            4,
            "the nearest in the file is [ARTICEL]",
        ),
        (",".join((*HEADER, "NEW")) + "\n" + "," * 9 + "\n", 4, "[NEW]"),
        (",".join((*HEADER, "SEX")) + "\n" + "," * 9 + "\n", 4, "columns 7 and 10"),
    ],
)
def test_a_file_that_is_not_as_declared_stops_before_any_row(
    country: Make, offence: Make, justitia: Command, text: str, code: int, words: str
) -> None:
    made = country()
    made.send("good.csv", [offence(1)])
    justitia(made, "run")
    made.send("bad.csv", text)
    found, said = justitia(made, "run")
    assert found == code and words in said
    assert len(made.workspace.store.read()["batches"]) == 1
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 1


def test_a_bad_row_stops_everything_where_the_layout_says_so(country: Make, offence: Make, justitia: Command) -> None:
    made = country(row='on_bad_row = "stop"')
    made.send("a.csv", [offence(1), offence(2, RECORDED="never")])
    code, said = justitia(made, "run")
    assert code == 4 and "E-LAY-004" in said and "line 3" in said
    assert made.workspace.store.read()["batches"] == {}


def test_unavailable_is_told_apart(country: Make) -> None:
    """Exit code 7 means: the same command may succeed later."""
    assert Unavailable.exit_status == 7
    with pytest.raises(JustitiaError, match="E-WSP-001"):
        Workspace(country().folder / "sources")
