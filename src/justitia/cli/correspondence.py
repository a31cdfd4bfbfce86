"""National correspondence tables: built from decisions, checked, and compared with the version before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table

if TYPE_CHECKING:
    from justitia.classify.build import Built
    from justitia.classify.effects import Effect
    from justitia.classify.items import Item
    from justitia.metadata.definitions import Correspondence
    from justitia.metadata.load import Catalogue
    from justitia.metadata.national_table import TableFault
    from justitia.workspace import Workspace

SHOWN = 15  # changes and findings that the screen lists


@click.group()
def correspondence() -> None:
    """Build the national table from decisions, and check it before it is used."""


@correspondence.command()
@click.argument("identifier", required=False, default="")
@click.option(
    "--log", "log_file", type=click.Path(path_type=Path, exists=True), help="Decisions (default: the workspace's)."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the table here, without a workspace.")
@click.option("--accept-automatic", is_flag=True, help="Take in what the coder may decide alone, marked as automatic.")
@click.option(
    "--list", "list_file", type=click.Path(path_type=Path, exists=True), help="With -o: the list, for its records."
)
@click.option("--text", default="", help="With --list: column of the offence as written.")
@click.option("--code", default="", help="With --list: column of its national code.")
@click.option("--records", default="", help="With --list: column of the number of records.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day of new and changed decisions.")
@click.option("--language", default="", help="Language of the offences, for --accept-automatic.")
@click.option("--country", default="", help="Country whose rules are used, for --accept-automatic.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.pass_obj
def build(
    folder: str,
    identifier: str,
    log_file: Path | None,
    output: Path | None,
    accept_automatic: bool,
    list_file: Path | None,
    text: str,
    code: str,
    records: str,
    valid_from: datetime | None,
    language: str,
    country: str,
    dry_run: bool,
) -> None:
    """Write the national table IDENTIFIER from the decisions; the version before is kept.

    Offences on which coders disagree are left out, or as they were, until a third has decided.
    """
    from justitia.classify.build import automatic_entries, build_table, reviewed_entries
    from justitia.classify.decisions import DecisionLog, settle
    from justitia.cli.review import coder_maker

    place = _place(folder, identifier, log_file, output, list_file, text, code, records)
    decisions = DecisionLog(place.log).read()
    reviewed = reviewed_entries(decisions)
    automatic = []
    if accept_automatic:
        coder = coder_maker(place.catalogue, place.table, language=language, country=country, encoder=False)()
        for entry in reviewed:
            coder.learn(_offence(entry.national_code, entry.text), entry.iccs_code)
        automatic = automatic_entries(place.waiting(), coder, today=date.today())
    built = build_table(
        place.file,
        reviewed,
        automatic,
        catalogue=place.catalogue,
        kind=place.kind,
        versions=place.versions,
        disputed=sorted(settle(decisions).disputed),
        records={item.national_code: item.records for item in place.items},
        valid_from=valid_from.date() if valid_from else None,
        write=not dry_run,
    )
    _print_built(built, place.file, dry_run=dry_run)
    check_command = (
        f"justitia correspondence check {place.file}" if output else f"justitia -w {folder} correspondence check"
    )
    print_next(*(() if built.version or not dry_run else ("the same without --dry-run",)), check_command)


def _offence(national_code: str, text: str):  # type: ignore[no-untyped-def]
    from justitia.classify.answer import OffenceText

    return OffenceText(text or national_code, national_code)


class _Place:
    """Where a table, its log and its offences lie: in a workspace, or in files named one by one."""

    def __init__(
        self,
        file: Path,
        log: Path,
        versions: Path,
        catalogue: Catalogue,
        items: Sequence[Item],
        kind: str = "offence",
        table: Correspondence | None = None,
    ) -> None:
        self.file, self.log, self.versions, self.catalogue = file, log, versions, catalogue
        self.items, self.kind, self.table = items, kind, table

    def waiting(self) -> list[Item]:
        """Return the offences that no person has decided in the table."""
        from justitia.classify.items import automatic_codes

        reviewed = {row.national_code for row in self.table.rows} - automatic_codes(self.table) if self.table else set()
        return [item for item in self.items if item.national_code not in reviewed]


def _place(
    folder: str,
    identifier: str,
    log_file: Path | None,
    output: Path | None,
    list_file: Path | None,
    text: str,
    code: str,
    records: str,
) -> _Place:
    if output is None:
        return _in_workspace(folder, identifier, log_file)
    from justitia.classify.items import file_items
    from justitia.errors import RequestError
    from justitia.metadata.load import load_catalogue

    if log_file is None:
        raise RequestError(
            "E-COD-037", "there is no log to build from", where=str(output), remedy="Add --log DECISIONS.csv"
        )
    items = file_items(list_file, text=text, code=code, records=records) if list_file else []
    return _Place(output, log_file, output.with_name(f"{output.stem}.versions"), load_catalogue(), items)


def _in_workspace(folder: str, identifier: str, log_file: Path | None) -> _Place:
    from justitia.classify import items as waiting
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    name = identifier or waiting.correspondence_of(workspace)
    named = waiting.kinds_of(workspace, name)
    return _Place(
        waiting.overlay(workspace) / "correspondences" / f"{name}.csv",
        log_file or waiting.log_file(workspace, name),
        waiting.versions_folder(workspace, name),
        workspace.catalogue,
        waiting.workspace_items(workspace, name, every=True)
        if "coded__national_code" in workspace.store.read()["tables"]
        else [],
        named[0],
        waiting.correspondence_or_none(workspace, name),
    )


def _print_built(built: Built, file: Path, *, dry_run: bool) -> None:
    rows = [
        ("reviewed", f"{built.reviewed:,}", f"{built.records_reviewed:,}"),
        ("automatic, nobody has looked", f"{built.automatic:,}", f"{built.records_automatic:,}"),
        ("from before, not in this log", f"{built.other:,}", ""),
        ("left out or as it was: coders disagree", f"{len(built.disputed):,}", ""),
    ]
    print_table(("decisions", "offences", "records"), rows, numbers=(1, 2))
    if built.changes:
        click.echo()
        shown = built.changes[:SHOWN]
        print_table(
            ("national code", "before", "after", "records"),
            [(c.national_code[:50], "-" if c.before is None else c.before, c.after, f"{c.records:,}") for c in shown],
            numbers=(3,),
        )
        if len(built.changes) > SHOWN:
            click.echo(f"and {len(built.changes) - SHOWN:,} more")
    for name in built.dropped_tags:
        click.secho(f"No field [{name}] in the records: this tag of the decisions is left out", fg="yellow")
    if built.version:
        click.echo(
            f"\nWrote {file}, version {built.version}" + (f"; the one before is {built.kept}" if built.kept else "")
        )
    else:
        click.echo(
            f"\n{len(built.changes):,} changes, nothing written" if dry_run else f"\nNothing new: {file} is as it was"
        )


@correspondence.command()
@click.argument("table", required=False, default="")
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True), help="Earlier version (default: the one kept last)."
)
@click.option("--year", type=int, help="Year whose figures are compared (default: the last with records).")
@click.option("--language", default="en", help="Language of titles and reasons.")
@click.option("--all", "every", is_flag=True, help="List every finding.")
@click.pass_obj
def check(folder: str, table: str, against: Path | None, year: int | None, language: str, every: bool) -> None:
    """Check TABLE: a file, or the id of a correspondence of the workspace (default: its only one).

    Finds codes outside ICCS, contradictions to its boundaries, gaps, overlaps, residuals used where a class exists,
    cycles and lost zeros; and, in a workspace, what the table does to figures, compared with the version before.
    """
    from justitia.errors import CatalogueError
    from justitia.metadata.load import load_catalogue
    from justitia.metadata.national_table import check_table, read_table

    workspace, identifier, old = None, table, against
    if table.endswith(".csv"):
        catalogue, found, items = load_catalogue(), read_table(Path(table)), list[tuple[str, str, int]]()
    else:
        workspace, identifier, found, items, old = _table_of(folder, table, against)
        catalogue = workspace.catalogue
    faults = check_table(catalogue, found, items, language=language)
    _print_faults(faults, len(found.rows), every=every)
    grave = [fault for fault in faults if fault.grave]
    if workspace is not None and old is not None and not grave:
        _print_effects(workspace, identifier, read_table(old), found, year, language)
    if grave:
        raise CatalogueError(
            "E-COD-038",
            f"{len(grave)} faults keep the table from being used",
            where=table or identifier,
            remedy="They are listed above, each with what to do",
        )
    print_next(f"justitia -w {folder} run" if workspace is not None else "put the table into overlay/correspondences/")


def _table_of(
    folder: str, table: str, against: Path | None
) -> tuple[Workspace, str, Correspondence, list[tuple[str, str, int]], Path | None]:
    from justitia.classify import items as waiting
    from justitia.classify.build import kept_versions
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    name = table or waiting.correspondence_of(workspace)
    found = workspace.catalogue.correspondence(name)
    kept = kept_versions(waiting.versions_folder(workspace, name))
    covered = []
    if "coded__national_code" in workspace.store.read()["tables"]:
        listed = waiting.workspace_items(workspace, name, every=True)
        covered = [(item.national_code, item.text, item.records) for item in listed]
    return workspace, name, found, covered, against or (kept[-1] if kept else None)


def _print_faults(faults: Sequence[TableFault], rows: int, *, every: bool) -> None:
    click.secho(f"{rows:,} rows checked, {len(faults):,} findings", bold=True)
    for fault in faults if every else faults[:SHOWN]:
        colour = "red" if fault.grave else "yellow"
        records = f" ({fault.records:,} records)" if fault.records else ""
        text = f" {fault.text}" if fault.text and fault.kind != "gap" else ""
        click.echo(
            click.style(f"{fault.kind:<11}", fg=colour) + f"{fault.national_code}{text}{records}: {fault.message}"
        )
        where = ": ".join(filter(None, (_line(fault.where), fault.remedy)))
        click.echo(f"           {where}")
    if not every and len(faults) > SHOWN:
        click.echo(f"and {len(faults) - SHOWN:,} more: --all lists them")


def _line(where: str) -> str:
    file, _, line = where.rpartition(":")
    return f"line {line}" if file and line.isdigit() else where


def _print_effects(
    workspace: Workspace,
    identifier: str,
    before: Correspondence,
    after: Correspondence,
    year: int | None,
    language: str,
) -> None:
    from dataclasses import replace

    from justitia.classify.effects import effects

    found = effects(workspace, before, replace(after, id=identifier))
    years = sorted({effect.year for effect in found if effect.year is not None})
    chosen = year if year is not None else years[-1] if years else None
    rows = [effect for effect in found if effect.year == chosen and effect.before != effect.after]
    click.secho(
        f"\nWhat this version does to the figures of {chosen or 'all years'} (exact, for the operator)", bold=True
    )
    if not rows:
        click.echo("Nothing: every section and division keeps its records.")
        return
    iccs = workspace.catalogue.codelist("iccs")
    names = {"_T": "all that is coded", "_X": "not coded yet", "_Z": "no ICCS code"}

    def cells(effect: Effect) -> tuple[str, ...]:
        entry = iccs.codes.get(effect.code)
        title = entry.label(language) if entry else names.get(effect.code, "")
        change = effect.after - effect.before
        share = f"{change / effect.before:+.1%}" if effect.before else "new"
        return (effect.code, title[:50], f"{effect.before:,}", f"{effect.after:,}", f"{change:+,}", share)

    print_table(
        ("ICCS", "title", "before", "after", "change", ""), [cells(effect) for effect in rows], numbers=(2, 3, 4, 5)
    )


COMMANDS = (correspondence,)
