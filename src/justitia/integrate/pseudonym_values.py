"""Values cleaned and hashed: each different value once, by the same cleaning as in clear linkage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import Engine, literal
from justitia.integrate.pseudonym import maker
from justitia.integrate.pseudonym_key import PseudonymKey
from justitia.metadata.linking_material import LinkingMaterial
from justitia.metadata.pseudonyms import FILTERS, Pseudonyms

if TYPE_CHECKING:
    import pyarrow as pa

BEFORE = "_before"  # end of the columns made with the key that is being replaced
_REMEMBERED = 500_000


@dataclass(frozen=True, slots=True)
class IdentityColumn:
    """A column with an identity.

    Args:
        column: as the file calls it.
        field: name in the linkage, alike at all agencies.
        kind: of the field (`justitia.metadata.linkage.KINDS`).
        date_format: how dates are written (strptime); empty: as `linkage/parts.csv` reads them.
    """

    column: str
    field: str
    kind: str
    date_format: str = ""


class ColumnHasher:
    """Makes all tokens and filters of one column.

    Args:
        engine: cleans values; it may not spill to disk. `make_macros` has been called on it.
        column: the column.
        keys: the key, and during a rotation the one before.
        settings, material: of the catalogue.
    """

    def __init__(
        self,
        engine: Engine,
        column: IdentityColumn,
        keys: Sequence[PseudonymKey],
        settings: Pseudonyms,
        material: LinkingMaterial,
    ) -> None:
        self._engine = engine
        parts = [
            (key, end, part) for key, end in zip(keys, ("", BEFORE), strict=False) for part in settings.of(column.kind)
        ]
        self.names = [f"token_{column.field}" + (f"_{p.part}" if p.part else "") + end for _, end, p in parts]
        self._makers: list[Callable[[str], str]] = [maker(key, settings, column.field, part) for key, _, part in parts]
        sources = ["" if part.form in FILTERS else part.part for _, _, part in parts]
        self._select = _select(column, sources, material)
        self._known: dict[str | None, tuple[str | None, ...]] = {None: (None,) * len(parts)}

    def hash(self, column: pa.Array) -> list[pa.Array]:
        """Return the tokens and filters of a text column, one array for each of `names`."""
        import pyarrow as pa

        coded = column.cast(pa.string()).dictionary_encode()
        different = coded.dictionary
        self._learn([value for value in different.to_pylist() if value not in self._known])
        made = [self._known[value] for value in different.to_pylist()]
        return [
            pa.array([tokens[place] for tokens in made], pa.string()).take(coded.indices)
            for place in range(len(self.names))
        ]

    def _learn(self, values: Sequence[str]) -> None:
        import pyarrow as pa

        if len(self._known) + len(values) > _REMEMBERED:
            self._known = {None: self._known[None]}
        with self._engine.registered("values_to_hash", pa.table({"x": pa.array(values, pa.string())})) as relation:
            rows = self._engine.rows(f"SELECT x, {', '.join(self._select)} FROM (SELECT x FROM {relation})")
        for value, *cleaned in rows:
            self._known[value] = tuple(
                None if text is None else make(text) for make, text in zip(self._makers, cleaned, strict=True)
            )


def _select(column: IdentityColumn, sources: Sequence[str], material: LinkingMaterial) -> list[str]:
    """Return SQL over `x` of each cleaned part; null for what is empty or a placeholder."""
    expressions = {part.part: part.expression for part in material.parts if part.kind == column.kind}
    x = "x"
    if column.date_format:
        x = f"strftime(try_strptime(trim(x), {literal(column.date_format)}), '%Y%m%d')"
    whole = f"nullif({expressions[''].replace('{x}', x)}, '')"
    nothing = "|".join(material.placeholders.get(column.kind, ()))
    if nothing:
        # Else all who are "unknown" would be one person.
        whole = f"CASE WHEN NOT regexp_full_match({whole}, {literal(nothing)}, 'i') THEN {whole} END"
    return [
        whole if not source else f"nullif({expressions[source].replace('{value}', f'({whole})')}, '')"
        for source in sources
    ]
