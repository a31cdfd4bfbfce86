"""What people say of pairs: yes, no or unsure, with who and why, in a log where nothing is changed or removed.

A later line rules over an earlier one on the same pair; an undo is a new line that takes one back. What two people
say differently is shown. Lines hold random ids of mentions and words of the reviewer, never an identity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from justitia.decision_log import ChainedLog, one_line
from justitia.errors import RequestError
from justitia.findings import Finding

if TYPE_CHECKING:
    from justitia.engine import Engine

Answer = Literal["yes", "no", "unsure"]
ANSWERS: tuple[Answer, ...] = ("yes", "no", "unsure")
UNDO = "undo"
COLUMNS = ("sequence", "at", "who", "left_id", "right_id", "decision", "why", "refers", "hash")
DECISIONS = "linked_decisions"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairDecision:
    """One line of the log.

    Args:
        who: decided.
        left_id, right_id: the two mentions; the smaller id first.
        decision: `yes` (one person), `no` (two persons), `unsure`, or `undo`, which takes line `refers` back.
        why: in the reviewer's words; no identity belongs there.
        refers: for `undo`, the sequence taken back; 0 otherwise.
        sequence, at: number of the line and time of writing (UTC); given by the log.
    """

    who: str
    left_id: str
    right_id: str
    decision: str
    why: str = ""
    refers: int = 0
    sequence: int = 0
    at: str = ""

    @property
    def pair(self) -> Pair:
        """Return the two mentions."""
        return self.left_id, self.right_id


class PairDecisions:
    """The log of one linkage; the file need not exist yet.

    Args:
        path: CSV in UTF-8.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = ChainedLog(path, COLUMNS, altered=_altered, foreign=_foreign)

    def read(self) -> list[PairDecision]:
        """Return all lines, oldest first.

        Raises:
            RequestError: E-LNK-030 when a line was altered, removed or put in; E-LNK-031 when this is no such log.
        """
        return [_decision(cells) for cells in self._log.read()]

    def decide(self, one: str, other: str, decision: Answer, *, who: str, why: str) -> PairDecision:
        """Append a decision on a pair, and return it as it stands in the log.

        Raises:
            RequestError: as `read`; E-LNK-032 without a decider or a reason, or with another answer.
            Unavailable: E-STO-002 when the disk refuses.
        """
        if decision not in ANSWERS or not who.strip() or not why.strip() or one == other:
            raise RequestError(
                "E-LNK-032",
                "a decision needs two different records, yes, no or unsure, a decider and a reason",
                where=str(self.path),
                remedy="Give all of them; the reason in one line, without names",
            )
        left, right = sorted((one, other))
        return self._append(PairDecision(who, left, right, decision, why))

    def undo(self, sequence: int, *, who: str, why: str) -> PairDecision:
        """Append a line that takes an earlier one back, and return it.

        Raises:
            RequestError: as `read`; E-LNK-033 when there is no such line that stands.
            Unavailable: E-STO-002 when the disk refuses.
        """
        line = next((one for one in _standing_lines(self.read()) if one.sequence == sequence), None)
        if line is None:
            raise RequestError(
                "E-LNK-033",
                f"there is no decision {sequence} that stands",
                where=str(self.path),
                remedy="Name the number of a decision that was not taken back yet",
            )
        return self._append(PairDecision(who, line.left_id, line.right_id, UNDO, why, sequence))

    def _append(self, decision: PairDecision) -> PairDecision:
        written = decision

        def make(last: int) -> list[tuple[str, ...]]:
            nonlocal written
            written = replace(decision, sequence=last + 1, at=datetime.now(UTC).isoformat(timespec="seconds"))
            return [_cells(written)]

        self._log.append(make)
        return _decision(_cells(written))


def standing(decisions: Sequence[PairDecision]) -> dict[Pair, PairDecision]:
    """Return pair -> the last decision on it that was not taken back."""
    return {one.pair: one for one in _standing_lines(decisions)}


def disputed(decisions: Sequence[PairDecision]) -> dict[Pair, tuple[PairDecision, ...]]:
    """Return pair -> the last decisions of its deciders, where some say yes and others no; by name of the decider."""
    last: dict[Pair, dict[str, PairDecision]] = {}
    for one in _standing_lines(decisions):
        last.setdefault(one.pair, {})[one.who] = one
    return {
        pair: tuple(sorted(said.values(), key=lambda one: one.who))
        for pair, said in last.items()
        if {"yes", "no"} <= {one.decision for one in said.values()}
    }


def dispute_findings(decisions: Sequence[PairDecision], name: str) -> tuple[Finding, ...]:
    """Return a finding when people contradict each other on a pair.

    Args:
        decisions: all lines of the log.
        name: of the linkage.
    """
    count = len(disputed(decisions))
    text = "pairs on which two people decided differently; the later decision rules until they agree"
    return (Finding("V-LNK-007", "warning", name, text, count=count),) if count else ()


def lend(engine: Engine, in_force: Mapping[Pair, PairDecision]) -> str:
    """Return the relation (left_id, right_id, decision, sequence) of decisions in force, for `clusters` and others."""
    import pyarrow as pa

    kinds = {"left_id": pa.string(), "right_id": pa.string(), "decision": pa.string(), "sequence": pa.int64()}
    rows = sorted(in_force.values(), key=lambda one: one.sequence)
    columns = [pa.array([getattr(one, name) for one in rows], kind) for name, kind in kinds.items()]
    with engine.registered("linked_decided", pa.table(columns, names=list(kinds))) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {DECISIONS} AS SELECT * FROM {relation}")
    return DECISIONS


def _standing_lines(decisions: Sequence[PairDecision]) -> list[PairDecision]:
    undone = {one.refers for one in decisions if one.decision == UNDO}
    return [one for one in decisions if one.decision != UNDO and one.sequence not in undone]


def _cells(one: PairDecision) -> tuple[str, ...]:
    cells = (one.who, one.left_id, one.right_id, one.decision, one.why)
    return (str(one.sequence), one.at, *map(one_line, cells), str(one.refers or ""))


def _decision(cells: Sequence[str]) -> PairDecision:
    sequence, at, who, left, right, decision, why, refers = cells
    return PairDecision(who, left, right, decision, why, int(refers or 0), int(sequence), at)


def _altered(where: str) -> RequestError:
    return RequestError(
        "E-LNK-030",
        "the log of decisions on pairs was altered: this line does not follow from the one before",
        where=where,
        remedy="Restore the file from a backup; decisions are changed by deciding again, never in the file",
    )


def _foreign(where: str) -> RequestError:
    return RequestError(
        "E-LNK-031",
        "this is not a log of decisions on pairs",
        where=where,
        remedy="Take the file away: a new log is begun",
    )
