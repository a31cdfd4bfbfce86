"""The log of coding decisions: append-only, chained by hashes, safe when several people write and when one crashes.

Each line holds one decision, or takes one back; nothing is ever changed or removed. A line's hash covers the line
and the hash before it, so that a line altered, removed or put in later shows. Cutting whole lines off the end does not
show in the file itself: keep a copy of the last hash, or of the file.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

from justitia.errors import CatalogueError, RequestError
from justitia.store import disk_faults

Action = Literal["decide", "adjudicate", "undo"]
STATUSES = ("coded", "unspecified", "no_code")
COLUMNS = (
    *("sequence", "at", "coder", "action", "national_code", "text", "iccs_code", "status", "tags", "why", "refers"),
    *("suggested", "confidence", "hash"),
)
WITH_THE_FIRST = -1  # as `refers`: made together with the first decision of the same piece
_CODE_PLACE = COLUMNS.index("national_code")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log.

    Args:
        coder: who decided.
        national_code: the offence's code in its list, or its text where the list has no codes.
        text: the offence as written.
        iccs_code: the code chosen; empty with status `no_code`.
        status: `coded`, `unspecified`, `no_code`.
        tags: record field -> code, of what the text tells besides.
        why: the reason, in the coder's words.
        action: `decide`, `adjudicate` (decides between coders), or `undo`, which takes the line `refers` back.
        refers: for `undo`, the sequence taken back; for others, that of the decision it was made together with.
        suggested: the code that was suggested, and `confidence` in it: what a study of the coder needs.
        sequence, at: number of the line and time of writing (UTC); given by the log.
    """

    coder: str
    national_code: str
    text: str = ""
    iccs_code: str = ""
    status: str = "coded"
    tags: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    action: Action = "decide"
    refers: int = 0
    suggested: str = ""
    confidence: float | None = None
    sequence: int = 0
    at: str = ""

    def same_code(self, other: Decision) -> bool:
        """Return whether both decisions code alike."""
        return (self.iccs_code, self.status) == (other.iccs_code, other.status)


