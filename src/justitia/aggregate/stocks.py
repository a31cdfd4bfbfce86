"""Stocks: what is there at the end of a day, and the balance of a stock with its flows.

Source: UN-CTS instructions, prisons (persons held on 31 December unless stated; entries and releases during the year).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


def held_condition(start_field: str, end_field: str, day: date) -> str:
    """Return the condition, in the catalogue's language, that something begun is not ended by the end of a day.

    Who is admitted that day is in the stock, who is released that day is not.
    """
    end = f"DATE '{day.isoformat()}'"
    return f"{start_field} <= {end} AND ({end_field} IS NULL OR {end_field} > {end})"


def day_condition(field: str, day: date) -> str:
    """Return the condition that a record is one of the list drawn up on a day."""
    return f"{field} = DATE '{day.isoformat()}'"


def stock_at(starts: Sequence[date], ends: Sequence[date | None], day: date) -> int:
    """Return how many stays are there at the end of a day: the plain reference of `held_condition`."""
    return sum(start <= day and (end is None or end > day) for start, end in zip(starts, ends, strict=True))


@dataclass(frozen=True, slots=True)
class Balance:
    """The stock that flows lead to, and how far the counted stock is from it."""

    expected: int
    difference: int


def balance(*, before: int, entries: int, exits: int, after: int) -> Balance:
    """Return what the stock should be by the earlier stock and the flows, and the difference of the counted one."""
    expected = before + entries - exits
    return Balance(expected, after - expected)
