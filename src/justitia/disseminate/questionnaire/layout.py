"""Where each cell of a collection stands in a workbook: our own layout, or that of the official one by its file.

Our layout: one sheet for each table; on it blocks of lines that have the same columns; above each block a row of years,
a row of titles and a row of ids, so that a shifted cell is noticed. The reference year comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from justitia.metadata.collection import Collection, Column, Line

LINE_ID, TITLE, UNIT, FIRST_VALUE = 0, 1, 2, 3
HEAD_ROWS = 3  # years, titles, ids
TOP_ROWS = 4  # title, marking, note, blank
_A1 = re.compile(r"([A-Z]{1,3})([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a workbook, row and column from 0; `id_row` holds the column's id, -1 where there is none."""

    sheet: str
    row: int
    column: int
    id_row: int = -1


@dataclass(frozen=True, slots=True)
class Block:
    """Lines with the same columns: where its heading begins."""

    table: str
    sheet: str
    row: int
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class BookLayout:
    """All blocks, and the spot of each (cell id, years back)."""

    blocks: tuple[Block, ...]
    spots: Mapping[tuple[str, int], Spot]
    is_official: bool = False


def column_key(year: int, column: str) -> str:
    """Return what stands in the row of ids above a column."""
    return f"{year}|{column}"


def book_layout(collection: Collection) -> BookLayout:
    """Return where the cells of a collection stand: by its layout file, or by ours where it has none."""
    if collection.places:
        spots = {key: _spot(sheet, cell) for key, (sheet, cell) in collection.places.items()}
        return BookLayout((), spots, is_official=True)
    blocks: list[Block] = []
    free: dict[str, int] = {}
    for table in collection.tables.values():
        own = [line for line in collection.lines if line.table == table.id and line.fed_by != "text"]
        for name, lines in groupby(own, key=lambda line: line.columns):
            start = free.get(table.sheet, TOP_ROWS)
            blocks.append(Block(table.id, table.sheet, start, tuple(lines), collection.columns[name]))
            free[table.sheet] = start + HEAD_ROWS + len(blocks[-1].lines) + 1
    spots = {}
    for block in blocks:
        for place, line in enumerate(block.lines):
            for back in range(collection.years):
                for number, column in enumerate(block.columns):
                    spots[f"{line.table}:{line.id}:{column.id}", back] = Spot(
                        block.sheet,
                        block.row + HEAD_ROWS + place,
                        FIRST_VALUE + back * len(block.columns) + number,
                        block.row + HEAD_ROWS - 1,
                    )
    return BookLayout(tuple(blocks), spots)


def _spot(sheet: str, cell: str) -> Spot:
    row, column = position(cell)
    return Spot(sheet, row, column)


def position(cell: str) -> tuple[int, int]:
    """Return row and column, from 0, of `D17`; (-1, -1) when it is no address of a cell."""
    found = _A1.fullmatch(cell)
    if found is None:
        return -1, -1
    number = 0
    for letter in found.group(1):
        number = number * 26 + ord(letter) - ord("A") + 1
    return int(found.group(2)) - 1, number - 1


def address(row: int, column: int) -> str:
    """Return the address of a cell (`D17`) from row and column, from 0."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def parts_of(collection: Collection, role: str = "part") -> Mapping[str, Sequence[str]]:
    """Return total -> its parts, as cell ids: by the parts of columns and by those of lines.

    Args:
        collection: whose lines and columns say what they are part of.
        role: `part` (the parts sum to the total) or `of_which` (each is not above it).
    """
    found: dict[str, list[str]] = {}
    for line in collection.lines:
        for column in collection.columns.get(line.columns, ()):
            if column.role == role:
                found.setdefault(_id(line, column.parent) + "|column", []).append(_id(line, column.id))
    parents = {(line.table, line.id): line for line in collection.lines}
    for line in collection.lines:
        parent = parents.get((line.table, line.parent))
        if line.role != role or parent is None:
            continue
        shared = {column.id for column in collection.columns.get(parent.columns, ())}
        for column in collection.columns.get(line.columns, ()):
            if column.id in shared:
                found.setdefault(_id(parent, column.id) + "|line", []).append(_id(line, column.id))
    return found


def _id(line: Line, column: str) -> str:
    return f"{line.table}:{line.id}:{column}"
