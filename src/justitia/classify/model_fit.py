"""Fit the model on own material: ridge regression on word vectors, in its dual form, with NumPy and SciPy alone.

Ridge (Hoerl and Kennard 1970) is linear in what it is told: the score of a division is the sum of the scores of its
codes, so the levels of the classification never contradict one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from justitia.classify.material import CLASSIFICATION, own_examples
from justitia.classify.model import Model
from justitia.classify.text import Reader
from justitia.classify.vectors import PLACES, Vectors, inverse_frequency
from justitia.metadata.coding import read_coding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from justitia.metadata.load import Catalogue

RIDGE = 1.0  # chosen on held-out index phrases; results differ little between 0.5 and 3
FOLDS = 5
KEPT_WEIGHTS = 1_500_000  # of the largest size; the rest changes no score by more than the declared tolerance
SOURCE_WEIGHTS = {"title": 1.0, "index": 1.0, "phrase": 1.0, "note": 0.4}


def fit_model(catalogue: Catalogue, encoded: NDArray[np.int8] | None = None) -> Model:
    """Return the model of a catalogue's own material.

    Args:
        catalogue: the definitions.
        encoded: sentence vectors of the wordings, in the order of `own_examples`; None for none.
    """
    data = read_coding(catalogue)
    reader = Reader(data)
    codes = tuple(catalogue.codelist(CLASSIFICATION).codes)
    place = {code: number for number, code in enumerate(codes)}
    examples = [e for e in own_examples(catalogue, data) if reader.read(e.text).words]
    words = [reader.read(example.text).words for example in examples]
    endings = frozenset().union(*data.words.get("ending", {}).values())
    idf = inverse_frequency(Vectors(np.ones(PLACES, dtype=np.float32), endings).matrix(words))
    matrix = Vectors(idf, endings).matrix(words)
    labels = np.array([place[example.code] for example in examples], dtype=np.int32)
    weights = np.array([SOURCE_WEIGHTS[example.source] for example in examples], dtype=np.float32)
    seen = np.zeros(PLACES, dtype=bool)
    seen[matrix.indices] = True
    return Model(
        codes=codes,
        idf=np.where(seen, idf, 0).astype(np.float32),
        linear=_pruned(_ridge(matrix, labels, weights, len(codes))),
        hub=_hubs(matrix, labels, weights, codes),
        texts=tuple(example.text.replace("\n", " ") for example in examples),
        sources=tuple(example.source for example in examples),
        labels=labels,
        examples=matrix,
        encoded=encoded if encoded is not None else np.zeros((0, 0), dtype=np.int8),
        endings=endings,
    )


def _dual(matrix: Any, labels: NDArray[np.int32], weights: NDArray[np.float32], codes: int) -> NDArray[np.float64]:
    """Return the dual coefficients (wordings x codes) of weighted ridge regression on 0/1 targets."""
    from scipy.linalg import cho_factor, cho_solve

    kernel = np.asarray((matrix @ matrix.T).toarray(), dtype=np.float64)
    kernel[np.diag_indices_from(kernel)] += RIDGE / weights
    targets = np.zeros((len(labels), codes))
    targets[np.arange(len(labels)), labels] = 1
    return np.asarray(cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), targets))


def _ridge(matrix: Any, labels: NDArray[np.int32], weights: NDArray[np.float32], codes: int) -> NDArray[np.float32]:
    return np.asarray(matrix.T @ _dual(matrix, labels, weights, codes), dtype=np.float32)


def _pruned(weights: NDArray[np.float32]) -> Any:
    """Return the largest weights as a CSR matrix."""
    from scipy.sparse import csr_matrix

    size = np.abs(weights)
    used = size[size > 0]
    least = np.partition(used, len(used) - KEPT_WEIGHTS)[len(used) - KEPT_WEIGHTS] if len(used) > KEPT_WEIGHTS else 0.0
    return csr_matrix(np.where(size >= least, weights, 0))


def _hubs(
    matrix: Any, labels: NDArray[np.int32], weights: NDArray[np.float32], codes: Sequence[str]
) -> NDArray[np.float32]:
    """Return the mean score that each code gives to held-out wordings of other divisions."""
    divisions = np.array([code[:4] for code in codes])
    total, count = np.zeros(len(codes)), np.zeros(len(codes))
    fold = np.arange(len(labels)) % FOLDS
    for number in range(FOLDS):
        inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        dual = _dual(matrix[inside], labels[inside], weights[inside], len(codes))
        scores = (matrix[outside] @ matrix[inside].T) @ dual
        other = divisions[labels[outside]][:, None] != divisions[None, :]
        total += (np.maximum(scores, 0) * other).sum(axis=0)
        count += other.sum(axis=0)
    return (total / np.maximum(count, 1)).astype(np.float32)
