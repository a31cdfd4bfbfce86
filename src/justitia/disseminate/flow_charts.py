"""Pictures of flows: bands from state to state, curves with the number still observed, waits, stock over time.

Positions are computed here and drawn as static SVG (justitia.disseminate.drawing). Each picture has a name, a
description, and a table beside it that has the same figures. Nothing is drawn for a redacted figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from justitia.disseminate import drawing
from justitia.disseminate.charts import COLOURS, GRID, INK, QUIET, Spec, nice_top
from justitia.disseminate.cube import REDACTED
from justitia.disseminate.flow_layout import band_rows, lay_out
from justitia.disseminate.flow_tables import OPEN, Speaker
from justitia.model.case_flow import Band, FlowTable, Passage, PrisonTable, ReturnTable
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.disseminate.wording import Messages
    from justitia.model.case_flow import AnyTable

WIDTH, HEIGHT = 700, 320
CURVES = 6  # in one picture; more are not told apart
DASHES = ([1, 0], [7, 3], [2, 2], [10, 3, 2, 3], [4, 4], [12, 4])
BELOW, LINE = 46, 17  # pixels between the curves and the table beneath, and of a line of that table
STUB = 96  # pixels for the names of its lines


@dataclass(frozen=True, slots=True)
class Picture:
    """A static picture.

    Args:
        id: name of the table beside it, and of the file.
        title, description: what it shows, for readers who cannot see it too.
        svg: the drawing.
    """

    id: str
    title: str
    description: str
    svg: str

    def _repr_svg_(self) -> str:
        """Return the drawing, as notebooks ask for it."""
        return self.svg


def flow_pictures(table: AnyTable, language: str, *, messages: Messages) -> tuple[Picture, ...]:
    """Return the pictures of a flow; none where the component that draws is not installed.

    Args:
        table: protected tables.
        language: BCP 47 tag.
        messages: words of `messages/flow.csv`.
    """
    if not drawing.can_draw():
        return ()
    say = Speaker(table.heading, language, messages)
    if isinstance(table, FlowTable):
        return tuple(picture for picture in (_bands(table, say), *_reached(table, say)) if picture is not None)
    if isinstance(table, PrisonTable):
        held = _curves({say.words("figure.remand_median"): table.remand_band}, say) if table.remand_band else None
        pictures = [_stock(table, say)]
        if held is not None:
            pictures.append(_picture("shares", "chart.remand", "chart.curve.description", held, say))
        return tuple(pictures)
    if isinstance(table, ReturnTable):
        lines = {f"{say.state(w)}": band for (w, item, _), band in table.bands.items() if item == TOTAL}
        return (
            (_picture("returns", "chart.free", "chart.curve.description", _curves(lines, say), say),) if lines else ()
        )
    return ()


def _picture(id: str, title: str, description: str, spec: Spec, say: Speaker, **values: str) -> Picture:
    from justitia.disseminate.captions import Reader
    from justitia.disseminate.charts import number_locale

    name, text = say.words(title, **values), say.words(description)
    locale = number_locale(Reader(say.words, say.formats))
    unique = f"{say.heading.id}-{id}-{title.rpartition('.')[2]}-{'-'.join(values.values())}".strip("-").replace(
        " ", "_"
    )
    return Picture(id, name, text, drawing.draw(spec, title=name, description=text, id=unique, locale=locale))


def _spec(layers: Sequence[Spec], *, width: int = WIDTH, height: int = HEIGHT) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - 60,
        "height": height,
        "padding": 4,
        "layer": list(layers),
        "config": {
            "aria": False,
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": QUIET, "labelFontSize": 12, "gridColor": GRID, "domainColor": QUIET, "ticks": False},
            "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": 420, "title": None, "orient": "top"},
            "text": {"fontSize": 12, "color": INK},
        },
    }


def _data(rows: Sequence[Spec]) -> Spec:
    return {"values": list(rows)}


def _axis(name: str, domain: Sequence[float], axis: Spec | None) -> Spec:
    return {"field": name, "type": "quantitative", "scale": {"domain": list(domain), "nice": False}, "axis": axis}


def _colours(names: Sequence[str], *, legend: bool = True, shape: str = "square", total: str = "") -> Spec:
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(names))]
    scale = {"domain": [*names, *([total] if total else [])], "range": [*colours, *([INK] if total else [])]}
    shown = {**_legend(names), "symbolType": shape} if legend else None
    return {"field": "name", "type": "nominal", "scale": scale, "legend": shown}


def _dashes(names: Sequence[str]) -> Spec:
    """Return what tells lines apart without colour."""
    scale = {"domain": list(names), "range": [DASHES[place % len(DASHES)] for place in range(len(names))]}
    return {
        "field": "name",
        "type": "nominal",
        "scale": scale,
        "legend": {**_legend(names), "symbolType": "stroke"} if len(names) > 1 else None,
    }


def _legend(names: Sequence[str]) -> Spec:
    columns = 1 if max(map(len, names), default=0) > 18 else 4
    return {"columns": columns, "symbolOpacity": 1, "symbolStrokeWidth": 3, "symbolSize": 260}


# -- bands from state to state ------------------------------------------------------------------------------------
def _bands(table: FlowTable, say: Speaker) -> Picture | None:
    nodes, links = lay_out(table.links, (*table.states, OPEN))
    if not links:
        return None
    names = {name: say.state(name) for name in nodes}
    ribbons = [row | {"name": names[str(row["source"])]} for link in links for row in band_rows(link)]
    boxes = [
        {"x": n.x - 0.06, "x2": n.x + 0.06, "y": n.y, "y2": n.y + n.size, "name": names[name]}
        for name, n in nodes.items()
    ]
    texts = [
        {"x": n.x + 0.09, "y": n.y + n.size / 2, "t": [names[name], say.formats.count(n.size)]}
        for name, n in nodes.items()
    ]
    right = max(n.x for n in nodes.values())
    top = max(n.y + n.size for n in nodes.values())
    x, y = _axis("x", (-0.1, right + 0.95), None), _axis("y", (top * 1.02, -top * 0.02), None)
    colour = _colours(list(names.values()), legend=False)
    layers = [
        {
            "data": _data(ribbons),
            "mark": {"type": "area", "opacity": 0.42, "interpolate": "linear"},
            "encoding": {"x": x, "y": y, "y2": {"field": "y2"}, "color": colour, "detail": {"field": "link"}},
        },
        {
            "data": _data(boxes),
            "mark": {"type": "rect", "opacity": 1},
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "color": colour},
        },
    ]
    beside: Spec = {"type": "text", "align": "left", "baseline": "middle", "fontWeight": 500, "dy": -7}
    for halo in ({"stroke": "#ffffff", "strokeWidth": 4, "strokeJoin": "round"}, {"stroke": None}):
        # The white edge beneath keeps words readable where they cross a box.
        encoding = {"x": x, "y": y, "text": {"field": "t"}}
        layers.append({"data": _data(texts), "mark": {**beside, **halo}, "encoding": encoding})
    return _picture("links", "chart.flow", "chart.flow.description", _spec(layers, width=980, height=460), say)


# -- curves -------------------------------------------------------------------------------------------------------
def _reached(table: FlowTable, say: Speaker) -> list[Picture]:
    """Return, for the last state that is no end, its share by entry cohort and how the wait for it is distributed."""
    made = []
    passages = [p for p in table.passages if p.breakdown == TOTAL and p.band is not None]
    last = next((s for s in reversed(table.states) if any(p.state == s and p.reached for p in passages)), "")
    for state in dict.fromkeys((_middle(table), last)):
        own = {say.cohort(p.cohort): p.band for p in passages if p.state == state and p.band is not None}
        if own:
            spec = _curves(dict(list(own.items())[-CURVES:]), say)
            args = ("attrition", "chart.reached", "chart.curve.description")
            made.append(_picture(*args, spec, say, state=say.state(state)))
    state = _middle(table)
    whole = next((p for p in passages if p.state == state and p.cohort == TOTAL), None)
    if whole is not None:
        args = ("attrition", "chart.waiting", "chart.waiting.description")
        made.append(_picture(*args, _waits(whole, table, say), say, state=say.state(state)))
    return made


def _middle(table: FlowTable) -> str:
    """Return the state whose curve tells most: convictions, else what the flow leads to."""
    for name in ("convicted", "decided", "prosecuted"):
        if name in table.states:
            return name
    return table.states[-1]


def _curves(lines: dict[str, Band], say: Speaker) -> Spec:
    """Return curves with bands, and beneath them how many are still observed."""
    right = max(band.steps[-1][0] for band in lines.values())
    steps = [
        {"x": x, "v": v * 100, "lo": lo * 100, "hi": hi * 100, "name": name}
        for name, band in lines.items()
        for x, v, lo, hi in (
            (0.0, band.steps[0][1] if band.steps[0][1] == 1 else 0.0, *(band.steps[0][1],) * 2),
            *band.steps,
        )
    ]
    top = nice_top(max(hi * 100 for band in lines.values() for _, _, _, hi in band.steps))
    pixel = top / HEIGHT
    title: list[Spec] = [{"x": 0, "y": -(BELOW + LINE) * pixel, "t": say.words("observed")}]
    texts: list[Spec] = []
    for place, (name, band) in enumerate(lines.items(), start=2):
        y_text = -(BELOW + place * LINE) * pixel
        if len(lines) > 1:
            title.append({"x": 0, "y": y_text, "t": name})
        texts += [{"x": day, "y": y_text, "t": say.formats.count(n), "name": name} for day, n in band.watched]
    below = BELOW + (len(lines) + 2) * LINE
    ticks = [top * n / 5 for n in range(6)]
    shown = {"title": say.words("days"), "grid": False, "format": ",.0f", "tickCount": 8, "offset": -below}
    x = _axis("x", (0, right * 1.02), shown)
    marks: Spec = {"title": None, "values": ticks, "format": ",.0f" if top >= 5 else ",.1f", "domain": False}
    marks |= {"minExtent": STUB, "labelExpr": "datum.label + ' %'"}
    colour = _colours(list(lines), legend=len(lines) > 1, shape="stroke")

    def y(name: str) -> Spec:
        return _axis(name, (-below * pixel, top), marks)

    layers = [
        {
            "data": _data(steps),
            "mark": {"type": "area", "opacity": 0.16, "interpolate": "step-after"},
            "encoding": {"x": x, "y": y("lo"), "y2": {"field": "hi"}, "color": colour},
        },
        {
            "data": _data(steps),
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
            "encoding": {"x": x, "y": y("v"), "color": colour, "strokeDash": _dashes(list(lines))},
        },
        {
            "data": _data(texts),
            "mark": {"type": "text", "fontSize": 11, "align": "center", "fill": INK, "baseline": "middle"},
            "encoding": {"x": x, "y": y("y"), "text": {"field": "t"}},
        },
    ]
    mark = {"type": "text", "fontSize": 11, "align": "right", "dx": -18, "fontWeight": 600, "baseline": "middle"}
    encoding = {"x": x, "y": y("y"), "text": {"field": "t"}}
    layers.append({"data": _data(title), "mark": {**mark, "limit": STUB}, "encoding": encoding})
    return _spec(layers, height=HEIGHT + below)


def _waits(whole: Passage, table: FlowTable, say: Speaker) -> Spec:
    """Return bars of the share that reaches the state in each span of days between the horizons."""
    ends = [(days, whole.shares[days]) for days in table.horizons]
    ends = [(days, figure) for days, figure in ends if figure.value is not None or figure.is_redacted]
    rows: list[dict[str, Any]] = []
    before, low = 0.0, 0
    for days, figure in ends:
        # A redacted share is not drawn; what comes after it is told from the last share shown.
        more = None if figure.value is None else max(0.0, figure.value - before)
        shown = REDACTED if more is None else say.formats.decimal(more)
        rows.append({"x": f"{low + 1 if low else 0}–{days}", "v": more or 0.0, "t": shown})
        before, low = figure.value or before, days
    top = nice_top(max([float(row["v"]) for row in rows], default=1.0) * 1.1)
    order = [row["x"] for row in rows]
    axis = {"title": say.words("days"), "labelAngle": 0, "grid": False}
    x = {"field": "x", "type": "ordinal", "sort": order, "axis": axis}
    marks = {"title": None, "format": ",.0f", "tickCount": 5, "domain": False, "labelExpr": "datum.label + ' %'"}
    y = _axis("v", (0, top), marks)
    text = {"x": x, "y": y, "text": {"field": "t"}}
    layers = [
        {"data": _data(rows), "mark": {"type": "bar", "color": COLOURS[0]}, "encoding": {"x": x, "y": y}},
        {"data": _data(rows), "mark": {"type": "text", "dy": -9}, "encoding": text},
    ]
    return _spec(layers, height=240)


# -- stock over time ----------------------------------------------------------------------------------------------
def _stock(table: PrisonTable, say: Speaker) -> Picture:
    at = {(r.period, r.measure): r.figure.value for r in table.stock if r.breakdown == TOTAL}
    days = list(dict.fromkeys(r.period for r in table.stock if r.breakdown == TOTAL))
    rows: list[dict[str, Any]] = []
    totals = []
    for day, after in zip(days, [*days[1:], _after(days)], strict=True):
        base = 0.0
        for group in table.groups:
            value = at.get((day, group)) or 0.0
            rows.append({"x": day, "x2": after, "y": base, "y2": base + value, "name": say.state(group)})
            base += value
        if at.get((day, TOTAL)) is not None:
            totals += [{"x": x, "v": at[day, TOTAL], "name": say.words("total")} for x in (day, after)]
    top = nice_top(max([*(row["y2"] for row in rows), *(float(row["v"]) for row in totals)], default=1.0))  # type: ignore[arg-type]
    x = {"field": "x", "type": "temporal", "axis": {"title": None, "grid": False, "format": "%Y-%m", "tickCount": 8}}
    axis = {"title": None, "format": ",.0f", "tickCount": 5, "domain": False}
    colour = _colours([say.state(group) for group in table.groups], total=say.words("total"))
    layers = [
        {
            "data": _data(rows),
            "mark": {"type": "rect", "opacity": 0.85, "stroke": "#ffffff", "strokeWidth": 0.6},
            "encoding": {
                "x": x,
                "x2": {"field": "x2"},
                "y": _axis("y", (0, top), axis),
                "y2": {"field": "y2"},
                "color": colour,
            },
        },
        {
            "data": _data(totals),
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-after"},
            "encoding": {"x": x, "y": _axis("v", (0, top), axis), "color": colour},
        },
    ]
    return _picture("stock", "chart.stock", "chart.stock.description", _spec(layers), say)


def _after(days: Sequence[str]) -> str:
    """Return the day at which the last bar ends: as wide as a month."""
    return (date.fromisoformat(days[-1]) + timedelta(days=30)).isoformat()
