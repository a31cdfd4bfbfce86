"""National correspondence tables: built from decisions, checked, and compared with the version before."""

from __future__ import annotations

import click


@click.group()
def correspondence() -> None:
    """Build the national table from decisions, and check it before it is used."""


COMMANDS = (correspondence,)
