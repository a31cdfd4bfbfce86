"""Further redaction in tables of flows: a count that goes takes with it whatever is computed from it."""

from __future__ import annotations

from collections.abc import Hashable, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from justitia.case_flow.narrowness import LINK, redacted_counts
from justitia.model.case_flow import Figure, FlowTable, PrisonTable, ReturnTable, ShareTable, WorkloadTable
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.model.case_flow import AnyTable, Band, Gap, Passage, Row

HIDDEN = Figure(None, is_redacted=True)
MADE_OF = {  # figures of a prison and of a workload -> the counts that they are made of
    "clearance_rate": ("incoming", "resolved"),
    "disposition_time": ("pending_after", "resolved"),
    "share_of_stock": (TOTAL,),
    "occupancy": (TOTAL,),
}


def redacted(table: AnyTable, keys: Set[Hashable]) -> AnyTable:
    """Return the table without the counts named, and without the figures made of them or of those redacted already.

    Args:
        table: protected tables.
        keys: of `counts_to_redact`.
    """
    table = _without_small_marks(table)
    # Figures of counts redacted for themselves look like those of counts redacted for others: neither says which it is.
    keys = keys | redacted_counts(table)
    if not keys:
        return table
    if isinstance(table, FlowTable):
        return _flow(table, keys)
    if isinstance(table, PrisonTable):
        stock = tuple(_row(row, _key(row) in keys) for row in table.stock)
        moved = tuple(_row(row, _key(row) in keys) for row in table.movements)
        return replace(
            table, stock=stock, movements=moved, shares=tuple(_row(row, _is_made_of(row, keys)) for row in table.shares)
        )
    if isinstance(table, WorkloadTable):
        rows = tuple(
            _row(row, any((row.period, name) in keys for name in (row.measure, *MADE_OF.get(row.measure, ()))))
            for row in table.rows
        )
        return replace(table, rows=rows)
    if isinstance(table, (ReturnTable, ShareTable)):
        rows = tuple(_row(row, _key(row) in keys or _is_share_of(row, keys)) for row in table.rows)
        if isinstance(table, ShareTable):
            shares = {(r.measure.removesuffix(".share"), r.breakdown, r.code) for r in rows if r.figure == HIDDEN}
            return replace(table, rows=rows, gaps=tuple(_gap(gap, shares) for gap in table.gaps))
        gone = {
            (r.measure.rpartition(".")[0], r.breakdown, r.code)
            for r, old in zip(rows, table.rows, strict=True)
            if r is not old
        }
        bands = {key: band for key, band in table.bands.items() if key not in gone}
        return replace(table, rows=rows, bands=bands, gaps=tuple(_gap(gap, gone) for gap in table.gaps))
    return table


def _without_small_marks(table: AnyTable) -> AnyTable:
    """Return the table without the numbers still observed that are below a step of its curves: they read as counts."""
    least = table.heading.least_step

    def cut(band: Band | None) -> Band | None:
        return band and replace(band, watched=tuple((day, n) for day, n in band.watched if n >= least))

    if isinstance(table, FlowTable):
        return replace(table, passages=tuple(replace(p, band=cut(p.band)) for p in table.passages))
    if isinstance(table, PrisonTable):
        return replace(table, remand_band=cut(table.remand_band))
    if isinstance(table, ReturnTable):
        return replace(table, bands={key: cut(band) or band for key, band in table.bands.items()})
    return table


def _key(row: Row) -> tuple[str, str, str, str]:
    return row.period, row.measure, row.breakdown, row.code


def _row(row: Row, goes: bool) -> Row:
    return replace(row, figure=HIDDEN) if goes else row


def _is_made_of(row: Row, keys: Set[Hashable]) -> bool:
    """Return whether a share of a prison is made of a redacted count of its day and group."""
    group = row.measure.removeprefix("share_")
    names = MADE_OF.get(row.measure, (group, TOTAL))
    own = any((row.period, name, row.breakdown, row.code) in keys for name in names)
    everyone = row.measure in MADE_OF and (row.period, TOTAL, TOTAL, TOTAL) in keys
    return own or everyone


def _is_share_of(row: Row, keys: Set[Hashable]) -> bool:
    """Return whether a share is made of a redacted count: of its part, or of the units or persons observed."""
    name, _, last = row.measure.rpartition(".")
    if last != "share":
        return False
    wholes = (name, "units", f"{name}.returned", f"{name}.observed")
    return any((row.period, whole, row.breakdown, row.code) in keys for whole in wholes)


def _flow(table: FlowTable, keys: Set[Hashable]) -> FlowTable:
    passages, gone = [], set()
    for passage in table.passages:
        made = _passage(passage, keys)
        passages.append(made)
        if made.band is None and passage.band is not None and passage.cohort == TOTAL:
            gone.add((passage.state, passage.breakdown, passage.code))
    links = tuple(
        replace(link, count=None) if (LINK, link.source, link.target) in keys else link for link in table.links
    )
    return replace(table, passages=tuple(passages), links=links, gaps=tuple(_gap(gap, gone) for gap in table.gaps))


def _passage(passage: Passage, keys: Set[Hashable]) -> Passage:
    """Return a passage without redacted counts; shares and curve are made of who entered and who reached the state."""
    group = (passage.cohort, passage.breakdown, passage.code)
    own = {name: (*group, passage.state, name) in keys for name in ("reached", "otherwise", "open")}
    own["entered"] = (*group, "entered") in keys
    changes: dict[str, object] = {name: None for name, goes in own.items() if goes}
    if own["entered"] or own["reached"]:
        changes |= {"shares": dict.fromkeys(passage.shares, HIDDEN), "median": HIDDEN, "band": None}
    return replace(passage, **changes) if changes else passage  # type: ignore[arg-type]


def _gap(gap: Gap, gone: Set[tuple[str, str, str]]) -> Gap:
    sides = {(gap.state, gap.breakdown, code) for code in (gap.code, gap.reference)}
    return replace(gap, ratio=HIDDEN, difference=HIDDEN) if sides & gone else gap
