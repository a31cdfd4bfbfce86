"""The tables of the report: a published table cut into cross-tables that a page can hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from justitia.disseminate import captions
from justitia.disseminate.address import cell_address
from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import Axis, Cell, Cube, Entry
from justitia.disseminate.series import TIME
from justitia.model.missing import TOTAL

_MOST_PERIODS = 12
_OPEN_ROWS = 20  # a longer table is folded
_MOST_ROWS = 400  # a longer one is left to the workbook
_MOST_ADDRESSED = 400  # figures; larger tables say how to form addresses instead


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as the page shows it: text, interval, symbol, address, and the length of its bar in percent."""

    text: str
    value: float | None
    symbol: str = ""
    lower: str = ""
    upper: str = ""
    address: str = ""
    bar: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A cell of the stub: label, code (classifications only) and depth in the hierarchy."""

    label: str
    code: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    heads: tuple[Head, ...]
    figures: tuple[Figure, ...]
    is_total: bool
    is_missing: bool
    is_parent: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A cross-table.

    Args:
        caption: what it shows.
        stub: headings of the stub.
        columns: headings of the figures.
        rows: the lines.
        remark: what a reader must know about its extent, may be empty.
        bars: heading of the column whose figures have bars, empty for none.
        left_out: rows of a table too long for a page.
    """

    caption: str
    stub: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    remark: str = ""
    bars: str = ""
    left_out: int = 0

    @property
    def is_folded(self) -> bool:
        """Return whether the page shows the table only when asked."""
        return len(self.rows) > _OPEN_ROWS


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: heading, period, and codes of dimensions that it fixes."""

    title: str
    period: str
    given: Mapping[str, str]


def grids(cube: Cube, reader: Reader, *, latest: str, bars: bool) -> list[Grid]:
    """Return the tables of a section: the chart's own first, then the other dimensions, measures and combinations.

    Args:
        cube: the published table.
        reader: language.
        latest: period shown where periods are not in columns.
        bars: whether figures of the first table carry bars, as there is no chart.
    """
    first, second = _main_axes(cube)
    found = []
    counts = [measure for measure in cube.measures if cube.ratio(measure) is None]
    if first is not None and counts:
        if second is not None:
            found.append(_two_way(cube, first, second, reader, counts[0], latest))
        found.append(_by(cube, first, reader, counts[0]))
        found += [_by(cube, axis, reader, counts[0]) for axis in cube.axes if axis is not first]
    if first is None or len(cube.measures) > 1:
        found.append(_measures(cube, reader))
    if first is not None:
        found += [_by(cube, first, reader, measure) for measure in cube.measures if cube.ratio(measure)]
    if bars and found:
        found[0] = _with_bars(found[0], reader, latest)
    if len(cube.axes) > 1 and counts:
        found.append(_combinations(cube, reader, counts[0]))
    return found


def _main_axes(cube: Cube) -> tuple[Axis | None, Axis | None]:
    """Return the dimension in the rows of the first table, and the one in its columns when the chart has two."""
    x, colour = cube.axis(cube.dataflow.chart.get("x", "")), cube.axis(cube.dataflow.chart.get("colour", ""))
    if cube.dataflow.chart.get("x") == TIME or x is None:
        return colour or x or next(iter(cube.axes), None), None
    return x, colour


def _periods(cube: Cube, reader: Reader) -> tuple[list[Column], str]:
    """Return the latest periods as columns, with a remark when there are more."""
    shown = cube.periods[-_MOST_PERIODS:]
    columns = [Column(reader.formats.period(period, reader.words), period, {}) for period in shown]
    if len(shown) == len(cube.periods):
        return columns, ""
    return columns, reader.words("only_latest", shown=str(len(shown)), all=str(len(cube.periods)))


def _by(cube: Cube, axis: Axis, reader: Reader, measure: str) -> Grid:
    """Return a measure by one dimension and period; the other dimensions are at their total."""
    columns, remark = _periods(cube, reader)
    name = captions.measure(cube, measure, reader)
    caption = reader.words("by", measure=name, dimension=reader.words.inside(axis.title(reader.words)))
    if cube.ratio(measure):
        caption = reader.words("with_interval", measure=caption)
    return _grid(cube, axis, reader, measure, columns, caption, remark)


def _two_way(cube: Cube, axis: Axis, across: Axis, reader: Reader, measure: str, latest: str) -> Grid:
    """Return a measure by two dimensions in one period."""
    columns = [
        Column(across.label(entry.code, reader.words), latest, {across.id: entry.code}) for entry in across.entries
    ]
    words = reader.words
    both = " × ".join(words.inside(one.title(words)) for one in (axis, across))
    name = words("by", measure=captions.measure(cube, measure, reader), dimension=both)
    caption = words("chart.title", title=name, period=reader.formats.period(latest, words))
    return _grid(cube, axis, reader, measure, columns, caption, "")


def _grid(
    cube: Cube, axis: Axis, reader: Reader, measure: str, columns: Sequence[Column], caption: str, remark: str
) -> Grid:
    nested = any(entry.depth for entry in axis.entries)
    rows = [
        Row(
            (_head(axis, entry, reader),),
            _figures(cube, [(dict(c.given) | {axis.id: entry.code}, c.period, measure) for c in columns], reader),
            entry.is_total,
            entry.is_missing,
            nested and entry.depth == 0,
        )
        for entry in axis.entries
    ]
    return _within_limits(
        Grid(caption, (axis.title(reader.words),), tuple(column.title for column in columns), tuple(rows), remark)
    )


def _measures(cube: Cube, reader: Reader) -> Grid:
    """Return all measures and ratios by period, all dimensions at their total."""
    columns, remark = _periods(cube, reader)
    rows = [
        Row(
            (Head(captions.measure(cube, measure, reader)),),
            _figures(cube, [({}, column.period, measure) for column in columns], reader),
            is_total=False,
            is_missing=False,
        )
        for measure in cube.measures
    ]
    caption = reader.words("all_measures")
    return Grid(caption, (reader.words("measure"),), tuple(column.title for column in columns), tuple(rows), remark)


def _combinations(cube: Cube, reader: Reader, measure: str) -> Grid:
    """Return every row of the published table for one measure."""
    columns, remark = _periods(cube, reader)
    entries = [{entry.code: entry for entry in axis.entries} for axis in cube.axes]
    keys = cube.rows()
    names = " × ".join(reader.words.inside(axis.title(reader.words)) for axis in cube.axes)
    stub = tuple(axis.title(reader.words) for axis in cube.axes)
    titles = tuple(column.title for column in columns)
    caption = reader.words("all_combinations", dimensions=names)
    if len(keys) > _MOST_ROWS:
        return Grid(caption, stub, titles, (), remark, left_out=len(keys))
    rows = []
    for codes in keys:
        own = [entries[place][code] for place, code in enumerate(codes)]
        heads = tuple(_head(axis, entry, reader) for axis, entry in zip(cube.axes, own, strict=True))
        given = {axis.id: code for axis, code in zip(cube.axes, codes, strict=True)}
        figures = _figures(cube, [(given, column.period, measure) for column in columns], reader)
        total = all(entry.is_total for entry in own[1:])
        rows.append(Row(heads, figures, total, any(entry.is_missing for entry in own)))
    return _within_limits(Grid(caption, stub, titles, tuple(rows), remark))


def _within_limits(grid: Grid) -> Grid:
    """Return the table without rows when a page can't hold it, and without addresses when they would weigh too much."""
    if len(grid.rows) > _MOST_ROWS:
        return replace(grid, rows=(), left_out=len(grid.rows))
    if len(grid.rows) * len(grid.columns) <= _MOST_ADDRESSED:
        return grid
    plain = (replace(row, figures=tuple(replace(figure, address="") for figure in row.figures)) for row in grid.rows)
    return replace(grid, rows=tuple(plain))


