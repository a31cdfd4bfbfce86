"""The coding queue: national offences without an ICCS code, most frequent first, as a worksheet to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from justitia.cli.screen import print_next, print_table


@click.group()
def coding() -> None:
    """Code what has no ICCS code yet: export the queue, fill it in, import it."""


@coding.command("list")
@click.option("-n", "--limit", default=30, help="Number of offences shown.")
@click.pass_obj
def list_(folder: str, limit: int) -> None:
    """Show the queue."""
    from justitia.classify.queue import coding_queue
    from justitia.workspace import Workspace

    rows = coding_queue(Workspace(folder))
    print_table(
        ("records", "source", "national code", "text"),
        [(f"{row.records:,}", row.source_id, row.national_code[:60], row.national_text[:60]) for row in rows[:limit]],
        numbers=(0,),
    )
    click.echo(f"{len(rows):,} national offences wait for a code")
    print_next(f"justitia -w {folder} coding export QUEUE.xlsx")


@coding.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@click.pass_obj
def export(folder: str, workbook: Path) -> None:
    """Write the queue to WORKBOOK, with the ICCS on a second sheet."""
    from justitia.classify.queue import coding_queue, export_queue
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    rows = coding_queue(workspace)
    export_queue(workspace, rows, workbook)
    click.echo(f"Wrote {len(rows):,} offences to {workbook}")
    print_next(
        "fill in iccs_code (and status, basis); leave empty what is not decided",
        f"justitia -w {folder} coding import {workbook}",
    )


@coding.command("import")
@click.argument("workbook", type=click.Path(path_type=Path, exists=True))
@click.pass_obj
def import_(folder: str, workbook: Path) -> None:
    """Add the decisions in WORKBOOK to the correspondences of the workspace's overlay.

    A decision that was made before is replaced, so a corrected workbook can be imported again.
    """
    from justitia.classify.queue import import_queue
    from justitia.workspace import Workspace

    written = import_queue(Workspace(folder), workbook)
    for file, added in written.items():
        click.echo(f"Added {added:,} decisions to {file}" if added else f"Nothing new: {file} has these decisions")
    if not written:
        click.echo("No decision in this workbook: no row has an iccs_code or a status.")
        print_next(f"fill in iccs_code, then justitia -w {folder} coding import {workbook}")
        return
    print_next(f"justitia -w {folder} run")


COMMANDS = (coding,)
