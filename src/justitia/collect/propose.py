"""Propose a layout for a file that nobody has described yet, and say what is not sure.

What columns are called is data (`catalogue/column_names.csv`), in any language. Identities are dropped unless a
person says otherwise; whatever is not understood is left out, never guessed.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.collect.layout_files import write_layout_files
from justitia.collect.parsing import text_sql, value_sql
from justitia.engine import quote
from justitia.errors import RequestError
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.workspace import Workspace

DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S+00",
    "%Y-%m-%dT%H:%M:%SZ",
    "%b %d, %Y",
)
COLUMN_NAMES = "column_names.csv"
AMBIGUOUS = "AMBIGUOUS"
IDENTITY_WORDS = (
    "name",
    "nom",
    "nombre",
    "apellido",
    "address",
    "adresse",
    "phone",
    "email",
    "passport",
    "birth",
    "dob",
)
GENERIC_WORDS = ("name", "code", "description", "desc", "text", "label", "value")
TOLERATED = 0.02  # share of values that may not fit a date format: impossible days become findings
MOST_CODES = 400  # more distinct values than this are no code list


@dataclass(frozen=True, slots=True)
class Seen:
    """What a column of the file looks like: distinct values, empty cells, and the date formats that fit every value."""

    name: str
    distinct: int
    empty: int
    date_formats: tuple[str, ...]
    whole_numbers: bool


@dataclass(slots=True)
class Proposed:
    """What is proposed for a column."""

    column: str
    action: str
    record: str = ""
    field: str = ""
    format: str = ""
    personal: bool = True
    why: str = ""

    @property
    def target(self) -> str:
        """The field that it becomes."""
        return f"{self.record}.{self.field}" if self.field else ""


@dataclass(slots=True)
class Proposal:
    """A proposed layout, written to the workspace's overlay.

    Args:
        title, rows: of the file.
        columns: what becomes of each column.
        key: row key.
        event_key: columns that name the incident.
        unsure: what a person must look at, in plain words.
        folder: where the layout was written.
        also_made: other files written.
        values: column -> source value -> proposed code (empty: none found).
        areas: distinct values of the area column, for its code list.
    """

    source_id: str
    title: str
    authority: str
    rows: int
    format: FileFormat
    columns: list[Proposed]
    key: tuple[str, ...] = ()
    event_key: tuple[str, ...] = ()
    unsure: list[str] = field(default_factory=list)
    folder: Path = Path()
    also_made: list[str] = field(default_factory=list)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    areas: list[str] = field(default_factory=list)


def propose_layout(workspace: Workspace, file: Path, *, source_id: str = "", authority: str = "") -> Proposal:
    """Read a file, propose its layout, write it to the overlay and copy the file to the workspace's sources.

    Args:
        workspace: where the layout goes.
        file: an example of what the source sends.
        source_id: short name of the source; default, from the file's name.
        authority: who keeps the records.

    Raises:
        RequestError: E-LYT-001 when there is no such file, E-LYT-002 when the source has a layout already.
    """
    from justitia.collect.receive import detect_format, open_received

    if not file.is_file():
        raise RequestError("E-LYT-001", "there is no such file", where=str(file), remedy="Name a file that exists")
    source_id = source_id or _identifier(file.name.split(".")[0])
    if not re.fullmatch(r"\w+", source_id):
        raise RequestError(
            "E-LYT-003", f"[{source_id}] cannot name a source", remedy="Use letters, digits and _ for --source"
        )
    if source_id in workspace.catalogue.layouts:
        raise RequestError(
            "E-LYT-002",
            f"source {source_id} has a layout already",
            where=str(workspace.catalogue.layouts[source_id].place or ""),
            remedy="Edit it, or name another --source",
        )
    detected = detect_format(file)
    declared = FileFormat(**{item.name: getattr(detected, item.name) for item in fields(FileFormat)})
    with workspace.engine() as engine:
        received = open_received(engine.connection, file, declared, scratch=workspace.store.scratch)
        try:
            engine.execute(f"CREATE TEMP TABLE sample AS SELECT * FROM {received.relation}")
            rows = engine.value("SELECT count(*) FROM sample")
            seen = [_look(engine, name, declared) for name in received.columns]
            proposal = Proposal(source_id, file.stem, authority or "unknown", rows, declared, [])
            proposal.unsure += detected.unsure
            _propose_columns(workspace, proposal, seen)
            _propose_keys(engine, proposal, seen)
            _propose_values(workspace, engine, proposal)
        finally:
            received.close()
    write_layout_files(workspace, proposal)
    target = workspace.folder / "sources" / source_id
    target.mkdir(parents=True, exist_ok=True)
    if not (target / file.name).exists():
        shutil.copy2(file, target / file.name)
    return proposal


def _identifier(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "source"


def _plain(text: str) -> str:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def _look(engine: Engine, name: str, declared: FileFormat) -> Seen:
    text = text_sql(quote(name), declared.null_values)
    dates = [value_sql("v", type_="date", declared=declared, date_format=f) for f in DATE_FORMATS]
    tests = [f"count(*) FILTER (WHERE v IS NOT NULL AND {date} IS NULL)" for date in dates]
    numbers = "count(*) FILTER (WHERE v IS NOT NULL AND NOT regexp_full_match(v, '[0-9]{1,9}'))"
    row = engine.rows(
        f"SELECT count(DISTINCT v), count(*) FILTER (WHERE v IS NULL), count(*), {numbers}, {', '.join(tests)} "
        f"FROM (SELECT {text} AS v FROM sample)"
    )[0]
    distinct, empty, rows, not_numbers, *failed = row
    least = min(failed)
    fits = empty < rows and least <= TOLERATED * (rows - empty)
    formats = tuple(f for f, bad in zip(DATE_FORMATS, failed, strict=True) if bad == least) if fits else ()
    return Seen(name, distinct, empty, formats, not_numbers == 0 and empty < rows)


# -- columns ------------------------------------------------------------------------------------------------------
def _propose_columns(workspace: Workspace, proposal: Proposal, seen: Sequence[Seen]) -> None:
    words = _words(workspace)
    taken: set[tuple[str, str]] = set()
    for item in sorted(seen, key=lambda item: _rank(item, words)):
        proposal.columns.append(_propose_column(item, words, taken, proposal))
    _propose_only_date(proposal, seen)
    _propose_offence_text(proposal, seen)
    order = {item.name: place for place, item in enumerate(seen)}
    proposal.columns.sort(key=lambda column: order[column.column])
    if not any(column.field == "national_code" for column in proposal.columns):
        proposal.unsure.append(
            "no column seems to hold the offence: set one to offence.national_code in columns.csv, or, if the whole "
            "file is of one offence, add a row with an empty column and its name as the constant"
        )
    if not any(column.field in {"recorded_date", "occurred_date"} for column in proposal.columns):
        proposal.unsure.append("no column seems to hold a date: tables will have no years until one is named")


def _propose_only_date(proposal: Proposal, seen: Sequence[Seen]) -> None:
    """Take the only column of dates as the date of the incident when no other has one, and say so."""
    if any(column.field.endswith("_date") for column in proposal.columns):
        return
    dated = [item for item in seen if item.date_formats and item.distinct > 1 and not item.whole_numbers]
    ignored = {column.column: column for column in proposal.columns if column.action == "ignore"}
    if len(dated) == 1 and dated[0].name in ignored:
        column = ignored[dated[0].name]
        column.action, column.record, column.field, column.personal = "use", "event", "occurred_date", False
        column.format = _date_format(dated[0], proposal)
        column.why = "the only column of dates"
        proposal.unsure = [doubt for doubt in proposal.unsure if not doubt.startswith(f"[{column.column}] holds dates")]
        proposal.unsure.append(f"[{column.column}] is the only column of dates: taken as the day on which it happened")


def _propose_offence_text(proposal: Proposal, seen: Sequence[Seen]) -> None:
    """Keep a second offence column that says the same in other words beside the code, for those who code it."""
    distinct = {item.name: item.distinct for item in seen}
    code = next((column for column in proposal.columns if column.field == "national_code"), None)
    for column in proposal.columns:
        again = column.why.startswith("another column is offence.national_code")
        if code and again and distinct[column.column] == distinct[code.column]:
            column.action, column.record, column.field, column.personal = "use", "offence", "national_text", False
            column.why = "the offence in words"
            return


def _words(workspace: Workspace) -> list[Mapping[str, str]]:
    """Return the rows of column_names.csv, those of overlays first."""
    from justitia.metadata.faults import Faults

    tree, faults, rows = workspace.catalogue.tree, Faults(), list[Mapping[str, str]]()
    for layer in reversed(tree.holding(COLUMN_NAMES)):
        rows += csv.DictReader(io.StringIO(tree.text(layer, COLUMN_NAMES, faults) or ""))
    faults.raise_any()
    return rows


def _match(name: str, words: Sequence[Mapping[str, str]]) -> tuple[int, Mapping[str, str]] | None:
    """Return how far down its list of words the best match lies, and its row; `city name` is matched as `city` too."""
    plain, best = _plain(name), None
    words_of_name = plain.split()
    if len(words_of_name) > 1 and words_of_name[-1] in GENERIC_WORDS:
        shorter = " ".join(words_of_name[:-1])
        best = _match(shorter, words)
        best = (best[0] + 100, best[1]) if best else None
    for row in words:
        for place, word in enumerate(row["words"].split(";")):
            if _plain(word).replace(" ", "") == plain.replace(" ", "") and (best is None or place < best[0]):
                best = (place, row)
    return best


def _rank(item: Seen, words: Sequence[Mapping[str, str]]) -> int:
    """Return the order in which columns are given a meaning: best name first; of offences, the most detailed text."""
    found = _match(item.name, words)
    if found and found[1]["action"] == "offence":
        return -item.distinct if not item.whole_numbers else 500
    return found[0] if found else 1000


def _propose_column(
    item: Seen, words: Sequence[Mapping[str, str]], taken: set[tuple[str, str]], proposal: Proposal
) -> Proposed:
    found = _match(item.name, words)
    if found is None and any(f" {_plain(w)} " in f" {_plain(item.name)} " for w in IDENTITY_WORDS):
        return Proposed(item.name, "drop", why="its name speaks of an identity")
    if found is None:
        if item.date_formats and item.distinct > 1 and not item.whole_numbers:
            proposal.unsure.append(f"[{item.name}] holds dates that were not given a meaning")
        return Proposed(item.name, "ignore", why="not understood; left out")
    row = found[1]
    target = (row["kind"], row["field"])
    if row["action"] == "drop":
        return Proposed(item.name, "drop", why=row["note"])
    if row["action"] == "event":
        return Proposed(item.name, "ignore", why="a number of records: may be part of the key")
    if row["field"] == "area_code" and item.distinct > MOST_CODES:
        return Proposed(item.name, "ignore", why=f"more than {MOST_CODES} areas: too small to publish")
    if target in taken:
        return Proposed(item.name, "ignore", why=f"another column is {'.'.join(target)} already")
    if row["field"].endswith("_date"):
        chosen = _date_format(item, proposal)
        if not chosen:
            return Proposed(item.name, "ignore", why="no date format fits all its values")
        taken.add(target)
        return Proposed(item.name, "use", *target, chosen, False, row["note"])
    if row["field"] == "age" and not item.whole_numbers:
        proposal.unsure.append(f"[{item.name}] is not whole numbers throughout: values that are not will be set aside")
    taken.add(target)
    public = row["field"] in {"national_code", "area_code", "iccs_weapon"}
    return Proposed(item.name, "use", *target, "", not public, row["note"])


def _date_format(item: Seen, proposal: Proposal) -> str:
    formats = item.date_formats
    day_first = [f for f in formats if f.startswith(("%d/", "%d-"))]
    month_first = [f for f in formats if f.startswith(("%m/", "%m-"))]
    if day_first and month_first:
        proposal.unsure.append(
            f"[{item.name}] reads both as day/month and as month/day: write the right format ({day_first[0]} or "
            f"{month_first[0]}) in columns.csv in place of {AMBIGUOUS}"
        )
        return AMBIGUOUS
    return formats[0] if formats else ""


# -- keys ---------------------------------------------------------------------------------------------------------
def _propose_keys(engine: Engine, proposal: Proposal, seen: Sequence[Seen]) -> None:
    """Propose the row key and the incident's key: an id that repeats, with rows that differ, is not a duplicate."""
    by_name = {item.name: item for item in seen}
    seen = _without_identities(engine, proposal, seen)
    ids = [c.column for c in proposal.columns if c.why.startswith("a number of records")]
    ids = [name for name in ids if by_name[name].empty == 0]
    unique = [name for name in ids if by_name[name].distinct == proposal.rows]
    if unique:
        proposal.key = proposal.event_key = (unique[0],)
        return
    if ids:
        repeated = max(ids, key=lambda name: by_name[name].distinct)
        proposal.event_key = (repeated,)
        differing = _differing(engine, repeated, [item.name for item in seen if item.name != repeated])
        proposal.key = _smallest_key(engine, repeated, differing, proposal.rows)
        extra = ", ".join(f"[{name}]" for name in proposal.key[1:])
        proposal.unsure.append(
            f"[{repeated}] repeats ({by_name[repeated].distinct:,} in {proposal.rows:,} rows). Its rows differ in "
            f"{', '.join(f'[{name}]' for name in differing[:5]) or 'nothing'}: taken as several rows of one incident, "
            f"not as several incidents; row key {repeated}{' + ' + extra if extra else ''}"
        )
        return
    others = [item.name for item in seen if item.distinct == proposal.rows and item.empty == 0]
    if others:
        proposal.key = proposal.event_key = (others[0],)
        proposal.unsure.append(f"[{others[0]}] is the only column without repeats; taken as the key of a row")
        return
    if not seen:
        raise RequestError(
            "E-LYT-004",
            "no column may name a record: all of them look like identities",
            where=proposal.title,
            remedy="Ask the source for a record number, or describe the file by hand",
        )
    proposal.key = proposal.event_key = tuple(item.name for item in seen)
    proposal.unsure.append(
        "no column names the record: all columns that are not identities are together taken as the key, so rows that "
        "are equal in them count once, and the store keeps them. Ask the source for a record number"
    )


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
        understood = column.action == "use" or column.why.startswith("a number of records")
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
        columns = ", ".join(map(quote, chosen))
        if engine.value(f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM sample)") == rows:
            break
    return tuple(chosen)


