"""The layers of the coder, one after the other: decided code, equal text, then rules and model together."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from justitia.classify.answer import Alternative, Answer, Evidence, OffenceText
from justitia.classify.code_order import CodeOrder
from justitia.classify.coder_answers import Verdict, answer_of, verdicts
from justitia.classify.material import CLASSIFICATION, own_examples
from justitia.classify.reviewed import Decided, Memory
from justitia.classify.rules import Rules, variables_of
from justitia.classify.scores import Scorer
from justitia.classify.text import Reader, Reading, normalise, parts_of

if TYPE_CHECKING:
    from justitia.classify.model import Model
    from justitia.classify.scores import Scored
    from justitia.metadata.coding import CodingData
    from justitia.metadata.definitions import Correspondence
    from justitia.metadata.load import Catalogue

BATCH = 1000  # texts scored at once
UNREADABLE = ("empty", "numbers", "letter")  # faults that leave nothing to read


class LayeredCoder:
    """Codes offences and learns from decisions.

    Args:
        catalogue: the definitions.
        data: what the coder knows as data.
        model: what was learned from own material.
        language: of the texts, empty when not known.
        country: whose profile goes first.
        encoder: ask the sentence encoder.
        reviewed: tables of this list.
        others: reviewed tables of other lists.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        data: CodingData,
        model: Model,
        *,
        language: str = "",
        country: str = "",
        encoder: bool = False,
        reviewed: Sequence[Correspondence] = (),
        others: Sequence[Correspondence] = (),
    ) -> None:
        self._codes = catalogue.codelist(CLASSIFICATION)
        self._data = data
        self._reader = Reader(data, language)
        self._rules = Rules(data, country)
        residual = data.words.get("residual", {}).values()
        places = {code: number for number, code in enumerate(model.codes)}
        from justitia.classify.model import vectors_of

        order = CodeOrder(model.codes, data.settings.weights["kin"])
        self._memory = Memory(self._reader, vectors_of(model), places, order)
        self._scorer = Scorer(
            model,
            self._codes,
            self._rules,
            self._memory,
            data.settings.weights,
            frozenset().union(*residual),
            _encoder(model) if encoder else None,
        )
        self._equal: dict[str, dict[str, str]] = {}
        for example in own_examples(catalogue, data):
            self._equal.setdefault(normalise(example.text), {}).setdefault(example.code, example.source)
        for tables, by_code in ((others, False), (reviewed, True)):
            for table in tables:
                self._memory.add_table(table, by_code=by_code)
        self._readings: dict[str, Reading] = {}

    def learn(self, item: OffenceText, code: str) -> None:
        """Take a reviewed decision into account from the next answer on (`code` empty: ICCS has no code)."""
        self._memory.learn(item, code)

    def code(self, items: Sequence[OffenceText]) -> list[Answer]:
        """Return one answer per item, in order."""
        with _uncollected():
            return self._code(items)

    def _code(self, items: Sequence[OffenceText]) -> list[Answer]:
        self._read_all([item.text for item in items])
        answers: list[Answer | None] = [self._direct(item) for item in items]
        open_places = [place for place, answer in enumerate(answers) if answer is None]
        for start in range(0, len(open_places), BATCH):
            places = open_places[start : start + BATCH]
            for place, answer in zip(places, self._scored([items[place] for place in places]), strict=True):
                answers[place] = answer
        return [answer for answer in answers if answer is not None]

    def _read_all(self, texts: Sequence[str]) -> None:
        """Read all texts that were not read before, so that `_reading` has them."""
        new = [text for text in dict.fromkeys(texts) if text not in self._readings]
        self._readings.update(zip(new, self._reader.read_texts(new), strict=True))

    def _reading(self, text: str) -> Reading:
        reading = self._readings.get(text)
        if reading is None:
            reading = self._readings[text] = self._reader.read(text)
        return reading

    # -- layers that decide alone -----------------------------------------------------------------------------------
    def _direct(self, item: OffenceText) -> Answer | None:
        decided = self._memory.by_code(item.national_code, item.day) if item.national_code else None
        if decided is not None:
            evidence = Evidence("correspondence", item.national_code, decided.source)
            return self._decided(item, decided, evidence, "correspondence")
        reading = self._reading(item.text)
        unreadable = [reading.faults[name] for name in UNREADABLE if name in reading.faults]
        if unreadable:
            return self._unreadable(item, reading, unreadable[0])
        decided = self._memory.by_text(reading.plain)
        if decided is not None:
            evidence = Evidence("text", reading.text, decided.source)
            return self._decided(item, decided, evidence, "reviewed_text")
        return None

    def _decided(self, item: OffenceText, decided: Decided, evidence: Evidence, limit: str) -> Answer:
        confidence = self._data.settings.limits[limit]
        doubt = decided.doubt or self._retired(decided.code, item)
        status = decided.status if not doubt else "suggested"
        reading = self._reading(item.text)
        told = variables_of(self._rules.match(reading.words, reading.language)) | dict(decided.sets)
        return Answer(
            code=decided.code,
            confidence=confidence if not doubt else min(confidence, 0.5),
            status=status,  # type: ignore[arg-type]  # statuses of a correspondence are among those of an answer
            alternatives=(Alternative(decided.code, 1.0),) if decided.code else (),
            evidence=(evidence,),
            tags=told,
            reason=doubt or {"no_code": "it was decided that ICCS has no code for it"}.get(status, ""),
        )

    def _retired(self, code: str, item: OffenceText) -> str:
        entry = self._codes.codes.get(code)
        if code and entry is None:
            return f"ICCS has no code [{code}]"
        if entry is not None and item.day is not None and entry.valid_to is not None and entry.valid_to < item.day:
            return f"ICCS code {code} was retired on {entry.valid_to}"
        return ""

    def _unreadable(self, item: OffenceText, reading: Reading, fault: str) -> Answer:
        from justitia.classify.text import lost_zero

        whole = lost_zero(reading.text, frozenset(self._codes.codes))
        if whole:
            fault += f"; it may be ICCS code {whole} without its leading zero"
        elif reading.text in self._codes.codes:
            fault += f"; it is the number of ICCS code {reading.text}: give it as a code, not as a text"
        return Answer("", 0.0, "no_code", (), (Evidence("input", reading.text, fault),), {}, fault)

    # -- rules and model ----------------------------------------------------------------------------------------------
    def _scored(self, items: Sequence[OffenceText]) -> list[Answer]:
        readings = [self._reading(item.text) for item in items]
        contexts = [self._contexts(item.context) for item in items]
        scored = self._scorer.score(readings, contexts, [item.national_code for item in items])
        settings = self._data.settings
        self._favour_equal(scored, readings)
        found = verdicts(scored, self._scorer.model, settings, self._data.forms)
        parts = self._parts(readings)
        answers = []
        for row, (item, reading) in enumerate(zip(items, readings, strict=True)):
            doubts = dict(reading.faults)
            doubts |= self._memory.code_faults(item.national_code, item.day) if item.national_code else {}
            if told := self._retired(found[row].code, item):
                doubts["retired"] = told
            equal = self._equal.get(reading.plain, {})
            answers.append(
                answer_of(
                    found[row],
                    reading,
                    self._codes,
                    settings.limits,
                    doubts=doubts,
                    equal=equal,
                    beside=self._memory.order.nearest(item.national_code) if item.national_code else ("", ""),
                    parts=parts.get(row, ()),
                )
            )
        return answers

    def _favour_equal(self, scored: Scored, readings: Sequence[Reading]) -> None:
        """Raise the codes whose title or wording a text equals: of several, what else speaks for one decides."""
        weight = self._data.settings.weights["equal"]
        for row, reading in enumerate(readings):
            told = self._equal.get(reading.plain, {})
            official = [code for code, source in told.items() if source != "phrase"]
            for code in official or told:
                scored.scores[row, self._scorer.places[code]] += weight

    def _contexts(self, context: Mapping[str, str]) -> dict[str, Reading]:
        joined: dict[str, str] = {}
        for role, text in context.items():
            name = "heading" if role == "heading" else "statute"
            joined[name] = f"{joined[name]} {text}" if name in joined else text
        return {name: self._reading(text) for name, text in joined.items() if text}

    def _parts(self, readings: Sequence[Reading]) -> dict[int, tuple[Verdict, ...]]:
        """Return the verdicts on the parts of texts that may hold several offences, each part judged alone."""
        asked: list[tuple[int, str, bool]] = []
        for row, reading in enumerate(readings):
            parts, clear = parts_of(reading.text)
            if len(parts) > 1:
                asked += [(row, part, clear) for part in parts[:8]]
        if not asked:
            return {}
        self._read_all([part for _, part, _ in asked])
        scored = self._scorer.score([self._reading(part) for _, part, _ in asked], [{}] * len(asked))
        found = verdicts(scored, self._scorer.model, self._data.settings, self._data.forms)
        made: dict[int, tuple[Verdict, ...]] = {}
        for (row, _, clear), verdict in zip(asked, found, strict=True):
            # Between commas only parts with a rule of their own are taken for offences.
            if verdict.confidence >= self._data.settings.limits["part"] and (clear or verdict.rule is not None):
                made[row] = (*made.get(row, ()), verdict)
        return made


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles from looking through all definitions again for each few answers: none has cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _encoder(model: Model):  # type: ignore[no-untyped-def]
    from justitia.classify.model_encoder import Encoder

    return Encoder(model)
