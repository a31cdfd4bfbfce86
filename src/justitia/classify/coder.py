"""The coder: layers from reviewed table to suggestion, asked in order, each explained in its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from justitia.classify.answer import Answer, OffenceText

if TYPE_CHECKING:
    from pathlib import Path

    from justitia.classify.model import Model
    from justitia.metadata.definitions import Correspondence
    from justitia.metadata.load import Catalogue


class Coder(Protocol):
    """Anything that codes offences: the review and the file coder ask no more of it than this."""

    def code(self, items: Sequence[OffenceText]) -> list[Answer]:
        """Return one answer per item, in order."""
        ...

    def learn(self, item: OffenceText, code: str) -> None:
        """Take a reviewed decision into account from the next answer on (`code` empty: ICCS has no code)."""
        ...


def load_coder(
    catalogue: Catalogue,
    *,
    language: str = "",
    country: str = "",
    encoder: bool = False,
    reviewed: Iterable[Correspondence | str] = (),
    others: Iterable[Correspondence | str] = (),
) -> Coder:
    """Return a coder of offences to ICCS.

    Args:
        catalogue: the definitions, with the overlays of the country.
        language: of the texts (`en`, `es`, `fr` ...); empty when it is not known.
        country: whose profile of rules goes first (two letters); empty for none.
        encoder: ask the sentence encoder too (extra `encoder`).
        reviewed: correspondence tables of the very list that is coded, or their ids in the catalogue.
        others: reviewed tables of other lists: their wordings count, their national codes do not.

    Raises:
        CatalogueError: a fault of the coder's data; E-COD-010, E-COD-011 of its model.
        RequestError: E-COD-012 when the encoder is asked for and is not installed.
    """
    from justitia.classify.coder_layers import LayeredCoder
    from justitia.classify.reviewed import tables_of
    from justitia.metadata.coding import read_coding

    return LayeredCoder(
        catalogue,
        read_coding(catalogue),
        load_model(catalogue),
        language=language,
        country=country,
        encoder=encoder,
        reviewed=tables_of(reviewed, catalogue.correspondence),
        others=tables_of(others, catalogue.correspondence),
    )


def load_model(catalogue: Catalogue) -> Model:
    """Return the coder's model that lies in the uppermost layer of a catalogue.

    Raises:
        CatalogueError: E-COD-010 when there is none or it cannot be read, E-COD-011 when it is not the one described.
    """
    import tomllib

    from justitia.classify.model import read_model
    from justitia.errors import CatalogueError

    for layer in reversed(catalogue.tree.layers):
        file, about = layer.root / "coder" / "model.npz", layer.root / "coder" / "model.toml"
        if file.is_file() and about.is_file():
            return read_model(file, str(tomllib.loads(about.read_text(encoding="utf-8")).get("sha256", "")))
    raise CatalogueError(
        "E-COD-010", "there is no coder model", where="coder/model.npz", remedy="Build it: python tools/build_coder.py"
    )


def version_of(catalogue: Catalogue) -> Mapping[str, str]:
    """Return version and hash of the coder's model, to be written beside what it coded."""
    import tomllib

    for layer in reversed(catalogue.tree.layers):
        about: Path = layer.root / "coder" / "model.toml"
        if about.is_file():
            data = tomllib.loads(about.read_text(encoding="utf-8"))
            return {name: str(data.get(name, "")) for name in ("version", "sha256")}
    return {}
