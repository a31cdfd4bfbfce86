"""When each unit of a flow reached each state: one row per unit, made in the engine, with what is wrong counted.

Rules, each with a finding (docs/explanation/case-flow.md):

- F-FLO-001 a state dated before the entry: the unit is set aside from all curves.
- F-FLO-002 a state without any state that may come before it: kept as the source tells it.
- F-FLO-003 a state dated before every state that may come before it: kept as the source tells it.
- F-FLO-004 an end followed by another state (reopened): the end is void.
- F-FLO-005 a later record that tells another outcome (appeal): the later one counts.
- F-FLO-006 records that lead to no unit followed: in no curve.
- F-FLO-007 records that lead to several units (joined cases): each unit has the state.
- F-FLO-008 units without a date of entry: in no curve.
- F-FLO-009 states dated after the last day that the sources cover (a wrong year, mostly): not reached.
- F-FLO-010 dates that systems fill in where none is known (`linkage/placeholders.csv`): as if not given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from justitia.derive.ancestors import ancestor_join
from justitia.derive.methods import Inputs, derive
from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.findings import Finding
from justitia.metadata.links import compile_expression, join_reached, reachable

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.flow import Entry, Flow, FlowBreakdown
    from justitia.metadata.load import Catalogue

UNITS = "flow_units"  # temporary tables of the engine
PERSON_ID = "person_id"
PERIODS = {
    "A": "strftime({date}, '%Y')",
    "Q": "strftime({date}, '%Y') || '-Q' || CAST(quarter({date}) AS VARCHAR)",
    "M": "strftime({date}, '%Y-%m')",
    "all": "'_T'",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What a flow is made of: definitions, relations of derived records by kind, and their columns."""

    engine: Engine
    catalogue: Catalogue
    relations: Mapping[str, str]
    columns: Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class History:
    """The units of a flow in the engine's temporary table `flow_units`.

    Its columns: `unit_id`, `entry_date`, `cohort`, one for each breakdown (`b_<id>`), one for each state (`d_<state>`,
    null where it was not reached), `end_state` and `end_date` (the first end that is not void), `is_faulty`.

    Args:
        states: states that can be told, in the flow's order; the first is the entry.
        breakdowns: those that can be told.
        missing: state -> field that no source fills.
        until: last day covered (ISO).
        units, set_aside: number of units, and of those set aside.
        findings: what is wrong, counted.
    """

    states: tuple[str, ...]
    breakdowns: tuple[str, ...]
    missing: Mapping[str, str]
    until: str
    units: int
    set_aside: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Making:
    flow: Flow
    sources: Sources
    findings: list[Finding] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def note(self, rule: str, kind: str, message: str, count: int, severity: str = "warning") -> None:
        if count:
            self.findings.append(Finding(rule, severity, kind, message, count=count))  # type: ignore[arg-type]


def build_history(flow: Flow, sources: Sources, *, until: str = "") -> History:
    """Make `flow_units` and return what it holds.

    Args:
        flow: the flow.
        sources: records.
        until: last day covered (ISO); default, that of the flow, else the last day of an entry, as later states hold
            more wrong years.

    Raises:
        RequestError: E-FLO-003 when no source fills what the units need.
    """
    making = _Making(flow, sources)
    entries = [entry for entry in flow.entries if _can_tell(making, entry)]
    if not entries or entries[0] is not flow.entries[0]:
        first = flow.entries[0]
        raise RequestError(
            "E-FLO-003",
            f"flow {flow.common.id} needs [{making.missing.get(first.state, first.kind)}], which no source fills",
            where=str(flow.common.place or flow.common.id),
            remedy="Map a column to it in a layout, or follow another flow: justitia flow list",
        )
    told = _units(making, entries[0])
    for entry in entries[1:]:
        _reach(making, entry)
    states = tuple(dict.fromkeys(entry.state for entry in entries))
    until = until or flow.common.observed_until or _last_entry(sources.engine, states[0])
    _finish(making, states, until)
    engine = sources.engine
    total, aside = engine.rows(f"SELECT count(*), count(*) FILTER (WHERE is_faulty) FROM {UNITS}")[0]
    return History(states, told, dict(making.missing), until, int(total), int(aside), tuple(making.findings))


