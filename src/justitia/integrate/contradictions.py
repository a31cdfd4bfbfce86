"""What must not be one person, as declared: identifiers that contradict, datasets that know each person once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.integrate.clusters import Rules

if TYPE_CHECKING:
    from justitia.metadata.linkage import Linkage, LinkedField
    from justitia.metadata.linking_material import LinkingMaterial

_VALUE = re.compile(r"\{f(?::(\w+))?\}_([lr])")


def rules_of(linkage: Linkage, material: LinkingMaterial, link: float) -> Rules:
    """Return the rules by which a linkage's pairs become persons.

    Two values of an identifier contradict when both are there and no level of likeness holds between them, as in
    scoring. Dates and numbers that stand for nothing contradict nothing.

    Args:
        linkage: the declaration.
        material: levels and placeholders of the kinds of field.
        link: least probability of a link, as `score` gives it.
    """
    single = [item.id for item in linkage.datasets if item.once or linkage.one_to_one]
    differs = {item.id: _differs(item, material) for item in linkage.fields if item.contradicts}
    return Rules(link, tuple(single), differs)


def _differs(field: LinkedField, material: LinkingMaterial) -> str:
    """Return SQL over mentions `l` and `r`; it calls the functions that cleaning has made on the engine."""
    parts = {part.part: part.expression for part in material.parts if part.kind == field.kind}
    nothing = "|".join(material.placeholders.get(field.kind, ()))

    def value(found: re.Match[str]) -> str:
        part, side = found.group(1) or "", found.group(2)
        return _cleaned(f"{side}.{quote(field.id)}", parts, part, nothing)

    own = [level.condition for level in material.levels if level.kind == field.kind]
    alike = " OR ".join(
        f"coalesce({_VALUE.sub(value, text)}, FALSE)" for text in own if "{" not in _VALUE.sub("", text)
    )
    filled = " AND ".join(f"{_VALUE.sub(value, f'{{f}}_{side}')} IS NOT NULL" for side in "lr")
    return f"{filled} AND NOT ({alike or 'FALSE'})"


def _cleaned(column: str, parts: dict[str, str], part: str, nothing: str) -> str:
    whole = f"nullif({parts[''].replace('{x}', column)}, '')"
    if nothing:
        whole = f"(CASE WHEN NOT regexp_full_match({whole}, {literal(nothing)}, 'i') THEN {whole} END)"
    if not part:
        return whole
    return f"nullif({parts[part].replace('{value}', whole).replace('{x}', column)}, '')"
