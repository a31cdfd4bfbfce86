from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from justitia.collect.receive import Limits
from justitia.errors import LayoutError

from .conftest import peak_mebibytes

Read = Callable[..., Any]
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def workbook(*rows: list[Any], sheets: tuple[str, ...] = ("Data",)) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(row)
    for name in sheets[1:]:
        book.create_sheet(name)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(body: str, prolog: str = "") -> bytes:
    content = (
        f'<?xml version="1.0"?>{prolog}<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Data">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return out.getvalue()


def cell(text: str, **repeat: int) -> str:
    times = "".join(f' table:number-{key}-repeated="{value}"' for key, value in repeat.items())
    return f'<table:table-cell office:value-type="string"{times}><text:p>{text}</text:p></table:table-cell>'


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == name else content)
    return out.getvalue()


def test_cells_come_as_plain_text(read: Read) -> None:
    got = read(
        "w.xlsx",
        workbook(
            [],
            [None, "id", "when", "what"],
            [None, 1, datetime(2024, 1, 5), True],
            [None, 1.5, datetime(2024, 1, 5, 13, 30), "007"],
            [],
            [None, 10**15, date(2024, 2, 29), None],
            [None, None, time(1, 2), timedelta(hours=30)],
        ),
        kind="xlsx",
    )
    assert got.received.columns == ("id", "when", "what")
    assert got.cells == [
        ("1", "2024-01-05", "true"),
        ("1.5", "2024-01-05 13:30:00", "007"),
        ("1000000000000000", "2024-02-29", None),
        (None, "01:02:00", "30:00:00"),
    ]
    assert got.lines == {1: 3, 2: 4, 3: 6, 4: 7}


def test_a_cell_outside_the_named_columns_rejects_its_row(read: Read) -> None:
    got = read("w.xlsx", workbook(["a", "b"], [1, 2, 3], [4, 5]), kind="xlsx")
    assert got.cells == [("4", "5")] and got.rejects[0][:2] == (1, 2) and got.lines == {1: 3}


def test_the_sheet_is_named_or_the_only_one(read: Read) -> None:
    data = workbook(["a"], [1], sheets=("Data", "Notes"))
    with pytest.raises(LayoutError, match=r"E-RCV-011.*\[Data\], \[Notes\]"):
        read("w.xlsx", data, kind="xlsx")
    with pytest.raises(LayoutError, match="E-RCV-011"):
        read("w.xlsx", data, kind="xlsx", sheet="Dta")
    assert read("w.xlsx", data, kind="xlsx", sheet="Data").cells == [("1",)]


def test_case_01_empty_and_header_only(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-002"):
        read("w.xlsx", workbook(), kind="xlsx")
    with pytest.raises(LayoutError, match="E-RCV-003"):
        read("w.xlsx", workbook(["a", "b"]), kind="xlsx")
    assert read("w.xlsx", workbook(["a", "b"]), kind="xlsx", nil_return=True).rows == []


def test_case_05_doubled_column(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-005"):
        read("w.xlsx", workbook(["a", "A"], [1, 2]), kind="xlsx")


def test_ods_is_read_alike(read: Read) -> None:
    rows = "".join(
        f"<table:table-row>{cell(a)}{cell(b)}</table:table-row>" for a, b in [("a", "b"), ("1", "x"), ("2", "y")]
    )
    assert read("w.ods", ods(rows), kind="ods").cells == [("1", "x"), ("2", "y")]


def test_case_09_parts_that_unpack_to_gigabytes_are_refused_with_flat_memory(read: Read) -> None:
    bomb = with_part(workbook(["a"], [1]), "xl/worksheets/sheet1.xml", lambda old: old + b" " * (200 << 20))
    before = peak_mebibytes()
    with pytest.raises(LayoutError, match="E-RCV-007"):
        read("bomb.xlsx", bomb, kind="xlsx", limits=Limits(workbook_bytes=100 << 20))
    with pytest.raises(LayoutError, match="E-RCV-007"):
        read("bomb.xlsx", bomb, kind="xlsx")
    assert peak_mebibytes() - before < 64


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1">' + b"<c><v>1</v></c>" * 5000 + b'</row><row r="1048576"><c><v>1</v></c></row>',
    ],
)
def test_case_09_two_far_cells_do_not_span_a_sheet_in_memory(read: Read, rows: bytes) -> None:
    data = with_part(
        workbook(["a"], [1]),
        "xl/worksheets/sheet1.xml",
        lambda old: old[: old.index(b"<sheetData>") + 11] + rows + old[old.index(b"</sheetData>") :],
    )
    before = peak_mebibytes()
    with pytest.raises(LayoutError, match="E-RCV-007"):
        read("far.xlsx", data, kind="xlsx")
    assert peak_mebibytes() - before < 64


def test_case_09_repeated_cells_of_ods_do_not_span_a_sheet_in_memory(read: Read) -> None:
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell("x", columns=16384)}</table:table-row>'
    with pytest.raises(LayoutError, match="E-RCV-007"):
        read("repeat.ods", ods(row), kind="ods")


ENTITY_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EXTERNAL_DTD = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


@pytest.mark.parametrize("prolog", [ENTITY_BOMB, EXTERNAL, EXTERNAL_DTD])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_case_11_document_types_and_entities_are_forbidden(read: Read, prolog: str, encoding: str) -> None:
    def add(old: bytes) -> bytes:
        text = old.decode().split("?>", 1)[-1]
        return f'<?xml version="1.0" encoding="{encoding}"?>{prolog}{text}'.encode(encoding)

    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        with pytest.raises(LayoutError, match="E-RCV-009"):
            read("dtd.xlsx", with_part(workbook(["a"], [1]), part, add), kind="xlsx")
    with pytest.raises(LayoutError, match="E-RCV-009"):
        read("dtd.ods", ods("", prolog), kind="ods")


def test_a_damaged_workbook_is_told_of(read: Read) -> None:
    data = with_part(workbook(["a"], [1]), "xl/workbook.xml", lambda old: old[:50])
    with pytest.raises(LayoutError, match="E-RCV-012"):
        read("bad.xlsx", data, kind="xlsx")


def test_case_12_another_kind_of_workbook_is_refused(read: Read, tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"E-RCV-004.*ods"):
        read("w.xlsx", ods(""), kind="xlsx")
    with pytest.raises(LayoutError, match=r"E-RCV-004.*xlsx"):
        read("w.csv", workbook(["a"], [1]), kind="csv")
