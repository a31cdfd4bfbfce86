"""Counted figures: the tables that indicators need, made by the stages `aggregate` and `protect`, and looked up."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from justitia.aggregate import AGGREGATE
from justitia.aggregate.indicator import OF_RETURNS, Asked, Plan, at_day, condition_of, day_of, plan_tables
from justitia.engine import literal, quote
from justitia.model.missing import MISSING, TOTAL
from justitia.protect import PROTECT
from justitia.stage import Context, Stage

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.indicator import Indicator
    from justitia.submission.records import Records
    from justitia.workspace import Workspace

Cells = dict[tuple[str, ...], float | None]


@dataclass(slots=True)
class Counted:
    """All counted figures of a run.

    Args:
        plan: what was counted where.
        cells: table -> (measure, period, codes of its breakdowns) -> value; None where it was redacted. Zeros are left
            out.
        periods: table -> years in which it has any record.
        dimensions: table -> ids of its breakdowns, in order.
        days: (indicator, year) of the reference days of which the records tell.
        returns: (table, measure, year) of sums for which there is any return -> breakdowns that the returns give.
        is_public: whether the figures passed protection.
    """

    plan: Plan
    cells: Mapping[str, Cells]
    periods: Mapping[str, set[str]]
    dimensions: Mapping[str, tuple[str, ...]]
    days: set[tuple[str, int]] = field(default_factory=set)
    returns: Mapping[tuple[str, str, str], set[str]] = field(default_factory=dict)
    is_public: bool = False

    def look(self, asked: Asked, indicator: Indicator, key: Mapping[str, str], year: int) -> float | None:
        """Return a counted figure, 0 where no record meets it, None where it was redacted.

        Raises:
            LookupError: when nothing is known of that year.
        """
        table, measure = self.plan.places[asked]
        if indicator.method in {"stock", "list"}:
            if (indicator.id, year) not in self.days:
                raise LookupError
            measure, period = f"{measure}__{year}", TOTAL
        else:
            if str(year) not in self.periods[table]:
                raise LookupError
            period = str(year)
            told = self.returns.get((table, measure, period))
            if (table, measure) in self.plan.returned and (told is None or not set(key) <= told):
                raise LookupError
        codes = tuple(key.get(name, TOTAL) for name in self.dimensions[table])
        return self.cells[table].get((measure, period, *codes), 0.0)


def count_figures(
    workspace: Workspace,
    engine: Engine,
    records: Records,
    asked: Iterable[Asked],
    *,
    years: Sequence[int],
    disclosure: str,
    public: bool,
) -> Counted:
    """Return the figures asked, exact or protected by the chain's own stages.

    Args:
        workspace, engine, records: what is counted.
        asked: indicators by breakdowns.
        years: years of stocks and lists.
        disclosure: rule of the protected figures.
        public: protect them.
    """
    catalogue = workspace.catalogue
    plan = plan_tables(asked, catalogue=catalogue, columns=records.columns, years=years, disclosure=disclosure)
    exact = {f"derived__{kind}": relation for kind, relation in records.relations.items()}
    stages = (AGGREGATE, PROTECT) if public else (AGGREGATE,)
    folder = workspace.store.scratch / "asked"
    try:
        relations = exact
        for stage in stages:
            relations = {**relations, **_run(workspace, engine, stage, plan, relations, folder / stage.name)}
        read = {name: relations[f"{'protected' if public else 'aggregate'}__{name}"] for name in plan.dataflows}
        counts = {name: relations[f"aggregate__{name}"] for name in plan.dataflows}
        return Counted(
            plan,
            {name: _cells(engine, plan, name, relation) for name, relation in read.items()},
            {name: _periods(engine, relation) for name, relation in counts.items()},
            {name: tuple(item.id for item in flow.dimensions) for name, flow in plan.dataflows.items()},
            _days(engine, records, plan, catalogue.indicators, years),
            _returns(engine, plan, counts),
            public,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    workspace: Workspace, engine: Engine, stage: Stage, plan: Plan, relations: Mapping[str, str], folder: Any
) -> dict[str, str]:
    """Run a stage of the chain over the tables of a plan, and return what it gave."""
    from justitia.pipeline import RECORD_KEYS

    catalogue = copy.copy(workspace.catalogue)
    catalogue.__dict__["dataflows"] = plan.dataflows  # in the place of the tables that the workspace publishes
    folder.mkdir(parents=True, exist_ok=True)
    context = Context(engine, catalogue, folder, dict(relations), stage)
    context.record_keys = workspace.record_keys() if RECORD_KEYS in stage.uses else None
    stage.run(context)
    return dict(context.given)


def _cells(engine: Engine, plan: Plan, name: str, relation: str) -> Cells:
    keys = ", ".join(quote(item.id) for item in plan.dataflows[name].dimensions)
    rows = engine.rows(
        f"SELECT MEASURE, TIME_PERIOD, {keys + ', ' if keys else ''}OBS_VALUE FROM {relation} "
        "WHERE OBS_VALUE IS NULL OR OBS_VALUE <> 0"
    )
    return {row[:-1]: None if row[-1] is None else float(row[-1]) for row in rows}


def _periods(engine: Engine, relation: str) -> set[str]:
    found = engine.rows(f"SELECT DISTINCT TIME_PERIOD FROM {relation} WHERE MEASURE = 'COUNT' AND OBS_VALUE > 0")
    return {row[0] for row in found}


def _returns(engine: Engine, plan: Plan, counts: Mapping[str, str]) -> dict[tuple[str, str, str], set[str]]:
    found: dict[tuple[str, str, str], set[str]] = {}
    for table, measure in plan.returned:
        names = [item.id for item in plan.dataflows[table].dimensions]
        given = "".join(f", bool_or({quote(n)} NOT IN {(*MISSING, TOTAL)})" for n in names)
        rows = engine.rows(
            f"SELECT TIME_PERIOD{given} FROM {counts[table]} WHERE MEASURE = {literal(measure + OF_RETURNS)} "
            "AND OBS_VALUE > 0 GROUP BY TIME_PERIOD"
        )
        for period, *told in rows:
            found[table, measure, period] = {name for name, is_told in zip(names, told, strict=True) if is_told}
    return found


def _days(
    engine: Engine, records: Records, plan: Plan, indicators: Mapping[str, Indicator], years: Sequence[int]
) -> set[tuple[str, int]]:
    """Return (indicator, year) of every reference day of which the records tell: a list of it, or stays around it."""
    found = set()
    known: dict[tuple[str, ...], set[int]] = {}
    for item in {asked.indicator for asked in plan.places}:
        indicator = indicators[item]
        if indicator.method not in {"stock", "list"}:
            continue
        what = (indicator.kind, indicator.method, indicator.reference_day, *indicator.period)
        if what not in known:
            known[what] = _years_told(engine, records, indicator, years)
        found |= {(item, year) for year in known[what]}
    return found


def _years_told(engine: Engine, records: Records, indicator: Indicator, years: Sequence[int]) -> set[int]:
    relation = f"{records.relations[indicator.kind]} AS r"
    if indicator.method == "list":
        return {
            year for year in years if engine.value(f"SELECT count(*) FROM {relation} WHERE {day_of(indicator, year)}")
        }
    start, end = map(quote, indicator.period)
    first, last = engine.rows(f"SELECT min(year({start})), max(year(greatest({start}, {end}))) FROM {relation}")[0]
    return {year for year in years if first is not None and first <= year <= last}


def durations(
    engine: Engine, records: Records, workspace: Workspace, indicator: Indicator, key: Mapping[str, str], year: int
) -> dict[float, int]:
    """Return duration -> units with it, of the units of an indicator's median in one year."""
    catalogue = workspace.catalogue
    where, _ = condition_of(indicator, catalogue=catalogue, columns=records.columns)
    tests = [f"year({quote(indicator.period[0])}) = {year}", f"{quote(indicator.value_field)} >= 0"]
    for name, code in key.items():
        breakdown = indicator.breakdown(name)
        if breakdown is not None:
            tests.append(f"{quote(breakdown.field)} = {literal(code)}")
    tests += [f"({at_day(where, indicator, year)})"] if where else []
    rows = engine.rows(
        f"SELECT {quote(indicator.value_field)}, count(*) FROM {records.relations[indicator.kind]} AS r "
        f"WHERE {' AND '.join(tests)} GROUP BY 1"
    )
    return {float(value): int(count) for value, count in rows}
