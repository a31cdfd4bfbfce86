"""SQL that turns the text of a source column into a typed value, or null where it cannot be one.

Nothing is guessed: `1.234` is a number only as the layout's separators say, and a date only in its declared format.
"""

from __future__ import annotations

import re

from justitia.collect.calendars import date_from_parts
from justitia.engine import literal
from justitia.errors import CatalogueError
from justitia.metadata.definitions import FileFormat

_SPACES = "9, 10, 13, 32, 160"  # tab, line feed, carriage return, space, no-break space
EARLIEST, LATEST = "1800-01-01", "2200-01-01"  # outside: an undeclared calendar or a slip of the key
_PARTS = {"%Y": "([0-9]{4})", "%m": "([0-9]{1,2})", "%d": "([0-9]{1,2})"}


def text_sql(column: str, null_values: tuple[str, ...]) -> str:
    """Return SQL of the trimmed text, null where it is one of `null_values` (empty always is)."""
    # Trimming a set of characters is slow: only texts that begin or end with one of them are trimmed.
    first, last = f"ascii({column}) IN ({_SPACES})", f"ascii(right({column}, 1)) IN ({_SPACES})"
    trimmed = f"CASE WHEN {first} OR {last} THEN trim({column}, ' \t\r\n\u00a0') ELSE {column} END"
    if not any(null_values):
        return f"nullif({trimmed}, '')"
    nulls = ", ".join(literal(value) for value in dict.fromkeys(("", *null_values)))
    return f"CASE WHEN {trimmed} IN ({nulls}) THEN NULL ELSE {trimmed} END"


def value_sql(text: str, *, type_: str, declared: FileFormat, date_format: str = "") -> str:
    """Return SQL of the typed value of `text`.

    Args:
        text: SQL of the trimmed text.
        type_: field type of the record model.
        declared: how the file writes numbers and dates.
        date_format: overrides the file's date format.
    """
    return bounded_sql(raw_sql(text, type_=type_, declared=declared, date_format=date_format), type_=type_)


def raw_sql(text: str, *, type_: str, declared: FileFormat, date_format: str = "") -> str:
    """Return SQL of the value before `bounded_sql`: two steps, so that a query need parse each text but once."""
    if type_ == "integer":
        return _integer(_plain_number(text, declared))
    if type_ == "decimal":
        return _decimal(_plain_number(text, declared))
    if type_ == "date":
        return _date(text, date_format or declared.date_format, declared.calendar)
    return text


def bounded_sql(value: str, *, type_: str) -> str:
    """Return SQL of a parsed value, null where it is a date out of all reason."""
    if type_ != "date":
        return value
    return f"CASE WHEN {value} >= DATE '{EARLIEST}' AND {value} < DATE '{LATEST}' THEN {value} END"


def age_sql(birth: str, at: str) -> str:
    """Return SQL of the age in whole years on the day `at`."""
    had_birthday = f"(month({at}) * 100 + day({at}) >= month({birth}) * 100 + day({birth}))"
    return f"(year({at}) - year({birth}) - CASE WHEN {had_birthday} THEN 0 ELSE 1 END)"


def _plain_number(text: str, declared: FileFormat) -> str:
    """Return SQL of the number with `.` as decimal sign and no thousands; null where groups are not of three."""
    thousands, decimal = declared.thousands, declared.decimal
    if thousands:
        mark, point = re.escape(thousands), re.escape(decimal)
        well_grouped = f"regexp_full_match({text}, {literal(f'[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+({point}[0-9]*)?')})"
        plain = f"CASE WHEN {well_grouped} OR NOT contains({text}, {literal(thousands)}) "
        text = f"{plain} THEN replace({text}, {literal(thousands)}, '') END"
    if decimal != ".":
        text = f"CASE WHEN NOT contains({text}, '.') THEN replace({text}, {literal(decimal)}, '.') END"
    return text


def _integer(number: str) -> str:
    return f"CASE WHEN regexp_full_match({number}, '[+-]?[0-9]{{1,18}}') THEN CAST({number} AS BIGINT) END"


def _decimal(number: str) -> str:
    matches = f"regexp_full_match({number}, '[+-]?[0-9]{{1,18}}([.][0-9]{{0,6}})?')"
    return f"CASE WHEN {matches} THEN CAST({number} AS DECIMAL(24, 6)) END"


def _date(text: str, date_format: str, calendar: str) -> str:
    if date_format in {"excel", "excel1904"}:
        # Excel believes that 1900 was a leap year: serial 60 is a day that never was.
        epoch = "1899-12-30" if date_format == "excel" else "1904-01-01"
        serial = f"CAST(regexp_extract({text}, '^([0-9]{{1,6}})', 1) AS INTEGER)"
        ok = f"regexp_full_match({text}, '[0-9]{{1,6}}([.][0-9]+)?')"
        limit = f" AND {serial} > 60" if date_format == "excel" else ""
        return f"CASE WHEN {ok} THEN CASE WHEN TRUE{limit} THEN DATE '{epoch}' + {serial} END END"
    if date_format.endswith("%z"):
        # The day is that of the place of the event: the zone must be there, and moves nothing.
        zoned = f"regexp_matches({text}, '[0-9]([+-][0-9]{{2}}:?[0-9]{{2}}|Z)$')"
        text = f"CASE WHEN {zoned} THEN regexp_replace({text}, '([+-][0-9]{{2}}:?[0-9]{{2}}|Z)$', '') END"
        date_format = date_format.removesuffix("%z").rstrip()
    if calendar == "gregorian" and "%y" not in date_format:
        return f"CAST(TRY_STRPTIME({text}, {literal(date_format)}) AS DATE)"
    return _from_parts(text, date_format, calendar)


def _from_parts(text: str, date_format: str, calendar: str) -> str:
    """Return SQL that takes year, month and day apart by the format and converts them."""
    if "%y" in date_format:
        raise CatalogueError(
            "E-LAY-011",
            f"date format {date_format} has a year of two digits, whose century is a guess",
            remedy="Ask the source for years of four digits, or add the century before sending",
        )
    pattern, order = re.escape(date_format), []
    for mark in re.findall("%[Ymd]", date_format):
        pattern = pattern.replace(re.escape(mark), _PARTS[mark], 1)
        order.append(mark)
    found = {
        mark: f"TRY_CAST(regexp_extract({text}, {literal(f'^{pattern}$')}, {place}) AS INTEGER)"
        for place, mark in enumerate(order, start=1)
    }
    return date_from_parts(calendar, found["%Y"], found["%m"], found["%d"])
