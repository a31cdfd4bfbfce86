"""Counting a dataflow: one row per counting unit, then grouping sets over all levels and totals.

Counting rules (ICCS 2015 and the UN-CTS instructions; drawn in docs/explanation/counting.md):

- `each`: every record of the unit counts once.
- `principal_offence`: a unit with several offences counts once, under its most serious one.
- `once_per_category`: a unit counts once in every category in which it has a record, so parts do not sum.
- `each_victim`: an offence counts once for each of its victims, and once if it has none (or nobody wrote them down).
- `once_per_series`: units with equal values of the declared fields are one series and count once.

Units are made distinct before the grouping sets: counting distinct inside them takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from justitia.aggregate.dimensions import Breakdown, level_select
from justitia.engine import literal, quote
from justitia.errors import CatalogueError
from justitia.metadata.links import Compiled, compile_expression
from justitia.model.missing import NOT_GIVEN, TOTAL
from justitia.record_key import KEY_BITS, key_sql

if TYPE_CHECKING:
    from justitia.metadata.definitions import Dataflow, Measure

PERIODS: Mapping[str, str] = {
    "A": "strftime({date}, '%Y')",
    "S": "strftime({date}, '%Y') || '-S' || CASE WHEN month({date}) <= 6 THEN '1' ELSE '2' END",
    "Q": "strftime({date}, '%Y') || '-Q' || CAST(quarter({date}) AS VARCHAR)",
    "M": "strftime({date}, '%Y-%m')",
}
RULES = ("each", "principal_offence", "once_per_category", "each_victim", "once_per_series")
VICTIM = "victim"


@dataclass(frozen=True, slots=True)
class Units:
    """The rows to count.

    Args:
        select: SQL; a row per unit (or per unit and category), with the dimensions' codes, `TIME_PERIOD`, `unit_id` and
            a boolean column `is_<measure>` for each measure, and `v_<measure>` for each sum; `record_key` where there
            is a secret to make keys by.
        distinct: whether a unit may have several rows.
        keyed: whether there are record keys.
    """

    select: str
    distinct: bool
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A column of the cells.

    Args:
        name: `n_<measure>`: the count or sum; `k_`: sum of record keys; `u_`, `l_`: of a sum, the number of units that
            add to it and the largest three amounts.
        of_units: SQL aggregate over units.
        merged: SQL aggregate over cells that units were counted into before.
    """

    name: str
    of_units: str
    merged: str


LARGEST = 3  # amounts kept beside a sum, for the rules of dominance


def counted_columns(measure: Measure, *, keyed: bool) -> list[Counted]:
    """Return the columns of a measure in the cells."""
    condition = f" FILTER (WHERE {quote('is_' + measure.id)})" if measure.where else ""
    value = quote("v_" + measure.id)
    found = [("n", f"coalesce({f'sum({value})' if measure.sum_of else 'count(*)'}{condition}, 0)", "sum")]
    if keyed:
        found.append(("k", f"coalesce(sum(record_key){condition}, 0) % {2**KEY_BITS}", "sum"))
    if measure.sum_of:
        found.append(("u", f"count(nullif({value}, 0)){condition}", "sum"))
        found.append(("l", f"coalesce(max({value}, {LARGEST}){condition}, [])", "l"))
    return [_counted(f"{start}_{measure.id}", sql, merge) for start, sql, merge in found]


def _counted(name: str, of_units: str, merge: str) -> Counted:
    column = quote(name)
    if merge == "sum":
        return Counted(name, of_units, f"CAST(sum({column}) AS BIGINT)")
    together = f"list_reverse_sort(flatten(list({column})))"
    return Counted(name, of_units, f"list_slice({together}, 1, {LARGEST})")


