"""CSV of any dialect and encoding, read by DuckDB straight from the file or through a pipe."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.collect.receive.columns import ROW, check_names
from justitia.collect.receive.contents import Contents
from justitia.collect.receive.feed import Feed
from justitia.collect.receive.newlines import Survey, lines_at, survey, with_line_feeds
from justitia.collect.receive.received import Limits, Received, Rejected
from justitia.collect.receive.scratch import new_name, pipe_path
from justitia.collect.receive.stream import stream_of
from justitia.collect.receive.transcode import Undecodable, python_codec, raw_blocks, utf8_blocks
from justitia.engine import literal, quote
from justitia.errors import LayoutError
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb

CELL_LIMIT = 1 << 24  # of the line search only: longer cells are in rejected rows


@dataclass(slots=True)
class Delimited:
    """An opened CSV file."""

    connection: duckdb.DuckDBPyConnection
    contents: Contents
    declared: FileFormat
    limits: Limits
    scratch: Path
    encoding: str
    survey: Survey
    faults: list[Undecodable]
    columns: tuple[str, ...] = ()
    name: str = field(default_factory=new_name)
    feeds: list[Feed] = field(default_factory=list)

    def blocks(self) -> Iterator[bytes]:
        """Yield the text as the engine reads it: UTF-8, one kind of line end."""
        blocks = utf8_blocks(self.contents.opener, self.encoding)
        return with_line_feeds(blocks) if self.survey.newline == "mixed" else blocks

    @property
    def direct(self) -> bool:
        """Return whether the engine can read the file itself."""
        return self.contents.plain and self.encoding.startswith("utf-8") and self.survey.newline != "mixed"

    # -- reading ------------------------------------------------------------------------------------------------------
    def relation(self) -> str:
        """Return a relation over the file, or over a pipe of its own."""
        source = self.contents.path if self.direct else self._new_pipe()
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.columns)
        mark = literal(self.declared.quote)
        options = (
            f"columns = {{{columns}}}, auto_detect = false, header = true, strict_mode = true, "
            f"delim = {literal(self.declared.delimiter)}, quote = {mark}, escape = {mark}, nullstr = '', "
            f"max_line_size = {self.limits.line_bytes}, compression = 'none', store_rejects = true, "
            f"rejects_line_size_limit = 1, rejects_limit = 0, rejects_table = {literal(self.name)}, "
            f"rejects_scan = {literal(self.name + '_scans')}"
        )
        # The engine finds an undecodable byte only in a cell that it reads; a row must not come and go with the select.
        all_read = (
            f" WHERE hash({', '.join(map(quote, self.columns))}) IS NOT NULL" if not self.survey.decodable else ""
        )
        return f"(SELECT *, row_number() OVER () AS {ROW} FROM read_csv({file_literal(source)}, {options}){all_read})"

    def _new_pipe(self) -> Path:
        self.feeds.append(Feed(pipe_path(self.scratch), self.blocks))
        return self.feeds[-1].path

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each record of the file, header first, with the physical line on which it begins."""
        mark = self.declared.quote
        text = io.TextIOWrapper(stream_of(self.blocks()), "utf-8", errors="surrogateescape", newline="")
        csv.field_size_limit(max(csv.field_size_limit(), CELL_LIMIT))
        reader = csv.reader(
            text,
            delimiter=self.declared.delimiter,
            quotechar=mark or None,
            quoting=csv.QUOTE_MINIMAL if mark else csv.QUOTE_NONE,
        )
        start = 1
        try:
            for record in reader:
                yield start, record
                start = reader.line_num + 1
        except csv.Error:  # a cell beyond the limit: a quotation mark that is not closed
            return

    # -- after reading ------------------------------------------------------------------------------------------------
    def rejects(self) -> list[Rejected]:
        """Return the rows that the last scan rejected.

        Raises:
            LayoutError: E-RCV-016 when they are too many, or the error that cut the stream short.
        """
        for feed in self.feeds:
            if feed.error is not None:
                raise feed.error
        found = self._reject_rows()
        lines = lines_at(self.blocks(), [position for _, position, *_ in found], self.survey.byte)
        return [
            Rejected(record - 1, line, self._reason(kind, message, at, line))
            for (record, _, kind, message, at), line in zip(found, lines, strict=True)
        ]

    def _reject_rows(self) -> list[tuple[int, int, str, str, int]]:
        table = quote(self.name)
        last = f"scan_id = (SELECT max(scan_id) FROM {quote(self.name + '_scans')})"
        if not self._table_exists():
            return []
        many = self.connection.execute(f"SELECT count(DISTINCT line) FROM {table} WHERE {last}").fetchall()[0][0]
        if many > self.limits.rejects:
            raise LayoutError(
                "E-RCV-016",
                f"{many} rows cannot be read",
                where=self.contents.where,
                remedy="Check the declared delimiter, quote and encoding against the file",
            )
        return self.connection.execute(
            f"SELECT line, min(line_byte_position) - 1, min_by(error_type::VARCHAR, coalesce(column_idx, 0)), "
            f"min_by(error_message, coalesce(column_idx, 0)), min_by(byte_position, coalesce(column_idx, 0)) - 1 "
            f"FROM {table} WHERE {last} GROUP BY line ORDER BY line"
        ).fetchall()

    def _table_exists(self) -> bool:
        query = f"SELECT count(*) FROM duckdb_tables() WHERE table_name = {literal(self.name + '_scans')}"
        return bool(self.connection.execute(query).fetchall()[0][0])

    def _reason(self, kind: str, message: str, at: int, line: int) -> str:
        if kind == "INVALID ENCODING":
            offset = next((fault.offset for fault in self.faults if fault.line >= line), at)
            return f"bytes that are not {self.declared.encoding}, at or after byte {offset} of the text"
        if kind in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
            found = message.rsplit("Found: ", 1)[-1].strip()
            return f"{found} cells, expected {len(self.columns)}"
        return REASONS.get(kind, f"cannot be read ({kind.lower()})")

    def lines(self, rows: Sequence[int]) -> dict[int, int]:
        """Return the physical line of each row."""
        wanted, last = set(rows), max(rows, default=0)
        rejected = {reject.line for reject in self.rejects()} if wanted else set()
        found: dict[int, int] = {}
        row = 0
        records = self.records()
        next(records, None)
        for line, record in records if last else ():
            if line in rejected or (not record and len(self.columns) > 1):
                continue
            row += 1
            if row in wanted:
                found[row] = line
            if row >= last:
                break
        return found

    def close(self) -> None:
        """Remove the pipe and the engine's table of rejects."""
        for feed in self.feeds:
            feed.close()
        for table in (self.name, f"{self.name}_scans"):
            self.connection.execute(f"DROP TABLE IF EXISTS {quote(table)}")


