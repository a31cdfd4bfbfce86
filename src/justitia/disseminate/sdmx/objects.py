"""SDMX-JSON 2.0 data: codes by their place in lists that follow the observations, written in blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from justitia.disseminate.sdmx.blocks import Block, Parts, at_starts, blocks, joined, single, write_texts
from justitia.disseminate.sdmx.message import Header
from justitia.metadata.structure import URN, Component, Structure

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = "https://json.sdmx.org/2.0.0/sdmx-json-data-schema.json"
_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"


class Lists:
    """The different values of each component, in the order in which they were met."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, int]] = {}

    def place(self, name: str, texts: pa.Array) -> pa.Array:
        """Return the place of each text in the list of a component, as text; new ones are added."""
        import pyarrow as pa

        places = self.places.setdefault(name, {})
        found = (None if text is None else places.setdefault(text, len(places)) for text in texts.to_pylist())
        return pa.array([None if place is None else str(place) for place in found], pa.string())


def write_objects(
    batches: Iterable[pa.RecordBatch], structure: Structure, parts: Parts, header: Header, out: BinaryIO, version: str
) -> int:
    """Write a message and return its number of observations; the arguments are those of `write_markup`.

    The lists of values are known when all observations are written: `structures` follows `dataSets`.
    """
    lists, rows = Lists(), 0
    language = next(iter(structure.labels), "en")
    meta = {
        "schema": SCHEMA,
        "id": header.id,
        "prepared": header.prepared_text,
        "test": header.test,
        "contentLanguages": [language],
        "sender": {"id": header.sender},
    }
    out.write(f'{{"meta":{json.dumps(meta, ensure_ascii=False)},\n"data":{{"dataSets":['.encode())
    out.write(f'{{"structure":0,"action":"Replace","links":{json.dumps(_links(structure, header))}'.encode())
    for block in blocks(batches, parts):
        if not rows:
            out.write(_beginning(block, parts, lists).encode())
        write_texts(out, _observations(block, parts, lists, first=not rows))
        rows += block.rows
    out.write((("}}}" if not parts.flat else "}") if rows else "").encode())
    described = json.dumps([_described(structure, parts, header, lists)], ensure_ascii=False)
    out.write(f'}}],\n"structures":{described}}}}}\n'.encode())
    return rows


def _beginning(block: Block, parts: Parts, lists: Lists) -> str:
    own = [_in_data_set(block, item, lists) for item in parts.data_set]
    attributes = f',"attributes":[{",".join(own)}]' if own else ""
    return attributes + (',"observations":{' if parts.flat else ',"series":{')


def _in_data_set(block: Block, item: Component, lists: Lists) -> str:
    value = single(block, item)
    if value is None:
        return "null"
    return json.dumps(lists.places.setdefault(item.id, {}).setdefault(value, 0) if item.codelist else value)


def _observations(block: Block, parts: Parts, lists: Lists, *, first: bool) -> pa.Array:
    """Return the text of each row: its observation, after the series that starts with it, or a comma."""
    import pyarrow as pa

    def place(item: Component, rows: pa.Array | None = None) -> pa.Array:
        return block.pieces(item.id, lambda texts: lists.place(item.id, texts), rows, empty="null")

    def value(item: Component, rows: pa.Array | None = None) -> pa.Array:
        if item.codelist:
            return place(item, rows)
        return block.pieces(item.id, numbers if item.role == "measure" else quoted, rows, empty="null")

    key = _between(":", [place(item) for item in parts.observation_key])
    own = _between(",", [value(item) for item in (*parts.measures, *parts.observation)])
    observation = ['"', *key, '":[', *own, "]"]
    if parts.flat:
        comma = at_starts(block.rows, _first_row(block.rows, first), pa.array([""] if first else [], pa.string()), ",")
        return joined([comma, *observation])
    starts = block.starts
    rows = pa.array(starts.nonzero()[0])
    opened = ['}},\n"', *_between(":", [place(item, rows) for item in parts.series_key]), '":{']
    attributes = _between(",", [value(item, rows) for item in parts.series])
    opened += ['"attributes":[', *attributes, "],"] if attributes else []
    texts = joined([*opened, '"observations":{']) if len(rows) else pa.array([], pa.string())
    if first:
        texts = pa.concat_arrays([pa.array([texts[0].as_py().removeprefix("}},")]), texts[1:]])
    return joined([at_starts(block.rows, starts, texts, ","), *observation])


def _first_row(rows: int, first: bool) -> Any:
    import numpy as np

    starts = np.zeros(rows, dtype=bool)
    starts[0] = first
    return starts


def _between(mark: str, pieces: Sequence[Any]) -> list[Any]:
    """Return the pieces with a mark between each two."""
    return [part for piece in pieces for part in (mark, piece)][1:]


def numbers(texts: pa.Array) -> pa.Array:
    """Return texts that are JSON numbers as they are, digit by digit, and all others as JSON texts."""
    import pyarrow.compute as pc

    plain = pc.match_substring_regex(texts, _NUMBER)
    if pc.all(plain).as_py() is not False:
        return texts
    return pc.if_else(plain, texts, quoted(texts))


def quoted(texts: pa.Array) -> pa.Array:
    """Return texts as JSON texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.any(pc.match_substring_regex(texts, '[\x00-\x1f"\\\\]')).as_py():
        written = [None if text is None else json.dumps(text, ensure_ascii=False) for text in texts.to_pylist()]
        return pa.array(written, pa.string())
    return joined(['"', texts, '"'])


def _described(structure: Structure, parts: Parts, header: Header, lists: Lists) -> dict[str, Any]:
    positions = {name: number for number, name in enumerate(structure.key)}

    def dimensions(items: Sequence[Component]) -> list[dict[str, Any]]:
        return [_component(item, lists) | {"keyPosition": positions[item.id]} for item in items]

    def attributes(items: Sequence[Component]) -> list[dict[str, Any]]:
        return [_component(item, lists, listed=bool(item.codelist)) | _relation(item) for item in items]

    return {
        "dataSets": [0],
        "links": _links(structure, header),
        "dimensions": {"series": dimensions(parts.series_key), "observation": dimensions(parts.observation_key)},
        "measures": {"observation": [_component(item, lists, listed=bool(item.codelist)) for item in parts.measures]},
        "attributes": {
            "dataSet": attributes(parts.data_set),
            "series": attributes(parts.series),
            "observation": attributes(parts.observation),
        },
    }


def _links(structure: Structure, header: Header) -> list[dict[str, str]]:
    if header.dataflow:
        return [{"rel": "dataflow", "urn": f"{URN}datastructure.Dataflow={header.dataflow}"}]
    return [{"rel": "datastructure", "urn": structure.urn}]


def _component(item: Component, lists: Lists, *, listed: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = {"id": item.id, "name": item.labels.get("en") or item.id}
    if listed:
        codes = item.codelist.codes if item.codelist else {}
        made["values"] = [
            {"id": text, "name": codes[text].label("en") if text in codes else text}
            if item.role != "time"
            else {"value": text}
            for text in lists.places.get(item.id, {})
        ]
    return made


def _relation(item: Component) -> dict[str, Any]:
    if item.attached_to is None:
        return {"relationship": {"observation": {}}}
    if not item.attached_to:
        return {"relationship": {"dataflow": {}}}
    return {"relationship": {"dimensions": list(item.attached_to)}}
