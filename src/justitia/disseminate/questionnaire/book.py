"""Write a filled round as a workbook: metadata, a sheet for each table, what could not be filled, where cells are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.disseminate.questionnaire.layout import (
    FIRST_VALUE,
    HEAD_ROWS,
    LINE_ID,
    TITLE,
    UNIT,
    Block,
    Spot,
    address,
    book_layout,
    column_key,
    parts_of,
)
from justitia.model.questionnaire import FILLED, FilledCell, FilledRound

if TYPE_CHECKING:
    from justitia.metadata.collection import Collection
    from justitia.metadata.definitions import Labels

CELLS_SHEET = "_cells"
LONGEST_SHEET_NAME = 31
Words = Mapping[str, "Labels"]


def write_questionnaire(
    filled: FilledRound, collection: Collection, path: Path, *, language: str, words: Words
) -> None:
    """Write a filled round to one XLSX file.

    Args:
        filled: values, answers and footnotes; exact ones make a confidential file, marked on every sheet.
        collection: what the round is of; with a layout file, sheets and cells are those of the official workbook.
        path: new file.
        language: of titles.
        words: words of the product by key and language.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": collection.labels.get(language, collection.id), "comments": filled.marking})
    try:
        _Writer(book, filled, collection, language, words).write()
    finally:
        book.close()


