"""Filling a round from a small made-up country: figures by hand, what is missing, and the two ways out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from justitia.errors import DisclosureError, RequestError
from justitia.model.questionnaire import FilledRound
from justitia.submission.fill import fill_collection
from justitia.submission.read import read_round
from justitia.submission.send import publish_collection, send_collection

WHO = {"recipient": "UNODC", "legal_basis": "Statistics Act, s. 1", "approver": "Director"}
POPULATION = "area,sex,age,year,population\n_T,_T,_T,2022,200000\n_T,M,_T,2022,90000\n_T,F,_T,2022,110000\n"


@pytest.fixture
def made(country: Callable[..., Any], offence: Callable[..., Any]) -> Any:
    """2022: nine murders and two thefts in eleven events; 2021: one murder; suspects of nine of the murders."""
    own = country(files={"population/made.csv": POPULATION})
    rows = [offence(i, ARTICLE="MURDER", RECORDED="2022-05-05", SEX="m" if i else "f") for i in range(9)]
    rows += [offence(20 + i, ARTICLE="THEFT", RECORDED="2022-06-06", SEX="") for i in range(2)]
    rows += [offence(30, ARTICLE="MURDER", RECORDED="2021-05-05", SEX="")]
    own.send("a.csv", rows)
    own.run()
    return own


def cell(filled: FilledRound, name: str, year: int = 2022) -> Any:
    return filled.cells[name, year]


def test_counts_by_hand(made: Any) -> None:
    filled = fill_collection(made.workspace, "un_cts", year=2022)
    assert cell(filled, "1.1:1.1.1:T").value == 9 and cell(filled, "1.1:1.1.1:T", 2021).value == 1
    assert cell(filled, "3:3.2:T").value == 2
    assert cell(filled, "3:3.2:T", 2021).value == 0, "thefts are coded, and there was none"
    by_offence = [cell(filled, f"4.1:4.1.intentional_homicide:{column}").value for column in "TMFU"]
    assert by_offence == [9, 8, 1, 0]


def test_no_zero_where_nothing_could_be_counted(made: Any) -> None:
    filled = fill_collection(made.workspace, "un_cts", year=2022)
    slavery = cell(filled, "2.1:2.1.7:O")
    assert slavery.value is None and slavery.missing == ("coding:0203",)
    assert "no national offence is coded to 0203" in slavery.reason
    victims = cell(filled, "1.2:1.2.1:T")
    assert victims.value is None and victims.missing == ("victim",)
    assert cell(filled, "7:7.1:T").status == "waiting"
    assert cell(filled, "1.8:1.8:T").reason.startswith("name the largest city")


def test_a_year_without_records_is_not_zero(made: Any) -> None:
    filled = fill_collection(made.workspace, "un_cts", year=2019)
    found = cell(filled, "1.1:1.1.1:T", 2019)
    assert found.value is None and found.reason == "no record of offence in 2019"


def test_rates_have_an_interval_a_flag_and_the_version_of_their_population(made: Any) -> None:
    filled = fill_collection(made.workspace, "eurostat_crime", year=2022)
    rate = cell(filled, "crim_off_cat:ICCS0101:P_HTHAB")
    assert rate.value == 4.5 and rate.is_small
    assert (round(rate.lower, 3), round(rate.upper, 3)) == (2.058, 8.542)  # Garwood of 9, over 200,000
    assert "population" in rate.notes and "made" in filled.footnotes["population"]
    before = cell(filled, "crim_off_cat:ICCS0101:P_HTHAB", 2021)
    assert before.value is None and before.missing == ("population",)


def test_the_metadata_sheet_is_answered_from_the_layouts(made: Any) -> None:
    filled = fill_collection(made.workspace, "un_cts", year=2022)
    assert filled.answers["country"] == "Made-up office" and "day of recording" in filled.answers["when_recorded"]
    assert filled.answers["principal_offence"].startswith("Yes")


def test_a_population_that_is_not_there(made: Any) -> None:
    with pytest.raises(RequestError, match=r"E-FIL-001.*made"):
        fill_collection(made.workspace, "un_cts", year=2022, population="other")


def test_before_the_first_run(country: Callable[..., Any]) -> None:
    with pytest.raises(RequestError, match="E-FIL-002"):
        fill_collection(country().workspace, "un_cts", year=2022)


def test_exact_figures_leave_by_the_confidential_channel_alone(made: Any, tmp_path: Path) -> None:
    folder = tmp_path / "to_unodc"
    send_collection(made.workspace, "un-cts", folder, year=2022, **WHO)
    (file,) = folder.glob("*.xlsx")
    assert file.name == "un_cts-2024-2022.en.confidential.xlsx"
    receipt = json.loads((folder / "RECEIPT.json").read_text())
    assert receipt["recipient"] == "UNODC" and list(receipt["files"]) == [file.name]
    assert made.workspace.store.read()["history"][-1]["what"] == "transmitted un_cts/2024 for 2022"
    filled, _, findings = read_round(file, made.workspace.catalogue)
    assert filled.value("1.1:1.1.1:T", 2022) == 9
    assert not [item for item in findings if item.severity == "error"]
    for place in ("releases/x", "preview", "overlay/y"):
        with pytest.raises(DisclosureError, match="E-TRA-001"):
            send_collection(made.workspace, "un_cts", made.workspace.folder / place, year=2022, **WHO)
    with pytest.raises(RequestError, match="E-TRA-003"):
        send_collection(made.workspace, "un_cts", tmp_path / "n", year=2022, **{**WHO, "approver": " "})
    assert not (tmp_path / "n").exists(), "nothing half-written"


def test_the_public_copy_is_made_of_protected_figures(made: Any, tmp_path: Path) -> None:
    file = tmp_path / "public.xlsx"
    filled = publish_collection(made.workspace, "eurostat_crime", file, year=2022)
    murders, thefts = (cell(filled, f"crim_off_cat:ICCS{code}:NR") for code in ("0101", "0502"))
    assert murders.value in (None, 10.0), "nine are rounded, or redacted by a stricter rule"
    assert thefts.value is None and thefts.status == "suppressed"
    rate = cell(filled, "crim_off_cat:ICCS0101:P_HTHAB")
    assert rate.value != 4.5, "an exact rate gives the count back"
    book = openpyxl.load_workbook(file)
    assert not [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.value == 9]
    assert "CONFIDENTIAL" not in str(book["crim_off_cat"]["A2"].value)
    with pytest.raises(RequestError, match="E-FIL-004"):
        publish_collection(made.workspace, "eurostat_crime", file, year=2022)


def test_scratch_is_left_empty(made: Any) -> None:
    fill_collection(made.workspace, "eurostat_crime", year=2022, public=True)
    assert not (made.workspace.store.scratch / "asked").exists()


def test_a_missing_denominator_year_empties_the_rate_and_not_the_count(made: Any) -> None:
    filled = fill_collection(made.workspace, "eurostat_crime", year=2021)
    rate, count = (cell(filled, f"crim_off_cat:ICCS0101:{unit}", 2021) for unit in ("P_HTHAB", "NR"))
    assert rate.value is None and rate.status == "missing" and rate.missing == ("population",)
    assert rate.reason == "population table made has no such row for 2021"
    assert count.value == 1
