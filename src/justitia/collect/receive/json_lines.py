"""JSON Lines: one object a line; numbers as they are written, nested values as JSON text, missing keys empty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from justitia.collect.receive.batches import TextRow, TextStream
from justitia.collect.receive.cell_text import ExactFloat, cell_text
from justitia.collect.receive.columns import check_names
from justitia.collect.receive.contents import Contents
from justitia.collect.receive.delimited import empty_file
from justitia.collect.receive.received import Limits, Received, Rejected
from justitia.collect.receive.stream import stream_of
from justitia.collect.receive.transcode import python_codec, utf8_blocks
from justitia.errors import LayoutError
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb


class _BadLine(ValueError):
    """Why a line is no row."""


@dataclass(slots=True)
class JsonLines:
    """An opened JSON Lines file."""

    contents: Contents
    encoding: str
    limits: Limits
    columns: tuple[str, ...] = ()
    faults: list[Rejected] = field(default_factory=list)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield each line that is not blank, with its number; a line beyond the limit comes cut."""
        stream = stream_of(utf8_blocks(self.contents.opener, self.encoding))
        for number, line in enumerate(_bounded_lines(stream, self.limits.line_bytes), start=1):
            if line.strip():
                yield number, line

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield each readable row with its line, noting the others."""
        faults: list[Rejected] = []  # an own list: two scans may run at the same time
        self.faults = faults
        for row, (number, line) in enumerate(self.lines(), start=1):
            try:
                yield number, _parse(line, self.limits.line_bytes)
            except _BadLine as fault:
                faults.append(Rejected(row, number, str(fault)))

    def rows(self) -> Iterator[TextRow]:
        """Yield the cells of each readable row."""
        for _, row in self.objects():
            yield [cell_text(row.get(name)) for name in self.columns]

    def find(self, rows: Sequence[int]) -> dict[int, int]:
        """Return the line of each row."""
        wanted, last, kept = set(rows), max(rows, default=0), self.faults
        found = {}
        for row, (number, _) in enumerate(self.objects(), start=1):
            if row in wanted:
                found[row] = number
            if row >= last:
                break
        self.faults = kept
        return found


def open_json_lines(
    connection: duckdb.DuckDBPyConnection, contents: Contents, declared: FileFormat, *, limits: Limits
) -> Received:
    """Return an opened JSON Lines file; it is read once for the names of all keys.

    Raises:
        LayoutError: E-RCV-002 empty, E-RCV-005/006 names, E-RCV-010 encoding, E-RCV-019 not JSON Lines.
    """
    opened = JsonLines(contents, python_codec(declared.encoding, contents.where), limits)
    names: dict[str, None] = {}
    for _, row in opened.objects():
        names.update(dict.fromkeys(row))
    if not names and not opened.faults:
        raise empty_file(contents.where)
    if not names:
        raise LayoutError(
            "E-RCV-019",
            "no line of the file is a JSON object",
            where=contents.where,
            remedy="JSON Lines has one object {...} on each line, not one array for the whole file",
        )
    opened.columns = check_names(list(names), contents.where)
    stream = TextStream(opened.columns, opened.rows)
    relation, close = stream.lend(connection)

    def rejects() -> list[Rejected]:
        stream.check()
        return list(opened.faults)

    detected = {"encoding": declared.encoding, **contents.detected}
    return Received(lambda: relation, opened.columns, rejects, opened.find, detected, close)


def _bounded_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield lines; of a longer line only a little more than `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    while block := stream.read(1 << 16):
        *whole, rest = block.split(b"\n")
        for piece in whole:
            yield b"".join([*parts, piece])
            parts, size = [], 0
        if size <= limit:
            parts.append(rest)
            size += len(rest)
    if parts:
        yield b"".join(parts)


def _parse(line: bytes, limit: int) -> dict[str, Any]:
    if len(line) > limit:
        raise _BadLine(f"longer than {limit} bytes")
    try:
        text = line.decode("utf-8")
        value = json.loads(text, parse_float=ExactFloat, parse_constant=_no_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise _BadLine(f"bytes that are not of the declared encoding, at byte {error.start} of the line") from None
    except json.JSONDecodeError as error:
        raise _BadLine(f"not JSON, at character {error.pos + 1} of the line") from None
    except RecursionError:
        raise _BadLine("nested too deeply") from None
    except _BadLine:
        raise
    except ValueError:
        raise _BadLine("a number with too many digits") from None
    if not isinstance(value, dict):
        raise _BadLine("not a JSON object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _BadLine("a key that is there twice")
    return made


def _no_constant(_: str) -> float:
    raise _BadLine("NaN or Infinity, which is no JSON number")
