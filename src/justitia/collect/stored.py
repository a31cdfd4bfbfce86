"""The rows of a batch as stored: their number is their place in the file, which costs nothing to keep.

Numbering rows while a text file is read would bind the reader to one thread. A batch from which a record was erased
keeps its numbers in a column instead, since places have moved there.
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
