"""The coder: layers from reviewed table to suggestion, asked in order, each explained in its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from justitia.classify.answer import Answer, OffenceText


class Coder(Protocol):
    """Anything that codes offences: the review and the file coder ask no more of it than this."""

    def code(self, items: Sequence[OffenceText]) -> list[Answer]:
        """Return one answer per item, in order."""
        ...

    def learn(self, item: OffenceText, code: str) -> None:
        """Take a reviewed decision into account from the next answer on (`code` empty: ICCS has no code)."""
        ...
