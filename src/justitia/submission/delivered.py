"""Months of a year of which sources tell nothing: a count of such a year is too low, and its zero is none.

What a source covers is declared in `collections/sources.csv`. Where nothing is declared, a month without any record of
a kind is taken for a gap if the source has so many records a month that chance would hardly leave one empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.metadata.covered import EMPTY, EVERY, Covered

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.indicator import Indicator
    from justitia.submission.records import Records

SOURCE = "source_id"
MONTHS = 12
DECLARED, ASSUMED = "incomplete", "incomplete_assumed"  # keys of footnotes


@dataclass(frozen=True, slots=True)
class Gap:
    """Months of a year that a source does not cover.

    Args:
        source: whose.
        months: `2025-08`, in order.
        note: key of the footnote that tells of them.
        is_emptying: whether no figure at all is given of such a year.
    """

    source: str
    months: tuple[str, ...]
    note: str
    is_emptying: bool

    @property
    def text(self) -> str:
        """Return source and months in one line: `police 2025-01, 2025-08/2025-12`."""
        return f"{self.source} {', '.join(_runs(self.months))}"


class Delivered:
    """Tells of which months of a year the records of a kind say nothing.

    Args:
        engine, records: what was delivered.
        covered: what is declared of sources.
    """

    def __init__(self, engine: Engine, records: Records, covered: Mapping[str, Covered]) -> None:
        self.engine, self.records, self.covered = engine, records, covered
        self._found: dict[tuple[str, str], dict[str, dict[str, tuple[int, bool]]]] = {}

    def gaps(self, indicator: Indicator, year: int) -> tuple[Gap, ...]:
        """Return the gaps of a year in what an indicator counts, one for each source that has any."""
        if not indicator.period or not self._has_months(indicator.kind, indicator.period[0]):
            return ()
        gaps = []
        for source, months in self._months(indicator.kind, indicator.period[0]).items():
            known = self.covered.get(source, self.covered.get(EVERY, Covered()))
            missing = _missing(months, known, year)
            if missing:
                note = DECLARED if known.is_declared else ASSUMED
                gaps.append(Gap(source, missing, note, known.partial == EMPTY))
        return tuple(gaps)

    def _has_months(self, kind: str, name: str) -> bool:
        columns = self.records.columns
        holder, dot, field = name.rpartition(".")
        own = columns.get(kind, set())
        there = f"{holder}_id" in own and field in columns.get(holder, set()) if dot else field in own
        return SOURCE in own and there

    def _months(self, kind: str, field: str) -> dict[str, dict[str, tuple[int, bool]]]:
        """Return source -> month -> (records, whether they are of several days)."""
        if (kind, field) not in self._found:
            holder, _, name = field.rpartition(".")
            day, link = f"{quote(holder) if holder else 'r'}.{quote(name)}", quote(f"{holder}_id")
            relations = self.records.relations
            join = f"LEFT JOIN {relations[holder]} AS {quote(holder)} USING ({link})" if holder else ""
            rows = self.engine.rows(
                f"SELECT r.{SOURCE}, strftime({day}, '%Y-%m') AS month, count(*), min({day}) < max({day}) "
                f"FROM {self.records.relations[kind]} AS r {join} WHERE {day} IS NOT NULL GROUP BY ALL ORDER BY ALL"
            )
            found: dict[str, dict[str, tuple[int, bool]]] = {}
            for source, month, count, are_days in rows:
                found.setdefault(source, {})[month] = (count, are_days)
            self._found[kind, field] = found
        return self._found[kind, field]


def _missing(months: Mapping[str, tuple[int, bool]], known: Covered, year: int) -> tuple[str, ...]:
    asked = months_of(year)
    if known.is_declared:
        return tuple(month for month in asked if known.misses(month))
    # A source that gives years and no days (all records of a year on one day) tells nothing of months.
    own = [month for month in asked if month in months]
    if not known.least or not own or (len(own) == 1 and not months[own[0]][1]):
        return ()
    span = _number(max(months)) - _number(min(months)) + 1
    if sum(count for count, _ in months.values()) / span < known.least:
        return ()
    return tuple(month for month in asked if month not in months)


@cache
def months_of(year: int) -> tuple[str, ...]:
    """Return the months of a year, `2025-01` to `2025-12`."""
    return tuple(f"{year}-{month:02d}" for month in range(1, MONTHS + 1))


def _number(month: str) -> int:
    return int(month[:4]) * MONTHS + int(month[5:])


def _runs(months: Iterable[str]) -> list[str]:
    """Return months that follow each other as `first/last`."""
    runs: list[list[str]] = []
    for month in months:
        if runs and _number(month) == _number(runs[-1][-1]) + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [run[0] if len(run) == 1 else f"{run[0]}/{run[-1]}" for run in runs]
