"""A published table as a sheet: a cross-table with the periods in columns where they fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from justitia.disseminate import captions
from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import Axis, Cube, Entry
from justitia.disseminate.sheets import INK, LINE, QUIET, TINT, Sheet, Styles
from justitia.model.publication import Publication

_MOST_COLUMNS = 60  # more figures than this side by side cannot be read: the periods then go down


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of one measure: its name, number format and which part of the cells it shows."""

    measure: str
    name: str
    number_format: str
    part: str  # value, lower, upper


def groups(cube: Cube, reader: Reader) -> list[Group]:
    """Return the groups of columns: one for a count, three for a ratio (value and both limits)."""
    found = []
    for measure in cube.measures:
        name = captions.measure(cube, measure, reader)
        ratio = cube.ratio(measure) is not None
        found.append(Group(measure, name, "#,##0.0" if ratio else "#,##0", "value"))
        if ratio:
            found.append(Group(measure, reader.words("lower_limit", measure=name), "#,##0.0", "lower"))
            found.append(Group(measure, reader.words("upper_limit", measure=name), "#,##0.0", "upper"))
    return found


def add_table_sheet(
    workbook: Any,
    cube: Cube,
    name: str,
    publication: Publication,
    reader: Reader,
    styles: Styles,
    warning: str,
    contents: str,
) -> None:
    """Write the sheet of one table.

    Args:
        workbook: xlsxwriter workbook.
        cube: the table.
        name: name of the tab, which also numbers the table.
        publication: for sources, rules and the citation.
        reader: language.
        styles: formats of the workbook.
        warning: banner of fictional data, empty for none.
        contents: name of the sheet to link back to.
    """
    shown = groups(cube, reader)
    down = len(cube.periods) * len(shown) > _MOST_COLUMNS
    across = 1 if down else len(cube.periods)
    widths = _stub_widths(cube, reader, down) + [11.0 if across > 1 else 18.0] * (across * len(shown))
    sheet = Sheet(workbook, name, styles, reader, widths, warning)
    sheet.line(f"{name}. {captions.title(cube, reader.words)}", bold=True, font_size=14)
    unit = reader.words("number_of", unit=captions.unit(cube, reader.words))
    sheet.line(f"{unit}. {captions.period(cube, reader)}", font_size=11, font_color=QUIET)
    description = reader.words.pick(cube.dataflow.descriptions)
    if description:
        sheet.line(description, font_size=10, font_color=QUIET)
    sheet.link(contents, reader.words("back_to_contents"))
    sheet.row += 2
    _header(sheet, cube, shown, reader, down)
    _body(sheet, cube, shown, reader, down)
    rule = publication.disclosure.get(cube.dataflow.disclosure)
    sheet.row += 1
    sheet.notes(captions.symbols(cube, reader.words, rounded=rule is not None and rule.round_to > 1))
    sheet.row += 1
    sheet.notes(captions.notes(cube, publication, reader))
    sheet.line(captions.citation(publication, reader), font_size=9, font_color=QUIET)


def _stub(cube: Cube, reader: Reader, down: bool) -> list[str]:
    """Return the headings of the stub: a classification has its code beside its label."""
    found: list[str] = []
    for axis in cube.axes:
        title = axis.title(reader.words)
        found += [reader.words("code"), title] if axis.is_classified else [title]
    return found + ([reader.words("period")] if down else [])


def _stub_widths(cube: Cube, reader: Reader, down: bool) -> list[float]:
    widths: list[float] = []
    for axis in cube.axes:
        labels = [len(axis.label(entry.code, reader.words)) + 2 * entry.depth for entry in axis.entries]
        longest = max([*labels, len(axis.title(reader.words)) + 3])
        widths += [9.0] * axis.is_classified + [float(min(60, longest * 0.95 + 2))]
    return widths + [14.0] * down if widths or down else [30.0]


def _header(sheet: Sheet, cube: Cube, shown: list[Group], reader: Reader, down: bool) -> None:
    """Write the two header lines (measures over periods), freeze them and repeat them on every printed page."""
    stub = _stub(cube, reader, down) or [""]
    across = [""] if down else [reader.formats.period(period, reader.words) for period in cube.periods]
    head = {"bold": True, "bg_color": TINT, "text_wrap": True}
    top = sheet.row
    for column in range(len(stub)):
        sheet.text(column, "", top=1, top_color=INK, **head)
    for place, group in enumerate(shown):
        first = len(stub) + place * len(across)
        shape = sheet.styles(align="center", top=1, top_color=INK, left=1, left_color=LINE, **head)
        if len(across) > 1:
            sheet.sheet.merge_range(top, first, top, first + len(across) - 1, "", shape)
        sheet.sheet.write_string(top, first, group.name, shape)
    room = 11.0 * len(across) if len(across) > 1 else 18.0
    sheet.sheet.set_row(top, 15 * max(1, *(-(-len(group.name) // int(room)) for group in shown)) + 2)
    sheet.row += 1
    for column, text in enumerate(stub):
        sheet.text(column, text, bottom=1, bottom_color=INK, **head)
    for place in range(len(shown) * len(across)):
        edge = {"left": 1, "left_color": LINE} if place % len(across) == 0 else {}
        sheet.text(
            len(stub) + place, across[place % len(across)], align="right", bottom=1, bottom_color=INK, **head, **edge
        )
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, len(stub))
    sheet.sheet.repeat_rows(top, sheet.row - 1)


def _body(sheet: Sheet, cube: Cube, shown: list[Group], reader: Reader, down: bool) -> None:
    """Write the rows; totals are bold, parts are indented below their parent."""
    first = sheet.row - 1
    entries = [{entry.code: entry for entry in axis.entries} for axis in cube.axes]
    columns = 0
    for codes, periods in _rows(cube, down):
        own = [entries[place][code] for place, code in enumerate(codes)]
        total = all(entry.is_total for entry in own)
        column = 0
        for axis, entry in zip(cube.axes, own, strict=True):
            column = _stub_cell(sheet, column, axis, entry, reader, bold=total)
        if down:
            sheet.text(column, reader.formats.period(periods[0], reader.words), bottom=4, bottom_color=LINE, bold=total)
            column += 1
        column = max(column, 1)
        for group in shown:
            for place, period in enumerate(periods):
                cell = cube.at(codes, period, group.measure)
                value = getattr(cell, group.part)
                edge = {"left": 1, "left_color": LINE} if place == 0 else {}
                symbol = cell.symbol or ("" if value is not None else ":")
                sheet.cell(column, value, symbol, group.number_format, bold=total, bottom=4, bottom_color=LINE, **edge)
                column += 1
        columns = column
        sheet.row += 1
    if len(cube.axes) > 1 and columns:
        sheet.sheet.autofilter(first, 0, sheet.row - 1, columns - 1)


def _rows(cube: Cube, down: bool) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the key of each row with the periods it shows."""
    for codes in cube.rows():
        if down:
            yield from ((codes, (period,)) for period in cube.periods)
        else:
            yield codes, cube.periods


def _stub_cell(sheet: Sheet, column: int, axis: Axis, entry: Entry, reader: Reader, *, bold: bool) -> int:
    """Write the code and label of one dimension; return the next column."""
    line = {"bottom": 4, "bottom_color": LINE, "bold": bold}
    if axis.is_classified:
        sheet.text(column, entry.code, **line)
        column += 1
    sheet.text(column, axis.label(entry.code, reader.words), indent=entry.depth, **line)
    return column + 1
