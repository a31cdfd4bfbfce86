"""Reading `flows/`: the states, and one TOML file for each flow, prison stock, workload, return or table of forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.flow import (
    CHOSEN,
    COHORTS,
    COUNTING_UNITS,
    TYPES,
    AnyFlow,
    Common,
    Entry,
    Flow,
    FlowBreakdown,
    Form,
    Part,
    Prison,
    Return,
    ReturnEvent,
    Share,
    State,
    Together,
    Workload,
)
from justitia.metadata.rows import Columns, flag_of, number_of, read_rows
from justitia.metadata.settings import Settings, open_settings
from justitia.metadata.tree import Tree

STATES = Columns(
    key=("state",),
    required=("state", "label_en", "counting_unit", "ends"),
    optional=("after", "sort", "description", "source"),
    families=("label_",),
    filled=("state", "label_en", "counting_unit"),
)


def read_states(tree: Tree, faults: Faults, overrides: list[Override]) -> dict[str, State]:
    """Return the states by name, in their order; empty where a catalogue has none."""
    if not tree.holding("flows/states.csv"):
        return {}
    made = []
    for row in read_rows(tree, "flows/states.csv", STATES, faults, overrides):
        after = tuple(part.strip() for part in row["after"].split(";") if part.strip())
        ends = flag_of(row, "ends", faults)
        sort = number_of(row, "sort", faults) or 0.0
        made.append(State(row["state"], row.labels(), row["counting_unit"], ends, after, sort, row.place))
    return {state.state: state for state in sorted(made, key=lambda item: item.sort)}


def read_flow(tree: Tree, identifier: str, faults: Faults, overrides: list[Override]) -> AnyFlow | None:
    """Return the definition in `flows/<identifier>.toml`; None, and a fault, when it is not TOML."""
    settings = open_settings(tree, f"flows/{identifier}.toml", faults, overrides)
    if settings is None:
        return None
    kind = settings.text("type", among=TYPES)
    common = _common(settings, identifier, kind)
    made = READERS.get(kind, _flow)(settings, common)
    settings.close()
    return made


def _common(settings: Settings, identifier: str, kind: str) -> Common:
    until = settings.text("observed_until", "")
    try:
        if until:
            date.fromisoformat(until)
    except ValueError:
        place = settings.place("observed_until")
        settings.faults.add("E-CAT-011", f"[{until}] is not a date", where=place, remedy="Write dates as 2024-12-31")
    return Common(
        id=identifier,
        type=kind,
        labels=settings.labels("label", needed=True),
        descriptions=settings.labels("description"),
        disclosure=settings.text("disclosure", "public_default"),
        observed_until=until,
        breakdowns=tuple(_breakdown(table) for table in settings.tables("breakdowns")),
        place=settings.place(),
        published=settings.flag("published", True),
    )


def _breakdown(table: Settings) -> FlowBreakdown:
    made = FlowBreakdown(
        id=table.text("id"),
        field=table.text("field"),
        labels=table.labels("label"),
        level=table.text("level", ""),
        reference=table.text("reference", ""),
    )
    table.close()
    return made


def _flow(settings: Settings, common: Common) -> Flow:
    return Flow(
        common=common,
        unit=settings.text("unit"),
        where=settings.text("where", ""),
        shared_numbers=settings.flag("shared_numbers"),
        cohort=settings.text("cohort", "A", among=COHORTS),
        horizons=settings.numbers("horizons", (90, 180, 365, 730), least=1),
        step_days=settings.number("step_days", 30, least=1),
        entries=tuple(_entry(table) for table in settings.tables("states", needed=True)),
    )


def _entry(table: Settings) -> Entry:
    made = Entry(
        state=table.text("state"),
        kind=table.text("kind"),
        dates=table.texts("dates"),
        where=table.text("where", ""),
        link={str(name): str(value) for name, value in table.mapping("link").items()},
        chosen=table.text("chosen", "first", among=CHOSEN),
        counting_unit=table.text("counting_unit", "", among=("", *COUNTING_UNITS)),
    )
    table.close()
    return made


def _prison(settings: Settings, common: Common) -> Prison:
    census, capacity = settings.table("census"), settings.table("capacity")
    made = Prison(
        common=common,
        kind=settings.text("kind"),
        start=settings.text("start"),
        end=settings.text("end"),
        status=settings.text("status"),
        who=settings.texts("who"),
        groups=_lists(settings, "groups"),
        out_of_scope=settings.texts("out_of_scope", ()),
        goes_on=settings.texts("goes_on", ()),
        deaths=_lists(settings, "deaths"),
        reason=settings.text("reason", ""),
        census_kind=census.text("kind", ""),
        census_date=census.text("date", ""),
        capacity_kind=capacity.text("kind", ""),
        capacity_field=capacity.text("field", ""),
        capacity_date=capacity.text("date", ""),
    )
    census.close()
    capacity.close()
    return made


def _lists(settings: Settings, key: str) -> dict[str, tuple[str, ...]]:
    found = settings.mapping(key)
    wrong = [name for name, value in found.items() if not isinstance(value, list)]
    if wrong:
        remedy = 'Write name = ["code", "code"]'
        settings.faults.add("E-CAT-017", f"[{wrong[0]}] is not a list", where=settings.place(key), remedy=remedy)
    return {name: tuple(map(str, value)) for name, value in found.items() if isinstance(value, list)}


def _workload(settings: Settings, common: Common) -> Workload:
    return Workload(
        common=common,
        kind=settings.text("kind"),
        where=settings.text("where", ""),
        received=settings.text("received"),
        resolved=settings.text("resolved"),
        counting_unit=settings.text("counting_unit", "case", among=COUNTING_UNITS),
        per=settings.texts("per", ()),
        old_days=settings.number("old_days", 730, least=1),
    )


def _return(settings: Settings, common: Common) -> Return:
    custody = settings.table("custody")
    stays = tuple(custody.text(key) for key in ("kind", "start", "end", "who")) if custody.data else None
    made = Return(
        common=common,
        kind=settings.text("kind"),
        start=settings.text("start"),
        where=settings.text("where", ""),
        who=settings.text("who"),
        window_days=settings.number("window_days", least=1),
        step_days=settings.number("step_days", 30, least=1),
        returns=tuple(_return_event(table) for table in settings.tables("returns", needed=True)),
        custody=stays,  # type: ignore[arg-type]
    )
    custody.close()
    return made


def _return_event(table: Settings) -> ReturnEvent:
    made = ReturnEvent(
        id=table.text("id"),
        labels=table.labels("label"),
        kind=table.text("kind"),
        date=table.text("date"),
        where=table.text("where", ""),
        who=table.text("who"),
    )
    table.close()
    return made


def _together(settings: Settings, common: Common) -> Together:
    return Together(
        common=common,
        kind=settings.text("kind"),
        code=settings.text("code", "iccs_code"),
        who=settings.text("who"),
        counting_unit=settings.text("counting_unit", among=COUNTING_UNITS),
        forms=tuple(_form(table) for table in settings.tables("forms", needed=True)),
    )


def _form(table: Settings) -> Form:
    made = Form(table.text("id"), table.labels("label"), table.texts("includes", ()), table.text("where", ""))
    table.close()
    return made


def _share(settings: Settings, common: Common) -> Share:
    return Share(
        common=common,
        kind=settings.text("kind"),
        date=settings.text("date"),
        of=settings.text("of", ""),
        counting_unit=settings.text("counting_unit", among=COUNTING_UNITS),
        parts=tuple(_part(table) for table in settings.tables("parts", needed=True)),
    )


def _part(table: Settings) -> Part:
    made = Part(table.text("id"), table.labels("label"), table.text("where"))
    table.close()
    return made


READERS: Mapping[str, Callable[[Settings, Common], AnyFlow]] = {
    "flow": _flow,
    "prison": _prison,
    "workload": _workload,
    "return": _return,
    "together": _together,
    "share": _share,
}
