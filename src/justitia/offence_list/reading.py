"""A list of offences in any format that Justitia receives, row by row in its order, its cells as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.collect.receive import detect_format, open_received
from justitia.engine import quote
from justitia.errors import RequestError

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.collect.receive import Received
    from justitia.collect.receive.detect import Detected
    from justitia.engine import Engine

BATCH = 250_000  # rows held in memory at once
NAMED = 20  # columns that a message names


@dataclass(frozen=True, slots=True)
class OpenedList:
    """An opened file; rows are read when they are asked for.

    Args:
        path: the file.
        detected: how it is written.
        columns: its columns.
        engine: reads text files and workbooks.
        received: the opened file; of Parquet, only its checks are used, so that types stay.
    """

    path: Path
    detected: Detected
    columns: tuple[str, ...]
    engine: Engine
    received: Received

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some columns, in the order of the file."""
        if self.detected.kind == "parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(self.path) as file:
                yield from file.iter_batches(BATCH, columns=list(columns))
            return
        names = ", ".join(map(quote, columns))
        with self.engine.keeping_order():
            select = f"SELECT {names} FROM {self.received.relation}"
            yield from self.engine.connection.sql(select).to_arrow_reader(BATCH)

    def distinct(self, columns: Sequence[str]) -> tuple[pa.Table, int]:
        """Return the distinct rows of some columns as text, an empty cell as empty text, and the number of all rows."""
        import pyarrow as pa

        names = list(columns)
        made: list[pa.Table] = []
        rows = merged = waiting = 0
        for batch in self.batches(names):
            rows += batch.num_rows
            made.append(_distinct(pa.Table.from_batches([batch]), names))
            waiting += made[-1].num_rows
            if waiting > 2 * merged + BATCH:  # the work of merging stays in proportion to what is new
                made = [_distinct(pa.concat_tables(made), names)]
                merged = waiting = made[0].num_rows
        whole = _distinct(pa.concat_tables(made), names) if made else pa.table({name: [""] for name in names}).slice(1)
        return whole, rows

    def unread(self) -> str:
        """Return which rows could not be read, in one sentence, empty when all were; ask when the file is read."""
        rejected = self.received.rejects()
        if not rejected:
            return ""
        lines = ", ".join(f"{one.line} ({one.reason})" for one in rejected[:5])
        more = f" and {len(rejected) - 5:,} more" if len(rejected) > 5 else ""
        many = "1 row" if len(rejected) == 1 else f"{len(rejected):,} rows"
        return f"NOT in the output, because unreadable: {many}, line {lines}{more}"


def _distinct(table: pa.Table, names: list[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {name: pc.fill_null(pc.cast(table[name], pa.string()), "") for name in names}
    return pa.table(columns).group_by(names, use_threads=False).aggregate([])


@contextmanager
def opened_list(engine: Engine, path: Path, *, scratch: Path, sheet: str = "") -> Iterator[OpenedList]:
    """Open a list for as long as the block runs.

    Args:
        engine: reads it.
        path: CSV of any dialect, XLSX, ODS, Parquet or JSON Lines; also packed with gzip or zip.
        scratch: folder for pipes.
        sheet: of a workbook; default, the first.

    Raises:
        LayoutError: E-RCV-0xx, when it cannot be read.
    """
    detected: Any = detect_format(path)
    if sheet:
        detected = replace(detected, sheet=sheet)
    received = open_received(engine.connection, path, replace(detected, nil_return=True), scratch=scratch)
    try:
        yield OpenedList(path, detected, received.columns, engine, received)
    finally:
        received.close()


def check_column(opened: OpenedList, wanted: str, option: str) -> None:
    """Raise RequestError (E-COD-053) when the list has no such column."""
    if wanted in opened.columns:
        return
    from difflib import get_close_matches

    near = get_close_matches(wanted, opened.columns, n=1, cutoff=0.5) or [
        name for name in opened.columns if name.strip().lower() == wanted.strip().lower()
    ]
    shown = ", ".join(opened.columns[:NAMED])
    more = f" and {len(opened.columns) - NAMED} more" if len(opened.columns) > NAMED else ""
    meant = f"; did you mean [{near[0]}]?" if near and wanted else ""
    raise RequestError(
        "E-COD-053",
        f"the list has no column [{wanted}]{meant}",
        where=opened.path.name,
        remedy=f"{option} COLUMN, one of: {shown}{more}",
    )
