"""No name, number or free text gets where the layout says that it may not: store, messages, lists, backups."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from conftest import COLUMNS, HEADER

from justitia.backup import backup_workspace
from justitia.classify.queue import coding_queue
from justitia.cli.keep import vault as vault_commands
from justitia.collect.propose import propose_layout
from justitia.engine import Engine
from justitia.errors import JustitiaError
from justitia.pipeline import run_workspace
from justitia.vault import Vault, create_key
from justitia.workspace import Workspace, init_workspace

Make = Callable[..., Any]
NAME = "Zzyzx Quillfeather"


def holding(folder: Path, word: str) -> list[str]:
    """Return the files of a folder, Parquet read, that hold a word."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            text += str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
            found += [str(path.relative_to(folder))] if word in text else []
    return found


# -- keys -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("action", ["suspect,name,drop", "suspect,name,vault", "suspect,,person_key"])
@pytest.mark.parametrize("place", ["key", "compose"])
def test_an_identity_cannot_be_part_of_what_the_store_keeps(
    country: Make, offence: Make, tmp_path: Path, action: str, place: str
) -> None:
    create_key(tmp_path / "key")
    columns = {**COLUMNS, "NAME": (f"{action},,yes,",)}
    records = '[[records]]\nname = "case"\nkind = "case"\nkey = ["NAME"]\n' if place == "key" else ""
    made = country(columns=columns, records=records, key_file=str(tmp_path / "key"))
    if place == "compose":
        file = made.folder / "overlay/layouts/made/police/1/layout.toml"
        file.write_text(
            file.read_text().replace(
                'correspondence = "made__iccs"',
                'correspondence = "made__iccs"\ncompose = { national_text = ["ARTICLE", "NAME"] }',
            )
        )
    made.send("a.csv", [offence(1, NAME=NAME)])
    with pytest.raises(JustitiaError, match=r"E-CAT-054.*\[NAME\]"):
        made.run()
    assert holding(made.folder / "store", NAME) == []


def test_no_proposed_layout_makes_a_name_a_key(tmp_path: Path) -> None:
    file = tmp_path / "suspects.csv"
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["Name", "What he told the officer", "Offence", "Date", "Sex"])
        writer.writerows(
            [f"{NAME} {i}", f"story {i} of {NAME}", "THEFT", f"2023-01-{i:02d}", "M"] for i in range(1, 29)
        )
    workspace = init_workspace(tmp_path / "made")
    proposal = propose_layout(workspace, file)
    assert proposal.key == proposal.event_key == ("Date",)
    run_workspace(Workspace(workspace.folder))
    assert holding(workspace.folder / "store", "Quillfeather") == []
    assert holding(workspace.folder / "overlay", "Quillfeather") == []


