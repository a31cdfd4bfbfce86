"""Texts that are worded alike: their words overlap, rare words weighing more (cosine of idf-weighted words)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from justitia.metadata.search import plain_words

LEAST = 0.4  # overlap (cosine, 0 to 1) from which two texts are shown together: see benchmarks/coding_work_saved.py
_STEM = 7  # letters by which words are compared: theft and thefts, robo and robos are one word
_SHORT = 2  # words of so few letters weigh nothing beside longer ones
_BLOCK = 1000  # texts compared with all others at once


class Alike:
    """Finds the texts worded like one of them.

    Args:
        texts: offences as written, any number.
        least: overlap from which texts are alike, 0 to 1.
    """

    def __init__(self, texts: Sequence[str], *, least: float = LEAST) -> None:
        self._near = _neighbours(texts, least)

    def near(self, place: int, *, among: Collection[int]) -> list[int]:
        """Return the places of the texts worded like the one at `place` (left out itself), the most alike first.

        Args:
            place: of the text.
            among: places that may be returned.
        """
        return [other for other in self._near[place] if other in among]


def _neighbours(texts: Sequence[str], least: float) -> list[dict[int, float]]:
    if not texts:
        return []
    matrix = _weighted([normalised_words(text) for text in texts])
    found: list[dict[int, float]] = []
    for start in range(0, len(texts), _BLOCK):
        products = (matrix[start : start + _BLOCK] @ matrix.T).tocsr()
        for row in range(products.shape[0]):
            part = slice(products.indptr[row], products.indptr[row + 1])
            pairs = zip(products.indices[part].tolist(), products.data[part].tolist(), strict=True)
            alike = ((other, share) for other, share in pairs if share >= least and other != start + row)
            found.append(dict(sorted(alike, key=lambda pair: (-round(pair[1], 6), pair[0]))))
    return found


def _weighted(words: Sequence[frozenset[str]]) -> Any:
    """Return the texts as rows of unit length over their words (sparse, texts by words)."""
    import numpy as np
    from scipy.sparse import csr_array, diags_array

    places = {word: place for place, word in enumerate(sorted({word for own in words for word in own}))}
    rows = np.repeat(np.arange(len(words)), [len(own) for own in words])
    columns = np.array([places[word] for own in words for word in sorted(own)], dtype=np.int64)
    held = csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(words), max(len(places), 1)))
    counts = np.maximum(held.sum(axis=0), 1)
    weighted = held @ diags_array(np.log1p(len(words) / counts))
    lengths = np.sqrt((weighted * weighted).sum(axis=1))
    return (diags_array(1 / np.where(lengths > 0, lengths, 1)) @ weighted).tocsr()


def normalised_words(text: str) -> frozenset[str]:
    """Return the words by which texts are compared: lower case, without accents, cut to their beginnings."""
    words = plain_words(text)
    longer = [word for word in words if len(word) > _SHORT or word.isdigit() or not word.isascii()]
    return frozenset(_singular(word)[:_STEM] for word in longer or words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _SHORT + 1 and word.endswith("s") else word
