"""A bare engine with tables written by hand, for tests of what the engine computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from justitia.engine import Engine, literal


@contextmanager
def engine_with(folder: Path, **tables: tuple[str, Sequence[Sequence[object]]]) -> Iterator[Engine]:
    """Lend an engine that holds tables: name -> (`column type, ...`, rows of texts, numbers and None)."""
    with Engine(scratch=folder / "scratch", memory="300MiB", threads=1) as engine:
        for name, (columns, rows) in tables.items():
            engine.execute(f"CREATE TABLE {name} ({columns})")
            for row in rows:
                engine.execute(f"INSERT INTO {name} VALUES ({', '.join(literal(cell) for cell in row)})")  # type: ignore[arg-type]
        yield engine
