"""Who of an entry cohort has reached which state by when: cumulative incidence with censoring, never stage over stage.

The sources stop on a day. Who entered shortly before it had little time to be convicted; dividing this year's
convictions by this year's reports mixes cohorts and time. So each unit is followed from its entry until it reaches the
state, ends otherwise, or is last seen, and the share is that of Aalen and Johansen (justitia.aggregate.competing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.aggregate.competing import Outcomes
from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.flow import Entry, Flow, State

REACHED, OTHERWISE, OPEN = "reached", "otherwise", ""
STILL_OPEN = "open"


@dataclass(frozen=True, slots=True)
class Group:
    """Units that are counted together: an entry cohort, and a code of one breakdown (`_T` = all)."""

    cohort: str
    breakdown: str
    code: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Exact counts of a group on its way to a state; they stay inside.

    Args:
        group, state: whose way, and to where.
        outcomes: by steps of days: `reached`, `otherwise` (an end that excludes the state), last seen.
        matured: whether every unit was observed for the longest horizon, or had come to an end.
    """

    group: Group
    state: str
    outcomes: Outcomes
    matured: bool


def counts_select(
    units: str, state: str, *, ends: Sequence[str], breakdowns: Sequence[str], until: str, step_days: int, longest: int
) -> str:
    """Return the SELECT of (cohort, breakdown, code, step, way, n, unripe) of the way to a state.

    Args:
        units: relation made by justitia.derive.states, a row per unit.
        state: state whose time is asked.
        ends: states that exclude it.
        breakdowns: ids of the breakdowns, each counted by itself.
        until: last day covered (ISO).
        step_days: width of a step; an end on day 0 is in step 0, on days 1 to step_days in step 1.
        longest: days; units not observed so long and not ended are unripe.
    """
    last = f"DATE {literal(until)}"
    end = f"CASE WHEN end_state <> {literal(state)} THEN end_date END" if set(ends) - {state} else "CAST(NULL AS DATE)"
    # An end that is void, as the case went on, was not reached.
    there = f"CASE WHEN end_state = {literal(state)} THEN end_date END" if state in ends else quote(f"d_{state}")
    rows = f"""
        SELECT cohort, {"".join(f"{quote('b_' + item)}, " for item in breakdowns)}
            date_diff('day', entry_date, least(there, ended, {last})) AS days,
            CASE WHEN there <= least(ended, {last}) THEN {literal(REACHED)}
                WHEN ended <= {last} THEN {literal(OTHERWISE)} ELSE {literal(OPEN)} END AS way,
            date_diff('day', entry_date, {last}) < {longest} AS young
        FROM (SELECT *, {end} AS ended, {there} AS there FROM {units} WHERE NOT is_faulty AND entry_date <= {last})"""
    stepped = f"CAST(ceil(days / {step_days}) AS INTEGER) AS step"
    parts = []
    for item in ("", *breakdowns):
        code = quote(f"b_{item}") if item else literal(TOTAL)
        parts.append(f"""
            SELECT CASE WHEN grouping(cohort) = 1 THEN {literal(TOTAL)} ELSE cohort END AS cohort,
                {literal(item or TOTAL)} AS breakdown, code, step, way, count(*) AS n,
                count(*) FILTER (WHERE young AND way = {literal(OPEN)}) AS unripe
            FROM (SELECT cohort, {code} AS code, {stepped}, way, young FROM rows)
            GROUP BY GROUPING SETS ((cohort, code, step, way), (code, step, way))""")
    return f"WITH rows AS MATERIALIZED ({rows}) {' UNION ALL '.join(parts)} ORDER BY ALL"


def count_ways(
    engine: Engine, units: str, state: str, *, step_days: int, **asked: Sequence[str] | str | int
) -> list[Counted]:
    """Return the exact counts of every group on its way to a state.

    Args:
        engine: holds `units`.
        units, state, step_days, asked: as for `counts_select`.
    """
    import numpy as np

    table = engine.table(counts_select(units, state, step_days=step_days, **asked))  # type: ignore[arg-type]
    columns = {name: np.asarray(table[name].to_pylist()) for name in table.column_names}
    keys = np.array(
        ["\t".join(row) for row in zip(*(columns[k] for k in ("cohort", "breakdown", "code")), strict=True)]
    )
    made = []
    for key in dict.fromkeys(keys.tolist()):
        own = keys == key
        steps, place = np.unique(columns["step"][own], return_inverse=True)
        ways, n = columns["way"][own], columns["n"][own].astype(float)
        counted = {
            way: np.bincount(place, weights=n * (ways == way), minlength=len(steps)).astype(float)
            for way in (REACHED, OTHERWISE, OPEN)
        }
        outcomes = Outcomes(
            steps * float(step_days), {w: counted[w] for w in (REACHED, OTHERWISE)}, counted[OPEN], float(n.sum())
        )
        made.append(Counted(Group(*key.split("\t")), state, outcomes, not columns["unripe"][own].sum()))
    return made


