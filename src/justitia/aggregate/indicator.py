"""An indicator asked by some breakdowns, compiled to a table to be counted: there is no second engine.

Indicators of one kind of record, rule, period and set of breakdowns share a table, each as a measure of its own: a
questionnaire then reads the records a few times and not once for every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from justitia.aggregate.stocks import day_condition, held_condition
from justitia.engine import literal
from justitia.metadata.definitions import Dataflow, Dimension, Measure
from justitia.metadata.expression import columns_of, parse_expression
from justitia.metadata.indicator import OF_RECORDS, Indicator

if TYPE_CHECKING:
    from justitia.metadata.definitions import CodeList
    from justitia.metadata.load import Catalogue

ICCS = "iccs"
INCHOATE_FIELD, COMPLETED = "inchoate_form", ("completed",)
PRINCIPAL = "is_principal_offence"
FLOWS = ("count", "sum", "median")
RETURN, OF_RETURNS = "return", "__n"
DAY = "{day}"  # in the condition of a stock or list: its reference day


@dataclass(frozen=True, slots=True)
class Asked:
    """An indicator by some of its breakdowns."""

    indicator: str
    breakdowns: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """Tables to be counted, and where in them each figure is.

    Args:
        dataflows: by id.
        places: figure asked -> (table, measure); stocks and lists have a measure for each year, `<measure>__<year>`.
        missing: figure asked -> fields (`kind.field`) or kinds that no source fills.
        notes: indicator -> what the reader of its figures must know.
        returned: (table, measure) of sums of returns. Beside each stands `<measure>__n`, the number of returns: what
            nobody returned is not available, and no zero.
    """

    dataflows: dict[str, Dataflow] = field(default_factory=dict)
    places: dict[Asked, tuple[str, str]] = field(default_factory=dict)
    missing: dict[Asked, tuple[str, ...]] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    returned: set[tuple[str, str]] = field(default_factory=set)


def plan_tables(
    asked: Iterable[Asked],
    *,
    catalogue: Catalogue,
    columns: Mapping[str, set[str]],
    years: Sequence[int],
    disclosure: str,
) -> Plan:
    """Return the tables that hold all figures asked which the workspace's records can give.

    Args:
        asked: figures made of records; others are left out.
        catalogue: the definitions.
        columns: kind -> columns that its records have.
        years: years of stocks and lists.
        disclosure: rule that protects the tables.
    """
    plan = Plan()
    groups: dict[tuple[object, ...], list[Asked]] = {}
    for item in dict.fromkeys(asked):
        indicator = catalogue.indicators[item.indicator]
        if indicator.method not in OF_RECORDS or indicator.method == "median":
            continue
        missing = missing_fields(indicator, item.breakdowns, catalogue=catalogue, columns=columns)
        if missing:
            plan.missing[item] = missing
            continue
        flow = indicator.period[:1] if indicator.method in FLOWS else ()
        key = (indicator.kind, indicator.counting_rule, flow, _fields(indicator, item.breakdowns), indicator.series)
        groups.setdefault(key, []).append(item)
    for number, items in enumerate(groups.values(), start=1):
        made = _dataflow(f"asked_{number}", items, plan, catalogue=catalogue, columns=columns, years=years)
        plan.dataflows[made.id] = made if made.disclosure else _protected_by(made, disclosure)
    return plan


def _protected_by(dataflow: Dataflow, disclosure: str) -> Dataflow:
    from dataclasses import replace

    return replace(dataflow, disclosure=disclosure)


def _fields(indicator: Indicator, breakdowns: Sequence[str]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    found = (indicator.breakdown(identifier) for identifier in breakdowns)
    return tuple((item.id, item.field, item.levels) for item in found if item is not None)


def _dataflow(
    identifier: str,
    items: Sequence[Asked],
    plan: Plan,
    *,
    catalogue: Catalogue,
    columns: Mapping[str, set[str]],
    years: Sequence[int],
) -> Dataflow:
    first = catalogue.indicators[items[0].indicator]
    measures = [Measure("COUNT")]
    for item in items:
        indicator = catalogue.indicators[item.indicator]
        where, notes = condition_of(indicator, catalogue=catalogue, columns=columns)
        name = indicator.id.upper()
        plan.places[item] = (identifier, name)
        plan.notes[indicator.id] = notes
        if indicator.method in FLOWS:
            measures.append(Measure(name, where, indicator.labels, indicator.value_field))
            if catalogue.record_kinds[indicator.kind].unit == RETURN:
                measures.append(Measure(f"{name}{OF_RETURNS}", where))
                plan.returned.add((identifier, name))
            continue
        for year in years:
            there = _and(day_of(indicator, year), at_day(where, indicator, year))
            measures.append(Measure(f"{name}__{year}", there, indicator.labels, indicator.value_field))
    flow = first.method in FLOWS
    return Dataflow(
        id=identifier,
        labels={},
        descriptions={},
        unit=first.kind,
        counting_rule=first.counting_rule,
        # Years that nobody asks are not counted: protection would have to defend them too.
        where=f"year({first.period[0]}) IN ({', '.join(map(str, years))})" if flow else "",
        disclosure="",
        period_field=first.period[0] if flow else "",
        frequency="A" if flow else "",
        dimensions=tuple(Dimension(*parts) for parts in _fields(first, items[0].breakdowns)),
        measures=tuple(measures),
        ratios=(),
        universe="as the collection says",
        series=first.series,
    )


def at_day(where: str, indicator: Indicator, year: int) -> str:
    """Return a condition with the reference day of a year in the place of `{day}`."""
    return where.replace(DAY, f"{year}-{indicator.reference_day}")


def day_of(indicator: Indicator, year: int) -> str:
    """Return the condition that a unit is in the stock, or in the list, of the reference day of a year."""
    month, day = map(int, indicator.reference_day.split("-"))
    if indicator.method == "list":
        return day_condition(indicator.period[0], date(year, month, day))
    start, end = indicator.period
    return held_condition(start, end, date(year, month, day))


def condition_of(
    indicator: Indicator, *, catalogue: Catalogue, columns: Mapping[str, set[str]]
) -> tuple[str, tuple[str, ...]]:
    """Return the condition of an indicator's units, and notes on what could not be told apart."""
    parts, notes = [], []
    if indicator.includes or indicator.excludes:
        parts.append(code_condition(indicator, catalogue.codelist(ICCS)))
    if indicator.inchoate != "any":
        form = _beside(indicator.code_field, INCHOATE_FIELD)
        if is_there(form, indicator, columns):
            negated = "" if indicator.inchoate == "completed" else "NOT "
            listed = ", ".join(map(literal, COMPLETED))
            parts.append(f"{negated}coalesce({form}, {listed}) IN ({listed}, '_N', '_U', '_X')")
        elif indicator.inchoate == "completed":
            notes.append("attempts_not_told_apart")
    if indicator.where_known:
        read = _read_by(indicator.where_known, str(indicator.place or indicator.id))
        if all(is_there(name, indicator, columns) for name in read):
            parts.append(f"coalesce({indicator.where_known}, TRUE)")
        else:
            notes.append("not_told_apart:" + ", ".join(read))
    if indicator.where:
        parts.append(indicator.where)
    return _and(*parts), tuple(notes)


