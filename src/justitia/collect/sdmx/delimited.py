"""SDMX-CSV 1.0 and 2.0, read as text by the table engine: leading zeros and final zeros stay."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from justitia.collect.sdmx.observed import Received
from justitia.engine import Engine, literal, quote
from justitia.errors import LayoutError
from justitia.metadata.sdmx_files import SdmxFile

_ABOUT = {"1.0": ("DATAFLOW",), "2.0": ("STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION")}
LABEL_MARK = ": "  # between code and label where the sender wrote both


def read_delimited(file: SdmxFile, engine: Engine, target: Path) -> Received:
    """Write the rows of a message to the Parquet file `target` and return what it holds.

    Raises:
        LayoutError: E-SDM-014 when rows and header do not fit, or the file is not UTF-8.
    """
    heads = _heads(file)
    names = [head.partition(":")[0].strip() for head in heads]
    about = [name for name in names if name in _ABOUT[file.version]]
    with_labels = any(":" in head for head in heads)
    columns = [name for name in names if name not in about]
    raw = {name: quote(f"c{number}") for number, name in enumerate(names)}
    values = ", ".join(f"{_value(raw[name], with_labels)} AS {quote(name)}" for name in columns)
    source = _source(file, len(names))
    _engine_reads(engine, file.path, f"SELECT {values} FROM {source}", target)
    named = raw["DATAFLOW"] if file.version == "1.0" else raw["STRUCTURE_ID"]
    structures = engine.rows(f"SELECT DISTINCT {_value(named, True)} FROM {source} WHERE {named} IS NOT NULL LIMIT 20")
    relation = engine.parquet([target])
    rows = engine.value(f"SELECT count(*) FROM {relation}")
    return Received(relation, tuple(columns), rows, tuple(sorted(row[0] for row in structures)), file=target)


def _heads(file: SdmxFile) -> list[str]:
    with file.path.open(encoding="utf-8-sig", newline="", errors="replace") as opened:
        heads = [head.strip() for head in next(csv.reader(opened, delimiter=file.flavour), [])]
    names = [head.partition(":")[0].strip() for head in heads]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        raise _misfit(file.path, 1, f"column [{twice[0]}] stands twice" if twice else "a column has no name")
    return heads


def _source(file: SdmxFile, width: int) -> str:
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(width))
    return (
        f"read_csv({literal(str(file.path))}, columns = {{{columns}}}, header = true, auto_detect = false, "
        f"delim = {literal(file.flavour)}, quote = '\"', escape = '\"', nullstr = '', strict_mode = true, "
        "max_line_size = 4194304)"
    )


def _value(column: str, with_labels: bool) -> str:
    return f"split_part({column}, {literal(LABEL_MARK)}, 1)" if with_labels else column


def _engine_reads(engine: Engine, path: Path, select: str, target: Path) -> None:
    import duckdb

    copy = f"COPY ({select}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    try:
        engine.connection.execute(copy)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        line = re.search(r"Line:? (\d+)", str(error))
        said = str(error)
        reason = (
            "the file is not UTF-8"
            if re.search(r"utf-?8|unicode", said, re.IGNORECASE)
            else "a quoted text does not end"
            if "quote" in said.split("\n\n")[0].lower()
            else "a row has more or fewer cells than the header"
        )
        # What the engine says quotes the row: no cause is kept.
        raise _misfit(path, int(line[1]) if line else 0, reason) from None


def _misfit(path: Path, line: int, reason: str) -> LayoutError:
    return LayoutError(
        "E-SDM-014",
        f"the file is broken SDMX-CSV: {reason}",
        where=f"{path}:{line}" if line else str(path),
        remedy="It may be cut short, or changed by a spreadsheet: fetch or make it again",
    )
