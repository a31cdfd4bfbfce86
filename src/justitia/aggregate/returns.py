"""Who comes back within a fixed window: the same window for all, and only persons observed for all of it.

Two figures, each for one way of returning (re-arrest, re-conviction, re-imprisonment), never mixed:

- the share that returned within the window, of persons whose window ended before the sources stop. Persons who left
  later are left out whether they returned or not: to keep only those who did would count failures and no successes.
- the curve over time free: days in custody are taken off, as nobody is arrested anew in a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.engine import Engine

FOLLOWED = "flow_followed"  # temporary table of the engine


@dataclass(frozen=True, slots=True)
class Starts:
    """SQL of who is followed (person, left_on, b_<id>...), of returns (person, way, on_day) and of custody.

    Custody is (person, begun, ended; null while it lasts), without overlaps; empty where no source tells of it.
    """

    persons: str
    returns: str
    custody: str = ""


def build_followed(engine: Engine, starts: Starts, *, ways: Sequence[str], window_days: int, until: date) -> None:
    """Make `flow_followed`: a row per person and way of returning.

    Columns: those of the persons, `way`, `is_observed` (the whole window lies before `until`), `is_back` (returned
    within the window), `back_on`, `free_days` (days at liberty until the return, or until last seen) and `has_returned`
    (ever).

    Args:
        engine: holds the relations.
        starts: the relations; a person's first leaving counts.
        ways: ids of the ways of returning.
        window_days: days; a return on the last of them is within, one on the day of leaving is not.
        until: last day covered.
    """
    last = f"DATE {literal(until.isoformat())}"
    listed = ", ".join(f"({literal(way)})" for way in ways)
    first = f"SELECT * FROM ({starts.persons}) QUALIFY row_number() OVER (PARTITION BY person ORDER BY left_on) = 1"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE flow_started AS
        SELECT p.*, w.way, b.back_on, least(coalesce(b.back_on, {last}), {last}) AS seen_until
        FROM ({first}) AS p CROSS JOIN (VALUES {listed}) AS w(way)
        LEFT JOIN LATERAL (SELECT min(on_day) AS back_on FROM ({starts.returns}) AS r
            WHERE r.person = p.person AND r.way = w.way AND r.on_day > p.left_on AND r.on_day <= {last}) AS b ON TRUE
        WHERE p.left_on IS NOT NULL AND p.left_on <= {last}""")
    held = "CAST(0 AS BIGINT)"
    join = ""
    if starts.custody:
        held = "coalesce(c.days, 0)"
        end = "least(coalesce(k.ended, s.seen_until), s.seen_until)"
        overlap = f"greatest(0, date_diff('day', greatest(k.begun, s.left_on), {end}))"
        join = f"""LEFT JOIN (SELECT s.person, s.way, sum({overlap}) AS days FROM flow_started AS s
            JOIN ({starts.custody}) AS k ON k.person = s.person AND k.begun < s.seen_until
                AND coalesce(k.ended, s.seen_until) > s.left_on GROUP BY 1, 2) AS c USING (person, way)"""
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {FOLLOWED} AS
        SELECT s.*, s.left_on + {window_days} <= {last} AS is_observed,
            coalesce(s.back_on <= s.left_on + {window_days}, FALSE) AS is_back, s.back_on IS NOT NULL AS has_returned,
            greatest(0, date_diff('day', s.left_on, s.seen_until) - {held}) AS free_days
        FROM flow_started AS s {join} ORDER BY s.person, s.way""")


def window_select(breakdowns: Sequence[str]) -> str:
    """Return the SELECT of (way, breakdown, code, persons, observed, returned) from `flow_followed`."""
    parts = []
    for item in ("", *breakdowns):
        code = quote(f"b_{item}") if item else literal(TOTAL)
        parts.append(f"""
            SELECT way, {literal(item or TOTAL)} AS breakdown, {code} AS code, count(*) AS persons,
                count(*) FILTER (WHERE is_observed) AS observed,
                count(*) FILTER (WHERE is_observed AND is_back) AS returned
            FROM {FOLLOWED} GROUP BY ALL""")
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"


def free_time_select(breakdowns: Sequence[str], step_days: int) -> str:
    """Return the SELECT of (way, breakdown, code, days, ended, last_seen) from `flow_followed`, in steps of days."""
    parts = []
    for item in ("", *breakdowns):
        code = quote(f"b_{item}") if item else literal(TOTAL)
        parts.append(f"""
            SELECT way, {literal(item or TOTAL)} AS breakdown, {code} AS code,
                CAST(ceil(free_days / {step_days}) AS INTEGER) * {step_days} AS days,
                count(*) FILTER (WHERE has_returned) AS ended, count(*) FILTER (WHERE NOT has_returned) AS last_seen
            FROM {FOLLOWED} GROUP BY ALL""")
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"
