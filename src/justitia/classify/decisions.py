"""The log of coding decisions: a `ChainedLog` of who gave which code to which offence of a list, and what follows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from justitia.decision_log import ChainedLog, one_line
from justitia.errors import CatalogueError, RequestError

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
        self._log = ChainedLog(path, COLUMNS, altered=_altered, foreign=_foreign)

    def read(self) -> list[Decision]:
        """Return all lines, oldest first; a last line that a crash cut off was never confirmed, and is left out.

        Raises:
            CatalogueError: E-COD-030 when a line was altered, removed or put in; E-COD-031 when this is no log.
        """
        return [_decision(cells) for cells in self._log.read()]

    def append(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Write the decisions in one piece, wait until the disk has them, and return them as they stand in the log.

        Raises:
            CatalogueError: as `read`.
            Unavailable: E-STO-002 when the disk refuses; nothing is then in the log.
        """
        written: list[Decision] = []

        def make(last: int) -> list[tuple[str, ...]]:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            for n, one in enumerate(decisions, start=1):
                refers = last + 1 if one.refers == WITH_THE_FIRST else one.refers
                written.append(replace(one, sequence=last + n, at=one.at or now, refers=refers))
            return [_cells(decision) for decision in written]

        if decisions:
            self._log.append(make)
        return [_decision(_cells(decision)) for decision in written]


def _altered(where: str) -> CatalogueError:
    return CatalogueError(
        "E-COD-030",
        "the log was altered: this line does not follow from the one before",
        where=where,
        remedy="Restore the file from a backup; decisions are changed by deciding again, never in the file",
    )


def _foreign(where: str) -> CatalogueError:
    return CatalogueError(
        "E-COD-031",
        "this is not a log of coding decisions",
        where=where,
        remedy="Name another file with --log, or take the file away: a new log is begun",
    )


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
    return tuple(_escaped(cell) if place == _CODE_PLACE else one_line(cell) for place, cell in enumerate(cells))


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
