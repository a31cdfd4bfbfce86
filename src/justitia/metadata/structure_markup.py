"""Structure messages in SDMX-ML 2.1, 3.0 and 3.1, read into parts: the versions differ in how they refer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from justitia.metadata.definitions import Code, CodeList, Labels
from justitia.metadata.sdmx_files import scan_markup
from justitia.metadata.structure import Constraint, Facets, KeySet, Reference, Region, Selection
from justitia.metadata.structure_parts import (
    LooseComponent,
    LooseConcept,
    LooseStructure,
    Parts,
    Representation,
)

TIME = ("TimeDimension",)
_DIMENSIONS = {"Dimension": "dimension", "MeasureDimension": "dimension", "TimeDimension": "time"}
_MEASURES = ("PrimaryMeasure", "Measure")


@dataclass(slots=True)
class Element:
    """An XML element without its namespace."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, *names: str) -> list[Element]:
        """Return the children of some names."""
        return [child for child in self.children if child.name in names]

    def one(self, *path: str) -> Element | None:
        """Return the first element down a path of names."""
        at: Element | None = self
        for name in path:
            at = next((child for child in at.children if child.name == name), None) if at else None
        return at

    def labels(self, name: str = "Name") -> Labels:
        """Return the names by language."""
        return {child.attributes.get("lang", "en"): child.text for child in self.all(name) if child.text}

    def reference(self) -> Reference:
        """Return what the element refers to, as 2.1 (`Ref`, `URN`) and 3.x (a URN as text) write it."""
        ref, urn = self.one("Ref"), self.one("URN")
        if ref is None:
            return Reference.parse(urn.text if urn else self.text)
        given = ref.attributes
        if "maintainableParentID" in given:
            version = given.get("maintainableParentVersion", "1.0")
            return Reference(given.get("agencyID", ""), given["maintainableParentID"], version, given.get("id", ""))
        return Reference(given.get("agencyID", ""), given.get("id", ""), given.get("version", "1.0"))

    def name_of(self) -> str:
        """Return the local id that the element refers to: a parent code, a dimension, a group."""
        ref = self.one("Ref")
        return ref.attributes.get("id", "") if ref else Reference.parse(self.text).item or self.text

    def own(self) -> Reference:
        """Return the reference to the artefact itself."""
        given = self.attributes
        return Reference(given.get("agencyID", ""), given.get("id", ""), given.get("version", "1.0"))


def read_markup(path: Path, parts: Parts) -> None:
    """Add everything that a structure message holds to `parts`.

    Raises:
        LayoutError: E-SDM-003 to E-SDM-005 for XML that is broken, declares entities or nests too deep.
    """
    stack = [Element("", {})]

    def start(name: str, attributes: list[str]) -> None:
        element = Element(name, dict(zip(attributes[::2], attributes[1::2], strict=True)))
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str, text: str) -> None:
        stack.pop().text = text

    scan_markup(path, start, end)
    for container in _containers(stack[0]):
        _read_container(container, parts)


def _containers(root: Element) -> list[Element]:
    message = root.children[0] if root.children else root
    return [container for group in message.all("Structures") for container in group.children]


def _read_container(container: Element, parts: Parts) -> None:
    nested = [item for child in container.children for item in (child, *child.children)]
    for item in (container, *nested):
        if item.name in ("Codelist", "ValueList") and "id" in item.attributes:
            parts.codelists[item.own()] = _codelist(item)
        elif item.name == "ConceptScheme":
            parts.concepts |= _concepts(item)
        elif item.name == "DataStructure" and "id" in item.attributes:
            parts.structures.append(_structure(item))
        elif item.name == "Dataflow" and "id" in item.attributes:
            target = item.one("Structure")
            if target:
                parts.dataflows[item.own()] = target.reference()
        elif item.name in ("ContentConstraint", "DataConstraint") and "id" in item.attributes:
            parts.constraints.append(_constraint(item))


def _codelist(item: Element) -> CodeList:
    codes: dict[str, Code] = {}
    for child in item.all("Code", "ValueItem"):
        name = child.attributes.get("id", "")
        parent = child.one("Parent")
        codes[name] = Code(name, child.labels(), parent=parent.name_of() if parent else "")
    own = item.own()
    return CodeList(own.id, codes, version=own.version, source=own.agency)


