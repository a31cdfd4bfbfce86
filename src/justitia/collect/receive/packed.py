"""Bounded reading of .gz and .zip: whatever an archive claims, no more is unpacked than the limits allow."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from justitia.collect.receive.contents import Contents
from justitia.collect.receive.received import Limits
from justitia.collect.receive.stream import stream_of
from justitia.collect.receive.transcode import BLOCK
from justitia.errors import LayoutError

ACCEPTED = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json")
PACKED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst")
SPLIT_REMEDY = "Unpack it by hand, check where it comes from, and send the file itself"


def open_gzip(path: Path, limits: Limits) -> Contents:
    """Return the content of a .gz file, which was unpacked once to see that it is whole and within the limits.

    Raises:
        LayoutError: E-RCV-007 beyond a limit, E-RCV-012 damaged.
    """
    name = path.name.removesuffix(".gz")
    packed = path.stat().st_size

    def opener() -> BinaryIO:
        return stream_of(_bounded(gzip.open(path, "rb"), packed, limits, path.name))

    contents = Contents(path, opener, plain=False, name=name, detected={"container": "gzip"})
    _read_through(contents)
    return contents


def open_zip(path: Path, limits: Limits) -> Contents:
    """Return the only member of a .zip file, which was unpacked once to see that it is whole and within the limits.

    Raises:
        LayoutError: E-RCV-007 beyond a limit, E-RCV-008 not exactly one member of an accepted type, or an unsafe name,
            E-RCV-012 damaged.
    """
    members = zip_members(path, limits)
    if len(members) != 1 or not members[0].filename.lower().endswith(ACCEPTED):
        raise LayoutError(
            "E-RCV-008",
            f"the archive holds {len(members)} files; expected is one, of type {', '.join(ACCEPTED)}",
            where=path.name,
            remedy="Send each file on its own, workbooks and Parquet files unpacked",
        )
    member = members[0]

    def opener() -> BinaryIO:
        return stream_of(zip_blocks(path, member, limits))

    detected = {"container": "zip", "member": Path(member.filename).name}
    contents = Contents(path, opener, plain=False, name=Path(member.filename).name, detected=detected)
    _read_through(contents)
    return contents


def zip_members(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """Return the files of a zip archive when all of them look harmless.

    Raises:
        LayoutError: E-RCV-007 too many or too large, E-RCV-008 unsafe, E-RCV-012 damaged.
    """
    _check_count(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path.name) from error
    if len(infos) > limits.members:
        raise beyond(f"{len(infos)} members, at most {limits.members} are allowed", path.name)
    for info in infos:
        _check_member(info, path.name)
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise beyond(f"it declares more than {limits.unpacked_bytes} bytes", path.name)
    return [info for info in infos if not info.is_dir()]


def _check_count(path: Path, limits: Limits) -> None:
    """Refuse a directory that would fill the memory before anybody looks at it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 66_000))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0:
        count = int.from_bytes(tail[at + 10 : at + 12], "little")
        directory = int.from_bytes(tail[at + 12 : at + 16], "little")
        if count > limits.members or (count == 0xFFFF or directory > limits.members * 2048):
            raise beyond(f"{count} members or more, at most {limits.members} are allowed", path.name)


def _check_member(info: zipfile.ZipInfo, where: str) -> None:
    name = (info.orig_filename if isinstance(info.orig_filename, str) else info.filename).replace("\\", "/")
    faults = {
        "a path that leaves its folder": name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0],
        "a name with control characters": any(ord(char) < 32 for char in name),
        "a symbolic link or device": stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR),
        "an encrypted member": bool(info.flag_bits & 1),
        "an archive within the archive": name.lower().endswith(PACKED),
    }
    for fault, present in faults.items():
        if present:
            raise LayoutError("E-RCV-008", f"the archive holds {fault}", where=where, remedy=SPLIT_REMEDY)


def zip_blocks(path: Path, member: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """Yield a member in blocks, within the limits."""
    with zipfile.ZipFile(path) as archive:
        try:
            file = archive.open(member)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise damaged(path.name) from error
        yield from _bounded(file, max(1, member.compress_size), limits, path.name)


def _bounded(
    file: io.BufferedIOBase | gzip.GzipFile | object, packed: int, limits: Limits, where: str
) -> Iterator[bytes]:
    total = 0
    source = cast("BinaryIO", file)
    with source:
        while True:
            try:
                block = source.read(BLOCK)
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
                raise damaged(where) from error
            if not block:
                return
            total += len(block)
            if total > limits.unpacked_bytes:
                raise beyond(f"it unpacks to more than {limits.unpacked_bytes} bytes", where)
            if total > limits.ratio_from and total > packed * limits.ratio:
                raise beyond(f"it unpacks to more than {limits.ratio} times its size", where)
            yield block


def _read_through(contents: Contents) -> None:
    with contents.opener() as file:
        head = file.read(BLOCK)
        if head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!")):
            raise LayoutError(
                "E-RCV-008",
                "the archive holds an archive within the archive",
                where=contents.where,
                remedy=SPLIT_REMEDY,
            )
        while file.read(BLOCK):
            pass


def beyond(what: str, where: str) -> LayoutError:
    """Return the error for an archive or workbook that is larger than allowed."""
    return LayoutError("E-RCV-007", f"the file was refused: {what}", where=where, remedy=SPLIT_REMEDY)


def damaged(where: str) -> LayoutError:
    """Return the error for a file that cannot be unpacked."""
    return LayoutError(
        "E-RCV-012", "the file is damaged or cut short", where=where, remedy="Ask the sender for the file again"
    )