def _can_tell(making: _Making, entry: Entry) -> bool:
    """Return whether the sources fill what a state needs; note the first field that they do not."""
    columns, unit = making.sources.columns, making.flow.unit
    wanted = "" if entry.kind in columns else entry.kind
    if not wanted:
        lacking = [f"{entry.kind}.{name}" for name in entry.link if name not in columns[entry.kind]]
        lacking += [f"{unit}.{name}" for name in entry.link.values() if name not in columns.get(unit, set())]
        if not _dates(entry, columns):
            lacking.append(f"{entry.kind}.{entry.dates[0]}")
        wanted = next(iter(lacking), "")
    if not wanted and entry.where:
        compiled = compile_expression(entry.where, columns=columns, kind=entry.kind, where=_place(making))
        wanted = f"{entry.kind}: {entry.where}" if compiled is None else ""
    if wanted:
        making.missing[entry.state] = wanted
    return not wanted


def _dates(entry: Entry, columns: Mapping[str, set[str]]) -> list[str]:
    return [name for name in entry.dates if reachable(name, columns=columns, kind=entry.kind)]


def _place(making: _Making) -> str:
    return str(making.flow.common.place or making.flow.common.id)


def _date_sql(names: list[str]) -> str:
    parts = [f"{quote(n.split('.')[0])}.{quote(n.split('.')[1])}" if "." in n else f"r.{quote(n)}" for n in names]
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _records(making: _Making, entry: Entry, columns: str, extra: set[str] | None = None) -> str:
    """Return the FROM and WHERE of the records that put units into a state, with `state_date` and `meets` selected."""
    sources = making.sources
    names = _dates(entry, sources.columns)
    kinds = {name.split(".")[0] for name in names if "." in name} | (extra or set())
    meets = "TRUE"
    if entry.where:
        compiled = compile_expression(entry.where, columns=sources.columns, kind=entry.kind, where=_place(making))
        if compiled is not None:
            meets, kinds = f"coalesce({compiled.sql}, FALSE)", kinds | compiled.kinds
    joins = join_reached(kinds, sources.relations)
    date = _given_date(making, entry, f"CAST({_date_sql(names)} AS DATE)", joins)
    return f"SELECT {columns}, {date} AS state_date, {meets} AS meets FROM {sources.relations[entry.kind]} AS r {joins}"


def _given_date(making: _Making, entry: Entry, date: str, joins: str) -> str:
    """Return SQL of a date that is null where the date stands for none; note how many do."""
    sources = making.sources
    standing = re.compile("|".join(sources.catalogue.linking_material.placeholders.get("date", ())) or r"(?!)")
    rows = sources.engine.rows(
        f"SELECT {date} AS day, count(*) FROM {sources.relations[entry.kind]} AS r {joins} "
        "WHERE day IS NOT NULL GROUP BY 1"
    )
    filled = {day.isoformat(): int(n) for day, n in rows if standing.fullmatch(day.strftime("%Y%m%d").zfill(8))}
    if not filled:
        return date
    message = f"{entry.state}: a date that stands for none, as if not given"
    making.note("F-FLO-010", entry.kind, message, sum(filled.values()))
    days = ", ".join(f"DATE {literal(day)}" for day in sorted(filled))
    return f"CASE WHEN {date} NOT IN ({days}) THEN {date} END"


def _units(making: _Making, entry: Entry) -> tuple[str, ...]:
    """Make the table of the units followed, and return the breakdowns that it has."""
    flow, sources = making.flow, making.sources
    unit, key = flow.unit, quote(f"{flow.unit}_id")
    codes, joins, told = [], [], []
    for item in flow.common.breakdowns:
        made = _breakdown(making, item)
        if made is not None:
            codes.append(f", coalesce({made[0]}, '_N') AS {quote(f'b_{item.id}')}")
            joins.append(made[1])
            told.append(item.id)
    cohort = PERIODS[flow.cohort].format(date="u.state_date")
    select = _records(making, entry, "r.*")
    kept = ""
    if flow.where:
        compiled = compile_expression(flow.where, columns=sources.columns, kind=unit, where=_place(making))
        if compiled is None:
            raise RequestError(
                "E-FLO-003", f"flow {flow.common.id} needs a field of [{flow.where}] that no source fills"
            )
        kept_select = (
            f"SELECT r.{key} FROM {sources.relations[unit]} AS r {join_reached(compiled.kinds, sources.relations)}"
        )
        kept = f" AND u.{key} IN ({kept_select} WHERE coalesce({compiled.sql}, FALSE))"
    sources.engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {UNITS} AS
        SELECT u.{key} AS unit_id, u.* EXCLUDE (state_date, meets), u.state_date AS {quote("d_" + entry.state)},
            coalesce({cohort}, '_N') AS cohort{"".join(codes)}
        FROM ({select}) AS u {" ".join(joins)} WHERE u.meets{kept}""")
    undated = sources.engine.value(f"SELECT count(*) FROM {UNITS} WHERE {quote('d_' + entry.state)} IS NULL")
    making.note("F-FLO-008", unit, "no date of entry: in no curve", undated)
    return tuple(told)


def _breakdown(making: _Making, item: FlowBreakdown) -> tuple[str, str] | None:
    """Return SQL of a breakdown's code over units `u` and the join that it needs; None where no source fills it."""
    sources, unit = making.sources, making.flow.unit
    kind, _, name = item.field.rpartition(".")
    columns = sources.columns
    if name not in columns.get(kind or unit, set()):
        return None
    cut = ancestor_join(sources.catalogue, sources.catalogue.record_kinds[kind or unit], name, item)
    if not kind or kind == unit:
        return cut(f"u.{quote(name)}", "")
    alias, key = quote(f"of_{item.id}"), quote(f"{kind}_id")
    if f"{kind}_id" in columns[unit]:
        return cut(
            f"{alias}.{quote(name)}", f"LEFT JOIN {sources.relations[kind]} AS {alias} ON {alias}.{key} = u.{key}"
        )
    shared = quote(f"{unit}_id") if f"{unit}_id" in columns[kind] else _shared(columns, unit, kind)
    if not shared:
        return None
    one = f"({_principal(making, kind, name, shared)})"
    return cut(f"{alias}.{quote(name)}", f"LEFT JOIN {one} AS {alias} ON {alias}.{shared} = u.{shared}")


