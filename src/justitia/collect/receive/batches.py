"""Rows of text lent to DuckDB as a stream of Arrow batches that can be read again from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from justitia.collect.receive.columns import ROW
from justitia.collect.receive.scratch import new_name
from justitia.engine import quote
from justitia.errors import JustitiaError, LayoutError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BATCH = 16_384
TextRow = Sequence[str | None]


class TextStream:
    """An Arrow stream of text rows, numbered.

    Args:
        columns: names.
        rows: gives the rows anew at each call.
    """

    def __init__(self, columns: Sequence[str], rows: Callable[[], Iterator[TextRow]]) -> None:
        import pyarrow as pa

        self.columns = columns
        self.rows = rows
        self.error: BaseException | None = None
        self.schema = pa.schema([*((name, pa.string()) for name in columns), (ROW, pa.int64())])

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return a new stream (Arrow PyCapsule interface)."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self._batches()).__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        self.error = None
        done = 0
        try:
            for rows in batched(self.rows()):
                columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
                numbers = pa.array(range(done + 1, done + len(rows) + 1), pa.int64())
                yield pa.record_batch([*columns, numbers], schema=self.schema)
                done += len(rows)
        except Exception as error:  # the engine repeats what it says, which may hold a value
            self.error = error if isinstance(error, JustitiaError) else _unreadable(done)
            raise self.error from None

    def lend(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, Callable[[], None]]:
        """Return a relation over the stream and what takes it back."""
        name = new_name()
        connection.register(name, self)
        return quote(name), lambda: _take_back(connection, name)

    def check(self) -> None:
        """Raise the error that cut the last scan short."""
        if self.error is not None:
            raise self.error


def batched(rows: Iterator[TextRow]) -> Iterator[list[TextRow]]:
    """Yield rows in lists of `BATCH`."""
    batch: list[TextRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _unreadable(done: int) -> LayoutError:
    return LayoutError(
        "E-RCV-012", f"the source cannot be read after row {done}", remedy="Ask the sender for the file again"
    )


def _take_back(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.unregister(name)
