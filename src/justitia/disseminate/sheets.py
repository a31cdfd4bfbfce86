"""One sheet of the workbook: heading, numbers, notes, and how it prints."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from justitia.disseminate.captions import Note, Reader
from justitia.disseminate.cube import Cell
from justitia.disseminate.safe_text import without_controls

INK, QUIET, LINE, TINT, WARNING = "#1b2733", "#566573", "#b8c2cc", "#eaf0f6", "#8b1a1a"


class Styles:
    """The cell formats of one workbook, each made once."""

    def __init__(self, workbook: Any, *, right_to_left: bool) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._order = 2 if right_to_left else 1

    def __call__(self, **properties: Any) -> Any:
        """Return the format with these xlsxwriter properties."""
        base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
        given = base | {"reading_order": self._order} | properties
        key = tuple(sorted(given.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(given)
        return self._made[key]


class Sheet:
    """A worksheet that is written from top to bottom.

    Args:
        workbook: xlsxwriter workbook.
        name: name of the tab.
        styles: formats of the workbook.
        reader: language.
        widths: width of each column in characters.
        warning: text of the banner, empty for none.
    """

    def __init__(
        self, workbook: Any, name: str, styles: Styles, reader: Reader, widths: Sequence[float], warning: str
    ) -> None:
        self.sheet = workbook.add_worksheet(name)
        self.name, self.styles, self.reader, self.widths = name, styles, reader, list(widths)
        self.row = 0
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self._set_up_print(warning)
        if warning:
            self.line(warning, bold=True, font_color="#ffffff", bg_color=WARNING, font_size=12)

    def _set_up_print(self, warning: str) -> None:
        """Landscape A4, one page wide; page numbers below, the warning above on every page."""
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        self.sheet.hide_gridlines(2)
        self.sheet.set_footer(f"&L&8&A&R&8{self.reader.words('page')}")
        if warning:
            self.sheet.set_header(f'&C&"Calibri,Bold"&10{warning.replace("&", "&&")}')
        if self.reader.formats.direction == "rtl":
            self.sheet.right_to_left()

    def line(self, text: str, **style: Any) -> None:
        """Write one line across the whole sheet, wrapped where it is long."""
        shape = self.styles(text_wrap=True, **style)
        characters = max(20.0, sum(self.widths) * 11 / style.get("font_size", 11))
        lines = math.ceil(len(text) * 1.05 / characters)
        self.sheet.set_row(self.row, (style.get("font_size", 11) + 4) * max(1, lines))
        if len(self.widths) > 1:
            self.sheet.merge_range(self.row, 0, self.row, len(self.widths) - 1, "", shape)
        self.sheet.write_string(self.row, 0, without_controls(text), shape)
        self.row += 1

    def heading(self, text: str) -> None:
        """Write a heading within the sheet."""
        self.row += 1
        self.line(text, bold=True, font_size=12)

    def notes(self, notes: Iterable[Note]) -> None:
        """Write notes, each led by what it is about."""
        for note in notes:
            self.line(f"{note.about}: {note.text}", font_size=9, font_color=QUIET)

    def link(self, target: str, text: str, column: int = 0) -> None:
        """Write a link to another sheet in the present row."""
        shape = self.styles(font_color="#0b5394", underline=1)
        place = target.replace("'", "''")
        self.sheet.write_url(self.row, column, f"internal:'{place}'!A1", shape, without_controls(text))

    def text(self, column: int, text: str, **style: Any) -> None:
        """Write text in the present row; it is never taken for a formula."""
        self.sheet.write_string(self.row, column, without_controls(text), self.styles(**style))

    def cell(self, column: int, value: float | None, symbol: str, number_format: str, **style: Any) -> None:
        """Write a number as a number, or the symbol that stands for it."""
        if symbol or value is None:
            self.text(column, symbol, align="right", **{**style, "font_color": QUIET})
        else:
            self.sheet.write_number(self.row, column, value, self.styles(num_format=number_format, **style))

    def grid(self, header: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> None:
        """Write a plain table: a header line, then texts and figures."""
        figures = [column for column, item in enumerate(rows[0]) if isinstance(item, Cell)] if rows else []
        for column, text in enumerate(header):
            side = {"align": "right"} if column in figures else {}
            self.text(column, text, bold=True, bg_color=TINT, bottom=1, text_wrap=True, **side)
        self.row += 1
        for row in rows:
            for column, item in enumerate(row):
                if isinstance(item, str):
                    self.text(column, item, text_wrap=True)
                else:
                    whole = item.value is None or item.value == int(item.value)
                    self.cell(column, item.value, item.symbol, "#,##0" if whole else "#,##0.0")
            self.fit_row([item if isinstance(item, str) else "" for item in row])
            self.row += 1

    def fit_row(self, texts: Sequence[str]) -> None:
        """Make the present row as high as its longest wrapped text needs."""
        lines = [math.ceil(len(text) * 1.1 / width) for text, width in zip(texts, self.widths, strict=False)]
        self.sheet.set_row(self.row, 15.5 * max(1, *lines))
