"""How identities become pseudonyms: `pseudonyms/settings.toml` and `pseudonyms/parts.csv`."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.metadata.definitions import Override, Place
from justitia.metadata.faults import Faults
from justitia.metadata.linkage import KINDS
from justitia.metadata.rows import Columns, choice_of, read_rows
from justitia.metadata.settings import Settings, open_settings
from justitia.metadata.tree import Tree

FORMS = ("token", "grams", "date_grams")
FILTERS = ("grams", "date_grams")
MOST_HASHES, LARGEST = 16, 65_536  # a digest of 256 bits gives 16 places below 2^16
_PARTS = Columns(
    key=("kind", "part"), required=("kind", "part", "form"), optional=("note",), families=(), filled=("kind", "form")
)


@dataclass(frozen=True, slots=True)
class TokenPart:
    """A token or filter made of a kind of field.

    Args:
        kind: of the field.
        part: of a token, which part of the cleaned value is hashed (`linkage/parts.csv`), empty for the whole; of a
            filter, its name. The column is called `token_<field>` or `token_<field>_<part>`.
        form: `token`, or how the whole value is cut into grams for a filter: `grams` of letters, `date_grams`.
    """

    kind: str
    part: str
    form: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Sizes and parts.

    Args:
        version: of these settings; part of what is hashed, so that other settings give other tokens.
        least_key_bytes: length that a key has at least.
        token_bytes: length of a token.
        length, hashes, gram: bits of a filter, bits that each gram sets, letters of a gram.
        fold: whether filters of twice the length are folded by exclusive or.
        parts: what is made of each kind of field.
    """

    version: str
    least_key_bytes: int
    token_bytes: int
    length: int
    hashes: int
    gram: int
    fold: bool
    parts: tuple[TokenPart, ...]

    def of(self, kind: str) -> tuple[TokenPart, ...]:
        """Return what is made of a kind of field."""
        return tuple(part for part in self.parts if part.kind == kind)


def read_pseudonyms(tree: Tree, faults: Faults, overrides: list[Override]) -> Pseudonyms | None:
    """Return the settings and parts; None, and a fault, when the settings are no TOML."""
    settings = open_settings(tree, "pseudonyms/settings.toml", faults, overrides)
    if settings is None:
        return None
    filters = settings.table("filters", needed=True)
    made = Pseudonyms(
        version=settings.text("version"),
        least_key_bytes=settings.number("least_key_bytes", 32, least=32),
        token_bytes=settings.number("token_bytes", 16, least=12),
        length=filters.number("length", least=64),
        hashes=filters.number("hashes", least=1),
        gram=filters.number("gram", 2, least=1),
        fold=filters.flag("fold"),
        parts=tuple(_parts(tree, faults, overrides)),
    )
    _check_sizes(made, settings, filters)
    filters.close()
    settings.close()
    return made


def _parts(tree: Tree, faults: Faults, overrides: list[Override]) -> list[TokenPart]:
    return [
        TokenPart(
            choice_of(row, "kind", KINDS, faults, default="other"),
            row["part"],
            choice_of(row, "form", FORMS, faults, default="token"),
            row.place,
        )
        for row in read_rows(tree, "pseudonyms/parts.csv", _PARTS, faults, overrides)
    ]


def _check_sizes(made: Pseudonyms, settings: Settings, filters: Settings) -> None:
    if made.length & (made.length - 1) or made.length * (2 if made.fold else 1) > LARGEST:
        filters.faults.add(
            "E-CAT-017",
            "the length of filters is not a power of two, or too large",
            where=filters.place("length"),
            remedy=f"Write 256, 512, 1024, ... up to {LARGEST:,}, half of that with fold",
        )
    if made.hashes > MOST_HASHES or made.token_bytes > 32:
        filters.faults.add(
            "E-CAT-017",
            f"a gram sets more than {MOST_HASHES} bits, or a token is longer than 32 bytes",
            where=settings.place("filters"),
            remedy="Write smaller numbers: one HMAC-SHA-256 has 32 bytes",
        )
