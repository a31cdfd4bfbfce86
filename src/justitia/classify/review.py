"""The review: which offence comes next, what is suggested, and what becomes of a decision. No screen here.

Order: records affected times uncertainty, so that the next decision settles the most doubt. What the coder may accept
alone is as uncertain as it says (1 - confidence); what it may not is at least half uncertain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from justitia.classify.answer import Answer
from justitia.classify.coder import Coder
from justitia.classify.decisions import (
    WITH_THE_FIRST,
    Decision,
    DecisionLog,
    adjudicated,
    check_adjudicator,
    last_of,
    settle,
    standing,
)
from justitia.classify.items import Item
from justitia.classify.similar import Alike

Order = Literal["doubt", "frequency"]
AFRESH = 60  # offences at the head of the queue that are coded afresh after each decision, and those worded alike
ALL_AFRESH = 20  # after so many decisions, all are
_LEAST_DOUBT = 0.001  # a sure code still goes by the records it decides


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be decided now.

    Args:
        place: of the item in the review.
        item: the offence.
        answer: what the coder says.
        similar: places of undecided items worded alike, the most alike first.
        earlier: what the coders between whom is decided say; empty but for an adjudication.
    """

    place: int
    item: Item
    answer: Answer
    similar: tuple[int, ...]
    earlier: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review is: offences and records, all and decided, and records that the coder would accept alone."""

    items: int
    decided: int
    records: int
    records_decided: int
    records_automatic: int


class Review:
    """One coder's way through a list.

    Args:
        items: the offences.
        new_coder: makes a coder that has learnt nothing of this list; called again after an undo.
        log: where each decision is written before anything else happens.
        who: name of the person who decides.
        together: leave out what others have decided, and learn from it; otherwise nobody else's decisions are seen.
        adjudicate: decide only what coders disagree on, seeing their decisions.
        order: `doubt` (records times uncertainty) or `frequency` (records), to compare with.

    Raises:
        CatalogueError: E-COD-030 when the log was altered.
        RequestError: E-COD-032 when one who disagrees adjudicates.
    """

    def __init__(
        self,
        items: Sequence[Item],
        new_coder: Callable[[], Coder],
        log: DecisionLog,
        who: str,
        *,
        together: bool = False,
        adjudicate: bool = False,
        order: Order = "doubt",
    ) -> None:
        self.items = tuple(items)
        self.log, self.who, self.together, self.adjudicate, self.order = log, who, together, adjudicate, order
        self._new_coder = new_coder
        self._places = {item.national_code: place for place, item in enumerate(self.items)}
        self._alike = Alike([item.text for item in self.items])
        if adjudicate:
            check_adjudicator(log.read(), who)
        self._begin()

    def _begin(self) -> None:
        decisions = self.log.read()
        seen = self._seen(decisions)
        self._disputed = settle(decisions).disputed if self.adjudicate else {}
        wanted = set(self._disputed) if self.adjudicate else set(self._places) - set(seen)
        self._open = {self._places[code] for code in wanted if code in self._places}
        self._last: list[int] = []  # put off: they come after all others
        self._coder = self._new_coder()
        for code, decision in seen.items():
            if code in self._places:
                self._coder.learn(self.items[self._places[code]].offence, decision.iccs_code)
        self._answers: dict[int, Answer] = {}
        self._since = 0
        self._answer(self._open)

    def _seen(self, decisions: Sequence[Decision]) -> dict[str, Decision]:
        """Return national code -> decision, of those that this coder may see."""
        if self.adjudicate:
            return adjudicated(decisions)
        found = {code: one for (coder, code), one in standing(decisions).items() if coder == self.who}
        return dict(settle(decisions).codes) | found if self.together else found

    def _answer(self, places: Iterable[int]) -> None:
        asked = sorted(places)
        answers = self._coder.code([self.items[place].offence for place in asked])
        self._answers.update(zip(asked, answers, strict=True))

    # -- what is next ---------------------------------------------------------------------------------------------
    def queue(self) -> list[int]:
        """Return the places of what is open, the next first."""
        put_off = {place: number for number, place in enumerate(self._last)}
        return sorted(
            self._open,
            key=lambda place: (put_off.get(place, -1), -self._weight(place), -self.items[place].records, place),
        )

    def _weight(self, place: int) -> float:
        item = self.items[place]
        if self.order == "frequency":
            return item.records
        answer = self._answers[place]
        doubt = 1 - answer.confidence
        # What may be used without review can wait; what may not counts for nothing until somebody decides it.
        return item.records * (max(doubt, _LEAST_DOUBT) if answer.status == "coded" else (1 + doubt) / 2)

    def next(self) -> Question | None:
        """Return what is to be decided now; None when nothing is open."""
        queue = self.queue()
        return self.question(queue[0]) if queue else None

    def question(self, place: int) -> Question:
        """Return the question about one item."""
        item = self.items[place]
        alike = self._alike.near(place, among=self._open)
        return Question(place, item, self._answers[place], tuple(alike), self._disputed.get(item.national_code, ()))

    def progress(self) -> Progress:
        """Return how far the review is."""
        total = sum(item.records for item in self.items)
        left = sum(self.items[place].records for place in self._open)
        sure = sum(self.items[place].records for place in self._open if self._answers[place].status == "coded")
        asked = len(self._disputed) if self.adjudicate else len(self.items)
        return Progress(asked, asked - len(self._open), total, total - left, sure)

    # -- what becomes of it ---------------------------------------------------------------------------------------
    def decide(
        self,
        place: int,
        code: str,
        status: str,
        *,
        tags: Mapping[str, str] | None = None,
        why: str = "",
        also: Sequence[int] = (),
    ) -> list[Decision]:
        """Write a decision to the log, let the coder learn it, and return what was written.

        Args:
            place: of the item.
            code: ICCS code; empty with status `no_code`.
            status: `coded`, `unspecified`, `no_code`.
            tags: record field -> code, of what the text tells besides; default, what the coder found.
            why: the reason.
            also: places of similar items decided alike; each keeps the tags that the coder found in it.
        """
        rest = [replace(self._decision(other, code, status, None, why), refers=WITH_THE_FIRST) for other in also]
        written = self.log.append([self._decision(place, code, status, tags, why), *rest])
        for other in (place, *also):
            self._open.discard(other)
            self._coder.learn(self.items[other].offence, code)
        self._refresh(place)
        return written

    def _decision(self, place: int, code: str, status: str, tags: Mapping[str, str] | None, why: str) -> Decision:
        item, answer = self.items[place], self._answers[place]
        return Decision(
            coder=self.who,
            national_code=item.national_code,
            text=item.text,
            iccs_code=code,
            status=status,
            tags=answer.tags if tags is None else tags,
            why=why,
            action="adjudicate" if self.adjudicate else "decide",
            suggested=answer.code,
            confidence=answer.confidence,
        )

    def _refresh(self, place: int) -> None:
        """Code afresh what comes next and what is worded alike; the rest when its turn nears."""
        self._since += 1
        if self._since % ALL_AFRESH == 0:
            self._answer(self._open)
            return
        near = self._alike.near(place, among=self._open)
        self._answer({*self.queue()[:AFRESH], *near})

    def put_off(self, place: int) -> None:
        """Let an item come after all others."""
        self._last = [*(other for other in self._last if other != place), place]

    def undo(self) -> list[Decision]:
        """Take back this coder's last decision, with those made together with it, and return it; empty when none is.

        A line is added to the log; what was decided before it holds again.
        """
        taken = last_of(self.log.read(), self.who)
        self.log.append(
            [
                replace(one, action="undo", refers=one.sequence, why="", at="", tags={}, suggested="", confidence=None)
                for one in taken
            ]
        )
        self._begin()
        return list(taken)
