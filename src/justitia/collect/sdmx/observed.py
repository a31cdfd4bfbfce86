"""Observations as they are read: blocks of columns, all text, written to Parquet files whose columns may differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.engine import Engine, literal, quote

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BLOCK = 32_768

Given = list[str]  # name, value, name, value, ...


@dataclass(slots=True)
class Received:
    """What a message holds.

    Args:
        relation: SQL usable after FROM: a column of text for each component met, null where it is not given.
        columns: their names.
        rows: number of observations.
        structures: short names `AGENCY:ID(VERSION)` of the structures and dataflows that the message names.
        id, sender, prepared, test: from its header, empty where it has none.
        file: the one Parquet file that holds all of the relation; None where it is put together of several.
    """

    relation: str = ""
    columns: tuple[str, ...] = ()
    rows: int = 0
    structures: tuple[str, ...] = ()
    id: str = ""
    sender: str = ""
    prepared: str = ""
    test: str = ""
    file: Path | None = None


@dataclass(slots=True)
class Observed:
    """Takes observations and series one by one, and writes them in blocks below `folder`."""

    folder: Path
    constants: Given = field(default_factory=list)
    series: list[Given] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    observations: list[Given] = field(default_factory=list)
    groups: list[Given] = field(default_factory=list)
    rows: int = 0
    files: list[Path] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    key_names: dict[str, None] = field(default_factory=dict)
    _writer: pq.ParquetWriter | None = None
    _started: int = 0

    def begin_data_set(self, given: Given) -> None:
        """Begin a data set: what it is given holds for each observation until the next one."""
        self.write_block()
        self.series, self.constants = [], given

    def begin_series(self, given: Given) -> None:
        """Begin a series: what it is given holds for each observation until the next one."""
        self._close_series()
        self.series.append(given)
        self._started = len(self.observations)

    def _close_series(self) -> None:
        if self.series:
            self.counts.append(len(self.observations) - self._started)

    def write_block(self) -> None:
        """Write what was taken since the last block."""
        import numpy as np
        import pyarrow as pa

        self._close_series()
        rows = len(self.observations)
        if rows:
            own = columns_of(self.observations)
            for name, column in columns_of(self.series).items() if self.series else ():
                spread = column.take(pa.array(np.repeat(np.arange(len(self.series)), self.counts)))
                own[name] = pa.compute.coalesce(own[name], spread) if name in own else spread
            for name, value in pairs(self.constants):
                own.setdefault(name, pa.repeat(pa.scalar(value, pa.string()), rows))
            self._write(pa.table(own))
        self.rows += rows
        self.series, self.counts, self.observations = self.series[-1:], [], []
        self._started = 0

    def _write(self, table: pa.Table) -> None:
        """Write to the open file, or to a new one where there are columns that it does not have."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        new = [name for name in table.column_names if name not in self.names]
        self.names |= dict.fromkeys(new)
        if self._writer is None or new:
            self._close()
            self.files.append(self.folder / f"observations_{len(self.files)}.parquet")
            schema = pa.schema([(name, pa.string()) for name in self.names])
            self._writer = pq.ParquetWriter(self.files[-1], schema, compression="zstd", compression_level=1)
        columns = [
            table.column(name) if name in table.column_names else pa.nulls(table.num_rows, pa.string())
            for name in self.names
        ]
        self._writer.write_table(pa.table(columns, schema=self._writer.schema))

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def finish(self, engine: Engine) -> tuple[str, tuple[str, ...]]:
        """Write the last block; return the relation of all observations, and its columns."""
        self.write_block()
        self._close()
        if not self.files:
            return '(SELECT NULL AS "OBS_VALUE" WHERE false)', ("OBS_VALUE",)
        files = ", ".join(literal(str(path)) for path in self.files)
        relation = f"read_parquet([{files}], union_by_name = true)"
        return _with_groups(engine, self, relation) if self.groups else (relation, tuple(self.names))


def columns_of(rows: Sequence[Given]) -> dict[str, pa.Array]:
    """Return the columns of rows that each hold name, value, name, value, ...; null where a row lacks a name."""
    import pyarrow as pa

    first = rows[0][::2]
    if all(row[::2] == first for row in rows):
        flat, width = list(chain.from_iterable(rows)), 2 * len(first)
        return {name: pa.array(flat[2 * i + 1 :: width], pa.string()) for i, name in enumerate(first)}
    names = dict.fromkeys(name for row in rows for name in row[::2])
    filled: dict[str, list[str | None]] = {name: [None] * len(rows) for name in names}
    for number, row in enumerate(rows):
        for name, value in pairs(row):
            filled[name][number] = value
    return {name: pa.array(column, pa.string()) for name, column in filled.items()}


def pairs(given: Given) -> Iterable[tuple[str, str]]:
    """Return the names with their values."""
    return zip(given[::2], given[1::2], strict=True)


def _with_groups(engine: Engine, observed: Observed, relation: str) -> tuple[str, tuple[str, ...]]:
    """Return the relation with the attributes of groups: of series that have the group's dimensions in common.

    What the observations have a column for is a dimension of the group, all else its attribute.
    """
    shapes: dict[tuple[str, ...], list[Given]] = {}
    for given in observed.groups:
        shapes.setdefault(tuple(sorted(name for name in given[::2] if name in observed.names)), []).append(given)
    columns, joins = {name: f"o.{quote(name)}" for name in observed.names}, []
    for number, (dimensions, groups) in enumerate(shapes.items()):
        table = f"sdmx_group_{number}"
        with engine.registered("sdmx_groups", _table(groups)) as lent:
            keys = ", ".join(map(quote, dimensions))
            attributes = [name for name in dict.fromkeys(n for g in groups for n in g[::2]) if name not in dimensions]
            values = ", ".join(f"any_value({quote(name)}) AS {quote(name)}" for name in attributes)
            if not attributes:
                continue
            grouped = f"SELECT {keys}{', ' if keys else ''}{values} FROM {lent}" + (f" GROUP BY {keys}" if keys else "")
            engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {grouped}")
        on = " AND ".join(f"o.{quote(name)} = g{number}.{quote(name)}" for name in dimensions) or "true"
        joins.append(f"LEFT JOIN {table} AS g{number} ON {on}")
        for name in attributes:
            columns[name] = (
                f"coalesce({columns[name]}, g{number}.{quote(name)})" if name in columns else f"g{number}.{quote(name)}"
            )
    select = ", ".join(f"{text} AS {quote(name)}" for name, text in columns.items())
    return f"(SELECT {select} FROM {relation} AS o {' '.join(joins)})", tuple(columns)


def _table(groups: Sequence[Given]) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns_of(groups))
