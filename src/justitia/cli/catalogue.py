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


COMMANDS = (catalogue,)
