"""Content constraints: cube regions and key sets, tested on the different combinations of the values they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from justitia.engine import literal, quote
from justitia.findings import Finding
from justitia.metadata.structure import Constraint, Region, Selection
from justitia.validate.sdmx.observations import Observations, key_of

if TYPE_CHECKING:
    import pyarrow as pa

COMBINATIONS, REGIONS, OUTSIDE = "sdmx_combinations", "sdmx_regions", "sdmx_outside"


def check_constraints(data: Observations, constraints: Sequence[Constraint]) -> Iterator[Finding]:
    """Yield the combinations of values that lie in no allowed region or key set, or in a forbidden one."""
    for constraint in constraints:
        yield from _check(data, constraint.id, "V-SDX-008", constraint.regions)
        keys = [
            Region({name: Selection(frozenset((code,))) for name, code in key.items()}, included=listed.included)
            for listed in constraint.key_sets
            for key in listed.keys
        ]
        yield from _check(data, constraint.id, "V-SDX-009", keys)


def _check(data: Observations, name: str, rule: str, regions: Sequence[Region]) -> Iterator[Finding]:
    about = sorted({item for region in regions for item in region.selections if item in data.columns})
    if not about:
        return
    values = ", ".join(map(quote, about))
    data.engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE {COMBINATIONS} AS
        SELECT row_number() OVER () AS id, * FROM (
            SELECT {values}, count(*) AS n FROM {data.relation} GROUP BY {values})"""
    )
    allowed, forbidden = ([r for r in regions if r.included is said] for said in (True, False))
    outside = f"id NOT IN (SELECT id FROM ({_inside(data, allowed, about)}))" if allowed else "false"
    data.engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {OUTSIDE} AS SELECT *, false AS forbidden FROM {COMBINATIONS} WHERE {outside}"
    )
    if forbidden:
        data.engine.execute(
            f"""INSERT INTO {OUTSIDE} SELECT *, true FROM {COMBINATIONS} WHERE id IN (
            SELECT id FROM ({_inside(data, forbidden, about)})) AND id NOT IN (SELECT id FROM {OUTSIDE})"""
        )
    combinations, rows = data.engine.rows(f"SELECT count(*), coalesce(sum(n), 0) FROM {OUTSIDE}")[0]
    shown = data.engine.rows(
        f"SELECT {values}, forbidden, n FROM {OUTSIDE} ORDER BY n DESC, {values} LIMIT {data.limit}"
    )
    for row in shown:
        found = dict(zip(about, row[:-2], strict=True))
        column, message = _forbidden(name, found, forbidden) if row[-2] else _outside(name, found, allowed)
        message += f"; first at {key_of(_first(data, found))}"
        yield data.finding(rule, column, message, value=str(found.get(column) or ""), count=int(row[-1]))
    rest = int(rows) - sum(int(row[-1]) for row in shown)
    yield from data.more(rule, "", f"observations with {combinations - len(shown):,} other combinations", rest)


def _first(data: Observations, found: Mapping[str, Any]) -> Any:
    equal = " AND ".join(f"{quote(name)} IS NOT DISTINCT FROM {literal(value)}" for name, value in found.items())
    return data.engine.value(f"SELECT min({data.key_sql()}) FROM {data.relation} WHERE {equal}")


def _inside(data: Observations, regions: Sequence[Region], about: Sequence[str]) -> str:
    """Return a SELECT of the ids of the combinations that lie in a region."""
    pivot = _pivot(regions, about)
    table = f"{REGIONS}_{'in' if regions[0].included else 'out'}"
    with data.engine.registered("sdmx_listed", _table(regions, about, pivot)) as lent:
        data.engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {lent}")
    tests = " AND ".join(_test(number, name, regions) for number, name in enumerate(about))
    joined = f"SELECT c.id FROM {COMBINATIONS} AS c JOIN {table} AS r ON r.pivot = c.{quote(pivot)} WHERE {tests}"
    crossed = f"SELECT c.id FROM {COMBINATIONS} AS c, {table} AS r WHERE r.pivot IS NULL AND {tests}"
    return f"{joined} UNION ALL {crossed}"


def _pivot(regions: Sequence[Region], about: Sequence[str]) -> str:
    """Return the component whose listed values tell most regions apart: they are joined by it."""
    listed = {
        name: {
            v
            for r in regions
            if name in r.selections and r.selections[name].included
            for v in r.selections[name].values
        }
        for name in about
    }
    return max(about, key=lambda name: len(listed[name]))


def _table(regions: Sequence[Region], about: Sequence[str], pivot: str) -> pa.Table:
    """Return the regions as rows, one for each value of the pivot: lists of values, null where any will do."""
    import pyarrow as pa

    pivots: list[str | None] = []
    rows: list[Region] = []
    for region in regions:
        chosen = region.selections.get(pivot)
        values = sorted(chosen.values) if chosen and chosen.included and chosen.values else [None]
        pivots += values
        rows += [region] * len(values)
    columns: dict[str, pa.Array] = {"pivot": pa.array(pivots, pa.string())}
    for number, name in enumerate(about):
        chosen_here = [row.selections.get(name) for row in rows]
        columns[f"v{number}"] = pa.array(
            [sorted(s.values) if s and s.values else None for s in chosen_here], pa.list_(pa.string())
        )
        columns[f"i{number}"] = pa.array([s.included if s else True for s in chosen_here], pa.bool_())
        columns[f"s{number}"] = pa.array([(s.start or None) if s else None for s in chosen_here], pa.string())
        columns[f"e{number}"] = pa.array([(s.end or None) if s else None for s in chosen_here], pa.string())
    return pa.table(columns)


