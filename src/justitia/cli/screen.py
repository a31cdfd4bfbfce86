"""What all commands share on the screen: progress, tables, the next step. Colours only where they can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from justitia.stage import Progress


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Show progress on standard error while the block runs; nothing where it is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda what, share: bar.update(task, description=what[:50], completed=share)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[int] = ()) -> None:
    """Print a plain table; columns in `numbers` are set to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells)) if cells else len(head) for i, head in enumerate(heads)]

    def line(row: Sequence[str]) -> str:
        parts = [c.rjust(w) if i in numbers else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        return "  ".join(parts).rstrip()

    click.secho(line(list(heads)), bold=True)
    for row in cells:
        click.echo(line(row))


def print_next(*steps: str) -> None:
    """Print what to do next: every command ends with it."""
    click.echo()
    for place, step in enumerate(steps):
        click.echo(click.style("Next: " if place == 0 else "      ", fg="green", bold=True) + step)