def _principal(making: _Making, kind: str, name: str, shared: str) -> str:
    """Return the SELECT of a field of one record for each group: of several offences the principal one tells.

    Where no table ranks the records of a kind, the first by its key does.
    """
    sources = making.sources
    relation, key = sources.relations[kind], quote(f"{kind}_id")
    for derivation in sources.catalogue.derivations:
        per = quote(f"{derivation.arguments.get('per', '')}_id")
        if derivation.kind == kind and derivation.method == "principal_offence" and per == shared:
            made = derive(derivation, Inputs(sources.catalogue, sources.relations, dict(sources.columns)))
            if made is not None:
                return f"SELECT r.{shared}, r.{quote(name)} FROM {relation} AS r {made.joins} WHERE {made.value} = 1"
    one = f"row_number() OVER (PARTITION BY {shared} ORDER BY {key}) = 1"
    return f"SELECT {shared}, {quote(name)} FROM {relation} QUALIFY {one}"


def _shared(columns: Mapping[str, set[str]], unit: str, kind: str) -> str:
    both = sorted(name for name in columns[unit] & columns[kind] if name.endswith("_id") and name[:-3] in columns)
    return quote(both[0]) if both else ""


def _reach(making: _Making, entry: Entry) -> None:
    """Add the date at which each unit reached a state."""
    flow, engine = making.flow, making.sources.engine
    column = quote("d_" + entry.state)
    own = ", ".join(f"r.{quote(name)} AS {quote('k_' + name)}" for name in entry.link) or "r.*"
    link = entry.link or {f"{flow.unit}_id": f"{flow.unit}_id"}
    if not entry.link:
        own = f"r.{quote(flow.unit + '_id')} AS {quote('k_' + flow.unit + '_id')}"
    select = _records(making, entry, f"r.{quote(entry.kind + '_id')} AS state_record, r.source_id AS k_source, {own}")
    pairs = ((f"s.{quote(f'k_{name}')}", f"u.{quote(other)}") for name, other in link.items())
    on = " AND ".join(f"{_number(flow, a, 's.k_source')} = {_number(flow, b, 'u.source_id')}" for a, b in pairs)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE flow_reached AS
        SELECT u.unit_id, s.state_record, s.state_date, s.meets FROM ({select}) AS s LEFT JOIN {UNITS} AS u ON {on}""")
    _look(making, entry)
    inner = "SELECT * FROM flow_reached WHERE unit_id IS NOT NULL"
    if entry.chosen == "last":
        last = "row_number() OVER (PARTITION BY unit_id ORDER BY state_date DESC NULLS LAST, state_record DESC) = 1"
        inner += f" QUALIFY {last}"
    reached = f"SELECT unit_id, min(state_date) AS state_date FROM ({inner}) WHERE meets GROUP BY 1"
    if entry.chosen == "all":
        reached = f"SELECT unit_id, max(state_date) AS state_date FROM ({inner}) GROUP BY 1 HAVING bool_and(meets)"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {UNITS} AS SELECT u.*, s.state_date AS {column}
        FROM {UNITS} AS u LEFT JOIN ({reached}) AS s USING (unit_id)""")


