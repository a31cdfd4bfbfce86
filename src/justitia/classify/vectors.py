"""Texts as sparse vectors: words, pairs of words, and letter groups within words, hashed to fixed places.

Hashing (Weinberger et al. 2009) needs no vocabulary: words that only a reviewed table has get places like all others,
and the same text has the same vector in every process.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
        self._numbers: dict[str, int] = {}
        # What is known of each word, by its number: a hash of its stem, and its row of the matrix of words.
        self._stems = np.zeros(0, dtype=np.uint32)
        self._places = np.zeros(0, dtype=np.int32)
        self._weights = np.zeros(0, dtype=np.float32)
        self._ends = np.zeros(1, dtype=np.int64)

    def matrix(self, texts: Sequence[Sequence[str]]) -> Any:
        """Return a CSR matrix (texts x `PLACES`), rows of length 1; an empty text gives an empty row."""
        from scipy.sparse import csr_matrix

        flat = [word for words in texts for word in words]
        self._learn(set(flat).difference(self._numbers))
        numbers = np.fromiter(map(self._numbers.__getitem__, flat), np.int64, len(flat))
        text_of = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)))
        first = np.flatnonzero(text_of[1:] == text_of[:-1])  # words that another one of the same text follows
        pairs = _pair_places(self._stems[numbers[first]], self._stems[numbers[first + 1]])
        # Units are the words, by number, and after them each pair as it stands; a text is a sum of units.
        units = csr_matrix(
            (
                np.concatenate((self._weights, _PAIR * self._idf[pairs]), dtype=np.float32),
                np.concatenate((self._places, pairs)),
                np.concatenate((self._ends, self._ends[-1] + 1 + np.arange(len(pairs)))),
            ),
            shape=(len(self._numbers) + len(pairs), PLACES),
        )
        held = np.concatenate((numbers, len(self._numbers) + np.arange(len(pairs))))
        of = np.concatenate((text_of, text_of[first]))
        sums = csr_matrix((np.ones(len(held), dtype=np.float32), (of, held)), shape=(len(texts), units.shape[0]))
        made = sums @ units
        lengths = np.sqrt(np.bincount(np.repeat(np.arange(len(texts)), np.diff(made.indptr)), made.data**2, len(texts)))
        made.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(made.indptr)).astype(np.float32)
        return made

    def _learn(self, words: Collection[str]) -> None:
        """Number new words, in the order of the alphabet, and keep their features."""
        if not words:
            return
        stems, rows = [self._stems], []
        for word in sorted(words):
            self._numbers[word] = len(self._numbers)
            whole = stem(word, self._endings)
            stems.append(np.array([crc32(whole.encode())], dtype=np.uint32))
            rows.append(self._features(word, whole))
        self._stems = np.concatenate(stems)
        self._places = np.concatenate((self._places, *(places for places, _ in rows)))
        self._weights = np.concatenate((self._weights, *(weights for _, weights in rows)))
        counts = np.cumsum([len(places) for places, _ in rows])
        self._ends = np.concatenate((self._ends, self._ends[-1] + counts))

    def _features(self, word: str, whole: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return places and weights of a word and of its letter groups."""
        places, weights = [_place(f"w:{whole}")], [_WORD]
        if self._group_weight and not word.isdigit():
            marked = f"^{whole}$"
            groups = {marked[at : at + LETTERS] for at in range(len(marked) - LETTERS + 1)}
            places += [_place(f"g:{group}") for group in sorted(groups)]
            # Long words have many groups: together they weigh as much as those of a short one.
            weights += [self._group_weight * min(1.0, (8.0 / max(len(groups), 1)) ** 0.5)] * len(groups)
        at = np.array(places, dtype=np.int32)
        return at, np.array(weights, dtype=np.float32) * self._idf[at]


def _pair_places(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Return the places of pairs of words, given by hashes of their stems, in any order (multiplicative hashing)."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    mixed = low * np.uint32(2654435761) + (high ^ (high >> np.uint32(15))) * np.uint32(2246822519)
    return np.asarray((mixed ^ (mixed >> np.uint32(13))) % np.uint32(PLACES), dtype=np.int32)


def inverse_frequency(matrix: Any) -> NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each column: ln((1 + n) / (1 + df)) + 1."""
    seen = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.asarray(np.log((1 + matrix.shape[0]) / (1 + seen)) + 1, dtype=np.float32)
