"""A table's cells on their way out: which are redacted by themselves, and what is shown of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import CatalogueError
from justitia.metadata.definitions import Dataflow, DisclosureRule
from justitia.model.missing import MISSING, TOTAL
from justitia.protect.cell_key import PerturbationTable, noise_rows, perturbed_sql
from justitia.protect.hierarchy import TIME, TableAxis, table_axes
from justitia.protect.primary import primary_sql
from justitia.protect.threshold import rounded_sql

if TYPE_CHECKING:
    from justitia.protect.outsider import Shown
    from justitia.stage import Context

AREA_FIELD, AREA_LIST = "area_code", "area"
SMALL_AREA, DOMINATED = "small area", "few contributors hold the sum"


@dataclass(frozen=True, slots=True)
class Counts:
    """A table being protected.

    Args:
        dataflow, rule: its definition.
        axes: its breakdowns.
        relation: temporary table: place, the axes' columns, TIME_PERIOD, MEASURE, OBS_VALUE (exact), why (the primary
            rule that redacts the cell) and shown (null where redacted).
        noise: largest noise of a cell key.
    """

    dataflow: Dataflow
    rule: DisclosureRule
    axes: tuple[TableAxis, ...]
    relation: str
    noise: int = 0


def prepare_counts(
    context: Context, dataflow: Dataflow, rule: DisclosureRule, noise: PerturbationTable | None
) -> Counts:
    """Return a table with its primary cells redacted and its figures rounded or perturbed one by one."""
    exact = context.take(f"aggregate__{dataflow.id}")
    engine = context.engine
    axes = table_axes(engine, context.catalogue, dataflow, exact)
    keys = ", ".join([*(quote(axis.id) for axis in axes), TIME, "MEASURE"])
    columns = engine.columns(exact)
    # A sum is of few persons when few add to it, whatever it amounts to.
    units = "" if "UNITS" in columns else ", OBS_VALUE AS UNITS"
    numbered = f"(SELECT *{units}, row_number() OVER (ORDER BY {keys}) - 1 AS place FROM {exact})"
    own = _for_primary(rule)
    why = [
        f"WHEN {test} THEN {literal(text)}"
        for test, text in (
            (_in_small_area(context, dataflow, rule), SMALL_AREA),
            (_dominated(rule) if "LARGEST" in columns else "", DOMINATED),
        )
        if test
    ]
    cases = f"CASE {' '.join(why)} ELSE why END" if why else "why"
    marked = f"(SELECT * EXCLUDE (why), {cases} AS why FROM ({primary_sql(numbered, axes, own)}) AS e)"
    relation = quote(f"counts_{dataflow.id}")
    kept = f"place, {keys}, OBS_VALUE, why"
    if noise is not None:
        with engine.registered("noise_made", noise_rows(noise)) as rows:
            hidden = f"why IS NOT NULL OR (OBS_VALUE > 0 AND perturbed <= {rule.redact_up_to})"
            shown = f"CASE WHEN {hidden} THEN NULL ELSE perturbed END AS shown"
            engine.execute(
                f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {kept}, {shown} "
                f"FROM ({perturbed_sql(marked, rows, noise)}) ORDER BY place"
            )
    else:
        value = (
            rounded_sql("OBS_VALUE", rule.round_to) if rule.rule in ("threshold_and_round", "round") else "OBS_VALUE"
        )
        shown = f"CASE WHEN why IS NOT NULL THEN NULL ELSE {value} END AS shown"
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {kept}, {shown} FROM {marked} ORDER BY place"
        )
    return Counts(dataflow, rule, axes, relation, int(abs(noise.noise).max()) if noise is not None else 0)


def _for_primary(rule: DisclosureRule) -> DisclosureRule:
    """Return the rule as the primary rules read it: under noise it is the noisy count that is compared."""
    return replace(rule, redact_up_to=0) if rule.rule == "cell_key" else rule


def _dominated(rule: DisclosureRule) -> str:
    (n, k), p = rule.primary.dominance, rule.primary.p_percent
    tests = []
    if n:
        tests.append(f"100 * list_sum(list_slice(LARGEST, 1, {n})) > {k} * OBS_VALUE")
    if p:
        tests.append(f"100 * (OBS_VALUE - list_sum(list_slice(LARGEST, 1, 2))) < {p} * LARGEST[1]")
    return f"(len(LARGEST) > 0 AND OBS_VALUE > 0 AND ({' OR '.join(tests)}))" if tests else ""


def _in_small_area(context: Context, dataflow: Dataflow, rule: DisclosureRule) -> str:
    """Return the test of cells of small areas, redacted whole: a count of any size says much about few people."""
    areas = [item.id for item in dataflow.dimensions if _is_area(context, dataflow, item.field)]
    if not rule.minimum_population or not areas:
        return ""
    large = ", ".join(literal(code) for code in (TOTAL, *MISSING, *sorted(_large_areas(context, dataflow, rule))))
    small = " OR ".join(f"{quote(area)} NOT IN ({large})" for area in areas)
    return f"(({small}) AND OBS_VALUE > 0)"


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


def read_shown(context: Context, counts: Counts) -> Shown:
    """Return the table in memory, as an outsider meets it."""
    import numpy as np

    from justitia.protect.outsider import Shown

    cells = context.engine.table(f"SELECT * FROM {counts.relation} ORDER BY place")
    shown = cells["shown"].to_numpy().astype(float)
    why = cells["why"].to_numpy(zero_copy_only=False)
    exact = cells["OBS_VALUE"].to_numpy().astype(float)
    sums = np.isin(cells["MEASURE"].to_pylist(), [m.id for m in counts.dataflow.measures if m.sum_of])
    small = np.array([text is not None for text in why], dtype=bool) & ((exact <= counts.rule.redact_up_to) | sums)
    return Shown(counts.dataflow, counts.rule, counts.axes, cells, exact, shown, small, counts.noise)


def write_shown(context: Context, counts: Sequence[Counts], tables: Sequence[Shown]) -> None:
    """Put what is shown of the tables back into the engine."""
    import pyarrow as pa

    for own, table in zip(counts, tables, strict=True):
        values = pa.table({"place": table.cells["place"], "shown": pa.array(table.shown, from_pandas=True)})
        with context.engine.registered("shown_made", values) as made:
            context.engine.execute(
                f"CREATE OR REPLACE TEMP TABLE {own.relation} AS SELECT c.* EXCLUDE (shown), m.shown "
                f"FROM {own.relation} AS c JOIN {made} AS m USING (place) ORDER BY place"
            )
