"""Three deliveries: what each sector sends, and when; which rows are sent again, corrected, late or withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import Random
from typing import TypeVar

from justitia.demo.fictional import sector_rows
from justitia.demo.fictional.justice import Proceedings
from justitia.demo.fictional.law import UNKNOWN_ARTICLE
from justitia.demo.fictional.police_rows import blur, infractions, police_rows, spoil
from justitia.demo.fictional.sector_rows import Cell
from justitia.demo.fictional.seen import Sight
from justitia.demo.fictional.story import Report, is_plain, with_article

FIRST_UNTIL, SECOND_UNTIL = date(2025, 11, 30), date(2025, 12, 31)
POLICE, PROSECUTION, COURT, PRISON = "police_register", "prosecution_charges", "court_decisions", "prison_stays"
Sent = list[dict[str, Cell]]
T = TypeVar("T")


@dataclass(slots=True)
class Chosen:
    """The reports with which something happens later; each fills one row."""

    late: Report
    corrected: Report
    withdrawn: Report
    erased: Report


@dataclass(slots=True)
class Plan:
    """What is sent.

    Args:
        rows: one mapping a delivery, source id -> rows.
        ragged: row numbers (from 0) of the first police file that are cut short.
        reports: the reports that count after each delivery.
        fates: one mapping a delivery, source id -> fate -> rows.
        chosen: reports with a story of their own.
    """

    rows: list[dict[str, Sent]]
    ragged: set[int]
    reports: list[list[Report]]
    fates: list[dict[str, dict[str, int]]]
    chosen: Chosen


def plan(random: Random, reports: list[Report], after: Proceedings, sight: Sight) -> Plan:
    """Return what the sectors send."""
    made = _police(random, reports, sight)
    for source_id, items, key, row in (
        (PROSECUTION, after.charges, "charge_no", sector_rows.charge_row),
        (COURT, after.decisions, "decision_no", sector_rows.decision_row),
        (PRISON, after.episodes, "Episode", sector_rows.episode_row),
    ):
        _sector(random, made, source_id, items, key, partial(row, sight=sight))
    return made


# -- police -------------------------------------------------------------------------------------------------------
def _police(random: Random, reports: list[Report], sight: Sight) -> Plan:
    first = [report for report in reports if report.recorded <= FIRST_UNTIL]
    second = [report for report in reports if report.recorded > FIRST_UNTIL]
    pool = [report for report in first if is_plain(report) and report.offences[0].victims and report.suspects]
    random.shuffle(pool)
    thefts = [report for report in pool if report.offences[0].article == "41"]
    corrected, late, withdrawn, erased = thefts[0], thefts[1], thefts[2], thefts[3]
    chosen = Chosen(late, corrected, withdrawn, erased)
    told = {id(report) for report in (corrected, late, withdrawn, erased)}
    pool = [report for report in pool if id(report) not in told]
    unknown, repealed = pool[:4], pool[4:7]
    broken = pool[7:11]  # two ragged rows, one without a key, one with an impossible date of record
    changed = {id(report): with_article(report, UNKNOWN_ARTICLE) for report in unknown}
    changed |= {id(report): with_article(report, "30") for report in repealed}
    unread = {id(report) for report in [*broken, late]}
    first = [changed.get(id(report), report) for report in first if id(report) not in unread]
    rows = [row for report in first for row in police_rows(report, sight)]
    own = {report.case for report in (corrected, withdrawn, erased)}
    blur(random, [row for row in rows if row["CASE_NO"] not in own])
    spoil(random, [row for row in rows if row["CASE_NO"] not in own and row["ARTICLE"] not in {UNKNOWN_ARTICLE, "30"}])
    accepted = len(rows)
    again = [dict(row) for row in random.sample(rows, 6)]
    minor = infractions(random, reports, 60, sight)
    bad = [row for report in broken for row in police_rows(report, sight)]
    bad[2]["OFFENCE_NO"] = ""
    bad[3]["RECORDED"] = "31.02.2025"
    sent = [*rows, *minor, *bad, *again]
    fates = {"new": accepted, "duplicate": len(again), "out_of_scope": len(minor), "quarantined": len(bad)}
    ragged = {accepted + len(minor), accepted + len(minor) + 1}

    robbery = with_article(corrected, "40")
    new = [row for report in [*second, late] for row in police_rows(report, sight)]
    resent = [dict(row) for row in random.sample([row for row in rows if row["CASE_NO"] not in own], 5)]
    month = [*new, *police_rows(robbery, sight), *resent]
    month_fates = {"new": len(new), "correction": 1, "duplicate": len(resent)}

    annulled = police_rows(withdrawn, sight)[0] | {"STATUS": "annulled"}
    after_first = first
    after_second = [robbery if report is corrected else report for report in first] + [*second, late]
    after_third = [report for report in after_second if report is not withdrawn]
    return Plan(
        rows=[{POLICE: [{**row} for row in part]} for part in (sent, month, [annulled])],
        ragged=ragged,
        reports=[after_first, after_second, after_third],
        fates=[{POLICE: fates}, {POLICE: month_fates}, {POLICE: {"withdrawal": 1}}],
        chosen=chosen,
    )


# -- the other sectors --------------------------------------------------------------------------------------------
def _sector(
    random: Random,
    made: Plan,
    source_id: str,
    items: Iterable[T],
    key: str,
    row: Callable[[T, date], dict[str, Cell] | None],
) -> None:
    """Add the rows of a sector: all at first, then what is new or has changed in the second month."""
    held = list(items)
    before = [cells for item in held if (cells := row(item, FIRST_UNTIL))]
    now = [cells for item in held if (cells := row(item, SECOND_UNTIL))]
    _faults(random, before, now, key)
    known = {cells[key]: cells for cells in before}
    changed = [cells for cells in now if known.get(cells[key]) != cells]
    corrections = sum(cells[key] in known for cells in changed)
    again = [dict(cells) for cells in random.sample(before, 3)]
    made.rows[0][source_id] = [*before, *again]
    made.rows[1][source_id] = changed
    made.fates[0][source_id] = {"new": len(before), "duplicate": len(again)}
    made.fates[1][source_id] = {"new": len(changed) - corrections, "correction": corrections}


def _faults(random: Random, before: Sent, now: Sent, key: str) -> None:
    """Put faults into rows that are the same in both months."""
    later = {cells[key]: cells for cells in now}
    same = [cells for cells in before if later[cells[key]] == cells]
    for cells in random.sample(same, 6):
        fault = random.choice(FAULTS[key])
        cells |= fault
        later[cells[key]] |= fault


FAULTS: dict[str, tuple[dict[str, Cell], ...]] = {
    "charge_no": ({"accused_age": "250"}, {"accused_age": "twenty"}, {"accused_sex": "n/a"}, {"accused_sex": ""}),
    "decision_no": ({"born": "1861-05-09"}, {"sex": 9}, {"sex": None}, {"born": "19xx-04-07"}),
    "Episode": ({"Sex": "unknown"}, {"Sex": ""}, {"Born": "n/a"}, {"Born": "12/05/88"}),
}
