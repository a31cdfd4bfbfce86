"""Answers of the shipped coder on wordings of our own, kept in a file: making it quicker may change none of them.

Where rules, phrases or weights change on purpose, look at the answers that differ and write the file anew:
`python tests/unit/classify/test_answers_kept.py`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from justitia.classify.answer import Answer, OffenceText
from justitia.classify.coder import load_coder
from justitia.classify.material import own_examples
from justitia.classify.rules import Rules
from justitia.classify.text import Reader, normalise, normalise_all
from justitia.metadata.coding import CodingRule, read_coding
from justitia.metadata.load import load_catalogue

KEPT = Path(__file__).with_name("answers_kept.csv")
LABELS = Path(__file__).parents[2] / "coding" / "french" / "labels.csv"
GAP = 2
ODD = (
    "attempted murder with a knife", "Robbery; Rape; Fraud", "vol à main armée et viol", "hurto/robo", "убийство",
    "ATT AGG BATT", "conspiracy to commit fraud by computer", "Größe straße", "<b>Theft</b> &amp; robbery", "_ 12",
)  # fmt: skip


def texts() -> list[str]:
    """Return some hundred wordings: phrases of the catalogue, alone and in pairs, French labels, and odd ones."""
    catalogue = load_catalogue()
    phrases = [example.text for example in own_examples(catalogue, read_coding(catalogue))][::100]
    pairs = [f"{one} {other}" for one, other in zip(phrases[::3], phrases[1::3], strict=False)]
    with LABELS.open(encoding="utf-8-sig", newline="") as opened:
        labels = [row["text"] for row in csv.DictReader(opened)][::12]
    return list(dict.fromkeys([*phrases, *pairs, *labels, *ODD]))


def told(text: str, answer: Answer) -> dict[str, str]:
    """Return the row of the file that tells an answer."""
    return {
        "text": text,
        "code": answer.code,
        "confidence": f"{answer.confidence:.2f}",
        "status": answer.status,
        "alternatives": " ".join(shown.code for shown in answer.alternatives if shown.score >= 0.01),
        "tags": " ".join(f"{name}={value}" for name, value in sorted(answer.tags.items())),
        "evidence": "; ".join(f"{each.kind}: {re.sub(r'[0-9.]+$', '', each.source)}" for each in answer.evidence),
    }


def answered() -> list[dict[str, str]]:
    """Return the rows of all texts, coded together."""
    asked = texts()
    answers = load_coder(load_catalogue()).code([OffenceText(text) for text in asked])
    return [told(text, answer) for text, answer in zip(asked, answers, strict=True)]


def test_the_answers_are_those_that_were_kept() -> None:
    with KEPT.open(encoding="utf-8", newline="") as opened:
        kept = list(csv.DictReader(opened))
    assert len(kept) > 150
    assert answered() == kept


def test_texts_normalised_together_are_as_each_alone() -> None:
    asked = [*texts(), "ﬁre\nraising", "İstanbul", "e\u0301te\u0301", "", "ª º №5", "\u0301a"]
    assert normalise_all(asked) == [normalise(text) for text in asked]
    assert normalise("Vol à l’ÉTALAGE d'œuvres_d'art") == "vol a l etalage d oeuvres d art"


# -- rules, against what their definition says, word by word -------------------------------------------------------
def fits(part: str, word: str) -> bool:
    """Return whether an alternative of a pattern's place means a word."""
    return any(word.startswith(one[:-1]) if one.endswith("*") else word == one for one in part.split("|"))


def places(parts: list[str], words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield beginnings and ends of a pattern: each next word is the nearest one that fits, within the gap."""
    for start, word in enumerate(words):
        at: int | None = start if fits(parts[0], word) else None
        for part in parts[1:]:
            if at is not None:
                steps = range(at + 1, min(at + 2 + GAP, len(words)))
                at = next((step for step in steps if fits(part, words[step])), None)
        if at is not None:
            yield start, at + 1


def plainly(rules: tuple[CodingRule, ...], words: tuple[str, ...], wanted: set[str]) -> set[tuple[str, int, int]]:
    """Return the rules that fit, found one by one."""
    found = set()
    for rule in rules:
        allowed = rule.language in wanted or not wanted
        has = all(any(fits(part, word) for word in words) for part in rule.requires.split())
        bare = not any(fits(part, word) for part in rule.forbids.split() for word in words)
        if allowed and has and bare:
            found |= {(rule.rule, *place) for place in places(rule.pattern.split(), words)}
    return found


@pytest.mark.parametrize("language", ["", "en", "fr", "pt"])
def test_rules_found_together_are_those_found_one_by_one(language: str) -> None:
    data = read_coding(load_catalogue())
    rules, reader = Rules(data), Reader(data, language)
    readings = [reader.read(text) for text in texts()[::3]]
    known = {rule.language for rule in rules.rules if rule.language}
    matched = rules.match_all([reading.words for reading in readings], [reading.language for reading in readings])
    assert sum(map(len, matched)) > 20
    for reading, found in zip(readings, matched, strict=True):
        wanted = {"", reading.language} if reading.language in known else set()
        expected = plainly(rules.rules, reading.words, wanted)
        assert {(match.rule.rule, match.start, match.end) for match in found} == expected
        assert found == rules.match(reading.words, reading.language)


if __name__ == "__main__":
    rows = answered()
    with KEPT.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
