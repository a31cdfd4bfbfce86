"""The rows of prosecution, courts and prisons as they stand on a day: what happened later is still empty."""

from __future__ import annotations

from datetime import date

from justitia.demo.fictional.justice import Charge, Decision, Episode
from justitia.demo.fictional.seen import Sight

EXCEL_EPOCH = date(1899, 12, 30)
PROSECUTION = (
    "charge_no",
    "case_no",
    "accused_no",
    "accused_id",
    "accused_family",
    "accused_given",
    "accused_born",
    "accused_national_no",
    "sealed",
    "accused_sex",
    "accused_age",
    "article",
    "received",
    "decision",
    "decided",
)
COURT = (
    "decision_no",
    "case_no",
    "person_no",
    "family",
    "given",
    "national_no",
    "born",
    "sex",
    "article",
    "outcome",
    "decided",
    "final",
    "sanction",
    "months",
    "fine",
)
PRISON = (
    "Episode",
    "Case",
    "Prisoner number",
    "Family name",
    "Given name",
    "National number",
    "Born",
    "Sex",
    "Article",
    "Status",
    "Prison",
    "Admitted",
    "Released",
)
Cell = str | int | float | None


def serial(day: date | None) -> str:
    """Return the day as a spreadsheet counts it (1900 system), empty for none."""
    return "" if day is None else str((day - EXCEL_EPOCH).days)


def _until(day: date | None, last: date) -> date | None:
    return day if day is not None and day <= last else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def charge_row(charge: Charge, last: date, *, sight: Sight) -> dict[str, Cell] | None:
    """Return the row of a charge as known on the day `last`; None before it was received."""
    if charge.received > last:
        return None
    decided = _until(charge.decided, last)
    seen = sight.of("prosecution", charge.person)
    sex = {"F": "female", "M": "male"}[charge.person.sex]
    cells = (
        charge.number,
        charge.case,
        str(charge.accused),
        seen.number,
        seen.family,
        seen.given,
        _iso(seen.born),
        seen.national,
        "yes" if seen.sealed else "",
        sex,
        str(sight.truly(charge.person).age_on(charge.received)),
        charge.article,
        charge.received.isoformat(),
        charge.decision if decided else "",
        _iso(decided),
    )
    return dict(zip(PROSECUTION, cells, strict=True))


def decision_row(decision: Decision, last: date, *, sight: Sight) -> dict[str, Cell] | None:
    """Return the row of a decision as known on the day `last`; None before it was made."""
    if decision.decided > last:
        return None
    seen = sight.of("court", decision.person)
    cells: tuple[Cell, ...] = (
        decision.number,
        decision.case,
        seen.number,
        seen.family,
        seen.given,
        seen.national or None,
        _iso(seen.born) or None,
        {"F": 2, "M": 1}[decision.person.sex],
        decision.article,
        decision.outcome,
        decision.decided.isoformat(),
        _iso(_until(decision.final, last)) or None,
        decision.sanction or None,
        decision.months,
        decision.fine,
    )
    return dict(zip(COURT, cells, strict=True))


def episode_row(episode: Episode, last: date, *, sight: Sight) -> dict[str, Cell] | None:
    """Return the row of a stay in prison as known on the day `last`; None before it began."""
    if episode.admitted > last:
        return None
    seen = sight.of("prison", episode.person)
    cells = (
        episode.number,
        episode.case,
        seen.number,
        seen.family,
        seen.given,
        seen.national,
        serial(seen.born),
        {"F": "W", "M": "M"}[episode.person.sex],
        episode.article,
        episode.status,
        episode.prison,
        serial(episode.admitted),
        serial(_until(episode.released, last)),
    )
    return dict(zip(PRISON, cells, strict=True))
