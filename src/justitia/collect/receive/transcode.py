"""Bytes in any encoding that Python knows to UTF-8, block by block; what cannot be decoded stays undecodable."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from justitia.errors import LayoutError

BLOCK = 1 << 20
_MARK = "\udcff"  # no strict decoder gives a lone surrogate; it is written as the byte 0xff, which is never UTF-8
Opener = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Where bytes are not of the declared encoding: line of the text (1 = first) and byte offset in the file."""

    line: int
    offset: int


def python_codec(encoding: str, where: str) -> str:
    """Return Python's name of a text encoding.

    Raises:
        LayoutError: E-RCV-010 when there is no such text encoding.
    """
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)  # codecs such as zlib turn bytes into bytes
    except LookupError as error:
        raise LayoutError(
            "E-RCV-010",
            f"there is no text encoding [{encoding}]",
            where=where,
            remedy="Declare for example utf-8, cp1252, latin-1 or utf-16 in layout.toml, [format] encoding",
        ) from error
    return info.name


def raw_blocks(opener: Opener) -> Iterator[bytes]:
    """Yield the content in blocks of at most 1 MiB."""
    with opener() as file:
        while block := file.read(BLOCK):
            yield block


def utf8_blocks(opener: Opener, encoding: str, faults: list[Undecodable] | None = None) -> Iterator[bytes]:
    """Yield the text in UTF-8 without byte order mark; bytes that cannot be decoded come as 0xff, never as a guess.

    Args:
        opener: opens the file.
        encoding: Python's name of its encoding.
        faults: the first thousand places of undecodable bytes are added to it.
    """
    if encoding in ("utf-8", "utf-8-sig", "ascii"):
        yield from _without_bom(raw_blocks(opener))
        return
    marker = _Marker(encoding)
    for block in raw_blocks(opener):
        yield marker.transcode(block, final=False)
    yield marker.transcode(b"", final=True)
    if faults is not None:
        faults.extend(marker.faults)


def _without_bom(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from blocks


class _Marker:
    """Decode in blocks and mark what cannot be decoded."""

    def __init__(self, encoding: str) -> None:
        codecs.register_error("justitia-mark", _mark)
        self.decoder = codecs.getincrementaldecoder(encoding)("justitia-mark")
        self.read = 0
        self.lines = 1
        self.first = True
        self.faults: list[Undecodable] = []

    def transcode(self, block: bytes, *, final: bool) -> bytes:
        """Return one block in UTF-8."""
        start = self.read - len(self.decoder.getstate()[0])
        _found.offsets.clear()
        text = self.decoder.decode(block, final)
        self.read += len(block)
        if self.first and text:
            text, self.first = text.removeprefix("\ufeff"), False
        if _found.offsets:
            self._note(text, start)
        self.lines += text.count("\n")
        return text.encode("utf-8", "justitia-mark")

    def _note(self, text: str, start: int) -> None:
        at = -1
        for offset in _found.offsets[: max(0, 1000 - len(self.faults))]:
            at = text.find(_MARK, at + 1)
            line = self.lines + text.count("\n", 0, at)
            self.faults.append(Undecodable(line, start + offset))


class _Found(threading.local):
    """Offsets of undecodable bytes in the block that this thread is decoding."""

    def __init__(self) -> None:
        self.offsets: list[int] = []


_found = _Found()


def _mark(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeDecodeError):
        if len(_found.offsets) < 1000:
            _found.offsets.append(error.start)
        return _MARK, error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff" * (error.end - error.start), error.end
    raise error
