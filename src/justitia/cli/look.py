"""Looking things up: explain a figure, search ICCS."""

from __future__ import annotations

import click

from justitia.cli.screen import print_next, print_table


@click.command()
@click.argument("address")
@click.pass_obj
def explain(folder: str, address: str) -> None:
    """Tell where the figure at ADDRESS comes from: definition, rules, code versions, batches.

    ADDRESS is DATAFLOW:key:period@vintage; the key is the codes of the breakdowns joined by dots, empty for totals.
    """
    from justitia.explanation import explain as explain_cell
    from justitia.workspace import Workspace

    found = explain_cell(Workspace(folder), address)
    click.secho(found.address, bold=True)
    rows = [
        (measure, _number(cell["value"], cell["conf_status"]), _number(cell["lower"]), _number(cell["upper"]))
        for measure, cell in found.cells.items()
    ]
    print_table(("measure", "published", "lower 95 %", "upper 95 %"), rows, numbers=(1, 2, 3))
    click.echo()
    for name, text in found.definition.items():
        click.echo(f"{name:<16}{text}")
    if found.coding:
        click.secho(f"\nNational offences counted here ({len(found.coding)})", bold=True)
        for row in found.coding:
            condition = f" when {row['condition']}" if row["condition"] else ""
            click.echo(f"  {row['iccs_code']:<7} {row['national_code']}{condition} ({row['status']}): {row['basis']}")
    click.secho("\nSources", bold=True)
    for source in found.sources:
        click.echo(f"  {source['title']} [{source['source']}], layout {source['layout']}, batches {source['batches']}")
        click.echo(f"    when recorded: {source['when recorded']}")
    click.echo(f"\nJustitia {found.versions['justitia']}, catalogue {found.versions['catalogue'][:12]}")
    print_next("the definitions named above are files of the overlay; `justitia catalogue check` tests them")


def _number(value: float | None, status: str = "F") -> str:
    if value is None:
        return "redacted" if status == "C" else ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-l", "--language", default="en", help="Language of titles and notes.")
@click.option("-n", "--limit", default=15, help="Number of codes shown.")
def iccs(query: tuple[str, ...], language: str, limit: int) -> None:
    """Search the International Classification of Crime by words, or show a code: `justitia iccs 020111`."""
    from justitia.metadata.load import load_catalogue
    from justitia.metadata.search import search_codes

    catalogue = load_catalogue()
    text = " ".join(query)
    listed = catalogue.codelist("iccs")
    if text in listed.codes:
        _print_code(catalogue, text, language)
        return
    found = list(search_codes(catalogue, text, language))[:limit]
    if not found:
        click.echo(f"No ICCS title or index phrase has [{text}].")
        print_next("try fewer or other words, or --language es")
        return
    print_table(("code", "title", "found by"), [(hit.code, hit.label, hit.phrase) for hit in found])
    print_next(f"justitia iccs {found[0].code}   shows parents, notes and tags")


def _print_code(catalogue, code: str, language: str) -> None:  # type: ignore[no-untyped-def]
    listed = catalogue.codelist("iccs")
    chain, entry = [], listed.codes[code]
    while entry is not None:
        chain.append(entry)
        entry = listed.codes.get(entry.parent)
    for depth, item in enumerate(reversed(chain)):
        level = listed.level_names[item.level - 1] if listed.level_names else f"level {item.level}"
        click.secho(f"{'  ' * depth}{item.code}  {item.label(language)}  ({level})", bold=item.code == code)
    for item in (item for item in listed.codes.values() if item.parent == code):
        click.echo(f"{'  ' * len(chain)}{item.code}  {item.label(language)}")
    own = listed.codes[code]
    click.echo()
    for lang, label in own.labels.items():
        click.echo(f"{lang}: {label}")
    notes = [note for note in catalogue.notes("iccs") if note.code == code]
    for note in [n for n in notes if n.language == language] or notes:
        click.echo(f"{note.kind}: {note.text}")
    phrases = [entry.phrase for entry in catalogue.index("iccs") if entry.code == code and entry.language == language]
    if phrases:
        click.echo(f"index: {'; '.join(phrases)}")
    tags = dict.fromkeys(tag.tag for tag in catalogue.tags("iccs"))
    click.echo(f"disaggregating variables: {', '.join(tags)}")


COMMANDS = (explain, iccs)
