"""The stored model: no pickle, the very file that is described, the same again from the same catalogue."""

from __future__ import annotations

import hashlib
import importlib.util
import tomllib
from pathlib import Path

import numpy as np
import pytest

from justitia.classify.model import Linear, pack_model, read_model, unpack_model, vectors_of
from justitia.classify.vectors import Vectors, stem
from justitia.errors import CatalogueError
from justitia.metadata.load import load_catalogue

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "src" / "justitia" / "catalogue" / "coder"
TOLERANCE = 2e-3  # of scores between -1 and 1: weights are stored in one byte, vectors in two
TEXTS = (("armed", "robbery"), ("theft", "vehicle"), ("vol", "violence"), ("hurto", "simple"))


def test_the_stored_file_is_the_one_described() -> None:
    about = tomllib.loads((FOLDER / "model.toml").read_text(encoding="utf-8"))
    content = (FOLDER / "model.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == about["sha256"]
    model = read_model(FOLDER / "model.npz", about["sha256"])
    assert len(model.texts) == len(model.sources) == len(model.labels) == about["wordings"]
    with np.load(FOLDER / "model.npz", allow_pickle=False) as stored:
        assert not any(stored[name].dtype.hasobject for name in stored.files)


def test_packing_what_was_read_gives_the_same_bytes_again() -> None:
    model = unpack_model((FOLDER / "model.npz").read_bytes(), "")
    once = pack_model(model)
    assert pack_model(model) == once
    assert np.allclose(unpack_model(once, "").linear.data, model.linear.data, atol=TOLERANCE)


def test_another_file_than_the_described_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.npz"
    file.write_bytes(b"no model")
    with pytest.raises(CatalogueError, match="E-COD-011"):
        read_model(file, "0" * 64)
    with pytest.raises(CatalogueError, match="E-COD-010"):
        read_model(file, hashlib.sha256(b"no model").hexdigest())


def test_a_rebuilt_model_scores_as_the_stored_one() -> None:
    spec = importlib.util.find_spec("scipy")
    assert spec is not None
    from justitia.classify.model_fit import fit_model

    stored = unpack_model((FOLDER / "model.npz").read_bytes(), "")
    built = unpack_model(pack_model(fit_model(load_catalogue())), "")
    assert built.texts == stored.texts, "the catalogue has changed: python tools/build_coder.py"
    matrix = vectors_of(stored).matrix(TEXTS)
    assert np.abs(Linear(built).scores(matrix) - Linear(stored).scores(matrix)).max() < TOLERANCE
    assert np.abs(built.hub - stored.hub).max() < TOLERANCE


@pytest.mark.parametrize(
    ("words", "ending"),
    [(("robo", "robos"), "o"), (("falsificacion", "falsification"), "acion"), (("theft", "thefts"), "")],
)
def test_forms_of_a_word_meet(words: tuple[str, str], ending: str) -> None:
    endings = frozenset({"o", "acion", "ation"})
    assert stem(words[0], endings) == stem(words[1], endings)
    assert words[0].endswith(ending)


def test_order_of_words_does_not_matter_and_rows_have_length_one() -> None:
    vectors = Vectors(np.ones(1 << 18, dtype=np.float32))
    matrix = vectors.matrix([("theft", "vehicle"), ("vehicle", "theft"), ()])
    likeness = (matrix @ matrix.T).toarray()
    assert likeness[0, 1] == pytest.approx(1, abs=1e-5)
    assert likeness[0, 0] == pytest.approx(1, abs=1e-5)
    assert likeness[2].sum() == 0
