"""Vega-Lite specifications of charts: positions are computed here, so that nothing is drawn for a redacted figure."""

from __future__ import annotations

import math
from typing import Any

from justitia.disseminate.captions import Reader
from justitia.disseminate.series import Category, ChartData, Point

INK, QUIET, GRID = "#1b2733", "#4a5866", "#dde3e9"
# Told apart by readers who see colours differently; each at least 3:1 against white. Lines also differ by shape.
COLOURS = ("#1f4e79", "#b5541c", "#2f7d5b", "#7a4e9e", "#8a6d00", "#0b7c8f")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
_MISSING = "#6b7785"

Spec = dict[str, Any]


def chart_spec(data: ChartData, reader: Reader, *, width: int) -> Spec:
    """Return the Vega-Lite specification.

    Args:
        data: what is shown.
        reader: language: direction and number format.
        width: width of the whole drawing in pixels.
    """
    if data.kind == "line" and data.over_time:
        layers, height = _lines(data, width)
    elif data.over_time:
        layers, height = _columns(data, width)
    else:
        layers, height = _rows(data, width, right_to_left=reader.formats.direction == "rtl")
    plot = width - _label_room(data, width) if data.kind == "line" and data.over_time else width - 6
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": plot - (44 if data.over_time else 0),
        "height": height,
        "padding": 2,
        "layer": layers,
        "config": {
            "aria": False,
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": QUIET, "labelFontSize": 12, "gridColor": GRID, "domainColor": QUIET, "ticks": False},
            "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": width - 40, "title": None},
            "text": {"fontSize": 12, "color": INK},
        },
    }


def number_locale(reader: Reader) -> Spec:
    """Return the number format of the language, for the axis."""
    symbols = reader.formats.locale.number_symbols.get("latn", {})
    return {
        "decimal": symbols.get("decimal", "."),
        "thousands": symbols.get("group", ","),
        "grouping": [3],
        "currency": ["", ""],
    }


def nice_top(largest: float) -> float:
    """Return the upper end of an axis: the next round number that four or five steps reach."""
    if largest <= 0:
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(largest))
    return next(step * magnitude for step in (1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * magnitude >= largest)


def _top(data: ChartData) -> float:
    """Return the upper end of the axis, over single figures or over stacks."""
    if data.kind != "stacked_bar":
        return nice_top(max((point.value or 0 for point in data.points), default=0) * 1.05)
    return nice_top(max((sum(p.value or 0 for p in _at(data, place)) for place in data.x), default=0) * 1.02)


def _at(data: ChartData, place: Category) -> list[Point]:
    return [point for point in data.points if point.x == place]


def _colour(data: ChartData, *, legend: bool) -> Spec:
    """Return the colour encoding; one series needs none of its own."""
    names = [one.label for one in data.series]
    colours = [_MISSING if one.is_missing else COLOURS[place % len(COLOURS)] for place, one in enumerate(data.series)]
    shown = {"orient": "top", "direction": "horizontal", "symbolType": "square", "columns": 0} if legend else None
    if shown and sum(len(name) * 7 + 30 for name in names) > 560:
        shown["columns"] = 1
    return {"field": "series", "type": "nominal", "scale": {"domain": names, "range": colours}, "legend": shown}


def _values(rows: list[Spec]) -> Spec:
    return {"values": rows}


def _time_x(data: ChartData) -> Spec:
    return {
        "field": "x",
        "type": "ordinal",
        "scale": {"domain": [place.label for place in data.x]},
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelOverlap": "greedy",
            "labelSeparation": 10,
            "grid": False,
            "labelPadding": 6,
        },
    }


def _amount(field: str, top: float) -> Spec:
    axis = {"title": None, "format": ",.0f" if top >= 5 else ",.1f", "tickCount": 5, "domain": False}
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, top], "nice": False}, "axis": axis}


