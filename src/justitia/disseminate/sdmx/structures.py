"""Structure messages, written by pysdmx; parents of codes and further languages, which it has no place for, are added.

pysdmx 1.21 knows flat code lists and one language. See docs/adr/0017-sdmx.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from justitia.disseminate.sdmx.writing import whole_file
from justitia.errors import RequestError
from justitia.metadata.definitions import CodeList, Labels
from justitia.metadata.structure import URN, Component, Constraint, Structure

STRUCTURE_FORMATS: Mapping[str, tuple[str, str]] = {
    "ml-2.1": ("STRUCTURE_SDMX_ML_2_1", ".xml"),
    "ml-3.0": ("STRUCTURE_SDMX_ML_3_0", ".xml"),
    "ml-3.1": ("STRUCTURE_SDMX_ML_3_1", ".xml"),
    "json-2.0": ("STRUCTURE_SDMX_JSON_2_0_0", ".json"),
    "json-2.1": ("STRUCTURE_SDMX_JSON_2_1_0", ".json"),
}
CONCEPTS = "CS_JUSTITIA"
_PARENT_30 = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")  # the schema of 3.0 alone forbids parents that begin with a digit
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Flow:
    """A dataflow of a structure: short name and labels."""

    name: str
    labels: Labels


def write_structures(
    structures: Sequence[Structure],
    path: Path,
    *,
    format: str,
    sender: str,
    id: str,
    prepared: datetime,
    test: bool = False,
    flows: Mapping[str, Flow] | None = None,
) -> Path:
    """Write structures with their concepts, code lists, dataflows and constraints as one message, and return its path.

    Args:
        structures: data structures; a code list that several have is written once.
        path: file to be written whole.
        format: one of `STRUCTURE_FORMATS`.
        sender, id, prepared, test: what the message says of itself.
        flows: dataflow of each structure, by the structure's short name.

    Raises:
        RequestError: E-SDM-024 when the extra `sdmx` is not installed, E-SDM-025 for a format that is not written,
            E-SDM-026 for a constraint that the format has no room for.
    """
    if format not in STRUCTURE_FORMATS:
        raise RequestError(
            "E-SDM-025",
            f"structures are not written as [{format}]",
            where=path.name,
            remedy=f"Use {', '.join(STRUCTURE_FORMATS)}",
        )
    _check_regions(structures, format)
    try:
        from pysdmx.io import write_sdmx
        from pysdmx.io.format import Format
        from pysdmx.model.message import Header
    except ImportError as error:
        raise RequestError(
            "E-SDM-024",
            "structure messages need pysdmx, which is not installed",
            where=path.name,
            remedy='Run: pip install "justitia[sdmx]"',
        ) from error
    from pysdmx.model import Organisation

    artefacts = _artefacts(structures, flows or {})
    header = Header(id=id, test=test, prepared=prepared, sender=Organisation(id=sender))
    text = write_sdmx(artefacts, Format[STRUCTURE_FORMATS[format][0]], header=header, prettyprint=True) or ""
    words = _words(structures, flows or {})
    text = _enrich_objects(text, words) if format.startswith("json") else _enrich_markup(text, words, format)
    with whole_file(path) as out:
        out.write(text.encode())
    return path


def _check_regions(structures: Sequence[Structure], format: str) -> None:
    """Raise RequestError: E-SDM-026 for a constraint that this format has no room for."""
    for constraint in (item for structure in structures for item in structure.constraints):
        kinds = [region.included for region in constraint.regions]
        if format in ("ml-3.0", "ml-3.1") and len(kinds) != len(set(kinds)):
            raise RequestError(
                "E-SDM-026",
                f"constraint {constraint.id} has several regions of one kind, and SDMX-ML 3 allows one",
                where=format,
                remedy="Write it as ml-2.1 or json-2.0",
            )


@dataclass(slots=True)
class _Words:
    """Labels and parents that are to be added, by kind, id of the container and id of the item."""

    labels: dict[tuple[str, str], Labels]
    parents: dict[tuple[str, str], str]


def _words(structures: Sequence[Structure], flows: Mapping[str, Flow]) -> _Words:
    words = _Words({}, {})
    for structure in structures:
        words.labels[(structure.id, "")] = structure.labels
        flow = flows.get(structure.short)
        if flow:
            words.labels[(_id(flow.name), "")] = flow.labels
        for item in structure.components:
            words.labels[(_scheme(structure), item.id)] = item.labels
            for code in item.codelist.codes.values() if item.codelist else ():
                words.labels[(item.codelist.name, code.code)] = code.labels  # type: ignore[union-attr]
                words.parents[(item.codelist.name, code.code)] = code.parent  # type: ignore[union-attr]
    return words


def _id(short: str) -> str:
    return short.partition(":")[2].partition("(")[0]


def _scheme(structure: Structure) -> str:
    return f"{CONCEPTS}_{structure.id}"


# -- what pysdmx is given -----------------------------------------------------------------------------------------
def _artefacts(structures: Sequence[Structure], flows: Mapping[str, Flow]) -> list[Any]:
    from pysdmx.model import Code, Codelist

    lists: dict[tuple[str, str], CodeList] = {}
    agencies: dict[tuple[str, str], str] = {}
    for structure in structures:
        for item in structure.components:
            if item.codelist:
                key = (item.codelist.name, item.codelist.version)
                lists[key], agencies[key] = item.codelist, structure.agency
    made: dict[tuple[str, str], Any] = {
        key: Codelist(
            id=listed.name,
            name=listed.name,
            agency=agencies[key],
            version=listed.version or "1.0",
            items=[Code(id=code.code, name=code.label("en")) for code in listed.codes.values()],
        )
        for key, listed in lists.items()
    }
    others = [part for structure in structures for part in _of_structure(structure, made, flows.get(structure.short))]
    return [*made.values(), *others]


def _of_structure(structure: Structure, lists: Mapping[tuple[str, str], Any], flow: Flow | None) -> list[Any]:
    from pysdmx.model import Concept, ConceptScheme, Dataflow, DataStructureDefinition, ItemReference
    from pysdmx.model.dataflow import Components

    agency, version = structure.agency, structure.version
    concepts = [Concept(id=item.id, name=item.labels.get("en") or item.id) for item in structure.components]
    scheme = ConceptScheme(
        id=_scheme(structure), name=f"Concepts of {structure.id}", agency=agency, version=version, items=concepts
    )

    def concept(item: Component) -> Any:
        return ItemReference("Concept", agency, scheme.id, version, item.id)

    dsd = DataStructureDefinition(
        id=structure.id,
        name=structure.labels.get("en") or structure.id,
        agency=agency,
        version=version,
        components=Components([_component(structure, item, concept(item), lists) for item in structure.components]),
    )
    made: list[Any] = [scheme, dsd]
    about = structure.urn
    if flow:
        name = flow.labels.get("en") or _id(flow.name)
        made.append(Dataflow(id=_id(flow.name), name=name, agency=agency, version=version, structure=dsd))
        about = f"{URN}datastructure.Dataflow={flow.name}"
    made += [_constraint(item, structure, about, is_flow=flow is not None) for item in structure.constraints]
    return made


def _component(structure: Structure, item: Component, concept: Any, lists: Mapping[tuple[str, str], Any]) -> Any:
    from pysdmx.model import Component as Made
    from pysdmx.model import DataType, Role

    role = {"attribute": Role.ATTRIBUTE, "measure": Role.MEASURE}.get(item.role, Role.DIMENSION)
    listed = lists[(item.codelist.name, item.codelist.version)] if item.codelist else None
    attached = None
    if role is Role.ATTRIBUTE:
        attached = "O" if item.attached_to is None else ",".join(item.attached_to) or "D"
    kinds = {kind.value: kind for kind in DataType}
    return Made(
        id=item.id,
        required=item.required,
        role=role,
        concept=concept,
        local_dtype=None if listed else kinds.get(item.type, DataType.STRING),
        local_codes=listed,
        attachment_level=attached,
        local_enum_ref=f"{URN}codelist.{listed.short_urn}" if listed else None,
    )


def _constraint(item: Constraint, structure: Structure, about: str, *, is_flow: bool) -> Any:
    from pysdmx.model import (
        ConstraintAttachment,
        CubeKeyValue,
        CubeRegion,
        CubeValue,
        DataConstraint,
        DataKey,
        DataKeyValue,
        KeySet,
    )

    attached = ConstraintAttachment(
        data_provider=None, data_structures=None if is_flow else [about], dataflows=[about] if is_flow else None
    )
    regions = [
        CubeRegion(
            key_values=[
                CubeKeyValue(id=name, values=[CubeValue(value) for value in sorted(chosen.values)])
                for name, chosen in region.selections.items()
                if chosen.values
            ],
            is_included=region.included,
        )
        for region in item.regions
    ]
    sets = [
        KeySet(
            [DataKey([DataKeyValue(name, code) for name, code in key.items()]) for key in listed.keys], listed.included
        )
        for listed in item.key_sets
    ]
    return DataConstraint(
        id=item.id,
        name=item.id,
        agency=item.agency or structure.agency,
        version=item.version,
        constraint_attachment=attached,
        cube_regions=regions,
        key_sets=sets,
    )


# -- what is added to its message ---------------------------------------------------------------------------------
def _enrich_markup(text: str, words: _Words, format: str) -> str:
    from lxml import etree

    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        kind = etree.QName(element).localname
        if kind in ("Code", "ValueItem", "Concept"):
            key = (element.getparent().get("id"), element.get("id"))
        elif kind in ("DataStructure", "Dataflow") and element.get("id"):
            key = (element.get("id"), "")
        else:
            continue
        _name_all(element, words.labels.get(key, {}))
        parent = words.parents.get(key, "")
        if parent:
            _add_parent(element, parent, format)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{etree.tostring(root, encoding="unicode")}\n'


def _name_all(element: Any, labels: Labels) -> None:
    from lxml import etree

    first = next((child for child in element if etree.QName(child).localname == "Name"), None)
    if first is None:
        return
    for language, label in reversed([(name, label) for name, label in labels.items() if name != "en" and label]):
        added = etree.Element(first.tag)
        added.set(_XML_LANGUAGE, language)
        added.text, added.tail = str(label), first.tail
        first.addnext(added)


def _add_parent(element: Any, parent: str, format: str) -> None:
    from lxml import etree

    if format == "ml-3.0" and not _PARENT_30.fullmatch(parent):
        return
    space = etree.QName(element).namespace
    added = etree.SubElement(element, f"{{{space}}}Parent")
    if format == "ml-2.1":
        etree.SubElement(added, "Ref").set("id", parent)
    else:
        added.text = parent


def _enrich_objects(text: str, words: _Words) -> str:
    message = json.loads(text)
    data = message.get("data") or {}
    for kind, items in (("codelists", "codes"), ("conceptSchemes", "concepts")):
        for container in data.get(kind, ()):
            for item in container.get(items, ()):
                key = (container["id"], item["id"])
                item |= _names(words.labels.get(key, {}))
                if words.parents.get(key):
                    item["parent"] = words.parents[key]
    for item in data.get("dataStructures", ()):
        held = item.get("dataStructureComponents") or {}
        if not held.get("groups", True):
            del held["groups"]  # pysdmx writes a list without groups, which the schema forbids
    for kind in ("dataStructures", "dataflows"):
        for item in data.get(kind, ()):
            item |= _names(words.labels.get((item["id"], ""), {}))
    return json.dumps(message, ensure_ascii=False, indent=1) + "\n"


def _names(labels: Labels) -> dict[str, Any]:
    return {"names": {language: str(label) for language, label in labels.items() if label}} if labels else {}