def code_condition(indicator: Indicator, listed: CodeList) -> str:
    """Return the condition on the ICCS code: in or below an included code, and not in or below an excluded one."""
    chosen = [
        code
        for code in listed.codes
        if (not indicator.includes or _under(code, indicator.includes, listed))
        and not _under(code, indicator.excludes, listed)
    ]
    return f"{indicator.code_field} IN ({', '.join(map(literal, chosen))})"


def is_coded(indicator: Indicator, targets: Iterable[str], listed: CodeList) -> bool:
    """Return whether any of the codes that national offences are coded to is counted by an indicator."""
    if not indicator.includes:
        return True
    return any(_under(code, indicator.includes, listed) for code in targets)


def _under(code: str, tops: Sequence[str], listed: CodeList) -> bool:
    entry = listed.codes.get(code)
    while entry is not None:
        if entry.code in tops:
            return True
        entry = listed.codes.get(entry.parent)
    return False


def _and(*parts: str) -> str:
    filled = [part for part in parts if part]
    return filled[0] if len(filled) == 1 else " AND ".join(f"({part})" for part in filled)


def _beside(name: str, other: str) -> str:
    """Return the field `other` of the record that holds the field `name`."""
    kind, dot, _ = name.rpartition(".")
    return f"{kind}{dot}{other}"


