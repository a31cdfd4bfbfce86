"""Propose the keys of a file: what names a row, an incident, an offence. An id that repeats is no duplicate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.collect.propose import Proposal, Seen
    from justitia.engine import Engine

ROWS_OF_ONE = 20  # an id with more rows each than this numbers something else than incidents


def propose_keys(engine: Engine, proposal: Proposal, seen: Sequence[Seen]) -> None:
    """Set the keys of the row, the incident and the offence, and note what is not sure about them.

    Raises:
        RequestError: E-LYT-004 when only identities would name a record.
    """
    by_name = {item.name: item for item in seen}
    seen = _without_identities(engine, proposal, seen)
    ids = {c.column: c.numbers for c in proposal.columns if c.numbers and not by_name[c.column].empty}
    unique = [name for name in ids if by_name[name].distinct == proposal.rows]
    events = [name for name, kind in ids.items() if kind == "event"] or list(ids)
    repeated = [name for name in events if proposal.rows / ROWS_OF_ONE <= by_name[name].distinct < proposal.rows]
    if repeated:
        incident = max(repeated, key=lambda name: by_name[name].distinct)
        others = [item.name for item in seen if item.name not in {incident, *unique}]
        differing = _differing(engine, incident, others)
        proposal.event_key = (incident,)
        proposal.key = (unique[0],) if unique else _smallest_key(engine, incident, differing, proposal.rows)
        _propose_offence_key(proposal, ids, incident, differing)
        _doubt_repeats(engine, proposal, by_name[incident].distinct, differing)
    elif unique or (others := [item.name for item in seen if item.distinct == proposal.rows and not item.empty]):
        proposal.key = proposal.event_key = ((unique or others)[0],)
        if not unique:
            proposal.unsure.append(f"[{others[0]}] is the only column without repeats; taken as the key of a row")
    else:
        _take_all_columns(engine, proposal, seen)


def _propose_offence_key(proposal: Proposal, ids: dict[str, str], incident: str, differing: Sequence[str]) -> None:
    """Tell offences of one incident apart by their own number, or by what they are."""
    numbers = [name for name, kind in ids.items() if kind == "offence" and name != incident]
    offences = [c.column for c in proposal.columns if c.field == "national_code" and c.column in differing]
    if numbers:
        proposal.offence_key = (numbers[0],)
    elif offences:
        proposal.offence_key = (incident, offences[0])


def _doubt_repeats(engine: Engine, proposal: Proposal, distinct: int, differing: Sequence[str]) -> None:
    incident = proposal.event_key[0]
    key = " + ".join([proposal.key[0], *(f"[{name}]" for name in proposal.key[1:])])
    offence = " + ".join(f"[{name}]" for name in proposal.offence_key)
    proposal.unsure.append(
        f"[{incident}] repeats ({distinct:,} in {proposal.rows:,} rows). Its rows differ in "
        f"{', '.join(f'[{name}]' for name in differing[:5]) or 'nothing'}: taken as several rows of one incident, "
        f"not as several incidents; row key {key}{f'; offences are told apart by {offence}' if offence else ''}"
    )
    equal = proposal.rows - _distinct(engine, proposal.key)
    dropped = [column.column for column in proposal.columns if column.action == "drop"]
    if equal and differing and (apart := _differing(engine, incident, dropped)):
        proposal.unsure.append(
            f"{equal:,} rows are equal to another in the row key and would be set aside as duplicates, and columns "
            f"dropped as identities tell rows apart ({', '.join(f'[{name}]' for name in apart)}). Ask the source for "
            "a row number that names no person"
        )


def _take_all_columns(engine: Engine, proposal: Proposal, seen: Sequence[Seen]) -> None:
    if not seen:
        raise RequestError(
            "E-LYT-004",
            "no column may name a record: all of them look like identities",
            where=proposal.title,
            remedy="Ask the source for a record number, or describe the file by hand",
        )
    proposal.key = proposal.event_key = tuple(item.name for item in seen)
    equal = proposal.rows - _distinct(engine, proposal.key)
    proposal.unsure.append(
        "no column names the record: all columns that are not identities are together taken as the key, so rows that "
        f"are equal in them count once ({equal:,} rows would be set aside), and the store keeps them. Ask the source "
        "for a record number"
    )


def _distinct(engine: Engine, names: Sequence[str]) -> int:
    columns = ", ".join(map(quote, names))
    return int(engine.value(f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM sample)"))


def _without_identities(engine: Engine, proposal: Proposal, seen: Sequence[Seen]) -> list[Seen]:
    """Return the columns that may be part of a key, which the store keeps as it is.

    Not those that are dropped, nor those that nobody understood and that hold several words: names, addresses.
    """
    actions = {column.column: column for column in proposal.columns}
    kept = []
    for item in seen:
        column = actions[item.name]
        if column.action == "drop":
            continue
        understood = column.action == "use" or bool(column.numbers)
        words = f"SELECT count(*) FROM sample WHERE contains(trim({quote(item.name)}), ' ')"
        if understood or not engine.value(words):
            kept.append(item)
    return kept


def _differing(engine: Engine, key: str, others: Sequence[str]) -> list[str]:
    """Return the columns that differ between rows of one key, those that differ most often first."""
    if not others:
        return []
    counts = ", ".join(f"count(DISTINCT coalesce({quote(name)}, '')) > 1 AS c{i}" for i, name in enumerate(others))
    sums = ", ".join(f"count(*) FILTER (WHERE c{i})" for i in range(len(others)))
    row = engine.rows(f"SELECT {sums} FROM (SELECT {counts} FROM sample GROUP BY {quote(key)} HAVING count(*) > 1)")[0]
    differing = [(count, name) for count, name in zip(row, others, strict=True) if count]
    return [name for _, name in sorted(differing, key=lambda item: -item[0])]


def _smallest_key(engine: Engine, first: str, differing: Sequence[str], rows: int) -> tuple[str, ...]:
    chosen = [first]
    for name in differing:
        chosen.append(name)
        if _distinct(engine, chosen) == rows:
            break
    # Columns that the later ones made needless go, the first of them first.
    most = _distinct(engine, chosen)
    for name in chosen[1:]:
        fewer = [other for other in chosen if other != name]
        if _distinct(engine, fewer) == most:
            chosen = fewer
    return tuple(chosen)
