"""The counting rules in plain Python: slow, short, readable. The engine's counts must equal these (tests/property)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from justitia.model.missing import NOT_GIVEN, TOTAL

Record = Mapping[str, str | tuple[str, ...]]  # several codes: one for each counted level of a hierarchy
Cell = tuple[str, ...]


def count_each(records: Iterable[Record], dimensions: Sequence[str]) -> dict[Cell, int]:
    """Return the count of every cell, totals included, where each record counts once.

    Args:
        records: one per unit.
        dimensions: names of the breakdowns, each a key of the records.
    """
    cells: dict[Cell, int] = {}
    for record in records:
        for cell in _cells(record, dimensions):
            cells[cell] = cells.get(cell, 0) + 1
    return cells


def count_principal(
    records: Iterable[Record], dimensions: Sequence[str], *, unit: str, rank: Callable[[Record], tuple[int, str]]
) -> dict[Cell, int]:
    """Return the counts of units, each under the record of lowest `rank` among its own.

    Args:
        records: several per unit.
        dimensions: as above.
        unit: key of the records that names their unit.
        rank: severity (1 = most serious), then what decides ties.
    """
    principal: dict[object, Record] = {}
    for record in records:
        other = principal.get(record[unit])
        if other is None or rank(record) < rank(other):
            principal[record[unit]] = record
    return count_each(principal.values(), dimensions)


def count_once_per_category(records: Iterable[Record], dimensions: Sequence[str], *, unit: str) -> dict[Cell, int]:
    """Return the counts of units, each once in every cell in which it has a record; parts need not sum to totals."""
    units: dict[Cell, set[object]] = {}
    for record in records:
        for cell in _cells(record, dimensions):
            units.setdefault(cell, set()).add(record[unit])
    return {cell: len(members) for cell, members in units.items()}


def count_each_victim(
    offences: Iterable[Record], victims: Mapping[object, Sequence[Record]], dimensions: Sequence[str], *, unit: str
) -> dict[Cell, int]:
    """Return the counts of offences, each once for every victim, and once if it has none.

    Args:
        offences: one record each.
        victims: offence -> its victims' records, whose breakdowns are added to the offence's.
        dimensions: as above; a victim's are `_N` where there is no victim.
        unit: key of the offences that names them.
    """
    rows = []
    for offence in offences:
        for victim in victims.get(offence[unit]) or [{}]:
            row = {**offence, **victim}
            rows.append({name: row.get(name, NOT_GIVEN) for name in dimensions})
    return count_each(rows, dimensions)


def count_once_per_series(
    records: Iterable[Record], dimensions: Sequence[str], *, series: Sequence[str]
) -> dict[Cell, int]:
    """Return the counts of series: records with equal values of the fields `series` count once in every cell."""
    keyed = [{**record, "_series": tuple(str(record[name]) for name in series)} for record in records]
    return count_once_per_category(keyed, dimensions, unit="_series")


def _cells(record: Record, dimensions: Sequence[str]) -> Iterable[Cell]:
    """Return every cell that a record falls into: each breakdown by its value or by its total."""
    return product(*((*_codes(record[name]), TOTAL) for name in dimensions))


def _codes(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
