"""What a chart shows: points taken from a published table, redacted ones without a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from justitia.disseminate import captions
from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import REDACTED, Axis, Cube
from justitia.disseminate.formats import period_end
from justitia.model.missing import TOTAL

TIME = "TIME_PERIOD"
_MOST_SERIES = 6  # more lines or colours than this cannot be told apart
_MOST_BARS = 20


@dataclass(frozen=True, slots=True)
class Category:
    """A place on the x axis, or a series."""

    code: str
    label: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of a chart; without a value there is only its symbol."""

    x: Category
    series: Category
    value: float | None
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class ChartData:
    """All that is drawn.

    Args:
        kind: bar, line or stacked_bar.
        over_time: whether the x axis is time.
        x: categories in drawing order.
        series: series in drawing order; one with an empty code when there is no colour.
        points: the figures.
        period: period shown, empty when the x axis is time.
        left_out_x: how many categories of the x axis were not drawn for want of room.
        left_out_series: how many series were not drawn.
    """

    kind: str
    over_time: bool
    x: tuple[Category, ...]
    series: tuple[Category, ...]
    points: tuple[Point, ...]
    period: str
    left_out_x: int
    left_out_series: int

    @property
    def has_redacted(self) -> bool:
        """Return whether a figure drawn as a mark is redacted."""
        return any(point.symbol == REDACTED for point in self.points)


def latest_period(cube: Cube, released: date) -> str:
    """Return the latest period that had ended by the release and is covered in full, else the latest of all."""
    full = cube.dataflow.full_until
    ended = [
        period
        for period in cube.periods
        if (end := period_end(period)) is not None and end <= released and (not full or period <= full)
    ]
    return ended[-1] if ended else (cube.periods[-1] if cube.periods else TOTAL)


def chart_data(cube: Cube, reader: Reader, released: date, unranked: Sequence[str] = ()) -> ChartData | None:
    """Return what the table's declared chart shows, None when it declares none or one that the table cannot fill.

    Args:
        cube, reader: the table and its reader.
        released: date of the release.
        unranked: fields whose groups keep the order of their code list.
    """
    chart = _one_period(cube)
    x_id, colour_id = chart.get("x", ""), chart.get("colour", "")
    x_axis, colour_axis = cube.axis(x_id), cube.axis(colour_id)
    over_time = x_id == TIME
    if not chart or not cube.cells or not (over_time or x_axis) or (colour_id and colour_axis is None):
        return None
    measure = chart.get("measure", "COUNT")
    latest = latest_period(cube, released)
    series = (
        _largest(cube, colour_axis, reader, latest, measure, _MOST_SERIES, unranked)
        if colour_axis
        else ([Category("", "")], 0)
    )
    if over_time or x_axis is None:
        periods = [period for period in cube.periods if period != TOTAL] or [TOTAL]
        x, left_out = [Category(period, reader.formats.period(period, reader.words)) for period in periods], 0
    else:
        x, left_out = _largest(cube, x_axis, reader, latest, measure, _MOST_BARS, unranked)
    points = [
        _point(cube, reader, place, one, x_axis, colour_axis, place.code if over_time else latest, measure)
        for place in x
        for one in series[0]
    ]
    kind = chart.get("kind", "bar")
    period = "" if over_time else latest
    return ChartData(kind, over_time, tuple(x), tuple(series[0]), tuple(points), period, left_out, series[1])


def _one_period(cube: Cube) -> Mapping[str, str]:
    """Return the declared chart; with a single period, bars of the groups in place of lines that have no length."""
    chart = cube.dataflow.chart
    periods = [period for period in cube.periods if period != TOTAL]
    if chart.get("x") == TIME and chart.get("colour") and len(periods) == 1:
        return {**chart, "kind": "bar", "x": chart["colour"], "colour": ""}
    return chart


def _point(
    cube: Cube,
    reader: Reader,
    place: Category,
    one: Category,
    x_axis: Axis | None,
    colour: Axis | None,
    period: str,
    measure: str,
) -> Point:
    """Return one figure; a redacted one has no value to be drawn from."""
    given = ({x_axis.id: place.code} if x_axis else {}) | ({colour.id: one.code} if colour else {})
    cell = cube.cell(given, period, measure)
    value = None if cell.symbol else cell.value
    return Point(place, one, value, cell.symbol, captions.figure(cube, measure, cell, reader))


def _largest(
    cube: Cube, axis: Axis, reader: Reader, period: str, measure: str, most: int, unranked: Sequence[str]
) -> tuple[list[Category], int]:
    """Return the top categories of an axis, largest first (bands in their own order), and how many were left out.

    Redacted categories come last, in the order of the code list: their place must not tell their size.
    """
    top = [entry for entry in axis.entries if entry.is_top]
    order = {entry.code: place for place, entry in enumerate(top)}
    value = {entry.code: cube.cell({axis.id: entry.code}, period, measure).value for entry in top}
    ranked = sorted(top, key=lambda entry: (entry.is_missing, -(value[entry.code] or 0), order[entry.code]))
    kept = ranked[:most]
    if axis.is_ordered or axis.dimension.field.rsplit(".", 1)[-1] in unranked:
        kept = sorted(kept, key=lambda entry: order[entry.code])
    labelled = [Category(entry.code, axis.label(entry.code, reader.words), entry.is_missing) for entry in kept]
    return labelled, len(top) - len(kept)
