"""Collections: fill a questionnaire, read one back, find contradictions, cover crime forms, compare two tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table, progress_bar
from justitia.cli.sdmx import DATA_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from justitia.findings import Finding
    from justitia.model.questionnaire import FilledRound

SHOWN = 40  # lines of a list on the screen; the count tells how many there are
WIDE = 90


@click.command()
@click.argument("collection")
@click.option("--year", type=int, required=True, help="Reference year.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="New file, or new folder with --to (default: COLLECTION-YEAR)."
)
@click.option("--public", is_flag=True, help="Write the public copy, from protected figures; so it is without --to.")
@click.option("--to", "recipient", default="", help="Named recipient of the exact figures, for example UNODC.")
@click.option("--legal-basis", default="", help="Law or agreement that allows it.")
@click.option("--approver", default="", help="Role that approved it.")
@click.option("-l", "--language", "languages", multiple=True, default=("en",), help="Language; may be given again.")
@click.option("--population", default="", help="Population table of rates (default: the only one).")
@click.option("--largest-city", default="", help="Area code of the largest city.")
@click.option("--sdmx", "messages", multiple=True, type=click.Choice(DATA_FORMATS), help="Write an SDMX message too.")
@click.option("--area", default="", help="Code of the country in the SDMX structure (default: [sdmx] area).")
@click.pass_obj
def fill(
    folder: str,
    collection: str,
    year: int,
    out: Path | None,
    public: bool,
    recipient: str,
    legal_basis: str,
    approver: str,
    languages: tuple[str, ...],
    population: str,
    largest_city: str,
    messages: tuple[str, ...],
    area: str,
) -> None:
    """Fill COLLECTION (un-cts, sdg, gender-related-killings, eurostat-crime, yearbook) from the records.

    Without --to it writes the public copy, from protected figures. Exact figures leave only for a named recipient
    (--to), with --legal-basis and --approver. With --sdmx, the figures go into the structure that the recipient
    takes too, and the message is checked against it before it is written.
    """
    from justitia.errors import RequestError
    from justitia.submission.send import publish_collection, send_collection
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    if recipient and public:
        raise RequestError(
            "E-FIL-003",
            "the public copy has no recipient",
            remedy="Give --public for protected figures, or --to, --legal-basis and --approver for exact ones",
        )
    public = not recipient
    out = out or Path(f"{collection}-{year}" + (".xlsx" if public else ""))
    options = {
        "year": year,
        "population": population,
        "largest_city": largest_city,
        "messages": messages,
        "area": area,
    }
    found: Sequence[Finding] = ()
    with progress_bar("fill") as progress:
        progress(f"fill {collection}", 0.1)
        if public:
            filled = publish_collection(workspace, collection, out, language=languages[0], **options)  # type: ignore[arg-type]
        else:
            filled, found = send_collection(
                workspace,
                collection,
                out,
                recipient=recipient,
                legal_basis=legal_basis,
                approver=approver,
                languages=languages,
                **options,  # type: ignore[arg-type]
            )
    _print_filled(filled, year)
    _print_findings(found)
    kind = "the public copy" if public else f"CONFIDENTIAL, for {recipient} only"
    click.echo(f"\nWrote {out}: {kind}")
    print_next(
        "look at the sheet `Not filled`: it says for each empty cell what is missing",
        f"justitia -w {folder} coverage --cheapest   says which field would fill most",
    )


def _print_filled(filled: FilledRound, year: int) -> None:
    from justitia.submission.delivered import ASSUMED, DECLARED

    own = [cell for (_, each), cell in filled.cells.items() if each == year]
    click.secho(
        f"{filled.collection} for {year}: {sum(c.value is not None for c in own)} of {len(own)} cells", bold=True
    )
    reasons: dict[str, list[str]] = {}
    for cell in own:
        if cell.value is None:
            reasons.setdefault(cell.reason, []).append(cell.id)
    rows = [
        (
            len(cells),
            reason if len(reason) <= WIDE else f"{reason[: WIDE - 4]} ...",
            cells[0] + (", ..." if len(cells) > 1 else ""),
        )
        for reason, cells in sorted(reasons.items(), key=lambda item: -len(item[1]))
    ]
    print_table(("cells", "why they are empty", "which"), rows[:SHOWN], numbers=(0,))
    for key, text in filled.footnotes.items():
        if key.partition(":")[0] in (DECLARED, ASSUMED):
            click.secho(text, fg="yellow")


def _print_findings(findings: Iterable[Finding]) -> None:
    listed = sorted(findings, key=lambda item: ({"error": 0, "warning": 1, "note": 2}[item.severity], item.rule_id))
    if not listed:
        return
    click.secho(f"\n{len(listed)} {'inconsistency' if len(listed) == 1 else 'inconsistencies'}", bold=True)
    for item in listed[:SHOWN]:
        colour = {"error": "red", "warning": "yellow"}.get(item.severity)
        click.echo(click.style(f"{item.severity:<8}{item.rule_id:<12}", fg=colour) + item.message)
    if len(listed) > SHOWN:
        click.echo(f"... and {len(listed) - SHOWN} more")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option("--collection", default="", help="What it fills (default: what the workbook says).")
@click.option("--year", type=int, default=None, help="Reference year (default: what the workbook says).")
@click.option("--csv", "target", type=click.Path(path_type=Path), default=None, help="Write the values to this file.")
@click.pass_context
def read(context: click.Context, file: Path, collection: str, year: int | None, target: Path | None) -> None:
    """Read a filled questionnaire FILE back, ours or another office's, and list every inconsistency.

    Exit status 1 when any of them is an error. Nothing in the workbook is run.
    """
    from justitia.submission.read import read_round

    filled, own, findings = read_round(file, _catalogue(context.obj), asked=collection, year=year)
    given = sum(cell.value is not None for cell in filled.cells.values())
    click.secho(f"{own.id} for {filled.year}: {given} of {len(filled.cells)} cells have a value", bold=True)
    _print_findings(findings)
    if target is not None:
        _write_values(filled, target)
        click.echo(f"Wrote the values to {target}")
    print_next("justitia consistency FILE OTHER_FILE   finds contradictions between filled rounds")
    if any(item.severity == "error" for item in findings):
        context.exit(1)


def _write_values(filled: FilledRound, target: Path) -> None:
    import csv

    with target.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("collection", "cell", "year", "value"))
        for (cell, year), found in filled.cells.items():
            if found.value is not None:
                writer.writerow((filled.collection, cell, year, f"{found.value:.10g}"))


def _catalogue(folder: str):  # type: ignore[no-untyped-def]
    """Return the catalogue of the workspace, or the packaged one where the folder is none."""
    from justitia.metadata.load import load_catalogue
    from justitia.workspace import SETTINGS, Workspace

    return Workspace(folder).catalogue if (Path(folder) / SETTINGS).exists() else load_catalogue()


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.pass_context
def consistency(context: click.Context, files: tuple[Path, ...]) -> None:
    """Find contradictions between filled rounds FILES: of one collection over the years, or of several collections.

    Exit status 1 when there is any.
    """
    from justitia.submission.consistency import check_between
    from justitia.submission.read import read_round

    catalogue = _catalogue(context.obj)
    rounds = []
    for file in files:
        filled, own, _ = read_round(file, catalogue)
        rounds.append((file.name, filled, own))
    findings = check_between(rounds, catalogue)
    if not findings:
        click.echo(f"No contradiction between {len(files)} rounds")
    _print_findings(findings)
    print_next("justitia read FILE   checks one round by itself")
    if findings:
        context.exit(1)


@click.command()
@click.option("--text", default="a_res_77_237", help="List of crime forms.")
@click.option("--cheapest", is_flag=True, help="Rank the single missing fields by the cells that they would fill.")
@click.pass_obj
def coverage(folder: str, text: str, cheapest: bool) -> None:
    """Say which crime forms of A/RES/77/237 this workspace can count, at which ICCS code, and what blocks the rest."""
    from justitia.submission import coverage as covering
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    if cheapest:
        openings = covering.cheapest(workspace, covering.gaps(workspace, text), text=text)
        click.secho("For each agency, the one missing field that would fill most cells and crime forms", bold=True)
        best = covering.per_agency(openings)
        print_table(
            ("agency", "field", "opens", "for example"),
            [(name, item.field, item.opened, ", ".join(item.examples)[:70]) for name, item in best.items()],
            numbers=(2,),
        )
        click.secho(f"\nAll {len(openings)} single fields", bold=True)
        print_table(
            ("opens", "field", "agency"), [(o.opened, o.field, o.agency) for o in openings[:SHOWN]], numbers=(0,)
        )
        print_next("map a column to the field in the agency's layout, or code a national offence to the ICCS code")
        return
    forms = covering.cover_forms(workspace, text)
    can = sum(item.is_countable for item in forms)
    click.secho(f"{can} of {len(forms)} crime forms can be counted", bold=True)
    rows = [
        (
            "yes" if item.is_countable else "no",
            ", ".join(item.form.paragraphs),
            item.form.labels["en"][:58],
            " ".join(item.form.iccs) + (f" + {' '.join(item.form.tags)}" if item.form.tags else ""),
            ", ".join(item.missing)[:70],
        )
        for item in forms
    ]
    print_table(("counted", "paragraphs", "crime form", "ICCS + tags", "missing"), rows)
    print_next(f"justitia -w {folder} coverage --cheapest   says which field would open most")


@click.command()
@click.argument("left", type=click.Path(path_type=Path, exists=True))
@click.argument("right", type=click.Path(path_type=Path, exists=True))
@click.option("--key", required=True, help="Columns of the key, separated by commas, the year last.")
@click.option("--right-key", default="", help="Their names in RIGHT, if others.")
@click.option("--value", required=True, help="Column of the value; YEARS: each year has its own.")
@click.option("--right-value", default="", help="Its name in RIGHT, if another.")
@click.option("--where", multiple=True, help="COLUMN=TEXT: rows of LEFT used; may be given again.")
@click.option("--right-where", multiple=True, help="COLUMN=TEXT: rows of RIGHT used.")
@click.option("--tolerance", type=float, default=0.0, help="Difference that still counts as equal.")
@click.pass_obj
def reconcile(
    folder: str,
    left: Path,
    right: Path,
    key: str,
    right_key: str,
    value: str,
    right_value: str,
    where: tuple[str, ...],
    right_where: tuple[str, ...],
    tolerance: float,
) -> None:
    """Compare two CSV tables LEFT and RIGHT of one quantity: equal cells, differences, ratio, likely reason."""
    from justitia.submission.reconcile import read_values
    from justitia.submission.reconcile import reconcile as compare

    columns = key.split(",")
    ours = read_values(left, key=columns, value=value, where=_conditions(where))
    theirs = read_values(
        right, key=(right_key or key).split(","), value=right_value or value, where=_conditions(right_where)
    )
    made = compare(ours, theirs, _catalogue(folder).reasons, columns=columns, tolerance=tolerance)
    click.secho(f"{made.equal} equal, {len(made.differences)} differ", bold=True)
    click.echo(f"only in {left.name}: {len(made.only_left)}; only in {right.name}: {len(made.only_right)}")
    rows = [
        (*item.key, f"{item.left:,.6g}", f"{item.right:,.6g}", "" if item.ratio is None else f"{item.ratio:.4g}")
        for item in made.differences[:SHOWN]
    ]
    if rows:
        at = len(columns)
        print_table((*columns, left.name, right.name, "ratio"), rows, numbers=(at, at + 1, at + 2))
    for reason in made.reasons:
        click.echo(click.style(f"Likely reason ({reason.kind}): ", fg="yellow") + reason.labels["en"])
    print_next("write the reason down where the figures are published; the rules are collections/reasons.csv")


def _conditions(texts: Iterable[str]) -> dict[str, str]:
    from justitia.errors import RequestError

    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise RequestError("E-RCN-003", f"[{text}] is not COLUMN=TEXT")
        found[name] = value
    return found


COMMANDS = (fill, read, consistency, coverage, reconcile)