# -- what is missing ----------------------------------------------------------------------------------------------
def fields_of(indicator: Indicator, breakdowns: Sequence[str]) -> tuple[str, ...]:
    """Return every field that a figure reads, as `field` or `kind.field`."""
    names = [item[1] for item in _fields(indicator, breakdowns)]
    names += [*indicator.period, *filter(None, [indicator.value_field]), *indicator.series]
    if indicator.includes or indicator.excludes:
        names.append(indicator.code_field)
    if indicator.where:
        names += _read_by(at_day(indicator.where, indicator, 2000), str(indicator.place or indicator.id))
    if indicator.inchoate == "attempt":
        names.append(_beside(indicator.code_field, INCHOATE_FIELD))
    return tuple(dict.fromkeys(names))


@lru_cache(maxsize=2000)
def _read_by(text: str, where: str) -> tuple[str, ...]:
    """Return the fields that a condition reads; a questionnaire asks for the same ones again and again."""
    return tuple(sorted(columns_of(parse_expression(text, where=where))))


def missing_fields(
    indicator: Indicator, breakdowns: Sequence[str], *, catalogue: Catalogue, columns: Mapping[str, set[str]]
) -> tuple[str, ...]:
    """Return what no source fills of what a figure needs: a kind of record (`custody_episode`), or `kind.field`.

    A field that is derived is named by the field that it is derived from.
    """
    if indicator.kind not in columns:
        return (indicator.kind,)
    missing: list[str] = []
    for name in fields_of(indicator, breakdowns):
        if not is_there(name, indicator, columns):
            missing += _named(name, indicator, catalogue, columns)
    return tuple(dict.fromkeys(missing))


def is_there(name: str, indicator: Indicator, columns: Mapping[str, set[str]]) -> bool:
    """Return whether records of the indicator's kind have a field, or lead to a record that has it."""
    kind, dot, own = name.rpartition(".")
    if not dot or kind == indicator.kind:
        return own in columns[indicator.kind]
    return kind in columns and own in columns[kind] and _leads(kind, indicator, columns)


def _leads(kind: str, indicator: Indicator, columns: Mapping[str, set[str]]) -> bool:
    own = columns[indicator.kind]
    if f"{kind}_id" in own:
        return True
    if indicator.counting_rule == "each":
        return False
    if indicator.counting_rule == "principal_offence" and PRINCIPAL not in columns[kind]:
        return False
    shared = {name for name in own if name.endswith("_id")} & columns[kind]
    return f"{indicator.kind}_id" in columns[kind] or bool({name for name in shared if name[:-3] in columns})


def _named(name: str, indicator: Indicator, catalogue: Catalogue, columns: Mapping[str, set[str]]) -> list[str]:
    kind, dot, own = name.rpartition(".")
    holder = kind if dot else indicator.kind
    if holder not in columns:
        return [holder]
    if own in columns[holder]:
        return [f"{indicator.kind}.{holder}_id"]  # the field is there, the way to it is not
    for derivation in catalogue.derivations:
        if derivation.kind == holder and derivation.field.name == own:
            sources = [derivation.arguments[part] for part in ("from", "to") if part in derivation.arguments]
            return [f"{holder}.{source}" for source in sources if source not in columns[holder]] or [f"{holder}.{own}"]
    return [f"{holder}.{own}"]
