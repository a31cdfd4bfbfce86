"""Fields of mentions, cleaned: letters of every script in Latin ones, dates as digits, placeholders as nothing.

Distinct values are cleaned once each, so that names are transliterated and sounded a few thousand times and not a few
million times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.engine import literal, quote

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage, LinkedField
    from justitia.metadata.linking_material import LinkingMaterial

CLEANED = "linking_cleaned"
_DATES = ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y")


def part_column(field: str, part: str) -> str:
    """Return the column of a part of a field: `family_name`, `family_name__sound`."""
    return f"{field}__{part}" if part else field


def make_cleaned(engine: Engine, mentions: str, linkage: Linkage, material: LinkingMaterial) -> str:
    """Return the name of a temporary table of mentions with every part of every field, in the order of mention ids.

    Args:
        engine: writes nothing of it to disk in clear; see ADR 0020.
        mentions: relation (mention_id, dataset, one column for each field).
        linkage: the declaration.
        material: of the catalogue.
    """
    make_macros(engine, material)
    held = set(engine.columns(mentions))
    columns, joins = ["m.mention_id", "m.dataset"], []
    for number, field in enumerate(item for item in linkage.fields if item.id in held):
        table = f"linking_values_{number}"
        names = _clean_values(engine, mentions, field, material, table)
        joins.append(f"LEFT JOIN {table} AS v{number} ON v{number}.linking_raw = m.{quote(field.id)}")
        columns += [f"v{number}.{quote(name)}" for name in names]
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {CLEANED} AS SELECT {', '.join(columns)} FROM {mentions} AS m "
        f"{' '.join(joins)} ORDER BY m.mention_id"
    )
    return CLEANED


def _clean_values(
    engine: Engine, mentions: str, field: LinkedField, material: LinkingMaterial, table: str
) -> list[str]:
    """Make the table of a field's distinct values and their parts; return the columns of the parts."""
    parts = {part.part: part.expression for part in material.parts if part.kind == field.kind}
    nothing = "|".join(material.placeholders.get(field.kind, ()))
    raw, clean = "linking_raw", "linking_clean"  # no field is called so
    value = f"nullif({parts[''].replace('{x}', raw)}, '')"
    kept = f"CASE WHEN NOT regexp_full_match({value}, {literal(nothing)}, 'i') THEN {value} END" if nothing else value
    made = {
        part_column(field.id, name): text.replace("{value}", clean).replace("{x}", raw)
        for name, text in parts.items()
        if name
    }
    own = quote(field.id)
    others = "".join(f", nullif({text}, '') AS {quote(name)}" for name, text in made.items())
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS WITH d AS (SELECT DISTINCT CAST({own} AS VARCHAR) AS {raw} "
        f"FROM {mentions} WHERE {own} IS NOT NULL), c AS (SELECT {raw}, {kept} AS {clean} FROM d) "
        f"SELECT {raw}, {clean} AS {own}{others} FROM c"
    )
    return [field.id, *made]


def make_macros(engine: Engine, material: LinkingMaterial) -> None:
    """Make the functions that the expressions of `linkage/parts.csv` call, from the letters and sounds declared."""
    text = "lower(nfc_normalize(s))"
    for letter, latin in material.letters:
        if letter.startswith("^"):
            spaced = f"\\1{latin.strip()} "
            text = f"regexp_replace({text}, {literal(f'(^|[^[:alpha:]]){letter[1:]}')}, {literal(spaced)}, 'g')"
    for letter, latin in material.letters:
        if not letter.startswith("^"):
            text = f"replace({text}, {literal(letter)}, {literal(latin)})"
    latin_only = f"CASE WHEN regexp_matches(s, '[^\\x00-\\x7f]') THEN {text} ELSE lower(s) END"
    words = "trim(regexp_replace(replace(strip_accents(in_latin(s)), '''', ''), '[^a-z]+', ' ', 'g'))"
    sound = "s"
    for pattern, replacement in material.sounds:
        sound = f"regexp_replace({sound}, {literal(pattern)}, {literal(replacement)}, 'g')"
    digits = "regexp_replace(s, '[^0-9]', '', 'g')"
    dates = f"coalesce(strftime(try_strptime(s, {list(_DATES)}), '%Y%m%d'), nullif({digits}, ''))"
    plain = "regexp_replace(strip_accents(in_latin(s)), '[^a-z0-9]', '', 'g')"
    macros = {
        "in_latin": latin_only,
        "name_letters": words,
        "name_sound": sound,
        "date_digits": dates,
        "letters_and_digits": f"upper({plain})",
    }
    for name, body in macros.items():
        engine.execute(f"CREATE OR REPLACE TEMP MACRO {name}(s) AS {body}")
