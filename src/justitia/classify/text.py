"""Offence texts made comparable: cleaned, folded, cut into words; and what is wrong with the input, told."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from justitia.metadata.coding import CodingData

READ_CHARACTERS = 600  # of a longer text only the beginning is read, and that is said
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202f\ufeff]+")
_TOKEN = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"(?:[^\w\n]|_)+")  # tokens of a line
_KEPT = 50_000  # runs of function words whose language is remembered
_NO_LETTER = re.compile(r"[\W\d_]*")
_LATIN = "\u024f"  # the last Latin letter of the first blocks
_ORDINAL = re.compile(r"\d+(st|nd|rd|th|er|ere|eme|o|a)?")
_STRONG_SPLIT = re.compile(r"\s*(?:;|\||\n|\r|\u2022)\s*")
_SPLITTING = re.compile(r"[;|\n\r\u2022/,+&]|\b(?:and|y|et)\b")  # whether there is anything to split at
_WEAK_SPLIT = re.compile(r"\s*(?:(?<=\w{3})\s?/|,|\+|&|\band\b|\by\b|\bet\b)\s*")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "’": " "}


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the coder reads it.

    Args:
        text: cleaned, as it is quoted in evidence.
        plain: folded words with single spaces, by which equal texts are found.
        words: folded words that say something: abbreviations written out; function words, numbers and what the text
            excepts left out.
        faults: what is wrong with the input, by name, with a sentence each.
        language: that the text reads as, or else the declared one; empty when neither tells.
    """

    text: str
    plain: str
    words: tuple[str, ...]
    faults: Mapping[str, str] = field(default_factory=dict)
    language: str = ""


def clean(text: str) -> str:
    """Return a text without tags, entities, control characters and needless spaces."""
    if "<" in text or "&" in text:
        text = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    return " ".join(text.split())


@lru_cache(maxsize=200_000)
def normalise(text: str) -> str:
    """Return a text in small letters without accents and punctuation, words separated by one space."""
    return normalise_all([text])[0]


def normalise_all(texts: Sequence[str]) -> list[str]:
    """Return texts as `normalise` does, all at once: as the lines of one long text, letter by letter the same."""
    if not texts:
        return []
    folded = "\n".join([text.replace("\n", " ") if "\n" in text else text for text in texts]).casefold()
    if not folded.isascii():
        for letter, written in _LIGATURES.items():
            folded = folded.replace(letter, written)
        folded = unicodedata.normalize("NFKD", folded)
        for mark in filter(unicodedata.combining, set(folded)):
            folded = folded.replace(mark, "")
    return [line.strip(" ") for line in _BETWEEN.sub(" ", folded).split("\n")]


