"""Texts that are worded alike: their words overlap, rare words weighing more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

from justitia.metadata.search import plain_words

LEAST = 0.6  # share of overlap (cosine, 0 to 1) from which two texts are shown together
_STEM = 7  # letters by which words are compared: theft and thefts, robo and robos are one word
_SHORT = 2  # words of so few letters weigh nothing beside longer ones


class Alike:
    """Finds the texts worded like one of them.

    Args:
        texts: offences as written, any number; each search costs what the words of one text occur.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [normalised_words(text) for text in texts]
        counts = Counter(word for words in self._words for word in words)
        self._weights = {word: math.log1p(len(texts) / count) for word, count in counts.items()}
        self._lengths = [math.hypot(*(self._weights[word] for word in words)) for words in self._words]
        self._holding: dict[str, list[int]] = {}
        for place, words in enumerate(self._words):
            for word in words:
                self._holding.setdefault(word, []).append(place)

    def near(self, place: int, *, among: Collection[int], least: float = LEAST) -> list[int]:
        """Return the places of the texts worded like the one at `place` (left out itself), the most alike first.

        Args:
            place: of the text.
            among: places that may be returned.
            least: overlap from which texts are alike, 0 to 1.
        """
        products: Counter[int] = Counter()
        for word in self._words[place]:
            weight = self._weights[word] ** 2
            for other in self._holding[word]:
                products[other] += weight  # type: ignore[assignment]
        own = self._lengths[place]
        shares = {
            other: product / (own * self._lengths[other])
            for other, product in products.items()
            if other != place and other in among
        }
        alike = (other for other, share in shares.items() if share >= least)
        return sorted(alike, key=lambda other: (-shares[other], other))


def normalised_words(text: str) -> frozenset[str]:
    """Return the words by which texts are compared: lower case, without accents, cut to their beginnings."""
    words = plain_words(text)
    longer = [word for word in words if len(word) > _SHORT or word.isdigit() or not word.isascii()]
    return frozenset(_singular(word)[:_STEM] for word in longer or words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _SHORT + 1 and word.endswith("s") else word
