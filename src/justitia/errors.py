"""Every exception of Justitia, by what the reader must do about it.

An error says what is wrong, where, what was expected and what to do, in one line, and never holds a personal
value. Bad data are not errors: they are findings (`justitia.findings`).
"""

from __future__ import annotations

from collections.abc import Sequence


class JustitiaError(Exception):
    """Base of all errors that a user of Justitia can meet.

    Args:
        code: stable identifier, for example `E-LAY-003`, listed in docs/reference/errors.md.
        message: what is wrong, in one sentence without the full stop.
        where: file, line, column, rule or table concerned.
        remedy: what would be right, or what to do.
    """

    exit_status = 1

    def __init__(self, code: str, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.code}{where}: {self.message}{remedy}"


class RequestError(JustitiaError):
    """The caller asked for something that does not exist or cannot be done."""

    exit_status = 2


class CatalogueError(JustitiaError):
    """A definition (catalogue or overlay) is at fault: fix the file named."""

    exit_status = 3


class LayoutError(JustitiaError):
    """A received file is not as its layout declares: fix the file or the layout."""

    exit_status = 4


class DisclosureError(JustitiaError):
    """A release was refused because it could reveal a person."""

    exit_status = 5


class ContractError(JustitiaError):
    """A stage broke its promise: a fault of Justitia, please report it."""

    exit_status = 6


class Unavailable(JustitiaError):
    """Something is locked, full or missing for now: the same command may succeed later."""

    exit_status = 7


class CatalogueErrors(CatalogueError):
    """All faults of a catalogue, gathered and raised together."""

    def __init__(self, errors: Sequence[CatalogueError]) -> None:
        self.errors = tuple(errors)
        super().__init__("E-CAT-000", f"{len(self.errors)} faults in the catalogue")

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
