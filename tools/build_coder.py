"""Build the coder's model from the catalogue: python tools/build_coder.py [--encoder]

Writes src/justitia/catalogue/coder/model.npz and model.toml. Without --encoder the sentence vectors of wordings that
are stored already are kept. Needs scikit-learn (extra `model`); the same catalogue gives the same file.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from justitia.classify.model import pack_model, unpack_model
from justitia.classify.model_fit import fit_model
from justitia.metadata.load import load_catalogue

FOLDER = Path(__file__).parents[1] / "src" / "justitia" / "catalogue" / "coder"
VERSION = "1"


def build() -> bytes:
    """Return the content of model.npz."""
    return pack_model(fit_model(load_catalogue()))


def main() -> None:
    """Build the model and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true", help="encode the wordings anew (about a minute)")
    parser.parse_args()
    content = build()
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
