"""Stocks at a day and medians of durations, by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from justitia.aggregate.durations import quantile_of_counts
from justitia.aggregate.stocks import balance, day_condition, held_condition, stock_at

DAY = date(2024, 12, 31)
STAYS = [
    (date(2024, 12, 31), None),  # admitted that day
    (date(2025, 1, 1), None),  # the day after
    (date(2023, 1, 1), date(2024, 12, 31)),  # released that day
    (date(2023, 1, 1), date(2025, 1, 1)),
]


def test_who_is_there_at_the_end_of_the_day() -> None:
    assert stock_at(*zip(*STAYS, strict=True), DAY) == 2


days = st.dates(date(2024, 12, 25), date(2025, 1, 5))


@given(st.lists(st.tuples(days, st.none() | days), max_size=8))
def test_the_condition_counts_as_the_reference(stays: list[tuple[date, date | None]]) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE stay (a DATE, b DATE)")
    if stays:
        connection.executemany("INSERT INTO stay VALUES (?, ?)", stays)
    counted = connection.execute(f"SELECT count(*) FROM stay WHERE {held_condition('a', 'b', DAY)}").fetchall()
    expected = stock_at([start for start, _ in stays], [end for _, end in stays], DAY)
    assert counted == [(expected,)]


def test_a_list_of_a_day() -> None:
    assert day_condition("reference_date", DAY) == "reference_date = DATE '2024-12-31'"


def test_stock_and_flows_balance() -> None:
    assert balance(before=100, entries=30, exits=25, after=103).difference == -2


@pytest.mark.parametrize(
    ("counts", "median"),
    [({}, None), ({5: 1}, 5), ({1: 1, 3: 1}, 2), ({1: 2, 3: 1}, 1), ({1: 1, 2: 1, 100: 1}, 2), ({4: 2, 6: 2}, 5)],
)
def test_medians_by_hand(counts: dict[float, int], median: float | None) -> None:
    assert quantile_of_counts(counts) == median


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_the_median_of_counts_is_that_of_the_values(values: list[int]) -> None:
    import statistics

    assert quantile_of_counts({value: values.count(value) for value in values}) == statistics.median(values)
