"""Attrition of entry cohorts as published: protected counts first, then shares, medians, curves and gaps from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from justitia.aggregate.attrition import (
    OTHERWISE,
    REACHED,
    Counted,
    check_closed,
    check_units,
    count_ways,
    counting_unit,
    links_select,
)
from justitia.aggregate.competing import Outcomes, aalen_johansen, median_of
from justitia.aggregate.disparity import disparity_of
from justitia.aggregate.survival import kaplan_meier, waiting_of_counts
from justitia.case_flow.opening import heading, list_of
from justitia.derive.states import UNITS, build_history
from justitia.errors import RequestError
from justitia.model.case_flow import Band, Figure, FlowTable, Gap, Link, Passage
from justitia.model.missing import MISSING, TOTAL
from justitia.protect.curves import protected_size, stepped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from justitia.case_flow.opening import Opened, Protection
    from justitia.derive.states import History
    from justitia.findings import Finding
    from justitia.metadata.flow import Flow

NOTHING = Figure(None)


def attrition_table(here: Opened, flow: Flow, *, until: str = "") -> tuple[FlowTable, tuple[Finding, ...]]:
    """Return the protected attrition table of a flow, and what is wrong with its records (for the operator).

    Args:
        here: the opened workspace.
        flow: its definition.
        until: last day covered (ISO), when it is not that of the flow.
    """
    protection = here.protection(flow.common)
    history = build_history(flow, here.sources, until=until)
    passages: list[Passage] = []
    for state in history.states[1:]:
        passages += [_passage(item, flow, here, protection) for item in _counted(here, flow, history, state)]
    states = here.sources.catalogue.flow_states
    words = {name: state.labels for name, state in states.items()}
    entry = flow.entries[0]
    made = FlowTable(
        heading=heading(
            here,
            flow,
            until=history.until,
            counting_unit=counting_unit(entry, states),
            states=words,
            told=history.breakdowns,
            cautions=("caution.open", *(("caution.groups", "caution.cause") if history.breakdowns else ())),
        ),
        states=history.states,
        horizons=flow.horizons,
        passages=tuple(passages),
        links=_links(here, history, protection),
        gaps=tuple(_gaps(passages, flow)),
        missing=history.missing,
    )
    return made, history.findings


def _counted(here: Opened, flow: Flow, history: History, state: str) -> list[Counted]:
    known = here.sources.catalogue.flow_states
    return count_ways(
        here.sources.engine,
        UNITS,
        state,
        step_days=flow.step_days,
        ends=[name for name in history.states if known[name].ends],
        breakdowns=history.breakdowns,
        until=history.until,
        longest=flow.horizons[-1],
    )


def _passage(item: Counted, flow: Flow, here: Opened, protection: Protection) -> Passage:
    group, exact = item.group, item.outcomes
    field = next((b.field for b in flow.common.breakdowns if b.id == group.breakdown), "")
    hidden = bool(field) and protection.hides(list_of(here.sources, flow, field), group.code)
    drawn = None if hidden else protected_outcomes(exact, protection)
    entered = None if hidden else protection.count(exact.size)
    sums = {way: None if hidden else protection.count(float(exact.ended[way].sum())) for way in exact.ended}
    left = None if hidden else protection.count(float(exact.last_seen.sum()))
    shares, median, band = dict.fromkeys(flow.horizons, NOTHING), NOTHING, None
    if drawn is not None:
        shares, median, band = _figures(drawn, flow, last=float(exact.times[-1]))
        shares |= _too_few(exact, drawn, shares, protection)
    return Passage(
        cohort=group.cohort,
        breakdown=group.breakdown,
        code=group.code,
        state=item.state,
        entered=entered,
        reached=sums[REACHED],
        otherwise=sums[OTHERWISE],
        open=left,
        shares=shares,
        median=median,
        band=band,
    )


def protected_outcomes(exact: Outcomes, protection: Protection) -> Outcomes | None:
    """Return counts over time that a curve may be made of; None when the rule does not show the group."""
    ended = {way: stepped(counts, protection.rule) for way, counts in exact.ended.items()}
    seen = stepped(exact.last_seen, protection.rule)
    size = protected_size(exact.size, float(sum(c.sum() for c in (*ended.values(), seen))), protection.rule)
    return None if size is None else Outcomes(exact.times, ended, seen, size)


def _figures(drawn: Outcomes, flow: Flow, *, last: float) -> tuple[dict[int, Figure], Figure, Band]:
    """Return shares at the horizons, the median wait and the curve; nothing is told beyond the last day observed."""
    found = aalen_johansen(drawn)[REACHED]
    values = found.at(flow.horizons) * 100
    shares = {
        days: Figure(*(round(float(x), 1) for x in values[:, place])) if days <= last else NOTHING
        for place, days in enumerate(flow.horizons)
    }
    everything = sum(drawn.ended.values(), drawn.last_seen * 0)
    curve = kaplan_meier(waiting_of_counts(drawn.times, everything, drawn.last_seen, drawn.size))
    moves = [0, *(place for place in range(1, len(drawn.times)) if found.values[place] != found.values[place - 1])]
    columns = (drawn.times, found.values, found.lower, found.upper)
    steps = tuple(tuple(round(float(x[place]), 5) for x in columns) for place in moves)
    marks = [0, *(days for days in flow.horizons if days <= last)]
    watched = tuple((float(day), float(n)) for day, n in zip(marks, curve.watched_at(marks), strict=True))
    end = (last, *(round(float(x[-1]), 5) for x in columns[1:]))
    return shares, Figure(*median_of(found)), Band((*steps, end), watched)  # type: ignore[arg-type]


def _too_few(
    exact: Outcomes, drawn: Outcomes, shares: Mapping[int, Figure], protection: Protection
) -> dict[int, Figure]:
    """Return the shares of so few units that the curve has no step yet: redacted, as 0 would say that there is none.

    Where there is none, the interval goes from 0 to the share of which none would be seen in one of twenty cohorts.
    """
    made = {}
    for days, figure in shares.items():
        n = float(exact.ended[REACHED][exact.times <= days].sum())
        if figure.value is not None and protection.count(n) is None:
            made[days] = Figure(None, is_redacted=True)
        elif figure.value == 0 and not n:
            made[days] = Figure(0.0, 0.0, round(100 * (1 - 0.05 ** (1 / drawn.size)), 1))
    return made


def _links(here: Opened, history: History, protection: Protection) -> tuple[Link, ...]:
    known = here.sources.catalogue.flow_states
    ends = [name for name in history.states if known[name].ends]
    rows = here.sources.engine.rows(links_select(UNITS, history.states, ends=ends, until=history.until))
    return tuple(Link(source, target, protection.count(n)) for source, target, n in rows)


def _gaps(passages: Sequence[Passage], flow: Flow) -> list[Gap]:
    """Return the gaps of groups at each state, from the protected shares of those who could be observed so long."""
    made = []
    for item in (item for item in flow.common.breakdowns if item.reference):
        own = [p for p in passages if p.breakdown == item.id and p.cohort == TOTAL]
        for state in dict.fromkeys(p.state for p in own):
            at = {p.code: p for p in own if p.state == state}
            base = at.get(item.reference)
            for code, passage in at.items():
                if base is not None and code != item.reference and code not in MISSING:
                    made.append(_gap(passage, base, item.id, flow.horizons))
    return made


def _gap(passage: Passage, base: Passage, breakdown: str, horizons: Sequence[int]) -> Gap:
    told = [days for days in horizons if passage.shares[days].value is not None and base.shares[days].value is not None]
    days = told[-1] if told else horizons[0]
    ratio = difference = NOTHING
    a, b = passage.shares[days].value, base.shares[days].value
    if a is not None and b is not None and passage.entered and base.entered:
        # The interval takes the groups as large as they are shown; with censoring it is a little too narrow.
        found = disparity_of(
            [a / 100 * passage.entered], [passage.entered], reference=(b / 100 * base.entered, base.entered)
        )
        ratio = _figure(found.ratio, found.ratio_lower, found.ratio_upper, 2)
        difference = _figure(found.difference * 100, found.difference_lower * 100, found.difference_upper * 100, 1)
    return Gap(passage.state, breakdown, passage.code, base.code, days, ratio, difference)


def _figure(value: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64], digits: int) -> Figure:
    ends = (float(row[0]) for row in (value, lower, upper))
    return Figure(*(None if math.isnan(end) else round(end, digits) for end in ends))


def refuse_ratio(here: Opened, flow: Flow, numerator: str, denominator: str, *, cohort: str = TOTAL) -> Figure:
    """Return the share of a closed cohort that went from one state to another, in per cent; refuse everything else.

    Args:
        here, flow: the opened workspace, and the flow.
        numerator, denominator: states.
        cohort: entry cohort; `_T` = all.

    Raises:
        RequestError: E-FLO-001 for an unknown state, E-FLO-002 for unlike counting units, E-FLO-004 for cohorts that
            are still open.
    """
    from justitia.aggregate.rates import share_of

    check_units(flow, numerator, denominator, here.sources.catalogue.flow_states)
    protection = here.protection(flow.common)
    history = build_history(flow, here.sources)
    counted = {}
    for state in (numerator, denominator):
        own = _counted(here, flow, history, state) if state != history.states[0] else []
        counted[state] = [c for c in own if (c.group.cohort, c.group.breakdown) == (cohort, TOTAL)]
    some = counted[numerator] or counted[denominator]
    if not some:
        raise RequestError("E-FLO-009", f"flow {flow.common.id}: no unit entered in cohort [{cohort}] went so far")
    check_closed(some, numerator=numerator, denominator=denominator, longest=flow.horizons[-1])
    totals = {
        state: float(sum(c.outcomes.ended[REACHED].sum() for c in own)) if own else float(some[0].outcomes.size)
        for state, own in counted.items()
    }
    above, below = (protection.count(totals[state]) for state in (numerator, denominator))
    if above is None or not below:
        return NOTHING
    found = share_of([min(above, below)], [below], small_below=0)
    return Figure(*(round(float(x[0]), 1) for x in (found.values, found.lower, found.upper)))
