"""The aggregate stage: takes derived records, gives `aggregate__<DATAFLOW>`, exact counts of every cell.

These tables are exact and stay inside: only `protect` reads them, and the confidential channel.
"""

from __future__ import annotations

from justitia.aggregate.counting import cells_select, unit_select
from justitia.aggregate.dimensions import Breakdown, compile_dimensions
from justitia.engine import literal, quote
from justitia.metadata.definitions import Dataflow, Measure
from justitia.stage import Context, Stage

DENSE_LIMIT = 2_000_000  # cells; above it, cells without a record are left out


def _run(context: Context) -> None:
    names = [name for name in context.relations if name.startswith("derived__")]
    relations = {name.removeprefix("derived__"): context.take(name) for name in names}
    columns = {kind: set(context.engine.columns(relation)) for kind, relation in relations.items()}
    cells = 0
    keyed = context.record_keys is not None
    if context.record_keys is not None:
        context.record_keys.lend(context.engine)
    dataflows = context.catalogue.dataflows
    for done, dataflow in enumerate(dataflows.values()):
        context.progress(f"count {dataflow.id}", done / len(dataflows))
        breakdowns = compile_dimensions(dataflow, context.catalogue)
        units = unit_select(dataflow, breakdowns, relations=relations, columns=columns, keyed=keyed)
        context.engine.execute(f"CREATE OR REPLACE TEMP TABLE cells AS {cells_select(dataflow, breakdowns, units)}")
        cells += context.give(f"aggregate__{dataflow.id}", _long(context, dataflow, breakdowns, keyed=keyed))
        context.engine.execute("DROP TABLE cells")
    context.metrics |= {"tables": len(dataflows), "cells": cells}


def _long(context: Context, dataflow: Dataflow, breakdowns: tuple[Breakdown, ...], *, keyed: bool) -> str:
    """Return the cells in long form, with a zero for each combination of codes that occur that no record meets.

    Protection needs more than the figure: CELL_KEY, the sum of the record keys, where there are any; UNITS and LARGEST,
    of sums the number of units and the largest amounts. They are not for anybody else.
    """
    keys = [*(quote(item.dimension.id) for item in breakdowns), "TIME_PERIOD"]
    sizes = [context.engine.value(f"SELECT count(DISTINCT {key}) FROM cells") for key in keys]
    dense = 1
    for size in sizes:
        dense *= size
    frame = "cells"
    counts = {m.id: _figures(m, keyed, any(other.sum_of for other in dataflow.measures)) for m in dataflow.measures}
    if dense <= DENSE_LIMIT:
        crossed = " CROSS JOIN ".join(f"(SELECT DISTINCT {key} FROM cells)" for key in keys)
        frame = f"(SELECT {', '.join(keys)} FROM {crossed}) LEFT JOIN cells USING ({', '.join(keys)})"
    parts = [
        f"SELECT {', '.join(keys)}, {literal(name)} AS MEASURE, {figures} FROM {frame}"
        for name, figures in counts.items()
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"


def _figures(measure: Measure, keyed: bool, sums: bool) -> str:
    """Return the columns of one measure's cells."""
    found = [f"coalesce({quote(f'n_{measure.id}')}, 0) AS OBS_VALUE"]
    if keyed:
        found.append(f"coalesce({quote(f'k_{measure.id}')}, 0) AS CELL_KEY")
    if sums:
        units = quote(f"{'u' if measure.sum_of else 'n'}_{measure.id}")
        largest = f"coalesce({quote(f'l_{measure.id}')}, [])" if measure.sum_of else "NULL"
        found += [f"coalesce({units}, 0) AS UNITS", f"CAST({largest} AS BIGINT[]) AS LARGEST"]
    return ", ".join(found)


AGGREGATE = Stage(
    name="aggregate",
    takes=("derived__*",),
    gives=("aggregate__*",),
    uses=("dataflows", "codelists", "classifications", "records", "derivations", "record_keys"),
    metrics=("tables", "cells"),
    run=_run,
)
