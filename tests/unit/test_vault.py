"""Identities stay in the vault: unreadable without its key, in no other file, and gone when they are erased."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import COLUMNS

from justitia.engine import Engine
from justitia.erase import erase_record
from justitia.errors import RequestError
from justitia.release import release_workspace, write_preview
from justitia.vault import Vault, create_key

PERSONAL = {
    **COLUMNS,
    "NAME": ("suspect,name,vault,,yes,",),
    "NIN": ("suspect,,person_key,,yes,",),
    "BORN": ("suspect,birth_date,vault,,yes,", "suspect,age,use,age_at:event.occurred_date,yes,"),
    "OFFICER": (",,drop,,yes,",),
}
del PERSONAL["AGE"]


def person(number: int) -> dict[str, str]:
    return {
        "SEX": "f",
        "NAME": f"Quillfeather {number:03}",
        "NIN": f"NIN-{number:06}",
        "BORN": f"19{number % 90 + 10}-07-19",
        "OFFICER": f"Constable Zzyzx {number}",
    }


@pytest.fixture
def key(tmp_path: Path) -> Path:
    create_key(tmp_path / "elsewhere" / "vault.key")
    return tmp_path / "elsewhere" / "vault.key"


@pytest.fixture
def made(country: Callable[..., Any], offence: Callable[..., Any], key: Path) -> Any:
    new = country(columns=PERSONAL, key_file=str(key))
    # Persons 0 to 9 have two offences each.
    rows = [{**offence(i), **person(i % 10)} for i in range(20)]
    rows += [{**offence(50, RECORDED="2023-99-99"), **person(11)}, {**offence(51, ARTICLE="RIDDLE"), **person(12)}]
    new.send("a.csv", rows)
    new.run()
    return new


def identities(made: Any) -> set[tuple[str, str, str]]:
    vault = made.workspace.vault()
    tables = [table for file in vault._files("identities", "police") for table in vault._read(file)]
    return {(r["record_id"], r["field"], r["value"]) for table in tables for r in table.to_pylist() if r["value"]}


def ids(made: Any) -> dict[str, str]:
    return dict(made.rows_of("SELECT record_id, person_id FROM {table}", "derived__suspect"))


def assert_nowhere(made: Any, words: list[bytes], *folders: str) -> None:
    searched = 0
    for folder in folders:
        for file in (made.folder / folder).rglob("*"):
            if file.is_file():
                data, searched = unpacked(file), searched + 1
                assert not [word for word in words if word in data], file.name
    assert searched > 5


def unpacked(file: Path) -> bytes:
    """Return the bytes of a file, its packed parts unpacked."""
    data = file.read_bytes()
    if file.suffix == ".parquet":
        import pyarrow.parquet

        return data + str(pyarrow.parquet.read_table(file).to_pylist()).encode()
    if file.suffix == ".xlsx":
        import zipfile

        with zipfile.ZipFile(file) as book:
            return data + b"".join(book.read(name) for name in book.namelist())
    return data


def test_no_name_number_or_birth_date_is_in_any_other_file(made: Any) -> None:
    workspace = made.workspace
    write_preview(workspace, workspace.store.read())
    release_workspace(made.workspace, vintage="first")
    words = [b"Quillfeather", b"NIN-", b"-07-19", b"Zzyzx", b"1910-07", b"07/19"]
    assert_nowhere(made, words, "store", "preview", "releases", "vault")
    assert ("K3|1", "name", "Quillfeather 003") in identities(made)
    assert {field for _, field, _ in identities(made)} == {"name", "birth_date", "NIN"}
    assert "Zzyzx" not in str(identities(made)), "a column with action drop is kept nowhere"
    messages = str(made.findings())
    assert "Quillfeather" not in messages and "NIN-" not in messages


def test_person_ids_are_random_and_the_same_in_every_batch(made: Any, offence: Any) -> None:
    first = ids(made)
    assert first["K3|1"] == first["K13|1"] and len(set(first.values())) == 11
    assert all(re.fullmatch(r"[0-9a-f-]{36}", value) for value in first.values())
    made.send("b.csv", [{**offence(100), **person(3)}, {**offence(101), **person(77)}])
    made.run()
    after = ids(made)
    assert after["K100|1"] == first["K3|1"]
    assert {key: after[key] for key in first} == first
    made.write_columns({**PERSONAL, "OFFICER": (",,ignore,,yes,",)})
    made.run()
    assert ids(made) == after, "also when the files are read anew"


def test_without_the_key_nothing_opens(made: Any, key: Path, tmp_path: Path) -> None:
    vault = made.folder / "vault"
    with pytest.raises(RequestError, match="E-VLT-002"):
        Vault(vault, tmp_path / "no.key")
    (tmp_path / "short.key").write_bytes(b"x" * 16)
    with pytest.raises(RequestError, match="E-VLT-002"):
        Vault(vault, tmp_path / "short.key")
    create_key(tmp_path / "other.key")
    with pytest.raises(RequestError, match="E-VLT-003"):
        Vault(vault, tmp_path / "other.key")
    with pytest.raises(RequestError, match="E-VLT-001"):
        create_key(key)
    assert key.stat().st_mode & 0o077 == 0
    assert not list(made.folder.rglob("*.key")), "the key is not beside the data"


def test_a_layout_that_keeps_identities_needs_a_vault(country: Any, offence: Any) -> None:
    new = country(columns=PERSONAL)
    new.send("a.csv", [{**offence(1), **person(1)}])
    with pytest.raises(RequestError, match="E-VLT-005"):
        new.run()


def test_a_file_that_was_cut_or_changed_anywhere_is_told(tmp_path: Path, key: Path) -> None:
    vault = Vault(tmp_path / "vault", key)
    tables = [pa.table({"value": [f"NIN-{n}"], "person_id": [str(n)]}) for n in range(2)]
    vault._write("persons/police.b1.enc", tables)
    file = tmp_path / "vault" / "persons" / "police.b1.enc"
    whole = file.read_bytes()
    assert vault.persons("police").num_rows == 2
    cuts = [whole[:size] for size in range(0, len(whole), 7)]
    flips = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 11)]
    for changed in [*cuts, *flips, whole + b"x", whole + whole]:
        file.write_bytes(changed)
        with pytest.raises(RequestError, match="E-VLT-004"):
            vault.persons("police")
    file.write_bytes(whole)
    other = file.with_name("police.b2.enc")
    other.write_bytes(whole)
    with pytest.raises(RequestError, match="E-VLT-004"):  # a file under another name
        vault.persons("police")


def test_erasure_removes_the_record_everywhere(made: Any, offence: Any) -> None:
    made.send("b.csv", [{**offence(3, ARTICLE="MURDER"), **person(3)}, {**offence(200), **person(88)}])
    made.run()
    persons = made.workspace.vault().persons("police")["value"].to_pylist()
    assert "NIN-000012" in persons
    for record in ("K51|1", "K50|1"):  # persons with one record; one of them in quarantine
        assert erase_record(made.workspace, source_id="police", record_id=record, order="court order 7/2024") == 1
    assert erase_record(made.workspace, source_id="police", record_id="K3|1", order="court order 8/2024") == 2
    gone = {"K3|1", "K50|1", "K51|1"}
    assert not gone & {record for record, *_ in identities(made)}
    persons = made.workspace.vault().persons("police")["value"].to_pylist()
    assert "NIN-000012" not in persons and "NIN-000011" not in persons
    assert "NIN-000003" in persons, "another record of the person stays"
    assert_nowhere(made, [b"K51|1", b"RIDDLE", b"K50|1", b"K3|1"], "store")
    made.run()
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 20
    assert not gone & set(ids(made))
    counts = made.counts()
    assert counts["erased"] == 4 and counts["rows_in"] == sum(n for fate, n in counts.items() if fate != "rows_in")
    with pytest.raises(RequestError, match="E-ERA-001"):
        erase_record(made.workspace, source_id="police", record_id="K3|1", order="again")


def test_an_erased_record_that_is_sent_again_stays_erased(made: Any, offence: Any) -> None:
    erase_record(made.workspace, source_id="police", record_id="K51|1", order="court order 7/2024")
    made.send("b.csv", [{**offence(51, ARTICLE="RIDDLE2"), **person(12)}, {**offence(300), **person(4)}])
    made.run()
    assert made.last_counts() == {"rows_in": 2, "new": 1, "erased": 1}
    assert "K51|1" not in {record for record, *_ in identities(made)}
    assert "NIN-000012" not in made.workspace.vault().persons("police")["value"].to_pylist()
    assert_nowhere(made, [b"K51|1", b"RIDDLE"], "store")
    # Read all files anew: the first still holds the record.
    made.write_columns({**PERSONAL, "OFFICER": (",,ignore,,yes,",)})
    made.run()
    assert made.counts()["erased"] == 2
    assert_nowhere(made, [b"K51|1", b"RIDDLE"], "store")
    assert "K51|1" not in {record for record, *_ in identities(made)}
    assert len(list((made.folder / "vault" / "identities").glob("*.enc"))) == 2, "those of the old batches are gone"


def test_ids_are_drawn_once(tmp_path: Path, key: Path) -> None:
    vault = Vault(tmp_path / "vault", key)
    with Engine(scratch=tmp_path / "scratch", threads=1) as engine:
        engine.execute("CREATE TABLE v AS SELECT * FROM (VALUES ('a'), ('b'), ('a'), (NULL)) AS t(value)")
        for batch in ("b1", "b2"):
            vault.draw(engine, source_id="police", batch_id=batch, values="v")
    assert sorted(vault.persons("police")["value"].to_pylist()) == ["a", "b"]
    assert vault.persons("prison").num_rows == 0
