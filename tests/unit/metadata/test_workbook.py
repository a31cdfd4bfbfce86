"""A row file goes to a workbook and comes back the same."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from justitia.errors import CatalogueError
from justitia.metadata.workbook import export_workbook, import_workbook

TEXT = 'code,label_en,valid_from\n0101,"Killing, intended",2024-01-01\n0102,=SUM(A1),\n'

cell = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["0101", "101", "2024-01-31", "=1+1", "@x", "-1", "1e5", "TRUE", "_x0041_", " a ", 'say "no"', "a\nb", "#N/A", "é"]
)
row = st.lists(cell, min_size=3, max_size=3).filter(any)


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(row, max_size=5))
def test_round_trip_to_the_byte(tmp_path: Path, rows: list[list[str]]) -> None:
    source, book, back = tmp_path / "a.csv", tmp_path / "a.xlsx", tmp_path / "b.csv"
    back.unlink(missing_ok=True)
    source.write_bytes(_csv([["code", "label_en", "note"], *rows]))
    export_workbook(source, book)
    import_workbook(book, back)
    assert back.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"code,label_en\r\n0101,A\r\n0102,B\r\n",
        b"\xef\xbb\xbfcode,label_en\n0101,A\n",
        b'"code","label_en"\n"0101","A"\n',
        b"code,label_en\n0101,A\n0102,B",
        b'code,label_en\n0101,"two\r\nlines"\n',
    ],
)
def test_unedited_workbook_leaves_the_file_as_it_was(tmp_path: Path, content: bytes) -> None:
    source, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    source.write_bytes(content)
    export_workbook(source, book)
    assert import_workbook(book, source) == 0
    assert source.read_bytes() == content


def _edit(book: Path, cell_name: str, value: object) -> None:
    opened = openpyxl.load_workbook(book)
    opened.active[cell_name] = value  # type: ignore[index]
    opened.save(book)


def test_cells_are_text_and_the_header_stays(tmp_path: Path) -> None:
    source, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    source.write_text(TEXT)
    export_workbook(source, book)
    sheet = openpyxl.load_workbook(book).active
    assert (sheet["A2"].value, sheet["A2"].number_format, sheet["C2"].value) == ("0101", "@", "2024-01-01")
    assert (sheet["B3"].value, sheet["B3"].data_type) == ("=SUM(A1)", "s") or sheet["B3"].quotePrefix
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:C3")


def test_only_edited_rows_change(tmp_path: Path) -> None:
    source, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    source.write_text(TEXT)
    export_workbook(source, book)
    _edit(book, "C3", "2025-01-01")
    assert import_workbook(book, source) == 1
    assert source.read_text() == TEXT.replace("=SUM(A1),\n", "=SUM(A1),2025-01-01\n")


def test_a_number_among_padded_codes_is_refused(tmp_path: Path) -> None:
    source, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    source.write_text(TEXT)
    export_workbook(source, book)
    _edit(book, "A2", 101)
    with pytest.raises(CatalogueError) as told:
        import_workbook(book, source)
    assert told.value.code == "E-CAT-071" and "is it 0101?" in str(told.value) and "cell A2" in str(told.value)
    assert source.read_text() == TEXT


def test_numbers_and_dates_of_a_spreadsheet_are_written_plainly(tmp_path: Path) -> None:
    import datetime

    source, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    source.write_text("code,lower,valid_from\nA,1,\n")
    export_workbook(source, book)
    _edit(book, "B2", 18)
    _edit(book, "C2", datetime.datetime(2024, 5, 1))
    import_workbook(book, source)
    assert source.read_text() == "code,lower,valid_from\nA,18,2024-05-01\n"


@pytest.mark.parametrize("content", [b"", b"no workbook"])
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(CatalogueError, match="not a workbook"):
        import_workbook(tmp_path / "a.xlsx", tmp_path / "a.csv")


def test_text_below_a_nameless_column_is_told(tmp_path: Path) -> None:
    source, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    source.write_text(TEXT)
    export_workbook(source, book)
    _edit(book, "E2", "remark")
    with pytest.raises(CatalogueError, match="no name"):
        import_workbook(book, source)
