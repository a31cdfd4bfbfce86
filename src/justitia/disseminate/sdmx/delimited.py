"""SDMX-CSV 1.0 and 2.0: one row an observation, written in blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from justitia.disseminate.sdmx.blocks import Parts, blocks, joined, write_texts
from justitia.disseminate.sdmx.message import Header
from justitia.metadata.structure import Structure

if TYPE_CHECKING:
    import pyarrow as pa

REPLACE = "R"


def write_delimited(
    batches: Iterable[pa.RecordBatch], structure: Structure, parts: Parts, header: Header, out: BinaryIO, version: str
) -> int:
    """Write a message and return its number of observations; the arguments are those of `write_markup`.

    SDMX-CSV 1.0 knows dataflows only: without one, the structure's name stands for that of its dataflow.
    """
    leading = _leading(structure, header, version)
    out.write((",".join([*leading, *parts.columns]) + "\n").encode())
    constant = ",".join(leading.values()) + ","
    rows = 0
    for block in blocks(batches, parts):
        cells: list[Any] = [part for name in parts.columns for part in (block.pieces(name, cell), ",")]
        write_texts(out, joined([constant, *cells[:-1], "\n"]))
        rows += block.rows
    return rows


def cell(texts: pa.Array) -> pa.Array:
    """Return texts as CSV holds them: quoted where they hold a comma, a quote or a new line, or are empty."""
    import pyarrow.compute as pc

    odd = pc.match_substring_regex(texts, '[",\r\n]|^$')
    if not pc.any(odd).as_py():
        return texts
    return pc.if_else(odd, joined(['"', pc.replace_substring(texts, '"', '""'), '"']), texts)


def _leading(structure: Structure, header: Header, version: str) -> dict[str, str]:
    if version == "1.0":
        return {"DATAFLOW": header.dataflow or structure.short}
    kind = "dataflow" if header.dataflow else "datastructure"
    return {"STRUCTURE": kind, "STRUCTURE_ID": header.dataflow or structure.short, "ACTION": REPLACE}
