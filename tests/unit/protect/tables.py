"""Small tables for the tests of protection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from justitia.protect.system import PRIMARY, Dimension, Table


def two_way(
    counts: Sequence[Sequence[float]],
    primary: Sequence[tuple[int, int]] = (),
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    dataflow: str = "t",
    names: tuple[str, str] = ("ROW", "COLUMN"),
    **more: object,
) -> Table:
    """Return a table with margins; primary cells are given by place."""
    inner = np.asarray(counts, dtype=float)
    rows = [*(rows or [f"r{i}" for i in range(inner.shape[0])]), "_T"]
    columns = [*(columns or [f"c{i}" for i in range(inner.shape[1])]), "_T"]
    full = np.vstack([inner, inner.sum(axis=0)])
    full = np.column_stack([full, full.sum(axis=1)])
    status = np.zeros(full.shape, np.uint8)
    for row, column in primary:
        status[row, column] = PRIMARY
    dimensions = (Dimension.flat(names[0], rows), Dimension.flat(names[1], columns))
    keys = (np.repeat(rows, len(columns)), np.tile(columns, len(rows)))
    return Table(dataflow, dimensions, keys, full.ravel(), status.ravel(), **more)  # type: ignore[arg-type]


# Golden examples: the data of published papers and of the tests of other tools, with their primary cells.
FISCHETTI_SALAZAR = [[20, 50, 10], [8, 19, 22], [17, 32, 12]]
Z1_ROWS, Z1_COLUMNS = "ABCDEFGH", ("annet", "arbeid", "soshjelp", "trygd")
Z1 = [[11, 11, 55, 36], [7, 1, 29, 18], [5, 8, 35, 25], [13, 2, 17, 13], [9, 14, 63, 52], [12, 9, 24, 22],
      [6, 4, 22, 8], [9, 3, 38, 15]]  # fmt: skip
SSB = [[3, 4, 6], [2, 0, 5]]
MICRODATA1 = [[2, 18], [19, 14], [10, 12], [14, 11]]
FOUR_BY_FOUR = [[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]]
