"""Text that a spreadsheet program must never run as a formula."""

from __future__ import annotations

import re

_STARTS = frozenset("=+-@|%\t\r\n\x00＝＋－＠")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066\u2067]")


def without_controls(text: str) -> str:
    """Return `text` without control characters and without marks that override the direction of writing."""
    return _CONTROL.sub("", text)


def safe_text(text: str) -> str:
    """Return `text` with a leading apostrophe where a spreadsheet would take it for a formula; numbers stay."""
    if _NUMBER.match(text):
        return text
    starts = text[:1] in _STARTS or text.lstrip(" \u00a0")[:1] in _STARTS
    clean = without_controls(text)
    return f"'{clean}" if starts else clean
