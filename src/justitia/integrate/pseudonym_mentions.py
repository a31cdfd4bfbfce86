"""Files of tokens as mentions: the parts of each field in one text, made with one key, to be scored as names are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.integrate.pseudonym import SEPARATOR, bits_sql, dice_sql
from justitia.integrate.pseudonym_key import check_same_key
from justitia.integrate.pseudonym_values import BEFORE
from justitia.metadata.pseudonym_levels import BETWEEN
from justitia.metadata.pseudonyms import Pseudonyms, TokenPart

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage, LinkedField


def make_token_macros(engine: Engine) -> None:
    """Make the functions that cleaning and the conditions of `pseudonyms/levels.csv` call.

    Filters are unpacked once for each value and not for each pair.
    """
    engine.execute(f"CREATE OR REPLACE TEMP MACRO filter_bits(a) AS {bits_sql('a')}")
    engine.execute(f"CREATE OR REPLACE TEMP MACRO filter_likeness(a, b) AS {dice_sql('a', 'b')}")


def token_mentions(
    engine: Engine, files: Mapping[str, str], linkage: Linkage, settings: Pseudonyms, mention_id: str
) -> str:
    """Return SQL of mentions (mention_id, dataset, one column for each field) of files of tokens.

    Args:
        engine: holds the files.
        files: dataset -> relation with columns `token_<field>...`.
        linkage: its fields; a field that a file does not have is null there.
        settings: parts of each kind of field.
        mention_id: column with the id of a mention, alike in all files.

    Raises:
        RequestError: E-PSE-004 when the files were made with different keys.
    """
    key = check_same_key({dataset: _key_ids(engine, relation) for dataset, relation in files.items()})
    selects = []
    for dataset, relation in files.items():
        held = engine.columns(relation)
        fields = ", ".join(f"{_packed(field, settings, held, key)} AS {quote(field.id)}" for field in linkage.fields)
        selects.append(
            f"SELECT {quote(mention_id)} AS mention_id, {literal(dataset)} AS dataset, {fields} FROM {relation}"
        )
    return " UNION ALL ".join(selects)


def _key_ids(engine: Engine, relation: str) -> set[str]:
    columns = [name for name in engine.columns(relation) if name.startswith("token_")]
    found: set[str] = set()
    for name in columns:
        ids = engine.rows(
            f"SELECT DISTINCT split_part({quote(name)}, '{SEPARATOR}', 1) FROM {relation} WHERE {quote(name)} <> ''"
        )
        found |= {key for (key,) in ids}
    return found


def _packed(field: LinkedField, settings: Pseudonyms, held: list[str], key: str) -> str:
    """Return SQL of the parts of a field set one after the other; null where none is there."""
    pieces = [_made_with(field, part, held, key) for part in settings.of(field.kind)]
    text = f" || '{BETWEEN}' || ".join(f"coalesce({piece}, '')" for piece in pieces)
    filled = " OR ".join(f"{piece} IS NOT NULL" for piece in pieces)
    return f"CASE WHEN {filled} THEN {text} END"


def _made_with(field: LinkedField, part: TokenPart, held: list[str], key: str) -> str:
    """Return SQL of a token made with the key that all share: in the column of the new key or in that of the old."""
    name = f"token_{field.id}" + (f"_{part.part}" if part.part else "")
    columns = [quote(column) for column in (name, name + BEFORE) if column in held]
    tests = " ".join(f"WHEN starts_with({column}, {literal(key + SEPARATOR)}) THEN {column}" for column in columns)
    return f"CASE {tests} END" if columns else "CAST(NULL AS VARCHAR)"
