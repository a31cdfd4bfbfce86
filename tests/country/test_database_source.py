"""A source that is a database: SQLite always, PostgreSQL where a server is named."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from conftest import LAYOUT, Country
from sqlalchemy import create_engine, text

from justitia.pipeline import run_workspace
from justitia.workspace import Workspace

ROWS = [
    ("1", "1", "MURDER", "2024-01-02", "2024-01-03", "A", "m", "30", ""),
    ("2", "1", "THEFT", "2024-02-02", "2024-02-03", "B", "f", "41", ""),
    ("2", "2", "ASSAULT", "2024-02-02", "2024-02-03", "B", "f", "41", ""),
    ("3", "1", "THEFT", "2024-02-30", "not a date", "B", "f", "x", ""),
]
NAMES = ("NO", "LINE", "ARTICLE", "OCCURRED", "RECORDED", "DISTRICT", "SEX", "AGE", "STATUS")
QUERY = 'query = "SELECT * FROM register ORDER BY 1, 2"'


def _country(folder: Path, url: str) -> Workspace:
    country = Country(folder, layout=LAYOUT.replace('kind = "csv"', f'kind = "sql"\n{QUERY}'))
    settings = country.folder / "justitia.toml"
    settings.write_text(settings.read_text() + f'\n[sources.police]\nurl = "{url}"\n')
    return Workspace(country.folder)


def _check(workspace: Workspace) -> None:
    report = run_workspace(workspace)
    (batch,) = report.state["batches"].values()
    counts = {fate: count for fate, count in batch["counts"].items() if count}
    assert counts == {"rows_in": 4, "new": 3, "quarantined": 1}
    again = run_workspace(Workspace(workspace.folder))
    assert (again.new_batches, again.known_files) == ((), 1)


def test_sqlite(tmp_path: Path) -> None:
    file = tmp_path / "register.sqlite"
    with sqlite3.connect(file) as database:
        database.execute(f"CREATE TABLE register ({', '.join(f'{name} TEXT' for name in NAMES)})")
        database.executemany(f"INSERT INTO register VALUES ({', '.join('?' * len(NAMES))})", ROWS)
    _check(_country(tmp_path / "w", f"sqlite:///{file}"))


def test_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = os.environ.get("JUSTITIA_TEST_POSTGRES")
    if not url:
        pytest.skip("JUSTITIA_TEST_POSTGRES names no server; .ci/run starts one")
    columns = ", ".join(f'"{name}" text' for name in NAMES)
    values = ", ".join(f":{name}" for name in NAMES)
    server = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with server.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS register"))
        connection.execute(text(f"CREATE TABLE register ({columns})"))
        connection.execute(
            text(f"INSERT INTO register VALUES ({values})"), [dict(zip(NAMES, r, strict=True)) for r in ROWS]
        )
    monkeypatch.setenv("JUSTITIA_TEST_REGISTER", url)
    _check(_country(tmp_path / "w", "env:JUSTITIA_TEST_REGISTER"))
