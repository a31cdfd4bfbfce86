"""SDMX: validate, read and write data messages, and look at structures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table

if TYPE_CHECKING:
    from justitia.metadata.structure import Constraint, Structure
    from justitia.workspace import Workspace

FAULTS_FOUND = 4  # as for every received file that is not as declared
DATA_FORMATS = ("csv-1.0", "csv-2.0", "ml-2.1", "ml-3.0", "json-2.0")
STRUCTURE_FORMATS = ("ml-2.1", "ml-3.0", "ml-3.1", "json-2.0", "json-2.1")
SHOWN_CODES = 6


@click.group()
def sdmx() -> None:
    """SDMX data and structures: validate, read, write."""


_structure = click.option(
    "-s",
    "--structure",
    "structures",
    multiple=True,
    required=True,
    help="Structure message (DSD), or an entry of the catalogue such as sdg_1.3; repeat for further files.",
)
_name = click.option("--name", default="", help="Id of the structure, where the files hold several.")


def _workspace(folder: str) -> Workspace | None:
    """Return the workspace when there is one: SDMX files can be checked without."""
    from justitia.workspace import SETTINGS, Workspace

    return Workspace(folder) if (Path(folder) / SETTINGS).exists() else None


def _opened(folder: str, structures: tuple[str, ...], name: str) -> tuple[Structure, tuple[Constraint, ...]]:
    from justitia.sdmx import open_structure

    return open_structure(*structures, name=name, workspace=_workspace(folder))


@sdmx.command()
@click.argument("file", type=click.Path(path_type=Path))
@_structure
@_name
@click.option(
    "--constraints", multiple=True, type=click.Path(path_type=Path), help="Content constraints: SDMX, or a CSV table."
)
@click.option("--sum", "sums", multiple=True, help="Dimension whose codes must add up: children to parents, all to _T.")
@click.option("--tolerance", default=0.0, help="How far a sum may be off.")
@click.option("-n", "--limit", default=10, help="Faults shown of each rule and component.")
@click.pass_obj
def validate(
    folder: str,
    file: Path,
    structures: tuple[str, ...],
    name: str,
    constraints: tuple[Path, ...],
    sums: tuple[str, ...],
    tolerance: float,
    limit: int,
) -> None:
    """Check the data message FILE against its structure.

    The format is recognised. Exits with 0 when there is no error, with 4 when there are some or the file cannot be
    read, with 3 when the structure is at fault.
    """
    from justitia.metadata.structure_reading import read_constraints
    from justitia.sdmx import validate_sdmx
    from justitia.validate.sdmx import Sums

    structure, published = _opened(folder, structures, name)
    listed = [constraint for path in constraints for constraint in read_constraints(path, structure)]
    wanted = Sums(_known(structure, sums), tolerance) if sums else None
    report = validate_sdmx(file, structure, constraints=(*published, *listed), sums=wanted, limit=limit)
    for finding in report.findings:
        colour = {"error": "red", "warning": "yellow"}.get(finding.severity)
        click.secho(f"{finding.severity} {finding.rule_id} ", fg=colour, nl=False)
        times = f" ({finding.count:,} observations)" if finding.count > 1 else ""
        click.echo(f"{finding.message}{times}")
    errors = sum(finding.severity == "error" for finding in report.findings)
    click.echo(f"{report.rows:,} observations checked against {structure.short}: {errors or 'no'} errors shown")
    if not report.valid:
        print_next("correct the source of the message and write it again, or send the list to its sender")
        sys.exit(FAULTS_FOUND)
    print_next("the message may go out")


def _known(structure: Structure, names: tuple[str, ...]) -> tuple[str, ...]:
    from justitia.errors import RequestError

    for name in names:
        if name not in structure.key:
            raise RequestError(
                "E-SDM-043",
                f"[{name}] is no dimension",
                where=structure.short,
                remedy=f"Use {', '.join(structure.key)}",
            )
    return names


@sdmx.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def read(file: Path, target: Path) -> None:
    """Write the observations of the data message FILE to TARGET (.parquet or .csv), every value as text."""
    from justitia.sdmx import read_sdmx

    received = read_sdmx(file, target)
    named = ", ".join(received.structures) or "no structure"
    click.echo(f"Read {received.rows:,} observations, {len(received.columns)} columns, of {named}")
    print_next(f"justitia sdmx validate {file} --structure STRUCTURE")


@sdmx.command()
@click.argument("source")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("-f", "--format", "format_", type=click.Choice(DATA_FORMATS), default="csv-2.0", show_default=True)
@click.option("-s", "--structure", "structures", multiple=True, help="Structure of SOURCE, where it is a file.")
@_name
@click.pass_obj
def write(folder: str, source: str, target: Path, format_: str, structures: tuple[str, ...], name: str) -> None:
    """Write SOURCE as an SDMX data message to TARGET.

    SOURCE is a table of the workspace, protected as in a release, or (with --structure) an SDMX or Parquet file.
    """
    from justitia.sdmx import write_sdmx, write_table
    from justitia.workspace import Workspace

    if structures:
        structure, _ = _opened(folder, structures, name)
        rows = write_sdmx(Path(source), structure, target, format=format_)
    else:
        rows = write_table(Workspace(folder), source, target, format=format_)
    click.echo(f"Wrote {rows:,} observations to {target}")
    print_next(f"justitia sdmx validate {target} --structure STRUCTURE")


@sdmx.command("structure")
@click.argument("files", nargs=-1)
@_name
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write a structure message to this file.")
@click.option("-f", "--format", "format_", type=click.Choice(STRUCTURE_FORMATS), default="ml-2.1", show_default=True)
@click.pass_obj
def show(folder: str, files: tuple[str, ...], name: str, output: Path | None, format_: str) -> None:
    """Show the structure in FILES; without FILES, those of the workspace's tables. With -o, write it."""
    from datetime import UTC, datetime

    from justitia.disseminate.sdmx.structures import write_structures

    if not files:
        _national(folder, name, output, format_)
        return
    structure, _ = _opened(folder, files, name)
    _print(structure)
    if output:
        stamp = datetime.now(UTC)
        write_structures([structure], output, format=format_, sender=structure.agency, id=output.stem, prepared=stamp)
        click.echo(f"Wrote {output}")
    print_next(f"justitia sdmx validate FILE --structure {files[0]}")


def _national(folder: str, name: str, output: Path | None, format_: str) -> None:
    from justitia.sdmx import present_publication, published_tables, write_table_structures
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    publication = present_publication(workspace)
    tables = [t for t in published_tables(workspace, publication) if not name or name in (t.structure.id, t.dataflow)]
    for table in tables:
        _print(table.structure)
        click.echo()
    if output:
        write_table_structures(publication, tables, output, format=format_)
        click.echo(f"Wrote {len(tables)} structures to {output}")
    print_next(f"justitia -w {folder} sdmx write TABLE FILE.xml --format ml-3.0")


def _print(structure: Structure) -> None:
    click.secho(f"{structure.short}  {structure.labels.get('en', '')}", bold=True)
    rows = []
    for item in structure.components:
        codes = list(item.codelist.codes) if item.codelist else []
        first = ", ".join(codes[:SHOWN_CODES]) + (f" ... {len(codes)}" if len(codes) > SHOWN_CODES else "")
        needed = "yes" if item.required else ""
        rows.append((item.id, item.role, needed, item.codelist.name if item.codelist else item.type, first))
    print_table(("component", "role", "needed", "values", ""), rows)


COMMANDS = (sdmx,)
