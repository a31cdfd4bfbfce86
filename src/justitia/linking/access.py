"""The access log of the vault: who opened identities, when, in which role, for what, and of how many records.

Append-only JSON lines, each with the hash of itself and of the line before, so that a line altered, removed or put in
later shows. The hash of the last line is kept with each linkage in the store: there a log that was cut off shows too.
No line holds an identity.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from justitia.errors import RequestError
from justitia.store import disk_faults

LOG = "access.jsonl"


@dataclass(frozen=True, slots=True)
class Access:
    """One line of the log.

    Args:
        number: of the line, from 1.
        at: time (UTC).
        who: name of the user on this system.
        role: in which the user acted.
        what: `linked`, `looked at a pair`, `decided`, `dropped`, `sealed`, `exception`, `erased`.
        linkage: declaration concerned.
        purpose: as the declaration says it.
        records: number of records whose identities were opened.
        chained: hash of this line and the one before.
    """

    number: int
    at: str
    who: str
    role: str
    what: str
    linkage: str
    purpose: str
    records: int
    chained: str


class AccessLog:
    """The log of one vault.

    Args:
        folder: `vault/` of a workspace.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG

    def read(self) -> list[Access]:
        """Return all lines, oldest first.

        Raises:
            RequestError: E-ACC-001 when a line does not follow from the one before.
        """
        if not self.path.exists():
            return []
        return self._lines(self.path.read_text(encoding="utf-8"))

    def note(self, *, who: str, role: str, what: str, linkage: str, purpose: str, records: int) -> Access:
        """Append a line, wait until the disk has it, and return it: what is not logged is not opened.

        Raises:
            RequestError: as `read`.
            Unavailable: E-STO-002 when the disk refuses.
        """
        with disk_faults(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                earlier = self._lines(file.read())
                now = datetime.now(UTC).isoformat(timespec="seconds")
                line = Access(len(earlier) + 1, now, who, role, what, linkage, purpose, records, "")
                line = _chained(line, earlier[-1].chained if earlier else "")
                file.write(json.dumps(asdict(line), ensure_ascii=False, sort_keys=True) + "\n")
                file.flush()
                os.fsync(file.fileno())
        return line

    def check_head(self, head: str) -> None:
        """Raise RequestError (E-ACC-002) when the line with this hash, once the last, is no longer there."""
        if head and head not in {line.chained for line in self.read()}:
            raise RequestError(
                "E-ACC-002",
                "lines at the end of the access log are missing",
                where=str(self.path),
                remedy="Restore the file from a backup, and find out who cut it",
            )

    def _lines(self, text: str) -> list[Access]:
        lines: list[Access] = []
        for number, piece in enumerate(text.splitlines(), start=1):
            try:
                line = Access(**json.loads(piece))
            except (ValueError, TypeError) as error:
                raise self._altered(number) from error
            if line.number != number or line != _chained(line, lines[-1].chained if lines else ""):
                raise self._altered(number)
            lines.append(line)
        return lines

    def _altered(self, number: int) -> RequestError:
        return RequestError(
            "E-ACC-001",
            "the access log was altered: this line does not follow from the one before",
            where=f"{self.path}:{number}",
            remedy="Restore the file from a backup, and find out who changed it",
        )


def head_of(lines: Sequence[Access]) -> str:
    """Return the hash of the last line; empty for an empty log."""
    return lines[-1].chained if lines else ""


def _chained(line: Access, before: str) -> Access:
    content = {**asdict(line), "chained": before}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return Access(**{**content, "chained": hashlib.sha256(text.encode()).hexdigest()})
