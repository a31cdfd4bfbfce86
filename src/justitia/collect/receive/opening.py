"""From a path and a declared format to the reader of that format."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.collect.receive.contents import Contents
from justitia.collect.receive.contents_type import archive_type, content_type, refuse_type
from justitia.collect.receive.received import Limits, Received
from justitia.errors import LayoutError
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb

HEAD = 4096


def open_file(
    connection: duckdb.DuckDBPyConnection, path: Path | str, declared: FileFormat, *, scratch: Path, limits: Limits
) -> Received:
    """Return the opened file (see `open_received`)."""
    if declared.kind == "sql":
        from justitia.collect.receive.database import open_database

        return open_database(connection, path, declared)
    contents, kind = look_into(Path(path), limits)
    expected = {"csv": "text", "jsonl": "text"}.get(declared.kind, declared.kind)
    if kind != expected:
        raise refuse_type(kind, declared.kind, contents.path)
    if expected == "text":
        _check_text(contents, declared)
    if declared.kind == "csv":
        from justitia.collect.receive.delimited import open_delimited

        return open_delimited(connection, contents, declared, scratch=scratch, limits=limits)
    if declared.kind == "jsonl":
        from justitia.collect.receive.json_lines import open_json_lines

        return open_json_lines(connection, contents, declared, limits=limits)
    if declared.kind == "parquet":
        from justitia.collect.receive.parquet import open_parquet

        return open_parquet(connection, contents.path, declared)
    from justitia.collect.receive.workbook import open_workbook

    return open_workbook(connection, contents.path, declared, limits=limits)


def _check_text(contents: Contents, declared: FileFormat) -> None:
    """Refuse binary data, and text whose encoding is plainly not the declared one."""
    with contents.opener() as file:
        head = file.read(HEAD)
    wide = declared.encoding.lower().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))
    if not wide and (head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > len(head) // 10):
        raise LayoutError(
            "E-RCV-010",
            f"the content is not {declared.encoding} text: it is UTF-16 or no text at all",
            where=contents.where,
            remedy="Declare the encoding in layout.toml, [format] encoding; `justitia layout` shows a guess",
        )


def look_into(path: Path, limits: Limits) -> tuple[Contents, str]:
    """Return the content of a file, unpacked where it is packed, and what it is: `text`, `parquet`, `xlsx`, `ods`.

    Raises:
        LayoutError: E-RCV-001 no such file, E-RCV-002 empty, E-RCV-004 not acceptable, E-RCV-007/008/012 archives.
    """
    from justitia.collect.receive.packed import open_gzip, open_zip, zip_members

    if not path.is_file():
        raise LayoutError("E-RCV-001", "there is no such file", where=str(path), remedy="Check the name and the folder")
    contents = Contents(path, lambda: path.open("rb"), plain=True, name=path.name)
    kind = _head_type(contents)
    if kind == "zip":
        kind = archive_type({member.filename for member in zip_members(path, limits)})
        if kind != "zip":
            return contents, kind
        contents = open_zip(path, limits)
        kind = _head_type(contents)
    elif kind == "gzip":
        contents = open_gzip(path, limits)
        kind = _head_type(contents)
    return contents, kind if contents.plain or kind == "text" else f"{kind} within an archive"


def _head_type(contents: Contents) -> str:
    with contents.opener() as file:
        head = file.read(HEAD)
    if not head:
        raise LayoutError(
            "E-RCV-002", "the file is empty", where=contents.where, remedy="Ask the sender for the file again"
        )
    return content_type(head)


def hash_content(path: Path | str, declared: FileFormat) -> str:
    """Return the SHA-256 of a file or of a database's rows (see `content_hash`)."""
    from justitia.collect.receive.database import hash_rows, is_database

    if is_database(path):
        return hash_rows(path, declared)
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
