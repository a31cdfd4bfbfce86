"""Contradictions between filled rounds: the same quantity, and quantities whose difference is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from justitia.findings import Finding

if TYPE_CHECKING:
    from justitia.metadata.collection import Cell, Collection, Difference
    from justitia.metadata.load import Catalogue
    from justitia.model.questionnaire import FilledRound

Quantity = tuple[str, tuple[tuple[str, tuple[str, ...]], ...], int]  # indicator, key, year


def check_between(rounds: Sequence[tuple[str, FilledRound, Collection]], catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return every contradiction between filled rounds.

    Args:
        rounds: (name for messages, values, what it is a round of).
        catalogue: whose declared differences say which quantities may differ, and how.
    """
    found: list[Finding] = []
    told = [(name, _quantities(filled, collection)) for name, filled, collection in rounds]
    for (left, ours), (right, theirs) in combinations(told, 2):
        for quantity in sorted(set(ours) & set(theirs)):
            if ours[quantity][0] != theirs[quantity][0]:
                found.append(_contradiction(left, ours[quantity], right, theirs[quantity], quantity))
    for difference in catalogue.differences:
        for left, ours in told:
            for right, theirs in told:
                found += _declared(difference, left, ours, right, theirs)
    return tuple(dict.fromkeys(found))


def _quantities(filled: FilledRound, collection: Collection) -> Mapping[Quantity, tuple[float, Cell]]:
    """Return what a round says of each quantity; what stands in two cells of it is in its own rules."""
    found: dict[Quantity, tuple[float, Cell]] = {}
    for cell in collection.cells:
        for year in filled.years:
            value = filled.value(cell.id, year)
            if cell.indicator and value is not None:
                found.setdefault((cell.indicator, tuple(sorted(cell.key.items())), year), (value, cell))
    return found


def _contradiction(
    left: str, ours: tuple[float, Cell], right: str, theirs: tuple[float, Cell], quantity: Quantity
) -> Finding:
    message = (
        f"{quantity[0]} of {quantity[2]}: {ours[0]:,.6g} in {left} ({ours[1].id}), "
        f"{theirs[0]:,.6g} in {right} ({theirs[1].id})"
    )
    return Finding("Q-CON-001", "error", left, message, column=ours[1].id)


def _declared(
    difference: Difference,
    left: str,
    ours: Mapping[Quantity, tuple[float, Cell]],
    right: str,
    theirs: Mapping[Quantity, tuple[float, Cell]],
) -> list[Finding]:
    found = []
    for (indicator, key, year), (value, cell) in ours.items():
        other = theirs.get((difference.right, key, year))
        if indicator != difference.left or other is None:
            continue
        wrong = {
            "equal": value != other[0],
            "above": value < other[0],
            "below": value > other[0],
            "different": False,
        }[difference.relation]
        if wrong:
            message = (
                f"{difference.quantity} of {year}: {value:,.6g} in {left} ({cell.id}) should be {difference.relation} "
                f"{other[0]:,.6g} in {right} ({other[1].id}). {difference.reason}"
            )
            found.append(Finding("Q-CON-002", "error", left, message, column=cell.id))
    return found
