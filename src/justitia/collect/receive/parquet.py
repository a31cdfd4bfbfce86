"""Parquet, read by DuckDB, every column as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.collect.receive.columns import ROW, check_names
from justitia.collect.receive.delimited import file_literal, header_only
from justitia.collect.receive.packed import damaged
from justitia.collect.receive.received import Received
from justitia.engine import quote
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb

_NESTED = ("STRUCT", "MAP", "LIST", "ARRAY", "UNION")


def open_parquet(connection: duckdb.DuckDBPyConnection, path: Path, declared: FileFormat) -> Received:
    """Return an opened Parquet file.

    Raises:
        LayoutError: E-RCV-003 no rows, E-RCV-005/006 names, E-RCV-012 damaged.
    """
    import duckdb
    import pyarrow.parquet as pq

    source = f"read_parquet({file_literal(path)}, file_row_number = true)"
    try:
        names = check_names(pq.read_schema(path).names, path.name)
        types = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        count = pq.read_metadata(path).num_rows
    except (OSError, ValueError, duckdb.Error) as error:
        raise damaged(path.name) from error
    if not count and not declared.nil_return:
        raise header_only(path.name)
    columns = ", ".join(f"{_text(name, types.get(name, 'VARCHAR'))} AS {quote(name)}" for name in names)
    relation = f"(SELECT {columns}, file_row_number + 1 AS {ROW} FROM {source})"
    return Received(lambda: relation, names, list, _same, {}, _nothing)


def _text(name: str, kind: str) -> str:
    column = quote(name)
    if kind.endswith("]") or kind.startswith(_NESTED):
        return f"to_json({column})::VARCHAR"
    if kind in ("FLOAT", "DOUBLE"):  # whole numbers without `.0`: pandas stores them so when some are missing
        return f"regexp_replace({column}::VARCHAR, '\\.0$', '')"
    if kind.startswith("TIMESTAMP"):  # the same as in a workbook: midnight of a day is the day
        return f"regexp_replace({column}::VARCHAR, ' 00:00:00$', '')"
    return f"nullif({column}::VARCHAR, '')"


def _same(rows: Sequence[int]) -> dict[int, int]:
    return {row: row for row in rows}


def _nothing() -> None:
    """Close nothing: there are no temporary files."""
