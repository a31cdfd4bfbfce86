"""Read a filled questionnaire back, ours or another office's: its values, and all that is wrong with its cells."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.disseminate.questionnaire.book import CELLS_SHEET
from justitia.disseminate.questionnaire.layout import (
    LINE_ID,
    BookLayout,
    Spot,
    address,
    book_layout,
    column_key,
    parts_of,
)
from justitia.disseminate.questionnaire.parts import BookParts, SheetParts, merged_over, read_parts
from justitia.errors import LayoutError
from justitia.findings import Finding
from justitia.model.questionnaire import FILLED, MISSING, FilledCell, FilledRound

if TYPE_CHECKING:
    from justitia.metadata.collection import Cell, Collection

NOT_AVAILABLE = re.compile(r"(n\.?/?a\.?|-+|\.+|…|not available|nd|s/d|--)", re.IGNORECASE)
Rows = Sequence[Sequence[Any]]


def read_questionnaire(
    path: Path, collection: Collection, *, year: int | None = None, fractional: Container[str] = ()
) -> tuple[FilledRound, tuple[Finding, ...]]:
    """Return the values of a filled workbook, and what is wrong with its cells. Nothing in it is run.

    Args:
        path: an XLSX file with our sheets, or with those of the collection's layout file.
        collection: what it is a round of.
        year: reference year; default, the one that our own workbooks hold.
        fractional: indicators whose figures need not be whole numbers: rates, shares, medians.

    Raises:
        LayoutError: E-QST-001 to E-QST-004: no workbook, too large, none of its sheets, no year.
    """
    from python_calamine import CalamineWorkbook

    parts = read_parts(path)
    book = CalamineWorkbook.from_path(str(path))
    layout = book_layout(collection)
    wanted = {spot.sheet for spot in layout.spots.values()}
    if not wanted & set(book.sheet_names):
        raise LayoutError(
            "E-QST-003",
            f"none of the sheets of {collection.id} is in the workbook",
            where=path.name,
            remedy="Name the right collection, or add a layout file for this workbook",
        )
    rows = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    reader = _Reader(collection, layout, rows, parts, _year(path, rows, year), fractional)
    return reader.read()


def _year(path: Path, rows: Mapping[str, Rows], year: int | None) -> int:
    if year is not None:
        return year
    first = rows.get(CELLS_SHEET) or [[]]
    if len(first[0]) > 2 and isinstance(first[0][2], (int, float)):
        return int(first[0][2])
    raise LayoutError("E-QST-004", "the workbook does not tell its year", where=path.name, remedy="Give --year")


class _Reader:
    """The reading of one workbook."""

    def __init__(
        self,
        collection: Collection,
        layout: BookLayout,
        rows: Mapping[str, Rows],
        parts: BookParts,
        year: int,
        fractional: Container[str],
    ) -> None:
        self.collection, self.layout, self.rows, self.parts, self.year = collection, layout, rows, parts, year
        self.fractional = fractional
        self.totals = {name.partition("|")[0] for name in parts_of(collection)}
        self.findings: list[Finding] = []
        self.shifted: set[tuple[str, int]] = set()

    def read(self) -> tuple[FilledRound, tuple[Finding, ...]]:
        """Return the round and the findings."""
        if self.parts.has_macros:
            self._note(
                "Q-BOK-001", "warning", "", "the workbook brings macros, which are not run: send it without them"
            )
        for name in dict.fromkeys(spot.sheet for spot in self.layout.spots.values()):
            if name not in self.rows:
                self._note("Q-BOK-002", "error", name, f"sheet [{name}] is missing: its cells are read as empty")
        cells = {}
        for cell in self.collection.cells:
            for back in range(self.collection.years):
                made = self._cell(cell, back)
                if made is not None:
                    cells[cell.id, made.year] = made
        years = tuple(range(self.year, self.year - self.collection.years, -1))
        return FilledRound(self.collection.id, self.year, years, cells), tuple(self.findings)

    def _note(self, rule: str, severity: Any, table: str, message: str, column: str = "", row: int = 0) -> None:
        self.findings.append(Finding(rule, severity, table, message, column=column, row_number=row))

    def _cell(self, cell: Cell, back: int) -> FilledCell | None:
        spot = self.layout.spots.get((cell.id, back))
        if spot is None or spot.sheet not in self.rows or self._is_shifted(cell, spot, back):
            return None
        place, year = address(spot.row, spot.column), self.year - back
        self._check_beside(cell, spot, place)
        value = _at(self.rows[spot.sheet], spot.row, spot.column)
        number = self._number(cell, spot, place, value)
        status = MISSING if number is None else FILLED
        return FilledCell(cell.id, year, number, status, unit=cell.unit)

    def _is_shifted(self, cell: Cell, spot: Spot, back: int) -> bool:
        """Return whether line or column is not where it should be; told once for each block."""
        if spot.id_row < 0:
            return False
        rows = self.rows[spot.sheet]
        line, column = _at(rows, spot.row, LINE_ID), _at(rows, spot.id_row, spot.column)
        expected = column_key(self.year - back, cell.column)
        if _text(line) == cell.line and _text(column) == expected:
            return False
        block = (spot.sheet, spot.id_row)
        if block not in self.shifted:
            self.shifted.add(block)
            found = f"[{_text(line)}] and [{_text(column)}]" if _is_id(line, column) else "something else"
            self._note(
                "Q-BOK-003",
                "error",
                spot.sheet,
                f"cells are shifted: line {cell.line} and column {expected} should meet here, {found} stand there; "
                "the block is not read",
                address(spot.row, spot.column),
                spot.row + 1,
            )
        return True

    def _check_beside(self, cell: Cell, spot: Spot, place: str) -> None:
        sheet = self.parts.sheets.get(spot.sheet, SheetParts())
        if merged := merged_over(sheet.merged, spot.row, spot.column):
            message = f"cell {place} is in the merged range {merged}: unmerge it, one value in each cell"
            self._note("Q-CEL-003", "error", spot.sheet, message, place, spot.row + 1)
        if place in sheet.formulas and cell.id not in self.totals:
            message = f"cell {place} holds a formula: write the value ({cell.id})"
            self._note("Q-CEL-002", "warning", spot.sheet, message, place, spot.row + 1)

    def _number(self, cell: Cell, spot: Spot, place: str, value: Any) -> float | None:
        if value is None or value == "":
            return None
        wrong = ""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            said = _text(value)
            if isinstance(value, str) and value.startswith("#"):
                wrong = "holds an error of the spreadsheet: write the value"
            elif NOT_AVAILABLE.fullmatch(said):
                wrong = "says in words that nothing is available: leave it empty"
            else:
                wrong = "holds a text and no number: write digits only, without spaces or marks"
            self._note("Q-CEL-001", "error", spot.sheet, f"cell {place} {wrong} ({cell.id})", place, spot.row + 1)
            return None
        if not math.isfinite(value) or value < 0:
            self._note("Q-CEL-004", "error", spot.sheet, f"cell {place} is below 0 ({cell.id})", place, spot.row + 1)
            return None
        if value != int(value) and cell.indicator not in self.fractional:
            message = f"cell {place} counts {cell.unit or 'units'} and is no whole number ({cell.id})"
            self._note("Q-CEL-004", "error", spot.sheet, message, place, spot.row + 1)
        return float(value)


def _at(rows: Rows, row: int, column: int) -> Any:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else None


def _text(value: Any) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return "" if value is None else str(value).strip()


def _is_id(line: Any, column: Any) -> bool:
    """Return whether what was found may be quoted: only what has the form of our ids."""
    return bool(re.fullmatch(r"[\w.]{0,40}", _text(line)) and re.fullmatch(r"[\w.|]{0,40}", _text(column)))


def collection_of(path: Path) -> str:
    """Return the collection that a workbook of ours names, empty for any other.

    Raises:
        LayoutError: E-QST-001 when the file is no workbook.
    """
    from python_calamine import CalamineWorkbook

    read_parts(path)
    book = CalamineWorkbook.from_path(str(path))
    if CELLS_SHEET not in book.sheet_names:
        return ""
    first = book.get_sheet_by_name(CELLS_SHEET).to_python(nrows=1)
    return str(first[0][1]) if first and len(first[0]) > 1 else ""
