"""Keeping: vault, erasure, backup and restore, confidential transmission, demonstrations."""

from __future__ import annotations

import json
from pathlib import Path

import click

from justitia.cli.screen import print_next, progress_bar


@click.group()
def vault() -> None:
    """The encrypted place for identities, under a key outside the workspace."""


@vault.command()
@click.argument("key_file", type=click.Path(path_type=Path))
@click.pass_obj
def create(folder: str, key_file: Path) -> None:
    """Make a new key in KEY_FILE (outside the workspace) and name it in justitia.toml."""
    from justitia.errors import RequestError
    from justitia.store import write_atomically
    from justitia.vault import create_key
    from justitia.workspace import SETTINGS, Workspace

    workspace = Workspace(folder)
    settings = workspace.folder / SETTINGS
    text = settings.read_text(encoding="utf-8")
    if key_file.resolve().is_relative_to(workspace.folder):
        raise RequestError(
            "E-VLT-006",
            "the key would lie in the workspace, beside what it locks",
            where=str(key_file),
            remedy="Name a file on another disk or in another folder",
        )
    if 'key_file = ""' not in text:
        raise RequestError(
            "E-VLT-007",
            'the settings have no line key_file = ""',
            where=str(settings),
            remedy="Add it below [vault], or name the key there by hand",
        )
    create_key(key_file)
    named = f"key_file = {json.dumps(str(key_file.resolve()), ensure_ascii=False)}"
    write_atomically(settings, text.replace('key_file = ""', named, 1).encode())
    Workspace(folder).vault()
    click.echo(f"Made the key {key_file}. Whoever has it can read the identities; without it nobody can.")
    print_next("keep a copy of the key apart from the backups of this workspace")


@click.command()
@click.argument("source_id")
@click.argument("record_id")
@click.option("--order", required=True, help="Legal order, without names: it is kept in the history.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(folder: str, source_id: str, record_id: str, order: str, yes: bool) -> None:
    """Erase an expunged record for good: every version, quarantine, vault and old states."""
    from justitia.erase import erase_record
    from justitia.workspace import Workspace

    if not yes:
        click.confirm("This cannot be undone. Erase the record?", abort=True)
    rows = erase_record(Workspace(folder), source_id=source_id, record_id=record_id, order=order)
    click.echo(f"Erased {rows} rows. Published releases stay as they are.")
    print_next(
        f"justitia -w {folder} run   makes the tables anew",
        "erase the record in the received file under sources/ and in backups, as your rules say",
    )


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@click.pass_obj
def backup(folder: str, archive: Path) -> None:
    """Write the workspace to one ARCHIVE (tar); keys are not in it."""
    from justitia.backup import backup_workspace
    from justitia.workspace import Workspace

    files = backup_workspace(Workspace(folder), archive)
    click.echo(f"Wrote {files:,} files to {archive}")
    print_next(f"justitia restore {archive} NEW_FOLDER   checks that it can be read")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True))
@click.argument("target", type=click.Path(path_type=Path))
def restore(archive: Path, target: Path) -> None:
    """Restore ARCHIVE into the new folder TARGET and check every file."""
    from justitia.backup import restore_workspace

    restore_workspace(archive, target)
    click.echo(f"Restored to {target}; every file is as it was")
    print_next(f"justitia -w {target} status")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--to", "recipient", required=True, help="Named recipient, for example UNODC.")
@click.option("--legal-basis", required=True, help="Law or agreement that allows it.")
@click.option("--approver", required=True, help="Role that approved it.")
@click.pass_obj
def transmit(workspace: str, folder: Path, recipient: str, legal_basis: str, approver: str) -> None:
    """Write exact tables for a named recipient to FOLDER: confidential, marked, with a receipt to be signed."""
    from justitia.transmit import transmit_tables
    from justitia.workspace import Workspace

    made = transmit_tables(
        Workspace(workspace), folder, recipient=recipient, legal_basis=legal_basis, approver=approver
    )
    click.echo(f"Wrote {made} exact tables to {folder}: CONFIDENTIAL, for {recipient} only")
    print_next("send the folder by the channel agreed with the recipient, and file the signed receipt")


@click.command()
@click.argument("name", type=click.Choice(["new_york", "fictional"]))
@click.argument("folder", type=click.Path(path_type=Path))
def demo(name: str, folder: Path) -> None:
    """Build a demonstration workspace in FOLDER: real police records of New York, or a fictional country."""
    from justitia.demo import run_demo

    with progress_bar("demo") as progress:
        lines = run_demo(name, folder, progress=progress)
    for line in lines:
        click.echo(line)


COMMANDS = (vault, erase, backup, restore, transmit, demo)
