"""Flows as one long table of codes and numbers, for machines: every figure that the pages show, in no language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from justitia.disseminate.safe_text import safe_text
from justitia.model.case_flow import Figure, FlowTable, PrisonTable, TogetherTable
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.model.case_flow import AnyTable, Band, Gap, Row

COLUMNS = (
    "TABLE",
    "PERIOD",
    "BREAKDOWN",
    "CODE",
    "STATE",
    "MEASURE",
    "DAYS",
    "OBS_VALUE",
    "LOWER",
    "UPPER",
    "OBS_STATUS",
)
Record = tuple[str | float | None, ...]


def flow_records(table: AnyTable) -> tuple[Record, ...]:
    """Return the figures of a flow, each as a tuple in the order of `COLUMNS`.

    OBS_STATUS is that of SDMX: `A` a figure, `Q` redacted, `M` cannot be told (too early, or of nobody).
    """
    return tuple(_records(table))


def flow_csv(table: AnyTable) -> str:
    """Return the figures of a flow as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    warning = ("MADE_UP",) if table.heading.made_up else ()
    writer.writerow((*COLUMNS, *warning))
    for record in flow_records(table):
        cells = ("" if x is None else f"{x:.10g}" if isinstance(x, float) else safe_text(str(x)) for x in record)
        writer.writerow((*cells, *("yes" for _ in warning)))
    return out.getvalue()


def _record(
    name: str, key: tuple[str, str, str, str], measure: str, figure: Figure, days: float | None = None
) -> Record:
    status = "A" if figure.value is not None else "Q" if figure.is_redacted else "M"
    return (name, *key, measure, days, figure.value, figure.lower, figure.upper, status)


def _count(value: float | None) -> Figure:
    return Figure(value, is_redacted=value is None)


def _records(table: AnyTable) -> Iterator[Record]:
    if isinstance(table, FlowTable):
        yield from _flow(table)
    elif isinstance(table, PrisonTable):
        for name, rows in (("stock", table.stock), ("movements", table.movements), ("shares", table.shares)):
            yield from (_of_row(name, row) for row in rows)
        end = (table.heading.until, TOTAL, TOTAL, "")
        yield _record("shares", end, "remand_median", table.remand)
        yield from _curve("remand", end, table.remand_band)
    elif isinstance(table, TogetherTable):
        for (one, other), n in table.counts.items():
            yield _record("together", (TOTAL, TOTAL, other, one), "units", _count(n))
    else:
        yield from (_of_row(table.heading.type, row) for row in table.rows)
        for (way, breakdown, code), band in getattr(table, "bands", {}).items():
            yield from _curve("not_returned", (TOTAL, breakdown, code, way), band)
        yield from _gaps(getattr(table, "gaps", ()))


def _of_row(name: str, row: Row) -> Record:
    state, _, measure = row.measure.rpartition(".")
    figure = row.figure
    if name in {"stock", "movements"} or measure in {"units", "persons", "observed", "returned"}:
        figure = _count(figure.value)
    return _record(name, (row.period, row.breakdown, row.code, state), measure, figure)


def _flow(table: FlowTable) -> Iterator[Record]:
    for p in table.passages:
        key = (p.cohort, p.breakdown, p.code, p.state)
        for measure in ("entered", "reached", "otherwise", "open"):
            yield _record("attrition", key, measure, _count(getattr(p, measure)))
        for days, figure in p.shares.items():
            yield _record("attrition", key, "share", figure, float(days))
        yield _record("attrition", key, "median_days", p.median)
        yield from _curve("curve", key, p.band)
    for link in table.links:
        yield _record("links", (TOTAL, TOTAL, link.target, link.source), "units", _count(link.count))
    yield from _gaps(table.gaps)


def _gaps(gaps: tuple[Gap, ...]) -> Iterator[Record]:
    for gap in gaps:
        key = (TOTAL, gap.breakdown, gap.code, gap.state)
        yield _record("gaps", key, f"ratio_to_{gap.reference}", gap.ratio, float(gap.days))
        yield _record("gaps", key, f"difference_to_{gap.reference}", gap.difference, float(gap.days))


def _curve(name: str, key: tuple[str, str, str, str], band: Band | None) -> Iterator[Record]:
    if band is None:
        return
    for day, value, lower, upper in band.steps:
        yield _record(name, key, "share", Figure(*(round(100 * x, 3) for x in (value, lower, upper))), day)
    for day, n in band.watched:
        yield _record(name, key, "observed", Figure(n), day)
