"""Which months a source covers, and what becomes of a year that it covers in part (`collections/sources.csv`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, choice_of, number_of, read_rows
from justitia.metadata.tree import Tree

PATH = "collections/sources.csv"
EVERY = "*"
FOOTNOTE, EMPTY = "footnote", "empty"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

COVERED = Columns(
    key=("source",),
    required=("source", "covers_from", "covers_until", "partial"),
    optional=("not_covered", "least"),
    filled=("source", "partial"),
)


@dataclass(frozen=True, slots=True)
class Covered:
    """What is declared of the months of a source.

    Args:
        first, last: months covered, `2025-01`; empty: nothing is declared of that end.
        without: months between them that are not covered.
        least: mean records a month from which a month without any is taken for a gap; 0: never.
        partial: what becomes of a count of a year not covered in full: `footnote` or `empty`.
    """

    first: str = ""
    last: str = ""
    without: frozenset[str] = frozenset()
    least: float = 0.0
    partial: str = FOOTNOTE

    @property
    def is_declared(self) -> bool:
        """Return whether the months are declared; else gaps are assumed from the records."""
        return bool(self.first or self.last or self.without)

    def misses(self, month: str) -> bool:
        """Return whether a month is declared as not covered."""
        return month in self.without or bool((self.first and month < self.first) or (self.last and month > self.last))


def read_covered(tree: Tree, faults: Faults, overrides: list[Override]) -> Mapping[str, Covered]:
    """Return what is declared of sources by id; `*` holds for every source that is not named."""
    if not tree.holding(PATH):
        return {}
    return {row["source"]: _covered(row, faults) for row in read_rows(tree, PATH, COVERED, faults, overrides)}


def _covered(row: Row, faults: Faults) -> Covered:
    without = tuple(filter(None, row["not_covered"].split(";")))
    for month in (*filter(None, (row["covers_from"], row["covers_until"])), *without):
        if not _MONTH.fullmatch(month):
            faults.add(
                "E-CAT-017", f"[{month}] of source {row['source']} is no month", where=row.place, remedy="2025-01"
            )
    return Covered(
        row["covers_from"],
        row["covers_until"],
        frozenset(without),
        float(number_of(row, "least", faults) or 0.0),
        choice_of(row, "partial", (FOOTNOTE, EMPTY), faults, default=FOOTNOTE),
    )
