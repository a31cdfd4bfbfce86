"""Sheets of the workbook for flows: tables one below the other, each figure as a number beside its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.disseminate.captions import Note
from justitia.disseminate.cube import REDACTED, Cell
from justitia.disseminate.flow_tables import NOT_TOLD, Grid, Told, flow_grids
from justitia.disseminate.sheets import QUIET, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from justitia.disseminate.wording import Words
    from justitia.model.case_flow import AnyTable

FIRST, OTHERS, MOST = 34.0, 16.0, 24  # widths of columns in characters; columns


def add_flow_sheet(make: Callable[[list[float]], Sheet], table: AnyTable, said: Words, contents: str) -> None:
    """Write the sheet of one flow.

    Args:
        make: maker of the sheet from the widths of its columns.
        table: protected tables.
        said: words of flows in the language of the workbook.
        contents: name of the sheet of contents.
    """
    page = flow_grids(table, said.language, messages=said.messages)
    made = [(grid, *_written(grid, said)) for grid in page.grids]
    columns = min(MOST, max([2, *(len(header) for _, header, _ in made)]))
    sheet = make([FIRST, FIRST, *[OTHERS] * (columns - 2)])
    sheet.line(page.title, bold=True, font_size=14)
    if page.description:
        sheet.line(page.description, font_color=QUIET)
    sheet.link(contents, contents)
    sheet.row += 1
    sheet.heading(page.caution)
    for text in page.cautions:
        sheet.line(text)
    for grid, header, rows in made:
        sheet.heading(grid.caption)
        sheet.grid(header, rows)
    sheet.row += 1
    for text in (*page.remarks, said("not_attacked")):
        sheet.line(text, font_size=9, font_color=QUIET)
    sheet.notes([Note(REDACTED, said("redacted")), Note(NOT_TOLD, said("not_told"))])


def _written(grid: Grid, said: Words) -> tuple[list[str], list[list[str | Cell]]]:
    """Return the header and the rows of a table; an interval has two columns of its own."""
    wide = [any(_has_interval(row.figures[n]) for row in grid.rows) for n in range(len(grid.columns))]
    header = [str(text) for text in grid.stub]
    for text, has_interval in zip(grid.columns, wide, strict=True):
        header += [str(text), *((str(said("from")), str(said("to"))) if has_interval else ())]
    rows: list[list[str | Cell]] = []
    for row in grid.rows:
        cells: list[str | Cell] = [str(text) for text in row.heads]
        for text, has_interval in zip(row.figures, wide, strict=True):
            cells += _cells(text, has_interval)
        rows.append(cells)
    return header, rows


def _has_interval(text: str) -> bool:
    return isinstance(text, Told) and (text.figure.lower is not None or text.figure.upper is not None)


def _cells(text: str, has_interval: bool) -> list[Cell]:
    if not isinstance(text, Told):
        return [Cell(float(text))] if text.isdecimal() else [Cell(None, symbol=text)]
    symbol = text if text.figure.value is None else ""
    ends = (text.figure.lower, text.figure.upper) if has_interval else ()
    return [
        Cell(text.figure.value, symbol=symbol),
        *(Cell(end, symbol="" if end is not None else NOT_TOLD) for end in ends),
    ]
