"""The rows of a batch as stored: each has its number in a column, or is numbered by its place in the file.

Typing on several threads needs the column (docs/adr/0013). A layout that reads identities is typed in the order of the
file, and its rows need none, until one is erased: places move then, and the numbers that they had are kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from justitia.engine import literal

if TYPE_CHECKING:
    from justitia.engine import Engine

ROWS_FILE = "rows.parquet"


def stored_rows(engine: Engine, file: Path) -> str:
    """Return a relation over a batch's rows with `row_number` (1 = first row that could be read)."""
    plain = engine.parquet([file])
    if "row_number" in engine.columns(plain):
        return plain
    numbered = f"read_parquet({literal(str(file))}, file_row_number = TRUE)"
    return f"(SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS row_number FROM {numbered})"
