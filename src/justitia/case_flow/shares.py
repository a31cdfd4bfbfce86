"""Shares of units that meet a condition, as published: legal aid, diversion, sanctions without custody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.aggregate.disparity import disparity_of
from justitia.aggregate.rates import share_of
from justitia.case_flow.opening import heading, list_of
from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.metadata.links import compile_expression, join_reached
from justitia.model.case_flow import Figure, Gap, Row, ShareTable
from justitia.model.missing import MISSING, NOT_GIVEN, TOTAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from justitia.case_flow.opening import Opened
    from justitia.findings import Finding
    from justitia.metadata.flow import Share

Counted = tuple[float | None, float | None]  # of a part, and of all units


def share_table(here: Opened, made: Share) -> tuple[ShareTable, tuple[Finding, ...]]:
    """Return the protected shares of a definition; nothing is found in the records.

    Raises:
        RequestError: E-FLO-003 when no source fills what is needed.
    """
    protection, columns = here.protection(made.common), here.sources.columns
    told = [item.id for item in made.common.breakdowns if item.field in columns.get(made.kind, set())]
    rows: list[Row] = []
    for year, breakdown, code, units, *counts in here.sources.engine.rows(_select(here, made, told)):
        lists = {item.id: list_of(here.sources, made, item.field) for item in made.common.breakdowns}
        hidden = breakdown != TOTAL and protection.hides(lists[breakdown], code)
        whole = None if hidden else protection.count(units)
        rows.append(Row(year, "units", breakdown, code, Figure(whole)))
        for part, n in zip(made.parts, counts, strict=True):
            shown = None if hidden else protection.count(n)
            rows.append(Row(year, part.id, breakdown, code, Figure(shown)))
            rows.append(Row(year, f"{part.id}.share", breakdown, code, _share(shown, whole)))
    title = heading(
        here,
        made,
        until=made.common.observed_until,
        counting_unit=made.counting_unit,
        states={part.id: part.labels for part in made.parts},
        told=told,
        cautions=("caution.groups", "caution.cause"),
    )
    parts = tuple(part.id for part in made.parts)
    return ShareTable(title, parts, tuple(rows), tuple(_gaps(made, parts, rows))), ()


def _gaps(made: Share, parts: Sequence[str], rows: Sequence[Row]) -> list[Gap]:
    """Return the gaps of groups at each part, from protected counts over all years."""
    at = {(r.breakdown, r.code, r.measure): r.figure.value for r in rows if r.period == TOTAL}
    gaps = []
    for item in (item for item in made.common.breakdowns if item.reference):
        codes = [code for name, code, measure in at if name == item.id and measure == "units"]
        for part in parts:
            base = (at.get((item.id, item.reference, part)), at.get((item.id, item.reference, "units")))
            for code in (code for code in codes if code != item.reference and code not in MISSING):
                own = (at[item.id, code, part], at[item.id, code, "units"])
                gaps.append(Gap(part, item.id, code, item.reference, 0, *_compared(own, base)))
    return gaps


def _compared(own: Counted, base: Counted) -> tuple[Figure, Figure]:
    """Return the ratio and the difference of two shares with their intervals; redacted where a count is."""
    if own[0] is None or base[0] is None or not own[1] or not base[1]:
        hidden = Figure(None, is_redacted=None in (*own, *base))
        return hidden, hidden
    reached = (min(own[0], own[1]), min(base[0], base[1]))
    found = disparity_of([reached[0]], [own[1]], reference=(reached[1], base[1]))
    ratio = (found.ratio, found.ratio_lower, found.ratio_upper)
    difference = (found.difference, found.difference_lower, found.difference_upper)
    return (
        Figure(*(round(float(x[0]), 2) if x[0] == x[0] else None for x in ratio)),
        Figure(*(round(float(x[0]) * 100, 1) if x[0] == x[0] else None for x in difference)),
    )


def _select(here: Opened, made: Share, told: list[str]) -> str:
    """Return the SELECT of (year, breakdown, code, units, part...): by year, and by group over all years."""
    sources, place = here.sources, str(made.common.place or made.common.id)
    texts = [text for text in (made.of, *(part.where for part in made.parts)) if text]
    there = made.date in sources.columns.get(made.kind, set())
    compiled = {
        text: compile_expression(text, columns=sources.columns, kind=made.kind, where=place) if there else None
        for text in texts
    }
    lacking = next((text for text, item in compiled.items() if item is None), "" if there else made.date)
    if lacking:
        raise RequestError(
            "E-FLO-003",
            f"{made.common.id} needs [{made.kind}: {lacking}], which no source fills",
            where=place,
            remedy="Map a column to it in a layout",
        )
    sql = {text: f"coalesce({item.sql}, FALSE)" for text, item in compiled.items() if item is not None}
    kinds = {kind for item in compiled.values() if item is not None for kind in item.kinds}
    fields = {item.id: item.field for item in made.common.breakdowns}
    codes = "".join(f", coalesce(r.{quote(fields[item])}, '{NOT_GIVEN}') AS {quote('b_' + item)}" for item in told)
    flags = "".join(f", {sql[part.where]} AS {quote('is_' + part.id)}" for part in made.parts)
    units = f"""
        SELECT coalesce(strftime(r.{quote(made.date)}, '%Y'), '{NOT_GIVEN}') AS year{codes}{flags}
        FROM {sources.relations[made.kind]} AS r {join_reached(kinds, sources.relations)}
        WHERE {sql[made.of] if made.of else "TRUE"}"""
    counts = "".join(f", count(*) FILTER (WHERE {quote('is_' + part.id)})" for part in made.parts)
    parts = [
        f"SELECT coalesce(year, '{TOTAL}'), '{TOTAL}', '{TOTAL}', count(*){counts} FROM units GROUP BY ROLLUP (year)"
    ]
    parts += [
        f"SELECT '{TOTAL}', {literal(item)}, {quote('b_' + item)}, count(*){counts} FROM units GROUP BY ALL"
        for item in told
    ]
    return f"WITH units AS MATERIALIZED ({units}) {' UNION ALL '.join(parts)} ORDER BY ALL"


def _share(part: float | None, whole: float | None) -> Figure:
    if part is None or not whole:
        return Figure(None, is_redacted=part is None)
    found = share_of([min(part, whole)], [whole], small_below=0)
    return Figure(*(round(float(x[0]), 1) for x in (found.values, found.lower, found.upper)))
