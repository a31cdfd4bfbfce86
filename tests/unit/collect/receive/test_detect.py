from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from justitia.collect.receive import detect_format
from justitia.errors import LayoutError

from .test_workbook import workbook


def detect(tmp_path: Path, text: str | bytes, encoding: str = "utf-8", name: str = "x.csv"):  # type: ignore[no-untyped-def]
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return detect_format(path)


def test_a_plain_csv_is_sure(tmp_path: Path) -> None:
    found = detect(tmp_path, 'id,when,what\n1,2024-01-31,"a, b"\n2,2024-02-01,c\n')
    assert (found.kind, found.encoding, found.delimiter, found.quote, found.decimal) == ("csv", "utf-8", ",", '"', ".")
    assert (found.date_format, found.columns, found.unsure) == ("%Y-%m-%d", ("id", "when", "what"), ())


def test_semicolons_decimal_commas_and_day_first_dates(tmp_path: Path) -> None:
    found = detect(tmp_path, "id;when;amount\n1;31.12.2023;1.234,5\n2;01.02.2024;2,75\n")
    assert (found.delimiter, found.decimal, found.thousands, found.date_format) == (";", ",", ".", "%d.%m.%Y")
    assert found.unsure == ()


def test_case_04_one_point_with_three_digits_is_not_guessed(tmp_path: Path) -> None:
    found = detect(tmp_path, "id;amount\n1;1.234\n2;2.500\n")
    assert any("1.234" in doubt for doubt in found.unsure)


def test_dates_whose_day_and_month_could_swap_are_unsure(tmp_path: Path) -> None:
    found = detect(tmp_path, "id,when\n1,03/04/2024\n2,05/06/2024\n")
    assert any("[when]" in doubt and "%d/%m/%Y" in doubt and "%m/%d/%Y" in doubt for doubt in found.unsure)
    assert detect(tmp_path, "id,when\n1,03/04/2024\n2,05/31/2024\n").date_format == "%m/%d/%Y"


@pytest.mark.parametrize(
    ("encoding", "found", "sure"),
    [
        ("utf-8-sig", "utf-8-sig", True),
        ("utf-16", "utf-16", True),
        ("utf-16-le", "utf-16-le", False),
        ("cp1252", "cp1252", False),
        ("utf-8", "utf-8", True),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, found: str, sure: bool) -> None:
    got = detect(tmp_path, "id,name\n1,é\n2,ü\n", encoding)
    assert (got.encoding, not any("encoding" in doubt for doubt in got.unsure)) == (found, sure)
    assert got.columns == ("id", "name")


@pytest.mark.parametrize(("delimiter", "quote"), [("\t", '"'), ("|", "'"), (";", '"')])
def test_delimiters(tmp_path: Path, delimiter: str, quote: str) -> None:
    rows = [["id", "text"], ["1", f"{quote}a, b{delimiter} c{quote}"], ["2", "x"]]
    found = detect(tmp_path, "\n".join(delimiter.join(row) for row in rows))
    assert (found.delimiter, found.quote) == (delimiter, quote)


def test_signs_for_missing_are_asked_about(tmp_path: Path) -> None:
    found = detect(tmp_path, "id,age\n1,NA\n2,3\n")
    assert found.null_values == ("", "NA") and any("[NA]" in doubt for doubt in found.unsure)


def test_other_kinds(tmp_path: Path) -> None:
    assert detect(tmp_path, b'{"a": 1}\n{"a": 2}\n', name="x.txt").kind == "jsonl"
    assert detect(tmp_path, gzip.compress(b"a;b\n1;2\n"), name="x.gz").delimiter == ";"
    book = detect(tmp_path, workbook(["a"], [1], sheets=("One", "Two")), name="x.bin")
    assert (book.kind, book.sheet) == ("xlsx", "One") and "Two" in book.unsure[0]


def test_case_12_what_cannot_be_received_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="E-RCV-004"):
        detect(tmp_path, b"%PDF-1.7")
