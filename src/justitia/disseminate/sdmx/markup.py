"""SDMX-ML 2.1 and 3.0, structure-specific: one element a series, one an observation, written in blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO
from xml.sax.saxutils import quoteattr

from justitia.disseminate.sdmx.blocks import Block, Parts, at_starts, blocks, joined, single, write_texts
from justitia.disseminate.sdmx.message import Header
from justitia.metadata.structure import URN, Reference, Structure

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/"
_ESCAPED = (
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    ("\t", "&#9;"),
    ("\n", "&#10;"),
    ("\r", "&#13;"),
)
_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f]"  # XML 1.0 has no way to write them


def write_markup(
    batches: Iterable[pa.RecordBatch], structure: Structure, parts: Parts, header: Header, out: BinaryIO, version: str
) -> int:
    """Write a message and return its number of observations.

    Args:
        batches: observations in the order of the series key.
        structure: their structure.
        parts: where its components are written.
        header: what the message says of itself.
        out: open file.
        version: `2.1` or `3.0`.
    """
    out.write(_opening(structure, parts, header, version).encode())
    rows, data_set = 0, "<mes:DataSet"
    for block in blocks(batches, parts):
        if not rows:
            out.write(f"{_data_set(structure, header, version)}{_data_set_attributes(block, parts)}>\n".encode())
        write_texts(out, _observations(block, parts, first=not rows))
        rows += block.rows
    if not rows:
        out.write(f"{_data_set(structure, header, version)}>\n".encode())
    out.write(b"</Series>\n" if rows and not parts.flat else b"")
    out.write(f"</{data_set[1:]}>\n</mes:StructureSpecificData>\n".encode())
    return rows


def _opening(structure: Structure, parts: Parts, header: Header, version: str) -> str:
    at = "AllDimensions" if parts.flat else structure.time
    space = f"{SCHEMAS}v{version.replace('.', '_')}/"
    receiver = f"<mes:Receiver id={quoteattr(header.receiver)}/>" if header.receiver else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mes:StructureSpecificData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:mes="{space}message" xmlns:ss="{space}data/structurespecific" xmlns:com="{space}common" '
        f"xmlns:ns1={quoteattr(_namespace(structure, header, at))}>\n"
        f"<mes:Header><mes:ID>{_text(header.id)}</mes:ID><mes:Test>{str(header.test).lower()}</mes:Test>"
        f"<mes:Prepared>{header.prepared_text}</mes:Prepared><mes:Sender id={quoteattr(header.sender)}/>{receiver}"
        f'<mes:Structure structureID="S1" namespace={quoteattr(_urn(structure, header))} '
        f'dimensionAtObservation="{at}">{_named(structure, header, version)}</mes:Structure></mes:Header>\n'
    )


def _urn(structure: Structure, header: Header) -> str:
    return f"{URN}datastructure.Dataflow={header.dataflow}" if header.dataflow else structure.urn


def _namespace(structure: Structure, header: Header, at: str) -> str:
    return f"{_urn(structure, header)}:ObsLevelDim:{at}"


def _named(structure: Structure, header: Header, version: str) -> str:
    tag = "com:StructureUsage" if header.dataflow else "com:Structure"
    if version != "2.1":
        return f"<{tag}>{_text(_urn(structure, header))}</{tag}>"
    named, kind = (Reference.parse(header.dataflow), "Dataflow") if header.dataflow else (None, "DataStructure")
    agency, name, number = (
        (named.agency, named.id, named.version)
        if named
        else (
            structure.agency,
            structure.id,
            structure.version,
        )
    )
    given = f"agencyID={quoteattr(agency)} id={quoteattr(name)} version={quoteattr(number)}"
    return f'<{tag}><Ref {given} class="{kind}"/></{tag}>'


def _data_set(structure: Structure, header: Header, version: str) -> str:
    scope = ' ss:dataScope="DataStructure"'
    return f'<mes:DataSet ss:structureRef="S1" xsi:type="ns1:DataSetType"{scope} ss:action="Replace"'


def _data_set_attributes(block: Block, parts: Parts) -> str:
    values = ((item.id, single(block, item)) for item in parts.data_set)
    return "".join(f" {name}={quoteattr(value)}" for name, value in values if value)


def _observations(block: Block, parts: Parts, *, first: bool) -> pa.Array:
    """Return the text of each row: its observation, after the series that starts with it."""
    import pyarrow as pa

    own = (*parts.observation_key, *parts.measures, *parts.observation)
    observation = ["<Obs", *(_attribute(block, item.id) for item in own), "/>\n"]
    if parts.flat:
        return joined(observation)
    starts: np.ndarray = block.starts
    rows = pa.array(starts.nonzero()[0])
    heads = [_attribute(block, item.id, rows) for item in (*parts.series_key, *parts.series)]
    opened = joined(["</Series>\n<Series", *heads, ">\n"]) if len(rows) else pa.array([], pa.string())
    if first:
        opened = pa.concat_arrays([pa.array([opened[0].as_py().removeprefix("</Series>\n")]), opened[1:]])
    return joined([at_starts(block.rows, starts, opened, ""), *observation])


def _attribute(block: Block, name: str, rows: pa.Array | None = None) -> pa.Array:
    return block.pieces(name, lambda texts: joined([f' {name}="', escaped(texts), '"']), rows)


def escaped(texts: pa.Array) -> pa.Array:
    """Return texts as XML attributes hold them."""
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(texts, '[\x00-\x1f&<>"]')).as_py():
        return texts
    texts = pc.replace_substring_regex(texts, _FORBIDDEN, "\ufffd")
    for mark, written in _ESCAPED:
        texts = pc.replace_substring(texts, mark, written)
    return texts


def _text(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(text)
