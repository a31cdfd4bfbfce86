"""The coding queue: national offences without an ICCS code, as a workbook to fill in; agreement of two coders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table

if TYPE_CHECKING:
    from justitia.classify.agreement import Agreement
    from justitia.classify.decisions import DecisionLog
    from justitia.classify.items import Item
    from justitia.classify.review import Review
    from justitia.metadata.load import Catalogue
    from justitia.workspace import Workspace

SHOWN = 20  # disagreements that the screen lists


@click.group()
def coding() -> None:
    """Code what has no ICCS code yet: export the queue, fill it in, import it; compare two coders."""


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
    print_next(
        f"justitia -w {folder} review", f"justitia -w {folder} coding export QUEUE.xlsx   the same in a workbook"
    )


@coding.command()
@click.argument("workbook", type=click.Path(path_type=Path))
@click.option(
    "--coder", default="", help="Who decides (default: your login name): what this coder has decided is left out."
)
@click.option("--together", is_flag=True, help="Leave out what others have decided too.")
@click.option("--adjudicate", is_flag=True, help="Only what two coders disagree on, with their decisions.")
@click.option("--language", default="", help="Language of the offences (default: found out).")
@click.option("--country", default="", help="Country whose rules are used.")
@click.option("--encoder", is_flag=True, help="Suggest by meaning too (slower; needs the extra `encoder`).")
@click.pass_obj
def export(
    folder: str,
    workbook: Path,
    coder: str,
    together: bool,
    adjudicate: bool,
    language: str,
    country: str,
    encoder: bool,
) -> None:
    """Write the queue to WORKBOOK: five alternatives to choose from in each row, the ICCS on another sheet."""
    from justitia.classify.queue import export_queue
    from justitia.classify.review import Review
    from justitia.cli.review import coder_maker, login_name, work_of_workspace
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    reviews: dict[str, Review] = {}
    for source in _sources(workspace):
        work = work_of_workspace(folder, source, together=together)
        reviews[source] = Review(
            work.items,
            coder_maker(work.catalogue, work.reviewed, language=language, country=country, encoder=encoder),
            work.log,
            coder or login_name(),
            together=together,
            adjudicate=adjudicate,
        )
    rows = export_queue(workspace, reviews, workbook)
    click.echo(f"Wrote {rows:,} offences to {workbook}")
    who = f" --coder {coder}" if coder else ""
    print_next(
        "choose or type iccs_code (and status, basis); leave empty what is not decided",
        f"justitia -w {folder} coding import {workbook}{who}",
    )


def _sources(workspace: Workspace) -> list[str]:
    """Return one source for each correspondence."""
    found: dict[str, str] = {}
    for layout in workspace.catalogue.layouts.values():
        for record in layout.records:
            if record.correspondence:
                found.setdefault(record.correspondence, layout.source_id)
    return sorted(set(found.values()))


@coding.command("import")
@click.argument("workbook", type=click.Path(path_type=Path, exists=True))
@click.option("--coder", default="", help="Who decided, where the column `who` is empty (default: your login name).")
@click.pass_obj
def import_(folder: str, workbook: Path, coder: str) -> None:
    """Add the decisions in WORKBOOK to the correspondences of the workspace's overlay.

    A decision that was made before is replaced, so a corrected workbook can be imported again.
    """
    from justitia.classify.queue import import_queue
    from justitia.cli.review import login_name
    from justitia.workspace import Workspace

    written = import_queue(Workspace(folder), workbook, who=coder or login_name())
    for file, added in written.items():
        click.echo(f"Added {added:,} decisions to {file}" if added else f"Nothing new: {file} has these decisions")
    if not written:
        click.echo("No decision in this workbook: no row has an iccs_code or a status.")
        print_next(f"fill in iccs_code, then justitia -w {folder} coding import {workbook}")
        return
    print_next(f"justitia -w {folder} run", f"justitia -w {folder} correspondence check   looks for contradictions")


@coding.command("agreement")
@click.option("--source", default="", help="The source whose offences were coded, where there are several.")
@click.option(
    "--log", "log_file", type=click.Path(path_type=Path, exists=True), help="Decisions (default: the workspace's)."
)
@click.option(
    "--coder", "coders", multiple=True, help="One of the two coders; twice (default: those with most decisions)."
)
@click.pass_obj
def agreement_(folder: str, source: str, log_file: Path | None, coders: tuple[str, ...]) -> None:
    """Show how far two coders agree: Cohen's kappa at each level of the ICCS, with its 95 % interval."""
    from justitia.classify.agreement import agreement, coder_names
    from justitia.errors import RequestError

    log, catalogue, items = _logged(folder, source, log_file)
    decisions = log.read()
    names = coders or coder_names(decisions)[:2]
    if len(names) != 2:
        raise RequestError(
            "E-COD-039",
            f"agreement is of two coders, here are {len(names)}",
            where=str(log.path),
            remedy="Let a second person decide: justitia review --coder NAME",
        )
    records = {item.national_code: item.records for item in items}
    found = agreement(decisions, (names[0], names[1]), catalogue.codelist("iccs"), records)
    _print_agreement(found)
    where = f"--log {log.path}" if log_file else f"-w {folder}"
    print_next(
        f"justitia {where} review --adjudicate --coder NAME   a third decides" if found.differing else "build the table"
    )


def _logged(folder: str, source: str, log_file: Path | None) -> tuple[DecisionLog, Catalogue, list[Item]]:
    from justitia.classify import items as waiting
    from justitia.classify.decisions import DecisionLog
    from justitia.metadata.load import load_catalogue
    from justitia.workspace import Workspace

    if log_file is not None:
        return DecisionLog(log_file), load_catalogue(), []
    workspace = Workspace(folder)
    identifier = waiting.correspondence_of(workspace, source)
    items = waiting.workspace_items(workspace, identifier, every=True)
    return DecisionLog(waiting.log_file(workspace, identifier)), workspace.catalogue, items


def _print_agreement(found: Agreement) -> None:
    click.secho(f"{found.coders[0]} and {found.coders[1]}", bold=True)
    rows = []
    for level, kappa in found.levels.items():
        interval = "" if kappa.lower is None else f"{kappa.lower:.2f} to {kappa.upper:.2f}"
        value = "says nothing: one category" if kappa.kappa is None and kappa.items else f"{kappa.kappa or 0:.2f}"
        rows.append((level, f"{kappa.items:,}", f"{kappa.agreed:.1%}", value, interval))
    print_table(("ICCS level", "offences", "agree", "kappa", "95 % interval"), rows, numbers=(1, 2, 3))
    if found.records is not None:
        click.echo(f"\nOffences coded alike at full depth hold {found.records:.1%} of the records of those both coded")
    if found.differing:
        click.echo()
        print_table(
            ("national code", *found.coders),
            [
                (code[:60], one.iccs_code or one.status, other.iccs_code or other.status)
                for code, one, other in found.differing[:SHOWN]
            ],
        )
        if len(found.differing) > SHOWN:
            click.echo(f"and {len(found.differing) - SHOWN:,} more")


COMMANDS = (coding,)
