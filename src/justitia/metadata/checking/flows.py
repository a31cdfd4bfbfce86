"""Checks of flows: every state, kind, field, link, code and condition in them leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from justitia.metadata.checking.known import Known
from justitia.metadata.checking.privacy import check_condition
from justitia.metadata.faults import nearest
from justitia.metadata.flow import AnyFlow, Common, Flow, Prison, Return, Share, Together, Workload


def check_flows(known: Known) -> None:
    """Note the faults of the states and of all files of `flows/`."""
    states = known.catalogue.flow_states
    for state in states.values():
        for name in state.after:
            if name not in states:
                _unknown(known, "state", name, states, state.place)
    for name in known.catalogue.names("flows"):
        made = known.catalogue.flow(name)
        if made is not None:
            _check_common(known, made)
            _check_one(known, made)


def _check_one(known: Known, made: AnyFlow) -> None:
    place = made.common.place
    if isinstance(made, Flow):
        _check_flow(known, made)
    elif isinstance(made, Prison):
        if known.check_kind(made.kind, place):
            _fields(known, made.kind, (made.start, made.end, made.status, *made.who, made.reason), made.common)
            _codes(known, made.kind, made.status, [*made.out_of_scope, *_all(made.groups.values())], made.common)
            _codes(known, made.kind, made.reason, [*made.goes_on, *_all(made.deaths.values())], made.common)
        pairs = ((made.census_kind, (made.census_date,)), (made.capacity_kind, (made.capacity_field,)))
        for kind, names in pairs:
            if kind and known.check_kind(kind, place):
                _fields(known, kind, names, made.common)
    elif isinstance(made, Workload):
        if known.check_kind(made.kind, place):
            _fields(known, made.kind, (made.received, made.resolved, *made.per), made.common)
            _condition(known, made.where, made.kind, made.common)
    elif isinstance(made, Return):
        _check_return(known, made)
    elif isinstance(made, Share):
        if known.check_kind(made.kind, place):
            _fields(known, made.kind, (made.date,), made.common)
            for text in (made.of, *(part.where for part in made.parts)):
                _condition(known, text, made.kind, made.common)
    elif isinstance(made, Together) and known.check_kind(made.kind, place):
        _fields(known, made.kind, (made.code, made.who), made.common)
        for form in made.forms:
            _codes(known, made.kind, made.code, form.includes, made.common)
            _condition(known, form.where, made.kind, made.common)


def _all(lists: Iterable[Sequence[str]]) -> list[str]:
    return [item for one in lists for item in one]


def _check_common(known: Known, made: AnyFlow) -> None:
    common = made.common
    rules = known.catalogue.names("disclosure")
    if common.disclosure not in rules:
        _unknown(known, "disclosure rule", common.disclosure, rules, common.place)
    unit = made.unit if isinstance(made, Flow) else made.kind
    if unit not in known.catalogue.record_kinds:
        return
    for item in common.breakdowns:
        field = known.check_field(item.field, unit, common.place)
        if field is not None and not field.codelist:
            remedy = "Break down by a field of type code"
            known.faults.add("E-CAT-063", f"[{item.field}] is not a coded field", where=common.place, remedy=remedy)
        listed = known.codelist(field.codelist) if field is not None and field.codelist else None
        if listed is not None and item.level and item.level not in listed.level_names:
            remedy = nearest(item.level, listed.level_names)
            message = f"[{item.level}] is not a level of code list {listed.name}"
            known.faults.add("E-CAT-064", message, where=common.place, remedy=remedy)
        if listed is not None and item.reference:
            known.check_code(item.reference, listed, common.place)


def _check_flow(known: Known, flow: Flow) -> None:
    common, states = flow.common, known.catalogue.flow_states
    has_unit = known.check_kind(flow.unit, common.place)
    if has_unit:
        _condition(known, flow.where, flow.unit, common)
    for place, entry in enumerate(flow.entries):
        if entry.state not in states:
            _unknown(known, "state", entry.state, states, common.place)
        if not known.check_kind(entry.kind, common.place):
            continue
        _fields(known, entry.kind, (*entry.dates, *entry.link), common)
        if has_unit:
            _fields(known, flow.unit, tuple(entry.link.values()), common)
        _condition(known, entry.where, entry.kind, common)
        if not place and (entry.kind != flow.unit or entry.link):
            message = f"the first state of flow {common.id} is not one of its units"
            remedy = f'Begin with a state of kind = "{flow.unit}" and no link'
            known.faults.add("E-CAT-080", message, where=common.place, remedy=remedy)
        if place and not entry.link and entry.kind != flow.unit:
            message = f"records of {entry.kind} do not say which {flow.unit} they belong to"
            remedy = f'Write link = {{ {entry.kind}_field = "{flow.unit}_field" }}'
            known.faults.add("E-CAT-081", message, where=common.place, remedy=remedy)


def _check_return(known: Known, made: Return) -> None:
    common = made.common
    if known.check_kind(made.kind, common.place):
        _fields(known, made.kind, (made.start, made.who), common)
        _condition(known, made.where, made.kind, common)
    for event in made.returns:
        if known.check_kind(event.kind, common.place):
            _fields(known, event.kind, (event.date, event.who), common)
            _condition(known, event.where, event.kind, common)
    if made.custody and known.check_kind(made.custody[0], common.place):
        _fields(known, made.custody[0], made.custody[1:], common)


def _fields(known: Known, kind: str, names: Sequence[str], common: Common) -> None:
    for name in names:
        if name:
            known.check_field(name, kind, common.place)


def _condition(known: Known, text: str, kind: str, common: Common) -> None:
    if text:
        known.check_expression(text, kind, common.place)
        check_condition(known, text, kind, common.place)


def _codes(known: Known, kind: str, name: str, codes: Iterable[str], common: Common) -> None:
    field = known.field(name, kind) if name else None
    listed = known.codelist(field.codelist) if field is not None and field.codelist else None
    for code in codes if listed is not None else ():
        known.check_code(code, listed, common.place)  # type: ignore[arg-type]


def _unknown(known: Known, what: str, name: str, among: Iterable[str], place: object) -> None:
    known.faults.add("E-CAT-025", f"there is no {what} [{name}]", where=place, remedy=nearest(name, among))