def unit_select(
    dataflow: Dataflow,
    breakdowns: tuple[Breakdown, ...],
    *,
    relations: Mapping[str, str],
    columns: Mapping[str, set[str]],
    keyed: bool = False,
) -> Units:
    """Return the rows to count for a dataflow.

    Args:
        dataflow, breakdowns: the table and its compiled dimensions.
        relations: kind -> relation of derived records.
        columns: kind -> their columns.
        keyed: whether the engine was lent a secret to make record keys by.

    Raises:
        CatalogueError: E-CAT-065 when no source fills what the table needs.
    """
    unit = dataflow.unit
    _check_rule(dataflow)
    reached: dict[str, str] = {}
    distinct = dataflow.counting_rule == "once_per_series"
    if dataflow.counting_rule == "each_victim":
        reached[VICTIM] = _join(dataflow, VICTIM, relations, columns)[0]
    for breakdown in breakdowns:
        _need(dataflow, breakdown.kind, breakdown.field, columns)
        if breakdown.kind != unit and breakdown.kind not in reached:
            join, many = _join(dataflow, breakdown.kind, relations, columns)
            reached[breakdown.kind] = join
            distinct |= many
    seen = _seen(dataflow, columns)
    compiled = [(measure.id, _where(dataflow, measure.where, seen)) for measure in dataflow.measures]
    filtered = _where(dataflow, dataflow.where, seen)
    period, period_kinds = _period(dataflow, columns)
    for kind in {k for c in (*(item for _, item in compiled), filtered) if c for k in c.kinds} | period_kinds:
        if kind not in reached:
            reached[kind], many = _join(dataflow, kind, relations, columns)
            distinct |= many
    coded = [
        f"coalesce({_alias(breakdown.kind, unit)}.{quote(breakdown.field)}, '{NOT_GIVEN}') "
        f"AS {quote(breakdown.dimension.id)}"
        for breakdown in breakdowns
    ]
    flags = [f"coalesce({item.sql}, FALSE) AS {quote('is_' + name)}" for name, item in compiled if item]
    summed = [_summed(dataflow, measure, distinct, columns) for measure in dataflow.measures if measure.sum_of]
    identifier = [f"{_identifier(dataflow, columns)} AS unit_id"] if distinct else []
    if keyed:
        identifier.append(f"{key_sql(unit, f'CAST({_identifier(dataflow, columns)} AS VARCHAR)')} AS record_key")
    where = f" WHERE coalesce({filtered.sql}, FALSE)" if filtered else ""
    select = (
        f"SELECT {', '.join([*coded, *period, *flags, *summed, *identifier]) or '1 AS one'} "
        f"FROM {relations[unit]} AS r {' '.join(reached.values())}{where}"
    )
    return Units(select, distinct, keyed)


