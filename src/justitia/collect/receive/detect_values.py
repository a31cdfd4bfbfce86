"""Decimal sign, date format and signs for "missing" of a sample of text columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

Columns = Mapping[str, Sequence[str]]

_DATES = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d",
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%y", "%m/%d/%y",
)  # fmt: skip
_NULLS = ("NULL", "null", "NA", "N/A", "n/a", "#N/A", "None", "(null)", "-", ".", "?")
_LOOKS_LIKE_DATE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b|^(19|20)\d{6}$")
_COMMA = re.compile(r"^[+-]?\d{1,3}(\.\d{3})*,\d+$|^[+-]?\d+,\d+$")
_POINT = re.compile(r"^[+-]?\d{1,3}(,\d{3})*\.\d+$|^[+-]?\d+\.\d+$")
_EITHER = re.compile(r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$")
_NUMBER = re.compile(r"^[+-]?\d[\d.,]*$")
_ROWS = 2000


def guess_numbers(columns: Columns, unsure: list[str]) -> tuple[str, str]:
    """Return decimal sign and thousands separator; `1.234` alone decides nothing."""
    numbers = [cell for cells in columns.values() for cell in _sample(cells) if _NUMBER.match(cell)]
    marked = [cell for cell in numbers if not _EITHER.match(cell)]
    comma = sum(_COMMA.match(cell) is not None for cell in marked)
    point = sum(_POINT.match(cell) is not None for cell in marked)
    doubtful = {cell[-4] for cell in numbers if _EITHER.match(cell)}
    if comma and point:
        unsure.append("the decimal sign: both point and comma are there")
    if doubtful and not (comma or point):
        signs = "] and [".join(sorted(doubtful))
        unsure.append(f"the sign [{signs}] in numbers of the form 1{sorted(doubtful)[0]}234: decimal or thousands")
    decimal = "," if comma > point else "."
    other = "." if decimal == "," else ","
    grouped = any(other in cell for cell in marked if decimal in cell) or (other in doubtful and bool(comma or point))
    return decimal, other if grouped else ""


def guess_date_format(columns: Columns, unsure: list[str]) -> str:
    """Return the date format that fits the most columns; where day and month could swap it is unsure."""
    fits: dict[str, int] = {}
    for name, cells in columns.items():
        sample = [cell for cell in _sample(cells) if cell not in _NULLS]
        if not sample or sum(_LOOKS_LIKE_DATE.match(cell) is not None for cell in sample) < 0.9 * len(sample):
            continue
        formats = [form for form in _DATES if all(_is_date(cell, form) for cell in sample)]
        if len(formats) > 1:
            unsure.append(f"the date format of column [{name}]: {' or '.join(formats)}")
        elif not formats:
            unsure.append(f"the date format of column [{name}]: no single format fits all its values")
        for form in formats:
            fits[form] = fits.get(form, 0) + (1 if len(formats) > 1 else 100)
    best = max(fits, key=lambda form: fits[form], default="%Y-%m-%d")
    if len([form for form in fits if fits[form] >= 100]) > 1:
        unsure.append("the date format: columns differ, set `format` of each in columns.csv")
    return best


def _is_date(cell: str, form: str) -> bool:
    try:
        return 1850 <= datetime.strptime(cell, form).year <= 2700
    except ValueError:
        return False


def guess_nulls(columns: Columns, unsure: list[str]) -> tuple[str, ...]:
    """Return the signs that seem to stand for "missing", the empty cell first."""
    found = {cell for cells in columns.values() for cell in _sample(cells)} & set(_NULLS)
    if found:
        unsure.append(f"whether {', '.join(f'[{sign}]' for sign in sorted(found))} mean that a value is missing")
    return ("", *sorted(found))


def _sample(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells[:_ROWS] if cell.strip()]
