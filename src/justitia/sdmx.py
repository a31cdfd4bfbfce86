"""SDMX files by one call each: validate, read, write; and the tables of a workspace, protected, as SDMX.

Everything is done in blocks: memory does not grow with the file.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.engine import Engine, literal, quote
from justitia.errors import DisclosureError, RequestError
from justitia.findings import Finding

if TYPE_CHECKING:
    from justitia.collect.sdmx import Received
    from justitia.disseminate.sdmx import Header
    from justitia.disseminate.sdmx.national import NationalTable
    from justitia.metadata.structure import Constraint, Structure
    from justitia.model.publication import Publication
    from justitia.validate.sdmx import Sums
    from justitia.workspace import Workspace

MEMORY = "128MiB"  # of the table engine; the rest of the program needs twice as much
BATCH = 16_384


@dataclass(frozen=True, slots=True)
class SdmxReport:
    """What was found in an SDMX data message.

    Args:
        findings: faults against the structure, the first of each kind and counts.
        rows: number of observations.
        structures: what the message says that its structure is.
    """

    findings: tuple[Finding, ...]
    rows: int
    structures: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether there is no error; warnings may be there."""
        return not any(finding.severity == "error" for finding in self.findings)


@contextmanager
def _working(memory: str = MEMORY) -> Iterator[tuple[Engine, Path]]:
    """Lend an engine and an empty folder, which is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="justitia-sdmx-"))
    try:
        with Engine(scratch=folder / "scratch", memory=memory) as engine:
            yield engine, folder / "read"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def validate_sdmx(
    path: Path | str,
    structure: Structure,
    *,
    constraints: Sequence[Constraint] = (),
    sums: Sums | None = None,
    limit: int = 10,
) -> SdmxReport:
    """Return everything in which an SDMX data message breaks its structure.

    Args:
        path: SDMX-CSV, SDMX-ML or SDMX-JSON data; the format is recognised.
        structure: data structure, as `read_structure` gives it.
        constraints: content constraints beside those read with the structure.
        sums: sums that must hold.
        limit: number of faults shown of each rule and component; the others are counted.

    Raises:
        LayoutError: E-SDM-002 to E-SDM-006, E-SDM-011, E-SDM-013 to E-SDM-015 when the file cannot be read.
    """
    from justitia.collect.sdmx import receive_sdmx
    from justitia.validate.sdmx import check_observations

    path = Path(path)
    with _working() as (engine, folder):
        received = receive_sdmx(path, engine, folder)
        relation = _kept(engine, received)
        found = check_observations(
            engine,
            relation,
            received.columns,
            structure,
            table=path.name,
            constraints=constraints,
            sums=sums,
            limit=limit,
        )
    return SdmxReport((*_named(path, structure, received), *found), received.rows, received.structures)


def _kept(engine: Engine, received: Received) -> str:
    """Return the relation, put together once where it is a join."""
    if received.relation.startswith("read_parquet"):
        return received.relation
    engine.execute(f"CREATE OR REPLACE TEMP TABLE sdmx_received AS SELECT * FROM {received.relation}")
    return "sdmx_received"


def _named(path: Path, structure: Structure, received: Received) -> Iterator[Finding]:
    """Yield a warning where the message names another structure; a dataflow may have any name."""
    from justitia.metadata.structure import Reference

    names = [Reference.parse(name) for name in received.structures]
    own = Reference(structure.agency, structure.id, structure.version)
    same = [name for name in names if name.id == own.id or name.agency != own.agency]
    for name in names:
        if name.id == own.id and (name.agency, name.version) != (own.agency, own.version) and same:
            message = f"the message names {name} and is checked against {structure.short}: use the structure it names"
            yield Finding("V-SDX-012", "warning", path.name, message, value=str(name))


def read_sdmx(path: Path | str, target: Path | str) -> Received:
    """Write the observations of an SDMX data message to a Parquet or CSV file and return what the message holds.

    Every column is text, as the message has it: codes keep their leading zeros, figures their digits.

    Raises:
        RequestError: E-SDM-040 when the target is neither.
        LayoutError: as for `validate_sdmx`.
    """
    from justitia.collect.sdmx import receive_sdmx

    target = Path(target)
    options = {".parquet": "FORMAT parquet, COMPRESSION zstd", ".csv": "FORMAT csv, HEADER, DELIMITER ','"}
    if target.suffix.lower() not in options:
        raise RequestError(
            "E-SDM-040", "the target is neither Parquet nor CSV", where=str(target), remedy="Name it .parquet or .csv"
        )
    aside = target.with_name(f".{target.name}.part")
    with _working() as (engine, folder):
        received = receive_sdmx(Path(path), engine, folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if received.file and target.suffix.lower() == ".parquet":
                shutil.move(received.file, aside)  # it is what is wanted already
            else:
                copy = f"COPY (SELECT * FROM {received.relation}) TO {literal(str(aside))}"
                engine.execute(f"{copy} ({options[target.suffix.lower()]})")
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
    received.file = None
    return received


def write_sdmx(
    source: Path | str, structure: Structure, target: Path | str, *, format: str, header: Header | None = None
) -> int:
    """Write observations of a file as an SDMX data message and return their number.

    Args:
        source: an SDMX data message, or a Parquet file with a column for each component.
        structure: data structure.
        target: file to be written, whole or not at all.
        format: `csv-1.0`, `csv-2.0`, `ml-2.1`, `ml-3.0` or `json-2.0`.
        header: what the message says of itself; default, the structure's agency as sender.

    Raises:
        RequestError: E-SDM-020 to E-SDM-022 when structure, columns or format do not fit.
        LayoutError: as for `validate_sdmx`.
    """
    from justitia.collect.sdmx import receive_sdmx
    from justitia.disseminate.sdmx import Header, write_data

    source, target = Path(source), Path(target)
    header = header or Header(target.stem, structure.agency, datetime.now(UTC))
    with _working() as (engine, folder):
        if source.suffix.lower() == ".parquet":
            relation = engine.parquet([source])
            columns: Sequence[str] = engine.columns(relation)
        else:
            received = receive_sdmx(source, engine, folder)
            relation, columns = received.relation, received.columns
        order = ", ".join(quote(name) for name in structure.key if name in columns) or "1"
        wanted = [item.id for item in structure.components if item.id in columns]
        if not wanted:
            raise RequestError(
                "E-SDM-020",
                "the file has no column of the structure",
                where=str(source),
                remedy="Name each column after a component of the structure",
            )
        select = f"SELECT {', '.join(map(quote, wanted))} FROM {relation} ORDER BY {order}"
        batches = engine.connection.sql(select).to_arrow_reader(BATCH)
        return write_data(batches, structure, target, format=format, header=header, columns=columns)


# -- structures, by file or by name ---------------------------------------------------------------------------------
def open_structure(
    *named: str, name: str = "", workspace: Workspace | None = None
) -> tuple[Structure, tuple[Constraint, ...]]:
    """Return a data structure and the constraints published with it.

    Args:
        named: files with structure messages, or one entry of the catalogue, for example `sdg_1.3`, whose file lies in
            the workspace's folder `structures/`.
        name: id of the structure, where the files hold several.
        workspace: needed for an entry of the catalogue.

    Raises:
        CatalogueError: E-SDM-030, E-SDM-031 when the file of an entry is not there or another; E-SDM-008, E-SDM-009,
            E-SDM-012 when the structure is at fault.
        RequestError: E-SDM-001, E-SDM-010 when there is no such file, entry or structure.
    """
    from justitia.metadata.structure_catalogue import FOLDER, entry_files, with_earlier_names
    from justitia.metadata.structure_reading import read_constraints, read_structure

    entries = workspace.catalogue.structures if workspace else {}
    if workspace and len(named) == 1 and named[0] in entries and not Path(named[0]).exists():
        entry = entries[named[0]]
        file, constraints = entry_files(entry, workspace.folder / FOLDER)
        structure = with_earlier_names(read_structure(file, name=name or entry.short), entry.renamed or {})
        return structure, read_constraints(constraints, structure) if constraints else ()
    return read_structure(*map(Path, named), name=name), ()


# -- the tables of a workspace ------------------------------------------------------------------------------------
def agency_of(workspace: Workspace) -> str:
    """Return the SDMX id of the office that answers for a workspace's structures: `[sdmx] agency`, or `NSO`."""
    return workspace.settings.sdmx_agency


