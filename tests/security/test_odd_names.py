"""Quotes, brackets, dots and other scripts in names and keys: they are names, and lead nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import BY_ICCS, LAYOUT, Country

from justitia.erase import erase_record
from justitia.errors import JustitiaError
from justitia.explanation import explain
from justitia.release import release_workspace

Make = Callable[..., Any]


@pytest.mark.parametrize("folder", ["it's", 'qu"ote', "[x] *?", "%s;$HOME", "مكان", " lead"])
def test_a_workspace_may_lie_anywhere(tmp_path: Path, offence: Make, folder: str) -> None:
    (tmp_path / "ax").mkdir()  # what a wildcard would find
    made = Country(tmp_path / folder)
    made.send("o'd\"d [1]*.csv", [offence(i) for i in range(13)])
    made.run()
    release_workspace(made.workspace, vintage="first")
    assert explain(made.workspace, "by_iccs:_T._T:2023@first").cells["COUNT"]["value"] == 15
    assert erase_record(made.workspace, source_id="police", record_id="K1|1", order="made up") == 1


@pytest.mark.parametrize("vintage", ["..", "../x", "a/b", "", ".hidden", "a\n", "x" * 60])
def test_a_vintage_is_a_plain_name(country: Make, offence: Make, vintage: str) -> None:
    made = country()
    made.send("a.csv", [offence(1)])
    made.run()
    if vintage:
        with pytest.raises(JustitiaError, match="E-REL-003"):
            release_workspace(made.workspace, vintage=vintage)
    with pytest.raises(JustitiaError, match=r"E-ADR-00|E-REL-004|E-TAB-001"):
        explain(made.workspace, f"by_iccs:_T._T:2023@{vintage or '..'}")


@pytest.mark.parametrize("name", ["../x", "a.b", "a[1]", "it's", 'q"', ""])
def test_a_source_id_is_a_plain_name(country: Make, offence: Make, name: str) -> None:
    import json

    made = country(layout=LAYOUT.replace('source_id = "police"', f"source_id = {json.dumps(name)}"))
    made.send("a.csv", [offence(1)])
    with pytest.raises(JustitiaError, match="E-CAT-013"):
        made.run()


@pytest.mark.parametrize("name", ["../x", "a.b", "a__b", "x y", 'q"'])
def test_a_kind_of_record_has_a_plain_name(country: Make, offence: Make, name: str) -> None:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [("kind", "label_en", "unit", "holds_individuals"), (name, "Odd", "odd", "0")]
    )
    made = country(files={"records/kinds.csv": text.getvalue()})
    made.send("a.csv", [offence(1)])
    with pytest.raises(JustitiaError, match="E-CAT-013"):
        made.run()


def test_an_id_of_a_dimension_cannot_be_a_column_of_every_table(country: Make, offence: Make) -> None:
    made = country(dataflows={"by_iccs": BY_ICCS.replace('id = "AREA"', 'id = "TIME_PERIOD"')})
    made.send("a.csv", [offence(1)])
    with pytest.raises(JustitiaError, match="E-CAT-013"):
        made.run()


# -- keys -------------------------------------------------------------------------------------------------------------
def test_keys_whose_parts_hold_the_separator_are_two_keys(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence("a|b", "c"), offence("a", "b|c"), offence("a\\", "|"), offence("a\\|", "")])
    made.run()
    assert made.last_counts() == {"rows_in": 4, "new": 4}
    assert erase_record(made.workspace, source_id="police", record_id="a\\|b|c", order="made up") == 1
    made.run()
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 3


def test_letters_composed_and_decomposed_are_one_key(country: Make, offence: Make) -> None:
    made = country()
    made.send("a.csv", [offence("José")])
    made.run()
    made.send("b.csv", [offence("Jose\u0301", ARTICLE="MURDER")])
    made.run()
    assert made.last_counts() == {"rows_in": 1, "correction": 1}
    assert erase_record(made.workspace, source_id="police", record_id="Jose\u0301|1", order="made up") == 2
    made.send("c.csv", [offence("Jose\u0301")])
    made.run()
    assert made.last_counts() == {"rows_in": 1, "erased": 1}


def test_rows_without_the_key_of_a_record_do_not_tell_of_one_and_the_same(country: Make, offence: Make) -> None:
    made = country(layout=LAYOUT.replace('key = ["NO", "LINE"]', 'key = ["LINE", "NO"]', 1))
    made.send("a.csv", [offence(1), *({**offence(1, str(i)), "NO": ""} for i in range(2, 9))])
    made.run()
    assert made.counts()["new"] == 8
    assert made.rows_of("SELECT count(*) FROM {table}", "derived__event") == [(1,)]
    assert [found[0] for found in made.findings()] == ["V-KEY-002"] * 7


def test_thousands_of_columns(country: Make, offence: Make) -> None:
    made = country(row='on_new_column = "accept"')
    row, more = offence(1), [f"c{number}" for number in range(3000)]
    made.send("a.csv", ",".join([*row, *more]) + "\n" + ",".join([*row.values(), *("v" for _ in more)]) + "\n")
    with pytest.raises(JustitiaError, match="E-LAY-001"):
        made.run()  # SEX and AGE are declared
    made.send("a.csv", ",".join([*row, "SEX", "AGE", *more]) + "\n" + ",".join([*row.values(), "m", "3", *more]) + "\n")
    made.run()
    assert made.last_counts() == {"rows_in": 1, "new": 1}
