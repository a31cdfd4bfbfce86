"""What a date or a number in a source means. Each table: what the source writes, what it is; None = set aside, never
guessed.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from justitia.collect.parsing import age_sql, text_sql, value_sql
from justitia.engine import Engine, literal
from justitia.errors import CatalogueError
from justitia.metadata.definitions import FileFormat


def read(text: str, type_: str, **declared: Any) -> Any:
    form = FileFormat(**declared)
    sql = value_sql("t", type_=type_, declared=form)
    with Engine(scratch=Path("/tmp/justitia-spec"), threads=1) as engine:
        # From a table, as in a run: the engine must not meet a constant.
        engine.execute(f"CREATE TABLE x AS SELECT {text_sql(literal(text), form.null_values)} AS t")
        return engine.value(f"SELECT {sql} FROM x")


@pytest.mark.parametrize(
    ("calendar", "written", "gregorian"),
    [
        # Ethiopian: the year begins on 11 September, on the 12th before a Gregorian leap year; 13 months.
        ("ethiopian", "2000-01-01", date(2007, 9, 12)),  # the Ethiopian millennium
        ("ethiopian", "2016-01-01", date(2023, 9, 12)),
        ("ethiopian", "2017-01-01", date(2024, 9, 11)),
        ("ethiopian", "2016-04-28", date(2024, 1, 7)),  # Ethiopian Christmas
        ("ethiopian", "2015-13-06", date(2023, 9, 11)),  # the sixth day of Pagumen, leap years only
        ("ethiopian", "2016-13-06", None),
        ("ethiopian", "2016-13-05", date(2024, 9, 10)),
        ("ethiopian", "2016-14-01", None),
        ("ethiopian", "2016-01-31", None),
        # Islamic, civil (tabular): Dershowitz and Reingold, Calendrical Calculations, table of sample dates.
        ("islamic_civil", "1445-01-01", date(2023, 7, 19)),
        ("islamic_civil", "1421-01-01", date(2000, 4, 6)),
        ("islamic_civil", "1364-12-06", date(1945, 11, 12)),
        ("islamic_civil", "1416-10-05", date(1996, 2, 25)),
        ("islamic_civil", "1445-12-30", date(2024, 7, 7)),  # 1445 is a leap year of the cycle of thirty
        ("islamic_civil", "1444-12-30", None),
        # Solar Hijri: Nowruz as published, and the leap day of 1399 and 1403.
        ("solar_hijri", "1357-11-22", date(1979, 2, 11)),
        ("solar_hijri", "1399-12-30", date(2021, 3, 20)),
        ("solar_hijri", "1400-01-01", date(2021, 3, 21)),
        ("solar_hijri", "1403-01-01", date(2024, 3, 20)),
        ("solar_hijri", "1403-12-30", date(2025, 3, 20)),
        ("solar_hijri", "1404-01-01", date(2025, 3, 21)),
        ("solar_hijri", "1402-12-30", None),
        ("solar_hijri", "1403-07-31", None),
        # Buddhist: 543 years ahead.
        ("buddhist", "2567-02-29", date(2024, 2, 29)),
        ("buddhist", "2566-02-29", None),
        ("buddhist", "2484-01-01", date(1941, 1, 1)),
        # An undeclared calendar is an error, not a year far away.
        ("gregorian", "2567-02-28", None),
        ("gregorian", "1403-01-01", None),
        ("buddhist", "2024-02-28", None),
    ],
)
def test_calendars(calendar: str, written: str, gregorian: date | None) -> None:
    assert read(written, "date", calendar=calendar) == gregorian


@pytest.mark.parametrize(
    ("date_format", "written", "expected"),
    [
        ("%d/%m/%Y", "03/04/2024", date(2024, 4, 3)),
        ("%m/%d/%Y", "03/04/2024", date(2024, 3, 4)),
        ("%d/%m/%Y", "13/04/2024", date(2024, 4, 13)),
        ("%m/%d/%Y", "13/04/2024", None),
        ("%Y-%m-%d", "2024-02-29", date(2024, 2, 29)),
        ("%Y-%m-%d", "2023-02-29", None),
        ("%Y-%m-%d", "1900-02-29", None),
        ("%d/%m/%Y", "03/04/24", None),
        ("%Y-%m-%d", "2024-02-29 extra", None),
        ("%Y-%m-%d", "0000-00-00", None),
        ("%Y-%m-%d", "9999-12-31", None),  # the usual stand-in for "no date"
        ("%Y%m%d", "20241231", date(2024, 12, 31)),
        # Times are dropped, and no date moves by a zone: the day is that of the place of the event.
        ("%Y-%m-%d %H:%M:%S", "2023-12-31 23:59:59", date(2023, 12, 31)),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-01T00:30:00+02:00", date(2024, 1, 1)),
        ("%Y-%m-%dT%H:%M:%S%z", "2023-12-31T23:30:00-05:00", date(2023, 12, 31)),
        ("%Y-%m-%dT%H:%M:%S%z", "2023-12-31T23:30:00Z", date(2023, 12, 31)),
        ("%Y-%m-%dT%H:%M:%S%z", "2023-12-31T23:30:00", None),
    ],
)
def test_date_formats(date_format: str, written: str, expected: date | None) -> None:
    assert read(written, "date", date_format=date_format) == expected


@pytest.mark.parametrize(
    ("date_format", "serial", "expected"),
    [
        ("excel", "45321", date(2024, 1, 30)),
        ("excel", "45321.75", date(2024, 1, 30)),
        ("excel", "61", date(1900, 3, 1)),
        ("excel", "60", None),  # 29 February 1900 never was
        ("excel", "59", None),  # before that day programs disagree by one: set aside
        ("excel", "0", None),
        ("excel", "-1", None),
        ("excel", "999999", None),  # the year 4637
        ("excel1904", "43859", date(2024, 1, 30)),
        ("excel1904", "0", date(1904, 1, 1)),
        ("excel", "2024-01-30", None),
    ],
)
def test_serial_days_of_spreadsheets(date_format: str, serial: str, expected: date | None) -> None:
    assert read(serial, "date", date_format=date_format) == expected


def test_a_year_of_two_digits_is_refused() -> None:
    with pytest.raises(CatalogueError, match=r"E-LAY-011.*two digits"):
        read("03/04/24", "date", date_format="%d/%m/%y")


POINT, COMMA = {"decimal": ".", "thousands": ""}, {"decimal": ",", "thousands": "."}
SPACE, APOSTROPHE = {"decimal": ",", "thousands": " "}, {"decimal": ".", "thousands": "'"}


@pytest.mark.parametrize(
    ("declared", "written", "whole", "decimal"),
    [
        (COMMA, "1.234,5", None, Decimal("1234.5")),
        (COMMA, "1.234", 1234, Decimal(1234)),
        (COMMA, "1.234.567", 1234567, Decimal(1234567)),
        (COMMA, "1,5", None, Decimal("1.5")),
        (COMMA, "1.5", None, None),
        (COMMA, "1.2345", None, None),
        (COMMA, "12345", 12345, Decimal(12345)),
        (COMMA, "1234.567", None, None),
        (COMMA, "1.234,567.8", None, None),
        (COMMA, "1,234.5", None, None),
        (POINT, "1.234", None, Decimal("1.234")),
        (POINT, "1,234", None, None),
        (POINT, "1.234,5", None, None),
        (POINT, "-7", -7, Decimal(-7)),
        (POINT, "007", 7, Decimal(7)),
        (POINT, " 12 ", 12, Decimal(12)),
        (POINT, "12x", None, None),
        (POINT, "1e5", None, None),
        (POINT, "0x1F", None, None),
        (POINT, "NaN", None, None),
        (POINT, "Infinity", None, None),
        (POINT, "١٢", None, None),
        (POINT, "1 000", None, None),
        (POINT, "99999999999999999999", None, None),
        (SPACE, "1 234,5", None, Decimal("1234.5")),
        (SPACE, "12 34", None, None),
        (APOSTROPHE, "1'234.5", None, Decimal("1234.5")),
    ],
)
def test_numbers(declared: dict[str, str], written: str, whole: int | None, decimal: Decimal | None) -> None:
    assert (read(written, "integer", **declared), read(written, "decimal", **declared)) == (whole, decimal)


@pytest.mark.parametrize(
    ("birth", "at", "age"),
    [
        ("2000-03-01", "2018-02-28", 17),
        ("2000-03-01", "2018-03-01", 18),
        ("2000-02-29", "2018-02-28", 17),  # born on a leap day: 18 on 1 March
        ("2000-02-29", "2018-03-01", 18),
        ("2024-05-05", "2024-05-05", 0),
    ],
)
def test_age_in_whole_years(birth: str, at: str, age: int) -> None:
    with Engine(scratch=Path("/tmp/justitia-spec"), threads=1) as engine:
        assert engine.value("SELECT " + age_sql(f"DATE '{birth}'", f"DATE '{at}'")) == age


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("x", "x"),
        ("  x  ", "x"),
        ("\t x\r\n", "x"),
        ("\u00a0x y\u00a0", "x y"),
        (" \u00a0 ", None),
        ("", None),
        ("é", "é"),
    ],
)
def test_spaces_around_a_text_are_not_part_of_it(sent: str, read: str | None) -> None:
    sql = text_sql("v", ("",))
    assert duckdb.execute(f"SELECT {sql} FROM (SELECT ? AS v)", [sent]).fetchall() == [(read,)]