def links_select(units: str, states: Sequence[str], *, ends: Sequence[str], until: str) -> str:
    """Return the SELECT of (source, target, n): units that went from one state straight to the next.

    Where a unit is when the sources stop, without an end, is a step to `open`. Void ends are left out. States of one
    day keep the flow's order.

    Args:
        units: relation made by justitia.derive.states.
        states: in the flow's order, the entry first.
        ends: those after which nothing follows.
        until: last day covered (ISO).
    """
    last = f"DATE {literal(until)}"
    followed = f"FROM {units} WHERE NOT is_faulty AND entry_date <= {last}"
    parts = [
        f"SELECT unit_id, {literal(state)} AS state, {quote(f'd_{state}')} AS day, {place} AS place {followed} "
        f"AND {quote(f'd_{state}')} <= {last}"
        for place, state in enumerate(states)
        if state not in ends
    ]
    parts.append(f"SELECT unit_id, end_state, end_date, {len(states)} {followed} AND end_date <= {last}")
    order = "PARTITION BY unit_id ORDER BY day, place"
    return f"""
        SELECT state AS source, coalesce(following, {literal(STILL_OPEN)}) AS target, count(*) AS n
        FROM (SELECT state, place, lead(state) OVER ({order}) AS following FROM ({" UNION ALL ".join(parts)}))
        WHERE place < {len(states)} GROUP BY ALL ORDER BY min(place), source, target"""


def counting_unit(entry: Entry, states: Mapping[str, State]) -> str:
    """Return what is counted in a state of a flow."""
    return entry.counting_unit or states[entry.state].counting_unit


def check_units(flow: Flow, numerator: str, denominator: str, states: Mapping[str, State]) -> None:
    """Raise when two stages cannot be set against each other because they count different things.

    Raises:
        RequestError: E-FLO-001 for a state that the flow does not have, E-FLO-002 for unlike counting units.
    """
    entries = {entry.state: entry for entry in flow.entries}
    for name in (numerator, denominator):
        if name not in entries:
            raise RequestError(
                "E-FLO-001",
                f"flow {flow.common.id} has no state [{name}]",
                remedy=f"It has {', '.join(entries)}",
            )
    above, below = (counting_unit(entries[name], states) for name in (numerator, denominator))
    if above != below:
        raise RequestError(
            "E-FLO-002",
            f"{numerator} counts {_words(above)}, {denominator} {_words(below)}: their ratio is the share of nothing",
            where=f"flow {flow.common.id}",
            remedy=f"Count both in one unit: an offence may have several persons, a person several offences and cases. "
            f"Follow a flow of which both states count {_words(below)}",
        )


def check_closed(counted: Sequence[Counted], *, numerator: str, denominator: str, longest: int) -> None:
    """Raise when a ratio of stage totals would take open cohorts for finished ones.

    Args:
        counted: the groups whose totals are asked.
        numerator, denominator: states.
        longest: days for which a cohort must have been observed.

    Raises:
        RequestError: E-FLO-004, with the share of units that are open.
    """
    open_units = sum(float(item.outcomes.last_seen.sum()) for item in counted if not item.matured)
    if open_units:
        share = open_units / sum(item.outcomes.size for item in counted)
        raise RequestError(
            "E-FLO-004",
            f"{numerator} over {denominator} is no rate: {share:.0%} of the units entered less than {longest} days "
            "before the sources stop and may still get there",
            remedy="Ask for the share of an entry cohort after a number of days: justitia flow show FLOW",
        )


def _words(unit: str) -> str:
    return f"{unit.replace('_', ' ')}s" if unit != "person_in_case" else "persons in cases"
