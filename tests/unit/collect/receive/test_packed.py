from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from justitia.collect.receive import Limits
from justitia.errors import LayoutError

from .conftest import peak_mebibytes

Read = Callable[..., Any]
CSV = b"a,b\n1,2\n3\n4,5\n"


def zipped(members: dict[str, bytes], **attributes: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["x.csv.gz", "x.zip"])
def test_packed_csv_is_read_like_a_plain_one(read: Read, name: str) -> None:
    data = gzip.compress(CSV) if name.endswith("gz") else zipped({"x.csv": CSV})
    got = read(name, data)
    assert got.cells == [("1", "2"), ("4", "5")]
    assert got.rejects == [(2, 3, "1 cells, expected 2")] and got.lines == {1: 2, 2: 4}
    assert got.received.detected["container"] in ("gzip", "zip")


def test_a_zip_with_a_folder_entry_and_one_file_is_accepted(read: Read) -> None:
    assert len(read("x.zip", zipped({"data/": b"", "data/x.csv": CSV})).rows) == 2


def test_case_09_zip_bomb_is_refused_with_flat_memory(read: Read) -> None:
    before = peak_mebibytes()
    bomb = zipped({"x.csv": b"a\n" + b"0" * (300 << 20)})
    made = peak_mebibytes()
    with pytest.raises(LayoutError, match="E-RCV-007"):
        read("bomb.zip", bomb)
    assert peak_mebibytes() - max(before, made) < 64


def test_case_09_a_declared_size_that_lies_does_not_help(read: Read) -> None:
    data = bytearray(zipped({"x.csv": b"a\n" + b"0" * (100 << 20)}))
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 1000)
    with pytest.raises(LayoutError, match=r"E-RCV-0(07|12)"):
        read("lies.zip", bytes(data), limits=Limits(unpacked_bytes=1 << 20))


def test_case_09_ten_thousand_members_are_refused(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-007"):
        read("many.zip", zipped({f"{n}.csv": b"" for n in range(10_000)}))


@pytest.mark.parametrize("inner", ["x.zip", "x.csv.gz", "x.csv"])
def test_case_09_archive_in_an_archive_is_refused_also_under_another_name(read: Read, inner: str) -> None:
    with pytest.raises(LayoutError, match="E-RCV-008"):
        read("outer.zip", zipped({inner: zipped({"x.csv": CSV})}))
    with pytest.raises(LayoutError, match="E-RCV-008"):
        read("outer.csv.gz", gzip.compress(gzip.compress(CSV)))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.csv", "/etc/x.csv", "..\\x.csv", "C:/x.csv", "a/../../x.csv"])
def test_case_10_a_path_that_leaves_the_folder_is_refused(read: Read, tmp_path: Path, name: str) -> None:
    with pytest.raises(LayoutError, match="E-RCV-008"):
        read("path.zip", zipped({name: CSV}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["engine", "path.zip"]


def test_case_10_symbolic_links_and_encrypted_members_are_refused(read: Read) -> None:
    with pytest.raises(LayoutError, match=r"E-RCV-008.*symbolic link"):
        read("link.zip", zipped({"x.csv": b"/etc/passwd"}, external_attr=0o120777 << 16))
    data = bytearray(zipped({"x.csv": CSV}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(LayoutError, match=r"E-RCV-008.*encrypted"):
        read("secret.zip", bytes(data))


@pytest.mark.parametrize("members", [{}, {"x.csv": CSV, "y.csv": CSV}, {"x.exe": b"MZ"}])
def test_a_zip_without_exactly_one_accepted_file_is_refused(read: Read, members: dict[str, bytes]) -> None:
    with pytest.raises(LayoutError, match="E-RCV-008"):
        read("odd.zip", zipped(members))


def test_case_14_gzip_without_end_is_refused_with_flat_memory(read: Read, tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with (tmp_path / "endless.csv.gz").open("wb") as file:
        for _ in range(400):
            file.write(packer.compress(b"1" * (1 << 20)))
        file.write(packer.flush())
    before = peak_mebibytes()
    with pytest.raises(LayoutError, match=r"E-RCV-007.*200 times"):
        read(tmp_path / "endless.csv.gz")
    with pytest.raises(LayoutError, match=r"E-RCV-007.*more than 1000 bytes"):
        read(tmp_path / "endless.csv.gz", limits=Limits(unpacked_bytes=1000))
    assert peak_mebibytes() - before < 64


@pytest.mark.parametrize("cut", [10, 30])
def test_a_file_cut_short_is_refused(read: Read, cut: int) -> None:
    for name, data in (("x.csv.gz", gzip.compress(CSV * 100)), ("x.zip", zipped({"x.csv": CSV * 100}))):
        with pytest.raises(LayoutError, match="E-RCV-012"):
            read(name, data[:-cut])


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 100, "Windows program"),
        (b"\x7fELF\x02\x01", "program"),
        (b"<!DOCTYPE html><html><table></table></html>", "HTML"),
        (b"\xef\xbb\xbf \n<html xmlns:x='urn:x'><table></table></html>", "HTML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "Office"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1", "parquet"),
        (b"SQLite format 3\x00", "SQLite"),
    ],
)
def test_case_12_a_type_that_lies_is_refused_from_the_content(read: Read, data: bytes, what: str) -> None:
    with pytest.raises(LayoutError, match=f"E-RCV-004.*{what}"):
        read("lies.csv", data)


def test_case_12_html_and_text_named_as_workbooks_are_refused(read: Read) -> None:
    for kind in ("xlsx", "ods", "parquet"):
        with pytest.raises(LayoutError, match="E-RCV-004"):
            read("lies.xls", b"<html><table><tr><td>1</td></tr></table></html>", kind=kind)
        with pytest.raises(LayoutError, match="E-RCV-004"):
            read("lies.xlsx", b"a,b\n1,2\n", kind=kind)


def test_binary_data_is_no_text(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-010"):
        read("bin.csv", bytes(range(256)) * 2 + b"\x00" * 200)


def test_a_missing_file_and_a_folder_are_told_of(read: Read, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(LayoutError, match="E-RCV-001"):
            read(path)
