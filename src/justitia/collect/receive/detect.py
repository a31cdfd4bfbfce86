"""How an undeclared file seems to be written, and what about it is not sure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from justitia.collect.receive.contents import Contents
from justitia.collect.receive.contents_type import refuse_type
from justitia.collect.receive.detect_encoding import detect_encoding
from justitia.collect.receive.detect_values import guess_date_format, guess_nulls, guess_numbers
from justitia.collect.receive.opening import look_into
from justitia.collect.receive.received import Limits
from justitia.metadata.definitions import FileFormat

SAMPLE = 1 << 20
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Detected(FileFormat):
    """A format that was detected.

    Args:
        columns: column names, where they could be read.
        unsure: what a person must confirm, in plain words.
    """

    columns: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def detect(path: Path) -> Detected:
    """Return how a file seems to be written (see `detect_format`)."""
    contents, kind = look_into(path, Limits())
    if kind in ("xlsx", "ods"):
        return _workbook(path, kind)
    if kind == "parquet":
        import pyarrow.parquet as pq

        return Detected(kind="parquet", columns=tuple(pq.read_schema(path).names))
    if kind != "text":
        raise refuse_type(kind, "nothing yet; accepted are csv, xlsx, ods, parquet, jsonl", path)
    return _text(contents)


def _workbook(path: Path, kind: str) -> Detected:
    from python_calamine import CalamineWorkbook

    from justitia.collect.receive.workbook_parts import check_parts

    check_parts(path, kind, Limits())
    names = CalamineWorkbook.from_path(str(path)).sheet_names
    unsure = (f"which of the {len(names)} sheets: {', '.join(names)}",) if len(names) > 1 else ()
    return Detected(kind=kind, sheet=names[0], unsure=unsure)


def _text(contents: Contents) -> Detected:
    encoding, unsure = detect_encoding(contents)
    with contents.opener() as file:
        head = file.read(SAMPLE)
    text = head.decode(encoding, "ignore").removeprefix("\ufeff")
    if len(head) == SAMPLE:
        text = text.rpartition("\n")[0] or text
    if text.lstrip().startswith("{"):
        return Detected(kind="jsonl", encoding=encoding, unsure=tuple(unsure))
    delimiter, quote, records = _dialect(text, unsure)
    return _values(encoding, delimiter, quote, records, unsure)


def _values(encoding: str, delimiter: str, quote: str, records: list[list[str]], unsure: list[str]) -> Detected:
    header = records[0] if records else []
    cells = [[row[place] for row in records[1:] if place < len(row)] for place in range(len(header))]
    columns = dict(zip(header, cells, strict=True))
    decimal, thousands = guess_numbers(columns, unsure)
    return Detected(
        kind="csv",
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        decimal=decimal,
        thousands=thousands,
        date_format=guess_date_format(columns, unsure),
        null_values=guess_nulls(columns, unsure),
        columns=tuple(header),
        unsure=tuple(unsure),
    )


def _dialect(text: str, unsure: list[str]) -> tuple[str, str, list[list[str]]]:
    """Return delimiter, quote and the sample's records: where most rows are as wide as the header."""
    tried = [(*_fit(records := _parse(text, mark, sign)), mark, sign, records) for mark in DELIMITERS for sign in "\"'"]
    share, width, delimiter, quote, records = max(tried, key=lambda item: (item[0] * (item[1] > 1), item[1]))
    if width == 1:
        unsure.append("the delimiter: every row seems to have one cell")
        return ",", '"', _parse(text, ",", '"')
    if share < 1:
        unsure.append(f"the delimiter [{_shown(delimiter)}]: {1 - share:.1%} of rows have another number of cells")
    rivals = {item[2] for item in tried if item[1] > 1 and item[0] >= share and item[2] != delimiter}
    if rivals:
        unsure.append(f"the delimiter: [{_shown(delimiter)}] or [{'], ['.join(_shown(r) for r in sorted(rivals))}]")
    return delimiter, quote, records


def _shown(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter


def _parse(text: str, delimiter: str, quote: str) -> list[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), SAMPLE))
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote) if row]


def _fit(records: Sequence[Sequence[str]]) -> tuple[float, int]:
    """Return the share of rows as wide as the header, and its width."""
    if not records:
        return 0.0, 0
    width = len(records[0])
    return sum(len(row) == width for row in records) / len(records), width
