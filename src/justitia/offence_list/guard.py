"""Cells of a CSV file that a spreadsheet program would run as a formula, made harmless, whole columns at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# The same signs as in the products' cells; what is a number or a lone dash is no formula and stays as it is.
_FORMULA = "^[ \u00a0]*[=+\\-@|%\t\r\n\u0000＝＋－＠]"
_HARMLESS = "^([-+]?[\\d., \u00a0\u202f]*\\d ?%?|[-–]+)$"


def guarded(column: pa.Array) -> tuple[pa.Array, int]:
    """Return a column of texts with an apostrophe before each cell that reads as a formula, and how many there are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        values, _ = guarded(column.dictionary)
        return pa.DictionaryArray.from_arrays(column.indices, values), 0
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        return column, 0
    texts = pc.cast(column, pa.string())
    risky = pc.fill_null(pc.match_substring_regex(texts, _FORMULA), False)
    if not pc.any(risky).as_py():
        return texts, 0
    risky = pc.and_(risky, pc.invert(pc.fill_null(pc.match_substring_regex(texts, _HARMLESS), True)))
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts), pc.sum(risky).as_py() or 0
