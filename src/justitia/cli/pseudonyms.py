"""For an agency whose names may not leave it: make linkage tokens under a key, and make the key."""

from __future__ import annotations

from pathlib import Path

import click

from justitia.cli.screen import print_next, print_table


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    required=True,
    metavar="COLUMN=FIELD[:KIND]",
    help="A column with an identity and its field in the linkage, alike at all agencies; may be repeated.",
)
@click.option("--key-file", type=click.Path(path_type=Path), required=True, help="The key that the agencies share.")
@click.option("--project", required=True, help="Name of the exchange, alike at all agencies.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Column copied in clear: a number that names nobody.")
@click.option(
    "--before-file", type=click.Path(path_type=Path), help="The key that is being replaced; tokens of both are written."
)
@click.option("--date-format", default="", metavar="FORMAT", help="How dates are written, as %d/%m/%Y.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="CSV to write (default: FILE_tokens.csv).")
@click.option("--replace", is_flag=True, help="Write over an output that exists.")
@click.pass_obj
def pseudonymise(
    folder: str,
    file: Path,
    columns: tuple[str, ...],
    key_file: Path,
    project: str,
    keep: tuple[str, ...],
    before_file: Path | None,
    date_format: str,
    output: Path | None,
    replace: bool,
) -> None:
    """Turn the identities in FILE into tokens that can be linked and not be read.

    No workspace is needed. FILE is CSV, XLSX, ODS, Parquet or JSON Lines. Only tokens and the columns named with --keep
    are written. Empty cells and words such as "unknown" get no token.
    """
    from justitia.metadata.load import load_catalogue
    from justitia.pseudonyms import pseudonymise_file
    from justitia.workspace import SETTINGS, Workspace

    own = Path(folder).resolve()
    workspace = own if (own / SETTINGS).exists() else None
    done = pseudonymise_file(
        file,
        columns=columns,
        key_file=key_file,
        project=project,
        catalogue=Workspace(folder).catalogue if workspace else load_catalogue(),
        keep=keep,
        before_file=before_file,
        date_format=date_format,
        output=output,
        replaces=replace,
        workspace=workspace,
    )
    rows = done.made.rows
    click.echo(f"{rows:,} rows, key {' and '.join(done.key_ids)}, project {project}")
    print_table(
        ("field", "with tokens", "without"),
        [(name, f"{rows - missing:,}", f"{missing:,}") for name, missing in done.made.missing.items()],
        numbers=(1, 2),
    )
    for text in done.warnings:
        click.secho(f"Warning: {text}", fg="yellow")
    click.echo(f"Written to {done.output}")
    print_next("send the file on a safe way, apart from the key", "delete it when the exchange is over")


@click.command("pseudonym-key")
@click.argument("key_file", type=click.Path(path_type=Path))
@click.pass_obj
def pseudonym_key(folder: str, key_file: Path) -> None:
    """Make a new key of pseudonyms in KEY_FILE, 32 random bytes, outside the workspace."""
    from justitia.integrate.pseudonym_key import refuse_inside
    from justitia.vault import create_key
    from justitia.workspace import SETTINGS

    own = Path(folder).resolve()
    refuse_inside(key_file, own if (own / SETTINGS).exists() else None)
    create_key(key_file)
    click.echo(f"Made the key {key_file}. Whoever has it can try names against tokens; without it tokens say nothing.")
    print_next("bring it to the other agencies on a safe way, never beside the tokens")


COMMANDS = (pseudonymise, pseudonym_key)
