"""Flows as tables of words: captions, heads and figures in the reader's language, for the screen, pages and CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from justitia.disseminate.cube import REDACTED
from justitia.disseminate.formats import Formats
from justitia.disseminate.wording import Messages, Words
from justitia.model.case_flow import (
    Figure,
    FlowTable,
    Gap,
    Heading,
    Passage,
    PrisonTable,
    ReturnTable,
    Row,
    ShareTable,
    TogetherTable,
    WorkloadTable,
)
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.model.case_flow import AnyTable

NOT_TOLD = "–"
OPEN = "open"


class Told(str):
    """A figure in words that keeps its numbers, so that a workbook can hold them as numbers.

    Args:
        text: as it is read.
        figure: value and interval; None where there is none.
        places: decimals.
    """

    figure: Figure
    places: int

    def __new__(cls, text: str, figure: Figure, places: int) -> Told:
        """Return `text` with its numbers."""
        told = super().__new__(cls, text)
        told.figure, told.places = figure, places
        return told


@dataclass(frozen=True, slots=True)
class Line:
    """Heads and figures of a row, as words."""

    heads: tuple[str, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of words.

    Args:
        id: name in the page and of the CSV file.
        caption: over the table.
        stub, columns: heads of the columns of names and of figures.
        rows: the lines.
    """

    id: str
    caption: str
    stub: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that is said of a flow in one language."""

    title: str
    description: str
    remarks: tuple[str, ...]
    grids: tuple[Grid, ...]
    caution: str
    cautions: tuple[str, ...]


class Speaker:
    """The words and numbers of one language for one flow."""

    def __init__(self, heading: Heading, language: str, messages: Messages) -> None:
        self.heading = heading
        self.words = Words("flow", language, messages)
        self.formats = Formats(language)

    def state(self, name: str) -> str:
        """Return the words of a state, group, way or form."""
        if name == TOTAL:
            return self.words("total")
        labels = self.heading.states.get(name, {})
        return self.words.pick(labels, name) if labels else str(self.words.known(name, name))

    def group(self, breakdown: str, code: str) -> str:
        """Return the words of a code of a breakdown."""
        if code == TOTAL:
            return self.words("total")
        name = self.words.pick(self.heading.breakdowns.get(breakdown, {}), breakdown)
        labels = self.heading.codes.get((breakdown, code), {})
        said = self.words.pick(labels, code) if labels else self.words.known(f"missing{code}", code)
        return f"{name}: {said}"

    def cohort(self, cohort: str) -> str:
        """Return the words of an entry cohort."""
        return self.words("all_cohorts") if cohort == TOTAL else cohort

    def count(self, value: float | None) -> str:
        """Return a protected count."""
        return Told(REDACTED if value is None else self.formats.count(value), Figure(value), 0)

    def figure(self, figure: Figure, places: int = 1) -> str:
        """Return a figure with its interval."""
        if figure.value is None:
            return Told(REDACTED if figure.is_redacted else NOT_TOLD, figure, places)
        text = self.formats.decimal(figure.value, places) if places else self.formats.count(figure.value)
        ends = [
            NOT_TOLD if end is None else self.formats.decimal(end, places) if places else self.formats.count(end)
            for end in (figure.lower, figure.upper)
        ]
        if figure.lower is not None or figure.upper is not None:
            text = f"{text} ({ends[0]} / {ends[1]})"
        return Told(text, figure, places)


def flow_grids(table: AnyTable, language: str, *, messages: Messages, breakdown: str = "") -> Page:
    """Return everything that is said of a flow, in one language.

    Args:
        table: protected tables.
        language: BCP 47 tag.
        messages: words of `messages/flow.csv`.
        breakdown: the only breakdown shown; empty for all.
    """
    say = Speaker(table.heading, language, messages)
    makers: Mapping[type, Callable[..., list[Grid]]] = {
        FlowTable: _flow,
        PrisonTable: _prison,
        WorkloadTable: _workload,
        ReturnTable: _returns,
        TogetherTable: _together,
        ShareTable: _shares,
    }
    grids = makers[type(table)](table, say, breakdown)
    heading, words = table.heading, say.words
    remarks = [words("unit", unit=words.known(f"unit.{heading.counting_unit}", heading.counting_unit))]
    if heading.until:
        remarks.insert(0, words("until", date=say.formats.date(date.fromisoformat(heading.until))))
    remarks.append(words("protected", symbol=REDACTED, step=str(heading.least_step)))
    if isinstance(table, FlowTable) and table.missing:
        remarks.append(words("missing", states=", ".join(say.state(name) for name in table.missing)))
    return Page(
        title=words.pick(heading.labels, heading.id),
        description=words.pick(heading.descriptions),
        remarks=tuple(remarks),
        grids=tuple(grid for grid in grids if grid.rows),
        caution=words("caution"),
        cautions=tuple(words(key) for key in heading.cautions),
    )


# -- flows --------------------------------------------------------------------------------------------------------
def _flow(table: FlowTable, say: Speaker, breakdown: str) -> list[Grid]:
    words = say.words
    columns = (
        *(words(f"head.{name}") for name in ("entered", "reached", "otherwise", "open")),
        *(words("head.share", days=str(days)) for days in table.horizons),
        words("head.median"),
    )
    by_cohort = [p for p in table.passages if p.breakdown == TOTAL]
    stub = (words("head.cohort"), words("head.state"))
    grids = [Grid("attrition", words("table.attrition"), stub, columns, _passages(by_cohort, table, say, cohorts=True))]
    for item in dict.fromkeys(p.breakdown for p in table.passages if p.breakdown != TOTAL):
        if breakdown in ("", item):
            own = [p for p in table.passages if p.breakdown == item and p.cohort == TOTAL]
            stub = (words("head.group"), words("head.state"))
            rows = _passages(own, table, say, cohorts=False)
            grids.append(Grid(f"groups_{item.lower()}", words("table.groups"), stub, columns, rows))
    grids.append(_gaps([gap for gap in table.gaps if breakdown in ("", gap.breakdown)], say))
    rows = tuple(
        Line((say.state(link.source), say.state(link.target)), (say.count(link.count),)) for link in table.links
    )
    grids.append(
        Grid("links", words("table.links"), (words("head.from"), words("head.to")), (words("head.count"),), rows)
    )
    return grids


def _passages(passages: Sequence[Passage], table: FlowTable, say: Speaker, *, cohorts: bool) -> tuple[Line, ...]:
    rows = []
    for p in sorted(passages, key=lambda p: (p.cohort == TOTAL, p.cohort, p.code)):
        name = say.cohort(p.cohort) if cohorts else say.group(p.breakdown, p.code)
        counts = tuple(say.count(n) for n in (p.entered, p.reached, p.otherwise, p.open))
        shares = tuple(say.figure(p.shares[days]) for days in table.horizons)
        rows.append(Line((name, say.state(p.state)), (*counts, *shares, say.figure(p.median, 0))))
    return tuple(rows)


def _gaps(gaps: Sequence[Gap], say: Speaker) -> Grid:
    words = say.words
    stub = tuple(words(f"head.{name}") for name in ("group", "reference", "state"))
    columns = tuple(words(f"head.{name}") for name in ("after", "ratio", "difference"))
    rows = tuple(
        Line(
            (say.group(gap.breakdown, gap.code), say.group(gap.breakdown, gap.reference), say.state(gap.state)),
            (str(gap.days) if gap.days else NOT_TOLD, say.figure(gap.ratio, 2), say.figure(gap.difference)),
        )
        for gap in gaps
    )
    return Grid("gaps", words("table.gaps"), stub, columns, rows)


# -- prison, workload, return, forms ------------------------------------------------------------------------------
def _prison(table: PrisonTable, say: Speaker, breakdown: str) -> list[Grid]:
    words = say.words
    columns = (*(say.state(name) for name in table.groups), words("total"))
    at = {(r.period, r.measure, r.breakdown, r.code): r.figure.value for r in table.stock}
    days = list(dict.fromkeys(r.period for r in table.stock if r.breakdown == TOTAL))
    measures = (*table.groups, TOTAL)
    over_time = tuple(
        Line((day,), tuple(say.count(at.get((day, m, TOTAL, TOTAL), 0.0)) for m in measures)) for day in days
    )
    groups = [key for key in dict.fromkeys((r.breakdown, r.code) for r in table.stock) if key[0] != TOTAL]
    by_group = tuple(
        Line((say.group(*key),), tuple(say.count(at.get((days[-1], m, *key), 0.0)) for m in measures))
        for key in sorted(groups)
        if breakdown in ("", key[0])
    )
    moves = tuple(Line((r.period, words(f"figure.{r.measure}")), (say.count(r.figure.value),)) for r in table.movements)
    shares = [
        Line((words(f"figure.{r.measure}"), say.group(r.breakdown, r.code)), (say.figure(r.figure),))
        for r in table.shares
        if r.breakdown == TOTAL or breakdown in ("", r.breakdown)
    ]
    shares.append(Line((words("figure.remand_median"), words("total")), (say.figure(table.remand, 0),)))
    return [
        Grid("stock", words("table.stock"), (words("head.day"),), columns, over_time),
        Grid("stock_groups", words("table.stock_groups"), (words("head.group"),), columns, by_group),
        Grid(
            "movements",
            words("table.movements"),
            (words("head.year"), words("head.figure")),
            (words("head.count"),),
            moves,
        ),
        Grid(
            "shares",
            words("table.shares"),
            (words("head.figure"), words("head.group")),
            (words("head.figure"),),
            tuple(shares),
        ),
    ]


def _workload(table: WorkloadTable, say: Speaker, _breakdown: str) -> list[Grid]:
    words = say.words
    measures = list(dict.fromkeys(r.measure for r in table.rows))
    at = {(r.period, r.measure): r.figure for r in table.rows}
    rows = tuple(
        Line((year,), tuple(_amount(at[year, name], name, say) for name in measures))
        for year in dict.fromkeys(r.period for r in table.rows)
    )
    heads = tuple(words(f"figure.{name}") for name in measures)
    return [Grid("workload", words("table.workload"), (words("head.year"),), heads, rows)]


def _amount(figure: Figure, name: str, say: Speaker) -> str:
    if name in {"clearance_rate", "disposition_time"}:
        return say.figure(figure, 1 if name == "clearance_rate" else 0)
    return say.count(figure.value)


def _returns(table: ReturnTable, say: Speaker, breakdown: str) -> list[Grid]:
    words = say.words
    names = ("persons", "observed", "returned", "share")
    at: dict[tuple[str, str, str, str], Row] = {}
    for row in table.rows:
        way, _, name = row.measure.rpartition(".")
        at[way, row.breakdown, row.code, name] = row
    keys = [key for key in dict.fromkeys(key[:3] for key in at) if key[1] == TOTAL or breakdown in ("", key[1])]
    rows = tuple(
        Line(
            (say.state(way), say.group(item, code)),
            (
                *(say.count(at[way, item, code, name].figure.value) for name in names[:3]),
                say.figure(at[way, item, code, "share"].figure),
            ),
        )
        for way, item, code in sorted(keys, key=lambda key: (table.ways.index(key[0]), key[1] != TOTAL, key))
    )
    stub, columns = (words("head.way"), words("head.group")), tuple(words(f"figure.{name}") for name in names)
    caption = words("table.returns", days=str(table.window_days))
    return [
        Grid("returns", caption, stub, columns, rows),
        _gaps([gap for gap in table.gaps if breakdown in ("", gap.breakdown)], say),
    ]


def _shares(table: ShareTable, say: Speaker, breakdown: str) -> list[Grid]:
    words = say.words
    at = {(r.period, r.breakdown, r.code, r.measure): r.figure for r in table.rows}
    keys = list(dict.fromkeys(key[:3] for key in at))
    columns = (words("head.count"), *(head for part in table.parts for head in (say.state(part), "%")))

    def lines(chosen: Sequence[tuple[str, str, str]], name: Callable[[tuple[str, str, str]], str]) -> tuple[Line, ...]:
        return tuple(
            Line(
                (name(key),),
                (
                    say.count(at[(*key, "units")].value),
                    *(
                        text
                        for part in table.parts
                        for text in (say.count(at[(*key, part)].value), say.figure(at[(*key, f"{part}.share")]))
                    ),
                ),
            )
            for key in chosen
        )

    years = [key for key in keys if key[1] == TOTAL]
    groups = [key for key in keys if key[1] != TOTAL and breakdown in ("", key[1])]
    return [
        Grid("years", words("table.shares"), (words("head.year"),), columns, lines(years, lambda k: say.cohort(k[0]))),
        Grid(
            "groups", words("table.shares"), (words("head.group"),), columns, lines(groups, lambda k: say.group(*k[1:]))
        ),
        _gaps([gap for gap in table.gaps if breakdown in ("", gap.breakdown)], say),
    ]


def _together(table: TogetherTable, say: Speaker, _breakdown: str) -> list[Grid]:
    rows = tuple(
        Line(
            (say.state(one),),
            tuple(say.count(table.counts.get((one, other), table.counts.get((other, one)))) for other in table.forms),
        )
        for one in table.forms
    )
    columns = tuple(say.state(form) for form in table.forms)
    return [Grid("together", say.words("table.together"), (say.words("head.form"),), columns, rows)]