REASONS = {
    "UNQUOTED VALUE": "a quotation mark that is not closed, or text after a closing quotation mark",
    "LINE SIZE OVER MAXIMUM": "longer than a row may be: perhaps a quotation mark is not closed",
}


def file_literal(path: Path) -> str:
    """Return the path as literal, with the engine's wildcards taken literally."""
    return literal("".join(f"[{char}]" if char in "*?[" else char for char in str(path)))


def open_delimited(
    connection: duckdb.DuckDBPyConnection, contents: Contents, declared: FileFormat, *, scratch: Path, limits: Limits
) -> Received:
    """Return an opened CSV file.

    Raises:
        LayoutError: E-RCV-002 empty, E-RCV-003 header only, E-RCV-005/006 column names, E-RCV-010 encoding,
            E-RCV-017 dialect.
    """
    _check_dialect(declared, contents.where)
    encoding = python_codec(declared.encoding, contents.where)
    faults: list[Undecodable] = []
    utf8 = encoding in ("utf-8", "utf-8-sig")
    blocks = raw_blocks(contents.opener) if utf8 else utf8_blocks(contents.opener, encoding, faults)
    opened = Delimited(connection, contents, declared, limits, scratch, encoding, survey(blocks), faults)
    opened.columns = _header(opened)
    detected = {"encoding": declared.encoding, "newline": opened.survey.newline, **contents.detected}
    return Received(
        opened.relation, opened.columns, opened.rejects, opened.lines, detected, opened.close, numbered=False
    )


def _check_dialect(declared: FileFormat, where: str) -> None:
    if len(declared.delimiter) != 1 or len(declared.quote) > 1 or declared.delimiter == declared.quote:
        raise LayoutError(
            "E-RCV-017",
            "delimiter and quote must be one character each (quote may be empty) and differ",
            where=where,
            remedy="Correct layout.toml, [format]",
        )


def _header(opened: Delimited) -> tuple[str, ...]:
    where = opened.contents.where
    records = opened.records()
    _, names = next(records, (1, []))
    if sum(map(len, names)) > opened.limits.header_bytes:
        raise LayoutError(
            "E-RCV-018",
            f"the header is longer than {opened.limits.header_bytes} bytes",
            where=where,
            remedy="Check the declared quote, delimiter and encoding",
        )
    if any("\udc80" <= char <= "\udcff" for name in names for char in name):
        raise LayoutError(
            "E-RCV-010",
            f"the header holds bytes that are not {opened.declared.encoding}",
            where=where,
            remedy="Declare the file's encoding in layout.toml, [format] encoding; `justitia layout` shows a guess",
        )
    if not names:
        raise empty_file(where)
    columns = check_names(names, where)
    if not opened.declared.nil_return and not any(record for _, record in records):
        raise header_only(where)
    return columns


def empty_file(where: str) -> LayoutError:
    """Return the error for a file without anything in it."""
    return LayoutError("E-RCV-002", "the file is empty", where=where, remedy="Ask the sender for the file again")


def header_only(where: str) -> LayoutError:
    """Return the error for a file without rows."""
    return LayoutError(
        "E-RCV-003",
        "the file has a header but no rows",
        where=where,
        remedy="If the sender means that there was nothing to report, declare nil_return = true in layout.toml",
    )
