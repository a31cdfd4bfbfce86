"""Prison stock, movements, shares and time on remand as published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from justitia.aggregate.prison_stock import (
    census_finding,
    day_ends,
    movements,
    stock_select,
    time_in_status_select,
)
from justitia.aggregate.rates import share_of
from justitia.aggregate.survival import kaplan_meier, quantile_of, waiting_of_counts
from justitia.case_flow.opening import heading, list_of
from justitia.derive.custody import STAYS, build_custody
from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.findings import Finding
from justitia.model.case_flow import Band, Figure, PrisonTable, Row
from justitia.model.missing import TOTAL
from justitia.protect.curves import protected_size, stepped

if TYPE_CHECKING:
    from justitia.case_flow.opening import Opened, Protection
    from justitia.metadata.flow import Prison

UNSENTENCED, NOT_FINAL = "unsentenced", "convicted_not_final"
REMAND_STEP_DAYS = 30


def prison_table(here: Opened, prison: Prison, *, until: str = "") -> tuple[PrisonTable, tuple[Finding, ...]]:
    """Return the protected prison tables, and what is wrong with the stays (for the operator).

    Args:
        here: the opened workspace.
        prison: definition.
        until: day of the stock (ISO); default, that of the definition, else the last date of any stay.
    """
    protection = here.protection(prison.common)
    findings = list(build_custody(prison, here.sources))
    engine = here.sources.engine
    first, last = engine.rows(f"SELECT min(begun), greatest(max(begun), max(ended)) FROM {STAYS}")[0]
    if first is None:
        raise RequestError("E-FLO-008", f"{prison.common.id}: no stay has a day of admission")
    day = date.fromisoformat(until or prison.common.observed_until or last.isoformat())
    columns = here.sources.columns[prison.kind]
    told = [item.id for item in prison.common.breakdowns if item.field in columns]
    days = day_ends(first, day, 1) if first <= day else [day]
    exact = {
        (when.isoformat(), status, breakdown, code): int(n)
        for when, status, breakdown, code, n in engine.rows(stock_select(STAYS, days, told))
    }
    findings += _census(here, prison, exact)
    groups = _groups(prison, exact)
    stock = _stock(here, prison, exact, days, groups, protection)
    remand, band = _remand(here, day, protection)
    words = {name: {"en": name} for name in groups} | _status_words(here, prison)
    table = PrisonTable(
        heading=heading(
            here,
            prison,
            until=day.isoformat(),
            counting_unit="person",
            states=words,
            told=told,
            cautions=("caution.stock", "caution.remand"),
        ),
        groups=groups,
        stock=tuple(stock),
        movements=tuple(_movements(here, prison, day, protection)),
        shares=tuple(_shares(here, prison, stock, day, protection)),
        remand=remand,
        remand_band=band,
    )
    return table, tuple(findings)


def _groups(prison: Prison, exact: Mapping[tuple[str, str, str, str], int]) -> tuple[str, ...]:
    seen = {status for _, status, _, _ in exact if status != TOTAL}
    return (*(name for name in prison.groups if name in seen), *sorted(seen - set(prison.groups)))


def _status_words(here: Opened, prison: Prison) -> dict[str, Mapping[str, str]]:
    """Return the words of groups that are codes of the list of statuses."""
    field = here.sources.catalogue.record_kinds[prison.kind].fields[prison.status]
    codes = here.sources.catalogue.codelist(field.codelist).codes
    return {name: codes[name].labels for name in prison.groups if name in codes}


def _stock(
    here: Opened,
    prison: Prison,
    exact: Mapping[tuple[str, str, str, str], int],
    days: Sequence[date],
    groups: Sequence[str],
    protection: Protection,
) -> list[Row]:
    """Return the protected stock: by status at each day, and by status and each breakdown at the last."""
    lists = {item.id: list_of(here.sources, prison, item.field) for item in prison.common.breakdowns}
    rows = []
    for when in (day.isoformat() for day in days):
        for status in (TOTAL, *groups):
            rows.append(
                Row(when, status, TOTAL, TOTAL, Figure(protection.count(exact.get((when, status, TOTAL, TOTAL), 0))))
            )
    last = days[-1].isoformat()
    for (when, status, breakdown, code), n in exact.items():
        if when == last and breakdown != TOTAL:
            hidden = protection.hides(lists[breakdown], code)
            rows.append(Row(when, status, breakdown, code, Figure(None if hidden else protection.count(n))))
    return rows


def _movements(here: Opened, prison: Prison, day: date, protection: Protection) -> list[Row]:
    found = movements(here.sources.engine, prison, date(day.year, 1, 1), day)
    counts = {"before": found.before, "entries": found.entries, "releases": found.releases, "after": found.after}
    rows = [Row(str(day.year), name, TOTAL, TOTAL, Figure(protection.count(n))) for name, n in counts.items()]
    if prison.reason in here.sources.columns[prison.kind]:
        deaths = {"deaths": sum(found.deaths.values()), **found.deaths}
        rows += [Row(str(day.year), name, TOTAL, TOTAL, Figure(protection.count(n))) for name, n in deaths.items()]
    return rows


def _shares(here: Opened, prison: Prison, stock: Sequence[Row], day: date, protection: Protection) -> list[Row]:
    """Return shares of the protected stock, and occupancy where capacities are known."""
    last = day.isoformat()
    at = {(r.measure, r.breakdown, r.code): r.figure.value for r in stock if r.period == last}
    rows = [
        Row(last, f"share_{name}", breakdown, code, _share(at.get((name, breakdown, code)), at[TOTAL, breakdown, code]))
        for name in (UNSENTENCED, NOT_FINAL)
        for _, breakdown, code in [key for key in at if key[0] == TOTAL]
    ]
    everyone = at[TOTAL, TOTAL, TOTAL]
    rows += [
        Row(last, "share_of_stock", breakdown, code, _share(n, everyone))
        for (status, breakdown, code), n in at.items()
        if status == TOTAL and breakdown != TOTAL
    ]
    places = _capacity(here, prison, day)
    if places:
        value = None if everyone is None else round(100 * everyone / places, 1)
        rows.append(Row(last, "occupancy", TOTAL, TOTAL, Figure(value)))
    return rows


def _share(part: float | None, whole: float | None) -> Figure:
    """Return a share in per cent. A census has no sampling error, so there is no interval."""
    if part is None or not whole:
        return Figure(None)
    return Figure(round(float(share_of([min(part, whole)], [whole], small_below=0).values[0]), 1))


def _capacity(here: Opened, prison: Prison, day: date) -> float:
    """Return the official places in force on a day: of each facility, the last told until then."""
    kind, sources = prison.capacity_kind, here.sources
    if not kind or not {prison.capacity_field, prison.capacity_date} <= sources.columns.get(kind, set()):
        return 0.0
    when, places = quote(prison.capacity_date), quote(prison.capacity_field)
    last = f"""SELECT {places} AS places FROM {sources.relations[kind]} WHERE {when} <= DATE {literal(day.isoformat())}
        QUALIFY row_number() OVER (PARTITION BY {quote(kind + "_id")} ORDER BY {when} DESC) = 1"""
    return float(sources.engine.value(f"SELECT coalesce(sum(places), 0) FROM ({last})"))


def _census(here: Opened, prison: Prison, exact: Mapping[tuple[str, str, str, str], int]) -> list[Finding]:
    """Return a finding for each day whose census is not the stock rebuilt from stays."""
    kind, sources = prison.census_kind, here.sources
    if not kind or prison.census_date not in sources.columns.get(kind, set()):
        return []
    when = quote(prison.census_date)
    who = next((name for name in ("person_id", f"{kind}_id") if name in sources.columns[kind]), f"{kind}_id")
    counted = sources.engine.rows(
        f"SELECT {when}, count(DISTINCT {quote(who)}) FROM {sources.relations[kind]} "
        f"WHERE {when} IS NOT NULL GROUP BY 1"
    )
    found = []
    for day, n in counted:
        rebuilt = sources.engine.rows(stock_select(STAYS, [day], []))
        total = next((int(row[4]) for row in rebuilt if row[1] == TOTAL), 0)
        found.append(census_finding(prison, rebuilt=total, counted=int(n), day=day))
    return [item for item in found if item is not None]


def _remand(here: Opened, day: date, protection: Protection) -> tuple[Figure, Band | None]:
    """Return the median days on remand with its interval, and the share still held over time."""
    import numpy as np

    rows = here.sources.engine.rows(time_in_status_select(STAYS, [UNSENTENCED], day))
    if not rows:
        return Figure(None), None
    days, ended, seen = (np.asarray(column, dtype=float) for column in zip(*rows, strict=True))
    steps, place = np.unique(np.ceil(days / REMAND_STEP_DAYS) * REMAND_STEP_DAYS, return_inverse=True)
    over, left = (np.bincount(place, weights=x, minlength=len(steps)).astype(float) for x in (ended, seen))
    drawn = [stepped(item, protection.rule) for item in (over, left)]
    size = protected_size(float(over.sum() + left.sum()), float(sum(item.sum() for item in drawn)), protection.rule)
    if size is None:
        return Figure(None), None
    curve = kaplan_meier(waiting_of_counts(steps, drawn[0], drawn[1], size))
    half = quantile_of(curve)
    columns = (curve.waiting.times, curve.values, curve.lower, curve.upper)
    told = tuple(tuple(round(float(x[n]), 5) for x in columns) for n in range(len(steps)))
    marks = [float(x) for x in np.linspace(0, float(steps[-1]), 7).round(-1)]
    watched = tuple((mark, float(n)) for mark, n in zip(marks, curve.watched_at(marks), strict=True))
    return Figure(half.value, half.lower, half.upper), Band(((0.0, 1.0, 1.0, 1.0), *told), watched)  # type: ignore[arg-type]
