"""Code a list of offences: a file in, the same file with ICCS codes out; no workspace is needed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next, print_table, progress_bar

if TYPE_CHECKING:
    from justitia.offence_list.coding import CodedList

_MEANING = {
    "coded": "may be used without review",
    "suggested": "a person must decide",
    "unspecified": "the text says no more than the code given",
    "no_code": "ICCS has no code, or the text names no offence",
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--text", default="", metavar="COLUMN", help="Column of the offences as worded.")
@click.option("--code", default="", metavar="COLUMN", help="Column of their codes in the national list.")
@click.option(
    "--context",
    multiple=True,
    metavar="COLUMN",
    help="Further column that says something of the offence; statute=COLUMN for the wording of the law, "
    "heading=COLUMN for the heading of its chapter; may be repeated.",
)
@click.option(
    "--language", default="", metavar="LL", help="Language of the texts: en, es, fr ... (default: found out)."
)
@click.option("--country", default="", metavar="XX", help="Country whose rules go first.")
@click.option("--encoder", is_flag=True, help="Use the sentence encoder too: slower, better, any language.")
@click.option("--sheet", default="", metavar="NAME", help="Sheet of a workbook (default: the first).")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write: .csv, .tsv, .xlsx or .parquet.")
@click.option("--replace", is_flag=True, help="Write over an output that exists.")
def code(
    file: Path,
    text: str,
    code: str,
    context: tuple[str, ...],
    language: str,
    country: str,
    encoder: bool,
    sheet: str,
    output: Path | None,
    replace: bool,
) -> None:
    """Code the offences listed in FILE to ICCS.

    No workspace is needed, and nothing is sent anywhere. FILE is CSV, XLSX, ODS, Parquet or JSON Lines. All its rows
    and columns are written to a new file, in their order, with the best code, how sure it is, what may be done with
    it, alternatives and the reason beside them.
    """
    from justitia.offence_list.coding import code_list

    with progress_bar("code") as progress:
        coded = code_list(
            file,
            text=text,
            code=code,
            context=context,
            language=language,
            country=country,
            encoder=encoder,
            sheet=sheet,
            output=output,
            replace=replace,
            progress=progress,
        )
    _print_coded(coded)
    print_next(*_next(coded, file, text, code))


def _print_coded(coded: CodedList) -> None:
    told = "assumed" if coded.language.doubt else "found out by the words"
    said = told if coded.language.assumed else "as declared"
    click.echo(f"{coded.rows:,} rows, {coded.texts:,} distinct offences, language {coded.language.language} ({said})")
    print_table(
        ("status", "offences", "rows", "share of rows", "what it means"),
        [
            (
                status,
                f"{coded.texts_by_status[status]:,}",
                f"{coded.rows_by_status.get(status, 0):,}",
                f"{coded.rows_by_status.get(status, 0) / coded.rows:.1%}",
                meaning,
            )
            for status, meaning in _MEANING.items()
            if coded.texts_by_status.get(status)
        ],
        numbers=(1, 2, 3),
    )
    for note in coded.notes:
        click.secho(f"{note[:1].upper()}{note[1:]}", fg="yellow")
    click.echo(f"Written to {coded.output}")


def _next(coded: CodedList, file: Path, text: str, code: str) -> list[str]:
    steps = [f"open {shlex.quote(str(coded.output))}"]
    if set(coded.texts_by_status) - {"coded"}:
        listed = file if file.suffix.lower() in (".csv", ".xlsx", ".ods") else coded.output
        options = "".join(
            f" {name} {shlex.quote(column)}" for name, column in (("--text", text), ("--code", code)) if column
        )
        steps.append(f"justitia review {shlex.quote(str(listed))}{options}   decides the rest")
    return steps


COMMANDS = (code,)