class DecisionLog:
    """A log file; it need not exist yet.

    Args:
        path: CSV in UTF-8, one line per decision.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Decision]:
        """Return all lines, oldest first; a last line that a crash cut off was never confirmed, and is left out.

        Raises:
            CatalogueError: E-COD-030 when a line was altered, removed or put in; E-COD-031 when this is no log.
        """
        if not self.path.exists():
            return []
        return [decision for decision, _ in self._lines(self.path.read_bytes())]

    def append(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Write the decisions in one piece, wait until the disk has them, and return them as they stand in the log.

        Raises:
            CatalogueError: as `read`.
            Unavailable: E-STO-002 when the disk refuses; nothing is then in the log.
        """
        if not decisions:
            return []
        with disk_faults(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked() as file:
                return self._append(file, decisions)

    def _append(self, file: IO[bytes], decisions: Sequence[Decision]) -> list[Decision]:
        lines = list(self._lines(file.read()))
        sequence, chained = (lines[-1][0].sequence, lines[-1][1]) if lines else (0, "")
        # What a crash left of an unconfirmed line goes; whole lines before it are never touched.
        text = "" if self._confirmed else _line(COLUMNS)
        file.truncate(self._confirmed)
        file.seek(0, os.SEEK_END)
        if self._lacks_end:
            text += "\n"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        written = [
            replace(
                one,
                sequence=sequence + n,
                at=one.at or now,
                refers=sequence + 1 if one.refers == WITH_THE_FIRST else one.refers,
            )
            for n, one in enumerate(decisions, start=1)
        ]
        for decision in written:
            cells = _cells(decision)
            chained = _hash(chained, cells)
            text += _line((*cells, chained))
        before = file.tell()
        try:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise
        return [_decision(_cells(decision)) for decision in written]

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a crash
            yield file

    def _lines(self, content: bytes) -> Iterator[tuple[Decision, str]]:
        """Yield (decision, hash), and note how much of the content is confirmed."""
        pieces = re.findall(rb"[^\n]*\n|[^\n]+$", content)
        self._confirmed, self._lacks_end = 0, False
        if not pieces:
            return
        if _cells_of(pieces[0]) != list(COLUMNS):
            if len(pieces) == 1 and _line(COLUMNS).encode().startswith(pieces[0]):
                return  # a crash cut the header
            raise CatalogueError(
                "E-COD-031",
                "this is not a log of coding decisions",
                where=str(self.path),
                remedy="Name another file with --log, or take the file away: a new log is begun",
            )
        self._confirmed, self._lacks_end, chained = len(pieces[0]), not pieces[0].endswith(b"\n"), ""
        for number, piece in enumerate(pieces[1:], start=2):
            cells, whole = _cells_of(piece), piece.endswith(b"\n")
            expected = _hash(chained, cells[:-1]) if len(cells) == len(COLUMNS) else ""
            if not expected or cells[-1] != expected or cells[0] != str(number - 1):
                if number == len(pieces) and not whole:
                    return  # a crash cut it: it was never confirmed
                raise CatalogueError(
                    "E-COD-030",
                    "the log was altered: this line does not follow from the one before",
                    where=f"{self.path}:{number}",
                    remedy="Restore the file from a backup; decisions are changed by deciding again, never in the file",
                )
            chained = expected
            self._confirmed += len(piece)
            self._lacks_end = not whole
            yield _decision(cells[:-1]), chained


def standing(decisions: Sequence[Decision]) -> dict[tuple[str, str], Decision]:
    """Return (coder, national code) -> that coder's decision in force; adjudications are left out."""
    return {(d.coder, d.national_code): d for d in _in_force(decisions) if d.action == "decide"}


def adjudicated(decisions: Sequence[Decision]) -> dict[str, Decision]:
    """Return national code -> the adjudication in force."""
    return {d.national_code: d for d in _in_force(decisions) if d.action == "adjudicate"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What the log says of each national code.

    Args:
        codes: national code -> the decision that counts: the adjudication, or what all its coders say.
        disputed: national code -> the decisions that differ, by name of the coder.
    """

    codes: Mapping[str, Decision]
    disputed: Mapping[str, tuple[Decision, ...]]


def settle(decisions: Sequence[Decision]) -> Settled:
    """Return what is settled and what is disputed."""
    by_code: dict[str, list[Decision]] = {}
    for decision in standing(decisions).values():
        by_code.setdefault(decision.national_code, []).append(decision)
    settled = adjudicated(decisions)
    disputed: dict[str, tuple[Decision, ...]] = {}
    for code, found in by_code.items():
        if code in settled:
            continue
        if all(one.same_code(found[0]) for one in found):
            settled[code] = max(found, key=lambda one: one.sequence)
        else:
            disputed[code] = tuple(sorted(found, key=lambda one: one.coder))
    return Settled(settled, disputed)


def last_of(decisions: Sequence[Decision], coder: str) -> tuple[Decision, ...]:
    """Return the last decision of a coder that stands, with those made together with it; empty when none stands."""
    own = [one for one in _in_force(decisions) if one.coder == coder]
    if not own:
        return ()
    lead = own[-1].refers or own[-1].sequence
    return tuple(one for one in own if lead in (one.sequence, one.refers))


def check_adjudicator(decisions: Sequence[Decision], coder: str) -> None:
    """Raise RequestError (E-COD-032) when the coder took part in what is to be adjudicated."""
    if any(one.coder == coder for found in settle(decisions).disputed.values() for one in found):
        raise RequestError(
            "E-COD-032",
            f"[{coder}] is one of the coders that disagree",
            remedy="A third decides: --coder NAME",
        )


def _in_force(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions that were not taken back, oldest first."""
    undone = {one.refers for one in decisions if one.action == "undo"}
    return [one for one in decisions if one.action != "undo" and one.sequence not in undone]


def tags_text(tags: Mapping[str, str]) -> str:
    """Return tags as they stand in a cell: `field=value;field=value`."""
    return ";".join(f"{name}={value}" for name, value in sorted(tags.items()))


def tags_of(text: str) -> dict[str, str]:
    """Return the tags that a cell holds."""
    parts = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


def _cells(decision: Decision) -> tuple[str, ...]:
    sure = "" if decision.confidence is None else f"{decision.confidence:.4f}"
    cells = (
        *(str(decision.sequence), decision.at, decision.coder, decision.action, decision.national_code, decision.text),
        *(decision.iccs_code, decision.status, tags_text(decision.tags), decision.why),
        *(str(decision.refers or ""), decision.suggested, sure),
    )
    # One decision is one line. National codes are kept to the letter, or they would match no record.
    return tuple(
        _escaped(cell) if place == _CODE_PLACE else " ".join(cell.replace("\0", "").split())
        for place, cell in enumerate(cells)
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")


def _unescaped(text: str) -> str:
    marks = {"n": "\n", "r": "\r", "0": "\0"}
    return re.sub(r"\\(.)", lambda found: marks.get(found[1], found[1]), text)


def _decision(cells: Sequence[str]) -> Decision:
    row = dict(zip(COLUMNS, cells, strict=False))
    return Decision(
        coder=row["coder"],
        national_code=_unescaped(row["national_code"]),
        text=row["text"],
        iccs_code=row["iccs_code"],
        status=row["status"],
        tags=tags_of(row["tags"]),
        why=row["why"],
        action=row["action"],  # type: ignore[arg-type]
        refers=int(row["refers"] or 0),
        suggested=row["suggested"],
        confidence=float(row["confidence"]) if row["confidence"] else None,
        sequence=int(row["sequence"]),
        at=row["at"],
    )


def _hash(before: str, cells: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join((before, *cells)).encode()).hexdigest()


def _cells_of(piece: bytes) -> list[str]:
    try:
        return next(csv.reader([piece.decode("utf-8-sig")]), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
