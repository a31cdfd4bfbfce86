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
from justitia.collect.propose_doubts import (
    COUNT_OF_UNITS,
    NOT_UNDERSTOOD,
    doubt_columns,
    doubt_counts,
    doubt_rows,
)
from justitia.collect.propose_keys import propose_keys
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
    *("name", "surname", "lastname", "firstname", "nom", "prenom", "nombre", "nombres", "apellido", "apellidos"),
    *("address", "adresse", "direccion", "domicilio", "street", "calle", "rue", "latitude", "longitude"),
    *("phone", "telephone", "telefono", "email", "mail", "correo", "courriel"),
    *("passport", "passeport", "pasaporte", "cedula", "ssn", "dni", "curp"),
    *("birth", "birthdate", "dob", "nacimiento", "naissance"),
)
PERSON_WORDS = (
    *("person", "participant", "victim", "suspect", "offender", "perpetrator", "defendant", "arrestee", "accused"),
    *("inmate", "prisoner", "complainant", "witness", "officer"),
)
NUMBER_WORDS = ("id", "no", "number", "num", "nr", "key")
GENERIC_WORDS = ("name", "code", "description", "desc", "text", "label", "value")
TOLERATED = 0.02  # share of values that may not fit a date format: impossible days become findings
PERSON_OF_SECTOR = {"prosecution": "defendant", "court": "defendant", "prison": "prisoner"}
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
    numbers: str = ""  # the kind of record that it numbers: event or offence

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
        offence_key: columns that tell offences apart.
        sector: police, prosecution, court, prison or other.
        role: kind of the person whose sex and age a file gives without saying whose they are.
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
    offence_key: tuple[str, ...] = ()
    sector: str = "police"
    role: str = "victim"
    unsure: list[str] = field(default_factory=list)
    folder: Path = Path()
    also_made: list[str] = field(default_factory=list)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    areas: list[str] = field(default_factory=list)


def propose_layout(
    workspace: Workspace, file: Path, *, source_id: str = "", authority: str = "", role: str = ""
) -> Proposal:
    """Read a file, propose its layout, write it to the overlay and copy the file to the workspace's sources.

    Args:
        workspace: where the layout goes.
        file: an example of what the source sends.
        source_id: short name of the source; default, from the file's name.
        authority: who keeps the records.
        role: whose sex and age they are, where the columns do not say: victim, suspect, defendant or prisoner;
            default, by the authority.

    Raises:
        RequestError: E-LYT-001 when there is no such file, E-LYT-002 when the source has a layout already, E-LYT-005
            for a folder, E-LYT-006 when no row can be read.
    """
    from justitia.collect.receive import detect_format, open_received

    if file.is_dir():
        raise RequestError(
            "E-LYT-005", "this is a folder, not a file", where=str(file), remedy="Name one of the files in it"
        )
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
            proposal = Proposal(source_id, file.stem, authority or "unknown", rows, declared, [])
            # Each column gets a date format of its own below, with its own doubt.
            proposal.unsure += [doubt for doubt in detected.unsure if not doubt.startswith("the date format")]
            doubt_rows(proposal, received.rejects())
            _propose_sector(workspace, proposal, role)
            seen = [_look(engine, name, declared) for name in received.columns]
            _propose_columns(workspace, proposal, seen)
            propose_keys(engine, proposal, seen)
            _propose_values(workspace, engine, proposal)
            doubt_counts(engine, proposal)
        finally:
            received.close()
    write_layout_files(workspace, proposal)
    target = workspace.folder / "sources" / source_id
    target.mkdir(parents=True, exist_ok=True)
    if not (target / file.name).exists():
        shutil.copy2(file, target / file.name)
    return proposal


def _propose_sector(workspace: Workspace, proposal: Proposal, role: str) -> None:
    """Set the sector that the words of the authority tell, and the kind of person that it keeps records of."""
    told = f" {_plain(proposal.authority)} "
    for code in workspace.catalogue.codelist("sector").codes.values():
        if any(f" {_plain(word)} " in told for word in (code.code, *code.variants, *code.labels.values())):
            proposal.sector = code.code
            break
    else:
        proposal.sector = "other" if proposal.authority != "unknown" else "police"
    proposal.role = role or PERSON_OF_SECTOR.get(proposal.sector, "victim")


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
    doubt_columns(proposal, seen, words)


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
    if found is None:
        if _speaks_of_identity(item.name):
            return Proposed(item.name, "drop", why="its name speaks of an identity")
        return Proposed(item.name, "ignore", why=NOT_UNDERSTOOD)
    row = found[1]
    target = (row["kind"] or proposal.role, row["field"])
    if row["action"] == "drop":
        return Proposed(item.name, "drop", why=row["note"])
    if row["action"] == "event":
        return Proposed(item.name, "ignore", why="a number of records: may be part of the key", numbers=row["kind"])
    if row["action"] == "count":
        return Proposed(item.name, "ignore", why=COUNT_OF_UNITS if item.whole_numbers else NOT_UNDERSTOOD)
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


def _speaks_of_identity(name: str) -> bool:
    """Return whether words of a name are those of an identity, or of the number of a person."""
    words = set(_plain(name).split())
    return bool(words & set(IDENTITY_WORDS)) or bool(words & set(PERSON_WORDS) and words & set(NUMBER_WORDS))


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
        coded = _coded(workspace, kinds[column.record].fields[column.field].codelist, values)
        proposal.values[column.column] = coded
        for first, second in _confused(coded):
            coded[first] = coded[second] = ""
            proposal.unsure.append(
                f"[{first}] and [{second}] of [{column.column}] may not be the same: write their codes in values.csv"
            )
        unknown = [value for value, code in proposal.values[column.column].items() if not code]
        if unknown:
            shown = ", ".join(f"[{value[:30]}]" for value in unknown[:5])
            proposal.unsure.append(
                f"{len(unknown)} values of [{column.column}] have no code yet: {shown}; see values.csv"
            )


def _confused(coded: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return pairs of one-letter values that would become one code: no list has two letters for one thing."""
    letters: dict[str, str] = {}
    found = []
    for value, code in coded.items():
        if code and not code.startswith("_") and len(value) == 1:
            other = letters.setdefault(code, value)
            found += [(other, value)] if other.lower() != value.lower() else []
    return found


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
