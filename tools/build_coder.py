"""Build the coder's model from the catalogue: python tools/build_coder.py [--encoder]

Writes src/justitia/catalogue/coder/model.npz and model.toml. Without --encoder the sentence vectors of wordings that
are stored already are kept. Needs scikit-learn (extra `model`); the same catalogue gives the same file.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from justitia.classify.model import pack_model, unpack_model
from justitia.classify.model_fit import fit_model
from justitia.metadata.load import load_catalogue

FOLDER = Path(__file__).parents[1] / "src" / "justitia" / "catalogue" / "coder"
VERSION = "1"


def build(*, encoder: bool = False) -> bytes:
    """Return the content of model.npz.

    Args:
        encoder: encode the wordings anew; otherwise vectors that are stored already are kept for wordings that stay.
    """
    model = fit_model(load_catalogue())
    return pack_model(replace(model, encoded=_encoded(model.texts, encoder)))


def _encoded(texts: tuple[str, ...], anew: bool) -> NDArray[np.int8]:
    """Return the sentence vectors of wordings; a wording without one has a vector of zeros, which is near nothing."""
    if anew:
        from justitia.classify.model_encoder import encode_wordings

        return encode_wordings(texts)
    file = FOLDER / "model.npz"
    stored = unpack_model(file.read_bytes(), str(file)) if file.is_file() else None
    if stored is None or not len(stored.encoded):
        return np.zeros((0, 0), dtype=np.int8)
    kept = dict(zip(stored.texts, stored.encoded, strict=True))
    nothing = np.zeros(stored.encoded.shape[1], dtype=np.int8)
    return np.stack([kept.get(text, nothing) for text in texts])


def main() -> None:
    """Build the model and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true", help="encode the wordings anew (about a minute)")
    content = build(encoder=parser.parse_args().encoder)
    (FOLDER / "model.npz").write_bytes(content)
    model = unpack_model(content, "")
    (FOLDER / "model.toml").write_text(
        f'version = "{VERSION}"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f"wordings = {len(model.texts)}\n"
        f"codes = {len(model.codes)}\n"
        'built_by = "tools/build_coder.py"\n'
    )
    print(f"{len(content):,} bytes, {len(model.texts):,} wordings, {model.linear.nnz:,} weights")


if __name__ == "__main__":
    main()
