"""Attack published tables of any tool: CSV files with a marker in place of suppressed values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypedDict

import click

from justitia.cli.screen import print_next, print_table
from justitia.errors import DisclosureError


class FileOptions(TypedDict):
    """What is said of the files on the command line."""

    dimension: tuple[str, ...]
    value: str
    suppressed: tuple[str, ...]
    total: str
    no_total: tuple[str, ...]
    hierarchy: Path | None
    absent: str
    magnitude: bool
    width: float


_OPTIONS = (
    click.option("--dimension", multiple=True, help="Of FILE.csv: a column with codes; name every one."),
    click.option("--value", default="", help="Of FILE.csv: the column with values."),
    click.option("--suppressed", multiple=True, default=(":",), show_default=True, help="Marks a suppressed value."),
    click.option("--total", default="_T", show_default=True, help="The code of totals."),
    click.option("--no-total", multiple=True, help="A dimension whose codes do not add up, such as years."),
    click.option(
        "--hierarchy",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        default=None,
        help="CSV with columns dimension, code, parent; other codes are parts of the total.",
    ),
    click.option(
        "--absent",
        type=click.Choice(["refuse", "zero", "hidden"]),
        default="refuse",
        show_default=True,
        help="What combinations of codes that are not in FILE.csv are.",
    ),
    click.option("--magnitude", is_flag=True, help="Values are magnitudes and may be fractions."),
    click.option(
        "--width", default=1.0, show_default=True, help="How far apart the ends of each interval must lie at least."
    ),
)  # fmt: skip


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with the options that speak of files."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def are_files(names: Sequence[str]) -> bool:
    """Return whether these are names of CSV files and not of a release."""
    return all(name.lower().endswith(".csv") for name in names)


def audit_files(names: Sequence[str], options: FileOptions) -> None:
    """Attack all files together and print the interval of each suppressed cell.

    A dimension that a file does not have is not asked of it: linked tables may have different ones.

    Raises:
        DisclosureError: E-PRO-132 where an interval is too narrow.
    """
    from justitia.protect.audit import METHOD_WORDS, audit
    from justitia.protect.audit.file import codes_of, columns_of, read_marked_table
    from justitia.protect.system import build_system, require

    if not options["dimension"] or not options["value"]:
        raise click.UsageError("A CSV file needs --dimension (once for each column with codes) and --value.")
    tables = []
    paths = [Path(name) for name in names]
    codes = {name: sorted(own) for name, own in codes_of(paths).items()}
    for path in paths:
        own = [name for name in options["dimension"] if len(names) == 1 or name in columns_of(path)]
        tables.append(
            read_marked_table(
                path,
                dimensions=own,
                value=options["value"],
                suppressed=options["suppressed"],
                total=options["total"],
                no_total=options["no_total"],
                hierarchy=options["hierarchy"],
                absent=options["absent"],  # type: ignore[arg-type]
                magnitude=options["magnitude"],
                universe="files" if len(names) > 1 else "",
                codes=codes if len(names) > 1 else None,
            )
        )
    system = build_system(tables)
    result = audit(system, require(system, width=options["width"]), exact=True)
    shown = [
        (system.address(int(cell)), f"{low:g}", f"{high:g}", METHOD_WORDS[how], "yes" if safe else "NO")
        for cell, low, high, how, safe in zip(
            result.requirements.cells, result.lower, result.upper, result.method, result.safe, strict=True
        )
    ]
    shown.sort(key=lambda row: (row[4] == "yes", row[0]))
    print_table(("suppressed cell", "least", "most", "found by", "safe"), shown, numbers=(1, 2))
    for failure in result.failures:
        click.secho(f"\n{failure.address} is between {failure.lower:g} and {failure.upper:g}, because", bold=True)
        for line in failure.equations:
            click.echo(f"  {line}")
    unsafe = len(result.failures)
    click.echo(f"\n{len(shown):,} suppressed cells; {unsafe:,} can be placed more narrowly than {options['width']:g}")
    if unsafe:
        raise DisclosureError(
            "E-PRO-132",
            f"{unsafe} suppressed cells are given away by what is published",
            where=", ".join(names),
            remedy="Suppress one more cell of a sum named above, and audit again",
        )
    print_next("publish, as far as these tables are all that is known; linked tables are further files")
