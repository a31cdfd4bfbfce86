"""A proposed layout drops identities, sees what repeats, and says what it is not sure of."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from justitia.collect.propose import Proposal, propose_layout
from justitia.errors import RequestError
from justitia.pipeline import run_workspace
from justitia.workspace import Workspace, init_workspace

Propose = Callable[..., Proposal]


@pytest.fixture
def propose(tmp_path: Path) -> Propose:
    def make(heads: str, *rows: str, authority: str = "police", role: str = "") -> Proposal:
        file = tmp_path / "made.csv"
        file.write_text("\n".join([heads, *rows]) + "\n")
        return propose_layout(init_workspace(tmp_path / "w"), file, authority=authority, role=role)

    return make


def targets(proposal: Proposal) -> dict[str, str]:
    return {column.column: column.target or column.action for column in proposal.columns}


@pytest.mark.parametrize(
    "name",
    [
        *("F. nacimiento", "Date de naissance du suspect", "victim_dob", "Suspect Name", "Apellidos víctima"),
        *("prisoner no", "arrestee_id", "Officer Number", "Home Telephone", "mother surname", "calle"),
    ],
)
def test_what_names_a_person_is_dropped(propose: Propose, name: str) -> None:
    found = propose(f"Case No,Date,Offence,{name}", "1,2023-05-14,Theft,x1", "2,2023-05-15,Theft,x2")
    assert targets(found)[name] == "drop"


def test_a_number_without_repeats_does_not_hide_incidents_of_several_rows(propose: Propose) -> None:
    rows = [f"{n},A{n // 2},2023-05-{n + 10},{('Theft', 'Robbery')[n % 2]}" for n in range(8)]
    found = propose("OBJECTID,Incident Number,Date,Offence", *rows)
    assert (found.key, found.event_key) == (("OBJECTID",), ("Incident Number",))
    assert found.offence_key == ("Incident Number", "Offence")
    assert any("several rows of one incident" in doubt for doubt in found.unsure)


def test_charges_are_told_apart_by_their_own_number(propose: Propose) -> None:
    rows = [f"A{n // 2},C{n},2023-05-{n + 10},Theft,M" for n in range(8)]
    found = propose("case_id,charge_id,received_date,charge,gender", *rows, authority="State prosecutor")
    assert (found.sector, found.event_key, found.offence_key) == ("prosecution", ("case_id",), ("charge_id",))
    assert targets(found)["gender"] == "defendant.sex"


def test_a_row_that_stands_for_several_units_is_told_first(propose: Propose) -> None:
    found = propose("Expediente,Fecha,Delito,CANTIDAD", "1,2023-05-14,Homicidio,3", "2,2023-05-15,Homicidio,1")
    assert found.unsure[0].startswith("[CANTIDAD] seems to say how many units a row stands for (4 in all)")


def test_it_says_that_nobody_told_whose_sex_it_is(propose: Propose) -> None:
    found = propose("Case No,Date,Offence,Sex", "1,2023-05-14,Theft,M", "2,2023-05-15,Theft,F")
    assert targets(found)["Sex"] == "victim.sex"
    assert any("taken as those of the victim" in doubt for doubt in found.unsure)


@pytest.mark.parametrize(("authority", "role"), [("court", "defendant"), ("prison", "prisoner")])
def test_what_is_proposed_for_courts_and_prisons_runs(propose: Propose, authority: str, role: str) -> None:
    rows = [f"{n},2023-05-{n + 10},Theft,F,{n + 20}" for n in range(8)]
    found = propose("Case No,Date,Offence,Sex,Age", *rows, authority=authority)
    assert targets(found)["Sex"] == f"{role}.sex"
    state = run_workspace(Workspace(found.folder.parents[4])).state
    assert any(f"{role}s_by_sex" in name for name in state["tables"])


def test_one_letter_for_two_words_is_left_open(propose: Propose) -> None:
    found = propose("Expediente,Fecha,Delito,Sexo", "1,2023-05-14,Robo,H", "2,2023-05-15,Robo,M")
    assert found.values["Sexo"] == {"H": "", "M": ""}
    assert any("may not be the same" in doubt for doubt in found.unsure)


def test_it_names_what_the_offence_may_be(propose: Propose) -> None:
    found = propose("id,c_offense_date,c_charge_desc,c_days", "1,2023-05-14,Theft,x", "2,2023-05-15,Battery,y")
    doubts = " ".join(found.unsure)
    assert "no column seems to hold the offence (perhaps [c_charge_desc])" in doubts


def test_a_title_above_the_columns_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Police of Exampland"], ["Case No", "Date", "Offence"], ["1", "2023-05-14", "Theft"]):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(RequestError, match=r"E-LYT-006.*Remove titles"):
        propose_layout(init_workspace(tmp_path / "w"), tmp_path / "book.xlsx")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="E-LYT-005"):
        propose_layout(init_workspace(tmp_path / "w"), tmp_path)


def test_the_place_of_an_ambiguous_date_is_its_line(propose: Propose) -> None:
    found = propose("Case No,Date,Offence", "1,01/02/2023,Theft", "2,03/04/2023,Theft")
    assert next(column.format for column in found.columns if column.column == "Date") == "AMBIGUOUS"
    with pytest.raises(Exception, match=r"columns\.csv:3.*\[AMBIGUOUS\] is not a date format"):
        run_workspace(Workspace(found.folder.parents[4]))


def test_columns_are_written_as_proposed(propose: Propose) -> None:
    found = propose("Case No,Date,Offence,Full Name", "1,2023-05-14,Theft,Nobody", "2,2023-05-15,Theft,Noone")
    with (found.folder / "columns.csv").open() as opened:
        assert {row["column"]: row["action"] for row in csv.DictReader(opened)}["Full Name"] == "drop"
    assert not any("Nobody" in path.read_text() for path in found.folder.parents[3].rglob("*") if path.is_file())
