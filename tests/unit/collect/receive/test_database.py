from __future__ import annotations

import os
import sqlite3
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from justitia.collect.receive import content_hash, open_received
from justitia.errors import JustitiaError, LayoutError, Unavailable
from justitia.metadata.definitions import FileFormat

Read = Callable[..., Any]
QUERY = "SELECT id, name, born, amount FROM person ORDER BY id"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "register.db") as database:
        database.execute("CREATE TABLE person (id INTEGER, name TEXT, born TEXT, amount REAL)")
        database.executemany(
            "INSERT INTO person VALUES (?, ?, ?, ?)", [(1, "Ana", "1990-01-02", 2.0), (2, None, "", 2.5)]
        )
    return f"sqlite:///{tmp_path}/register.db"


def test_sqlite_rows_come_as_text(read: Read, sqlite_url: str) -> None:
    got = read(sqlite_url, kind="sql", query=QUERY)
    assert got.received.columns == ("id", "name", "born", "amount")
    assert got.rows == [("1", "Ana", "1990-01-02", "2", 1), ("2", None, None, "2.5", 2)]
    assert read(Path(sqlite_url), kind="sql", query=QUERY).rows == got.rows


def test_the_url_may_be_in_the_environment(read: Read, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTER_URL", sqlite_url)
    assert len(read("env:REGISTER_URL", kind="sql", query=QUERY).rows) == 2
    with pytest.raises(LayoutError, match=r"E-RCV-015.*\[NO_SUCH\]"):
        read("env:NO_SUCH", kind="sql", query=QUERY)


def test_nothing_can_be_written_and_no_database_is_made(read: Read, sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(JustitiaError, match=r"E-RCV-0(14|20)"):
        read(sqlite_url, kind="sql", query="DELETE FROM person RETURNING id")
    assert len(read(sqlite_url, kind="sql", query=QUERY).rows) == 2
    with pytest.raises(LayoutError, match="E-RCV-001"):
        read(f"sqlite:///{tmp_path}/none.db", kind="sql", query=QUERY)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "E-RCV-015"), ("SELECT nothing FROM nowhere", "E-RCV-014"), ("SELECT 1 AS a, 2 AS A", "E-RCV-005")],
)
def test_faulty_queries(read: Read, sqlite_url: str, query: str, code: str) -> None:
    with pytest.raises(JustitiaError, match=code):
        read(sqlite_url, kind="sql", query=query)


def test_case_01_no_rows(read: Read, sqlite_url: str) -> None:
    with pytest.raises(LayoutError, match="E-RCV-003"):
        read(sqlite_url, kind="sql", query="SELECT * FROM person WHERE id = 9")
    assert read(sqlite_url, kind="sql", query="SELECT * FROM person WHERE id = 9", nil_return=True).rows == []


def test_no_password_and_no_value_is_in_an_error(read: Read) -> None:
    for url in ("postgresql://ana:hunter2@127.0.0.1:9/x", "nosuch://ana:hunter2@host/x", "://ana:hunter2"):
        with pytest.raises(JustitiaError) as caught:
            read(url, kind="sql", query="SELECT 'secret'")
        chain: BaseException | None = caught.value
        assert "hunter2" not in str(chain) and "secret" not in str(chain)
        assert caught.value.__cause__ is None or "hunter2" not in str(caught.value.__cause__)
    assert isinstance(caught.value, LayoutError)


def test_a_missing_extra_is_named(read: Read, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(LayoutError, match=r"E-RCV-013.*pip install justitia\[sql\]"):
        read(sqlite_url, kind="sql", query=QUERY)


def test_a_stream_that_breaks_off_raises_and_shows_no_value(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    url = tmp_path / "b.db"
    with sqlite3.connect(url) as database:
        database.execute("CREATE TABLE t (a)")
        database.executemany("INSERT INTO t VALUES (?)", [("secret",)] * 10 + [(b"\xff",)])
    form = FileFormat(kind="sql", query="SELECT a FROM t")
    received = open_received(connection, f"sqlite:///{url}", form, scratch=tmp_path)
    with pytest.raises(duckdb.Error) as caught:
        connection.execute(f"SELECT * FROM {received.relation}").fetchall()
    assert "secret" not in str(caught.value)
    with pytest.raises(LayoutError, match="E-RCV-012"):
        received.rejects()
    received.close()


def test_the_hash_is_that_of_the_rows(sqlite_url: str) -> None:
    form = FileFormat(kind="sql", query=QUERY)
    first = content_hash(sqlite_url, form)
    assert first == content_hash(sqlite_url, form)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        database.execute("UPDATE person SET name = 'Eva' WHERE id = 2")
    assert first != content_hash(sqlite_url, form)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    url = os.environ.get("JUSTITIA_TEST_POSTGRES")
    if not url:
        pytest.skip("JUSTITIA_TEST_POSTGRES (URL of a test database) is not set; .ci/postgres starts one")
    yield url


def test_postgres_rows_come_as_text(read: Read, postgres_url: str) -> None:
    query = (
        "SELECT 1::bigint AS id, 'Ana: 5%'::text AS name, DATE '1990-01-02' AS born, 1.10::numeric AS amount, "
        "TIMESTAMP '2024-01-05 01:02:03' AS at, TRUE AS ok, NULL::text AS none, ARRAY[1,2] AS list, "
        "'{\"a\": 1}'::jsonb AS j"
    )
    assert read(postgres_url, kind="sql", query=query).rows == [
        ("1", "Ana: 5%", "1990-01-02", "1.10", "2024-01-05 01:02:03", "true", None, "[1,2]", '{"a":1}', 1)
    ]


def test_postgres_is_streamed_and_read_only(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, postgres_url: str
) -> None:
    query = "SELECT g AS id, repeat('x', 100) AS text FROM generate_series(1, 300000) AS g"
    tracemalloc.start()
    form = FileFormat(kind="sql", query=query)
    received = open_received(connection, postgres_url, form, scratch=tmp_path)
    counted = connection.execute(f"SELECT count(*), max(__row), count(DISTINCT id) FROM {received.relation}").fetchall()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    received.close()
    assert counted == [(300_000, 300_000, 300_000)] and peak < 60 << 20
    with pytest.raises(JustitiaError, match=r"E-RCV-0(14|20)"):
        form = FileFormat(kind="sql", query="CREATE TABLE made_by_justitia (a int)")
        open_received(connection, postgres_url, form, scratch=tmp_path)


def test_postgres_wrong_password_is_unavailable_and_silent(read: Read, postgres_url: str) -> None:
    import sqlalchemy

    wrong = sqlalchemy.make_url(postgres_url).set(username="nobody_here", password="hunter2")
    with pytest.raises(Unavailable, match="E-RCV-014") as caught:
        read(wrong.render_as_string(hide_password=False), kind="sql", query="SELECT 1 AS a")
    assert "hunter2" not in str(caught.value)
