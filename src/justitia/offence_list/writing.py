"""The coded list as CSV, XLSX or Parquet, written in blocks, put in place only when it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from justitia.errors import RequestError
from justitia.offence_list.guard import guarded

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = (".csv", ".tsv", ".xlsx", ".parquet")
SHEET_ROWS = 1_048_575  # below the header
SHEET_CELL = 32_767  # characters
_NUMBER = r"^(-?(0|[1-9]\d{0,14}))?$"
_WIDTHS = {"iccs_label": 38, "iccs_reason": 38, "iccs_alternatives": 60, "iccs_evidence": 50}


class Writer(Protocol):
    """Writes a list block by block; `guarded` counts the cells that were made harmless."""

    guarded: int

    def write(self, block: pa.RecordBatch) -> None:
        """Write the rows of a block."""

    def close(self) -> None:
        """Finish the file."""


class ParquetList:
    """Writes Parquet; types of the list's own columns stay, answers are plain texts for whoever reads the file."""

    def __init__(self, path: Path, first: pa.RecordBatch) -> None:
        import pyarrow.parquet as pq

        # Without Arrow's own schema a reader sees texts where this writer was given dictionaries. A dictionary of
        # values that hardly repeat takes four times as long to write as the values themselves.
        repeating = [name for name, column in zip(first.schema.names, first.columns, strict=True) if _repeats(column)]
        self._writer = pq.ParquetWriter(
            path,
            first.schema,
            compression="zstd",
            store_schema=False,
            use_dictionary=repeating or False,
            dictionary_pagesize_limit=64 << 20,
        )
        self.guarded = 0

    def write(self, block: pa.RecordBatch) -> None:
        """Write the rows of a block as one row group."""
        self._writer.write_batch(block, row_group_size=block.num_rows or None)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def _repeats(column: pa.Array) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        return True
    return not pa.types.is_nested(column.type) and 2 * pc.count_distinct(column).as_py() <= len(column)


class CsvList:
    """Writes CSV in UTF-8, with the mark that spreadsheets need; formulas are made harmless."""

    def __init__(self, path: Path, schema: pa.Schema, delimiter: str) -> None:
        import pyarrow as pa
        import pyarrow.csv

        names, self.guarded = guarded(pa.array(schema.names, pa.string()))
        self._schema = pa.schema(
            [pa.field(name.as_py(), _flat(field.type)) for name, field in zip(names, schema, strict=True)]
        )
        self._file = path.open("wb")
        self._file.write(b"\xef\xbb\xbf")
        options = pyarrow.csv.WriteOptions(delimiter=delimiter)
        self._writer = pyarrow.csv.CSVWriter(self._file, self._schema, write_options=options)

    def write(self, block: pa.RecordBatch) -> None:
        """Write the rows of a block."""
        import pyarrow as pa

        columns = []
        for column, field in zip(block.columns, self._schema, strict=True):
            harmless, count = guarded(_as_text(column) if _flat(column.type) != column.type else column)
            self.guarded += count
            columns.append(harmless.cast(field.type))
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        self._file.close()


