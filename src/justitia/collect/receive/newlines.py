"""Line ends of a text file: which there are, and one kind only for files that mix them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_NO_LINE_END = re.compile(rb"[^\r\n]")


@dataclass(frozen=True, slots=True)
class Survey:
    """Line ends of a whole file.

    Args:
        size: bytes in UTF-8.
        decodable: it is UTF-8 throughout.
        newline: `LF`, `CRLF`, `CR`, `mixed` or, for a single line, `none`.
    """

    size: int
    decodable: bool
    newline: str

    @property
    def byte(self) -> bytes:
        """Return the byte that ends a line."""
        return b"\r" if self.newline == "CR" else b"\n"


def survey(blocks: Iterable[bytes]) -> Survey:
    """Return which line ends a text has; those inside quotation marks count too."""
    size = feeds = returns = pairs = 0
    last = b""
    decoder, decodable = codecs.getincrementaldecoder("utf-8")(), True
    for block in blocks:
        decodable = decodable and _decodes(decoder, block)
        size += len(block)
        feeds += block.count(b"\n")
        found = block.count(b"\r")
        returns += found
        if found:
            pairs += block.count(b"\r\n")
        pairs += last == b"\r" and block.startswith(b"\n")
        last = block[-1:]
    return Survey(size, decodable and _decodes(decoder, b"", final=True), _kind(feeds, returns, pairs))


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    if block.isascii() and not final and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _kind(feeds: int, returns: int, pairs: int) -> str:
    if not returns:
        return "LF" if feeds else "none"
    if not feeds:
        return "CR"
    return "CRLF" if feeds == returns == pairs else "mixed"


def with_line_feeds(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the text with every line end, CR LF or CR, as LF."""
    pending = b""
    for block in blocks:
        text = pending + block
        pending = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(b"\r")
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    if pending:
        yield b"\n"


def lines_at(blocks: Iterable[bytes], positions: Sequence[int], newline: bytes) -> list[int]:
    """Return the 1-based line of the rows at byte `positions` (0-based, ascending).

    The engine's position of a row may be that of a line end before it, and blank lines may follow: the row begins
    with the next byte that is no line end.
    """
    lines: list[int] = []
    before, start, text = 1, 0, b""  # line and offset of the text at hand
    for block in blocks:
        text += block
        while len(lines) < len(positions):
            begin = _NO_LINE_END.search(text, positions[len(lines)] - start)
            at = begin.start() if begin else min(len(text), positions[len(lines)] - start)
            before, start, text = before + text.count(newline, 0, at), start + at, text[at:]
            if begin is None:
                break
            lines.append(before)
        else:
            break
    return [*lines, *[before] * (len(positions) - len(lines))]
