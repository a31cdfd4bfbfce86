"""The chain on a small country: nothing is lost, nothing is counted twice, and a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from justitia.errors import JustitiaError

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


def test_a_changed_layout_that_fits_only_some_files_loses_none(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence(i, AGE="30", SEX="m") for i in range(10)])
    made.run()
    made.send("b.csv", [offence(i, AGE="old", SEX="m") for i in range(10, 30)])
    made.run()
    before = made.workspace.store.read()
    layout = made.folder / "overlay" / "layouts" / "made" / "police" / "1" / "layout.toml"
    columns = layout.with_name("columns.csv")
    old = layout.read_text(), columns.read_text()
    layout.write_text(old[0].replace("[row]", '[row]\non_bad_row = "stop"'))
    columns.write_text(old[1].replace("AGE,suspect,age,use,,yes,,", "AGE,suspect,age,use,,yes,set_aside_row,"))
    with pytest.raises(JustitiaError, match="E-LAY-004"):
        made.run()
    assert made.workspace.store.read() == before, "the old readings stay until all files are read anew"
    (made.folder / "sources" / "police" / "b.csv").unlink()
    with pytest.raises(JustitiaError, match="E-LAY-005"):
        made.run()
    layout.write_text(old[0])
    columns.write_text(old[1])
    made.run()
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 30