def published_tables(workspace: Workspace, publication: Publication) -> tuple[NationalTable, ...]:
    """Return the protected tables of a publication with their SDMX structures.

    Raises:
        RequestError: E-SDM-023 when an id or a code cannot be one in SDMX.
    """
    from justitia.disseminate.sdmx.national import national_tables

    catalogue = workspace.catalogue
    return national_tables(
        publication,
        agency=agency_of(workspace),
        common=catalogue.structure_words,
        messages=catalogue.messages("report"),
    )


def _header(publication: Publication, table: NationalTable) -> Header:
    from justitia.disseminate.sdmx import Header

    released = datetime.combine(publication.released, datetime.min.time(), UTC)
    name = f"{table.structure.id}_{publication.vintage}"
    agency = table.structure.agency
    return Header(name, agency, released, test=publication.made_up, dataflow=table.dataflow)


def write_published(
    workspace: Workspace, publication: Publication, folder: Path, *, formats: Sequence[str] = ("csv-2.0", "ml-3.0")
) -> tuple[Path, ...]:
    """Write every protected table of a publication as SDMX, and their structures where pysdmx is installed.

    Args:
        workspace: the workspace.
        publication: what may be said in public.
        folder: where the files go.
        formats: of the data.

    A table whose codes cannot be written in SDMX is left out, and `NOT_WRITTEN.txt` says why.
    """
    from justitia.disseminate.files import write_whole
    from justitia.disseminate.sdmx import FORMATS, write_data

    try:
        tables = published_tables(workspace, publication)
    except RequestError as error:
        return (write_whole(folder / "NOT_WRITTEN.txt", f"{error}\n".encode()),)
    written = []
    for table in tables:
        for format in formats:
            path = folder / f"{_flow_id(table)}.{format}{FORMATS[format]}"
            batches, header = table.cells.to_batches(max_chunksize=BATCH), _header(publication, table)
            write_data(batches, table.structure, path, format=format, header=header, columns=table.cells.column_names)
            written.append(path)
    try:
        written.append(write_table_structures(publication, tables, folder / "structures.xml"))
    except RequestError as error:
        if error.code != "E-SDM-024":  # pysdmx is an extra: data are complete without it
            raise
    return tuple(written)


