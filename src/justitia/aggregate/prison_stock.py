"""Prisons: who is there at the end of a day, entries and releases, time on remand, deaths, occupancy. Exact counts.

Sources: UN-CTS 5.1 to 5.11; metadata of SDG 16.3.2 (unsentenced persons over all persons held; persons convicted and
awaiting the final sentence are told apart, as countries differ in where they count them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.findings import Finding
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.flow import Prison


def day_ends(first: date, last: date, months: int) -> list[date]:
    """Return the last days of months from `first` on, every `months` months, and `last` itself."""
    days: list[date] = []
    year, month = first.year, first.month
    while True:
        after = date(year + month // 12, month % 12 + 1, 1)
        day = date.fromordinal(after.toordinal() - 1)
        if day >= last:
            return [*days, last]
        if day >= first:
            days.append(day)
        year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1


def stock_select(stays: str, days: Sequence[date], breakdowns: Sequence[str]) -> str:
    """Return the SELECT of (day, status, breakdown, code, n): persons held at the end of each day.

    A person with several stays counts under the one begun last. All totals are there, each day complete.

    Args:
        stays: relation made by justitia.derive.custody.
        days: the days.
        breakdowns: ids, each counted by itself.
    """
    listed = ", ".join(f"(DATE {literal(day.isoformat())})" for day in days)
    codes = "".join(f", {quote('b_' + item)}" for item in breakdowns)
    held = f"""
        SELECT d.day, s.status{"".join(f", s.{quote('b_' + item)}" for item in breakdowns)}
        FROM (VALUES {listed}) AS d(day) JOIN {stays} AS s ON s.begun <= d.day AND (s.ended IS NULL OR s.ended > d.day)
        QUALIFY row_number() OVER (PARTITION BY d.day, s.person ORDER BY s.begun DESC, s.stay_id DESC) = 1"""
    parts = []
    for item in ("", *breakdowns):
        code = quote(f"b_{item}") if item else literal(TOTAL)
        parts.append(f"""
            SELECT CAST(day AS DATE) AS day, CASE WHEN grouping(status) = 1 THEN '{TOTAL}' ELSE status END AS status,
                {literal(item or TOTAL)} AS breakdown, code, count(*) AS n
            FROM (SELECT day, status, {code} AS code FROM held)
            GROUP BY GROUPING SETS ((day, status, code), (day, code))""")
    return (
        f"WITH held AS MATERIALIZED (SELECT day, status{codes} FROM ({held})) {' UNION ALL '.join(parts)} ORDER BY ALL"
    )


@dataclass(frozen=True, slots=True)
class Movements:
    """Entries to and releases from custody in a period, deaths by group, and stocks before and after: exact."""

    before: int
    entries: int
    releases: int
    after: int
    deaths: Mapping[str, int]

    @property
    def difference(self) -> int:
        """By how much the stock is off from the flows; not 0 only where dates are missing."""
        return self.after - (self.before + self.entries - self.releases)


def movements(engine: Engine, prison: Prison, first: date, last: date) -> Movements:
    """Return the movements of a period, both days included.

    Args:
        engine: holds `flow_spells` and `flow_stays`.
        prison: which reasons are deaths.
        first, last: days.
    """
    start, end = (f"DATE {literal(day.isoformat())}" for day in (first, last))
    before, entries, releases, after = engine.rows(f"""
        SELECT count(*) FILTER (WHERE begun < {start} AND (ended IS NULL OR ended >= {start})),
            count(*) FILTER (WHERE begun BETWEEN {start} AND {end}),
            count(*) FILTER (WHERE ended BETWEEN {start} AND {end}),
            count(*) FILTER (WHERE begun <= {end} AND (ended IS NULL OR ended > {end}))
        FROM flow_spells""")[0]
    deaths = {}
    for group, reasons in prison.deaths.items():
        listed = ", ".join(map(literal, reasons))
        deaths[group] = engine.value(
            "SELECT count(DISTINCT person) FROM flow_stays "
            f"WHERE ended BETWEEN {start} AND {end} AND reason IN ({listed})"
        )
    return Movements(int(before), int(entries), int(releases), int(after), {k: int(v) for k, v in deaths.items()})


def time_in_status_select(stays: str, groups: Sequence[str], until: date) -> str:
    """Return the SELECT of (days, ended, last_seen): how long stays in a group of statuses last, open ones so far."""
    end = f"DATE {literal(until.isoformat())}"
    listed = ", ".join(map(literal, groups))
    return f"""
        SELECT days, count(*) FILTER (WHERE over) AS ended, count(*) FILTER (WHERE NOT over) AS last_seen
        FROM (SELECT date_diff('day', begun, least(ended, {end})) AS days, coalesce(ended <= {end}, FALSE) AS over
            FROM {stays} WHERE status IN ({listed}) AND begun <= {end}) GROUP BY 1 ORDER BY 1"""


def census_finding(prison: Prison, *, rebuilt: int, counted: int, day: date) -> Finding | None:
    """Return the finding that a stock rebuilt from stays is not that of the census of the day; None where it is."""
    if rebuilt == counted:
        return None
    more = "more" if rebuilt > counted else "fewer"
    message = f"{day.isoformat()}: {abs(rebuilt - counted)} {more} persons by their stays than in the census"
    return Finding("F-CUS-005", "warning", prison.kind, message, count=abs(rebuilt - counted))
