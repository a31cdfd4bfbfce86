"""The command line: a thin layer over the Python API. Exit codes are those of `justitia.errors`."""

from __future__ import annotations

import sys

import click

from justitia.errors import JustitiaError, Unavailable

EXIT_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="justitia")
@click.option(
    "-w",
    "--workspace",
    default=".",
    envvar="JUSTITIA_WORKSPACE",
    type=click.Path(),
    help="Folder of the workspace (default: this folder).",
)
@click.pass_context
def cli(context: click.Context, workspace: str) -> None:
    """From the records of police, prosecutors, courts and prisons to comparable, protected statistics.

    A first report: justitia init FOLDER, put a file into FOLDER/sources, justitia layout FILE, justitia run.
    """
    context.obj = workspace


def whole_cli() -> click.Group:
    """Return the command line with all its commands."""
    from justitia.cli import (
        audit,
        catalogue,
        code,
        coding,
        collections,
        correspondence,
        flow,
        keep,
        link,
        look,
        protection,
        pseudonyms,
        review,
        sdmx,
        work,
    )

    for module in (
        work,
        look,
        code,
        catalogue,
        coding,
        audit,
        review,
        correspondence,
        sdmx,
        flow,
        keep,
        link,
        collections,
        protection,
        pseudonyms,
    ):
        for command in module.COMMANDS:
            cli.add_command(command)
    return cli


def main() -> None:
    """Run the command line; errors of the user's making are one line, never a traceback."""
    whole_cli()
    try:
        cli.main(standalone_mode=False)
    except JustitiaError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(error.exit_status)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OSError as error:
        fault = Unavailable(
            "E-CLI-001",
            f"the system refused: {error.strerror or error}",
            where=str(error.filename or ""),
            remedy="Check that the file or folder exists and can be read and written",
        )
        click.secho(str(fault), fg="red", err=True)
        sys.exit(fault.exit_status)
    except (KeyboardInterrupt, click.Abort):
        click.secho("Stopped. What was finished is kept; the same command goes on from there.", fg="yellow", err=True)
        sys.exit(EXIT_INTERRUPTED)
