"""What a person must look at in a proposed layout, in plain words; the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from justitia.collect.receive.received import Rejected
from justitia.engine import quote
from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.collect.propose import Proposal, Seen
    from justitia.engine import Engine

COUNT_OF_UNITS = "how many units a row stands for: not counted"
NOT_UNDERSTOOD = "not understood; left out"
_NAMED = 6  # columns that a doubt spells out


def doubt_rows(proposal: Proposal, rejects: Sequence[Rejected]) -> None:
    """Note rows that cannot be read.

    Raises:
        RequestError: E-LYT-006 when none can be read: the first line is most often a title.
    """
    if rejects and not proposal.rows:
        raise RequestError(
            "E-LYT-006",
            f"no row below the first line fits it: {rejects[0].reason}",
            where=f"{proposal.title}, line {rejects[0].line}",
            remedy="Remove titles, so that the first line holds the names of the columns, and try again",
        )
    if rejects:
        proposal.unsure.append(
            f"{len(rejects):,} rows cannot be read, the first in line {rejects[0].line}: {rejects[0].reason}"
        )


def doubt_columns(proposal: Proposal, seen: Sequence[Seen], words: Sequence[Mapping[str, str]]) -> None:
    """Note what no column tells, columns of dates without a meaning, and whose sex and age they are."""
    ignored = [column.column for column in proposal.columns if column.why == NOT_UNDERSTOOD]
    fields = {column.field for column in proposal.columns}
    dated = [item.name for item in seen if item.date_formats and item.distinct > 1 and not item.whole_numbers]
    dated = [name for name in dated if name in ignored]
    if "national_code" not in fields:
        proposal.unsure.append(
            f"no column seems to hold the offence{_perhaps(ignored, words, 'national_code', dated)}: set one to "
            "offence.national_code in columns.csv, or, if the whole file is of one offence, add a row with an empty "
            "column and its name as the constant"
        )
    if not fields & {"recorded_date", "occurred_date"}:
        proposal.unsure.append(
            f"no column seems to hold a date{_perhaps(dated, words, 'occurred_date')}: tables will have no years "
            "until one is named"
        )
    elif "recorded_date" not in fields:
        proposal.unsure.append("when the source records: say it in layout.toml, when_recorded; reports print it")
    if dated:
        proposal.unsure.append(f"dates that were not given a meaning: {_listed(dated)}")
    if proposal.authority == "unknown":
        proposal.unsure.append(
            "who keeps these records: taken as the police; else propose again with --authority prosecution, court or "
            "prison"
        )
    _doubt_person(proposal, words)


def doubt_counts(engine: Engine, proposal: Proposal) -> None:
    """Note, before all else, that rows stand for several units: counting rows would tell too few."""
    for column in proposal.columns:
        if column.why == COUNT_OF_UNITS:
            units = engine.value(f"SELECT sum(TRY_CAST({quote(column.column)} AS BIGINT)) FROM sample")
            if units and units > proposal.rows:
                proposal.unsure.insert(
                    0,
                    f"[{column.column}] seems to say how many units a row stands for ({int(units):,} in all). Rows are "
                    f"counted, {proposal.rows:,}: EVERY TABLE WOULD BE TOO LOW. Ask the source for one row for each "
                    "unit, or repeat the rows before you go on",
                )


def _doubt_person(proposal: Proposal, words: Sequence[Mapping[str, str]]) -> None:
    """Note columns of sex and age that do not say whose they are."""
    unsaid = {word for row in words if row["action"] == "use" and not row["kind"] for word in row["words"].split(";")}
    names = [c.column for c in proposal.columns if c.record == proposal.role and c.column.strip().lower() in unsaid]
    if names:
        proposal.unsure.append(
            f"whose sex and age {_listed(names)} are: taken as those of the {proposal.role}. If that is wrong, "
            "remove what was written and propose again with --role victim, suspect, defendant or prisoner"
        )


def _perhaps(names: Sequence[str], words: Sequence[Mapping[str, str]], field: str, but: Sequence[str] = ()) -> str:
    """Return the names that hold a word of the field, in brackets; empty when there are none."""
    known = [word for row in words if row["field"] == field for word in row["words"].split(";") if len(word) > 3]
    near = [name for name in names if name not in but and any(_holds(name, word) for word in known)]
    return f" (perhaps {_listed(near)})" if near else ""


def _holds(name: str, word: str) -> bool:
    spaced = name.lower().replace("_", " ").replace("-", " ")
    return f" {word} " in f" {spaced} "


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(f"[{name}]" for name in names[:_NAMED]) + more