def test_a_source_cannot_be_named_into_another_folder(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("ID,Date\n1,2023-01-01\n2,2023-01-02\n")
    with pytest.raises(JustitiaError, match="E-LYT-003"):
        propose_layout(init_workspace(tmp_path / "made"), file, source_id="../../outside")


# -- messages and lists -----------------------------------------------------------------------------------------------
def test_a_file_without_a_header_is_not_quoted(country: Make) -> None:
    made = country()
    made.send("a.csv", f"NOO {NAME},1,THEFT,2023-01-01,2023-01-01,A,M,30,x\nB,1,THEFT,2023-01-01,2023-01-01,A,M,3,x\n")
    with pytest.raises(JustitiaError) as stop:
        made.run()
    assert "2023-01-01" not in str(stop.value) and NAME not in str(stop.value)
    made.send("a.csv", ",".join(HEADER) + f",{NAME}\n" + "," * 9 + "\n")
    with pytest.raises(JustitiaError, match="E-LAY-002"):  # a header: the new column is named, so that it can be listed
        made.run()


def test_an_error_of_the_engine_quotes_no_value(tmp_path: Path) -> None:
    with Engine(scratch=tmp_path) as engine:
        for sql in (f"SELECT CAST(v AS INTEGER) FROM (VALUES ('{NAME}')) AS t(v)", f"SELECT strptime('{NAME}', '%Y')"):
            with pytest.raises(JustitiaError, match="E-CAT-057") as stop:
                engine.rows(sql)
            assert NAME not in str(stop.value) and stop.value.__cause__ is None


def test_a_condition_on_unlike_types_is_told_plainly(country: Make, offence: Make) -> None:
    made = country(row='in_scope = "offence.national_code > 5"')
    made.send("a.csv", [offence(1, ARTICLE=NAME)])
    with pytest.raises(JustitiaError, match="E-CAT-057") as stop:
        made.run()
    assert NAME not in str(stop.value)


@pytest.mark.parametrize(("personal", "shown"), [("yes", ""), ("", ""), ("no", f"{NAME} was hit")])
def test_personal_wording_is_not_in_the_coding_queue(country: Make, offence: Make, personal: str, shown: str) -> None:
    made = country(columns={**COLUMNS, "TEXT": (f"offence,national_text,use,,{personal},",)})
    made.send("a.csv", [offence(1, ARTICLE="RIDDLE", TEXT=f"{NAME} was hit")])
    made.run()
    assert [row.national_text for row in coding_queue(made.workspace)] == [shown]


# -- the vault --------------------------------------------------------------------------------------------------------
WITH_NUMBER = {**COLUMNS, "NATIONAL": ("suspect,,person_key,,yes,",), "NAME": ("suspect,name,vault,,yes,",)}


def with_vault(country: Make, tmp_path: Path, **pieces: Any) -> Any:
    create_key(tmp_path / "key")
    return country(columns=WITH_NUMBER, key_file=str(tmp_path / "key"), **pieces)


def test_persons_keep_their_ids_when_a_refused_file_comes_again(country: Make, offence: Make, tmp_path: Path) -> None:
    made = with_vault(country, tmp_path, row='on_bad_row = "stop"')
    rows = [offence(i, SEX="m", NATIONAL=f"N{i}", NAME=NAME) for i in range(4)]
    made.send("a.csv", [*rows[:2], {**rows[2], "RECORDED": "never"}])
    with pytest.raises(JustitiaError, match="E-LAY-004"):
        made.run()
    assert list((made.folder / "vault" / "identities").glob("*")) == [], "of a refused file nothing is kept"
    made.send("a.csv", rows)
    made.run()
    ids = [row[0] for row in made.rows_of("SELECT person_id FROM {table}", "derived__suspect")]
    assert None not in ids and len(set(ids)) == 4


def test_one_person_written_in_two_ways_is_one_person(country: Make, offence: Make, tmp_path: Path) -> None:
    made = with_vault(country, tmp_path)
    made.send("a.csv", [offence(1, SEX="f", NATIONAL="É1"), offence(2, SEX="f", NATIONAL="E\u03011")])
    made.run()
    assert made.rows_of("SELECT count(DISTINCT person_id) FROM {table}", "derived__suspect") == [(1,)]


def test_numbers_of_persons_are_never_spilled(country: Make, tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    scratch = tmp_path / "scratch"
    with Engine(scratch=scratch, memory="60MiB", threads=1) as engine:
        vault = Vault(tmp_path / "vault", tmp_path / "key")
        values = "(SELECT 'Zzyzx' || md5(i::VARCHAR) AS value FROM range(800000) AS t(i))"
        vault.draw(engine, source_id="made", batch_id="b1", values=values)
        assert vault.persons("made").num_rows == 800_000
        assert holding(scratch, "Zzyzx") == []
        with engine.without_spilling(), pytest.raises(JustitiaError, match="E-STO-005"):
            engine.rows(f"SELECT DISTINCT value || value || value FROM {values} ORDER BY 1")
        assert holding(scratch, "Zzyzx") == []


def test_a_record_has_one_number_of_a_person(country: Make, offence: Make, tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    made = country(columns={**WITH_NUMBER, "OTHER": ("suspect,,person_key,,yes,",)}, key_file=str(tmp_path / "key"))
    made.send("a.csv", [offence(1)])
    with pytest.raises(JustitiaError, match=r"E-CAT-009.*two person numbers"):
        made.run()


def test_the_key_is_made_outside_the_workspace_only(tmp_path: Path) -> None:
    made = init_workspace(tmp_path / "made")
    inside = CliRunner().invoke(vault_commands, ["create", str(made.folder / "my.key")], obj=str(made.folder))
    assert "E-VLT-006" in str(inside.exception) and not (made.folder / "my.key").exists()
    odd = tmp_path / 'q"uote\\d.key'
    assert CliRunner().invoke(vault_commands, ["create", str(odd)], obj=str(made.folder)).exit_code == 0
    assert Workspace(made.folder).key_file == odd


def test_no_backup_carries_the_key_off(country: Make, offence: Make, tmp_path: Path) -> None:
    made = country(columns=WITH_NUMBER, key_file="inside.key")
    create_key(made.folder / "inside.key")
    made.send("a.csv", [offence(1, SEX="m", NATIONAL="N1", NAME=NAME)])
    made.run()
    backup_workspace(made.workspace, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert [name for name in archive.getnames() if name.endswith("inside.key")] == []
