"""The main line of work: init, layout, run, status, release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from justitia.cli.screen import print_next, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from justitia.findings import Finding
    from justitia.workspace import Workspace


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--publisher", default="", help="Office that answers for the statistics.")
def init(folder: Path, publisher: str) -> None:
    """Make an empty workspace in FOLDER."""
    from justitia.workspace import init_workspace

    workspace = init_workspace(folder, publisher=publisher)
    click.echo(f"Made a workspace in {workspace.folder}")
    print_next(f"justitia -w {folder} layout FILE   reads a file and proposes how it maps to records")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", "source_id", default="", help="Short name of the source (default: from the file's name).")
@click.option("--authority", default="", help="Who keeps these records, for example police.")
@click.option(
    "--role",
    default=None,
    type=click.Choice(["victim", "suspect", "defendant", "prisoner"]),
    help="Whose sex and age they are, where the columns do not say (default: by the authority).",
)
@click.pass_obj
def layout(folder: str, file: Path, source_id: str, authority: str, role: str | None) -> None:
    """Read FILE and propose its layout: mapping, types, code lists, and what is not sure.

    Identity columns are dropped. The file is copied into the workspace's sources; edit the proposal, then run.
    """
    from justitia.collect.propose import propose_layout
    from justitia.workspace import Workspace

    proposal = propose_layout(Workspace(folder), file, source_id=source_id, authority=authority, role=role or "")
    click.secho(f"{proposal.title}: {proposal.rows:,} rows, {len(proposal.columns)} columns", bold=True)
    print_table(
        ("column", "action", "becomes", "format", "why"),
        [(c.column[:40], c.action, c.target, c.format, c.why[:60]) for c in proposal.columns],
    )
    click.echo()
    for doubt in proposal.unsure:
        click.echo(click.style("Not sure: ", fg="yellow") + doubt)
    click.echo(f"\nWritten to {proposal.folder}")
    for made in proposal.also_made:
        click.echo(f"           {made}")
    print_next(
        "look at columns.csv and values.csv there, correct what is wrong; see that every column that names a person "
        "says drop",
        f"justitia -w {folder} run",
    )


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def run(folder: str, dry_run: bool) -> None:
    """Receive new files and bring every table and the preview up to date.

    Can be stopped at any moment and run again: what was finished is kept.
    """
    from justitia.pipeline import run_workspace
    from justitia.release import preview_is_current, write_preview
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    with progress_bar("run") as progress:
        report = run_workspace(workspace, progress=progress, dry_run=dry_run)
        if not dry_run and report.state["batches"]:
            preview = workspace.folder / "preview"
            if not preview_is_current(workspace, report.state):
                preview = write_preview(workspace, report.state, progress=progress)
    for name in report.unknown_sources:
        click.secho(
            f'sources/{name} holds files, and no layout has source_id = "{name}": they are not read', fg="yellow"
        )
    if dry_run:
        click.echo(f"Files to read: {', '.join(report.new_batches) or 'none'} ({report.known_files} known)")
        click.echo(f"Stages to run: {', '.join(report.stages_run) or 'none'}")
        print_next(f"justitia -w {folder} run")
        return
    if not report.state["batches"]:
        click.echo("Nothing to do: no file in sources/<source_id>/ of any declared layout.")
        print_next(f"justitia -w {folder} layout FILE")
        return
    if not report.new_batches and not report.stages_run:
        click.echo(f"Nothing new: {report.known_files} files are known, all tables are up to date.")
    _print_stale_links(workspace, report.state, folder)
    _print_rows(report.state)
    _print_units(report.state)
    _print_coding(report.state)
    found = _findings(workspace, report.state)
    _print_findings(found, limit=8)
    click.echo(f"\nReport: {preview / 'report.en.html'}")
    steps = [f"open {preview / 'report.en.html'}", f"justitia -w {folder} release   freezes these tables"]
    if report.state["stages"]["classify"]["metrics"].get("uncoded"):
        steps.insert(0, f"justitia -w {folder} review   codes what has no ICCS code yet, one offence at a time")
        steps.insert(1, f"justitia -w {folder} coding export QUEUE.xlsx   the same in a workbook")
    if len(found) > 8:
        steps.append(f"justitia -w {folder} status --findings   lists all findings")
    print_next(*steps)


def _print_stale_links(workspace: Workspace, state: Mapping[str, Any], folder: str) -> None:
    from justitia.linking.declared import stale_linkages

    for name in stale_linkages(workspace, state):
        told = f"Persons are not linked over agencies as of these files ({name}): justitia -w {folder} link run {name}"
        click.secho(told, fg="yellow")


@click.command()
@click.option("--findings", "all_findings", is_flag=True, help="List all findings.")
@click.option("--tables", is_flag=True, help="List all tables.")
@click.option("--verify", is_flag=True, help="Recompute the hash of every file of the store.")
@click.pass_obj
def status(folder: str, all_findings: bool, tables: bool, verify: bool) -> None:
    """Show what the workspace holds: sources, batches, the fate of every row, findings, releases."""
    from justitia.pipeline import run_workspace
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    ahead = run_workspace(workspace, dry_run=True)
    state = ahead.state
    click.secho(f"{workspace.settings.title.get('en', '')} [{workspace.folder}]", bold=True)
    click.echo(f"State {state['number']}, {len(state['batches'])} batches")
    if state["batches"]:
        _print_rows(state)
        _print_units(state)
    if tables:
        print_table(("table", "stage"), [(name, entry["stage"]) for name, entry in sorted(state["tables"].items())])
    if state["stages"]:
        _print_coding(state)
        _print_findings(_findings(workspace, state), limit=100_000 if all_findings else 8)
    if verify:
        faults = workspace.store.verify(state)
        click.echo(f"\nFiles: {'all as recorded' if not faults else 'CHANGED OR MISSING: ' + ', '.join(faults)}")
    releases = sorted(path.name for path in (workspace.folder / "releases").glob("*"))
    click.echo(f"\nReleases: {', '.join(releases) or 'none'}")
    if ahead.new_batches or ahead.stages_run:
        click.echo(f"Not up to date: {len(ahead.new_batches)} new files, stages {', '.join(ahead.stages_run)}")
        print_next(f"justitia -w {folder} run")
    else:
        print_next(f"justitia -w {folder} release")


@click.command()
@click.option("--vintage", default=None, help="Name of the release (default: today's date).")
@click.pass_obj
def release(folder: str, vintage: str | None) -> None:
    """Freeze the present tables as a release: report, workbooks, CSV, and the lineage of every figure."""
    from justitia.release import read_release, release_workspace
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    with progress_bar("release") as progress:
        made = release_workspace(workspace, vintage=vintage, progress=progress)
    click.echo(f"Released {made.name}: {made / 'public'}")
    left_out = read_release(workspace, made.name)["audit"]["left_out"]
    if left_out:
        words = (
            f"Not attacked: the {left_out:,} cells of the tables that redact are too many to attack together. Each is "
            "protected by its own rule; whether one can be computed from others, nobody has tried. The quality figures "
            "say so."
        )
        click.secho(words, fg="yellow")
    print_next(
        f"send or publish the folder {made / 'public'}",
        f"justitia -w {folder} explain ADDRESS   for any cell, for example {_example(workspace, made.name)}",
    )


def _example(workspace: Workspace, vintage: str) -> str:
    dataflow = next(iter(workspace.catalogue.dataflows.values()))
    return f"{dataflow.id}:{'.'.join('_T' for _ in dataflow.dimensions)}:_T@{vintage}"


def _findings(workspace: Workspace, state: Mapping[str, Any]) -> list[Finding]:
    from justitia.pipeline import findings_of

    with workspace.engine() as engine:
        return findings_of(workspace, engine, state)


def _print_rows(state: Mapping[str, Any]) -> None:
    heads = (
        "batch",
        "source",
        "rows in",
        "new",
        "corrections",
        "withdrawals",
        "duplicates",
        "quarantined",
        "out of scope",
        "erased",
    )
    names = ("rows_in", "new", "correction", "withdrawal", "duplicate", "quarantined", "out_of_scope", "erased")
    rows = [
        (name, batch["source_id"], *(f"{batch['counts'][key]:,}" for key in names))
        for name, batch in sorted(state["batches"].items())
    ]
    click.echo()
    print_table(heads, rows, numbers=range(2, 10))


def _print_units(state: Mapping[str, Any]) -> None:
    repeated = [unit for unit in state.get("units", []) if unit["rows"] != unit["units"]]
    for unit in repeated:
        click.echo(
            f"{unit['source_id']}: {unit['rows']:,} rows tell of {unit['units']:,} {unit['record']} records; "
            f"{unit['rows'] - unit['units']:,} rows repeat one ({unit['differing']:,} differ in its fields)"
        )


def _print_coding(state: Mapping[str, Any]) -> None:
    metrics = state["stages"]["classify"]["metrics"]
    if sum(metrics.values()):
        click.echo(
            f"ICCS: {metrics['coded']:,} coded, {metrics['unspecified']:,} coded to a parent, "
            f"{metrics['no_code']:,} have no ICCS code, {metrics['uncoded']:,} not coded yet"
        )


def _print_findings(found: list[Finding], *, limit: int) -> None:
    colours = {"error": "red", "warning": "yellow", "note": "blue"}
    for item in found[:limit]:
        place = " ".join(
            part
            for part in (
                item.batch_id,
                item.table,
                f"line {item.row_number}" if item.row_number else "",
                f"[{item.column}]" if item.column else "",
            )
            if part
        )
        said = f" {item.count} records" in item.message
        times = f" ({item.count:,} times)" if item.count > 1 and not said else ""
        click.echo(
            f"{click.style(item.severity, fg=colours[item.severity])} {item.rule_id} {place}: {item.message}{times}"
        )
    if len(found) > limit:
        click.echo(f"... and {len(found) - limit:,} more findings")


COMMANDS = (init, layout, run, status, release)
