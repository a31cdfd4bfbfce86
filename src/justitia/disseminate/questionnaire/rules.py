"""What must hold within a filled round: sums, parts, years, and the rules of the collection. All limits are data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from justitia.disseminate.questionnaire.layout import book_layout, parts_of
from justitia.findings import Finding
from justitia.model.questionnaire import FilledRound

if TYPE_CHECKING:
    from justitia.metadata.collection import Collection, Line, Rule

EVERYTHING = "*"
ROUNDED = 0.0001  # rates are written with four places: their sum may be off by that much a part


def check_round(
    filled: FilledRound, collection: Collection, *, language: str = "en", slack: float = 0.0
) -> tuple[Finding, ...]:
    """Return every inconsistency of a filled round: sums, parts above their total, and the collection's own rules.

    Args:
        filled: the values.
        collection: whose lines, columns and rules are applied.
        language: of the rules' words.
        slack: how far sums may be off, for copies whose figures were rounded one by one.
    """
    found: list[Finding] = []
    layout = book_layout(collection)

    def note(rule: str, severity: Any, cell: str, year: int, message: str) -> None:
        spot = layout.spots.get((cell, filled.year - year))
        row, sheet = (spot.row + 1, spot.sheet) if spot else (0, cell.partition(":")[0])
        found.append(Finding(rule, severity, sheet, message, column=cell, row_number=row))

    for name, parts in parts_of(collection).items():
        total = name.partition("|")[0]
        for year in filled.years:
            _check_sum(filled, total, parts, year, slack, note)
    for name, parts in parts_of(collection, "of_which").items():
        total = name.partition("|")[0]
        for year in filled.years:
            _check_parts(filled, total, parts, year, slack, note)
    for rule in collection.rules:
        _check_rule(filled, collection, rule, rule.labels.get(language) or rule.labels["en"], slack, note)
    return tuple(found)


def _check_sum(filled: FilledRound, total: str, parts: Iterable[str], year: int, slack: float, note: Any) -> None:
    whole, values = filled.value(total, year), [filled.value(part, year) for part in parts]
    given = [value for value in values if value is not None]
    if whole is None or not given:
        return
    slack += ROUNDED * len(values)
    if len(given) == len(values) and abs(sum(given) - whole) > slack:
        note(
            "Q-SUM-001",
            "error",
            total,
            year,
            f"{total} of {year}: the parts sum to {_number(sum(given))}, the total says {_number(whole)}",
        )
    elif len(given) < len(values) and sum(given) > whole + slack:
        note(
            "Q-SUM-002",
            "error",
            total,
            year,
            f"{total} of {year}: the parts given sum to {_number(sum(given))}, more than the total {_number(whole)}",
        )


def _check_parts(filled: FilledRound, total: str, parts: Iterable[str], year: int, slack: float, note: Any) -> None:
    whole = filled.value(total, year)
    for part in parts:
        value = filled.value(part, year)
        if whole is not None and value is not None and value > whole + slack:
            message = f"{part} of {year}: {_number(value)} of which, the whole {total} is {_number(whole)}"
            note("Q-SUM-003", "error", part, year, message)


def _check_rule(filled: FilledRound, collection: Collection, rule: Rule, label: str, slack: float, note: Any) -> None:
    if rule.kind == "year_on_year":
        for cell in _cells(collection, rule.left, filled):
            for year in filled.years[:-1]:
                now, before = filled.value(cell, year), filled.value(cell, year - 1)
                if now is None or before is None or max(now, before) < rule.least:
                    continue
                if abs(now - before) > rule.limit * before:
                    told = f"{cell}: {_number(before)} in {year - 1}, {_number(now)} in {year}"
                    note(rule.id, rule.severity, cell, year, f"{told}. {label}")
        return
    for year in filled.years:
        for column in _columns(collection, rule.left):
            left, right = (_side(filled, collection, text, column, year) for text in (rule.left, rule.right))
            if left is None or right is None:
                continue
            wrong = abs(left - right) > slack if rule.kind == "equal" else left > right + slack
            if wrong:
                cell = _cell_id(collection, re.split(r"\s*\+\s*", rule.left)[0], column)
                told = f"{rule.left} {column} of {year} is {_number(left)}, {rule.right} is {_number(right)}"
                note(rule.id, rule.severity, cell, year, f"{told}. {label}")


def _side(filled: FilledRound, collection: Collection, text: str, column: str, year: int) -> float | None:
    values = [filled.value(_cell_id(collection, part, column), year) for part in re.split(r"\s*\+\s*", text)]
    return None if any(value is None for value in values) else sum(value for value in values if value is not None)


def _line(collection: Collection, text: str) -> Line | None:
    return next((line for line in collection.lines if line.id == text.partition(":")[0]), None)


def _columns(collection: Collection, text: str) -> Iterator[str]:
    """Yield the columns that a side of a rule speaks of: the one that it names, or all of its line."""
    first = re.split(r"\s*\+\s*", text)[0]
    named, line = first.partition(":")[2], _line(collection, first)
    if line is not None:
        yield from ([named] if named else [column.id for column in collection.columns.get(line.columns, ())])


def _cell_id(collection: Collection, text: str, column: str) -> str:
    """Return the cell of `1.2.1` in a column, or of `1.2.1:F`; a line without that column gives its only one."""
    identifier, _, named = text.partition(":")
    line = _line(collection, text)
    if line is None:
        return f":{identifier}:{named or column}"
    own = [item.id for item in collection.columns.get(line.columns, ())]
    chosen = named or (column if column in own or len(own) != 1 else own[0])
    return f"{line.table}:{line.id}:{chosen}"


def _cells(collection: Collection, text: str, filled: FilledRound) -> Iterator[str]:
    if text == EVERYTHING:
        yield from dict.fromkeys(cell for cell, _ in filled.cells)
    else:
        yield from (_cell_id(collection, text, column) for column in _columns(collection, text))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
