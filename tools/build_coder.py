"""Build the coder's model from the catalogue: python tools/build_coder.py [--encoder]

Writes src/justitia/catalogue/coder/model.npz and model.toml. Sentence vectors of wordings that are stored already are
kept; --encoder adds those of new ones (extra `encoder`). The same catalogue gives the same file.
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
        encoder: encode the wordings that have no sentence vector yet; stored vectors are kept in any case.
    """
    model = fit_model(load_catalogue())
    return pack_model(replace(model, encoded=_encoded(model.texts, encoder)))


def _encoded(texts: tuple[str, ...], new: bool) -> NDArray[np.int8]:
    """Return the sentence vectors of wordings; one that has none gets zeros, which are near nothing, unless `new`."""
    file = FOLDER / "model.npz"
    stored = unpack_model(file.read_bytes(), str(file)) if file.is_file() else None
    known = dict(zip(stored.texts, stored.encoded, strict=True)) if stored is not None and len(stored.encoded) else {}
    kept = {text: vector for text, vector in known.items() if vector.any()}
    missing = sorted({text for text in texts if text not in kept})
    if new and missing:
        from justitia.classify.model_encoder import encode_wordings

        kept |= dict(zip(missing, encode_wordings(missing), strict=True))
    if not kept:
        return np.zeros((0, 0), dtype=np.int8)
    nothing = np.zeros(len(next(iter(kept.values()))), dtype=np.int8)
    return np.stack([kept.get(text, nothing) for text in texts])


def main() -> None:
    """Build the model and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true", help="encode wordings that are new (needs the extra)")
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
