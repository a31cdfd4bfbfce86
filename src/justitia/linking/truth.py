"""A linkage held against records of which it is known who is one person: precision and recall, with intervals.

Pairs are counted of what the agencies know persons by: two records under one number of an agency are no pair.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.engine import literal
from justitia.errors import RequestError
from justitia.linking.applied import LINKS, MAP
from justitia.linking.roles import ANALYST, KEY_HOLDER, acting
from justitia.workspace import table_relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from justitia.engine import Engine
    from justitia.workspace import Workspace

COLUMNS = ("source_id", "record", "unit", "label")


def compare_with_truth(workspace: Workspace, linkage: str, file: Path) -> dict[str, Any]:
    """Return precision and recall of a linkage against labelled records, and keep them among the run's figures.

    Args:
        workspace: the workspace, linked.
        linkage: id of the declaration.
        file: CSV with the columns source_id, record, unit (key of the unit in its source), label (equal for equal
            persons; any text that says nothing of them).

    Raises:
        RequestError: E-PER-010 before the linkage was run, E-PER-011 when the file lacks a column, E-PER-012 when no
            pair of it can be compared; E-ROL-001, E-ROL-002, E-ROL-003.
    """
    acting(workspace, ANALYST, KEY_HOLDER)
    with workspace.store.writing(), workspace.engine() as engine:
        state = workspace.store.read()
        if linkage not in state.get(LINKS, {}):
            raise not_linked(linkage)
        known = _compare(engine, table_relation(workspace, engine, state, f"{MAP}{linkage}"), file)
        links = {**state[LINKS], linkage: {**state[LINKS][linkage], "known": known}}
        workspace.store.publish({**state, LINKS: links})
    return known


def not_linked(linkage: str) -> RequestError:
    """Return the error for a linkage that was not run yet."""
    return RequestError("E-PER-010", f"linkage [{linkage}] was not run yet", remedy="Run `justitia link run`")


def _compare(engine: Engine, table: str, file: Path) -> dict[str, Any]:
    truth = f"read_csv({literal(str(file))}, all_varchar = TRUE, header = TRUE, delim = ',', quote = '\"')"
    missing = [name for name in COLUMNS if name not in engine.columns(truth)]
    if missing:
        raise RequestError(
            "E-PER-011",
            f"the file has no column {', '.join(f'[{name}]' for name in missing)}",
            where=file.name,
            remedy=f"Its columns are {', '.join(COLUMNS)}",
        )
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE compared AS
        SELECT source_id, record, coalesce(m.agency_id, m.unit) AS ref, m.person_id, t.label
        FROM {table} AS m JOIN {truth} AS t USING (source_id, record, unit) GROUP BY ALL""")
    linked, true = _pairs(engine, "person_id"), _pairs(engine, "label")
    right = _pairs(engine, "person_id, label")
    if not true or not linked:
        raise RequestError(
            "E-PER-012",
            "no pair of records in the file is linked, or none is of one person: nothing can be compared",
            where=file.name,
            remedy="See that source_id, record and unit are those of the store",
        )
    return _figures(right, linked, true)


def _pairs(engine: Engine, by: str) -> int:
    # Two persons under one number of an agency are two rows of one ref: a pair within a ref is none.
    counted = f"""SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM compared GROUP BY {by})"""
    return int(engine.value(counted) or 0)


def _figures(right: int, linked: int, true: int) -> dict[str, Any]:
    from justitia.model.interval import wilson

    (low_p, low_r), (high_p, high_r) = wilson([right, right], [linked, true])
    return {
        "right": right,
        "linked": linked,
        "true": true,
        "precision": right / linked,
        "recall": right / true,
        "precision_lower": 100 * float(low_p),
        "precision_upper": 100 * float(high_p),
        "recall_lower": 100 * float(low_r),
        "recall_upper": 100 * float(high_r),
    }


def in_words(known: Mapping[str, Any]) -> str:
    """Return precision and recall as one line."""
    parts = []
    for name in ("precision", "recall"):
        ends = f"{known[f'{name}_lower']:.1f} to {known[f'{name}_upper']:.1f}"
        parts.append(f"{name} {100 * known[name]:.2f} % ({ends})")
    return f"{', '.join(parts)} of {known['true']:,} true pairs"