def _number(flow: Flow, column: str, source: str) -> str:
    """Return the link's value; where numbers are shared by all sources, without the name of its own source.

    Ids of persons are drawn here: they have no source's name before them.
    """
    named = flow.shared_numbers and not column.endswith(f'{PERSON_ID}"')
    return f"substr({column}, length({source}) + 2)" if named else column


def _look(making: _Making, entry: Entry) -> None:
    engine, state = making.sources.engine, entry.state
    lost = engine.value("SELECT count(DISTINCT state_record) FROM flow_reached WHERE meets AND unit_id IS NULL")
    making.note("F-FLO-006", entry.kind, f"{state}: leads to no {making.flow.unit} followed: in no curve", lost)
    joined = engine.value(
        "SELECT count(*) FROM (SELECT state_record FROM flow_reached WHERE meets AND unit_id IS NOT NULL "
        "GROUP BY 1 HAVING count(DISTINCT unit_id) > 1)"
    )
    making.note(
        "F-FLO-007", entry.kind, f"{state}: leads to several {making.flow.unit}s, each has the state", joined, "note"
    )
    if entry.chosen == "last":
        replaced = engine.value(
            "SELECT count(*) FROM (SELECT unit_id, arg_max(meets, state_date) AS last FROM flow_reached "
            "WHERE unit_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT meets) > 1 AND NOT last)"
        )
        making.note(
            "F-FLO-005", entry.kind, f"{state}: a later record tells another outcome, which counts", replaced, "note"
        )


def _last_entry(engine: Engine, entry: str) -> str:
    found = engine.value(f"SELECT max({quote(f'd_{entry}')}) FROM {UNITS}")
    return found.isoformat() if found is not None else ""


def _finish(making: _Making, states: tuple[str, ...], until: str) -> None:
    """Add the end of each unit, void ends left out, and whether its dates contradict the entry; count what is wrong."""
    engine, known = making.sources.engine, making.sources.catalogue.flow_states
    entry, later = quote(f"d_{states[0]}"), states[1:]
    before = " OR ".join(f"{quote('d_' + state)} < {entry}" for state in later) or "FALSE"
    ends = [state for state in later if known[state].ends]
    others = [quote(f"d_{state}") for state in later if not known[state].ends]
    goes_on = f"greatest({', '.join(others)})" if others else "NULL"
    valid = [f"CASE WHEN {quote('d_' + e)} >= coalesce({goes_on}, {entry}) THEN {quote('d_' + e)} END" for e in ends]
    end_date = f"least({', '.join(valid)})" if valid else "CAST(NULL AS DATE)"
    named = " ".join(f"WHEN {quote('d_' + e)} = ended THEN {literal(e)}" for e in ends)
    end_state = f"CASE {named} END" if ends else "CAST(NULL AS VARCHAR)"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {UNITS} AS SELECT * EXCLUDE (ended), {end_state} AS end_state, ended AS end_date
        FROM (SELECT *, {entry} AS entry_date, coalesce({before}, FALSE) AS is_faulty, {end_date} AS ended
            FROM {UNITS})""")
    if until:
        counts = " + ".join(f"count(*) FILTER (WHERE {quote(f'd_{name}')} > DATE {literal(until)})" for name in states)
        late = engine.value(f"SELECT {counts} FROM {UNITS}")
        making.note("F-FLO-009", making.flow.unit, f"states dated after {until}: not reached", late)
    faulty = engine.value(f"SELECT count(*) FROM {UNITS} WHERE is_faulty")
    making.note("F-FLO-001", making.flow.unit, "a state is dated before the entry: set aside from all curves", faulty)
    for state in ends:
        column = quote(f"d_{state}")
        void = (
            engine.value(f"SELECT count(*) FROM {UNITS} WHERE NOT is_faulty AND {column} < {goes_on}") if others else 0
        )
        making.note(
            "F-FLO-004", making.flow.unit, f"{state}: followed by another state (reopened), the end is void", void
        )
    for state in later:
        allowed = [quote(f"d_{name}") for name in known[state].after if name in states]
        if allowed:
            _look_at_order(making, state, allowed)


def _look_at_order(making: _Making, state: str, allowed: list[str]) -> None:
    column, least = quote(f"d_{state}"), f"least({', '.join(allowed)})"
    without, early = making.sources.engine.rows(f"""
        SELECT count(*) FILTER (WHERE {least} IS NULL), count(*) FILTER (WHERE {least} > {column})
        FROM {UNITS} WHERE NOT is_faulty AND {column} IS NOT NULL""")[0]
    unit = making.flow.unit
    making.note("F-FLO-002", unit, f"{state}: without any state that may come before it", without)
    making.note("F-FLO-003", unit, f"{state}: dated before every state that may come before it", early)
