"""The tau-ARGUS engine in a wheel (pytauargus, EUPL, beta), in a process of its own.

python -m benchmarks.protection.peer ROWS COLUMNS MEDIAN SEED METHOD FILE writes the places of the suppressed cells and
the seconds that it took to FILE, as JSON. `safe()` is used, because the data
frame of a result holds the original values.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.protection.made import SMALL, two_way


def main() -> None:
    """Protect one made-up table and print what is suppressed."""
    import pytauargus

    rows, columns, seed = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[4])
    table = two_way(rows, columns, median=float(sys.argv[3]), spread=1.5, seed=seed)
    inner = (table.keys[0] != "_T") & (table.keys[1] != "_T")
    counts = table.values[inner].astype(int)
    records = {
        name: np.repeat(keys[inner], counts).tolist() for name, keys in zip(("ROW", "COLUMN"), table.keys, strict=True)
    }
    records["V"] = [1] * int(counts.sum())
    # The engine leaves its own files where it is run.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        start = time.perf_counter()
        found = pytauargus.protect(
            records, ["ROW", "COLUMN"], "V", safety_rules=f"FREQ({SMALL + 1},100)", suppress=sys.argv[5], workdir=folder
        )
        seconds = time.perf_counter() - start
        cells = found.tables[0]
        hidden = [
            ["_T" if row[name] in ("", "Total") else row[name] for name in ("ROW", "COLUMN")]
            for row, safe in zip(cells.rows, cells.safe(), strict=True)
            if safe == "x"
        ]
    Path(sys.argv[6]).write_text(json.dumps({"hidden": hidden, "seconds": seconds}))


if __name__ == "__main__":
    main()
