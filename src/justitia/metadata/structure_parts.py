"""Structures as messages hold them, in parts that refer to one another, and their joining with nothing dangling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from justitia.errors import CatalogueError
from justitia.metadata.definitions import CodeList, Labels
from justitia.metadata.structure import Component, Constraint, Facets, Reference, Structure

Found = TypeVar("Found")


@dataclass(slots=True)
class Representation:
    """How a component's values are written: a code list by reference, or a type with limits."""

    codelist: Reference | None = None
    type: str = ""
    facets: Facets = field(default_factory=Facets)


@dataclass(slots=True)
class LooseConcept:
    """A concept with its labels and usual representation."""

    labels: Labels
    representation: Representation


@dataclass(slots=True)
class LooseComponent:
    """A component that still refers to its concept and code list."""

    id: str
    role: str
    concept: Reference | None = None
    representation: Representation = field(default_factory=Representation)
    required: bool = True
    attached_to: tuple[str, ...] | None = None
    group: str = ""


@dataclass(slots=True)
class LooseStructure:
    """A structure whose parts are not joined yet."""

    name: Reference
    labels: Labels
    components: list[LooseComponent] = field(default_factory=list)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Parts:
    """Everything that some structure messages hold."""

    codelists: dict[Reference, CodeList] = field(default_factory=dict)
    concepts: dict[Reference, LooseConcept] = field(default_factory=dict)
    structures: list[LooseStructure] = field(default_factory=list)
    dataflows: dict[Reference, Reference] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)


def join_parts(parts: Parts, loose: LooseStructure, place: Path) -> Structure:
    """Return a structure with its concepts, code lists and constraints.

    Raises:
        CatalogueError: E-SDM-008 when it refers to a code list or concept that no message holds, E-SDM-009 when it has
            no dimension.
    """
    components = tuple(_join(parts, loose, item, place) for item in loose.components)
    if not any(item.role == "dimension" for item in components):
        raise CatalogueError(
            "E-SDM-009", f"structure {loose.name} has no dimension", where=str(place), remedy="Name a whole structure"
        )
    own = {loose.name} | {flow for flow, target in parts.dataflows.items() if _same(target, loose.name)}
    constraints = tuple(c for c in parts.constraints if not c.about or any(_same(a, o) for a in c.about for o in own))
    return Structure(
        loose.name.agency, loose.name.id, loose.name.version, components, labels=loose.labels, constraints=constraints
    )


def _join(parts: Parts, loose: LooseStructure, item: LooseComponent, place: Path) -> Component:
    concept = look_up(parts.concepts, item.concept) if item.concept else None
    if item.concept and concept is None:
        raise _dangling(loose, item, "concept", item.concept, place)
    usual = concept.representation if concept else Representation()
    local = item.representation
    named = local.codelist or (None if local.type else usual.codelist)
    codes = look_up(parts.codelists, named) if named else None
    if named and codes is None:
        raise _dangling(loose, item, "code list", named, place)
    attached = loose.groups.get(item.group, item.attached_to) if item.group else item.attached_to
    time = "ObservationalTimePeriod" if item.role == "time" else ""
    return Component(
        id=item.id,
        role=item.role,
        type=local.type or usual.type or time or "String",
        required=item.required,
        attached_to=attached,
        codelist=codes,
        labels=concept.labels if concept else {},
        facets=local.facets if local.type else usual.facets,
    )


def _dangling(loose: LooseStructure, item: LooseComponent, what: str, named: Reference, place: Path) -> CatalogueError:
    return CatalogueError(
        "E-SDM-008",
        f"component {item.id} of {loose.name} refers to {what} {named}, which is not there",
        where=str(place),
        remedy=f"Get the message with all its references, or name the file that holds the {what} as well",
    )


def look_up(among: dict[Reference, Found], wanted: Reference) -> Found | None:
    """Return what a reference names, also by a version with a wildcard (`1.0+`, `1.*`) or without one."""
    if wanted in among:
        return among[wanted]
    near = [found for name, found in among.items() if _same(wanted, name) and wanted.item == name.item]
    return near[-1] if near else None


def _same(wanted: Reference, name: Reference) -> bool:
    if (wanted.agency, wanted.id) != (name.agency, name.id):
        return False
    start = wanted.version.rstrip("+*")
    return start == name.version or (start != wanted.version and name.version.startswith(start)) or not wanted.version


def listed(structures: Iterable[LooseStructure]) -> str:
    """Return the names of structures for a message."""
    return ", ".join(str(item.name) for item in structures) or "none"
