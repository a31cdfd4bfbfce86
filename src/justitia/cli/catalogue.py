"""The catalogue: check an overlay, edit its lists in a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next

if TYPE_CHECKING:
    from justitia.metadata.definitions import Override


@click.group()
def catalogue() -> None:
    """Check definitions, and edit code lists and correspondences as workbooks."""


@catalogue.command()
@click.argument("overlay", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def check(folder: str, overlay: Path | None) -> None:
    """Check an overlay folder (default: those of the workspace): all faults at once, with file, line and remedy."""
    from justitia.errors import CatalogueErrors
    from justitia.metadata.check import check_catalogue
    from justitia.metadata.load import load_catalogue
    from justitia.workspace import Workspace

    loaded = load_catalogue(overlay) if overlay else Workspace(folder).catalogue
    faults = check_catalogue(loaded)
    _print_overrides(loaded.overrides)
    if faults:
        raise CatalogueErrors(faults)
    click.echo("No faults.")
    print_next(f"justitia -w {folder} run")


def _print_overrides(overrides: Sequence[Override]) -> None:
    """Print each row that an overlay replaced or retired, and how many rows it added to each file."""
    for override in overrides:
        if override.action != "add":
            click.echo(f"{override.action:8} {override.file} {override.key}")
    added = Counter(override.file for override in overrides if override.action == "add")
    for file, rows in added.items():
        click.echo(f"add      {file}" + (f" ({rows} rows)" if rows > 1 else ""))


@catalogue.command()
@click.argument("csv_file", type=click.Path(path_type=Path, exists=True))
@click.argument("workbook", type=click.Path(path_type=Path))
def export(csv_file: Path, workbook: Path) -> None:
    """Write a row file (code list, correspondence, ...) to a workbook for editing."""
    from justitia.metadata.workbook import export_workbook

    export_workbook(csv_file, workbook)
    click.echo(f"Wrote {workbook}")
    print_next(f"edit it, then: justitia catalogue import {workbook} {csv_file}")


@catalogue.command("import")
@click.argument("workbook", type=click.Path(path_type=Path, exists=True))
@click.argument("csv_file", type=click.Path(path_type=Path))
@click.pass_obj
def import_(folder: str, workbook: Path, csv_file: Path) -> None:
    """Read an edited workbook back into its row file."""
    from justitia.metadata.workbook import import_workbook

    import_workbook(workbook, csv_file)
    click.echo(f"Wrote {csv_file}")
    print_next(f"justitia -w {folder} catalogue check")


@catalogue.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--place", required=True, help="ISO3 code, location id or name of the country in FILE.")
@click.option("--version", required=True, help="Version of FILE, for example 2024; it is told with every rate.")
@click.option("--id", "identifier", default="wpp", show_default=True, help="Name of the new population table.")
@click.option("--area", default="_T", show_default=True, help="Area code that the place has here.")
@click.pass_obj
def population(folder: str, file: Path, place: str, version: str, identifier: str, area: str) -> None:
    """Take the population of one country from FILE, a CSV file of World Population Prospects (by age and sex)."""
    from justitia.collect.batch import received_on
    from justitia.metadata.population import add_population
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    target = workspace.folder / workspace.settings.overlays[-1] / "population"
    date = received_on().isoformat()
    rows = add_population(file, target, identifier=identifier, place=place, version=version, date=date, area=area)
    click.echo(f"Wrote {rows:,} rows to {target / identifier}.csv")
    print_next(f"justitia -w {folder} fill un-cts --year YEAR --population {identifier}")


COMMANDS = (catalogue,)
