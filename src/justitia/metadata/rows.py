"""Row files: CSV read with line numbers, checked against declared columns, and merged over the layers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from justitia.metadata.definitions import Labels, Override, Place
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.tree import Layer, Tree

COMMON = ("valid_from", "valid_to", "retired_because", "note")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a row file may hold.

    Args:
        key: columns that tell rows apart (with valid_from).
        required: columns that must be there.
        optional: columns that may be there, besides those of every row file.
        families: beginnings of columns whose end is free: `label_`, `text_`, `set_`.
        filled: columns that may not be empty.
    """

    key: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    def knows(self, name: str) -> bool:
        """Return whether a column of this name may be there."""
        if name in self.required or name in self.optional or name in COMMON:
            return True
        ends = {"set_": r"[a-z][a-z0-9_]*"}
        return any(re.fullmatch(family + ends.get(family, "[a-z]{2,3}"), name) for family in self.families)

    def names(self) -> list[str]:
        """Return the columns that can be named, for remedies."""
        families = [f"{family}{language}" for family in self.families for language in ("en", "fr", "es")]
        return [*self.required, *self.optional, *families, *COMMON]


class Row:
    """One row: its cells as text, and where it stands. A column that the file does not have reads as empty."""

    __slots__ = ("cells", "place")

    def __init__(self, cells: Mapping[str, str], place: Place) -> None:
        self.cells = cells
        self.place = place

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def family(self, start: str) -> dict[str, str]:
        """Return the filled cells of the columns that start so, by the rest of the column's name."""
        return {name[len(start) :]: cell for name, cell in self.cells.items() if cell and name.startswith(start)}

    def labels(self, start: str = "label_") -> Labels:
        """Return the labels by language."""
        return {name: cell for name, cell in self.family(start).items() if "_" not in name}


def read_rows(
    tree: Tree,
    path: str,
    columns: Columns,
    faults: Faults,
    overrides: list[Override] | None = None,
    *,
    fixed: bool = False,
) -> list[Row]:
    """Return the rows in force of a row file: those of the packaged tree, added to, replaced or retired by overlays.

    Args:
        tree: the layers.
        path: of the file in a layer.
        columns: what it may hold.
        faults: takes what is wrong.
        overrides: takes what overlays did.
        fixed: leave overlays aside.
    """
    merged: dict[tuple[str, ...], Row] = {}
    for number, layer in enumerate(tree.holding(path)):
        if fixed and layer.overlay:
            continue
        over = overrides if overrides is not None and layer.overlay else None
        if number == 0 and over is not None:
            over.append(Override(path, "", "add", layer.root))
            over = None
        _merge(merged, _layer_rows(tree, layer, path, columns, faults), over, path, layer.root)
    return [row for row in merged.values() if not row["retired_because"]]


def _merge(
    merged: dict[tuple[str, ...], Row],
    rows: Mapping[tuple[str, ...], Row],
    overrides: list[Override] | None,
    path: str,
    overlay: Path,
) -> None:
    for key, row in rows.items():
        old = merged.get(key)
        merged[key] = row
        if overrides is None or (old is not None and _filled(old) == _filled(row)):
            continue
        action = "retire" if row["retired_because"] else "add" if old is None else "replace"
        overrides.append(Override(path, " / ".join(part for part in key if part), action, overlay))


def _filled(row: Row) -> dict[str, str]:
    return {name: cell for name, cell in row.cells.items() if cell}


def _layer_rows(tree: Tree, layer: Layer, path: str, columns: Columns, faults: Faults) -> dict[tuple[str, ...], Row]:
    text = tree.text(layer, path, faults)
    if text is None:
        return {}
    rows: dict[tuple[str, ...], Row] = {}
    key_columns = (*columns.key, "valid_from")
    for row in parse_rows(text, layer.files[path], columns, faults):
        key = tuple(row[name] for name in key_columns)
        if key in rows:
            faults.add(
                "E-CAT-009",
                f"[{' / '.join(part for part in key if part)}] stands here and on line {rows[key].place.line}",
                where=row.place,
                remedy=f"Remove one of them, or tell them apart by {', '.join(key_columns)}",
            )
            continue
        rows[key] = row
    return rows