class SheetList:
    """Writes a workbook; texts stay texts, so that no formula runs and no leading zero is lost.

    Args:
        numbers: columns of plain whole numbers, written as numbers.
    """

    def __init__(self, path: Path, first: pa.RecordBatch, numbers: frozenset[str]) -> None:
        import xlsxwriter

        self.guarded = 0
        self._names, self._numbers, self._row = first.schema.names, numbers, 0
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), {**options, "strings_to_numbers": False})
        self._sheet = self._book.add_worksheet("coded")
        self._text = self._book.add_format({"num_format": "@"})
        self._sheet.freeze_panes(1, 0)
        head = self._book.add_format({"bold": True, "bg_color": "#DDE6EE"})
        for place, name in enumerate(self._names):
            self._sheet.set_column(place, place, _WIDTHS.get(name) or _width(name, first.column(place)), self._text)
            self._sheet.write_string(0, place, name, head)

    def write(self, block: pa.RecordBatch) -> None:
        """Write the rows of a block.

        Raises:
            RequestError: E-COD-057 when a cell is longer than a sheet holds.
        """
        from datetime import date, datetime

        for cells in zip(*(column.to_pylist() for column in block.columns), strict=True):
            self._row += 1
            for place, cell in enumerate(cells):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str) and self._names[place] not in self._numbers:
                    self._write_text(place, cell)
                elif isinstance(cell, bool | int | float | str):
                    self._sheet.write_number(self._row, place, float(cell))
                else:
                    self._write_text(place, cell.isoformat() if isinstance(cell, date | datetime) else str(cell))

    def _write_text(self, place: int, cell: str) -> None:
        if len(cell) > SHEET_CELL:
            raise too_large(f"row {self._row + 1} has a cell of {len(cell):,} characters, a sheet holds {SHEET_CELL:,}")
        self._sheet.write_string(self._row, place, cell, self._text)

    def close(self) -> None:
        """Finish the file."""
        self._sheet.autofilter(0, 0, max(self._row, 1), len(self._names) - 1)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{self._row + 1}"})
        self._book.close()


def _width(name: str, column: pa.Array) -> int:
    """Return a width for a column that shows most of its first cells."""
    longest = max((len(str(cell)) for cell in column.slice(0, 50).to_pylist() if cell is not None), default=0)
    return max(10, min(50, max(longest, len(name)) + 2))


def _flat(kind: Any) -> Any:
    """Return the type as CSV can hold it: text for whatever is no plain value."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return _flat(kind.value_type)
    plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_date, types.is_timestamp, types.is_decimal)
    return kind if any(test(kind) for test in plain) else pa.string()


def _as_text(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowNotImplementedError:  # lists and records within a cell
        return pa.array([None if cell is None else str(cell) for cell in column.to_pylist()], pa.string())


def number_columns(blocks: Iterator[pa.RecordBatch], but: Sequence[str]) -> frozenset[str]:
    """Return the text columns that hold whole numbers without leading zeros only, `but` some left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, bool] = {}
    for block in blocks:
        for name, column in zip(block.schema.names, block.columns, strict=True):
            if name in but or not pa.types.is_string(column.type) or found.get(name) is False:
                continue
            found[name] = pc.all(pc.match_substring_regex(column, _NUMBER)).as_py() is not False
    return frozenset(name for name, whole in found.items() if whole)


def too_large(reason: str) -> RequestError:
    """Return the error for a list that no sheet can hold."""
    return RequestError("E-COD-057", reason, remedy="Write a CSV or Parquet file: -o NAME.csv or -o NAME.parquet")


def output_path(path: Path, wanted: Path | None, *, replace: bool) -> Path:
    """Return where the coded list goes: `wanted`, or a file beside the list, of its format where it can be written.

    Raises:
        RequestError: E-COD-055 when the format is not known; E-COD-056 when the file is the list, or exists.
    """
    name = re.sub(r"\.(gz|zip)$", "", path.name, flags=re.IGNORECASE)
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in FORMATS else {".ods": ".xlsx", ".xlsm": ".xlsx"}.get(suffix, ".csv")
    target = wanted or path.with_name(f"{Path(name).stem}.iccs{suffix}")
    if target.suffix.lower() not in FORMATS:
        raise RequestError(
            "E-COD-055",
            f"a coded list is not written as [{target.suffix or 'no suffix'}]",
            where=str(target),
            remedy=f"Name a file that ends with one of {', '.join(FORMATS)}",
        )
    if target.exists() and (target.samefile(path) or not replace):
        same = target.samefile(path)
        raise RequestError(
            "E-COD-056",
            "the output would take the place of the list itself" if same else "the output exists",
            where=str(target),
            remedy="Name another file: -o OUT" + ("" if same else "; or say --replace"),
        )
    return target


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Lend a path beside `target` that takes its place when the block ends well, and is removed when it does not."""
    aside = target.with_name(f".{target.stem}.aside{target.suffix}")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
