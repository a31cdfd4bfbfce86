"""The only door to the table engine: DuckDB, embedded, with extensions switched off and memory bounded.

Rules and stages write SQL once. `Engine.translate` (sqlglot) turns it into the dialect of another engine, so that
Spark can follow without rewriting a rule (docs/adr/0003-table-engine.md).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.errors import CatalogueError, Unavailable
from justitia.store import disk_refuses

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

DEFAULT_MEMORY = "1GiB"
ROW_GROUP = 122_880
_SAME_TYPES = "Compare texts with texts ('5'), numbers with numbers (5), dates with dates (DATE '2024-12-31')"


def quote(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int | float | None) -> str:
    """Return `value` as a SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def _first_line(error: Exception) -> str:
    """Return what the engine says of a query before it was run: names and types, no values."""
    text = str(error).split("\n", 1)[0].removeprefix("Binder Error: ")
    return text[:1].lower() + text[1:200]


@contextmanager
def _plain_faults() -> Iterator[None]:
    """Tell of a full disk or too little memory in one plain line."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Unavailable(
            "E-STO-005",
            "the work needs more memory or scratch space than it may use",
            remedy="Raise [engine] memory in justitia.toml, or free disk space for the store's scratch folder",
        ) from error
    except (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException):
        # What the engine says quotes the value at fault, which may be personal: no cause is kept.
        raise CatalogueError(
            "E-CAT-057", "a condition computes with a value that is not of its type", remedy=_SAME_TYPES
        ) from None
    except duckdb.BinderException as error:
        raise CatalogueError("E-CAT-057", _first_line(error), remedy=_SAME_TYPES) from error
    except duckdb.IOException as error:
        if re.search(r"no space left|file too large|quota exceeded", str(error), re.IGNORECASE):
            raise disk_refuses(Path("store"), "the disk is full") from error
        raise


class Engine:
    """A DuckDB connection for one run; use as a context manager.

    Args:
        scratch: folder for spilled intermediate results; it is created, and may hold no identities.
        memory: memory limit of the engine, for example `1GiB`.
        threads: worker threads; default, the machine's cores.
    """

    def __init__(self, *, scratch: Path, memory: str = DEFAULT_MEMORY, threads: int | None = None) -> None:
        import duckdb

        scratch.mkdir(parents=True, exist_ok=True)
        self.threads = threads or os.cpu_count() or 1
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory,
            "temp_directory": str(scratch),
            "preserve_insertion_order": True,
            "threads": self.threads,
        }
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=config)
        self.connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement for its effect."""
        with _plain_faults():
            self.connection.execute(sql, list(parameters)).fetchall()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query whose result is small."""
        with _plain_faults():
            return self.connection.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the only value of a query."""
        return self.rows(sql, parameters)[0][0]

    def table(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Return the result of a query as an Arrow table."""
        with _plain_faults():
            return self.connection.sql(sql, params=list(parameters) or None).to_arrow_table()

    def columns(self, relation: str) -> list[str]:
        """Return the column names of a relation (SQL text usable after FROM)."""
        return [row[0] for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")]

    @contextmanager
    def registered(self, name: str, table: pa.Table) -> Iterator[str]:
        """Lend an Arrow table to the engine under `name`."""
        self.connection.register(name, table)
        try:
            yield quote(name)
        finally:
            self.connection.unregister(name)

    def write_parquet(self, select: str, path: Path) -> int:
        """Write the result of `select`, in its order, to one Parquet file and return its number of rows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        return int(self.rows(copy)[0][0])

    @contextmanager
    def keeping_order(self) -> Iterator[None]:
        """Keep rows in the order of the leftmost relation while the block runs, by working on one thread.

        On several threads a join loses the order, and DuckDB 2.0 was seen to swap whole row groups of a written file
        without any join, although it is told to preserve the order. The optimiser may also make the large side of a
        join its hash table, which loses the order on one thread too.
        """
        self.execute("SET disabled_optimizers = 'build_side_probe_side,join_order'; SET threads = 1")
        try:
            yield
        finally:
            self.execute(f"RESET disabled_optimizers; SET threads = {self.threads}")

    @contextmanager
    def without_spilling(self) -> Iterator[None]:
        """Write no intermediate result to disk while the block runs: it would hold identities in clear."""
        self.execute("SET max_temp_directory_size = '0KiB'")
        try:
            yield
        finally:
            self.execute("RESET max_temp_directory_size")

    @staticmethod
    def parquet(paths: Sequence[Path]) -> str:
        """Return a relation over Parquet files."""
        files = ", ".join(literal(str(path)) for path in paths)
        return f"read_parquet([{files}])"

    @staticmethod
    def translate(sql: str, dialect: str) -> str:
        """Return `sql` in another engine's dialect (for example `spark`)."""
        import sqlglot

        return ";\n".join(sqlglot.transpile(sql, read="duckdb", write=dialect))
