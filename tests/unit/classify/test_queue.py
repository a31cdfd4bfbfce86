"""The coding queue as a workbook: alternatives to choose from, read back as often as people correct it."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from plain_coder import PlainCoder

from justitia.classify.decisions import DecisionLog, standing
from justitia.classify.items import Item, log_file
from justitia.classify.queue import import_queue
from justitia.classify.review import Review
from justitia.classify.review_sheet import write_sheet
from justitia.collect.propose import propose_layout
from justitia.errors import CatalogueErrors, RequestError
from justitia.metadata.check import check_catalogue
from justitia.workspace import Workspace, init_workspace

ITEMS = (Item("Theft", "Theft", 12), Item("77", "Robbery", 30, {"statute": "art. 4"}), Item("0101", "Riddle", 1))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    file = tmp_path / "police.csv"
    file.write_text("Case No,Date,Offence\n1,2023-05-14,Theft\n2,2023-05-20,Robbery\n")
    made = init_workspace(tmp_path / "w")
    propose_layout(made, file)
    return Workspace(made.folder)


def filled(
    path: Path, *decisions: tuple[object, ...], heads: tuple[str, ...] = ("iccs_code", "status", "basis")
) -> Path:
    """Write a queue with its decisions."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "queue"
    sheet.append(["records", "source_id", "national_code", "national_text", *heads])
    for text, *cells in decisions:
        sheet.append([1, "police", text, None, *cells])
    book.save(path)
    return path


def exported(workspace: Workspace, reviews: dict[str, Review], path: Path) -> int:
    return write_sheet(reviews, workspace.catalogue, path, languages=("en",))


def decided(workspace: Workspace) -> dict[str, tuple[str, str, str]]:
    file = workspace.folder / "overlay/correspondences/police__iccs.csv"
    with file.open() as opened:
        rows = csv.DictReader(opened)
        return {
            row["national_code"]: (row["iccs_code"], row["status"], row["basis"].rpartition(",")[0]) for row in rows
        }


def log(workspace: Workspace) -> DecisionLog:
    return DecisionLog(log_file(workspace, "police__iccs"))


