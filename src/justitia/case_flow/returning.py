"""Return to crime as published: one window for all, time free net of custody, each way of returning apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from justitia.aggregate.disparity import disparity_of
from justitia.aggregate.rates import share_of
from justitia.aggregate.returns import FOLLOWED, Starts, build_followed, free_time_select, window_select
from justitia.aggregate.survival import kaplan_meier, waiting_of_counts
from justitia.case_flow.opening import heading, list_of
from justitia.derive.custody import spells_select
from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.findings import Finding
from justitia.metadata.links import compile_expression, join_reached
from justitia.model.case_flow import Band, Figure, Gap, ReturnTable, Row
from justitia.model.missing import MISSING, TOTAL
from justitia.protect.curves import protected_size, stepped

if TYPE_CHECKING:
    from justitia.case_flow.opening import Opened, Protection
    from justitia.metadata.flow import Return, ReturnEvent

NOTHING = Figure(None)


def return_table(here: Opened, made: Return, *, until: str = "") -> tuple[ReturnTable, tuple[Finding, ...]]:
    """Return the protected tables of returns, and what is wrong with the records (for the operator).

    Args:
        here: the opened workspace.
        made: definition.
        until: last day covered (ISO); default, that of the definition, else the last day of any return.

    Raises:
        RequestError: E-FLO-003 when no source fills what is needed.
    """
    protection, engine = here.protection(made.common), here.sources.engine
    ways = [event for event in made.returns if _there(here, event)]
    columns = here.sources.columns.get(made.kind, set())
    if not ways or not {made.start, made.who} <= columns:
        lacking = (
            f"{made.returns[0].kind}.{made.returns[0].date}" if made.start in columns else f"{made.kind}.{made.start}"
        )
        raise RequestError(
            "E-FLO-003",
            f"{made.common.id} needs [{lacking}], which no source fills",
            where=str(made.common.place or made.common.id),
            remedy="Map a column to it in a layout",
        )
    told = [item.id for item in made.common.breakdowns if item.field in columns]
    persons = _persons(here, made, told)
    strange = {event.id for event in ways if not _shares_persons(here, made, persons, event)}
    ways = [event for event in ways if event.id not in strange]
    if not ways:
        raise RequestError(
            "E-FLO-003",
            f"{made.common.id} needs [{made.who}] to tell the same person in all records, and no number is in both",
            where=str(made.common.place or made.common.id),
            remedy="Link persons over the agencies first, or follow returns in the records of one agency",
        )
    starts = Starts(persons, _returns(here, made, ways), _custody(here, made))
    end = until or made.common.observed_until or engine.value(f"SELECT max(on_day) FROM ({starts.returns})").isoformat()
    build_followed(
        engine,
        starts,
        ways=[event.id for event in ways],
        window_days=made.window_days,
        until=date.fromisoformat(end),
    )
    rows, gaps = _shares(here, made, told, protection)
    table = ReturnTable(
        heading=heading(
            here,
            made,
            until=end,
            counting_unit="person",
            states={event.id: event.labels for event in ways},
            told=told,
            cautions=("caution.return", "caution.groups", "caution.cause"),
        ),
        window_days=made.window_days,
        ways=tuple(event.id for event in ways),
        rows=tuple(rows),
        bands=_bands(here, made, told, protection),
        gaps=tuple(gaps),
    )
    return table, (*_strangers(made, strange), *_findings(here, made, starts))


def _there(here: Opened, event: ReturnEvent) -> bool:
    return {event.date, event.who} <= here.sources.columns.get(event.kind, set())


def _shares_persons(here: Opened, made: Return, persons: str, event: ReturnEvent) -> bool:
    """Return whether any person followed is in the records of a way of returning, at whatever time.

    Agencies that number their persons each by itself share none: their returns would all be missed.
    """
    relation, who = here.sources.relations[event.kind], quote(event.who)
    found = here.sources.engine.value(
        f"SELECT EXISTS (SELECT 1 FROM {relation} WHERE {who} IN (SELECT person FROM ({persons})))"
    )
    return bool(found)


def _strangers(made: Return, ways: set[str]) -> tuple[Finding, ...]:
    return tuple(
        Finding("F-RET-004", "error", made.kind, f"{way}: no person followed is in these records, not told", count=1)
        for way in sorted(ways)
    )


def _condition(here: Opened, made: Return, text: str, kind: str) -> tuple[str, str]:
    """Return the joins and the WHERE of a condition.

    Raises:
        RequestError: E-FLO-003 when no source fills a field of it.
    """
    if not text:
        return "", ""
    where = str(made.common.place or made.common.id)
    compiled = compile_expression(text, columns=here.sources.columns, kind=kind, where=where)
    if compiled is None:
        raise RequestError(
            "E-FLO-003", f"{made.common.id} needs a field of [{text}], which no source fills", where=where
        )
    return join_reached(compiled.kinds, here.sources.relations), f" AND coalesce({compiled.sql}, FALSE)"


def _persons(here: Opened, made: Return, told: Sequence[str]) -> str:
    joins, kept = _condition(here, made, made.where, made.kind)
    fields = {item.id: item.field for item in made.common.breakdowns}
    codes = "".join(f", coalesce(r.{quote(fields[item])}, '_N') AS {quote('b_' + item)}" for item in told)
    kept += _of_spells(here, made, made.kind, made.start, made.who, "ended")
    return (
        f"SELECT r.{quote(made.who)} AS person, r.{quote(made.start)} AS left_on{codes} "
        f"FROM {here.sources.relations[made.kind]} AS r {joins} WHERE r.{quote(made.who)} IS NOT NULL{kept}"
    )


def _of_spells(here: Opened, made: Return, kind: str, name: str, who: str, side: str) -> str:
    """Return the condition that the date of a stay is that of a whole spell: a change of status is no release."""
    spells = _custody(here, made)
    if not spells or made.custody is None or made.custody[0] != kind:
        return ""
    both = f"(r.{quote(who)}, r.{quote(name)}) IN (SELECT (person, {side}) FROM ({spells}) WHERE {side} IS NOT NULL)"
    return f" AND (r.{quote(name)} IS NULL OR {both})"


def _returns(here: Opened, made: Return, ways: Sequence[ReturnEvent]) -> str:
    parts = []
    for event in ways:
        kept, joins = "", ""
        if event.where:
            compiled = compile_expression(event.where, columns=here.sources.columns, kind=event.kind, where=event.id)
            if compiled is None:
                continue
            joins, kept = join_reached(compiled.kinds, here.sources.relations), f" AND coalesce({compiled.sql}, FALSE)"
        kept += _of_spells(here, made, event.kind, event.date, event.who, "begun")
        parts.append(
            f"SELECT r.{quote(event.who)} AS person, {literal(event.id)} AS way, r.{quote(event.date)} AS on_day "
            f"FROM {here.sources.relations[event.kind]} AS r {joins} WHERE r.{quote(event.date)} IS NOT NULL{kept}"
        )
    return " UNION ALL ".join(parts)


def _custody(here: Opened, made: Return) -> str:
    """Return SQL of continuous spells in custody; empty where no source tells of stays."""
    if made.custody is None:
        return ""
    kind, start, end, who = made.custody
    if not {start, end, who} <= here.sources.columns.get(kind, set()):
        return ""
    stays = (
        f"(SELECT {quote(kind + '_id')} AS stay_id, {quote(who)} AS person, {quote(start)} AS begun, "
        f"{quote(end)} AS ended FROM {here.sources.relations[kind]} "
        f"WHERE {quote(start)} IS NOT NULL AND {quote(who)} IS NOT NULL "
        f"AND ({quote(end)} IS NULL OR {quote(end)} >= {quote(start)}))"
    )
    return spells_select(stays)


def _shares(here: Opened, made: Return, told: Sequence[str], protection: Protection) -> tuple[list[Row], list[Gap]]:
    rows: list[Row] = []
    counts: dict[tuple[str, str, str], tuple[float | None, float | None]] = {}
    lists = {item.id: list_of(here.sources, made, item.field) for item in made.common.breakdowns}
    window = str(made.window_days)
    for way, breakdown, code, persons, observed, returned in here.sources.engine.rows(window_select(told)):
        hidden = breakdown != TOTAL and protection.hides(lists[breakdown], code)
        shown = [None if hidden else protection.count(n) for n in (persons, observed, returned)]
        for name, n in zip(("persons", "observed", "returned"), shown, strict=True):
            rows.append(Row(window, f"{way}.{name}", breakdown, code, Figure(n)))
        counts[way, breakdown, code] = (shown[2], shown[1])
        share = NOTHING
        if shown[2] is not None and shown[1]:
            found = share_of([min(shown[2], shown[1])], [shown[1]], small_below=0)
            share = Figure(*(round(float(x[0]), 1) for x in (found.values, found.lower, found.upper)))
        rows.append(Row(window, f"{way}.share", breakdown, code, share))
    return rows, _gaps(made, counts)


def _gaps(made: Return, counts: dict[tuple[str, str, str], tuple[float | None, float | None]]) -> list[Gap]:
    gaps = []
    for item in (item for item in made.common.breakdowns if item.reference):
        for (way, breakdown, code), (returned, observed) in counts.items():
            base = counts.get((way, breakdown, item.reference), (None, None))
            if breakdown != item.id or code == item.reference or code in MISSING:
                continue
            ratio = difference = NOTHING
            if returned is not None and observed and base[0] is not None and base[1]:
                found = disparity_of([min(returned, observed)], [observed], reference=(min(base[0], base[1]), base[1]))
                pairs = (found.ratio, found.ratio_lower, found.ratio_upper)
                ratio = Figure(*(round(float(x[0]), 2) if x[0] == x[0] else None for x in pairs))
                pairs = (found.difference, found.difference_lower, found.difference_upper)
                difference = Figure(*(round(float(x[0]) * 100, 1) for x in pairs))
            gaps.append(Gap(way, breakdown, code, item.reference, made.window_days, ratio, difference))
    return gaps


def _bands(here: Opened, made: Return, told: Sequence[str], protection: Protection) -> dict[tuple[str, str, str], Band]:
    """Return curves over time free: the share that has not returned."""
    import numpy as np

    found: dict[tuple[str, str, str], list[tuple[float, float, float]]] = {}
    for way, breakdown, code, days, ended, seen in here.sources.engine.rows(free_time_select(told, made.step_days)):
        found.setdefault((way, breakdown, code), []).append((days, ended, seen))
    bands = {}
    for key, rows in found.items():
        days, ended, seen = (np.asarray(column, dtype=float) for column in zip(*rows, strict=True))
        drawn = [stepped(item, protection.rule) for item in (ended, seen)]
        size = protected_size(float(ended.sum() + seen.sum()), float(sum(x.sum() for x in drawn)), protection.rule)
        if size is None:
            continue
        curve = kaplan_meier(waiting_of_counts(days, drawn[0], drawn[1], size))
        columns = (curve.waiting.times, curve.values, curve.lower, curve.upper)
        moves = [n for n in range(len(days)) if drawn[0][n] or n == len(days) - 1]
        steps = tuple(tuple(round(float(x[n]), 5) for x in columns) for n in moves)
        marks = [float(x) for x in np.linspace(0, float(days[-1]), 7).round(-1)]
        watched = tuple((mark, float(n)) for mark, n in zip(marks, curve.watched_at(marks), strict=True))
        bands[key] = Band(((0.0, 1.0, 1.0, 1.0), *steps), watched)  # type: ignore[arg-type]
    return bands


def _findings(here: Opened, made: Return, starts: Starts) -> tuple[Finding, ...]:
    engine = here.sources.engine
    undated = engine.value(f"SELECT count(*) FROM ({starts.persons}) WHERE left_on IS NULL")
    late = engine.value(f"SELECT count(DISTINCT person) FROM {FOLLOWED} WHERE NOT is_observed")
    chosen = engine.value(f"""
        SELECT count(*) FROM (SELECT bool_and(has_returned) AS all_back, count(*) AS n FROM {FOLLOWED}
            WHERE NOT is_observed GROUP BY way) WHERE all_back AND n > 1""")
    told = [
        ("F-RET-001", "note", "no day of leaving, or still there: not followed", undated),
        ("F-RET-002", "note", "left too late to be observed for the whole window: in no share", late),
    ]
    if chosen:
        text = (
            "of persons not observed for the whole window every one has returned: the cohort was chosen by its outcome"
        )
        told.append(("F-RET-003", "error", text, late))
    return tuple(Finding(rule, severity, made.kind, text, count=int(n)) for rule, severity, text, n in told if n)  # type: ignore[arg-type]