# -- values -------------------------------------------------------------------------------------------------------
def _propose_values(workspace: Workspace, engine: Engine, proposal: Proposal) -> None:
    """Match the values of coded columns to code lists by code, known spelling or label, in any language."""
    kinds = workspace.catalogue.record_kinds
    for column in proposal.columns:
        if column.action != "use" or kinds[column.record].fields[column.field].type != "code":
            continue
        text = text_sql(quote(column.column), proposal.format.null_values)
        found = engine.rows(
            f"SELECT {text} AS v, count(*) FROM sample GROUP BY v HAVING v IS NOT NULL "
            f"ORDER BY 2 DESC LIMIT {MOST_CODES + 1}"
        )
        values = [value for value, _ in found]
        if column.field == "area_code":
            proposal.areas = sorted(values)
            continue
        proposal.values[column.column] = _coded(workspace, kinds[column.record].fields[column.field].codelist, values)
        unknown = [value for value, code in proposal.values[column.column].items() if not code]
        if unknown:
            shown = ", ".join(f"[{value[:30]}]" for value in unknown[:5])
            proposal.unsure.append(
                f"{len(unknown)} values of [{column.column}] have no code yet: {shown}; see values.csv"
            )


def _coded(workspace: Workspace, codelist: str, values: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for code in workspace.catalogue.codelist(codelist).codes.values():
        for word in (code.code, *code.variants, *code.labels.values()):
            known.setdefault(_plain(word), code.code)
    unknown_words = {
        "unknown": "_U",
        "unk": "_U",
        "desconocido": "_U",
        "inconnu": "_U",
        "not known": "_U",
        "u": "_U",
        "no reporta": "_U",
        "n a": "_Z",
        "na": "_Z",
        "null": "_N",
    }
    return {value: known.get(_plain(value)) or unknown_words.get(_plain(value), "") for value in values}