def parse_rows(text: str, file: Path, columns: Columns, faults: Faults) -> Iterator[Row]:
    """Yield the rows of one file; what is wrong goes to `faults`."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _header_serves(header, file, columns, faults):
            return
        line = reader.line_num + 1
        for cells in reader:
            place, line = Place(file, line), reader.line_num + 1
            if not any(cells):
                continue
            if len(cells) != len(header):
                faults.add(
                    "E-CAT-005",
                    f"the row has {len(cells)} cells, the header {len(header)}",
                    where=place,
                    remedy='A text with a comma needs double quotes around it: "a, b"',
                )
                continue
            row = Row(dict(zip(header, map(str.strip, cells), strict=True)), place)
            _check_cells(row, columns, faults)
            yield row
    except csv.Error as error:
        faults.add("E-CAT-005", f"the file is not CSV: {error}", where=Place(file, line))


def _header_serves(header: list[str], file: Path, columns: Columns, faults: Faults) -> bool:
    place = Place(file, 1)
    if len(header) < 2 and any(mark in "".join(header) for mark in ";\t"):
        faults.add("E-CAT-005", "columns are not separated by commas", where=place, remedy="Save it with commas")
        return False
    for name in header:
        if not columns.knows(name):
            remedy = nearest(name, columns.names())
            faults.add("E-CAT-006", f"there is no column [{name}] in this kind of file", where=place, remedy=remedy)
    for name in sorted({name for name in header if header.count(name) > 1}):
        faults.add("E-CAT-006", f"column [{name}] stands twice", where=place, remedy="Remove one of them")
    missing = [name for name in columns.required if name not in header]
    for name in missing:
        faults.add("E-CAT-007", f"column [{name}] is missing", where=place, remedy="Add it, even if it stays empty")
    return not missing


def _check_cells(row: Row, columns: Columns, faults: Faults) -> None:
    for name in columns.filled:
        if not row[name]:
            faults.add("E-CAT-010", f"column [{name}] is empty", where=row.place, remedy="Fill it in")
    start, end = date_of(row, "valid_from", faults), date_of(row, "valid_to", faults)
    if start and end and start > end:
        faults.add(
            "E-CAT-014",
            f"valid_from {start} is after valid_to {end}",
            where=row.place,
            remedy="Correct one of them; valid_to is the last day",
        )


def date_of(row: Row, column: str, faults: Faults | None = None) -> date | None:
    """Return a cell as a date, None when it is empty or (a fault) no ISO date."""
    text = row[column]
    if not text:
        return None
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    if faults is not None:
        faults.add(
            "E-CAT-011",
            f"[{text}] in column {column} is not a date",
            where=row.place,
            remedy="Write dates as 2024-12-31",
        )
    return None


def number_of(row: Row, column: str, faults: Faults) -> float | None:
    """Return a cell as a number, None when it is empty or (a fault) no number."""
    text = row[column]
    if not text:
        return None
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    faults.add(
        "E-CAT-012",
        f"[{text}] in column {column} is not a number",
        where=row.place,
        remedy="Write numbers as 1234.5, without spaces or thousands marks",
    )
    return None


def flag_of(row: Row, column: str, faults: Faults, *, default: bool = False) -> bool:
    """Return a cell of 1 or 0 as a truth value; `default` when it is empty or (a fault) something else."""
    return choice_of(row, column, ("1", "0"), faults, default="1" if default else "0") == "1"


def choice_of(row: Row, column: str, among: tuple[str, ...], faults: Faults, *, default: str = "") -> str:
    """Return a cell that must be one of a few words; `default` when it is empty or (a fault) another word."""
    text = row[column] or default
    if text in among or (not row[column]):
        return text
    faults.add(
        "E-CAT-013",
        f"[{text}] in column {column} is none of {', '.join(word for word in among if word)}",
        where=row.place,
        remedy=nearest(text, among) if len(among) > 2 else "",
    )
    return default
