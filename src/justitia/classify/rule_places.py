"""Where the words of rules stand in texts, found for a batch of texts at once.

What a word means to the rules is looked up once for each distinct word; rules are then looked for by the rarest of what
they ask for (an inverted index), and checked all together in arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Placed = tuple[Numbers, Numbers, Numbers, Numbers]

GAP = 2  # words that may stand between two words of a pattern


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts, one after the other.

    Args:
        starts: where each text begins among the words, and where the last one ends (texts + 1).
        numbers: of each word: its row in `means`.
        means: whether a distinct word means an atom (distinct words x atoms).
        present: whether a text has an atom (texts x atoms, then a column that all have and one that none has).
        pairs: texts and their atoms, word by word.
    """

    starts: Numbers
    numbers: Numbers
    means: NDArray[np.bool_]
    present: NDArray[np.bool_]
    pairs: tuple[Numbers, Numbers]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], atoms_of: Callable[[str], Sequence[int]], atoms: int) -> Words:
        """Return the words of texts; `atoms_of` tells which of the `atoms` a word means."""
        numbered: dict[str, int] = {}
        numbers = np.array(
            [numbered.setdefault(word, len(numbered)) for words in texts for word in words], dtype=np.int64
        )
        starts = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum([len(words) for words in texts], out=starts[1:])
        held = [atoms_of(word) for word in numbered]
        counts = np.array([len(own) for own in held], dtype=np.int64)
        flat = np.array([atom for own in held for atom in own], dtype=np.int64)
        means = np.zeros((len(numbered), atoms), dtype=np.bool_)
        means[np.repeat(np.arange(len(held)), counts), flat] = True
        present = np.zeros((len(texts), atoms + 2), dtype=np.bool_)
        present[:, atoms] = True
        text_of = np.repeat(np.arange(len(texts)), np.diff(starts))
        which, each = spread(np.cumsum(counts) - counts, counts, numbers)
        rows, found = text_of[which], flat[each]
        present[rows, found] = True
        return cls(starts, numbers, means, present, (rows, found))


class Patterns:
    """The patterns of rules as arrays.

    Args:
        patterns: atoms of each rule, in their order.
        needed: atoms that must be there, those of the pattern included.
        forbidden: atoms that must not.
        languages: number of each rule's language, -1 for any.
        atoms: how many there are.
    """

    def __init__(
        self,
        patterns: Sequence[Sequence[int]],
        needed: Sequence[Sequence[int]],
        forbidden: Sequence[Sequence[int]],
        languages: Sequence[int],
        atoms: int,
    ) -> None:
        often = Counter(atom for own in needed for atom in set(own))
        rarest = [sorted(set(own), key=lambda atom: (often[atom], atom)) for own in needed]
        self._pattern = _padded(patterns, -1)
        self._needed = _padded(rarest, atoms)
        self._forbidden = _padded(forbidden, atoms + 1)
        self._languages = np.array(languages, dtype=np.int64)
        keys = self._needed[:, 0]
        self._keyed = np.argsort(keys, kind="stable")  # rules by the rarest of what they ask for: few are looked at
        self._counts = np.bincount(keys, minlength=atoms + 1)[:atoms]
        self._starts = np.cumsum(self._counts) - self._counts

    def fitting(self, words: Words, languages: Sequence[int]) -> Placed:
        """Return texts, rules, and where the rules begin and end in the texts (words from its first one on).

        Args:
            words: of the texts.
            languages: number of each text's language, -1 for one that no rule has.
        """
        rows, atoms = words.pairs
        asked = self._counts[atoms] > 0
        rows, atoms = np.divmod(np.unique(rows[asked] * len(self._counts) + atoms[asked]), max(len(self._counts), 1))
        which, each = spread(self._starts, self._counts, atoms)
        rows, rules = rows[which], self._keyed[each]
        spoken, wanted = self._languages[rules], np.array(languages, dtype=np.int64)[rows]
        kept = (spoken < 0) | (wanted < 0) | (spoken == wanted)
        rows, rules = rows[kept], rules[kept]
        for column in self._needed.T[1:]:
            kept = words.present[rows, column[rules]]
            rows, rules = rows[kept], rules[kept]
        kept = ~words.present[rows[:, None], self._forbidden[rules]].any(axis=1)
        return self._placed(words, rows[kept], rules[kept])

    def _placed(self, words: Words, rows: Numbers, rules: Numbers) -> Placed:
        """Return what `fitting` returns, of rules all of whose words are there: their order is looked at now."""
        which, begins = spread(words.starts[:-1], np.diff(words.starts), rows)
        rules, rows = rules[which], rows[which]
        kept = words.means[words.numbers[begins], self._pattern[rules, 0]]
        rows, rules, begins = rows[kept], rules[kept], begins[kept]
        places = begins
        for column in self._pattern.T[1:]:
            places = _followed(words, places, words.starts[rows + 1], column[rules])
            kept = places >= 0
            rows, rules, begins, places = rows[kept], rules[kept], begins[kept], places[kept]
        first = words.starts[rows]
        return rows, rules, begins - first, places + 1 - first


def _followed(words: Words, places: Numbers, ends: Numbers, atoms: Numbers) -> Numbers:
    """Return where an atom follows each place, the nearest one; -1 where it does not, the place itself without atom."""
    found = np.where(atoms < 0, places, -1)
    for step in range(GAP + 1, 0, -1):
        next_one = places + step
        inside = np.flatnonzero((next_one < ends) & (atoms >= 0))
        fits = inside[words.means[words.numbers[next_one[inside]], atoms[inside]]]
        found[fits] = next_one[fits]
    return found


def spread(starts: Numbers, counts: Numbers, asked: Numbers) -> tuple[Numbers, Numbers]:
    """Return, for each of `asked`, all places of its run (from `starts` on, `counts` long), and whose each one is."""
    taken = counts[asked]
    which = np.repeat(np.arange(len(asked)), taken)
    within = np.arange(len(which)) - np.repeat(np.cumsum(taken) - taken, taken)
    return which, starts[asked][which] + within


def _padded(lists: Sequence[Sequence[int]], filler: int) -> Numbers:
    """Return lists as the rows of a matrix, the shorter ones filled up."""
    made = np.full((len(lists), max((len(own) for own in lists), default=0) or 1), filler, dtype=np.int64)
    for row, own in enumerate(lists):
        made[row, : len(own)] = own
    return made
