"""The encoding of a text file, from its bytes."""

from __future__ import annotations

import codecs

from justitia.collect.receive.contents import Contents
from justitia.collect.receive.transcode import raw_blocks

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOK = 256 << 20  # bytes looked at


def detect_encoding(contents: Contents) -> tuple[str, list[str]]:
    """Return Python's name of the encoding, and what is not sure about it."""
    with contents.opener() as file:
        head = file.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, []
    if head.count(0) > len(head) // 10:
        name = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        return name, [f"the encoding: it seems to be {name}, without the usual mark at the start"]
    return _by_bytes(contents)


def _by_bytes(contents: Contents) -> tuple[str, list[str]]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen, utf8, high = 0, True, set[int]()
    for block in raw_blocks(contents.opener):
        if block.isascii() and not decoder.getstate()[0]:
            seen += len(block)
            continue
        high.update(byte for byte in set(block) if byte > 127)
        utf8 = utf8 and _is_utf8(decoder, block)
        seen += len(block)
        if seen > _LOOK:
            break
    if utf8:
        return "utf-8", []
    return _one_byte(high)


def _is_utf8(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _one_byte(high: set[int]) -> tuple[str, list[str]]:
    control = {byte for byte in high if byte < 0xA0}
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    if control & undefined:
        return "latin-1", ["the encoding: neither utf-8 nor cp1252; a code page of the sender's language is likely"]
    return "cp1252", ["the encoding: not utf-8; cp1252 (Western Europe) is a guess, look at names with accents"]
