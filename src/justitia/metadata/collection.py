"""Collections: what a recipient asks for, as cells bound to indicator and breakdown (`collections/<name>/<round>/`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from justitia.metadata.binding import Binding, read_bindings
from justitia.metadata.definitions import Labels, Override, Place
from justitia.metadata.faults import Faults, unknown
from justitia.metadata.indicator import STATUSES
from justitia.metadata.rows import Columns, Row, choice_of, number_of, read_rows
from justitia.metadata.settings import open_settings
from justitia.metadata.tree import Tree

FED_BY = ("records", "survey", "text", "population", "other")
ROLES = ("", "part", "of_which")
RULE_KINDS = ("equal", "not_above", "year_on_year")
FOLDER = "collections"

TABLES = Columns(
    key=("table",),
    required=("table", "title_en"),
    optional=("sheet",),
    families=("title_",),
    filled=("table", "title_en"),
)
LINES = Columns(
    key=("table", "line"),
    required=("table", "line", "asked", "title_en", "indicator", "key", "columns", "fed_by", "source", "status"),
    optional=("role", "parent", "unit"),
    families=("title_",),
    filled=("table", "line", "title_en", "fed_by", "source", "status"),
)
COLUMNS = Columns(
    key=("set", "column"),
    required=("set", "column", "title_en", "key"),
    optional=("role", "parent", "indicator"),
    families=("title_",),
    filled=("set", "column", "title_en"),
)
CELLS = Columns(
    key=("table", "line", "column"),
    required=("table", "line", "column", "indicator", "key", "unit"),
    filled=("table", "line", "column"),
)
RULES = Columns(
    key=("rule_id",),
    required=("rule_id", "kind", "left", "right", "label_en"),
    optional=("limit", "least", "severity"),
    families=("label_",),
    filled=("rule_id", "kind", "left", "label_en"),
)
PLACES = Columns(
    key=("table", "line", "column", "back"),
    required=("table", "line", "column", "back", "sheet", "cell"),
    filled=("table", "line", "column", "sheet", "cell"),
)
DIFFERENCES = Columns(
    key=("quantity", "left", "right"),
    required=("quantity", "left", "right", "relation", "reason"),
    filled=("quantity", "left", "right", "relation", "reason"),
)
REASONS = Columns(
    key=("reason",),
    required=("reason", "kind", "condition", "least", "label_en"),
    families=("label_",),
    filled=("reason", "kind", "condition", "label_en"),
)
REASON_KINDS = ("unit", "scope", "period", "recording rule", "revision")
RELATIONS = ("equal", "above", "below", "different")

Key = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a collection: its id, titles and the sheet that it stands on."""

    id: str
    labels: Labels
    sheet: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table.

    Args:
        table, id: where it stands.
        asked: row of the recipient's list that it answers.
        labels: title by language.
        columns: set of columns that it has.
        fed_by: what can answer it: records, a survey, text, the population, something else.
        role, parent: `part` (the parts sum to the parent) or `of_which` (not above the parent).
        status: `source`, or `memory` where the line was recalled and must be compared with the questionnaire.
    """

    table: str
    id: str
    asked: str
    labels: Labels
    columns: str
    fed_by: str
    role: str
    parent: str
    unit: str
    source: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, with its part in the sum of another column."""

    set: str
    id: str
    labels: Labels
    role: str
    parent: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: which indicator under which codes of its breakdowns; several codes of one breakdown are summed."""

    table: str
    line: str
    column: str
    indicator: str
    key: Key
    unit: str
    place: Place | None = None

    @property
    def id(self) -> str:
        """Return the address of the cell in its collection."""
        return f"{self.table}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between lines: left equals right, is not above it, or does not leap from year to year."""

    id: str
    kind: str
    left: str
    right: str
    labels: Labels
    limit: float
    least: float
    severity: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection and round.

    Args:
        name, round: folder names.
        labels, recipient: what it is and who asks.
        years: how many years back it asks, the reference year included.
        disclosure: rule that protects the public copy.
        population: table that rates divide by; empty, the one that the user names.
        questions: metadata questions, id -> (label, what answers it).
        tables, lines, columns, cells, rules: its content in order.
        places: cell id and years back -> sheet and cell of the official workbook; empty: our own layout.
        structure: entry of the catalogue, an SDMX structure that the recipient takes; empty when there is none.
        bindings: how its cells stand in that structure.
    """

    name: str
    round: str
    labels: Labels
    recipient: str
    years: int
    disclosure: str
    source: str
    status: str
    questions: Mapping[str, tuple[Labels, str]]
    tables: Mapping[str, Table]
    lines: tuple[Line, ...]
    columns: Mapping[str, tuple[Column, ...]]
    cells: tuple[Cell, ...]
    rules: tuple[Rule, ...]
    places: Mapping[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    structure: str = ""
    bindings: tuple[Binding, ...] = ()

    @property
    def id(self) -> str:
        """Return `name/round`."""
        return f"{self.name}/{self.round}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two indicators that speak of one quantity, and why they are not equal."""

    quantity: str
    left: str
    right: str
    relation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two tables of one quantity may differ: a condition over the facts of their comparison.

    Args:
        id: name.
        kind: unit, scope, period, recording rule or revision.
        condition: expression over the facts.
        least: differing cells below which no pattern is read.
        labels: the reason in words.
    """

    id: str
    kind: str
    condition: str
    least: int
    labels: Labels
    place: Place | None = None


def collection_ids(tree: Tree) -> dict[str, list[str]]:
    """Return collection name -> rounds, the newest last."""
    found: dict[str, list[str]] = {}
    for path in tree.under(f"{FOLDER}/"):
        parts = path.split("/")
        if len(parts) == 4 and parts[3] == "collection.toml":
            found.setdefault(parts[1], []).append(parts[2])
    return {name: sorted(rounds) for name, rounds in sorted(found.items())}


def read_collection(tree: Tree, name: str, round_: str, faults: Faults, overrides: list[Override]) -> Collection | None:
    """Return a round of a collection; None, and a fault, when its settings are not TOML."""
    folder = f"{FOLDER}/{name}/{round_}"
    settings = open_settings(tree, f"{folder}/collection.toml", faults, overrides)
    if settings is None:
        return None
    rows = {
        part: read_rows(tree, f"{folder}/{part}.csv", columns, faults, overrides)
        if tree.holding(f"{folder}/{part}.csv")
        else []
        for part, columns in _PARTS.items()
    }
    questions = {}
    for table in settings.tables("questions"):
        questions[table.text("id")] = (table.labels("label", needed=True), table.text("answer", ""))
        table.close()
    columns: dict[str, list[Column]] = {}
    for row in rows["columns"]:
        columns.setdefault(row["set"], []).append(_column(row, faults))
    made = Collection(
        name=name,
        round=round_,
        labels=settings.labels("label", needed=True),
        recipient=settings.text("recipient"),
        years=settings.number("years", 1, least=1),
        disclosure=settings.text("disclosure"),
        source=settings.text("source"),
        status=settings.text("status", among=STATUSES),
        questions=questions,
        tables={row["table"]: Table(row["table"], row.labels("title_"), row["sheet"]) for row in rows["tables"]},
        lines=tuple(_line(row, faults) for row in rows["lines"]),
        columns={identifier: tuple(items) for identifier, items in columns.items()},
        cells=tuple(_cell(row, faults) for row in rows["cells"]),
        rules=tuple(_rule(row, faults) for row in rows["rules"]),
        places={
            (f"{row['table']}:{row['line']}:{row['column']}", int(row["back"] or 0)): (row["sheet"], row["cell"])
            for row in rows["layout"]
        },
        structure=settings.text("structure", ""),
        bindings=read_bindings(tree, folder, faults, overrides),
    )
    settings.close()
    return made


_PARTS = {"tables": TABLES, "lines": LINES, "columns": COLUMNS, "cells": CELLS, "rules": RULES, "layout": PLACES}


def _line(row: Row, faults: Faults) -> Line:
    return Line(
        table=row["table"],
        id=row["line"],
        asked=row["asked"],
        labels=row.labels("title_"),
        columns=row["columns"],
        fed_by=choice_of(row, "fed_by", FED_BY, faults, default="records"),
        role=choice_of(row, "role", ROLES, faults),
        parent=row["parent"],
        unit=row["unit"],
        source=row["source"],
        status=choice_of(row, "status", STATUSES, faults, default="memory"),
        note=row["note"],
    )


def _column(row: Row, faults: Faults) -> Column:
    role = choice_of(row, "role", ROLES, faults)
    return Column(row["set"], row["column"], row.labels("title_"), role, row["parent"])


def _cell(row: Row, faults: Faults) -> Cell:
    key = parse_key(row["key"], row, faults)
    return Cell(row["table"], row["line"], row["column"], row["indicator"], key, row["unit"], row.place)


def _rule(row: Row, faults: Faults) -> Rule:
    return Rule(
        id=row["rule_id"],
        kind=choice_of(row, "kind", RULE_KINDS, faults, default="equal"),
        left=row["left"],
        right=row["right"],
        labels=row.labels(),
        limit=number_of(row, "limit", faults) or 0.0,
        least=number_of(row, "least", faults) or 0.0,
        severity=choice_of(row, "severity", ("error", "warning"), faults, default="error"),
    )


def parse_key(text: str, row: Row, faults: Faults) -> Key:
    """Return `SEX=F; RELATION=1+2` as breakdown -> codes, which are summed."""
    key: dict[str, tuple[str, ...]] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, sign, codes = part.partition("=")
        if not sign or not codes:
            faults.add("E-CAT-018", f"[{part}] is not BREAKDOWN=code", where=row.place, remedy="Write SEX=F;AGE=Y0T9")
            continue
        key[name] = tuple(codes.split("+"))
    return key


def read_differences(tree: Tree, faults: Faults, overrides: list[Override]) -> tuple[Difference, ...]:
    """Return the declared differences between indicators of one quantity."""
    path = f"{FOLDER}/differences.csv"
    if not tree.holding(path):
        return ()
    return tuple(
        Difference(
            row["quantity"],
            row["left"],
            row["right"],
            choice_of(row, "relation", RELATIONS, faults, default="different"),
            row["reason"],
        )
        for row in read_rows(tree, path, DIFFERENCES, faults, overrides)
    )


def read_reasons(tree: Tree, faults: Faults, overrides: list[Override]) -> tuple[Reason, ...]:
    """Return the declared reasons for which two tables of one quantity differ, in the order of the file."""
    path = f"{FOLDER}/reasons.csv"
    if not tree.holding(path):
        return ()
    return tuple(
        Reason(
            row["reason"],
            choice_of(row, "kind", REASON_KINDS, faults, default="scope"),
            row["condition"],
            int(number_of(row, "least", faults) or 1),
            row.labels(),
            row.place,
        )
        for row in read_rows(tree, path, REASONS, faults, overrides)
    )


def pick_round(rounds: Mapping[str, list[str]], asked: str) -> tuple[str, str]:
    """Return name and round of `un-cts`, `un_cts` (the newest round) or `un_cts/2024`.

    Raises:
        CatalogueError: E-CAT-001 when there is none.
    """
    name, _, round_ = asked.replace("-", "_").partition("/")
    if name not in rounds:
        raise unknown("E-CAT-001", "collection", name, rounds)
    if round_ and round_ not in rounds[name]:
        raise unknown("E-CAT-001", f"round of collection {name}", round_, rounds[name])
    return name, round_ or rounds[name][-1]
