"""A filled round of a collection: what was put into each cell, and why a cell is empty. No input and no output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Why a cell is as it is. An empty cell means not available; 0 is a counted zero.
FILLED, MISSING, SUPPRESSED, WAITING, TEXT, OTHER = "filled", "missing", "suppressed", "waiting", "text", "other"


@dataclass(frozen=True, slots=True)
class FilledCell:
    """A cell of a round and year.

    Args:
        id: `table:line:column`.
        year: year that the figure is of.
        value: None where the figure is not available.
        status: one of the words above.
        reason: why it is empty, in one line.
        missing: fields or kinds of record that no source fills.
        lower, upper: ends of the 95 % interval, where there is one.
        is_small: whether the figure rests on few units.
        notes: keys of footnotes.
        unit: of the value.
    """

    id: str
    year: int
    value: float | None
    status: str
    reason: str = ""
    missing: tuple[str, ...] = ()
    lower: float | None = None
    upper: float | None = None
    is_small: bool = False
    notes: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FilledRound:
    """A filled round: exact for a named recipient, or protected for the public.

    Args:
        collection: `name/round`.
        year: reference year.
        years: all years asked, the reference year first.
        cells: (cell id, year) -> cell, in the order of the collection.
        answers: metadata question -> answer.
        footnotes: key -> text.
        marking: what stands at the head of every sheet; empty for the public copy.
        made_up: whether any source is fictional.
    """

    collection: str
    year: int
    years: tuple[int, ...]
    cells: Mapping[tuple[str, int], FilledCell]
    answers: Mapping[str, str] = field(default_factory=dict)
    footnotes: Mapping[str, str] = field(default_factory=dict)
    marking: str = ""
    made_up: bool = False

    def value(self, cell: str, year: int) -> float | None:
        """Return the value of a cell, None where it is empty or not asked."""
        found = self.cells.get((cell, year))
        return None if found is None else found.value

    def count(self, status: str) -> int:
        """Return the number of cells of a status."""
        return sum(cell.status == status for cell in self.cells.values())
