"""A typed cell (workbook, database, JSON) as the plain text that a CSV file would hold."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


class ExactFloat(float):
    """A number that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> ExactFloat:
        """Return the number written as `text`."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def cell_text(value: Any) -> str | None:
    """Return the text of a cell, None for an empty one.

    Whole numbers come without `.0`, dates and times in ISO 8601, midnight of a day as the day, nested values as JSON.

    Raises:
        ValueError: for a kind of value that has no text, such as a picture.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, (date, time, timedelta)):
        return _moment(value)
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=cell_text)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise ValueError("binary data")
    return str(value)


def _number(value: int | float | Decimal) -> str:
    if isinstance(value, ExactFloat):
        return value.text
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return str(value)


def _moment(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return value.isoformat()
