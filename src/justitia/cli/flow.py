"""Following cases and persons: attrition, durations, prison stock, workload, return, forms of crime together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table

if TYPE_CHECKING:
    from justitia.disseminate.flow_tables import Grid
    from justitia.findings import Finding


@click.group()
def flow() -> None:
    """Follow cases and persons from report to release: how many get where, how long it takes, who is held.

    Everything shown has passed protection; findings on records are for the operator.
    """


@flow.command("list")
@click.pass_obj
def list_flows(folder: str) -> None:
    """List what can be followed, and what is missing for it."""
    from justitia.case_flow import kinds_of_flow, opened
    from justitia.workspace import Workspace

    with opened(Workspace(folder)) as here:
        rows = kinds_of_flow(here)
    print_table(("name", "type", "title", "missing"), [(*row[:3], row[3] or "-") for row in rows])
    ready = next((name for name, _, _, missing in rows if not missing), "")
    print_next(f"justitia -w {folder} flow show {ready or 'NAME'}")


@flow.command()
@click.argument("name")
@click.option("--until", default="", help="Last day that the sources cover, or day of a stock (2025-12-31).")
@click.option("--by", "breakdown", default="", help="Show one breakdown only, for example SEX.")
@click.option("-l", "--language", default="en", help="Language of words and numbers.")
@click.pass_obj
def show(folder: str, name: str, until: str, breakdown: str, language: str) -> None:
    """Show the protected tables of NAME."""
    from justitia.case_flow import answer, opened
    from justitia.disseminate.flow_tables import flow_grids
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    with opened(workspace) as here:
        table, findings = answer(here, name, until=_day(until))
    page = flow_grids(table, language, messages=workspace.catalogue.messages("flow"), breakdown=breakdown)
    click.secho(page.title, bold=True)
    for line in page.remarks:
        click.echo(line)
    for grid in page.grids:
        _print_grid(grid)
    click.secho(f"\n{page.caution}", bold=True)
    for line in page.cautions:
        click.echo(f"  {line}")
    _print_findings(findings)
    print_next(f"justitia -w {folder} flow write {name} OUT   writes the page with pictures, and CSV files")


@flow.command()
@click.argument("name")
@click.argument("numerator")
@click.argument("denominator")
@click.option("--cohort", default="_T", help="Entry cohort, for example 2019.")
@click.pass_obj
def ratio(folder: str, name: str, numerator: str, denominator: str, cohort: str) -> None:
    """Set the total of state NUMERATOR against that of DENOMINATOR, where that is a rate at all; else say why not."""
    from justitia.case_flow import opened, refuse_ratio
    from justitia.metadata.flow import Flow
    from justitia.workspace import Workspace

    with opened(Workspace(folder)) as here:
        made = here.definition(name)
        if not isinstance(made, Flow):
            raise click.UsageError(f"{name} is a {made.common.type}: it has no states")
        found = refuse_ratio(here, made, numerator, denominator, cohort=cohort)
    shown = "redacted" if found.value is None else f"{found.value} % ({found.lower} to {found.upper})"
    click.echo(f"{numerator} of {denominator}: {shown}")
    print_next(f"justitia -w {folder} flow show {name}")


@flow.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--until", default="", help="Last day that the sources cover, or day of a stock (2025-12-31).")
@click.pass_obj
def write(folder: str, name: str, target: Path, until: str) -> None:
    """Write NAME to the folder TARGET: a page in each language with pictures and tables, and CSV files."""
    from justitia.case_flow import answer, opened
    from justitia.disseminate.flow_page import write_flow
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    with opened(workspace) as here:
        table, findings = answer(here, name, until=_day(until))
    messages = workspace.catalogue.messages("flow")
    files = write_flow(table, target, languages=workspace.settings.languages, messages=messages)
    for file in files:
        click.echo(f"Wrote {file}")
    _print_findings(findings)
    print_next(f"open {files[0]}")


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise click.BadParameter("write a day as 2025-12-31", param_hint="--until") from error


def _print_grid(grid: Grid) -> None:
    click.secho(f"\n{grid.caption}", bold=True)
    stub = len(grid.stub)
    rows = [(*row.heads, *row.figures) for row in grid.rows]
    print_table((*grid.stub, *grid.columns), rows, numbers=range(stub, stub + len(grid.columns)))


def _print_findings(findings: tuple[Finding, ...]) -> None:
    if findings:
        click.secho("\nFound in the records (exact, for your eyes)", bold=True)
    for item in findings:
        click.echo(f"  {item.severity} {item.rule_id} {item.table}: {item.message} ({item.count:,} times)")


COMMANDS = (flow,)
