"""A published table as a sheet: a cross-table with the periods in columns where they fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from justitia.disseminate import captions
from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import NOT_COMPUTABLE, Axis, Cell, Cube, Entry
from justitia.disseminate.sheets import INK, LINE, QUIET, TINT, Sheet, Styles
from justitia.model.publication import Publication

_MOST_PERIODS = 24  # more side by side cannot be read: the periods then go down
_MOST_COLUMNS = 15  # more figures than this side by side print too small: the measures then go down


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
        if cube.ratio(measure) is None:
            found.append(Group(measure, name, "#,##0", "value"))
            continue
        number_format = f"#,##0.{'0' * cube.places[measure]}"
        found.append(Group(measure, name, number_format, "value"))
        found += [
            Group(measure, reader.words(f"{limit}_limit", measure=name), number_format, limit)
            for limit in ("lower", "upper")
        ]
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """How a cube is laid out: what goes down besides the dimensions, and what goes across."""

    cube: Cube
    groups: tuple[Group, ...]
    reader: Reader
    periods_down: bool
    measures_down: bool

    @property
    def across(self) -> list[tuple[Group | None, tuple[str, ...]]]:
        """Return the blocks of columns: the group (None: given by the row) and the periods (empty: by the row)."""
        periods = () if self.periods_down else self.cube.periods
        return [(None, periods)] if self.measures_down else [(group, periods) for group in self.groups]

    @property
    def stub(self) -> list[str]:
        """Return the headings of the stub: a classification has its code beside its label."""
        words = self.reader.words
        found: list[str] = [words("measure")] if self.measures_down else []
        for axis in self.cube.axes:
            title = axis.title(words)
            found += [words("code"), title] if axis.is_classified else [title]
        found += [words("period")] if self.periods_down else []
        return found or [""]

    def widths(self) -> list[float]:
        """Return the width of all columns in characters."""
        words = self.reader.words
        found = [_width(group.name for group in self.groups)] if self.measures_down else []
        for axis in self.cube.axes:
            labels = (" " * 2 * entry.depth + axis.label(entry.code, words) for entry in axis.entries)
            found += [9.0] * axis.is_classified + [_width([*labels, axis.title(words) + "   "])]
        found += [14.0] if self.periods_down else []
        return (found or [30.0]) + [width for _, periods in self.across for width in ([11.0] * len(periods) or [18.0])]

    def rows(self) -> Iterator[tuple[Group | None, tuple[str, ...], tuple[str, ...]]]:
        """Yield the group (None: all across), the key and the periods of each row."""
        for group in self.groups if self.measures_down else (None,):
            for codes in self.cube.rows():
                if self.periods_down:
                    yield from ((group, codes, (period,)) for period in self.cube.periods)
                else:
                    yield group, codes, self.cube.periods


def plan(cube: Cube, reader: Reader) -> Plan:
    """Return the layout in which the table can still be read and printed."""
    found = tuple(groups(cube, reader))
    periods_down = len(cube.periods) > _MOST_PERIODS
    measures_down = len(found) > 1 and len(found) * (1 if periods_down else len(cube.periods)) > _MOST_COLUMNS
    return Plan(cube, found, reader, periods_down, measures_down)


def _width(texts: Iterable[str]) -> float:
    return float(min(60, max(len(text) for text in texts) * 0.95 + 2))


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
    layout = plan(cube, reader)
    sheet = Sheet(workbook, name, styles, reader, layout.widths(), warning)
    sheet.line(f"{name}. {captions.title(cube, reader.words)}", bold=True, font_size=14)
    unit = captions.number_of(cube, reader.words)
    sheet.line(f"{unit}. {captions.period(cube, reader)}", font_size=11, font_color=QUIET)
    description = reader.words.pick(cube.dataflow.descriptions)
    if description:
        sheet.line(description, font_size=10, font_color=QUIET)
    sheet.link(contents, reader.words("back_to_contents"))
    sheet.row += 2
    _header(sheet, layout)
    _body(sheet, layout)
    rule = publication.disclosure.get(cube.dataflow.disclosure)
    sheet.row += 1
    sheet.notes(captions.symbols(cube, reader.words, rounded=rule is not None and rule.rule in captions.NOISY))
    sheet.row += 1
    sheet.notes(captions.notes(cube, publication, reader))
    sheet.line(captions.citation(publication, reader), font_size=9, font_color=QUIET)


def _header(sheet: Sheet, layout: Plan) -> None:
    """Write the header lines (measures over periods), freeze them and repeat them on every printed page."""
    head = {"bold": True, "bg_color": TINT, "text_wrap": True}
    stub, top = layout.stub, sheet.row
    for column in range(len(stub)):
        sheet.text(column, "", top=1, top_color=INK, **head)
    column, lines = len(stub), 1
    for group, periods in layout.across:
        count = max(1, len(periods))
        name = group.name if group else sheet.reader.words("period")
        shape = sheet.styles(align="center", top=1, top_color=INK, left=1, left_color=LINE, **head)
        if count > 1:
            sheet.sheet.merge_range(top, column, top, column + count - 1, "", shape)
        sheet.sheet.write_string(top, column, name, shape)
        lines = max(lines, math.ceil(len(name) * 1.2 / (11 * count if count > 1 else 18)))
        column += count
    sheet.sheet.set_row(top, 15 * lines + 2)
    sheet.row += 1
    for column, text in enumerate(stub):
        sheet.text(column, text, bottom=1, bottom_color=INK, **head)
    column = len(stub)
    for _, periods in layout.across:
        for place, period in enumerate(periods or [""]):
            text = sheet.reader.formats.period(period, sheet.reader.words) if period else ""
            sheet.text(column, text, align="right", bottom=1, bottom_color=INK, **head, **_edge(place))
            column += 1
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, len(stub))
    sheet.sheet.repeat_rows(top, sheet.row - 1)


def _body(sheet: Sheet, layout: Plan) -> None:
    """Write the rows; totals over all but the first dimension are bold, parts are indented below their parent."""
    cube, first, stub = layout.cube, sheet.row - 1, len(layout.stub)
    entries = [{entry.code: entry for entry in axis.entries} for axis in cube.axes]
    for group, codes, periods in layout.rows():
        own = [entries[place][code] for place, code in enumerate(codes)]
        line = {"bottom": 4, "bottom_color": LINE, "bold": all(entry.is_total for entry in own[1:] or own)}
        column = 0
        if group:
            sheet.text(column, group.name, **line)
            column += 1
        for axis, entry in zip(cube.axes, own, strict=True):
            column = _stub_cell(sheet, column, axis, entry, line)
        if layout.periods_down:
            sheet.text(column, sheet.reader.formats.period(periods[0], sheet.reader.words), **line)
        column = stub
        for shown in [group] if group else layout.groups:
            for place, period in enumerate(periods):
                _figure(sheet, column, cube.at(codes, period, shown.measure), shown, line | _edge(place))
                column += 1
        sheet.row += 1
    if stub > 1 and sheet.row > first + 1:
        sheet.sheet.autofilter(first, 0, sheet.row - 1, stub - 1)


def _figure(sheet: Sheet, column: int, cell: Cell, group: Group, style: dict[str, Any]) -> None:
    """Write the value or a limit of one cell."""
    value = getattr(cell, group.part)
    sheet.cell(
        column, value, cell.symbol or ("" if value is not None else NOT_COMPUTABLE), group.number_format, **style
    )


def _edge(place: int) -> dict[str, Any]:
    """Return the style of the first column of a block: a line at its start."""
    return {"left": 1, "left_color": LINE} if place == 0 else {}


def _stub_cell(sheet: Sheet, column: int, axis: Axis, entry: Entry, line: dict[str, Any]) -> int:
    """Write the code and label of one dimension; return the next column."""
    if axis.is_classified:
        sheet.text(column, entry.code, **line)
        column += 1
    sheet.text(column, axis.label(entry.code, sheet.reader.words), indent=entry.depth, **line)
    return column + 1
