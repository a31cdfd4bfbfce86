"""Rules as data: patterns of words that lead to a code or tell a variable, looked up by word, not text by text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from justitia.classify.rule_places import Patterns, Words

if TYPE_CHECKING:
    from justitia.metadata.coding import CodingData, CodingRule


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fits a text: where it begins and ends (places in the list of words)."""

    rule: CodingRule
    start: int
    end: int


class _Atom:
    """One place of a pattern: words, or beginnings of words."""

    __slots__ = ("exact", "starts")

    def __init__(self, text: str) -> None:
        parts = text.split("|")
        self.exact = frozenset(part for part in parts if not part.endswith("*"))
        self.starts = tuple(part[:-1] for part in parts if part.endswith("*"))


class Rules:
    """The rules of the catalogue, those of a country's profile before the general ones.

    Args:
        data: the coder's data.
        country: whose profile goes first; empty for none.
    """

    def __init__(self, data: CodingData, country: str = "") -> None:
        profile = data.profiles.get(country.upper(), ())
        replaced = {rule.rule for rule in profile}
        self.rules = (*profile, *(rule for rule in data.rules if rule.rule not in replaced))
        self._later = data.settings.weights.get("later", 0.0)
        self._later_most = data.settings.weights.get("later_most", 0.0)
        self._atoms: dict[str, int] = {}
        self._made: list[_Atom] = []
        languages = sorted({rule.language for rule in self.rules if rule.language})
        self._languages = {name: number for number, name in enumerate(languages)}
        patterns = [self._compile(rule.pattern) for rule in self.rules]
        self._patterns = Patterns(
            patterns,
            [(*own, *self._compile(rule.requires)) for own, rule in zip(patterns, self.rules, strict=True)],
            [self._compile(rule.forbids) for rule in self.rules],
            [self._languages.get(rule.language, -1) for rule in self.rules],
            len(self._made),
        )
        asked = [len(rule.pattern.split()) + len(rule.requires.split()) for rule in self.rules]
        self._asked = np.array(asked, dtype=np.int64)
        self._precedence = np.array([rule.precedence for rule in self.rules], dtype=np.float64)
        names = [rule.rule for rule in self.rules]
        self._by_name = np.searchsorted(sorted(names), names) if names else np.zeros(0, dtype=np.int64)
        self._words: dict[str, tuple[int, ...]] = {}
        self._known: dict[tuple[int, int, int], Match] = {}

    def _compile(self, text: str) -> tuple[int, ...]:
        places = []
        for part in text.split():
            if part not in self._atoms:
                self._atoms[part] = len(self._made)
                self._made.append(_Atom(part))
            places.append(self._atoms[part])
        return tuple(places)

    @cached_property
    def _meant(self) -> tuple[Mapping[str, Sequence[int]], Mapping[str, Sequence[int]]]:
        """Return the atoms that mean a word, by that word, and those that mean a beginning, by that beginning."""
        exact: dict[str, list[int]] = {}
        starts: dict[str, list[int]] = {}
        for number, atom in enumerate(self._made):
            for parts, found in ((atom.exact, exact), (atom.starts, starts)):
                for part in parts:
                    found.setdefault(part, []).append(number)
        return exact, starts

    def _atoms_of(self, word: str) -> tuple[int, ...]:
        """Return the atoms that mean a word."""
        found = self._words.get(word)
        if found is None:
            exact, starts = self._meant
            beginnings = (starts.get(word[:size], ()) for size in range(1, len(word) + 1))
            found = self._words[word] = tuple(frozenset(exact.get(word, ())).union(*beginnings))
        return found

    def match(self, words: Sequence[str], language: str = "") -> list[Match]:
        """Return the rules that fit a text, the deciding one first (see `match_all`)."""
        return self.match_all([words], [language])[0]

    def match_all(self, texts: Sequence[Sequence[str]], languages: Sequence[str]) -> list[list[Match]]:
        """Return, by text, the rules that fit it, the deciding one first.

        Args:
            texts: words of each text, as `Reader` gives them.
            languages: of the texts; rules of other languages are left out, but for a language that has none.
        """
        words = Words.of(texts, self._atoms_of, len(self._made))
        rows, rules, starts, ends = self._patterns.fitting(words, [self._languages.get(name, -1) for name in languages])
        # The higher precedence decides, less a little for each word before it: the act stands first, what it was done
        # with comes later. Then the rule that asks for more words; then the word that stands first.
        lost = np.minimum(self._later * starts, self._later_most) - self._precedence[rules]
        order = np.lexsort((self._by_name[rules], starts, -self._asked[rules], lost, rows))
        found: list[list[Match]] = [[] for _ in texts]
        known = self._known
        for row, place in zip(
            rows[order].tolist(),
            zip(rules[order].tolist(), starts[order].tolist(), ends[order].tolist(), strict=True),
            strict=True,
        ):
            match = known.get(place)
            if match is None:
                match = known[place] = Match(self.rules[place[0]], place[1], place[2])
            found[row].append(match)
        return found


def variables_of(matches: Iterable[Match]) -> dict[str, str]:
    """Return the variables that the rules tell: record field -> code; the deciding rule goes first."""
    told: dict[str, str] = {}
    for match in matches:
        for name, value in match.rule.sets.items():
            told.setdefault(name, value)
    return told
