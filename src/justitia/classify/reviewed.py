"""Decisions that people made: correspondence tables and what was learned since, by national code, text and likeness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from justitia.classify.model import Neighbours
from justitia.classify.text import lost_zero

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from justitia.classify.answer import OffenceText
    from justitia.classify.code_order import CodeOrder
    from justitia.classify.text import Reader
    from justitia.classify.vectors import Vectors
    from justitia.metadata.definitions import Correspondence, CorrespondenceRow

LEARNED = "decision"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided on a text or a national code.

    Args:
        code: ICCS code; empty when there is none.
        status: `coded`, `unspecified` or `no_code`.
        source: table, or `decision`.
        sets: variables that the decision tells.
        doubt: why it may not be used without review; empty when it may.
    """

    code: str
    status: str
    source: str
    sets: tuple[tuple[str, str], ...] = ()
    doubt: str = ""


@dataclass(slots=True)
class Memory:
    """All decisions, and the wordings near which new texts are looked for.

    Args:
        reader: reads texts.
        vectors: turns words into vectors.
        places: ICCS code -> column of scores.
        order: the decided rows of this list in its order.
    """

    reader: Reader
    vectors: Vectors
    places: dict[str, int]
    order: CodeOrder
    _rows: dict[str, list[tuple[CorrespondenceRow, str]]] = field(default_factory=dict)
    _codes: dict[str, Decided] = field(default_factory=dict)
    _texts: dict[str, Decided] = field(default_factory=dict)
    _words: list[tuple[str, ...]] = field(default_factory=list)
    _labels: list[int] = field(default_factory=list)
    _wordings: list[str] = field(default_factory=list)
    _index: Neighbours | None = None

    def add_table(self, table: Correspondence, *, by_code: bool) -> None:
        """Take in a reviewed table; `by_code` when it is the list's own, so that its national codes mean something."""
        for row in table.rows:
            if by_code:
                self._rows.setdefault(row.national_code, []).append((row, table.id))
                self.order.add(row.national_code, row.iccs_code)
            # A code that a condition decides is not decided by the text alone.
            if row.national_label and not row.condition:
                decided = Decided(row.iccs_code, row.status, table.id, tuple(row.sets.items()))
                self._add_text(row.national_label, decided)

    def learn(self, item: OffenceText, code: str) -> None:
        """Take in one decision; it replaces what was decided before."""
        decided = Decided(code, "coded" if code else "no_code", LEARNED)
        if item.national_code:
            self._codes[item.national_code] = decided
            self.order.add(item.national_code, code)
        self._texts.pop(self.reader.read(item.text).plain, None)
        self._add_text(item.text, decided)

    def _add_text(self, text: str, decided: Decided) -> None:
        reading = self.reader.read(text)
        if not reading.plain:
            return
        known = self._texts.get(reading.plain)
        if known is not None and known.code != decided.code:
            doubt = f"the same text is decided as {known.code or 'no code'} and as {decided.code or 'no code'}"
            decided = Decided(known.code, known.status, known.source, known.sets, doubt)
        self._texts[reading.plain] = decided
        if decided.code in self.places and reading.words:
            self._words.append(reading.words)
            self._labels.append(self.places[decided.code])
            self._wordings.append(reading.text)
            self._index = None

    # -- asking ---------------------------------------------------------------------------------------------------
    def by_code(self, national_code: str, day: date | None) -> Decided | None:
        """Return what was decided on a national code for a day; None when nothing was."""
        if national_code in self._codes:
            return self._codes[national_code]
        rows = self._rows.get(national_code, [])
        plain = [(row, source) for row, source in rows if not row.condition]
        if not plain:
            return None
        inside = [(row, source) for row, source in plain if day is None or _in_force(row, day)]
        if not inside:
            return None
        row, source = inside[0]
        doubt = ""
        if len({other.iccs_code for other, _ in inside}) > 1:
            doubt = f"national code [{national_code}] is decided in different ways; a day or one table is needed"
        elif len(plain) < len(rows):
            doubt = f"national code [{national_code}] has conditions that the text does not tell"
        return Decided(row.iccs_code, row.status, source, tuple(row.sets.items()), doubt)

    def code_faults(self, national_code: str, day: date | None) -> dict[str, str]:
        """Return what is to be said of a national code that nothing decides: retired at that day, or a lost zero."""
        rows = self._rows.get(national_code, [])
        if rows and day is not None and not any(_in_force(row, day) for row, _ in rows):
            return {"retired": f"national code [{national_code}] has no decision in force on {day}"}
        whole = lost_zero(national_code, frozenset(self._rows)) if national_code and not rows else ""
        if whole:
            return {"zero": f"national code [{national_code}] may be [{whole}] without its leading zero"}
        return {}

    def by_text(self, plain: str) -> Decided | None:
        """Return what was decided on a text of these very words; None when nothing was."""
        return self._texts.get(plain)

    @property
    def decided_wordings(self) -> tuple[list[str], list[int]]:
        """Return the decided wordings, with the place of the code of each."""
        return self._wordings, self._labels

    def nearest(self, matrix: object) -> tuple[NDArray[np.float32], list[str]] | None:
        """Return, by text and code, the likeness to the nearest decided wording, and the nearest wording of each."""
        if not self._words:
            return None
        if self._index is None:
            examples = self.vectors.matrix(self._words)
            self._index = Neighbours(examples, np.array(self._labels, dtype=np.int32), len(self.places))
        scores, best = self._index.nearest(matrix)
        return scores, [self._wordings[place] if place >= 0 else "" for place in best.tolist()]


def _in_force(row: CorrespondenceRow, day: date) -> bool:
    return (row.valid_from or date.min) <= day <= (row.valid_to or date.max)


def tables_of(tables: Iterable[Correspondence | str], read: object) -> list[Correspondence]:
    """Return tables, those named by id read from the catalogue with `read`."""
    return [read(table) if isinstance(table, str) else table for table in tables]  # type: ignore[operator]
