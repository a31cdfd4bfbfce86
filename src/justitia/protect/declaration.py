"""The protect stage: takes exact cells, gives `protected__<DATAFLOW>`, the only tables that may leave in public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.errors import DisclosureError, RequestError
from justitia.findings import Finding
from justitia.metadata.definitions import Dataflow
from justitia.protect.counts import Counts, prepare_counts, read_shown, write_shown
from justitia.protect.hierarchy import TIME
from justitia.protect.ratios import ratio_select
from justitia.protect.rules import check_rule, check_table, noise_of
from justitia.stage import Context, Stage

if TYPE_CHECKING:
    from justitia.protect.outsider import Shown

PROOFS = "attack__proofs"  # what attacks have shown; not published
LINKED_CELLS = 200_000  # of all tables together; more are not attacked in a run


def _run(context: Context) -> None:
    made: list[Counts] = []
    refused = 0
    for dataflow in context.catalogue.dataflows.values():
        rule = context.catalogue.disclosure(dataflow.disclosure)
        noise = noise_of(context.catalogue, rule)
        try:
            check_rule(rule, noise)
            check_table(dataflow, rule, has_keys=context.record_keys is not None)
        except DisclosureError as error:
            # Nothing of it leaves; the other tables are made, and a release is refused as long as it is declared.
            context.findings.append(Finding(error.code, "error", dataflow.id, error.message))
            refused += 1
            continue
        made.append(prepare_counts(context, dataflow, rule, noise))
    _round(context, made)
    hidden, unsafe, lost = _together(context, made)
    made = [counts for counts in made if counts not in lost]
    refused += len(lost)
    cells = redacted = 0
    for counts in made:
        relation = quote(f"protected_counts_{counts.dataflow.id}")
        context.engine.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {_published(counts)}")
        cells += _give(context, counts.dataflow, relation)
        redacted += context.engine.value(f"SELECT count(*) FROM {relation} WHERE CONF_STATUS = 'C'")
    context.metrics |= {
        "cells": cells,
        "redacted": redacted,
        "redacted_for_others": hidden,
        "unsafe": unsafe,
        "refused": refused,
    }


def _round(context: Context, made: Sequence[Counts]) -> None:
    """Round the tables whose totals are to add up, all of one base together."""
    from justitia.protect.linked import round_together  # the solver is loaded when a table is protected, not before

    own = [counts for counts in made if counts.rule.rule == "controlled_round"]
    for base in sorted({counts.rule.round_to for counts in own}):
        group = [counts for counts in own if counts.rule.round_to == base]
        tables, found = round_together([read_shown(context, counts) for counts in group], base)
        write_shown(context, group, tables)
        if found.open_equations:
            text = f"totals differ from the sum of their parts, by {found.worst} at most, after rounding to {base}"
            context.findings.append(Finding("P-ROU-001", "note", "protect", text, count=found.open_equations))


def _together(context: Context, made: Sequence[Counts]) -> tuple[int, int, Sequence[Counts]]:
    """Protect the tables that redact cells as one.

    Returns how many cells that took, how many stay unsafe, and the tables that may not leave as they could not be
    protected.
    """
    from justitia.protect.audit import Proofs
    from justitia.protect.linked import HIDING, protect_together

    own = [counts for counts in made if counts.rule.rule in HIDING]
    size = sum(context.engine.value(f"SELECT count(*) FROM {counts.relation}") for counts in own)
    if not own:
        return 0, 0, ()
    if size > LINKED_CELLS:
        text = (
            f"the tables have {size:,} cells together, too many to attack: only what each shows by itself is protected"
        )
        context.findings.append(Finding("P-AUD-002", "warning", "protect", text))
        return 0, 0, [counts for counts in own if counts.rule.rule == "suppress"]
    proofs = Proofs(context.engine.table(f"FROM {context.take(PROOFS)}") if context.available(PROOFS) else None)
    try:
        tables = [read_shown(context, counts) for counts in own]
        linked = protect_together(tables, _earlier(context, own, size), proofs=proofs)
    except (RequestError, DisclosureError) as error:
        context.findings.append(Finding(error.code, "error", "protect", error.message))
        return 0, size, own
    write_shown(context, own, linked.tables)
    with context.engine.registered("proofs_made", proofs.table()) as relation:
        context.give(PROOFS, f"SELECT * FROM {relation} ORDER BY KEY, PLACE")
    unsafe = int((~linked.result.safe).sum())
    if unsafe:
        text = "cells can be placed more narrowly than their rule allows, whatever else is redacted"
        context.findings.append(Finding("P-AUD-001", "error", "protect", text, count=unsafe))
    return linked.hidden, unsafe, ()


def _earlier(context: Context, own: Sequence[Counts], size: int) -> list[Shown]:
    """Return what earlier releases showed of these tables, the latest first, as many as can be attacked in a run."""
    from justitia.protect.released import read_released

    found = []
    names = sorted(
        (name for name in context.relations if name.startswith("released__")),
        key=lambda name: int(name.split("__")[1]),
        reverse=True,
    )
    for name in names:
        _, number, dataflow = name.split("__", 2)
        counts = next((item for item in own if item.dataflow.id == dataflow), None)
        if counts is None:
            continue
        exact = f"then__{number}__{dataflow}"
        table = read_released(
            context.engine,
            context.catalogue,
            counts.dataflow,
            counts.rule,
            protected=context.take(name),
            exact=context.take(exact) if context.available(exact) else "",
            vintage=number,
        )
        size += len(table.shown)
        if size > LINKED_CELLS:
            break
        found.append(table)
    return found


def _published(counts: Counts) -> str:
    """Return the SELECT of a table's counts as they are published.

    All redacted cells have the same status: to tell the small ones from those that are redacted for their sake would
    tell an attacker where to look.
    """
    own = ", ".join([*(quote(axis.id) for axis in counts.axes), TIME])
    return f"""
        SELECT {own}, MEASURE, CAST(shown AS DOUBLE) AS OBS_VALUE,
            CAST(NULL AS DOUBLE) AS LOWER, CAST(NULL AS DOUBLE) AS UPPER,
            CASE WHEN shown IS NULL THEN 'Q' ELSE 'A' END AS OBS_STATUS,
            CASE WHEN shown IS NULL THEN 'C' ELSE 'F' END AS CONF_STATUS
        FROM {counts.relation}"""


def _give(context: Context, dataflow: Dataflow, relation: str) -> int:
    parts = [f"SELECT * FROM {relation}"]
    parts += [ratio_select(context.engine, context.catalogue, dataflow, r, relation) for r in dataflow.ratios]
    order = ", ".join([*(quote(item.id) for item in dataflow.dimensions), TIME, "MEASURE"])
    return context.give(f"protected__{dataflow.id}", f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}")


PROTECT = Stage(
    name="protect",
    takes=("aggregate__*", "released__*", "then__*", "attack__*"),
    gives=("protected__*", "attack__*"),
    uses=("disclosure", "dataflows", "population", "perturbation", "record_keys", "releases"),
    metrics=("cells", "redacted", "redacted_for_others", "unsafe", "refused"),
    run=_run,
    version=2,
)
