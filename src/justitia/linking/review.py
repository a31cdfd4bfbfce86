"""The review of uncertain pairs: one at a time, by the pair reviewer alone, each view logged before it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.errors import RequestError
from justitia.integrate.decisions import PairDecisions, standing
from justitia.linking.access import AccessLog
from justitia.linking.declared import declared_linkage
from justitia.linking.link_files import SHEET, review_files
from justitia.linking.linked import decisions_file
from justitia.linking.roles import PAIR_REVIEWER, acting

if TYPE_CHECKING:
    from justitia.integrate.decisions import Answer
    from justitia.workspace import Workspace


@dataclass(frozen=True, slots=True)
class UncertainPair:
    """A pair that awaits a decision.

    Args:
        left_id, right_id: random ids of the mentions.
        probability: of their being one person, as the model estimates.
        reason: why it is asked about.
        datasets: of the two.
        fields: field -> its two values; to be shown, and kept nowhere.
    """

    left_id: str
    right_id: str
    probability: float
    reason: str
    datasets: tuple[str, str]
    fields: Mapping[str, tuple[str, str]]


class PairReview:
    """The review of one linkage.

    Args:
        workspace: linked before.
        name: of the linkage; empty for the only one.

    Raises:
        RequestError: E-ROL-001, E-ROL-002, E-ROL-003; E-PER-040 without a sheet; E-PER-020, E-PER-021.
    """

    def __init__(self, workspace: Workspace, name: str = "") -> None:
        self._acting = acting(workspace, PAIR_REVIEWER)
        self.linkage = declared_linkage(workspace, name)
        files = review_files(workspace, self.linkage.id)
        sheet = files.read(SHEET) if files else None
        if sheet is None:
            raise RequestError(
                "E-PER-040",
                "there is no review sheet",
                where=self.linkage.id,
                remedy="Name the reviewer's key ([linkage] review_key_file in justitia.toml), then run `link run`",
            )
        self._sheet = sheet
        self._log = AccessLog(workspace.folder / "vault")
        self.decisions = PairDecisions(decisions_file(workspace, self.linkage.id))
        decided = {pair for pair, one in standing(self.decisions.read()).items() if one.decision in ("yes", "no")}
        places: dict[int, tuple[str, str]] = {}
        for place, left, right in zip(*(sheet[n].to_pylist() for n in ("place", "left_id", "right_id")), strict=True):
            places[place] = (left, right)
        self._open = [place for place, pair in sorted(places.items()) if pair not in decided]
        if self._acting.exception:
            self._note("exception", self._acting.exception, 0)

    def left(self) -> int:
        """Return the number of pairs that await a decision."""
        return len(self._open)

    def look(self) -> UncertainPair | None:
        """Return the next pair, once the log says that it is looked at; None when all are decided."""
        import pyarrow.compute as pc

        if not self._open:
            return None
        self._note("looked at a pair", self.linkage.purpose, 2)
        rows = self._sheet.filter(pc.equal(self._sheet["place"], self._open[0])).to_pylist()
        sides = [[row for row in rows if row["side"] == side] for side in (0, 1)]
        fields = {a["field"]: (a["value"] or "", b["value"] or "") for a, b in zip(*sides, strict=True)}
        first = rows[0]
        datasets = (sides[0][0]["dataset"], sides[1][0]["dataset"])
        return UncertainPair(
            first["left_id"], first["right_id"], first["probability"], first["reason"], datasets, fields
        )

    def decide(self, pair: UncertainPair, answer: Answer, why: str) -> None:
        """Write a decision on the pair that was looked at, and go on to the next.

        Raises:
            RequestError: E-LNK-032 without a reason, E-PER-041 when the reason holds a value of the pair.
        """
        words = why.casefold()
        held = [value for both in pair.fields.values() for value in both if len(value) > 2]
        if any(value.casefold() in words for value in held):
            raise RequestError(
                "E-PER-041",
                "the reason holds a name, number or date of the pair; reasons are kept without identities",
                where=self.linkage.id,
                remedy="Say which fields agree or differ, not what is in them",
            )
        self.decisions.decide(pair.left_id, pair.right_id, answer, who=self._acting.who, why=why)
        self._note("decided", self.linkage.purpose, 2)
        self._open.pop(0)

    def skip(self) -> None:
        """Go on to the next pair; this one comes last."""
        self._open.append(self._open.pop(0))

    def _note(self, what: str, purpose: str, records: int) -> None:
        who = self._acting
        self._log.note(who=who.who, role=who.role, what=what, linkage=self.linkage.id, purpose=purpose, records=records)
