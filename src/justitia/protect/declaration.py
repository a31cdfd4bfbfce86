"""The protect stage: takes exact cells, gives `protected__<DATAFLOW>`, the only tables that may leave in public."""

from __future__ import annotations

from justitia.engine import literal, quote
from justitia.errors import CatalogueError, DisclosureError
from justitia.findings import Finding
from justitia.metadata.definitions import Dataflow, DisclosureRule
from justitia.model.missing import MISSING, TOTAL
from justitia.protect.ratios import ratio_select
from justitia.protect.threshold import check_rule, protected_sql
from justitia.stage import Context, Stage

AREA_FIELD, AREA_LIST = "area_code", "area"


def _run(context: Context) -> None:
    cells = redacted = refused = 0
    for dataflow in context.catalogue.dataflows.values():
        rule = context.catalogue.disclosure(dataflow.disclosure)
        try:
            check_rule(rule)
        except DisclosureError as error:
            # Nothing of it leaves; the other tables are made, and a release is refused as long as it is declared.
            context.findings.append(Finding(error.code, "error", dataflow.id, error.message))
            refused += 1
            continue
        counts = f"protected_counts_{dataflow.id}"
        exact = context.take(f"aggregate__{dataflow.id}")
        context.engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {quote(counts)} AS {_counts(context, dataflow, rule, exact)}"
        )
        parts = [f"SELECT * FROM {quote(counts)}"]
        parts += [ratio_select(context.engine, context.catalogue, dataflow, r, quote(counts)) for r in dataflow.ratios]
        keys = ", ".join(quote(item.id) for item in dataflow.dimensions)
        order = f"{keys}, TIME_PERIOD, MEASURE" if keys else "TIME_PERIOD, MEASURE"
        name = f"protected__{dataflow.id}"
        cells += context.give(name, f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}")
        redacted += context.engine.value(f"SELECT count(*) FROM {quote(counts)} WHERE CONF_STATUS = 'C'")
    context.metrics |= {"cells": cells, "redacted": redacted, "refused": refused}


def _counts(context: Context, dataflow: Dataflow, rule: DisclosureRule, exact: str) -> str:
    value = protected_sql("e.OBS_VALUE", rule)
    areas = [item.id for item in dataflow.dimensions if _is_area(context, dataflow, item.field)]
    if rule.minimum_population and areas:
        # Small areas are redacted whole: a count of any size says much about few people.
        large = ", ".join(literal(code) for code in (TOTAL, *MISSING, *sorted(_large_areas(context, dataflow, rule))))
        small = " OR ".join(f"e.{quote(area)} NOT IN ({large})" for area in areas)
        value = f"CASE WHEN ({small}) AND e.OBS_VALUE > 0 THEN NULL ELSE {value} END"
    keys = ", ".join(f"e.{quote(item.id)}" for item in dataflow.dimensions)
    inner = f"SELECT {keys + ', ' if keys else ''}e.TIME_PERIOD, e.MEASURE, {value} AS protected FROM {exact} AS e"
    own = ", ".join(quote(item.id) for item in dataflow.dimensions)
    return f"""
        SELECT {own + ", " if own else ""}TIME_PERIOD, MEASURE, CAST(protected AS DOUBLE) AS OBS_VALUE,
            CAST(NULL AS DOUBLE) AS LOWER, CAST(NULL AS DOUBLE) AS UPPER,
            CASE WHEN protected IS NULL THEN 'Q' ELSE 'A' END AS OBS_STATUS,
            CASE WHEN protected IS NULL THEN 'C' ELSE 'F' END AS CONF_STATUS
        FROM ({inner})"""


def _is_area(context: Context, dataflow: Dataflow, name: str) -> bool:
    """Return whether a field holds an area, whatever it is called: where it happened, where somebody lives."""
    kind, _, field = name.rpartition(".")
    fields = context.catalogue.record_kinds[kind or dataflow.unit].fields
    return field == AREA_FIELD or (field in fields and fields[field].codelist == AREA_LIST)


def _large_areas(context: Context, dataflow: Dataflow, rule: DisclosureRule) -> set[str]:
    """Return the areas known to have the rule's minimum population in every year of its table.

    Raises:
        CatalogueError: E-CAT-068 when no population table is named.
    """
    rates = [ratio.denominator.removeprefix("population:") for ratio in dataflow.ratios if ratio.kind == "rate"]
    named = rule.population or next(iter(rates), "")
    if not named:
        raise CatalogueError(
            "E-CAT-068",
            f"rule {rule.id} has a minimum population, and nothing says how many live in the areas of {dataflow.id}",
            where=f"disclosure/{rule.id}.toml",
            remedy='Name the table: population = "<id>", a file population/<id>.csv',
        )
    least: dict[str, float] = {}
    for row in context.catalogue.population(named):
        if row.sex == row.age == "_T":
            least[row.area] = min(row.population, least.get(row.area, row.population))
    return {area for area, people in least.items() if people >= rule.minimum_population}


PROTECT = Stage(
    name="protect",
    takes=("aggregate__*",),
    gives=("protected__*",),
    uses=("disclosure", "dataflows", "population"),
    metrics=("cells", "redacted", "refused"),
    run=_run,
)