def _label_room(data: ChartData, width: int) -> int:
    """Return the pixels kept at the right of lines for their names."""
    longest = max((len(one.label) for one in data.series), default=0)
    if _has_legend(data, width):
        return 6
    return min(int(width * 0.38), longest * 8 + 18) if longest else 6


def _has_legend(data: ChartData, width: int) -> bool:
    """Return whether lines are named in a legend, as there is no room beside them."""
    return max((len(one.label) for one in data.series), default=0) * 8 > width * 0.3


def _lines(data: ChartData, width: int) -> tuple[list[Spec], int]:
    """Return layers of lines that break where there is no figure, with the name at the end of each."""
    height, top = 300, _top(data)
    rows: list[Spec] = []
    for one in data.series:
        piece = 0
        for point in (found for found in data.points if found.series == one):
            piece += point.value is None
            if point.value is not None:
                rows.append({"x": point.x.label, "v": point.value, "series": one.label, "piece": f"{one.code}{piece}"})
    x, y, colour = _time_x(data), _amount("v", top), _colour(data, legend=_has_legend(data, width))
    x["scale"] = x["scale"] | {"type": "point", "padding": 0.2}
    names = [one.label for one in data.series]
    shape: Spec = {"field": "series", "scale": {"domain": names, "range": list(_SHAPES[: len(names)])}}
    shape["legend"] = colour["legend"] = colour["legend"] and {**colour["legend"], "symbolType": None, "columns": 1}
    line = {"x": x, "y": y, "color": colour, "detail": {"field": "piece"}}
    dots = {"x": x, "y": y, "color": colour, "shape": shape}
    layers: list[Spec] = [
        {"data": _values(rows), "mark": {"type": "line", "strokeWidth": 2.25}, "encoding": line},
        {
            "data": _values(rows),
            "mark": {"type": "point", "filled": True, "size": 55 if len(data.x) <= 24 else 18, "opacity": 1},
            "encoding": dots,
        },
    ]
    texts = {"x": x, "y": _amount("v", top), "text": {"field": "t"}, "color": colour}
    marks = _line_marks(data, top, height)
    if names != [""] and not _has_legend(data, width):
        end = {"type": "text", "align": "left", "dx": 10, "fontWeight": 600, "limit": _label_room(data, width) - 12}
        layers.append({"data": _values(_line_ends(data, marks, top, height)), "mark": end, "encoding": texts})
    layers.append({"data": _values(marks), "mark": {"type": "text"}, "encoding": texts})
    return layers, height


def _line_ends(data: ChartData, marks: list[Spec], top: float, height: int) -> list[Spec]:
    """Return the names of the lines at their last figure, pushed apart so that none covers another.

    A line without any figure has its name in the row of its marks.
    """
    last: list[tuple[float, str]] = []
    for one in data.series:
        values = [point.value for point in data.points if point.series == one and point.value is not None]
        values = values or [mark["v"] for mark in marks if mark["series"] == one.label]
        last += [(values[-1], one.label)] if values else []
    gap, lowest, rows = 15 * top / height, -math.inf, []
    for value, name in sorted(last):
        lowest = max(value, lowest + gap)
        rows.append({"x": data.x[-1].label, "v": lowest, "series": name, "t": name})
    return rows


def _line_marks(data: ChartData, top: float, height: int) -> list[Spec]:
    """Return the symbols of figures that are not drawn, just above the axis, one row for each series."""
    rows, level = [], 0
    for one in data.series:
        marked = [point for point in data.points if point.series == one and point.value is None]
        level += bool(marked)
        place = (level * 15 - 7) * top / height
        rows += [{"x": point.x.label, "v": place, "series": one.label, "t": point.symbol} for point in marked]
    return rows


