"""Whether the counts of a flow give a redacted one away: totals and their parts, each figure as the range it leaves.

Of the counts of one flow an outsider knows that parts sum to totals. Each redacted count is bounded by these sums until
nothing becomes narrower. Sums over several flows or tables, and the steps of curves, are not attacked here: a step
stands for as many units as the rule shows, and no curve of a group is drawn finer.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from justitia.model.case_flow import FlowTable, PrisonTable, ReturnTable, ShareTable, WorkloadTable
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    from justitia.metadata.definitions import DisclosureRule
    from justitia.model.case_flow import AnyTable, Row

Counts = dict[Hashable, float | None]
Sums = list[tuple[Hashable, list[Hashable]]]  # a total and its parts
ROUNDS = 12
LINK = "link"
MOVEMENTS = {"before", "entries", "releases", "after", "deaths"}
WHOLE = {"returned": "observed", "observed": "persons"}


def counts_to_redact(
    table: AnyTable, rule: DisclosureRule, open_breakdowns: Sequence[str] = ()
) -> tuple[frozenset[Hashable], int]:
    """Return the further counts to redact so that no redacted one can be placed too narrowly, and how many still can.

    Of each sum that places one too narrowly the smallest count shown is redacted, a part before the total.

    Args:
        table: protected tables.
        rule: threshold, base and least width.
        open_breakdowns: those of which groups of any size are redacted, as few people live in an area.
    """
    return further(*_known(table), rule, open_breakdowns)


def further(
    counts: Counts, sums: Sums, rule: DisclosureRule, open_breakdowns: Sequence[str] = ()
) -> tuple[frozenset[Hashable], int]:
    """Return the further counts to redact, and how many redacted ones still can be placed too narrowly.

    Args:
        counts: name -> protected count, None where redacted, not a number where it is not shown.
        sums: each total with its parts, by name.
        rule: threshold, base and least width.
        open_breakdowns: as in `counts_to_redact`.
    """
    more = _zeros_of_few(counts, sums) if rule.primary.small_rows else set()
    while narrow := _narrow(counts, sums, more, rule, open_breakdowns):
        found = {_next(key, counts, sums, more) for key in narrow} - {None}
        if not found:
            return frozenset(more), len(narrow)
        more |= found
    return frozenset(more), 0


def _narrow(
    counts: Counts, sums: Sums, more: set[Hashable], rule: DisclosureRule, open_breakdowns: Sequence[str]
) -> list[Hashable]:
    """Return the redacted counts that the sums place too narrowly; one redacted for others may be of any size."""
    low: dict[Hashable, float] = {}
    high: dict[Hashable, float] = {}
    for key, value in counts.items():
        any_size = key in more or (isinstance(key, tuple) and any(part in open_breakdowns for part in key))
        low[key], high[key] = _range(None if key in more else value, rule, any_size=any_size)
    for _ in range(ROUNDS):
        changed = [_tighten(total, parts, low, high) for total, parts in sums]
        if not any(changed):
            break
    hidden = [key for key, value in counts.items() if value is None and high[key]]  # 0: all of the country has none
    return [key for key in hidden if high[key] - low[key] < rule.least_width]


def redacted_counts(table: AnyTable) -> frozenset[Hashable]:
    """Return the counts of a table that are redacted already."""
    return frozenset(key for key, value in _known(table)[0].items() if value is None)


def _zeros_of_few(counts: Counts, sums: Sums) -> set[Hashable]:
    """Return the zeros beside a redacted total: they would tell what became of the few units that it counts."""
    zeros: set[Hashable] = set()
    while True:
        found = {
            part
            for total, parts in sums
            if total in zeros or counts[total] is None
            for part in parts
            if counts[part] == 0 and part not in zeros
        }
        if not found:
            return zeros
        zeros |= found


def _next(key: Hashable, counts: Counts, sums: Sums, more: set[Hashable]) -> Hashable | None:
    """Return the smallest part still shown beside a count, else beside one redacted for it; else a total."""

    def shown(items: list[Hashable]) -> list[Hashable]:
        return [item for item in items if item not in more and _is_figure(counts[item])]

    own = [pair for pair in sums if key == pair[0] or key in pair[1]]
    beside = {part for _, parts in own for part in parts if part in more}
    further = [pair for pair in sums if beside & {pair[0], *pair[1]}]
    for pairs in (own, further):
        free = [part for _, parts in pairs for part in shown(parts) if part != key]
        if free:
            return min(free, key=lambda part: (counts[part], str(part)))
    totals = [total for pairs in (own, further) for total, _ in pairs if shown([total]) and total != key]
    return min(totals, key=lambda total: (counts[total], str(total))) if totals else None


def _is_figure(value: float | None) -> bool:
    return value is not None and value == value


def _range(value: float | None, rule: DisclosureRule, *, any_size: bool) -> tuple[float, float]:
    """Return the least and the largest count that a shown or redacted one leaves open."""
    if value is None:
        return (0.0, float("inf")) if any_size else (1.0, float(rule.redact_up_to))
    if value != value:  # a sum that is not shown
        return 0.0, float("inf")
    if not value:
        return 0.0, 0.0
    below = rule.round_to // 2
    return max(value - below, rule.redact_up_to + 1.0), value + rule.round_to - 1 - below


def _tighten(total: Hashable, parts: list[Hashable], low: dict[Hashable, float], high: dict[Hashable, float]) -> bool:
    """Narrow a total and its parts by their sum; return whether anything became narrower."""
    least, most = sum(low[p] for p in parts), sum(high[p] for p in parts)
    made = {total: (least, most)}
    for part in parts:
        bounded = high[part] < float("inf")
        others = most - high[part] if bounded else sum(high[p] for p in parts if p != part)
        made[part] = (low[total] - others, high[total] - (least - low[part]))
    changed = False
    for key, (lower, upper) in made.items():
        lower, upper = max(low[key], lower), min(high[key], upper)
        if lower <= upper:  # else the parts are not all of the total, and tell nothing
            changed |= lower > low[key] or upper < high[key]
            low[key], high[key] = lower, upper
    return changed


def _known(table: AnyTable) -> tuple[Counts, Sums]:
    """Return the counts that a flow shows, and what is known to sum."""
    if isinstance(table, FlowTable):
        return _of_flow(table)
    if isinstance(table, PrisonTable):
        counts: Counts = {(r.period, r.measure, r.breakdown, r.code): r.figure.value for r in table.stock}
        sums = _sums_of_rows(table.stock)
        places = {key[:1] + key[2:] for key in counts if isinstance(key, tuple)}
        for day, breakdown, code in places:
            own = [(day, group, breakdown, code) for group in table.groups]
            sums.append(((day, TOTAL, breakdown, code), [key for key in own if key in counts]))
        return counts, sums + _of_movements(table, counts)
    if isinstance(table, WorkloadTable):
        counts = {(r.period, r.measure): r.figure.value for r in table.rows}
        sums = []
        for period in dict.fromkeys(r.period for r in table.rows):
            counts[period] = float("nan")  # pending before and received = resolved and pending after
            sums += [(period, [(period, "pending_before"), (period, "incoming")])]
            sums += [(period, [(period, "resolved"), (period, "pending_after")])]
        return counts, sums
    if isinstance(table, (ReturnTable, ShareTable)):
        rows = [r for r in table.rows if not r.measure.endswith("share")]
        counts = {(r.period, r.measure, r.breakdown, r.code): r.figure.value for r in rows}
        return counts, _sums_of_rows(rows) + _of_years(rows) + _of_parts(rows, counts)
    return dict(table.counts.items()), []


def _of_movements(table: PrisonTable, counts: Counts) -> Sums:
    """Add the movements of a year, and return what is known of them: who was there and came left or is still there."""
    counts |= {(r.period, r.measure, r.breakdown, r.code): r.figure.value for r in table.movements}
    sums: Sums = []
    for period in dict.fromkeys(r.period for r in table.movements):
        at = {r.measure: (r.period, r.measure, TOTAL, TOTAL) for r in table.movements if r.period == period}
        counts[period] = float("nan")
        sums += [(period, [at["before"], at["entries"]]), (period, [at["releases"], at["after"]])]
        last = (table.heading.until, TOTAL, TOTAL, TOTAL)
        sums += [(at["after"], [last])] if last in counts else []
        if "deaths" in at:
            causes: list[Hashable] = [key for name, key in at.items() if name not in MOVEMENTS]
            sums.append((at["deaths"], causes))
            counts[period, "others"] = float("nan")  # releases of other kinds
            sums.append((at["releases"], [at["deaths"], (period, "others")]))
    return sums


def _of_years(rows: Sequence[Row]) -> Sums:
    """Return that the years of a share table sum to all years."""
    whole = {r.measure: (r.period, r.measure, TOTAL, TOTAL) for r in rows if r.period == r.breakdown == TOTAL}
    parts: dict[str, list[Hashable]] = {}
    for row in rows:
        if row.measure in whole and row.breakdown == TOTAL and row.period != TOTAL:
            parts.setdefault(row.measure, []).append((row.period, row.measure, TOTAL, TOTAL))
    return [(whole[measure], own) for measure, own in parts.items()]


def _of_parts(rows: Sequence[Row], counts: Counts) -> Sums:
    """Return that a part is not larger than its whole: units, or persons observed of all; the rest is not shown."""
    sums: Sums = []
    for row in rows:
        way, _, name = row.measure.rpartition(".")
        inside = f"{way}.{WHOLE[name]}" if name in WHOLE else "units"
        key = (row.period, row.measure, row.breakdown, row.code)
        whole = (row.period, inside, row.breakdown, row.code)
        if whole in counts and whole != key:
            counts["rest", *key] = float("nan")
            sums.append((whole, [key, ("rest", *key)]))
    return sums


def _sums_of_rows(rows: Sequence[Row]) -> Sums:
    """Return the totals of breakdowns: groups are of all periods where there are no groups of one."""
    parts: dict[tuple[str, str, str], list[Hashable]] = {}
    totals = {(r.period, r.measure) for r in rows if r.breakdown == TOTAL}
    for row in rows:
        if row.breakdown != TOTAL and (row.period, row.measure) in totals:
            key = (row.period, row.measure, row.breakdown)
            parts.setdefault(key, []).append((row.period, row.measure, row.breakdown, row.code))
    return [((period, measure, TOTAL, TOTAL), own) for (period, measure, _), own in parts.items()]


def _of_flow(table: FlowTable) -> tuple[Counts, Sums]:
    counts: Counts = {}
    sums: Sums = []
    groups: dict[tuple[Hashable, bool, str], list[Hashable]] = {}
    for p in table.passages:
        group = (p.cohort, p.breakdown, p.code)
        counts[(*group, "entered")] = p.entered
        ways: Counts = {(*group, p.state, name): getattr(p, name) for name in ("reached", "otherwise", "open")}
        counts |= ways
        sums.append(((*group, "entered"), list(ways)))
    for key in [key for key in counts if isinstance(key, tuple) and TOTAL in key[:2] and key[:2] != (TOTAL, TOTAL)]:
        # Cohorts sum to all cohorts, groups of a breakdown to all units.
        whole = (TOTAL, *key[1:]) if key[0] != TOTAL else (TOTAL, TOTAL, TOTAL, *key[3:])
        named = (whole, key[0] != TOTAL, key[1])
        if whole in counts:
            groups.setdefault(named, []).append(key)
    sums += [(named[0], own) for named, own in groups.items()]
    return counts, sums + _of_links(table, counts)


def _of_links(table: FlowTable, counts: Counts) -> Sums:
    """Add the counts of links, and return what is known of them: what comes to a state leaves it or stays there."""
    into: dict[str, list[Hashable]] = {}
    out_of: dict[str, list[Hashable]] = {}
    for link in table.links:
        key = (LINK, link.source, link.target)
        counts[key] = link.count
        into.setdefault(link.target, []).append(key)
        out_of.setdefault(link.source, []).append(key)
    sums: Sums = []
    for state in into.keys() & out_of.keys():
        counts[LINK, state] = float("nan")
        sums += [((LINK, state), into[state]), ((LINK, state), out_of[state])]
    for state, own in into.items():
        came = (TOTAL, TOTAL, TOTAL, state, "reached")
        sums += [(came, list(own))] if came in counts else []
    entry = (TOTAL, TOTAL, TOTAL, "entered")
    if entry in counts and table.states[0] in out_of:
        sums.append((entry, out_of[table.states[0]]))
    return sums
