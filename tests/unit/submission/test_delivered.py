"""Years that a source covers in part: no zero and no low count without a word, assumed or declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from justitia.errors import CatalogueError
from justitia.model.questionnaire import FilledRound
from justitia.submission.fill import fill_collection
from justitia.workspace import Workspace

DECLARED = "source,covers_from,covers_until,not_covered,least,partial,note\n"
MURDERS, MEN, THEFTS = "1.1:1.1.1:T", "4.1:4.1.intentional_homicide:M", "3:3.2:T"


def filled_from(
    country: Callable[..., Any], offence: Callable[..., Any], months: range, *, each: int, declared: str = ""
) -> FilledRound:
    """A source with so many murders in each of these months of 2022, and all months of 2021."""
    files = {"collections/sources.csv": DECLARED + declared} if declared else {}
    own = country(files=files)
    days = [f"2021-{month:02d}" for month in range(1, 13)] + [f"2022-{month:02d}" for month in months]
    rows = [
        offence(number, ARTICLE="MURDER", RECORDED=f"{month}-{day + 1:02d}", SEX="m")
        for number, (month, day) in enumerate((month, day) for month in days for day in range(each))
    ]
    own.send("a.csv", rows)
    own.run()
    return fill_collection(own.workspace, "un_cts", year=2022)


def test_a_source_of_seven_months_gives_a_footnote_and_no_zero(
    country: Callable[..., Any], offence: Callable[..., Any]
) -> None:
    filled = filled_from(country, offence, range(1, 8), each=6)
    note = "incomplete_assumed:police 2022-08/2022-12"
    murders, men, thefts = (filled.cells[name, 2022] for name in (MURDERS, MEN, THEFTS))
    assert murders.value == 42 and note in murders.notes
    assert men.value == 42 and note in men.notes, "suspects are dated by their event"
    assert thefts.value is None and thefts.status == "missing" and thefts.missing == ("offence",)
    assert "police 2022-08/2022-12" in thefts.reason and "police 2022-08/2022-12" in filled.footnotes[note]
    before = filled.cells[THEFTS, 2021]
    assert before.value == 0 and not before.notes, "that year is whole"


def test_a_few_records_a_month_leave_months_empty_by_chance(
    country: Callable[..., Any], offence: Callable[..., Any]
) -> None:
    filled = filled_from(country, offence, range(1, 8), each=2)
    assert filled.cells[THEFTS, 2022].value == 0 and not filled.cells[MURDERS, 2022].notes


def test_a_declared_source_is_believed(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    whole = filled_from(country, offence, range(1, 8), each=6, declared="police,2021-01,2022-12,,5,footnote,\n")
    assert whole.cells[THEFTS, 2022].value == 0 and not whole.cells[MURDERS, 2022].notes


@pytest.mark.parametrize(
    ("declared", "month"),
    [("police,2021-01,2022-09,,,empty,\n", "2022-10/2022-12"), ("police,,,2022-02,,empty,\n", "2022-02")],
)
def test_a_declared_gap_may_empty_the_cells(
    country: Callable[..., Any], offence: Callable[..., Any], declared: str, month: str
) -> None:
    filled = filled_from(country, offence, range(1, 13), each=2, declared=declared)
    murders = filled.cells[MURDERS, 2022]
    assert murders.value is None and murders.reason.endswith(f"police {month}")
    assert filled.cells[MURDERS, 2021].value == 24


def test_a_month_that_is_none(country: Callable[..., Any]) -> None:
    own = country(files={"collections/sources.csv": DECLARED + "police,2022-13,,,,footnote,\n"})
    with pytest.raises(CatalogueError, match=r"E-CAT-017.*2022-13"):
        _ = Workspace(own.folder).catalogue.covered
