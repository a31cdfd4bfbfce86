"""The statistical model: linear scores and nearest wordings, from arrays that were built beforehand.

Arrays are stored without pickle and scored with NumPy and SciPy alone. `tools/build_coder.py` makes them from the
catalogue; `model.toml` beside them holds their version and hash.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from justitia.classify.vectors import PLACES, Vectors
from justitia.errors import CatalogueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 3
COMMON = 0.02  # of wordings: what more of them have tells none apart, and takes most of the time
_RARE_FROM = 1000  # wordings from which on nothing common is looked at
_SOURCES = ("title", "index", "phrase", "note")


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned from own material.

    Args:
        codes: ICCS codes, in the order of the columns of all scores.
        idf: weight of each place of a vector.
        linear: CSR matrix (`PLACES` x codes) of linear weights.
        hub: mean score that each code gives to held-out texts that are not its own (codes).
        texts: wordings learned from, as they are quoted.
        sources: where each wording comes from: `title`, `index`, `phrase`, `note`.
        labels: place in `codes` of each wording's code.
        examples: CSR matrix (wordings x `PLACES`) of their vectors.
        encoded: sentence vectors of the wordings (wordings x dimensions), empty without.
        endings: of words, which were cut off before vectors were made.
    """

    codes: tuple[str, ...]
    idf: NDArray[np.float32]
    linear: Any
    hub: NDArray[np.float32]
    texts: tuple[str, ...]
    sources: tuple[str, ...]
    labels: NDArray[np.int32]
    examples: Any
    encoded: NDArray[np.int8]
    endings: frozenset[str] = frozenset()


def vectors_of(model: Model) -> Vectors:
    """Return what turns words into vectors as the model has them."""
    return Vectors(model.idf, model.endings)


@lru_cache(maxsize=4)
def divisions_of(codes: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of each code's division (a section is its own), codes in its order, and where each begins."""
    divisions = np.unique([code[:4] for code in codes], return_inverse=True)[1]
    ordered = np.argsort(divisions, kind="stable")
    return divisions, ordered, np.flatnonzero(np.diff(divisions[ordered], prepend=-1))


class Linear:
    """The linear weights, laid out in rows without gaps: four times as quick to add up as a sparse matrix.

    Args:
        model: what was learned.
    """

    def __init__(self, model: Model) -> None:
        used = np.flatnonzero(np.diff(model.linear.indptr))
        self._row = np.zeros(PLACES, dtype=np.int32)  # row 0: places without weights
        self._row[used] = np.arange(1, len(used) + 1, dtype=np.int32)
        self._weights = np.zeros((len(used) + 1, len(model.codes)), dtype=np.float32)
        self._weights[1:] = model.linear[used].toarray()

    def scores(self, matrix: Any) -> NDArray[np.float32]:
        """Return the linear scores (texts x codes) of vectors (texts x `PLACES`)."""
        from scipy.sparse import csr_matrix

        shape = (matrix.shape[0], len(self._weights))
        held = csr_matrix((matrix.data, self._row[matrix.indices], matrix.indptr), shape=shape)
        return np.asarray(held @ self._weights, dtype=np.float32)


class Neighbours:
    """Wordings with their codes, and how near a text is to the nearest wording of each code.

    Args:
        examples: CSR matrix (wordings x `PLACES`), rows of length 1.
        labels: place of each wording's code.
        codes: number of codes.
    """

    def __init__(self, examples: Any, labels: NDArray[np.int32], codes: int) -> None:
        self._transposed = _without_common(examples.T.tocsr())
        self._labels = labels.astype(np.int64)
        self._codes = codes

    def nearest(self, matrix: Any) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return, by text and code, the cosine to the nearest wording, and by text the place of the nearest of all.

        A text that shares nothing with any wording has the place -1.
        """
        near = matrix @ self._transposed
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(near.indptr))
        scores = np.zeros(matrix.shape[0] * self._codes, dtype=np.float32)
        np.maximum.at(scores, rows * self._codes + self._labels[near.indices], near.data)
        scores = scores.reshape(matrix.shape[0], self._codes)
        is_best = near.data == scores.max(axis=1, initial=0)[rows]
        best = np.full(matrix.shape[0], len(self._labels), dtype=np.int64)
        np.minimum.at(best, rows[is_best], near.indices[is_best])
        return scores, np.where(best < len(self._labels), best, -1)


def _without_common(transposed: Any) -> Any:
    """Return a CSR matrix (`PLACES` x wordings) without the rows that many wordings share."""
    if transposed.shape[1] < _RARE_FROM:
        return transposed
    counts = np.diff(transposed.indptr)
    transposed.data[np.repeat(counts > COMMON * transposed.shape[1], counts)] = 0
    transposed.eliminate_zeros()
    return transposed


# -- files --------------------------------------------------------------------------------------------------------
def pack_model(model: Model) -> bytes:
    """Return the model as the content of an .npz file; the same model gives the same bytes."""
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array([FORMAT]),
        "codes": _joined(model.codes),
        "idf_places": np.flatnonzero(model.idf).astype(np.int32),
        "idf": model.idf[np.flatnonzero(model.idf)].astype(np.float16),
        "hub": model.hub.astype(np.float32),
        "texts": _joined(model.texts),
        "sources": np.array([_SOURCES.index(source) for source in model.sources], dtype=np.int8),
        "labels": model.labels.astype(np.int16),
        "encoded": model.encoded,
        "endings": _joined(sorted(model.endings)),
    }
    for name, matrix, kind in (("linear", model.linear, np.int8), ("examples", model.examples, np.float16)):
        scale = float(np.abs(matrix.data).max()) / 127 if kind is np.int8 else 1.0
        arrays |= {
            f"{name}_data": (np.rint(matrix.data / scale) if kind is np.int8 else matrix.data).astype(kind),
            f"{name}_scale": np.array([scale], dtype=np.float32),
            f"{name}_indices": matrix.indices.astype(np.int32 if matrix.shape[1] > 32767 else np.int16),
            f"{name}_counts": np.diff(matrix.indptr).astype(np.int16),
        }
    written = io.BytesIO()
    _write_archive(written, arrays)
    return written.getvalue()


def _write_archive(file: io.BytesIO, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as NumPy would, without the time of day that makes each archive another one."""
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.getvalue())


