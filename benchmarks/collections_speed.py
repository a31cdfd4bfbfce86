"""The whole UN-CTS from made-up records, against one plain query for each group of its lines that shares breakdowns.

python -m benchmarks.collections_speed [RECORDS] [FOLDER] [SECONDS OF THE PLAIN SIDE]

Both sides read the same Parquet files, in one process, on the same engine settings. The plain side is what a careful
analyst would write: for each table of the questionnaire and each set of breakdowns in it, one GROUP BY with a FILTER
for each line; totals are not even asked of it.
"""

from __future__ import annotations

import copy
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace

from justitia.aggregate import AGGREGATE
from justitia.aggregate.indicator import Asked, Plan, plan_tables
from justitia.engine import Engine, literal
from justitia.metadata.collection import Collection
from justitia.metadata.definitions import Dataflow
from justitia.metadata.links import compile_expression
from justitia.metadata.load import Catalogue, load_catalogue
from justitia.stage import Context
from justitia.submission.figures import asked_of
from justitia.submission.records import Records

YEARS = (2025, 2024)
MEMORY = "2GiB"


def make_records(engine: Engine, folder: Path, records: int, codes: Iterable[str]) -> dict[str, str]:
    """Write made-up offences, events (one for two offences) and victims (one for each); return kind -> relation."""
    listed = list(codes)
    code = f"[{', '.join(map(literal, listed))}][1 + CAST(hash(i) % {len(listed)} AS INT)]"
    day = "DATE '2021-01-01' + CAST(hash(i // 2 + 1) % 1800 AS INT)"
    related = "['1', '2', '3', '6', '10', '11'][1 + CAST(hash(i + 6) % 6 AS INT)]"
    sexes = "['M', 'F', '_U'][1 + CAST(hash(i + 5) % 3 AS INT)]"
    selects = {
        "offence": f"'o' || i AS offence_id, 'e' || (i // 2) AS event_id, {code} AS iccs_code, {day} AS recorded_date",
        "event": f"DISTINCT 'e' || (i // 2) AS event_id, {day} AS recorded_date",
        "victim": f"'v' || i AS victim_id, 'o' || i AS offence_id, 'e' || (i // 2) AS event_id, {sexes} AS sex, "
        f"{related} AS iccs_relationship",
    }
    made = {}
    for kind, select in selects.items():
        file = folder / f"{kind}.parquet"
        engine.write_parquet(f"SELECT {select} FROM range({records}) AS t(i)", file)
        made[kind] = engine.parquet([file])
    return made


def plain_queries(
    collection: Collection, plan: Plan, asked: Mapping[tuple[str, str], list[Asked]], records: Records
) -> list[str]:
    """Return one query for each table and set of breakdowns."""
    queries = []
    for table in collection.tables:
        groups: dict[str, dict[str, None]] = {}
        for (own, _), items in asked.items():
            for item in items if own == table else ():
                if item in plan.places:
                    flow, measure = plan.places[item]
                    groups.setdefault(flow, {})[measure] = None
        queries += [_query(plan.dataflows[flow], measures, records) for flow, measures in groups.items()]
    return queries


def _query(flow: Dataflow, measures: Iterable[str], records: Records) -> str:
    where = {item.id: item.where for item in flow.measures}
    kinds: set[str] = set()
    counts = []
    for name in measures:
        made = (
            compile_expression(where[name], columns=records.columns, kind=flow.unit, where=name)
            if where[name]
            else None
        )
        kinds |= set(made.kinds) if made else set()
        counts.append(f"count(*) FILTER (WHERE {made.sql})" if made else "count(*)")
    kind, _, field = flow.period_field.rpartition(".")
    kinds |= {kind} if kind else set()
    year = f"year({kind or 'r'}.{field})"
    joins = " ".join(f"LEFT JOIN {records.relations[k]} AS {k} ON r.{k}_id = {k}.{k}_id" for k in sorted(kinds))
    heads = [*(item.field for item in flow.dimensions), f"{year} AS y"]
    return (
        f"SELECT {', '.join([*heads, *counts])} FROM {records.relations[flow.unit]} AS r {joins} "
        f"WHERE {year} IN {YEARS} GROUP BY ALL"
    )


def run(records: int, folder: Path, budget: float) -> None:
    catalogue: Catalogue = load_catalogue()
    collection = catalogue.collection("un_cts")
    leaves = [code.code for code in catalogue.codelist("iccs").codes.values() if code.is_leaf]
    with Engine(scratch=folder / "scratch", memory=MEMORY, threads=2) as engine:
        relations = make_records(engine, folder, records, leaves)
        columns = {kind: set(engine.columns(relation)) for kind, relation in relations.items()}
        known = Records(relations, columns, frozenset(catalogue.codelist("iccs").codes))
        workspace = SimpleNamespace(catalogue=catalogue)
        asked: dict[tuple[str, str], list[Asked]] = {}
        for cell in collection.cells:
            if cell.indicator:
                needed = asked_of(cell.indicator, tuple(cell.key), workspace=workspace, records=known)  # type: ignore[arg-type]
                asked.setdefault((cell.table, cell.line), []).extend(needed)
        everything = [item for items in asked.values() for item in items]

        clock, cpu = time.perf_counter(), time.process_time()
        plan = plan_tables(everything, catalogue=catalogue, columns=columns, years=YEARS, disclosure="public_default")
        own = copy.copy(catalogue)
        own.__dict__["dataflows"] = plan.dataflows
        context = Context(engine, own, folder / "out", {f"derived__{k}": r for k, r in relations.items()}, AGGREGATE)
        AGGREGATE.run(context)
        measures = sum(len(flow.measures) for flow in plan.dataflows.values())
        _tell(f"justitia: {len(plan.dataflows)} tables, {measures} measures, all totals", clock, cpu)

        _plain(engine, plain_queries(collection, plan, asked, known), budget)


def _plain(engine: Engine, queries: list[str], budget: float) -> None:
    """Run the plain queries one by one; those left when the time is up are estimated by the mean of the others."""
    clock, cpu = time.perf_counter(), time.process_time()
    times: list[float] = []
    for query in queries:
        started = time.perf_counter()
        engine.rows(query)
        times.append(time.perf_counter() - started)
        if time.perf_counter() - clock > budget:
            break
    _tell(f"plain: {len(times)} of {len(queries)} queries, no totals", clock, cpu)
    if len(times) < len(queries):
        print(f"plain, all queries at the mean of those that ended: {sum(times) / len(times) * len(queries):.1f} s")
    print("slowest plain queries: " + ", ".join(f"{spent:.1f} s" for spent in sorted(times)[-5:]))


def _tell(what: str, clock: float, cpu: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:<60} {time.perf_counter() - clock:7.1f} s  {time.process_time() - cpu:7.1f} s CPU  peak {peak} MiB")


if __name__ == "__main__":
    amount = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as place:
        Path(place, "out").mkdir()
        run(amount, Path(place), float(sys.argv[3]) if len(sys.argv) > 3 else 240.0)
