"""The coding queue is read back as often as people correct it."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from justitia.classify.queue import export_queue, import_queue
from justitia.collect.propose import propose_layout
from justitia.errors import CatalogueError, RequestError
from justitia.metadata.check import check_catalogue
from justitia.workspace import Workspace, init_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    file = tmp_path / "police.csv"
    file.write_text("Case No,Date,Offence\n1,2023-05-14,Theft\n2,2023-05-20,Robbery\n")
    made = init_workspace(tmp_path / "w")
    propose_layout(made, file)
    return Workspace(made.folder)


def filled(path: Path, *decisions: tuple[str, str, str]) -> Path:
    """Write a queue with its decisions."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "queue"
    sheet.append(["records", "source_id", "national_code", "national_text", "iccs_code", "status", "basis"])
    for text, code, basis in decisions:
        sheet.append([1, "police", text, None, code, None, basis])
    book.save(path)
    return path


def decided(workspace: Workspace) -> list[tuple[str, str, str]]:
    file = workspace.folder / "overlay/correspondences/police__iccs.csv"
    with file.open() as opened:
        return [(row["national_code"], row["iccs_code"], row["basis"]) for row in csv.DictReader(opened)]


def test_a_corrected_workbook_replaces_its_decisions(workspace: Workspace, tmp_path: Path) -> None:
    first = filled(tmp_path / "q.xlsx", ("Theft", "0502", "art. 1"), ("Robbery", "0401", "art. 2"))
    assert list(import_queue(workspace, first).values()) == [2]
    assert list(import_queue(workspace, first).values()) == [0]
    second = filled(tmp_path / "q.xlsx", ("Theft", "0501", "art. 1"), ("Robbery", "0401", "art. 2"))
    assert list(import_queue(workspace, second).values()) == [1]
    assert decided(workspace) == [("Theft", "0501", "art. 1"), ("Robbery", "0401", "art. 2")]
    assert not check_catalogue(Workspace(workspace.folder).catalogue)


def test_a_message_names_no_more_than_ten_faults(workspace: Workspace, tmp_path: Path) -> None:
    wrong = filled(tmp_path / "q.xlsx", *((f"Offence {n}", "101", "") for n in range(40)))
    with pytest.raises(CatalogueError, match=r"write 0101 as text.*; and 30 more\. Correct") as caught:
        import_queue(workspace, wrong)
    assert str(caught.value).count("line ") == 10


def test_another_file_is_refused_by_name(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "q.xlsx").write_text("no workbook")
    with pytest.raises(RequestError, match=r"E-COD-005.*coding export"):
        import_queue(workspace, tmp_path / "q.xlsx")
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(RequestError, match="E-COD-005"):
        import_queue(workspace, tmp_path / "other.xlsx")


def test_a_folder_that_is_not_there_is_an_error_of_the_system(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        export_queue(workspace, [], tmp_path / "nowhere" / "q.xlsx")
