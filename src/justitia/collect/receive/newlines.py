"""Line ends of a text file: which there are, and one kind only for files that mix them."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


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
    """Return the 1-based line of the rows at byte `positions` (0-based, ascending, rising by rows).

    The engine's position of a row may point at the line end before it; the row begins after that.
    """
    lines: list[int] = []
    seen, start, text = 0, 0, b""
    for block in blocks:
        text += block
        ready = [p for p in positions[len(lines) :] if p - start < len(text) - 2] if len(lines) < len(positions) else []
        lines.extend(_lines_in(text, ready, start, seen, newline))
        keep = max(0, len(text) - 4)
        seen += text.count(newline, 0, keep)
        start, text = start + keep, text[keep:]
    lines.extend(_lines_in(text, positions[len(lines) :], start, seen, newline))
    return lines


def _lines_in(text: bytes, positions: Sequence[int], start: int, seen: int, newline: bytes) -> Iterator[int]:
    counted = 0
    for position in positions:
        at = max(0, position - start)
        while at < len(text) and at - (position - start) < 2 and text[at : at + 1] in (b"\r", b"\n"):
            at += 1
        seen += text.count(newline, counted, at)
        counted = at
        yield seen + 1
