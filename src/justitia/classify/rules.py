"""Rules as data: patterns of words that lead to a code or tell a variable, looked up by word, not text by text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from justitia.metadata.coding import CodingData, CodingRule

GAP = 2  # words that may stand between two words of a pattern


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
        self._patterns = [self._compile(rule.pattern) for rule in self.rules]
        self._asked = {rule.rule: len(rule.pattern.split()) + len(rule.requires.split()) for rule in self.rules}
        self._asks = [
            (
                frozenset((*pattern, *self._compile(rule.requires))),
                frozenset(self._compile(rule.forbids)),
                rule.language,
            )
            for pattern, rule in zip(self._patterns, self.rules, strict=True)
        ]
        self._keyed = self._by_rarest()
        self._words: dict[str, tuple[frozenset[int], tuple[int, ...]]] = {}
        self._languages = frozenset(rule.language for rule in self.rules if rule.language)

    def _by_rarest(self) -> Mapping[int, Sequence[int]]:
        """Return the rules by that of the atoms they need which the fewest rules need: few are then looked at."""
        often = Counter(atom for needed, _, _ in self._asks for atom in needed)
        keyed: dict[int, list[int]] = {}
        for number, (needed, _, _) in enumerate(self._asks):
            keyed.setdefault(min(needed, key=lambda atom: (often[atom], atom)), []).append(number)
        return keyed

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

    def _fitting(self, word: str) -> tuple[frozenset[int], tuple[int, ...]]:
        """Return the atoms that mean a word, and the rules that are looked at because of it."""
        found = self._words.get(word)
        if found is None:
            exact, starts = self._meant
            beginnings = (starts.get(word[:size], ()) for size in range(1, len(word) + 1))
            atoms = frozenset(exact.get(word, ())).union(*beginnings)
            rules = tuple(number for atom in sorted(atoms) for number in self._keyed.get(atom, ()))
            found = self._words[word] = (atoms, rules)
        return found

    def match(self, words: Sequence[str], language: str = "") -> list[Match]:
        """Return the rules that fit a text, the deciding one first.

        Args:
            words: of the text, as `Reader` gives them.
            language: of the text; rules of other languages are left out, but for a language that has none.
        """
        read = [self._fitting(word) for word in words]
        fitting = [atoms for atoms, _ in read]
        present = frozenset[int]().union(*fitting)
        wanted = ("", language) if language in self._languages else None
        found: list[Match] = []
        for number in {number for _, numbers in read for number in numbers}:
            # Whether all words are there, and none that must not, is asked before their order: it is quick.
            needed, forbidden, own = self._asks[number]
            if needed <= present and forbidden.isdisjoint(present) and (wanted is None or own in wanted):
                found += self._placed(number, fitting)
        if len(found) > 1:
            found.sort(key=self._rank)
        return found

    def _placed(self, number: int, fitting: Sequence[frozenset[int]]) -> list[Match]:
        """Return the places of a text where the words of a rule follow one another."""
        first, *rest = self._patterns[number]
        starts = [place for place, atoms in enumerate(fitting) if first in atoms]
        ends = [self._end(rest, fitting, start) if rest else start + 1 for start in starts]
        return [Match(self.rules[number], start, end) for start, end in zip(starts, ends, strict=True) if end]

    def _end(self, rest: Sequence[int], fitting: Sequence[frozenset[int]], start: int) -> int:
        """Return the place after the pattern's last word, 0 when the words do not follow."""
        place = start
        for atom in rest:
            for step in range(place + 1, min(place + 2 + GAP, len(fitting))):
                if atom in fitting[step]:
                    place = step
                    break
            else:
                return 0
        return place + 1

    def _rank(self, match: Match) -> tuple[float, int, int, str]:
        # The higher precedence decides, less a little for each word before it: the act stands first, what it was done
        # with comes later. Then the rule that asks for more words; then the word that stands first.
        asked = self._asked[match.rule.rule]
        lost = min(self._later * match.start, self._later_most)
        return (lost - match.rule.precedence, -asked, match.start, match.rule.rule)


def variables_of(matches: Iterable[Match]) -> dict[str, str]:
    """Return the variables that the rules tell: record field -> code; the deciding rule goes first."""
    told: dict[str, str] = {}
    for match in matches:
        for name, value in match.rule.sets.items():
            told.setdefault(name, value)
    return told
