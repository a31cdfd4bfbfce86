"""Faults of definitions, gathered while reading, so that all of them are told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from justitia.errors import CatalogueError, CatalogueErrors

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LISTED = 12  # names that a remedy spells out


class Faults:
    """What is wrong with the files read so far."""

    def __init__(self) -> None:
        self.errors: list[CatalogueError] = []

    def add(self, code: str, message: str, *, where: object, remedy: str = "") -> None:
        """Note a fault; the arguments are those of `JustitiaError`."""
        # What a cell holds may have line ends; an error is one line.
        message, remedy = (_CONTROL.sub(" ", text) for text in (message, remedy))
        self.errors.append(CatalogueError(code, message, where=str(where), remedy=remedy))

    def raise_any(self) -> None:
        """Raise what was noted.

        Raises:
            CatalogueError: the only fault, or `CatalogueErrors` with all of them.
        """
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise CatalogueErrors(self.errors)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy that names the known name nearest to `name`, or the known names when none is near."""
    names = sorted(set(known))
    folded = {other.casefold(): other for other in names}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean [{folded[close[0]]}]?"
    if not names:
        return ""
    listed = ", ".join(names[:_LISTED])
    return f"Known: {listed}, ..." if len(names) > _LISTED else f"Known: {listed}"


def unknown(code: str, what: str, name: str, known: Iterable[str], *, where: object = "") -> CatalogueError:
    """Return the error that there is no `what` called `name`, with the nearest known name."""
    return CatalogueError(code, f"there is no {what} [{name}]", where=str(where), remedy=nearest(name, known))