def test_each_row_has_its_alternatives_as_choices(workspace: Workspace, tmp_path: Path) -> None:
    review = Review(ITEMS, PlainCoder, log(workspace), "Ana")
    assert exported(workspace, {"police": review}, tmp_path / "q.xlsx") == 3
    book = openpyxl.load_workbook(tmp_path / "q.xlsx")
    assert book.sheetnames == ["queue", "iccs", "alternatives"] and book["alternatives"].sheet_state == "hidden"
    sheet = book["queue"]
    heads = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heads, [cell.value for cell in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [row["national_code"] for row in rows] == ["77", "Theft", "0101"], "records times doubt"
    assert rows[0]["context"] == "statute: art. 4" and rows[0]["confidence"] == pytest.approx(0.6)
    assert not any(row["iccs_code"] or row["basis"] for row in rows), "nothing is decided in advance"
    lists = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    column = "ABCDEFGHIJKLMN"[heads.index("iccs_code")]
    assert lists[f"{column}2"].formula1 == "alternatives!$A$2:$E$2" and not lists[f"{column}2"].showErrorMessage
    choices = [cell.value for cell in book["alternatives"][2]]
    assert choices[0] == "0401 Robbery" and len(choices) == 5
    iccs = book["iccs"]
    assert iccs.auto_filter.ref and iccs.max_row == 321
    words = {row[0].value: row[-1].value for row in iccs.iter_rows(min_row=2)}
    assert "Shoplifting" in words["050231"]


def test_what_is_chosen_in_the_workbook_is_read_back(workspace: Workspace, tmp_path: Path) -> None:
    review = Review(ITEMS, PlainCoder, log(workspace), "Ana")
    exported(workspace, {"police": review}, tmp_path / "q.xlsx")
    book = openpyxl.load_workbook(tmp_path / "q.xlsx")
    sheet = book["queue"]
    place = [cell.value for cell in sheet[1]].index("iccs_code") + 1
    sheet.cell(2, place).value = book["alternatives"].cell(2, 1).value
    sheet.cell(2, place + 2).value = "art. 4"
    sheet.cell(3, place).value = "020111"
    book.save(tmp_path / "q.xlsx")
    assert import_queue(workspace, tmp_path / "q.xlsx", who="Ana") == {"overlay/correspondences/police__iccs.csv": 2}
    assert decided(workspace) == {
        "77": ("0401", "unspecified", "art. 4; reviewed by Ana"),
        "Theft": ("020111", "coded", "reviewed by Ana"),
    }
    found = standing(log(workspace).read())["Ana", "77"]
    assert (found.suggested, found.confidence) == ("0401", 0.6)


def test_a_corrected_workbook_replaces_its_decisions(workspace: Workspace, tmp_path: Path) -> None:
    first = filled(tmp_path / "q.xlsx", ("Theft", "0502", None, "art. 1"), ("Robbery", "0401", "coded", "art. 2"))
    assert list(import_queue(workspace, first, who="Ana").values()) == [2]
    assert list(import_queue(workspace, first, who="Ana").values()) == [0]
    second = filled(tmp_path / "q.xlsx", ("Theft", "0501", None, "art. 1"), ("Robbery", "0401", "coded", "art. 2"))
    assert list(import_queue(workspace, second, who="Ana").values()) == [1]
    assert decided(workspace) == {
        "Theft": ("0501", "unspecified", "art. 1; reviewed by Ana"),
        "Robbery": ("0401", "coded", "art. 2; reviewed by Ana"),
    }
    assert [one.iccs_code for one in log(workspace).read()] == ["0502", "0401", "0501"]
    assert not check_catalogue(Workspace(workspace.folder).catalogue)


def test_every_faulty_cell_is_named_and_nothing_is_taken_over(workspace: Workspace, tmp_path: Path) -> None:
    heads = ("iccs_code", "status", "basis", "who", "tags")
    wrong = filled(
        tmp_path / "q.xlsx",
        ("a", 101, None, "", "", ""),
        ("b", "0502 Theft", "maybe", "", "", ""),
        ("c", "0502", "no_code", "", "", ""),
        ("d", None, "coded", "", "", ""),
        ("e", "0502", None, "", "", "colour=red"),
        ("f", "theft", None, "", "", ""),
        ("g", "0502", None, "", "Ana", ""),
        ("g", "0401", None, "", "Ana", ""),
        ("h", "0502", None, "right", "", "inchoate_form=attempt"),
        heads=heads,
    )
    before = decided(workspace)
    with pytest.raises(CatalogueErrors) as caught:
        import_queue(workspace, wrong)
    told = str(caught.value).splitlines()
    assert len(told) == 7 and all("E-COD-001" in line and str(wrong) in line for line in told)
    expected = [(2, "iccs_code"), (3, "status"), (4, "iccs_code"), (5, "iccs_code"), (6, "tags"), (7, "iccs_code")]
    for (line, column), text in zip([*expected, (9, "national_code")], told, strict=True):
        assert f"line {line}, column {column}]" in text, text
    assert "a leading zero was lost, write 0101 as text" in told[0]
    assert decided(workspace) == before and log(workspace).read() == []


def test_two_coders_in_workbooks_and_a_third(workspace: Workspace, tmp_path: Path) -> None:
    heads = ("iccs_code", "status", "basis", "who", "coders")
    for who, code in (("Ana", "0502"), ("Eva", "0501")):
        rows = (("Theft", code, None, "", who, ""), ("Arson", "0504", None, "", who, ""))
        import_queue(workspace, filled(tmp_path / f"{who}.xlsx", *rows, heads=heads))
    assert decided(workspace)["Arson"] == ("0504", "unspecified", "reviewed by Ana and Eva")
    review = Review((Item("Theft", "Theft", 5),), PlainCoder, log(workspace), "Zoe", adjudicate=True)
    assert exported(workspace, {"police": review}, tmp_path / "third.xlsx") == 1
    book = openpyxl.load_workbook(tmp_path / "third.xlsx")
    sheet = book["queue"]
    named = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, named.index("coders") + 1).value == "Ana: 0502; Eva: 0501"
    sheet.cell(2, named.index("iccs_code") + 1).value = "0501"
    book.save(tmp_path / "third.xlsx")
    with pytest.raises(RequestError, match="E-COD-032"):
        import_queue(workspace, tmp_path / "third.xlsx", who="Eva")
    import_queue(workspace, tmp_path / "third.xlsx", who="Zoe")
    assert decided(workspace)["Theft"] == ("0501", "unspecified", "adjudicated by Zoe")


def test_another_file_is_refused_by_name(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "q.xlsx").write_text("no workbook")
    with pytest.raises(RequestError, match=r"E-COD-005.*coding export"):
        import_queue(workspace, tmp_path / "q.xlsx")
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(RequestError, match="E-COD-005"):
        import_queue(workspace, tmp_path / "other.xlsx")


def test_a_source_without_a_correspondence_is_said(workspace: Workspace, tmp_path: Path) -> None:
    path = filled(tmp_path / "q.xlsx", ("Theft", "0502", None, ""))
    book = openpyxl.load_workbook(path)
    book["queue"]["B2"] = "courts"
    book.save(path)
    with pytest.raises(RequestError, match=r"E-COD-002 \[courts\]"):
        import_queue(workspace, path)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        exported(workspace, {}, tmp_path / "nowhere" / "q.xlsx")
