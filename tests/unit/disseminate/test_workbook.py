"""The workbook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from justitia.disseminate import write_workbook
from justitia.errors import RequestError
from justitia.metadata.definitions import Code, CodeList

from .made_up import publication


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("book") / "tables.xlsx"
    return openpyxl.load_workbook(write_workbook(publication(), path, language="en"))


def texts(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_there_is_a_sheet_for_contents_each_table_quality_and_metadata(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["Contents", "Table 1", "Table 2", "Table 3", "Quality", "Metadata"]


def test_every_sheet_warns_of_fictional_figures_on_screen_and_on_paper(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert sheet["A1"].value.startswith("MADE-UP DATA")
        assert "MADE-UP DATA" in sheet.oddHeader.center.text


def test_contents_link_to_every_other_sheet(book: openpyxl.Workbook) -> None:
    links = {cell.hyperlink.location for row in book["Contents"].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in book.sheetnames[1:]}


def test_numbers_are_numbers_and_redacted_cells_are_symbols(book: openpyxl.Workbook) -> None:
    sheet = book["Table 1"]
    rows = {(row[0].value, row[1].value): row[2:] for row in sheet.iter_rows()}
    assert [cell.value for cell in rows["Total", "Total"]] == [430, 370, 480, 505, 535]
    assert rows["Total", "Total"][0].number_format == "#,##0"
    assert {cell.value for cell in rows["Disability", "Total"]} == {":c"}
    assert any(text.startswith(":c: redacted") for text in texts(sheet))


def test_a_table_says_what_was_counted_and_how(book: openpyxl.Workbook) -> None:
    said = " ".join(texts(book["Table 2"]))
    for part in ("Number of offences", "principal offence rule", "date of record creation", "multiple of 5", "Wilson"):
        assert part in said


def test_headers_are_frozen_repeated_and_the_page_is_one_wide(book: openpyxl.Workbook) -> None:
    for name in ("Table 1", "Table 2", "Table 3"):
        sheet = book[name]
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)


def test_the_same_publication_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_workbook(publication(), tmp_path / "a.xlsx", language="fr").read_bytes()
    assert write_workbook(publication(), tmp_path / "b.xlsx", language="fr").read_bytes() == first


def test_no_text_is_a_formula(tmp_path: Path) -> None:
    given = publication()
    table = given.tables[0]
    areas = CodeList("area", {c: Code(c, {"en": "=1+1"}) for c in ("N", "S", "C")})
    hostile = replace(
        given,
        title={"en": "=2+2"},
        publisher="@SUM(A1)",
        tables=(replace(table, codelists={**table.codelists, "AREA": areas}),),
    )
    book = openpyxl.load_workbook(write_workbook(hostile, tmp_path / "h.xlsx", language="en"))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert "=1+1" in texts(book["Table 1"])


def test_arabic_sheets_run_from_right_to_left(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(publication(), tmp_path / "ar.xlsx", language="ar"))
    assert all(sheet.sheet_view.rightToLeft for sheet in book)


def test_an_unknown_language_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"E-LNG-001.*\[qq\]"):
        write_workbook(publication(), tmp_path / "x.xlsx", language="qq")
