"""A small coder for tests: one word leads to one code, and it learns whole texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from justitia.classify.answer import Alternative, Answer, Evidence, OffenceText

WORDS = {"theft": "0502", "robbery": "0401", "murder": "0101", "burglary": "0501", "fraud": "0701"}


class PlainCoder:
    """Knows a text by what it learnt, else by a word, else guesses the residual of all."""

    def __init__(self, words: Mapping[str, str] = WORDS) -> None:
        self.words = dict(words)
        self.learnt: dict[str, str] = {}
        self.asked = 0

    def code(self, items: Sequence[OffenceText]) -> list[Answer]:
        self.asked += len(items)
        return [self._code(item) for item in items]

    def learn(self, item: OffenceText, code: str) -> None:
        self.learnt[item.text.lower().split()[0]] = code

    def _code(self, item: OffenceText) -> Answer:
        first, *_ = [*item.text.lower().split(), ""]
        if first in self.learnt:
            return self._answer(self.learnt[first], 0.97, "coded", Evidence("neighbour", first, "learnt"))
        for word, code in self.words.items():
            if word in item.text.lower():
                return self._answer(code, 0.6, "suggested", Evidence("text", word, "title"))
        return self._answer("1109", 0.1, "suggested", Evidence("model", "", "nothing near"))

    @staticmethod
    def _answer(code: str, sure: float, status: str, evidence: Evidence) -> Answer:
        others = [other for other in ("0201", "0504", "0703", "0806") if other != code]
        listed = (Alternative(code, sure), *(Alternative(other, 0.05) for other in others))
        tags = {"inchoate_form": "attempt"} if evidence.phrase == "attempted" else {}
        return Answer(code, sure, status if code else "no_code", listed, (evidence,), tags)  # type: ignore[arg-type]