def _test(number: int, name: str, regions: Sequence[Region]) -> str:
    """Return SQL that is true where a combination's value is selected; a value that is not given is no fault here."""
    value, chosen = f"c.{quote(name)}", [r.selections[name] for r in regions if name in r.selections]
    tests = []
    if any(selection.values for selection in chosen):
        tests.append(f"(r.v{number} IS NULL OR list_contains(r.v{number}, {value}) = r.i{number})")
    if any(selection.start for selection in chosen):
        tests.append(f"(r.s{number} IS NULL OR {day_sql(value)} >= {day_sql(f'r.s{number}')})")
    if any(selection.end for selection in chosen):
        last = f"{day_sql(value, last=True)} <= {day_sql(f'r.e{number}', last=True)}"
        tests.append(f"(r.e{number} IS NULL OR {last})")
    return f"({value} IS NULL OR ({' AND '.join(tests)}))" if tests else "true"


def day_sql(text: str, *, last: bool = False) -> str:
    """Return SQL of the first (or last) day of a period written as SDMX writes it; null when it is none."""
    year = f"TRY_CAST(substr({text}, 1, 4) AS INTEGER)"
    part = f"TRY_CAST(substr({text}, 7) AS INTEGER)"
    months = {"S": 6, "T": 4, "Q": 3, "M": 1}
    cases = [
        f"WHEN regexp_full_match({text}, '\\d{{4}}(-A1)?') THEN make_date({year}, 1, 1) + INTERVAL {12 * last} MONTH",
        f"WHEN regexp_full_match({text}, '\\d{{4}}-\\d{{2}}') THEN "
        f"TRY_CAST({text} || '-01' AS DATE) + INTERVAL {int(last)} MONTH",
        *(
            f"WHEN substr({text}, 6, 1) = '{mark}' THEN "
            f"make_date({year}, 1, 1) + to_months(CAST({length} * ({part} - {0 if last else 1}) AS INTEGER))"
            for mark, length in months.items()
        ),
        f"WHEN substr({text}, 6, 1) = 'W' THEN date_trunc('week', make_date({year}, 1, 4)) "
        f"+ to_days(CAST(7 * ({part} - {0 if last else 1}) AS INTEGER))",
        f"WHEN substr({text}, 6, 1) = 'D' THEN make_date({year}, 1, 1) "
        f"+ to_days(CAST({part} - {0 if last else 1} AS INTEGER))",
    ]
    day = f"TRY_CAST(substr({text}, 1, 10) AS DATE) + INTERVAL {int(last)} DAY"
    return f"(CASE {' '.join(cases)} ELSE {day} END{' - INTERVAL 1 DAY' if last else ''})"


def _forbidden(name: str, found: Mapping[str, Any], forbidden: Sequence[Region]) -> tuple[str, str]:
    """Return a component of the forbidden region that observations lie in, and what is wrong."""
    chosen = min(forbidden, key=lambda region: len(_faults(region, found)))
    values = ", ".join(f"{key} = {found.get(key)}" for key in chosen.selections)
    return next(iter(chosen.selections)), f"constraint {name} forbids {values}: leave the observations out"


def _outside(name: str, found: Mapping[str, Any], allowed: Sequence[Region]) -> tuple[str, str]:
    """Return the component at fault and what would be right, by the allowed region that comes nearest."""
    pivot = _pivot(allowed, list(found))
    near = min(allowed, key=lambda region: (pivot in _faults(region, found), len(_faults(region, found))))
    # Periods of different lengths are compared by the engine only: then the one that has a range is at fault.
    faults = _faults(near, found) or [key for key, chosen in near.selections.items() if chosen.start or chosen.end]
    if pivot in faults and near.selections[pivot].values:
        return pivot, f"constraint {name} has nothing for {pivot} [{found[pivot]}]: leave the observations out"
    column = faults[0] if faults else pivot
    selection = near.selections[column]
    right = ", ".join(sorted(selection.values)[:8])
    right = right if selection.included else f"any but {right}"
    if not right:
        right = " ".join(
            part
            for part in (selection.start and f"from {selection.start}", selection.end and f"until {selection.end}")
            if part
        )
    where = f", where {pivot} is {found[pivot]}" if pivot != column else ""
    return column, f"{column} [{found[column]}] is outside constraint {name}{where}: use {right}"


def _faults(region: Region, found: Mapping[str, Any]) -> list[str]:
    wrong = []
    for name, selection in region.selections.items():
        value = found.get(name)
        if value is None:
            continue
        listed = not selection.values or (value in selection.values) is selection.included
        spanned = (not selection.start or value >= selection.start[: len(value)]) and (
            not selection.end or value[: len(selection.end)] <= selection.end
        )
        if not (listed and spanned):
            wrong.append(name)
    return wrong
