"""Protection: the secret of cell keys, the attack on a release, and exceptions."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from justitia.cli import file_of_records
from justitia.cli.audit_file import FileOptions, are_files, audit_files, file_options
from justitia.cli.screen import print_next, print_table


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RELEASE|FILE.csv...")
@file_options
@click.pass_obj
def audit(folder: str, names: tuple[str, ...], **options: Unpack[FileOptions]) -> None:
    """Attack RELEASE as an outsider would: all its tables together, with earlier vintages.

    For each cell that can be placed more narrowly than its rule allows, the equations that give it away are shown.
    Published tables of other tools are attacked as CSV files, several linked ones together: name the columns and what
    marks a suppressed value.
    """
    if are_files(names):
        audit_files(names, options)
        return
    if len(names) > 1:
        raise click.UsageError("Name one release, or CSV files only.")
    release = names[0]
    from justitia.release_audit import audit_release
    from justitia.workspace import Workspace

    found = audit_release(Workspace(folder), release)
    earlier = f", with {', '.join(found.earlier)}" if found.earlier else ""
    click.secho(f"{release}: {found.tables} tables attacked together{earlier}", bold=True)
    click.echo(f"{found.cells:,} cells and changes of cells have a required interval; {found.unsafe:,} are narrower.")
    if found.left_out:
        click.secho(f"{found.left_out:,} cells were not attacked: they are too many to attack together.", fg="yellow")
    if found.failures:
        rows = [(item.address, f"{item.lower:g} to {item.upper:g}", item.required) for item in found.failures]
        print_table(("cell", "an outsider finds", "required"), rows)
        for item in found.failures:
            if item.contributor:
                click.echo(f"  {item.address}: found by the one person who is counted in {item.contributor}")
            for line in item.equations:
                click.echo(f"  {item.address}: {line}")
    if found.exception:
        click.echo(f"Let out by exception of {found.exception['approver']}: {found.exception['reason']}")
    print_next(f"justitia -w {folder} explain ADDRESS   for any cell")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def secret(folder: str, file: Path) -> None:
    """Make the secret of cell keys in FILE (outside the workspace) and name it in justitia.toml."""
    from justitia.errors import RequestError
    from justitia.record_key import name_secret
    from justitia.store import write_atomically
    from justitia.vault import create_key
    from justitia.workspace import SETTINGS, Workspace

    workspace = Workspace(folder)
    settings = workspace.folder / SETTINGS
    if file.resolve().is_relative_to(workspace.folder):
        raise RequestError(
            "E-KEY-003",
            "the secret would lie in the workspace, beside what it protects",
            where=str(file),
            remedy="Name a file on another disk or in another folder",
        )
    text = name_secret(settings.read_text(encoding="utf-8"), file.resolve(), where=str(settings))
    create_key(file)
    write_atomically(settings, text.encode())
    click.echo(f"Made the secret {file}. Without it, later releases cannot agree with earlier ones.")
    print_next("keep a copy of the secret apart from the backups of this workspace", f"justitia -w {folder} run")


@click.command()
@click.argument("vintage")
@click.option("--approver", required=True, help="Role that is listed in justitia.toml ([release] may_except).")
@click.option("--reason", required=True, help="Why; readers of the release see it.")
@click.pass_obj
def exception(folder: str, vintage: str, approver: str, reason: str) -> None:
    """Record that release VINTAGE may be made although its audit fails. It shows in its quality figures."""
    from justitia.release_audit import record_exception
    from justitia.workspace import Workspace

    record_exception(Workspace(folder), vintage, approver=approver, reason=reason)
    click.echo(f"Recorded. Release {vintage} will say so in its quality figures.")
    print_next(f"justitia -w {folder} release --vintage {vintage}")


COMMANDS = (audit, secret, exception, *file_of_records.COMMANDS)
