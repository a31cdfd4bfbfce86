"""The coding queue: national offences without an ICCS code, as a workbook to fill in; agreement of two coders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from justitia.classify.agreement import Agreement
    from justitia.classify.decisions import DecisionLog
    from justitia.classify.items import Item
    from justitia.metadata.load import Catalogue

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
@click.option(
    "--list", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A list, without a workspace."
)
@click.option("--text", default="", help="With --list: column of the offence as written.")
@click.option("--code", default="", help="With --list: column of its national code (default: the text is the code).")
@click.option("--records", default="", help="With --list: column of the number of records that the offence decides.")
@click.option("--context", multiple=True, help="With --list: further column, for example statute=ARTICLE.")
@click.option("--log", "log_file", type=click.Path(path_type=Path), help="With --list: where decisions are kept.")
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
    file: Path | None,
    text: str,
    code: str,
    records: str,
    context: tuple[str, ...],
    log_file: Path | None,
) -> None:
    """Write the queue to WORKBOOK: five alternatives to choose from in each row, the ICCS on another sheet.

    The queue is that of the workspace, or of a list in any file: --list FILE --text COLUMN.
    """
    from justitia.classify.review import Review
    from justitia.classify.review_sheet import write_sheet
    from justitia.cli.review import coder_maker, login_name, work_of_file, work_of_workspace

    if file:
        works = {"": work_of_file(file, text, code, records, context, log_file)}
        back = f"justitia coding import {workbook} --log {works[''].log.path}"
    else:
        works = {source: work_of_workspace(folder, source, together=together) for source in _sources(folder)}
        back = f"justitia -w {folder} coding import {workbook}"
    reviews = {
        source: Review(
            work.items,
            coder_maker(work.catalogue, work.reviewed, language=language, country=country, encoder=encoder),
            work.log,
            coder or login_name(),
            together=together,
            adjudicate=adjudicate,
        )
        for source, work in works.items()
    }
    catalogue, languages = _catalogue(None if file else folder, language)
    rows = write_sheet(reviews, catalogue, workbook, languages=languages)
    click.echo(f"Wrote {rows:,} offences to {workbook}")
    who = f" --coder {coder}" if coder else ""
    print_next("choose or type iccs_code (and status, basis); leave empty what is not decided", f"{back}{who}")


def _catalogue(folder: str | None, language: str) -> tuple[Catalogue, Sequence[str]]:
    """Return the definitions and the languages of titles: of a workspace, or for a list in a file."""
    from justitia.metadata.load import load_catalogue
    from justitia.workspace import Workspace

    if folder is not None:
        workspace = Workspace(folder)
        return workspace.catalogue, workspace.settings.languages or ("en",)
    catalogue = load_catalogue()
    titled = {name for code in catalogue.codelist("iccs").codes.values() for name in code.labels}
    return catalogue, tuple(dict.fromkeys((*({language} & titled), "en")))


def _sources(folder: str) -> list[str]:
    """Return one source for each correspondence of a workspace."""
    from justitia.workspace import Workspace

    found: dict[str, str] = {}
    for layout in Workspace(folder).catalogue.layouts.values():
        for record in layout.records:
            if record.correspondence:
                found.setdefault(record.correspondence, layout.source_id)
    return sorted(set(found.values()))


@coding.command("import")
@click.argument("workbook", type=click.Path(path_type=Path, exists=True))
@click.option("--coder", default="", help="Who decided, where the column `who` is empty (default: your login name).")
@click.option("--log", "log_file", type=click.Path(path_type=Path), help="Of a list without workspace: its decisions.")
@click.pass_obj
def import_(folder: str, workbook: Path, coder: str, log_file: Path | None) -> None:
    """Add the decisions in WORKBOOK to the correspondences of the workspace's overlay, or to --log FILE.

    A decision that was made before is replaced, so a corrected workbook can be imported again.
    """
    from justitia.classify.queue import import_queue
    from justitia.cli.review import login_name
    from justitia.workspace import Workspace

    if log_file is not None:
        _import_list(workbook, log_file, coder or login_name())
        return
    written = import_queue(Workspace(folder), workbook, who=coder or login_name())
    for file, added in written.items():
        click.echo(f"Added {added:,} decisions to {file}" if added else f"Nothing new: {file} has these decisions")
    if not written:
        click.echo("No decision in this workbook: no row has an iccs_code or a status.")
        print_next(f"fill in iccs_code, then justitia -w {folder} coding import {workbook}")
        return
    print_next(f"justitia -w {folder} run", f"justitia -w {folder} correspondence check   looks for contradictions")


def _import_list(workbook: Path, log_file: Path, coder: str) -> None:
    """Take over the decisions in a workbook of a list without workspace."""
    from justitia.classify.decisions import DecisionLog
    from justitia.classify.review_sheet import read_sheet, take_over
    from justitia.errors import RequestError
    from justitia.metadata.load import load_catalogue

    decided = read_sheet(workbook, load_catalogue(), who=coder)
    named = sorted(source for source in decided if source)
    if named:
        raise RequestError(
            "E-COD-005",
            f"this workbook is of a workspace, source {named[0]}",
            where=str(workbook),
            remedy=f"Leave out --log: justitia -w FOLDER coding import {workbook}",
        )
    new = take_over(DecisionLog(log_file), decided.get("", []))
    click.echo(f"Added {len(new):,} decisions to {log_file}" if new else f"Nothing new: {log_file} has these decisions")
    print_next(f"justitia correspondence build --log {log_file} -o TABLE.csv")


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