def _flow_id(table: NationalTable) -> str:
    return table.dataflow.partition(":")[2].partition("(")[0].lower()


def write_table_structures(
    publication: Publication, tables: Sequence[NationalTable], path: Path, *, format: str = "ml-2.1"
) -> Path:
    """Write the structures of national tables, with dataflows and constraints, as one message.

    Raises:
        RequestError: E-SDM-024 when the extra `sdmx` is not installed, E-SDM-025 for a format that is not written.
    """
    from justitia.disseminate.sdmx.structures import Flow, write_structures

    flows: Mapping[str, Flow] = {t.structure.short: Flow(t.dataflow, t.labels) for t in tables}
    return write_structures(
        [table.structure for table in tables],
        path,
        format=format,
        sender=tables[0].structure.agency if tables else "NSO",
        id=f"STRUCTURES_{publication.vintage}",
        prepared=datetime.combine(publication.released, datetime.min.time(), UTC),
        test=publication.made_up,
        flows=flows,
    )


def present_publication(workspace: Workspace) -> Publication:
    """Return what may be said in public of the present state of a workspace."""
    from justitia.collect.batch import received_on
    from justitia.publish import build_publication

    with workspace.engine() as engine:
        state = workspace.store.read()
        return build_publication(workspace, engine, state, vintage="preview", released=received_on())


def write_table(workspace: Workspace, name: str, target: Path, *, format: str) -> int:
    """Write one table of a workspace, protected as in a release, as an SDMX data message; return its observations.

    Args:
        workspace: the workspace, run.
        name: of the dataflow.
        target: file to be written.
        format: one of the formats of `write_sdmx`.

    Raises:
        DisclosureError: E-SDM-041 for a table that has not passed protection: exact counts go by `justitia transmit`.
        RequestError: E-SDM-042 when there is no such table.
    """
    from justitia.disseminate.sdmx import write_data

    if "__" in name and not name.startswith("protected__"):
        raise DisclosureError(
            "E-SDM-041",
            f"table [{name}] has not passed protection",
            remedy="Name the dataflow; exact tables go by `justitia transmit`",
        )
    publication = present_publication(workspace)
    wanted = name.removeprefix("protected__").upper()
    tables = published_tables(workspace, publication)
    table = next((table for table in tables if _flow_id(table).upper() == wanted), None)
    if table is None:
        raise RequestError(
            "E-SDM-042",
            f"there is no protected table [{name}]",
            where=str(workspace.folder),
            remedy=f"There are: {', '.join(map(_flow_id, tables)) or 'none yet; run `justitia run`'}",
        )
    batches, header = table.cells.to_batches(max_chunksize=BATCH), _header(publication, table)
    columns = table.cells.column_names
    return write_data(batches, table.structure, target, format=format, header=header, columns=columns)
