"""Texts as sparse vectors: words, pairs of words, and letter groups within words, hashed to fixed places.

Hashing (Weinberger et al. 2009) needs no vocabulary: words that only a reviewed table has get places like all others,
and the same text has the same vector in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACES = 1 << 18
LETTERS = 4  # in a group: three to five together find hardly more and cost three times the time
_WORD, _PAIR, _GROUP = 1.0, 0.7, 0.8  # weights of a word, a pair of words, a group of letters
_LONGEST_ENDING, _SHORTEST_STEM = 8, 4


def stem(word: str, endings: frozenset[str]) -> str:
    """Return a word without its plural and the longest ending that leaves it four letters or more.

    The endings are those of all languages together, so that words of one origin meet across languages.
    """
    if len(word) > 4 and word.endswith("s"):
        word = word[:-1]
    for size in range(min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM), 0, -1):
        if word[-size:] in endings:
            return word[:-size]
    return word


def _place(feature: str) -> int:
    return crc32(feature.encode()) % PLACES


class Vectors:
    """Makes the rows of a sparse matrix from words, and keeps what it found for each word.

    Args:
        idf: weight of each place (`PLACES`): rare features count for more.
        endings: of words, which are cut off.
        group_weight: weight of letter groups; 0 leaves them out.
    """

    def __init__(
        self,
        idf: NDArray[np.float32],
        endings: frozenset[str] = frozenset(),
        group_weight: float = _GROUP,
    ) -> None:
        self._idf = idf
        self._endings = endings
        self._group_weight = group_weight
        self._words: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._stems: dict[str, str] = {}

    def matrix(self, texts: Sequence[Sequence[str]]) -> Any:
        """Return a CSR matrix (texts x `PLACES`), rows of length 1; an empty text gives an empty row."""
        from scipy.sparse import csr_matrix

        columns: list[NDArray[np.int64]] = []
        values: list[NDArray[np.float32]] = []
        ends = np.zeros(len(texts) + 1, dtype=np.int64)
        for row, words in enumerate(texts):
            count = 0
            for word in words:
                found = self._words.get(word) or self._of_word(word)
                columns.append(found[0])
                values.append(found[1])
                count += len(found[0])
            if len(words) > 1:
                places = np.fromiter(map(self._of_pair, words, words[1:]), np.int64, len(words) - 1)
                columns.append(places)
                values.append(_PAIR * self._idf[places])
                count += len(places)
            ends[row + 1] = ends[row] + count
        if not columns:
            return csr_matrix((len(texts), PLACES), dtype=np.float32)
        data = np.concatenate(values).astype(np.float32)
        made = csr_matrix((data, np.concatenate(columns), ends), shape=(len(texts), PLACES))
        made.sum_duplicates()
        lengths = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
        made.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(made.indptr))
        return made

    def _of_word(self, word: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        whole = self._stem(word)
        places, weights = [_place(f"w:{whole}")], [_WORD]
        if self._group_weight and not word.isdigit():
            marked = f"^{whole}$"
            groups = {marked[at : at + LETTERS] for at in range(len(marked) - LETTERS + 1)}
            places += [_place(f"g:{group}") for group in sorted(groups)]
            # Long words have many groups: together they weigh as much as those of a short one.
            weights += [self._group_weight * min(1.0, (8.0 / max(len(groups), 1)) ** 0.5)] * len(groups)
        at = np.array(places, dtype=np.int64)
        found = self._words[word] = (at, (np.array(weights, dtype=np.float32) * self._idf[at]).astype(np.float32))
        return found

    def _of_pair(self, first: str, second: str) -> int:
        found = self._pairs.get((first, second))
        if found is None:
            found = self._pairs[first, second] = _place(
                "p:" + " ".join(sorted((self._stem(first), self._stem(second))))  # in any order
            )
        return found

    def _stem(self, word: str) -> str:
        found = self._stems.get(word)
        if found is None:
            found = self._stems[word] = stem(word, self._endings)
        return found


def inverse_frequency(matrix: Any) -> NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each column: ln((1 + n) / (1 + df)) + 1."""
    seen = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.asarray(np.log((1 + matrix.shape[0]) / (1 + seen)) + 1, dtype=np.float32)
