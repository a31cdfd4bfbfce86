"""Search a classification by words: titles, index phrases and notes, in any language, accents left aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from justitia.metadata.load import Catalogue

_WORD = re.compile(r"\w+")
_SHORT = 2  # words of so few letters (of, de, la) decide nothing beside longer ones
_ENOUGH = 5  # hits; with fewer, phrases that lack a word are shown too
_ENDINGS = ("ies", "es", "s", "y")
# Where a phrase stands, by how much it says of a code.
_CODE, _TITLE, _INDEX, _NOTE = 0, 1, 2, 3


class Hit(NamedTuple):
    """A code that a search found: its title, and the phrase by which it was found."""

    code: str
    label: str
    phrase: str


class _Phrase(NamedTuple):
    code: str
    text: str
    language: str
    source: int


def search_codes(catalogue: Catalogue, query: str, language: str, classification: str = "iccs") -> list[Hit]:
    """Return the codes of a classification that fit the query, the best first, each once.

    A code as query comes first, with the codes below it. Words match at their beginning (`rob` finds robbery). Phrases
    that hold every word come first; where there are few, those that lack one word follow.

    Args:
        catalogue: the definitions.
        query: a code, or words in any language.
        language: of the titles in the answer; phrases in it come first.
        classification: which one.
    """
    codes = catalogue.codelist(classification).codes
    words = _query_words(query)
    if not words:
        return []
    scored: dict[str, tuple[tuple[int, ...], _Phrase]] = {}
    for order, phrase in enumerate(_phrases(catalogue, classification)):
        score = _score(phrase, words, language, query.strip(), order)
        if score is not None and phrase.code in codes and (phrase.code not in scored or score < scored[phrase.code][0]):
            scored[phrase.code] = (score, phrase)
    least = min((score[0] for score, _ in scored.values()), default=0)
    full = sum(score[0] == least for score, _ in scored.values())
    most = least if full >= _ENOUGH else least + 1
    best = sorted((score, phrase) for score, phrase in scored.values() if score[0] <= most)
    return [Hit(phrase.code, codes[phrase.code].label(language), _shortened(phrase, words)) for _, phrase in best]


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(letter for letter in folded if not unicodedata.combining(letter)))


def _query_words(query: str) -> list[str]:
    words = plain_words(query)
    longer = [word for word in words if len(word) > _SHORT or not word.isascii() or word.isdigit()]
    return longer or words


def _phrases(catalogue: Catalogue, classification: str) -> Iterator[_Phrase]:
    for code in catalogue.codelist(classification).codes.values():
        yield _Phrase(code.code, code.code, "", _CODE)
        for language, label in code.labels.items():
            yield _Phrase(code.code, label, language, _TITLE)
    for entry in catalogue.index(classification):
        target = entry.code if entry.in_version else ""
        yield _Phrase(target or entry.suggested_code, entry.phrase, entry.language, _INDEX)
    for note in catalogue.notes(classification):
        yield _Phrase(note.code, note.text, note.language, _NOTE)


def _score(phrase: _Phrase, words: Sequence[str], language: str, query: str, order: int) -> tuple[int, ...] | None:
    """Return what the phrase is ranked by, the smallest first; None when it does not fit."""
    if phrase.source == _CODE:
        fits = phrase.text.startswith(query)
        return (0, _CODE, 0, 0, len(phrase.text), order) if fits else None
    own = plain_words(phrase.text)
    whole = sum(word in own for word in words)
    found = sum(any(_matches(word, other) for other in own) for word in words)
    if not found:
        return None
    foreign = int(phrase.language != language)
    return (len(words) - found, len(words) - whole, foreign, phrase.source, len(own), order)


def _matches(word: str, other: str) -> bool:
    if other.startswith(word) or (not word.isascii() and word in other):
        return True
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > _SHORT and other.startswith(stem) and len(other) <= len(stem) + 3:
            return True
    return False


def _shortened(phrase: _Phrase, words: Sequence[str], width: int = 80) -> str:
    if len(phrase.text) <= width:
        return phrase.text
    pieces = re.split(r"(?<=[.;:])\s+", phrase.text)
    fitting = max(pieces, key=lambda piece: sum(any(_matches(w, o) for o in plain_words(piece)) for w in words))
    return fitting if len(fitting) <= width else f"{fitting[: width - 3].rstrip()}..."
