"""Stays in custody, put in order: one person at one place at a time, and continuous spells from entry to release.

Rules, each with a finding (docs/explanation/case-flow.md):

- F-CUS-001 a stay without a day of admission (release without entry): in no stock.
- F-CUS-002 a stay that ends before it begins: in no stock.
- F-CUS-003 stays of one person that overlap: the person counts once, under the latest.
- F-CUS-004 a transfer or change of status that no stay follows: counted as a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.findings import Finding

if TYPE_CHECKING:
    from justitia.derive.states import Sources
    from justitia.metadata.flow import Prison

STAYS, SPELLS = "flow_stays", "flow_spells"  # temporary tables of the engine
OPEN = "DATE '9999-12-31'"


def build_custody(prison: Prison, sources: Sources) -> tuple[Finding, ...]:
    """Make `flow_stays` and `flow_spells` and return what is wrong, counted.

    `flow_stays`: stay_id, person, begun, ended (null while it lasts), status, reason, and `b_<id>` of each breakdown
    that a source fills. `flow_spells`: person, begun, ended; stays that meet or overlap are one spell.

    Args:
        prison: fields and codes.
        sources: records.

    Raises:
        RequestError: E-FLO-003 when no source fills what is needed.
    """
    _need(prison, sources)
    kind, columns, engine = prison.kind, sources.columns[prison.kind], sources.engine
    who = [f"r.{quote(name)}" for name in prison.who if name in columns]
    reason = f"r.{quote(prison.reason)}" if prison.reason in columns else "CAST(NULL AS VARCHAR)"
    codes = "".join(
        f", coalesce(r.{quote(item.field)}, '_N') AS {quote('b_' + item.id)}"
        for item in prison.common.breakdowns
        if item.field in columns
    )
    left_out = ", ".join(map(literal, prison.out_of_scope)) or "''"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE flow_stays_received AS
        SELECT r.{quote(kind + "_id")} AS stay_id, coalesce({", ".join(who)}) AS person,
            r.{quote(prison.start)} AS begun, r.{quote(prison.end)} AS ended,
            {group_sql(prison, sources, f"r.{quote(prison.status)}")} AS status, {reason} AS reason{codes}
        FROM {sources.relations[kind]} AS r WHERE coalesce(r.{quote(prison.status)}, '') NOT IN ({left_out})""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {STAYS} AS SELECT * FROM flow_stays_received
        WHERE begun IS NOT NULL AND (ended IS NULL OR ended >= begun) ORDER BY stay_id""")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {SPELLS} AS {spells_select(STAYS)}")
    return tuple(_findings(prison, sources))


def spells_select(stays: str) -> str:
    """Return the SELECT of (person, begun, ended): stays that meet or overlap are one spell.

    Args:
        stays: relation (stay_id, person, begun, ended; null while it lasts).
    """
    return f"""
        SELECT person, min(begun) AS begun, nullif(max(coalesce(ended, {OPEN})), {OPEN}) AS ended
        FROM (SELECT *, sum(is_new) OVER (PARTITION BY person ORDER BY begun, stay_id) AS spell
            FROM (SELECT *, CASE WHEN begun <= {_ended_before()} THEN 0 ELSE 1 END AS is_new FROM {stays}))
        GROUP BY person, spell ORDER BY person, begun"""


def _need(prison: Prison, sources: Sources) -> None:
    columns = sources.columns.get(prison.kind, set())
    lacking = [name for name in (prison.start, prison.end, prison.status) if name not in columns]
    if lacking:
        raise RequestError(
            "E-FLO-003",
            f"{prison.common.id} needs [{prison.kind}.{lacking[0]}], which no source fills",
            where=str(prison.common.place or prison.common.id),
            remedy="Map a column to it in a layout",
        )


def group_sql(prison: Prison, sources: Sources, value: str) -> str:
    """Return SQL of the group of statuses that a status belongs to, the status itself where it is in none."""
    field = sources.catalogue.record_kinds[prison.kind].fields[prison.status]
    codes = sources.catalogue.codelist(field.codelist).codes
    branches = []
    for group, tops in prison.groups.items():
        inside = [code for code in codes if _under(code, tops, {c.code: c.parent for c in codes.values()})]
        branches.append(f"WHEN {value} IN ({', '.join(map(literal, inside))}) THEN {literal(group)}")
    return f"CASE {' '.join(branches)} ELSE coalesce({value}, '_N') END" if branches else value


def _under(code: str, tops: tuple[str, ...], parents: Mapping[str, str]) -> bool:
    while code:
        if code in tops:
            return True
        code = parents.get(code, "")
    return False


def _ended_before() -> str:
    """Return SQL of the last day of all earlier stays of the person; null for the first."""
    rows = "PARTITION BY person ORDER BY begun, stay_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"max(coalesce(ended, {OPEN})) OVER ({rows})"


def _findings(prison: Prison, sources: Sources) -> list[Finding]:
    engine, kind = sources.engine, prison.kind
    without, backwards = engine.rows(
        "SELECT count(*) FILTER (WHERE begun IS NULL), count(*) FILTER (WHERE ended < begun) FROM flow_stays_received"
    )[0]
    overlapping = engine.value(
        f"SELECT count(*) FROM (SELECT begun < {_ended_before()} AS is_early FROM {STAYS}) WHERE is_early"
    )
    goes_on = ", ".join(map(literal, prison.goes_on)) or "''"
    # Whoever is transferred is admitted elsewhere the same day, or the next.
    nowhere = engine.value(f"""
        SELECT count(*) FROM {STAYS} AS s WHERE s.reason IN ({goes_on}) AND s.ended IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM {STAYS} AS n WHERE n.person = s.person AND n.stay_id <> s.stay_id
                AND n.begun BETWEEN s.ended AND s.ended + 1)""")
    told = (
        ("F-CUS-001", "error", "released without a day of admission: in no stock", without),
        ("F-CUS-002", "error", "released before admitted: in no stock", backwards),
        (
            "F-CUS-003",
            "warning",
            "begins before an earlier stay of the person ends: the latest stay counts",
            overlapping,
        ),
        ("F-CUS-004", "warning", "transferred or changed in status, and no stay follows: counted as released", nowhere),
    )
    return [Finding(rule, severity, kind, text, count=int(n)) for rule, severity, text, n in told if n]  # type: ignore[arg-type]
