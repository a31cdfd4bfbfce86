"""Write cells.csv of every packaged collection from its lines and columns; `--check` fails when one is stale.

python tools/collection_cells.py [--check]

A line names its indicator (several, separated by `|`, when columns ask different ones), a part of the key and the set
of columns that it has; a column names its part of the key and, by number, which of the line's indicators it asks.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

COLLECTIONS = Path(__file__).parents[1] / "src" / "justitia" / "catalogue" / "collections"
HEADER = ("table", "line", "column", "indicator", "key", "unit")


def cells_of(lines: list[Mapping[str, str]], columns: list[Mapping[str, str]]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        asked = line["indicator"].split("|")
        for column in (item for item in columns if item["set"] == line["columns"]):
            indicator = asked[int(column["indicator"] or 1) - 1]
            key = ";".join(filter(None, (line["key"], column["key"])))
            if indicator or line["fed_by"] != "text":
                yield line["table"], line["line"], column["column"], indicator, key, line["unit"]


def text_of(folder: Path) -> str:
    lines, columns = (
        list(csv.DictReader((folder / name).read_text(encoding="utf-8").splitlines()))
        for name in ("lines.csv", "columns.csv")
    )
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(cells_of(lines, columns))
    return target.getvalue()


def main() -> None:
    stale = []
    for file in sorted(COLLECTIONS.glob("*/*/lines.csv")):
        cells, made = file.with_name("cells.csv"), text_of(file.parent)
        if cells.exists() and cells.read_text(encoding="utf-8") == made:
            continue
        stale.append(str(cells))
        if "--check" not in sys.argv:
            cells.write_text(made, encoding="utf-8")
    print("\n".join(stale) or "All cells are current.")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
