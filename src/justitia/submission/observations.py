"""A filled round as observations of the SDMX structure that its recipient takes, checked before they are written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import RequestError
from justitia.metadata.binding import components_of
from justitia.model.questionnaire import FILLED, SUPPRESSED
from justitia.sdmx import BATCH, open_structure, validate_sdmx

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.disseminate.sdmx import Header
    from justitia.metadata.collection import Collection
    from justitia.metadata.structure import Constraint, Structure
    from justitia.model.questionnaire import FilledCell, FilledRound
    from justitia.workspace import Workspace

AREA = "{area}"
STATUS = {FILLED: "A", SUPPRESSED: "Q"}  # SDMX cross-domain list CL_OBS_STATUS: normal; missing value, suppressed


def check_area(collection: Collection, area: str) -> None:
    """Refuse a collection that has no place in SDMX, or lacks the code of the country.

    Raises:
        RequestError: E-FIL-005 when the recipient takes no SDMX, E-FIL-006 when no area is named.
    """
    if not collection.structure or not collection.bindings:
        raise RequestError(
            "E-FIL-005",
            f"collection {collection.id} has no place in an SDMX structure",
            remedy="Write the workbook, or add structure and sdmx.csv to the collection in the overlay",
        )
    if not area and any(AREA in item.value for item in collection.bindings):
        raise RequestError(
            "E-FIL-006",
            "the code of the country in the SDMX structure is not known",
            remedy="Name it with --area, or as `area` under [sdmx] in justitia.toml, for example the M49 number",
        )


def observations_of(filled: FilledRound, collection: Collection, area: str) -> pa.Table:
    """Return the observations of a round: a text column for each component, a row for each filled or redacted cell.

    Args:
        filled: the round.
        collection: what it is a round of, with its bindings.
        area: code of the country in the structure.
    """
    import pyarrow as pa

    rows = list(_rows(filled, collection, area))
    names = list(dict.fromkeys(item.component for item in collection.bindings))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def _rows(filled: FilledRound, collection: Collection, area: str) -> Iterator[dict[str, str | None]]:
    bound = {
        cell.id: components_of(collection.bindings, cell.table, cell.line, cell.column) for cell in collection.cells
    }
    for (identifier, _), cell in filled.cells.items():
        components = bound[identifier]
        if components is None or cell.status not in STATUS:
            continue
        said = {"area": area, "line": identifier.split(":")[1], **_said(cell, filled)}
        yield {name: _put(value, said) for name, value in components.items()}


def _said(cell: FilledCell, filled: FilledRound) -> dict[str, str]:
    notes = (filled.footnotes.get(note, "") for note in (*cell.notes, *(["small"] if cell.is_small else [])))
    return {
        "unit": cell.unit,
        "year": str(cell.year),
        "value": _figure(cell.value),
        "status": STATUS[cell.status],
        "lower": _figure(cell.lower),
        "upper": _figure(cell.upper),
        "notes": " ".join(filter(None, notes)),
        "sources": filled.answers.get("sources", ""),
    }


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _put(text: str, said: Mapping[str, str]) -> str | None:
    for name, value in said.items():
        text = text.replace(f"{{{name}}}", value)
    return text or None


def write_observations(
    workspace: Workspace,
    filled: FilledRound,
    collection: Collection,
    targets: Mapping[str, Path],
    *,
    area: str,
) -> int:
    """Write a round as SDMX messages, each checked against its structure first, and return their observations.

    Args:
        workspace: with the structure in its folder `structures/`.
        filled, collection, area: as for `observations_of`.
        targets: format -> file.

    Raises:
        CatalogueError: E-SDM-030, E-SDM-031 when the structure is not in the workspace, or another.
        RequestError: E-FIL-005, E-FIL-006 as `check_area`; E-FIL-007 when the structure has no place for a figure.
    """
    check_area(collection, area)
    structure, constraints = open_structure(collection.structure, workspace=workspace)
    table = observations_of(filled, collection, area)
    order = [(name, "ascending") for name in structure.key if name in table.column_names]
    table = table.sort_by(order)
    rows: int = table.num_rows
    aside = Path(tempfile.mkdtemp(prefix="justitia-fill-"))
    try:
        made = {}
        for format in targets:
            made[format] = aside / format
            _write(table, structure, made[format], format, _header(workspace, filled))
            _check(made[format], structure, constraints, format)
        for format, target in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made[format], target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return rows


def _write(table: pa.Table, structure: Structure, path: Path, format: str, header: Header) -> None:
    from justitia.disseminate.sdmx import write_data

    batches: Sequence[pa.RecordBatch] = table.to_batches(max_chunksize=BATCH)
    write_data(batches, structure, path, format=format, header=header, columns=table.column_names)


def _header(workspace: Workspace, filled: FilledRound) -> Header:
    from datetime import UTC, datetime

    from justitia.collect.batch import received_on
    from justitia.disseminate.sdmx import Header

    name = filled.collection.replace("/", "_").replace(".", "_").upper()
    prepared = datetime.combine(received_on(), datetime.min.time(), UTC)
    return Header(f"{name}_{filled.year}", workspace.settings.sdmx_agency, prepared, test=filled.made_up)


def _check(path: Path, structure: Structure, constraints: Sequence[Constraint], format: str) -> None:
    report = validate_sdmx(path, structure, constraints=constraints)
    faults = [item for item in report.findings if item.severity == "error"]
    if faults:
        raise RequestError(
            "E-FIL-007",
            f"{sum(item.count for item in faults)} figures have no place in {structure.short}; the first: "
            f"{faults[0].rule_id} {faults[0].message}",
            where=format,
            remedy="Correct the area code, or sdmx.csv of the collection; nothing was written",
        )