def _head(axis: Axis, entry: Entry, reader: Reader) -> Head:
    code = entry.code if axis.is_classified and entry.code != TOTAL and not entry.is_missing else ""
    return Head(axis.label(entry.code, reader.words), code, entry.depth)


def _figures(cube: Cube, wanted: Iterable[tuple[Mapping[str, str], str, str]], reader: Reader) -> tuple[Figure, ...]:
    """Return the figures of a row."""
    found = []
    for given, period, measure in wanted:
        cell = cube.cell(given, period, measure)
        address = cell_address(cube.dataflow.id, cube.codes(given), measure, period, cube.table.vintage)
        found.append(_figure(cube, measure, cell, address, reader))
    return tuple(found)


def _figure(cube: Cube, measure: str, cell: Cell, address: str, reader: Reader) -> Figure:
    text = captions.figure(cube, measure, cell, reader)
    if cell.symbol or cell.lower is None or cell.upper is None:
        return Figure(text, None if cell.symbol else cell.value, cell.symbol, address=address)
    lower, upper = (reader.formats.decimal(limit, cube.places[measure]) for limit in (cell.lower, cell.upper))
    return Figure(text, cell.value, "", lower, upper, address)


def _with_bars(grid: Grid, reader: Reader, latest: str) -> Grid:
    """Return the table with bars for the latest period (or the last column); redacted figures have none."""
    name = reader.formats.period(latest, reader.words)
    place = grid.columns.index(name) if name in grid.columns else len(grid.columns) - 1
    amounts = [row.figures[place].value or 0.0 for row in grid.rows]
    largest = max((amount for amount, row in zip(amounts, grid.rows, strict=True) if not row.is_total), default=0.0)
    if not largest or sum(not row.is_total for row in grid.rows) < 2:
        return grid
    rows = [
        row if row.is_total or row.figures[place].symbol else _barred(row, place, round(100 * amount / largest))
        for row, amount in zip(grid.rows, amounts, strict=True)
    ]
    return replace(grid, rows=tuple(rows), bars=grid.columns[place])


def _barred(row: Row, place: int, length: int) -> Row:
    figures = list(row.figures)
    figures[place] = replace(figures[place], bar=length)
    return replace(row, figures=tuple(figures))