def _concepts(item: Element) -> dict[Reference, LooseConcept]:
    own = item.own()
    return {
        Reference(own.agency, own.id, own.version, child.attributes.get("id", "")): LooseConcept(
            child.labels(), _representation(child.one("CoreRepresentation"))
        )
        for child in item.all("Concept")
    }


def _representation(item: Element | None) -> Representation:
    if item is None:
        return Representation()
    enumeration, form = item.one("Enumeration"), item.one("TextFormat")
    if enumeration is not None:
        return Representation(codelist=enumeration.reference())
    given = form.attributes if form else {}
    facets = Facets(
        min_length=_whole(given.get("minLength")),
        max_length=_whole(given.get("maxLength")),
        min_value=_number(given.get("minValue")),
        max_value=_number(given.get("maxValue")),
        decimals=_whole(given.get("decimals")),
        pattern=given.get("pattern", ""),
    )
    return Representation(type=given.get("textType", "String") if form else "", facets=facets)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _structure(item: Element) -> LooseStructure:
    made = LooseStructure(item.own(), item.labels())
    lists = [child for part in item.all("DataStructureComponents") for child in part.children]
    for group in (child for child in lists if child.name == "Group"):
        named = [ref.name_of() for child in group.all("GroupDimension") for ref in child.all("DimensionReference")]
        made.groups[group.attributes.get("id", "")] = tuple(named)
    for child in (child for part in lists if part.name != "Group" for child in part.children):
        if child.name in _DIMENSIONS:
            made.components.append(_component(child, _DIMENSIONS[child.name]))
        elif child.name in _MEASURES:
            made.components.append(_component(child, "measure", required=_required(child, otherwise=False)))
        elif child.name == "Attribute":
            made.components.append(_attribute(child))
    positions = {id(part): number for number, part in enumerate(made.components)}
    order = {"dimension": 0, "time": 1, "measure": 2, "attribute": 3}
    made.components.sort(key=lambda part: (order[part.role], positions[id(part)]))
    return made


def _required(item: Element, *, otherwise: bool) -> bool:
    said = item.attributes.get("assignmentStatus") or item.attributes.get("usage")
    return said.lower() == "mandatory" if said else otherwise


def _component(item: Element, role: str, *, required: bool = True) -> LooseComponent:
    concept = item.one("ConceptIdentity")
    named = concept.reference() if concept else None
    # An id may be left out: it is that of the concept.
    name = item.attributes.get("id") or (named.item if named else "") or ("OBS_VALUE" if role == "measure" else "")
    return LooseComponent(name, role, named, _representation(item.one("LocalRepresentation")), required)


def _attribute(item: Element) -> LooseComponent:
    made = _component(item, "attribute", required=_required(item, otherwise=False))
    relation = item.one("AttributeRelationship")
    if relation is None:
        return made
    dimensions = tuple(child.name_of() for child in relation.all("Dimension"))
    group = next((child.name_of() for child in relation.all("Group", "AttachmentGroup")), "")
    if dimensions:
        made.attached_to = dimensions
    elif group:
        made.group = group
    elif relation.all("None", "Dataflow"):
        made.attached_to = ()
    return made


def _constraint(item: Element) -> Constraint:
    own, attached = item.own(), item.one("ConstraintAttachment")
    about = [child.reference() for child in attached.all("DataStructure", "Dataflow")] if attached else []
    regions = [_region(child) for child in item.all("CubeRegion")]
    sets = [_key_set(child) for child in item.all("DataKeySet")]
    return Constraint(own.id, own.agency, own.version, tuple(regions), tuple(sets), tuple(about))


def _region(item: Element) -> Region:
    chosen = item.all("KeyValue", "Attribute", "Component")
    selections = {child.attributes.get("id", ""): _selection(child) for child in chosen}
    return Region(selections, included=item.attributes.get("include", "true") != "false")


def _selection(item: Element) -> Selection:
    values = frozenset(child.text for child in item.all("Value"))
    span = item.one("TimeRange")
    start = (span.one("StartPeriod") or span.one("AfterPeriod")) if span else None
    end = (span.one("EndPeriod") or span.one("BeforePeriod")) if span else None
    included = item.attributes.get("include", "true") != "false"
    return Selection(values, included, start.text if start else "", end.text if end else "")


def _key_set(item: Element) -> KeySet:
    keys = tuple(
        {
            child.attributes.get("id", ""): value.text
            for child in key.all("KeyValue")
            for value in child.all("Value")[:1]
        }
        for key in item.all("Key")
    )
    return KeySet(keys, included=item.attributes.get("isIncluded", "true") != "false")
