"""SDMX structures of national tables, generated from their definitions: code lists, dimensions, constraint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from justitia.disseminate.wording import Messages
from justitia.errors import RequestError
from justitia.metadata.definitions import Code, CodeList, Labels
from justitia.metadata.structure import Component, Constraint, Region, Selection, Structure
from justitia.model.missing import MISSING, TOTAL

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.metadata.definitions import Dataflow
    from justitia.model.publication import Publication, PublishedTable

VERSION = "1.0"
_ID = re.compile(r"[A-Za-z0-9_@$-]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_PERIOD = r"^\d{4}"  # periods; the total over all of them has no place in SDMX's time dimension
_RENAMED = {"LOWER": "LOWER_BOUND", "UPPER": "UPPER_BOUND"}
BY_OBSERVATION = ("LOWER_BOUND", "UPPER_BOUND", "OBS_STATUS", "CONF_STATUS")

Common = Mapping[tuple[str, str], Labels]  # (component, code) -> labels, of the catalogue


@dataclass(frozen=True, slots=True)
class NationalTable:
    """A published table as SDMX.

    Args:
        structure: its data structure, with a constraint that names the codes in use.
        cells: Arrow table, a column for each component, in the order of the key.
        dataflow: short name of its dataflow.
        labels: of the dataflow.
    """

    structure: Structure
    cells: pa.Table
    dataflow: str
    labels: Labels


def national_tables(
    publication: Publication, *, agency: str, common: Common, messages: Messages
) -> tuple[NationalTable, ...]:
    """Return the tables of a publication with their SDMX structures; equal code lists are one.

    Args:
        publication: protected tables.
        agency: SDMX id of the office that answers for the structures.
        common: labels of what all national structures have.
        messages: words of the report, for reserved codes and names of dimensions.

    Raises:
        RequestError: E-SDM-023 when an id or a code cannot be one in SDMX.
    """
    lists = _codelists(publication.tables, messages)
    made = [_national(table, publication, agency, common, messages, lists) for table in publication.tables]
    return tuple(made)


def _codelists(tables: Iterable[PublishedTable], messages: Messages) -> dict[str, CodeList]:
    """Return the code lists of all tables by their SDMX id, each with every code that a table uses."""
    lists: dict[str, CodeList] = {}
    for table in tables:
        for listed in table.codelists.values():
            name = f"CL_{listed.name.upper()}"
            have = lists[name].codes if name in lists else {}
            lists[name] = replace(listed, name=name, version=listed.version or VERSION, codes={**have, **listed.codes})
    for name, listed in lists.items():
        wrong = next((code for code in listed.codes if not _ID.fullmatch(code)), None)
        if wrong is not None:
            raise _not_sdmx("code", wrong, name)
        reserved = {code: Code(code, messages.get(f"code.{code}", {"en": code})) for code in (TOTAL, *MISSING)}
        version = listed.version if re.fullmatch(r"\d+(\.\d+){1,2}", listed.version) else VERSION
        codes = {
            code: replace(entry, parent=entry.parent if entry.parent in listed.codes else "")
            for code, entry in listed.codes.items()
        }
        lists[name] = replace(listed, version=version, codes=reserved | codes)
    return lists


def _not_sdmx(what: str, name: str, where: str) -> RequestError:
    return RequestError(
        "E-SDM-023",
        f"{what} [{name}] cannot be one in SDMX",
        where=where,
        remedy="Use letters without accents, digits, _, - , @ and $ only",
    )


def _national(
    table: PublishedTable,
    publication: Publication,
    agency: str,
    common: Common,
    messages: Messages,
    lists: Mapping[str, CodeList],
) -> NationalTable:
    flow = table.dataflow
    for name in (flow.id, *(dimension.id for dimension in flow.dimensions), *_measures(flow)):
        if not _NAME.fullmatch(name):
            raise _not_sdmx("id", name, flow.id)
    dimensions = [
        Component(
            dimension.id,
            "dimension",
            codelist=lists[f"CL_{table.codelists[dimension.id].name.upper()}"],
            labels=dimension.labels or messages.get(f"dimension.{dimension.id}") or {"en": dimension.id},
        )
        for dimension in flow.dimensions
    ]
    measures = CodeList(f"CL_MEASURE_{flow.id.upper()}", _measures(flow), version=VERSION)
    components = [
        *([_common("FREQ", "dimension", common)] if flow.frequency else []),
        *dimensions,
        Component("MEASURE", "dimension", codelist=measures, labels=common[("MEASURE", "")]),
        *(
            [Component("TIME_PERIOD", "time", "ObservationalTimePeriod", labels=common[("TIME_PERIOD", "")])]
            if flow.frequency
            else []
        ),
        Component("OBS_VALUE", "measure", "Double", required=False, labels=common[("OBS_VALUE", "")]),
        *(_common(name, "attribute", common) for name in BY_OBSERVATION),
        *([_made_up(common)] if publication.made_up else []),
    ]
    cells = _cells(table, publication, common)
    about = Structure(agency, f"DSD_{flow.id.upper()}", VERSION, tuple(components), labels=flow.labels)
    in_use = {
        item.id: Selection(frozenset(cells.column(item.id).unique().to_pylist())) for item in about.of_role("dimension")
    }
    region = (Region(in_use),) if cells.num_rows else ()
    constraint = Constraint(f"CR_{flow.id.upper()}", agency, VERSION, regions=region)
    cells = cells.select([item.id for item in components if item.id in cells.column_names])
    order = [(name, "ascending") for name in about.key]
    return NationalTable(
        replace(about, constraints=(constraint,)),
        cells.sort_by(order) if cells.num_rows else cells,
        f"{agency}:{flow.id.upper()}({VERSION})",
        flow.labels,
    )


def _measures(flow: Dataflow) -> dict[str, Code]:
    items = [(item.id, item.labels) for item in flow.measures] + [(item.id, item.labels) for item in flow.ratios]
    return {name: Code(name, labels or flow.labels) for name, labels in items}


def _common(name: str, role: str, common: Common) -> Component:
    codes = {code: Code(code, labels) for (component, code), labels in common.items() if component == name and code}
    listed = CodeList(f"CL_{name}", codes, version=VERSION) if codes else None
    kind = "String" if listed else "Double"
    required = role == "dimension" or listed is not None
    return Component(name, role, kind, required=required, codelist=listed, labels=common[(name, "")])


def _made_up(common: Common) -> Component:
    return Component("MADE_UP", "attribute", "Boolean", attached_to=(), labels=common[("MADE_UP", "")])


def _cells(table: PublishedTable, publication: Publication, common: Common) -> pa.Table:
    """Return the cells with SDMX's column names; what is confidential has no figure, whatever the table holds."""
    import pyarrow as pa
    import pyarrow.compute as pc

    flow, cells = table.dataflow, table.cells
    cells = cells.rename_columns([_RENAMED.get(name, name) for name in cells.column_names])
    hidden = pc.equal(cells.column("CONF_STATUS"), "C")
    for name in ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND"):
        shown = pc.if_else(hidden, pa.scalar(None, pa.float64()), cells.column(name))
        cells = cells.set_column(cells.column_names.index(name), name, shown)
    if flow.frequency:
        cells = cells.filter(pc.match_substring_regex(cells.column("TIME_PERIOD"), _PERIOD))
        cells = cells.append_column("FREQ", pa.repeat(pa.scalar(flow.frequency), cells.num_rows))
    if publication.made_up:
        cells = cells.append_column("MADE_UP", pa.repeat(pa.scalar("true"), cells.num_rows))
    return cells
