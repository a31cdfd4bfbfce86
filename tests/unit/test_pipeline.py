"""The chain on a small country: nothing is lost, nothing is counted twice, and a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Make = Callable[..., Any]


def test_a_run_counts_what_was_sent(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence(1), offence(2, ARTICLE="MURDER", DISTRICT="B"), offence(3, RECORDED="2024-02-29")])
    report = made.run()
    assert report.new_batches == ("b00001",)
    assert made.last_counts() == {"rows_in": 3, "new": 3}
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 3
    assert made.exact()["0101", "B", "2023", "COUNT"] == 1
    assert made.exact()["05", "_T", "2024", "COUNT"] == 1
    again = made.run()
    assert (again.new_batches, again.known_files, again.stages_run) == ((), 1, ())
    assert made.workspace.store.verify(made.workspace.store.read()) == []
