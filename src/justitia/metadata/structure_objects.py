"""Structure messages in SDMX-JSON 2.0 and 2.1, read into parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from justitia.errors import LayoutError
from justitia.metadata.definitions import Code, CodeList, Labels
from justitia.metadata.sdmx_files import too_deep
from justitia.metadata.structure import Constraint, Facets, KeySet, Reference, Region, Selection
from justitia.metadata.structure_parts import (
    LooseComponent,
    LooseConcept,
    LooseStructure,
    Parts,
    Representation,
)

Json = Mapping[str, Any]


def read_objects(path: Path, parts: Parts) -> None:
    """Add everything that a structure message holds to `parts`.

    Raises:
        LayoutError: E-SDM-011 when it is no JSON or not built as SDMX-JSON, E-SDM-005 when it nests too deep.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig")).get("data") or {}
        _read(data, parts)
    except RecursionError as error:
        raise too_deep(path, 0) from error
    except json.JSONDecodeError as error:
        raise broken(path, error.msg, error.lineno) from error
    except UnicodeDecodeError as error:
        raise broken(path, "it is not UTF-8", 0) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise broken(path, f"a part is not where SDMX-JSON has it ({type(error).__name__})", 0) from error


def broken(path: Path, reason: str, line: int) -> LayoutError:
    """Return the error for JSON that cannot be read."""
    return LayoutError(
        "E-SDM-011",
        f"the file is broken SDMX-JSON: {reason}",
        where=f"{path}:{line}" if line else str(path),
        remedy="It may be cut short: fetch or make it again",
    )


def _read(data: Json, parts: Parts) -> None:
    for item in (*data.get("codelists", ()), *data.get("valueLists", ()), *data.get("valuelists", ())):
        own = _own(item)
        codes = {
            code["id"]: Code(code["id"], _labels(code), parent=code.get("parent") or "")
            for code in (item.get("codes") or item.get("valueItems") or ())
        }
        parts.codelists[own] = CodeList(own.id, codes, version=own.version, source=own.agency)
    for scheme in data.get("conceptSchemes", ()):
        own = _own(scheme)
        for concept in scheme.get("concepts", ()):
            name = Reference(own.agency, own.id, own.version, concept["id"])
            parts.concepts[name] = LooseConcept(_labels(concept), _representation(concept.get("coreRepresentation")))
    for item in data.get("dataStructures", ()):
        parts.structures.append(_structure(item))
    for item in data.get("dataflows", ()):
        if item.get("structure"):
            parts.dataflows[_own(item)] = Reference.parse(item["structure"])
    for item in (*data.get("dataConstraints", ()), *data.get("contentConstraints", ())):
        parts.constraints.append(_constraint(item))


def _own(item: Json) -> Reference:
    return Reference(item.get("agencyID") or "", item["id"], item.get("version") or "1.0")


def _labels(item: Json) -> Labels:
    names = item.get("names") or {}
    return dict(names) if names else {"en": item["name"]} if item.get("name") else {}


def _representation(item: Json | None) -> Representation:
    if not item:
        return Representation()
    if item.get("enumeration"):
        return Representation(codelist=Reference.parse(item["enumeration"]))
    form = item.get("format") or item.get("textFormat")
    if not form:
        return Representation()
    facets = Facets(
        min_length=form.get("minLength"),
        max_length=form.get("maxLength"),
        min_value=form.get("minValue"),
        max_value=form.get("maxValue"),
        decimals=form.get("decimals"),
        pattern=form.get("pattern") or "",
    )
    return Representation(type=form.get("dataType") or form.get("textType") or "String", facets=facets)


def _structure(item: Json) -> LooseStructure:
    held = item["dataStructureComponents"]
    made = LooseStructure(_own(item), _labels(item))
    made.groups = {group["id"]: tuple(group.get("groupDimensions", ())) for group in held.get("groups") or ()}
    dimensions = held.get("dimensionList") or {}
    times = dimensions.get("timeDimensions") or [dimensions.get("timeDimension")]
    made.components += _components(dimensions.get("dimensions") or (), "dimension")
    made.components += _components((time for time in times if time), "time")
    measures = held.get("measureList") or {}
    primary = measures.get("primaryMeasure")
    made.components += _components((*(measures.get("measures") or ()), *([primary] if primary else ())), "measure")
    made.components += _components((held.get("attributeList") or {}).get("attributes") or (), "attribute")
    return made


def _components(items: Iterable[Json], role: str) -> list[LooseComponent]:
    made = []
    for item in items:
        concept = Reference.parse(item["conceptIdentity"]) if item.get("conceptIdentity") else None
        said = str(item.get("usage") or item.get("assignmentStatus") or "").lower()
        made.append(
            LooseComponent(
                item.get("id") or (concept.item if concept else ""),
                role,
                concept,
                _representation(item.get("localRepresentation")),
                required=said == "mandatory" if said else role in ("dimension", "time"),
            )
        )
        relation = item.get("attributeRelationship") or {}
        if relation.get("dimensions"):
            made[-1].attached_to = tuple(relation["dimensions"])
        elif relation.get("group"):
            made[-1].group = relation["group"]
        elif "dataflow" in relation or "none" in relation:
            made[-1].attached_to = ()
    return made


def _constraint(item: Json) -> Constraint:
    own, attached = _own(item), item.get("constraintAttachment") or {}
    about = [Reference.parse(urn) for kind in ("dataStructures", "dataflows") for urn in attached.get(kind) or ()]
    regions = []
    for region in item.get("cubeRegions") or ():
        chosen = (
            *(region.get("keyValues") or ()),
            *(region.get("components") or ()),
            *(region.get("attributes") or ()),
        )
        included = region.get("include", region.get("isIncluded", True))
        regions.append(Region({entry["id"]: _selection(entry) for entry in chosen}, included is not False))
    sets = []
    for listed in item.get("dataKeySets") or ():
        keys = [
            {value["id"]: value["value"] for value in key.get("keyValues") or ()} for key in listed.get("keys") or ()
        ]
        sets.append(KeySet(tuple(keys), listed.get("isIncluded", True) is not False))
    return Constraint(own.id, own.agency, own.version, tuple(regions), tuple(sets), tuple(about))


def _selection(entry: Json) -> Selection:
    values = frozenset(
        value["value"] if isinstance(value, Mapping) else str(value) for value in entry.get("values") or ()
    )
    span = entry.get("timeRange") or {}
    start = span.get("startPeriod") or span.get("afterPeriod") or {}
    end = span.get("endPeriod") or span.get("beforePeriod") or {}
    return Selection(values, entry.get("include", True) is not False, start.get("period", ""), end.get("period", ""))
