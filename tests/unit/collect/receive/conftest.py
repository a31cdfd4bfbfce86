from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from justitia.collect.receive import Limits, Received, open_received
from justitia.engine import Engine
from justitia.metadata.definitions import FileFormat


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Engine(scratch=tmp_path / "engine") as engine:
        yield engine.connection


class Reading:
    """An opened file and its rows."""

    def __init__(self, received: Received, connection: duckdb.DuckDBPyConnection) -> None:
        self.received = received
        self.rows = connection.execute(f"SELECT * FROM {received.relation}").fetchall()
        self.rejects = [(item.row_number, item.line, item.reason) for item in received.rejects()]
        self.lines = received.lines([row[-1] for row in self.rows])

    @property
    def cells(self) -> list[tuple[Any, ...]]:
        return [row[:-1] for row in self.rows]


@pytest.fixture
def read(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Iterator[Callable[..., Reading]]:
    opened: list[Received] = []

    def open_and_read(
        name: str | Path, data: bytes | None = None, limits: Limits | None = None, **declared: Any
    ) -> Reading:
        path: Path | str = tmp_path / name if data is not None else name
        if data is not None:
            Path(path).write_bytes(data)
        form = FileFormat(**declared)
        opened.append(open_received(connection, path, form, scratch=tmp_path / "scratch", limits=limits or Limits()))
        return Reading(opened[-1], connection)

    yield open_and_read
    for received in opened:
        received.close()
    left = list((tmp_path / "scratch").glob("*"))
    assert left == [], "close leaves nothing behind"


def peak_mebibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
