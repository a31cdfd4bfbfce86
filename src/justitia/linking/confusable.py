"""People who are easily taken for one another (twins), and values that stand for nothing. Told as counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.findings import Finding
from justitia.linking.identified import MENTIONS

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage
    from justitia.metadata.linking_material import LinkingMaterial

UNLIKE = 0.75  # Jaro-Winkler: given names of two people, and no slip of the pen


def confusable_findings(engine: Engine, linkage: Linkage, material: LinkingMaterial, clusters: str) -> list[Finding]:
    """Return findings on placeholders, and on pairs of one family name and birth date that were kept apart.

    Args:
        engine: holds the mentions.
        linkage, material: fields, and the patterns of values that stand for nothing.
        clusters: relation (mention_id, cluster_id).
    """
    found = []
    for field in linkage.fields:
        count = _placeholders(engine, field.id, field.kind, material)
        if count:
            text = f"mentions hold a value in [{field.id}] that stands for nothing; it joins nobody"
            found.append(Finding("V-LNK-011", "warning", linkage.id, text, field.id, count=count))
    twins = _twins(engine, linkage, material, clusters)
    if twins:
        text = "pairs share family name and date of birth and have other given names (twins); they were kept apart"
        found.append(Finding("V-LNK-012", "note", linkage.id, text, count=twins))
    return found


def _stands_for_nothing(name: str, kind: str, material: LinkingMaterial) -> str:
    patterns = material.placeholders.get(kind, ())
    plain = f"regexp_replace({name}, '[^0-9]', '', 'g')" if kind == "date" else f"lower(trim({name}))"
    return " OR ".join(f"regexp_full_match({plain}, {literal(pattern)})" for pattern in patterns) or "FALSE"


def _placeholders(engine: Engine, name: str, kind: str, material: LinkingMaterial) -> int:
    return int(
        engine.value(f"SELECT count(*) FROM {MENTIONS} WHERE {_stands_for_nothing(quote(name), kind, material)}")
    )


def _twins(engine: Engine, linkage: Linkage, material: LinkingMaterial, clusters: str) -> int:
    by_kind = {field.kind: field.id for field in reversed(linkage.fields)}
    if not {"given_name", "family_name", "date"} <= set(by_kind):
        return 0
    given, family, born = (quote(by_kind[kind]) for kind in ("given_name", "family_name", "date"))
    real = f"NOT ({_stands_for_nothing(born, 'date', material)})"
    return int(
        engine.value(f"""WITH people AS (SELECT DISTINCT cluster_id, lower({given}) AS given, lower({family}) AS family,
                {born} AS born FROM {MENTIONS} JOIN {clusters} USING (mention_id)
                WHERE {given} IS NOT NULL AND {family} IS NOT NULL AND {born} IS NOT NULL AND {real})
            SELECT count(DISTINCT (a.cluster_id, b.cluster_id)) FROM people AS a JOIN people AS b
            ON a.family = b.family AND a.born = b.born AND a.cluster_id < b.cluster_id
            WHERE jaro_winkler_similarity(a.given, b.given) < {UNLIKE}""")
    )