def _columns(data: ChartData, width: int) -> tuple[list[Spec], int]:
    """Return layers of upright bars over time, side by side or stacked."""
    top, stacked = _top(data), data.kind == "stacked_bar"
    many = len(data.series) > 1
    rows: list[Spec] = []
    marks: list[Spec] = []
    for place in data.x:
        base = 0.0
        for point in _at(data, place):
            row = {"x": place.label, "series": point.series.label}
            if point.value is None:
                marks.append(row | {"v": base, "t": point.symbol})
                continue
            rows.append(row | {"v0": base, "v": base + point.value, "t": point.text})
            base += point.value if stacked else 0
    x, y = _time_x(data), _amount("v", top)
    x["scale"] = x["scale"] | {"type": "band", "paddingInner": 0.3, "paddingOuter": 0.15}
    offset = {"xOffset": {"field": "series", "scale": {"domain": [s.label for s in data.series]}}}
    side = offset if many and not stacked else {}
    colour = _colour(data, legend=many)
    bars = {"x": x, "y": y, "y2": {"field": "v0"}, "color": colour} | side
    text = {"x": x, "y": y, "text": {"field": "t"}} | side
    bar = {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1}
    above = {"type": "text", "dy": -8}
    layers: list[Spec] = [{"data": _values(rows), "mark": bar, "encoding": bars}]
    if not many and len(data.x) * 40 < width:
        layers.append({"data": _values(rows), "mark": above, "encoding": text})
    if marks:
        layers.append({"data": _values(_merged(marks)), "mark": above, "encoding": text})
    return layers, 280


def _merged(marks: list[Spec]) -> list[Spec]:
    """Return one mark for a place, though several parts may be without a figure."""
    return list({(mark["x"], mark["v"], mark["t"]): mark for mark in marks}.values())


def _rows(data: ChartData, width: int, *, right_to_left: bool) -> tuple[list[Spec], int]:
    """Return layers of lying bars, each category's name above them; they grow from the side where reading starts."""
    top, stacked, many = _top(data), data.kind == "stacked_bar", len(data.series) > 1
    thick = 12 if many and not stacked else 16
    bars: list[Spec] = []
    texts: list[Spec] = []
    names: list[Spec] = []
    y = 0.0
    for place in data.x:
        names.append({"x": 0, "y": y + 10, "t": place.label})
        y, base = y + 20, 0.0
        for point in _at(data, place):
            end = base + (point.value or 0)
            if point.value is not None:
                name = point.series.label if many else ("missing" if place.is_missing else "")
                bars.append({"x0": base, "x": end, "y": y, "y1": y + thick, "series": name})
            if point.value is None or not stacked:
                texts.append({"x": end, "y": y + thick / 2, "t": point.text})
            base, y = (end, y) if stacked else (base, y + thick + 1)
        y += thick + 12 if stacked else 12
    height = math.ceil(y)
    room = 0.0 if stacked else 56 * top / max(width, 1)
    across = {
        "type": "quantitative",
        "scale": {"domain": [0, top + room], "nice": False, "reverse": right_to_left},
        "axis": {"title": None, "format": ",.0f", "tickCount": 5, "domain": False} if stacked else None,
    }
    down = {"type": "quantitative", "scale": {"domain": [0, height], "nice": False, "reverse": True}, "axis": None}
    x, place_y = {"field": "x"} | across, {"field": "y"} | down
    colour = (
        _colour(data, legend=True)
        if many
        else {
            "field": "series",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": ["", "missing"], "range": [COLOURS[0], _MISSING]},
        }
    )
    encoding = {"x": x, "x2": {"field": "x0"}, "y": place_y, "y2": {"field": "y1"}, "color": colour}
    text = {"x": x, "y": place_y, "text": {"field": "t"}}
    side = {"align": "right" if right_to_left else "left", "baseline": "middle"}
    beside = {"type": "text", "dx": -5 if right_to_left else 5} | side
    return [
        {"data": _values(bars), "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 1}, "encoding": encoding},
        {"data": _values(names), "mark": {"type": "text", "limit": int(width * 0.88)} | side, "encoding": text},
        {"data": _values(texts), "mark": beside, "encoding": text},
    ], height
