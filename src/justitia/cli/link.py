"""Linking persons over agencies: run, review, report, explain, check, log. Nothing here takes a name to find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table, progress_bar

if TYPE_CHECKING:
    from justitia.integrate.decisions import Answer
    from justitia.linking.review import PairReview, UncertainPair
    from justitia.linking.run import LinkReport, Plan

ANSWERS: dict[str, Answer] = {"y": "yes", "n": "no", "u": "unsure"}


@click.group()
def link() -> None:
    """Link the records of one person over agencies, as `linkages/` declares it; roles are kept apart.

    No command searches by name or shows a person: records get random ids, and tables count.
    """


@link.command()
@click.argument("name", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Say what would be linked under which legal basis, and open nothing.")
@click.pass_obj
def run(folder: str, name: str, dry_run: bool) -> None:
    """Link NAME (default: every declared linkage): for the key holder. Receives new files first."""
    from justitia.linking.run import link_workspace, plan_of
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    if dry_run:
        for plan in plan_of(workspace, name):
            _print_plan(plan)
        print_next(f"justitia -w {folder} link run")
        return
    with progress_bar("link") as progress:
        reports = link_workspace(workspace, name, progress=progress)
    for report in reports:
        _print_report(report)
    print_next(
        f"justitia -w {folder} run   makes the tables anew, with the linked persons",
        f"justitia -w {folder} link review   decides on uncertain pairs (pair reviewer)",
        f"justitia -w {folder} link report   shows how right the links are, and whom they do not find",
    )


@link.command()
@click.argument("name", required=False, default="")
@click.pass_obj
def review(folder: str, name: str) -> None:
    """Decide on the uncertain pairs of NAME, one at a time, by keyboard: for the pair reviewer.

    Each pair that is shown is logged. The decisions count at the next `link run`.
    """
    from justitia.linking.review import PairReview
    from justitia.workspace import Workspace

    reviewing = PairReview(Workspace(folder), name)
    decided = sit(reviewing)
    click.echo(f"{decided} decided, {reviewing.left()} left.")
    print_next(f"justitia -w {folder} link run   for the key holder: lets the decisions count")


@link.command()
@click.argument("name", required=False, default="")
@click.pass_obj
def report(folder: str, name: str) -> None:
    """Show how right the links of NAME are and whom they do not find; exact, for your eyes."""
    from justitia.linking.told import link_report
    from justitia.workspace import Workspace

    told = link_report(Workspace(folder), name)
    for section in told:
        click.secho(f"\n{section.title}", bold=True)
        print_table(section.heads, section.rows, numbers=section.numbers)
    print_next(f"justitia -w {folder} link explain LEFT RIGHT   shows the weights of one pair, without values")


@link.command()
@click.argument("left")
@click.argument("right")
@click.option("--linkage", "name", default="", help="Linkage, where there are several.")
@click.pass_obj
def explain(folder: str, left: str, right: str, name: str) -> None:
    """Show why the mentions LEFT and RIGHT (random ids) are linked or not: levels and weights, no values."""
    from justitia.linking.told import explain_pair
    from justitia.workspace import Workspace

    section = explain_pair(Workspace(folder), name, left, right)
    click.secho(section.title, bold=True)
    print_table(section.heads, section.rows, numbers=section.numbers)
    print_next(f"justitia -w {folder} link review   decides on uncertain pairs")


@link.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--linkage", "name", default="", help="Linkage, where there are several.")
@click.pass_obj
def check(folder: str, file: Path, name: str) -> None:
    """Hold the links against FILE, records of which it is known who is one person (source_id,record,unit,label)."""
    from justitia.linking.declared import declared_linkage
    from justitia.linking.truth import compare_with_truth, in_words
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    linkage = declared_linkage(workspace, name)
    click.echo(f"{linkage.id}: {in_words(compare_with_truth(workspace, linkage.id, file))}")
    print_next(f"justitia -w {folder} run   puts the figures into the report")


@link.command()
@click.pass_obj
def log(folder: str) -> None:
    """Show who opened identities, when, in which role, for what, and of how many records; check the log."""
    from justitia.linking.access import AccessLog
    from justitia.linking.applied import LINKS
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    kept = AccessLog(workspace.folder / "vault")
    for entry in workspace.store.read().get(LINKS, {}).values():
        kept.check_head(entry.get("access", ""))
    lines = kept.read()
    print_table(
        ("when", "who", "role", "what", "linkage", "records", "purpose"),
        [(x.at, x.who, x.role.replace("_", " "), x.what, x.linkage, f"{x.records:,}", x.purpose) for x in lines],
        numbers=(5,),
    )
    click.echo(f"{len(lines):,} lines, none altered. Last: {lines[-1].chained if lines else '-'}")
    print_next("keep a copy of the last hash elsewhere: a log that was cut off is then seen")


def sit(reviewing: PairReview) -> int:
    """Ask about one pair after the other until all are decided or the reviewer leaves; return how many were decided."""
    from justitia.errors import RequestError

    decided = 0
    while pair := reviewing.look():
        _show(pair, reviewing.left())
        key = click.prompt("One person? y yes, n no, u unsure, s later, q leave", default="q", show_default=False)
        if key == "q":
            return decided
        if key == "s":
            reviewing.skip()
        elif key in ANSWERS:
            why = click.prompt("Why (fields that agree or differ; no names)", default="", show_default=False)
            try:
                reviewing.decide(pair, ANSWERS[key], why)
                decided += 1
            except RequestError as error:
                click.secho(str(error), fg="red", err=True)
    return decided


def _show(pair: UncertainPair, left: int) -> None:
    from justitia.cli.review_screen import shown

    click.secho(f"\n{left:,} to decide. Probability {pair.probability:.3f} ({pair.reason})", bold=True)
    heads = ("", *pair.datasets)
    print_table(heads, [(field, shown(one) or "-", shown(two) or "-") for field, (one, two) in pair.fields.items()])
    click.echo(f"{pair.left_id} {pair.right_id}")


def _print_plan(plan: Plan) -> None:
    click.secho(f"{plan.linkage}: {plan.title}", bold=True)
    click.echo(f"Legal basis: {plan.legal_basis or '-'}\nPurpose: {plan.purpose or '-'}")
    click.echo(f"Kept: {plan.kept}. Afterwards: {plan.after}.")
    print_table(("dataset", "role", "batches"), plan.datasets, numbers=(2,))
    click.echo(f"State: {plan.state}")


def _print_report(report: LinkReport) -> None:
    click.secho(report.title, bold=True)
    for line in report.lines:
        click.echo(f"  {line}")


COMMANDS = (link,)
