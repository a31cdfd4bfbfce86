"""Cases received, resolved and pending, with clearance rate and disposition time, as published."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from justitia.aggregate.courts import Backlog, backlog_select, clearance_rate, disposition_time
from justitia.case_flow.opening import heading
from justitia.engine import quote
from justitia.errors import RequestError
from justitia.findings import Finding
from justitia.metadata.links import compile_expression, join_reached
from justitia.model.case_flow import Figure, Row, WorkloadTable
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.case_flow.opening import Opened, Protection
    from justitia.metadata.flow import Workload

CASES = "flow_cases"  # temporary table of the engine


def workload_table(here: Opened, work: Workload, *, until: str = "") -> tuple[WorkloadTable, tuple[Finding, ...]]:
    """Return the protected workload by year, and what is wrong with the cases (for the operator).

    Args:
        here: the opened workspace.
        work: definition.
        until: last day covered (ISO); default, that of the definition, else the last date of any case.

    Raises:
        RequestError: E-FLO-003 when no source fills what is needed.
    """
    protection = here.protection(work.common)
    _cases(here, work)
    engine = here.sources.engine
    first, last, undated, backwards = engine.rows(
        f"SELECT min(came), greatest(max(came), max(gone)), count(*) FILTER (WHERE came IS NULL), "
        f"count(*) FILTER (WHERE gone < came) FROM {CASES}"
    )[0]
    if first is None:
        raise RequestError("E-FLO-008", f"{work.common.id}: no case has a day of receipt")
    end = date.fromisoformat(until or work.common.observed_until or last.isoformat())
    rows: list[Row] = []
    for year in range(first.year, end.year + 1):
        days = (date(year, 1, 1), min(date(year, 12, 31), end))
        counts = engine.rows(backlog_select(CASES, *days, old_days=work.old_days, received="came", resolved="gone"))[0]
        rows += _year(Backlog(*map(int, counts)), days, protection)
    told = (
        ("F-WRK-001", "without a day of receipt: in no count", undated),
        ("F-WRK-002", "resolved before it was received: counted by both days", backwards),
    )
    findings = tuple(Finding(rule, "warning", work.kind, text, count=int(n)) for rule, text, n in told if n)
    title = heading(
        here, work, until=end.isoformat(), counting_unit=work.counting_unit, states={}, cautions=("caution.workload",)
    )
    return WorkloadTable(title, tuple(rows)), findings


def _cases(here: Opened, work: Workload) -> None:
    sources, columns = here.sources, here.sources.columns
    wanted = [work.received, work.resolved, *work.per]
    lacking = [name for name in wanted if name not in columns.get(work.kind, set())]
    compiled = None
    if work.where and not lacking:
        where = str(work.common.place or work.common.id)
        compiled = compile_expression(work.where, columns=columns, kind=work.kind, where=where)
        lacking = [] if compiled is not None else [work.where]
    if lacking:
        raise RequestError(
            "E-FLO-003",
            f"{work.common.id} needs [{work.kind}.{lacking[0]}], which no source fills",
            where=str(work.common.place or work.common.id),
            remedy="Map a column to it in a layout",
        )
    joins = join_reached(compiled.kinds, sources.relations) if compiled else ""
    kept = f"WHERE coalesce({compiled.sql}, FALSE)" if compiled else ""
    came, gone = f"r.{quote(work.received)}", f"r.{quote(work.resolved)}"
    per = ", ".join(f"r.{quote(name)}" for name in work.per) or f"r.{quote(work.kind + '_id')}"
    # Records of one case: it came with the first, and is resolved when all are.
    sources.engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {CASES} AS
        SELECT min({came}) AS came, CASE WHEN count({gone}) = count(*) THEN max({gone}) END AS gone
        FROM {sources.relations[work.kind]} AS r {joins} {kept} GROUP BY {per}""")


def _year(found: Backlog, days: tuple[date, date], protection: Protection) -> list[Row]:
    """Return a year's protected counts and the figures made of them."""
    counts = {
        "pending_before": found.pending_before,
        "incoming": found.incoming,
        "resolved": found.resolved,
        "pending_after": found.pending_after,
        "old_pending": found.old_pending,
    }
    shown = {name: protection.count(n) for name, n in counts.items()}
    period = str(days[0].year)
    length = (days[1] - days[0]).days + 1
    rows = [Row(period, name, TOTAL, TOTAL, Figure(n)) for name, n in shown.items()]
    incoming, resolved, pending = shown["incoming"], shown["resolved"], shown["pending_after"]
    cleared = waiting = None
    if resolved is not None and incoming:
        cleared = round(float(clearance_rate([resolved], [incoming])[0]), 1)
    if pending is not None and resolved:
        span = 365 if length >= 365 else length
        waiting = round(float(disposition_time([pending], [resolved], days=span)[0]), 0)
    rows.append(Row(period, "clearance_rate", TOTAL, TOTAL, Figure(cleared)))
    rows.append(Row(period, "disposition_time", TOTAL, TOTAL, Figure(waiting)))
    return rows
