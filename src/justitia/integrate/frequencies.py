"""How common values are among all mentions, for batches: of the few that are scored, common names would look rare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from justitia.engine import quote
from justitia.integrate.blocking import BLOCKED

if TYPE_CHECKING:
    from justitia.engine import Engine


def weighted_columns(comparisons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns of which a rare value tells more."""
    levels = [level for comparison in comparisons for level in comparison["comparison_levels"]]
    return sorted({level["tf_adjustment_column"] for level in levels if level.get("tf_adjustment_column")})


def make_frequencies(engine: Engine, columns: Sequence[str]) -> None:
    """Make a table of the share of each value in `linking_blocked`, while it holds all mentions."""
    for column in columns:
        name = quote(column)
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE {_table(column)} AS
            SELECT {name}, count(*) / sum(count(*)) OVER () AS {quote(f"tf_{column}")}
            FROM {BLOCKED} WHERE {name} IS NOT NULL GROUP BY {name}""")


def lend_frequencies(linker: Any, columns: Sequence[str]) -> None:
    """Have Splink use the tables of `make_frequencies` in place of the shares among the mentions it is given."""
    for column in columns:
        table = linker._db_api.register(_table(column))
        linker.table_management.register_term_frequency_lookup(table, column)


def _table(column: str) -> str:
    return quote(f"linking_frequency_{column}")
