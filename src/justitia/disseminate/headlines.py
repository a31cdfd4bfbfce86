"""The biggest findings, as plain sentences made from the protected tables."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.disseminate import captions
from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import REDACTED, Axis, Cell, Cube
from justitia.disseminate.series import latest_period
from justitia.model.missing import NO_CODE, TOTAL
from justitia.model.publication import Publication

_SMALL = 100  # below it a change is told in units: a percentage of few says too much


@dataclass(frozen=True, slots=True)
class Card:
    """A key figure: the number, what it is, and how it compares or how sure it is."""

    figure: str
    label: str
    detail: str
    anchor: str


def cards(cubes: list[Cube], publication: Publication, reader: Reader) -> list[Card]:
    """Return the key figures: the latest total of each table, and its ratios with their intervals.

    Tables of the same units have the same totals: each is said once.
    """
    found, said = [], set[tuple[str, ...]]()
    for number, cube in enumerate(cubes, start=1):
        latest = latest_period(cube, publication.released)
        for measure in cube.measures:
            if measure == "COUNT" or cube.ratio(measure):
                cell = cube.cell({}, latest, measure)
                shown = (cube.dataflow.unit, measure, latest, _shown(cube, measure, cell, reader))
                if shown in said:
                    continue
                said.add(shown)
                detail = _interval(cube, measure, cell, reader) or _change(cube, latest, cell, publication, reader)
                found.append(
                    Card(
                        _shown(cube, measure, cell, reader), _label(cube, measure, latest, reader), detail, f"t{number}"
                    )
                )
    return found


def sentences(cubes: list[Cube], publication: Publication, reader: Reader) -> list[str]:
    """Return the findings that are not key figures: the largest groups and the change since the first period."""
    found, said = list[str](), set[tuple[str, ...]]()
    for cube in cubes:
        latest = latest_period(cube, publication.released)
        rule = publication.disclosure.get(cube.dataflow.disclosure)
        unranked = rule.unranked_fields if rule else ()
        for axis in cube.axes[:1]:
            if axis.dimension.field.rsplit(".", 1)[-1] not in unranked:
                found += [text] if (text := _largest(cube, axis, latest, reader)) else []
        totals = (cube.dataflow.unit, *(str(cube.cell({}, period, "COUNT").value) for period in cube.periods))
        if totals not in said:
            said.add(totals)
            found += [text] if (text := _since(cube, latest, reader)) else []
    return found


def uncoded(cubes: list[Cube], publication: Publication, reader: Reader) -> list[str]:
    """Return a sentence for every classified dimension in which records wait for a code."""
    words = reader.words
    found: list[str] = []
    for cube in cubes:
        latest = latest_period(cube, publication.released)
        for axis in cube.axes:
            if not (axis.is_classified and any(entry.code == NO_CODE for entry in axis.entries)):
                continue
            given = {axis.id: NO_CODE}
            cell, total = cube.cell(given, latest, "COUNT"), cube.cell({}, latest, "COUNT")
            about = {
                "unit": captions.unit(cube, words),
                "table": captions.title(cube, words),
                "period": reader.formats.period(latest, words),
            }
            if cell.symbol == REDACTED:
                found.append(words("uncoded.redacted", **about))
            elif cell.value:
                share = reader.formats.percent(100 * cell.value / total.value) if total.value else total.symbol
                value = reader.formats.count(cell.value)
                found.append(words("uncoded.some", value=value, share=share, label=words("code._X"), **about))
    return found


def _shown(cube: Cube, measure: str, cell: Cell, reader: Reader) -> str:
    ratio = cube.ratio(measure)
    if ratio and ratio.per == 100 and cell.value is not None and not cell.symbol:
        return reader.formats.percent(cell.value)
    return captions.figure(cube, measure, cell, reader)


def _label(cube: Cube, measure: str, period: str, reader: Reader) -> str:
    ratio = cube.ratio(measure)
    title = captions.title(cube, reader.words)
    name = f"{reader.words.pick(ratio.labels, ratio.id)} – {title}" if ratio else title
    if ratio and ratio.per != 100:
        name = f"{captions.measure(cube, measure, reader)} – {title}"
    if period == TOTAL:
        return name
    return reader.words("chart.title", title=name, period=reader.formats.period(period, reader.words))


def _interval(cube: Cube, measure: str, cell: Cell, reader: Reader) -> str:
    """Return the interval of a ratio, empty for counts and where there is none."""
    ratio = cube.ratio(measure)
    if ratio is None or cell.symbol or cell.lower is None or cell.upper is None:
        return ""
    if ratio.per == 100:
        lower, upper = (reader.formats.percent(limit) for limit in (cell.lower, cell.upper))
    else:
        lower, upper = (reader.formats.decimal(limit, cube.places[measure]) for limit in (cell.lower, cell.upper))
    return reader.words("finding.interval", lower=lower, upper=upper)


def _change(cube: Cube, latest: str, cell: Cell, publication: Publication, reader: Reader) -> str:
    """Return the change since the same period a year before; a difference within the rounding is no change."""
    earlier = _year_before(latest)
    before = cube.cell({}, earlier, "COUNT")
    if cell.symbol or cell.value is None or before.symbol or before.value is None:
        return ""
    rule = publication.disclosure.get(cube.dataflow.disclosure)
    period = reader.formats.period(earlier, reader.words)
    difference = cell.value - before.value
    if abs(difference) <= (rule.round_to if rule and rule.round_to > 1 else 0):
        return reader.words("finding.same", period=period)
    key = "finding.more" if difference > 0 else "finding.fewer"
    if before.value < _SMALL:
        return reader.words(f"{key}_units", number=reader.formats.count(abs(difference)), period=period)
    share = reader.formats.percent(100 * abs(difference) / before.value)
    return reader.words(key, percent=share, period=period)


def _year_before(period: str) -> str:
    """Return the same period of the year before; months and quarters are never compared across seasons."""
    return f"{int(period[:4]) - 1:04}{period[4:]}" if period[:4].isdigit() else ""


def _largest(cube: Cube, axis: Axis, latest: str, reader: Reader) -> str:
    """Return which top category has most, empty when that can't be told."""
    total = cube.cell({}, latest, "COUNT")
    found = [
        (cell.value, entry.code)
        for entry in axis.entries
        if entry.is_top and not entry.is_missing
        for cell in [cube.cell({axis.id: entry.code}, latest, "COUNT")]
        if not cell.symbol and cell.value
    ]
    if not found or total.symbol or not total.value or cube.dataflow.counting_rule == "once_per_category":
        return ""
    value, code = max(found, key=lambda pair: pair[0])
    return reader.words(
        "finding.largest",
        table=captions.title(cube, reader.words),
        period=reader.formats.period(latest, reader.words),
        label=axis.label(code, reader.words),
        value=reader.formats.count(value),
        unit=captions.unit(cube, reader.words),
        share=reader.formats.percent(100 * value / total.value),
    )


def _since(cube: Cube, latest: str, reader: Reader) -> str:
    """Return the first and the latest total, empty when they are neighbours or one is not shown."""
    known = [period for period in cube.periods if period != TOTAL and period <= latest]
    if len(known) < 3:
        return ""
    first, last = cube.cell({}, known[0], "COUNT"), cube.cell({}, latest, "COUNT")
    if first.symbol or last.symbol or first.value is None or last.value is None:
        return ""
    words, formats = reader.words, reader.formats
    return words(
        "finding.since",
        table=captions.title(cube, words),
        first=formats.period(known[0], words),
        last=formats.period(latest, words),
        first_value=formats.count(first.value),
        last_value=formats.count(last.value),
    )
