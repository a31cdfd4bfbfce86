"""Codes cut to a level of their classification, in the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from justitia.engine import literal, quote

if TYPE_CHECKING:
    from justitia.metadata.definitions import RecordKind
    from justitia.metadata.flow import FlowBreakdown
    from justitia.metadata.load import Catalogue


def ancestor_join(
    catalogue: Catalogue, kind: RecordKind, name: str, item: FlowBreakdown
) -> Callable[[str, str], tuple[str, str]]:
    """Return what turns SQL of a code, and its join, into that of its ancestor at the breakdown's level."""
    field = kind.fields.get(name)
    listed = field.codelist if field is not None else ""
    if not item.level or not listed:
        return lambda value, join: (value, join)
    codes = catalogue.codelist(listed)
    level = codes.level_names.index(item.level) + 1
    pairs = ((code, codes.ancestor(code, level)) for code in codes.codes)
    rows = ", ".join(f"({literal(code)}, {literal(above)})" for code, above in pairs if above)
    alias = quote(f"cut_{item.id}")

    def cut(value: str, join: str) -> tuple[str, str]:
        # Codes above the level, and reserved ones, stay as they are.
        more = f"LEFT JOIN (VALUES {rows}) AS {alias}(code, above) ON {alias}.code = {value}"
        return f"coalesce({alias}.above, {value})", f"{join} {more}"

    return cut
