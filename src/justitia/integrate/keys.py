"""Deterministic keys: numbers that prove one person, after a declared clean-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.engine import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage

CLEANERS = {
    "letters_and_digits": "regexp_replace({x}, '[^A-Za-z0-9]', '', 'g')",
    "digits": "regexp_replace({x}, '[^0-9]', '', 'g')",
    "upper": "upper({x})",
    "no_leading_zeros": "regexp_replace({x}, '(^|[^0-9])0+([0-9])', '\\1\\2', 'g')",
}


def add_keys(engine: Engine, cleaned: str, linkage: Linkage) -> None:
    """Add to the cleaned mentions a column `key_<id>` for each key: a hash, null where a part is missing.

    Args:
        engine: holds the cleaned mentions.
        cleaned: name of their table; placeholders are nothing in it already.
        linkage: the declaration.
    """
    for key in linkage.keys:
        column = quote(f"key_{key.id}")
        parts = [cleaned_key(quote(field), key.clean) for field in key.fields]
        filled = " AND ".join(f"nullif({part}, '') IS NOT NULL" for part in parts)
        engine.execute(f"ALTER TABLE {cleaned} ADD COLUMN {column} UBIGINT")
        engine.execute(f"UPDATE {cleaned} SET {column} = CASE WHEN {filled} THEN hash({', '.join(parts)}) END")


def cleaned_key(column: str, clean: Sequence[str]) -> str:
    """Return SQL of a part of a key after its declared clean-up."""
    text = column
    for step in clean:
        text = CLEANERS[step].replace("{x}", text)
    return text
