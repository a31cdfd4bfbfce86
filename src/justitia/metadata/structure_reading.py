"""Structures and constraints read from files, whatever their format and version."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from justitia.errors import CatalogueError, LayoutError, RequestError
from justitia.metadata.sdmx_files import recognise_sdmx
from justitia.metadata.structure import Constraint, Reference, Region, Selection, Structure
from justitia.metadata.structure_markup import read_markup
from justitia.metadata.structure_objects import read_objects
from justitia.metadata.structure_parts import Parts, join_parts, listed

ANY = "ALL"  # in a constraint table: every code
BETWEEN = ";"


def read_structure(*paths: Path, name: str = "") -> Structure:
    """Return the data structure that SDMX structure messages hold, with code lists and constraints.

    Args:
        paths: messages in SDMX-ML 2.1, 3.0, 3.1 or SDMX-JSON 2.0, 2.1; parts may refer to one another across them.
        name: id, or `AGENCY:ID(VERSION)`, of the structure; needed where there are several.

    Raises:
        RequestError: E-SDM-001 when a file is not there, E-SDM-010 when the structure is not, or it must be named.
        LayoutError: E-SDM-002 to E-SDM-006, E-SDM-011 when a file cannot be read, E-SDM-007 when it holds data.
        CatalogueError: E-SDM-008 when something that a structure refers to is missing, E-SDM-009 for no dimension.
    """
    parts = read_parts(*paths)
    wanted = Reference.parse(name)
    fitting = [
        item
        for item in parts.structures
        if not name or (item.name.id == wanted.id and (not wanted.agency or str(item.name) == str(wanted)))
    ]
    if len(fitting) != 1:
        raise RequestError(
            "E-SDM-010",
            f"there is no data structure [{name}]" if name else f"there are {len(parts.structures)} data structures",
            where=", ".join(map(str, paths)),
            remedy=f"Name one by --name: {listed(parts.structures)}" if parts.structures else "Name a file with one",
        )
    return join_parts(parts, fitting[0], paths[0])


def read_parts(*paths: Path) -> Parts:
    """Return everything that structure messages hold, not joined yet."""
    parts = Parts()
    for path in paths:
        file = recognise_sdmx(path)
        if file.content != "structure":
            raise LayoutError(
                "E-SDM-007",
                "the file holds data, where a structure is needed",
                where=str(path),
                remedy="Name the structure message (DSD), for example as the agency's registry gives it",
            )
        (read_markup if file.format == "xml" else read_objects)(path, parts)
    return parts


def read_constraints(path: Path, structure: Structure) -> tuple[Constraint, ...]:
    """Return the constraints in a structure message, or in a table with a row for each allowed region.

    The table is CSV: columns named after components; in a cell a code, codes with `;` between them, or `ALL`. Columns
    of other names are for the reader. The SDG global content constraints are published so.

    Raises:
        CatalogueError: E-SDM-012 when the table has no column of the structure, or a row more or fewer cells.
    """
    if path.suffix.lower() != ".csv":
        return tuple(read_parts(path).constraints)
    if not path.is_file():
        raise RequestError("E-SDM-001", "there is no such file", where=str(path), remedy="Check its name and folder")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    known = {component.id for component in structure.components}
    heads = [head.strip() for head in rows[0]] if rows else []
    if not known & set(heads):
        raise CatalogueError(
            "E-SDM-012",
            "no column of the table is a component of the structure",
            where=f"{path}:1",
            remedy=f"Columns can be {', '.join(sorted(known))}",
        )
    regions = [_region(path, number, heads, cells, known) for number, cells in enumerate(rows[1:], 2) if any(cells)]
    return (Constraint(path.stem, regions=tuple(regions)),)


def _region(path: Path, line: int, heads: Sequence[str], cells: Sequence[str], known: set[str]) -> Region:
    if len(cells) != len(heads):
        raise CatalogueError(
            "E-SDM-012",
            f"the row has {len(cells)} cells, the header {len(heads)}",
            where=f"{path}:{line}",
            remedy='A text with a comma needs double quotes around it: "a, b"',
        )
    chosen: dict[str, Selection] = {}
    for head, cell in zip(heads, cells, strict=True):
        values = [value.strip() for value in cell.split(BETWEEN) if value.strip()]
        if head in known and values and ANY not in values:
            chosen[head] = Selection(frozenset(values))
    return Region(chosen)