def unpack_model(content: bytes, where: str) -> Model:
    """Return the model that `pack_model` packed.

    Raises:
        CatalogueError: E-COD-010 when the content is no model of this version.
    """
    from zipfile import BadZipFile

    from scipy.sparse import csr_matrix

    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if int(arrays["format"][0]) != FORMAT:
            raise KeyError("format")
    except (KeyError, ValueError, OSError, BadZipFile) as error:
        raise CatalogueError(
            "E-COD-010",
            "the file is no coder model of this version",
            where=where,
            remedy="Install Justitia again, or build it: python tools/build_coder.py",
        ) from error
    codes, texts = _split(arrays["codes"]), _split(arrays["texts"])
    idf = np.zeros(PLACES, dtype=np.float32)
    idf[arrays["idf_places"]] = arrays["idf"]
    idf[idf == 0] = idf.max(initial=1.0)  # what no wording has is as rare as can be
    shapes = {"linear": (PLACES, len(codes)), "examples": (len(texts), PLACES)}
    matrices = {}
    for name, shape in shapes.items():
        ends = np.concatenate(([0], np.cumsum(arrays[f"{name}_counts"], dtype=np.int64)))
        data = arrays[f"{name}_data"].astype(np.float32) * arrays[f"{name}_scale"][0]
        matrices[name] = csr_matrix((data, arrays[f"{name}_indices"].astype(np.int32), ends), shape=shape)
    return Model(
        codes=codes,
        idf=idf,
        linear=matrices["linear"],
        hub=arrays["hub"],
        texts=texts,
        sources=tuple(_SOURCES[number] for number in arrays["sources"]),
        labels=arrays["labels"].astype(np.int32),
        examples=matrices["examples"],
        encoded=arrays["encoded"],
        endings=frozenset(_split(arrays["endings"])),
    )


def read_model(file: Path, digest: str) -> Model:
    """Return the model of a file.

    Raises:
        CatalogueError: E-COD-010 when it is no model, E-COD-011 when it is not the one that `digest` names.
    """
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise CatalogueError(
            "E-COD-011",
            "the coder model is not the one that model.toml describes",
            where=str(file),
            remedy="Install Justitia again, or build it: python tools/build_coder.py",
        )
    return unpack_model(content, str(file))


def _joined(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _split(array: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(array.tobytes().decode().split("\n")) if array.size else ()