class Reader:
    """Reads texts by the words and abbreviations that the catalogue declares."""

    def __init__(self, data: CodingData, language: str = "") -> None:
        self.language = language
        self.stops = dict(data.words.get("stop", {}))
        self._stop = frozenset().union(*self.stops.values()) if self.stops else frozenset[str]()
        self._languages = {word: tuple(name for name, own in self.stops.items() if word in own) for word in self._stop}
        self._cut = frozenset().union(*data.words.get("cut", {}).values())
        self._short = {
            name: {normalise(short): tuple(normalise(words).split()) for short, words in own.items()}
            for name, own in data.abbreviations.items()
        }
        # Where the language is not known, only what no other language uses is written out.
        met = [short for own in self._short.values() for short in own]
        self._any_short = {
            short: words
            for own in self._short.values()
            for short, words in own.items()
            if met.count(short) == 1 and short not in self._stop
        }
        self._told: dict[tuple[str, ...], str] = {}
        self._written: dict[str, dict[str, tuple[str, ...]]] = {}

    def read(self, text: str) -> Reading:
        """Return a text as the coder reads it."""
        return self.read_texts([text])[0]

    def read_texts(self, texts: Sequence[str]) -> list[Reading]:
        """Return texts as the coder reads them, in order."""
        cleaned = [clean(text) for text in texts]
        plains = normalise_all([text[:READ_CHARACTERS] for text in cleaned])
        return [self._reading_of(*each) for each in zip(texts, cleaned, plains, strict=True)]

    def _reading_of(self, text: str, cleaned: str, plain: str) -> Reading:
        faults = _faults(text, cleaned)
        parts = plain.split()
        told = self._told_language(tuple([word for word in parts if word in self._stop]))
        if told and self.language in self.stops:
            faults["language"] = f"declared language {self.language}, but the text reads as {told}"
        language = told or self.language
        return Reading(cleaned, plain, tuple(self._words(parts, language)), faults, language)

    def _words(self, parts: Sequence[str], language: str) -> list[str]:
        words: list[str] = []
        known = self._written.setdefault(language, {})
        for word in parts:
            if word in self._cut and words:
                break  # what follows says what is not meant
            written = known.get(word)
            if written is None:
                written = known[word] = self._write_out(word, language)
            words += written
        return words

    def _write_out(self, word: str, language: str) -> tuple[str, ...]:
        """Return the words that a word of a text stands for: none for a function word or a number."""
        shorts = self._short.get(language, self._any_short)
        if word in shorts:
            return shorts[word]
        return () if word in self._stop or _ORDINAL.fullmatch(word) else (word,)

    def _told_language(self, stops: tuple[str, ...]) -> str:
        """Return the language whose function words a text has, when it is surely not the declared one."""
        if not stops:
            return ""
        told = self._told.get(stops)
        if told is None:
            if len(self._told) >= _KEPT:
                self._told.clear()
            told = self._told[stops] = self._language_of(stops)
        return told

    def _language_of(self, stops: Sequence[str]) -> str:
        counts = dict.fromkeys(self.stops, 0)
        for word in stops:
            for name in self._languages[word]:
                counts[name] += 1
        best = max(counts, key=lambda name: (counts[name], name == self.language), default="")
        if self.language in self.stops:
            return best if counts[best] >= 2 and counts[best] >= counts[self.language] + 2 else ""
        others = max((count for name, count in counts.items() if name != best), default=0)
        return best if best and counts[best] > others else ""


def _faults(text: str, cleaned: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    letters = len(cleaned)
    if not letters:
        return {"empty": "the text is empty"}
    if _NO_LETTER.fullmatch(cleaned):
        return {"numbers": "the text has no word, only numbers or signs"}
    if letters < 3 and sum(map(str.isalpha, cleaned)) < 2:
        return {"letter": "the text is a single letter"}
    if "<" in text and _TAG.search(text):
        faults["html"] = "HTML tags in the text were left out"
    if letters > READ_CHARACTERS:
        faults["long"] = f"the text has {letters:,} characters; only the first {READ_CHARACTERS} were read"
    if not cleaned.isascii() and (mixed := _mixed_word(cleaned)):
        faults["scripts"] = f"letters of different scripts in one word [{mixed}]"
    return faults


def _mixed_word(cleaned: str) -> str:
    """Return the first word that mixes scripts (a Cyrillic letter in a Latin word), empty when there is none."""
    if max(cleaned) <= _LATIN:
        return ""
    for word in _TOKEN.findall(cleaned[:READ_CHARACTERS]):
        if max(word) > _LATIN and len({_script(letter) for letter in word if letter.isalpha()}) > 1:
            return str(word)
    return ""


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA")):
        return "CJK"
    # Ordinal signs (ª, º) and full-width letters belong to Latin.
    return "LATIN" if name.startswith(("FEMININE", "MASCULINE", "FULLWIDTH", "MICRO")) else name.split(" ")[0]


def parts_of(text: str) -> tuple[list[str], bool]:
    """Return the parts of a text that may be offences of their own, and whether the marks between them are clear."""
    if not _SPLITTING.search(text):
        return [text.strip()], False
    strong = [part for part in _STRONG_SPLIT.split(text.strip()) if part]
    if len(strong) > 1:
        return strong, True
    return [part for part in _WEAK_SPLIT.split(text.strip()) if part], False


def lost_zero(number: str, known: Mapping[str, object] | frozenset[str]) -> str:
    """Return the known code that `number` would be with the leading zero that it may have lost, empty when none."""
    whole = number.strip().removesuffix(".0")
    if not whole.isdigit() or whole in known:
        return ""
    for zeros in ("0", "00"):
        if zeros + whole in known:
            return zeros + whole
    return ""