def _seen(dataflow: Dataflow, columns: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    """Return the columns that conditions may read: under a rule that says which record counts, of linked ones too."""
    if dataflow.counting_rule == "each":
        return columns
    unit = dataflow.unit
    shared = {name for name in columns[unit] if name.endswith("_id")} | {f"{unit}_id"}
    linked = {f"{kind}_id" for kind, names in columns.items() if names & shared and kind != unit}
    return {**columns, unit: columns[unit] | linked}


def _identifier(dataflow: Dataflow, columns: Mapping[str, set[str]]) -> str:
    if dataflow.counting_rule != "once_per_series":
        return f"r.{quote(dataflow.unit + '_id')}"
    for name in dataflow.series:
        _need(dataflow, dataflow.unit, name, columns)
    parts = ", ".join(f"{quote(name)} := r.{quote(name)}" for name in dataflow.series)
    return f"struct_pack({parts})"


def _summed(dataflow: Dataflow, measure: Measure, distinct: bool, columns: Mapping[str, set[str]]) -> str:
    """Return the column of a sum.

    Raises:
        CatalogueError: E-CAT-072 under a rule by which a unit may stand in several rows.
    """
    _need(dataflow, dataflow.unit, measure.sum_of, columns)
    if distinct or dataflow.counting_rule == "each_victim":
        raise CatalogueError(
            "E-CAT-072",
            f"table {dataflow.id}: measure {measure.id} sums a field of units that may stand in several rows",
            where=str(dataflow.place or dataflow.id),
            remedy='Use counting_rule = "each"',
        )
    return f"r.{quote(measure.sum_of)} AS {quote('v_' + measure.id)}"


def _check_rule(dataflow: Dataflow) -> None:
    """Raise CatalogueError (E-CAT-069) when the rule would change nothing: its categories are the unit's own."""
    reached = {item.field.split(".", 1)[0] for item in dataflow.dimensions if "." in item.field} - {dataflow.unit}
    linked = any("." in text for text in (dataflow.where, *(measure.where for measure in dataflow.measures)))
    if dataflow.counting_rule == "principal_offence" and not reached and not linked:
        raise CatalogueError(
            "E-CAT-069",
            f"table {dataflow.id} counts each {dataflow.unit} and breaks down by nothing else: no offence is principal",
            where=str(dataflow.place or dataflow.id),
            remedy='Count events or persons by offence.iccs_code, or use counting_rule = "each"',
        )


def cells_select(dataflow: Dataflow, breakdowns: tuple[Breakdown, ...], units: Units) -> str:
    """Return the SELECT of all cells: a column per dimension, `TIME_PERIOD`, and a count `n_<measure>` per measure."""
    has_period = bool(dataflow.frequency)
    keys = [quote(item.dimension.id) for item in breakdowns] + (["TIME_PERIOD"] if has_period else [])
    if units.distinct:
        return _distinct_cells(dataflow, breakdowns, units, has_period)
    made = [column for measure in dataflow.measures for column in counted_columns(measure, keyed=units.keyed)]
    counts = ", ".join(f"{column.of_units} AS {quote(column.name)}" for column in made)
    names = ", ".join(quote(column.name) for column in made)
    group = f"GROUP BY {', '.join(keys)}" if keys else ""
    base = f"(SELECT {', '.join([*keys, counts])} FROM ({units.select}) {group})"
    levelled = level_select(breakdowns, base, ", ".join([*(["b.TIME_PERIOD"] if has_period else []), names]))
    sums = ", ".join(f"{column.merged} AS {quote(column.name)}" for column in made)
    sets = grouping_sets(breakdowns, has_period)
    listed = ", ".join("(" + ", ".join(map(quote, chosen)) + ")" for chosen in sets)
    return _merged(breakdowns, has_period, f"({levelled})", sums, f"GROUP BY GROUPING SETS ({listed})")


def grouping_sets(breakdowns: tuple[Breakdown, ...], has_period: bool) -> list[tuple[str, ...]]:
    """Return every combination of one level or the total of each dimension, and of the period."""
    choices: list[tuple[str | None, ...]] = [(None, *breakdown.columns) for breakdown in breakdowns]
    if has_period:
        choices.append((None, "TIME_PERIOD"))
    return [tuple(name for name in chosen if name is not None) for chosen in product(*choices)]


def _merged(breakdowns: tuple[Breakdown, ...], has_period: bool, levelled: str, sums: str, group: str) -> str:
    """Return the cells with the level columns of each dimension merged into one; `_T` where it is summed over."""
    codes, keep = [], []
    for breakdown in breakdowns:
        branches = " ".join(f"WHEN grouping({quote(c)}) = 0 THEN {quote(c)}" for c in breakdown.columns)
        codes.append(f"CASE {branches} ELSE '{TOTAL}' END AS {quote(breakdown.dimension.id)}")
        keep += [f"(grouping({quote(c)}) = 1 OR {quote(c)} IS NOT NULL)" for c in breakdown.columns]
    period = f"CASE WHEN grouping(TIME_PERIOD) = 0 THEN TIME_PERIOD ELSE '{TOTAL}' END" if has_period else f"'{TOTAL}'"
    having = f" HAVING {' AND '.join(keep)}" if keep else ""
    return f"SELECT {', '.join([*codes, f'{period} AS TIME_PERIOD', sums])} FROM {levelled} {group}{having}"


def _distinct_cells(dataflow: Dataflow, breakdowns: tuple[Breakdown, ...], units: Units, has_period: bool) -> str:
    flags = "".join(f", b.{quote('is_' + m.id)}" for m in dataflow.measures if m.where)
    key = ", any_value(record_key) AS record_key" if units.keyed else ""
    kept = ("b.TIME_PERIOD, " if has_period else "") + "b.unit_id" + flags + (", b.record_key" if key else "")
    levelled = level_select(breakdowns, f"({units.select})", kept)
    made = [column for measure in dataflow.measures for column in counted_columns(measure, keyed=units.keyed)]
    counts = ", ".join(f"{column.of_units} AS {quote(column.name)}" for column in made)
    parts = []
    for chosen in grouping_sets(breakdowns, has_period):
        codes = []
        for breakdown in breakdowns:
            column = next((name for name in breakdown.columns if name in chosen), None)
            codes.append(f"{quote(column) if column else literal(TOTAL)} AS {quote(breakdown.dimension.id)}")
        codes.append(("TIME_PERIOD" if "TIME_PERIOD" in chosen else f"'{TOTAL}'") + " AS TIME_PERIOD")
        own = ", ".join(["unit_id", *map(quote, chosen)])
        given = " AND ".join(f"{quote(name)} IS NOT NULL" for name in chosen) or "TRUE"
        group = f"GROUP BY {', '.join(map(quote, chosen))}" if chosen else ""
        # A unit meets a condition in a cell when one of its records there does.
        met = "".join(
            f", bool_or({quote('is_' + m.id)}) AS {quote('is_' + m.id)}" for m in dataflow.measures if m.where
        )
        units_of = f"SELECT {own}{met}{key} FROM levelled WHERE {given} GROUP BY {own}"
        parts.append(f"SELECT {', '.join(codes)}, {counts} FROM ({units_of}) {group}")
    return f"WITH levelled AS MATERIALIZED ({levelled}) " + " UNION ALL ".join(parts)


def _alias(kind: str, unit: str) -> str:
    return "r" if kind == unit else quote(kind)


def _need(dataflow: Dataflow, kind: str, field: str, columns: Mapping[str, set[str]]) -> None:
    if kind not in columns or field not in columns[kind]:
        raise CatalogueError(
            "E-CAT-065",
            f"table {dataflow.id} needs [{kind}.{field}], which no source fills",
            where=str(dataflow.place or dataflow.id),
            remedy="Map a column to it in a layout, or leave the table out of this workspace",
        )


def _where(dataflow: Dataflow, text: str, columns: Mapping[str, set[str]]) -> Compiled | None:
    if not text:
        return None
    where = str(dataflow.place or dataflow.id)
    compiled = compile_expression(text, columns=columns, kind=dataflow.unit, where=where)
    if compiled is None:
        raise CatalogueError(
            "E-CAT-065",
            f"table {dataflow.id} needs a field of [{text}] that no source fills",
            where=where,
            remedy="Map a column to it in a layout, or leave the table out of this workspace",
        )
    return compiled


def _period(dataflow: Dataflow, columns: Mapping[str, set[str]]) -> tuple[list[str], set[str]]:
    if not dataflow.frequency:
        return [], set()
    kind, field = (
        dataflow.period_field.split(".", 1) if "." in dataflow.period_field else (dataflow.unit, dataflow.period_field)
    )
    _need(dataflow, kind, field, columns)
    date = f"{_alias(kind, dataflow.unit)}.{quote(field)}"
    sql = PERIODS[dataflow.frequency].format(date=date)
    return [f"coalesce({sql}, '{NOT_GIVEN}') AS TIME_PERIOD"], {kind} - {dataflow.unit}


def _join(
    dataflow: Dataflow, kind: str, relations: Mapping[str, str], columns: Mapping[str, set[str]]
) -> tuple[str, bool]:
    """Return the join from the unit to another kind, and whether a unit may meet several of its records.

    Raises:
        CatalogueError: E-CAT-066 when there may be several and the counting rule does not say which counts.
    """
    unit, alias = dataflow.unit, quote(kind)
    if kind not in relations:
        _need(dataflow, kind, "", columns)
    if f"{kind}_id" in columns[unit]:
        key = quote(f"{kind}_id")
        return f"LEFT JOIN {relations[kind]} AS {alias} ON {alias}.{key} = r.{key}", False
    shared = (
        [f"{unit}_id"]
        if f"{unit}_id" in columns[kind]
        else sorted(name for name in columns[unit] & columns[kind] if name.endswith("_id") and name[:-3] in relations)
    )
    if not shared:
        raise CatalogueError(
            "E-CAT-066",
            f"table {dataflow.id}: records of {unit} do not lead to {kind}",
            where=str(dataflow.place or dataflow.id),
            remedy=f"Add a reference between {unit} and {kind} in the layout",
        )
    on = f"{alias}.{quote(shared[0])} = r.{quote(shared[0])}"
    if dataflow.counting_rule == "principal_offence":
        _need(dataflow, kind, "is_principal_offence", columns)
        return f"LEFT JOIN {relations[kind]} AS {alias} ON {on} AND {alias}.is_principal_offence = 1", False
    if dataflow.counting_rule == "each_victim" and kind == VICTIM:
        return f"LEFT JOIN {relations[kind]} AS {alias} ON {on}", False
    if dataflow.counting_rule in {"once_per_category", "once_per_series"}:
        return f"LEFT JOIN {relations[kind]} AS {alias} ON {on}", True
    raise CatalogueError(
        "E-CAT-066",
        f"table {dataflow.id}: a {unit} may have several records of {kind}, and rule `each` does not say which counts",
        where=str(dataflow.place or dataflow.id),
        remedy="Use counting_rule principal_offence or once_per_category, or count another unit",
    )
