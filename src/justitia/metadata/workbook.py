"""Row files as workbooks, and back: every cell is text, so that codes keep their zeros and dates their form."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from justitia.errors import CatalogueError

LONGEST_CELL = 32_767  # characters, and
MOST_ROWS = 1_048_576  # rows: the limits of the workbook format
WIDEST = 60  # characters of a column on the screen
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a CSV file: its cells, and the text that it was read from, with the line end."""

    cells: tuple[str, ...]
    text: str


def export_workbook(csv_path: Path, xlsx_path: Path) -> None:
    """Write a row file to a workbook: text cells, the header frozen and filtered.

    Raises:
        CatalogueError: E-CAT-003 when the file is not UTF-8, E-CAT-070 when it does not fit into a workbook.
    """
    import io

    import xlsxwriter

    lines = _read_lines(csv_path)
    if not lines:
        raise CatalogueError("E-CAT-070", "the file has no header", where=str(csv_path), remedy="Add a header line")
    _check_size(lines, csv_path)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    written = io.BytesIO()  # a file that cannot be written is then an ordinary error of the system
    with xlsxwriter.Workbook(written, options) as book:
        text = book.add_format({"num_format": "@", "valign": "top"})
        head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDE6EE"})
        sheet = book.add_worksheet("rows")
        width = max(len(line.cells) for line in lines)
        for column in range(width):
            longest = max(len(line.cells[column]) for line in lines if column < len(line.cells))
            sheet.set_column(column, column, min(max(longest + 2, 8), WIDEST), text)
        for number, line in enumerate(lines):
            for column, cell in enumerate(line.cells):
                if cell:
                    sheet.write_string(number, column, cell, text if number else head)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(lines) - 1, width - 1)
    xlsx_path.write_bytes(written.getvalue())


def import_workbook(xlsx_path: Path, csv_path: Path) -> int:
    """Write the first sheet of a workbook to a row file, and return the number of rows that are new or changed.

    Rows that nobody edited keep their text to the byte; an unedited workbook leaves the file as it was. Nothing is
    written when a cell is at fault.

    Raises:
        CatalogueError: E-CAT-070 when the workbook cannot be read or has no header, E-CAT-071 for numbers in a column
            whose codes begin with zeros.
    """
    rows = _read_sheet(xlsx_path)
    old = _read_lines(csv_path) if csv_path.exists() else []
    _check_zeros(rows, old, xlsx_path)
    texts = [[_cell_text(cell) for cell in row] for row in rows]
    width = len(texts[0])
    kept = {tuple(_as_kept(cell) for cell in line.cells): line.text for line in old}
    end = "\r\n" if old and old[0].text.endswith("\r\n") else "\n"
    written, changed = [], 0
    for number, row in enumerate(texts):
        cells = tuple(_as_kept(cell) for cell in row[:width])
        if number and not any(cells):
            continue
        changed += cells not in kept
        written.append(kept.get(cells) or _csv_line(cells, end))
    if written and old and not old[-1].text.endswith(("\n", "\r")):
        # The file ended without a line end: so does the row that was its last, wherever it stands now.
        written = [line if line.endswith(("\n", "\r")) else line + end for line in written[:-1]] + written[-1:]
    _write(csv_path, "".join(written), bom=csv_path.exists() and csv_path.read_bytes().startswith(_BOM.encode()))
    return changed


def _read_lines(path: Path) -> list[_Line]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogueError(
            "E-CAT-003", "the file is not UTF-8", where=str(path), remedy="Save it as `CSV UTF-8`"
        ) from error
    physical = list(io.StringIO(text, newline=""))
    reader = csv.reader(physical)
    lines, start = [], 0
    for cells in reader:
        if any(cells):
            lines.append(_Line(tuple(cells), "".join(physical[start : reader.line_num])))
        start = reader.line_num
    return lines


def _check_size(lines: Sequence[_Line], path: Path) -> None:
    if len(lines) > MOST_ROWS:
        message = f"{len(lines)} rows do not fit into a sheet of {MOST_ROWS}"
        raise CatalogueError("E-CAT-070", message, where=str(path), remedy="Edit the CSV file itself")
    for number, line in enumerate(lines, start=1):
        if any(len(cell) > LONGEST_CELL for cell in line.cells):
            message = f"row {number} has a text longer than {LONGEST_CELL} characters"
            raise CatalogueError("E-CAT-070", message, where=str(path), remedy="Edit the CSV file itself")


def _read_sheet(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise CatalogueError(
            "E-CAT-070", "the file is not a workbook that can be read", where=str(path), remedy="Save it as .xlsx"
        ) from error
    head = [_cell_text(cell) for cell in rows[0]] if rows else []
    while head and not head[-1]:
        head.pop()
    stray = any(_cell_text(cell) for row in rows[1:] for cell in row[len(head) :])
    if not head or stray or not all(head):
        raise CatalogueError(
            "E-CAT-070",
            "a column has no name in the first row",
            where=str(path),
            remedy="Name it, or remove what stands below",
        )
    return [row[: len(head)] for row in rows]


def _check_zeros(rows: Sequence[Sequence[Any]], old: Sequence[_Line], path: Path) -> None:
    for column, name in enumerate(rows[0]):
        known = {cell for row in rows[1:] if isinstance(cell := row[column], str)}
        if old and str(name) in old[0].cells:
            place = old[0].cells.index(str(name))
            known |= {line.cells[place] for line in old[1:] if place < len(line.cells)}
        padded = {cell.lstrip("0"): cell for cell in sorted(known) if re.fullmatch(r"0\d+", cell)}
        for number, row in enumerate(rows[1:], start=2):
            cell = row[column]
            if padded and isinstance(cell, (int, float)) and not isinstance(cell, bool):
                shown = _cell_text(cell)
                likely = padded.get(shown)
                raise CatalogueError(
                    "E-CAT-071",
                    f"the number {shown} stands among codes that begin with zero"
                    + (f": is it {likely}?" if likely else ""),
                    where=f"{path}, cell {_cell_name(column, number)}",
                    remedy="Format the cell as text and write the code in full; nothing was imported",
                )


def _cell_text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _cell_name(column: int, row: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _as_kept(cell: str) -> str:
    """Return a text as a workbook keeps it: line ends are `\\n`, other control characters are lost."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter >= " " or letter in "\n\t")


def _csv_line(cells: Sequence[str], end: str) -> str:
    quoted = ('"' + cell.replace('"', '""') + '"' if re.search(r'[",\r\n]', cell) else cell for cell in cells)
    return ",".join(quoted) + end


def _write(path: Path, text: str, *, bom: bool) -> None:
    made = path.with_name(f".{path.name}.new")
    made.write_bytes((_BOM * bom + text).encode())
    made.replace(path)
