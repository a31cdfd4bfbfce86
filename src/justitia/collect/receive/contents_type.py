"""What a file is, from its content: a name can lie."""

from __future__ import annotations

from pathlib import Path

from justitia.errors import LayoutError

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old (.xls, .doc) or password-protected Office file"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "an RTF document"),
)
_MARKUP = ((b"<!doctype html", "an HTML page"), (b"<html", "an HTML page"), (b"<?xml", "an XML file"))


def content_type(head: bytes) -> str:
    """Return `text`, `parquet`, `zip`, `gzip` or, in words, something that is not accepted.

    Args:
        head: the first 4 KiB of the content.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (magic != b"MZ" or b"\x00" in head):
            return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    for opening, kind in _MARKUP:
        if start.startswith(opening):
            return kind
    if start.startswith(b"<") and b"<table" in head.lower():
        return "an HTML page"
    return "text"


def archive_type(names: set[str]) -> str:
    """Return `xlsx`, `ods`, an Office file that is not accepted, or `zip`, from the names of an archive's members."""
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names and "META-INF/manifest.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb)"
    return "a Word document" if "word/document.xml" in names else "zip"


def refuse_type(found: str, expected: str, path: Path) -> LayoutError:
    """Return the error for a file that is something else than declared."""
    words = {"text": "plain text", "zip": "a zip archive", "gzip": "a gzip file"}
    return LayoutError(
        "E-RCV-004",
        f"the content is {words.get(found, found)}, the layout declares {expected}",
        where=path.name,
        remedy="Ask the sender for the right file, or correct layout.toml, [format] kind",
    )