class _Writer:
    """One workbook in the making."""

    def __init__(self, book: Any, filled: FilledRound, collection: Collection, language: str, words: Words) -> None:
        self.book, self.filled, self.collection, self.language, self.words = book, filled, collection, language, words
        self.layout = book_layout(collection)
        self.parts = parts_of(collection)
        self.sheets: dict[str, Any] = {}
        form = book.add_format
        self.bold, self.grey = form({"bold": True, "text_wrap": True}), form({"font_color": "#808080", "font_size": 8})
        self.head = form({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        self.marked = form({"bold": True, "font_color": "#9C0006"})
        self.wrap = form({"text_wrap": True, "valign": "top"})
        whole, broken = "#,##0", "#,##0.00##"
        self.formats = {
            (is_whole, computed): form({"num_format": whole if is_whole else broken, "border": 4, "italic": computed})
            for is_whole in (True, False)
            for computed in (True, False)
        }
        self.empty = form({"border": 4})

    def word(self, key: str) -> str:
        """Return a word of the product in the language of the workbook."""
        told = self.words.get(key, {})
        return told.get(self.language) or told.get("en") or key

    def label(self, labels: Labels) -> str:
        """Return a label in the language of the workbook."""
        return labels.get(self.language) or labels.get("en", "")

    def write(self) -> None:
        """Write all sheets."""
        self._metadata()
        for table in self.collection.tables.values():
            if any(spot.sheet == table.sheet for spot in self.layout.spots.values()):
                self._sheet(table.sheet, self.label(table.labels))
        for block in self.layout.blocks:
            self._block(block)
        for spot in self.layout.spots.values():
            if spot.sheet not in self.sheets:
                self._sheet(spot.sheet, self.collection.id)
        for (cell, back), spot in self.layout.spots.items():
            year = self.filled.year - back
            found = self.filled.cells.get((cell, year))
            if found is not None:
                self._cell(found, spot, back)
        self._footnotes()
        self._intervals()
        self._unfilled()
        self._places()

    def _sheet(self, name: str, title: str) -> Any:
        if name not in self.sheets:
            sheet = self.book.add_worksheet(name[:LONGEST_SHEET_NAME])
            _print_wide(sheet)
            self.sheets[name] = sheet
            if not self.layout.is_official or name == self.word("sheet.metadata"):
                sheet.write_string(0, 0, title, self.bold)
                sheet.write_string(1, 0, self._marking(), self.marked)
                sheet.write_string(2, 0, self.word("about.empty"), self.grey)
                sheet.set_column(LINE_ID, LINE_ID, 12)
                sheet.set_column(TITLE, TITLE, 44)
                sheet.set_column(UNIT, UNIT, 14)
            if self.filled.marking:
                sheet.set_header("&C" + self.filled.marking.replace("&", "&&"))
        return self.sheets[name]

    def _marking(self) -> str:
        told = [self.filled.marking or self.word("about.public")]
        return " ".join([*told, self.word("about.made_up")] if self.filled.made_up else told)

    def _metadata(self) -> None:
        name = self.word("sheet.metadata")
        sheet = self._sheet(name, self.label(self.collection.labels))
        sheet.set_column(0, 0, 60)
        sheet.set_column(1, 1, 90)
        sheet.write_row(4, 0, (self.word("head.question"), self.word("head.answer")), self.head)
        for row, (identifier, (labels, _)) in enumerate(self.collection.questions.items(), start=5):
            sheet.write_string(row, 0, self.label(labels), self.wrap)
            sheet.write_string(row, 1, self.filled.answers.get(identifier, ""), self.wrap)
        after = 6 + len(self.collection.questions)
        sheet.write_string(after, 0, f"{self.collection.id}; {self.collection.source}", self.grey)
        if any(line.status == "memory" for line in self.collection.lines):
            sheet.write_string(after + 1, 0, self.word("about.memory"), self.grey)

    def _block(self, block: Block) -> None:
        sheet, top = self.sheets[block.sheet], block.row
        heads = (self.word("head.line"), self.word("head.title"), self.word("head.unit"))
        for column, text in enumerate(heads):
            sheet.write_string(top + 1, column, text, self.head)
        for back in range(self.collection.years):
            year = self.filled.year - back
            for number, asked in enumerate(block.columns):
                at = FIRST_VALUE + back * len(block.columns) + number
                sheet.write_number(top, at, year, self.bold)
                sheet.write_string(top + 1, at, self.label(asked.labels), self.head)
                sheet.write_string(top + 2, at, column_key(year, asked.id), self.grey)
        for row, line in enumerate(block.lines, start=top + HEAD_ROWS):
            sheet.write_string(row, LINE_ID, line.id)
            sheet.write_string(
                row, TITLE, self.label(line.labels) + (" †" if line.status == "memory" else ""), self.wrap
            )
            sheet.write_string(row, UNIT, line.unit, self.grey)

    def _cell(self, cell: FilledCell, spot: Spot, back: int) -> None:
        sheet = self.sheets[spot.sheet]
        if cell.value is None:
            sheet.write_blank(spot.row, spot.column, None, self.empty)
            return
        formula = self._formula(cell, back)
        form = self.formats[cell.value == int(cell.value), bool(formula)]
        if formula:
            sheet.write_formula(spot.row, spot.column, formula, form, cell.value)
        else:
            sheet.write_number(spot.row, spot.column, cell.value, form)

    def _formula(self, cell: FilledCell, back: int) -> str:
        """Return the sum of a total's parts, where all are given and make it up; empty where the total is a value."""
        for way in ("column", "line"):
            parts = self.parts.get(f"{cell.id}|{way}", ())
            values = [self.filled.value(part, cell.year) for part in parts]
            if not parts or any(value is None for value in values):
                continue
            if sum(value for value in values if value is not None) == cell.value:
                spots = [self.layout.spots.get((part, back)) for part in parts]
                if all(spot is not None for spot in spots):
                    return "=" + "+".join(address(spot.row, spot.column) for spot in spots if spot is not None)
        return ""

    def _footnotes(self) -> None:
        """Write the letters of notes after each line, and the notes below the last block of each sheet."""
        texts = list(dict.fromkeys(self.filled.footnotes.values()))
        letters = {note: _letter(texts.index(text)) for note, text in self.filled.footnotes.items()}
        used: dict[str, set[str]] = {}
        below: dict[str, int] = {}
        for block in self.layout.blocks:
            at = FIRST_VALUE + self.collection.years * len(block.columns)
            below[block.sheet] = block.row + HEAD_ROWS + len(block.lines) + 1
            sheet = self.sheets[block.sheet]
            for row, line in enumerate(block.lines, start=block.row + HEAD_ROWS):
                notes = self._notes_of(line.table, line.id)
                used.setdefault(block.sheet, set()).update(self.filled.footnotes[note] for note in notes)
                told = ", ".join(dict.fromkeys(letters[note] for note in notes))
                sheet.write_string(row, at, f"{told}  {line.note}".strip(), self.grey)
        for name, kept in used.items():
            for row, text in enumerate((text for text in texts if text in kept), start=below[name]):
                self.sheets[name].write_string(row, 0, f"{_letter(texts.index(text))}  {text}", self.grey)

    def _notes_of(self, table: str, line: str) -> list[str]:
        start = f"{table}:{line}:"
        own = [cell for (name, _), cell in self.filled.cells.items() if name.startswith(start)]
        found = [note for cell in own for note in (*cell.notes, *(["small"] if cell.is_small else []))]
        return [note for note in dict.fromkeys(found) if note in self.filled.footnotes]

    def _intervals(self) -> None:
        found = [cell for cell in self.filled.cells.values() if cell.lower is not None and cell.value is not None]
        if not found:
            return
        sheet = self.book.add_worksheet(self.word("sheet.intervals")[:LONGEST_SHEET_NAME])
        _print_wide(sheet)
        sheet.set_column(0, 0, 34)
        heads = ("head.cell", "head.year", "head.value", "head.lower", "head.upper", "head.few")
        sheet.write_row(0, 0, [self.word(head) for head in heads], self.head)
        for row, cell in enumerate(found, start=1):
            figures = (cell.year, cell.value, cell.lower, cell.upper)
            sheet.write_row(row, 0, (cell.id, *figures, self.word("word.few") if cell.is_small else ""))
        sheet.write_string(len(found) + 2, 0, self.word("about.intervals"), self.grey)

    def _unfilled(self) -> None:
        sheet = self.book.add_worksheet(self.word("sheet.unfilled")[:LONGEST_SHEET_NAME])
        _print_wide(sheet)
        sheet.set_column(0, 0, 26)
        sheet.set_column(2, 3, 70)
        heads = ("head.cell", "head.year", "head.why", "head.missing")
        sheet.write_row(0, 0, [self.word(head) for head in heads], self.head)
        empty = [cell for cell in self.filled.cells.values() if cell.status != FILLED]
        for row, cell in enumerate(empty, start=1):
            sheet.write_string(row, 0, cell.id)
            sheet.write_number(row, 1, cell.year)
            sheet.write_string(row, 2, cell.reason)
            sheet.write_string(row, 3, ", ".join(cell.missing))

    def _places(self) -> None:
        sheet = self.book.add_worksheet(CELLS_SHEET)
        sheet.hide()
        sheet.write_row(0, 0, ("collection", self.collection.id, self.filled.year))
        for row, ((cell, back), spot) in enumerate(self.layout.spots.items(), start=1):
            place = address(spot.row, spot.column)
            sheet.write_row(row, 0, (cell, self.filled.year - back, spot.sheet[:LONGEST_SHEET_NAME], place))


def _letter(number: int) -> str:
    """Return a, b, ..., z, aa, ab, ... from 0."""
    first, rest = divmod(number, 26)
    return (chr(ord("a") + first - 1) if first else "") + chr(ord("a") + rest)


def _print_wide(sheet: Any) -> None:
    """Let a printed sheet show all its columns: those who sign a submission read it on paper."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
