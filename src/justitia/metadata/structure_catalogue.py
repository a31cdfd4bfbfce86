"""Structures that the catalogue knows: the words of national ones, and where those of others are to be had."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from justitia.errors import CatalogueError
from justitia.metadata.definitions import Labels, Override, Place
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, read_rows
from justitia.metadata.settings import open_settings
from justitia.metadata.structure import Structure
from justitia.metadata.tree import Tree

NATIONAL = Columns(
    key=("component", "code"), required=("component", "code", "label_en"), families=("label_",), filled=("component",)
)
FOLDER = "structures"  # of a workspace: where structures of others are put


@dataclass(frozen=True, slots=True)
class StructureEntry:
    """A structure that somebody else maintains, one version of it.

    Args:
        id: of the entry, for example `sdg_1.3`.
        title: for the reader.
        agency, name, version: of the structure.
        file: name of the file in the workspace's folder `structures/`.
        sha256: of that file; empty: any.
        source: where to get it.
        constraints, constraints_sha256: the same for a file with its content constraints, may be empty.
        renamed: codes of the version before, and what they are called in this one.
    """

    id: str
    title: str
    agency: str
    name: str
    version: str
    file: str
    sha256: str = ""
    source: str = ""
    constraints: str = ""
    constraints_sha256: str = ""
    renamed: Mapping[str, str] | None = None
    place: Place | None = None

    @property
    def short(self) -> str:
        """The structure's name as SDMX writes it."""
        return f"{self.agency}:{self.name}({self.version})"


def read_national(tree: Tree, faults: Faults, overrides: list[Override]) -> Mapping[tuple[str, str], Labels]:
    """Return (component, code) -> labels; the code is empty for those of the component itself."""
    rows = read_rows(tree, "structures/national.csv", NATIONAL, faults, overrides)
    return {(row["component"], row["code"]): row.labels() for row in rows}


def read_entry(tree: Tree, name: str, faults: Faults, overrides: list[Override]) -> StructureEntry | None:
    """Return the entry of a structure; None, and a fault, when its file is not TOML."""
    settings = open_settings(tree, f"structures/{name}.toml", faults, overrides)
    if settings is None:
        return None
    renamed = settings.mapping("renamed")
    made = StructureEntry(
        id=name,
        title=settings.text("title"),
        agency=settings.text("agency"),
        name=settings.text("id"),
        version=settings.text("version"),
        file=settings.text("file"),
        sha256=settings.text("sha256", ""),
        source=settings.text("source", ""),
        constraints=settings.text("constraints", ""),
        constraints_sha256=settings.text("constraints_sha256", ""),
        renamed={str(old): str(new) for old, new in renamed.items()},
        place=settings.place(),
    )
    settings.close()
    return made


def with_earlier_names(structure: Structure, renamed: Mapping[str, str]) -> Structure:
    """Return the structure whose codes know what earlier versions called them: old code -> present one."""
    earlier: dict[str, list[str]] = {}
    for old, new in renamed.items():
        earlier.setdefault(new, []).append(old)
    components = []
    for item in structure.components:
        if item.codelist and earlier.keys() & item.codelist.codes.keys():
            codes = {
                name: replace(code, variants=(*code.variants, *earlier.get(name, ())))
                for name, code in item.codelist.codes.items()
            }
            item = replace(item, codelist=replace(item.codelist, codes=codes))
        components.append(item)
    return replace(structure, components=tuple(components))


def entry_files(entry: StructureEntry, folder: Path) -> tuple[Path, Path | None]:
    """Return the files of a structure and of its constraints (None when it has none) in the folder `structures/`.

    Raises:
        CatalogueError: E-SDM-030 when the structure is not there, E-SDM-031 when a file is another than the entry says.
    """
    structure = folder / entry.file
    if not structure.is_file():
        raise CatalogueError(
            "E-SDM-030",
            f"the structure {entry.short} is not in this workspace",
            where=str(structure),
            remedy=f"Get it from {entry.source or entry.agency} and put it there under this name",
        )
    _check_hash(structure, entry.sha256, entry)
    constraints = folder / entry.constraints if entry.constraints else None
    if constraints is None or not constraints.is_file():
        return structure, None
    _check_hash(constraints, entry.constraints_sha256, entry)
    return structure, constraints


def _check_hash(path: Path, sha256: str, entry: StructureEntry) -> None:
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise CatalogueError(
            "E-SDM-031",
            f"the file is not the one that the entry of {entry.short} names by its hash",
            where=str(path),
            remedy="Get that version again; for another version add an entry structures/NAME.toml to the overlay",
        )
