"""Comparisons of fields in Splink's terms, from the levels that the catalogue declares for their kinds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from justitia.integrate.cleaning import part_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from justitia.metadata.linkage import Linkage, LinkedField
    from justitia.metadata.linking_material import Level, LinkingMaterial

_NAMED = re.compile(r"\{(\w+)(?::(\w+))?\}")


def comparisons_of(linkage: Linkage, material: LinkingMaterial, held: Iterable[str]) -> list[dict[str, Any]]:
    """Return one comparison for each field that the mentions have.

    Args:
        linkage: the declaration.
        material: levels by kind.
        held: columns of the cleaned mentions.
    """
    present = set(held)
    kinds: dict[str, str] = {}
    for field in linkage.fields:
        if field.id in present:
            kinds.setdefault(field.kind, field.id)
    fields = [field for field in linkage.fields if field.id in present]
    return [_comparison(field, levels_of(field, material, kinds)) for field in fields]


def levels_of(field: LinkedField, material: LinkingMaterial, kinds: Mapping[str, str]) -> list[tuple[Level, str]]:
    """Return the levels of a field, the most alike first, each with its condition; those that need what is not there
    are left out."""
    made = []
    for level in material.levels:
        if level.kind == field.kind:
            named = {name for name, _ in _NAMED.findall(level.condition)} - {"f"}
            if named <= set(kinds):
                made.append((level, _NAMED.sub(lambda found: _column(found, field, kinds), level.condition)))
    return made


def _column(found: re.Match[str], field: LinkedField, kinds: Mapping[str, str]) -> str:
    name = found.group(1)
    return part_column(field.id if name == "f" else kinds[name], found.group(2) or "")


def _comparison(field: LinkedField, levels: list[tuple[Level, str]]) -> dict[str, Any]:
    made: list[dict[str, Any]] = [
        {
            "sql_condition": f"{field.id}_l IS NULL OR {field.id}_r IS NULL",
            "label_for_charts": "missing",
            "is_null_level": True,
        }
    ]
    for level, condition in levels:
        own: dict[str, Any] = {"sql_condition": condition, "label_for_charts": level.name}
        if level.term_frequency:
            own |= {"tf_adjustment_column": field.id, "tf_adjustment_weight": 1.0}
        made.append(own)
    made.append({"sql_condition": "ELSE", "label_for_charts": "different"})
    return {"output_column_name": field.id, "comparison_levels": made}
