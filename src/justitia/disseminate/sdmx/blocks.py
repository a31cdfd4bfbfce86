"""Blocks of observations: columns as text, coded once per block, and where each series begins.

A block is an Arrow record batch of observations in the order of the series key, then of time. No Python code sees a
row: pieces of text are made once for each different value, then joined by Arrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from justitia.errors import RequestError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from justitia.metadata.structure import Component, Structure

Texts = Callable[["pa.Array"], "pa.Array"]  # texts -> pieces of the message, the same length


class Parts:
    """The components of a structure by the place of their values in a message.

    Args:
        structure: the data structure.
        columns: names of the columns that the observations have.
        flat: true where observations are not grouped into series.

    Raises:
        RequestError: E-SDM-020 when a dimension has no column.
    """

    def __init__(self, structure: Structure, columns: Iterable[str], *, flat: bool = False) -> None:
        have = set(columns)
        missing = [name for name in structure.key if name not in have]
        if missing:
            raise RequestError(
                "E-SDM-020",
                f"the observations have no column {', '.join(missing)}",
                where=structure.short,
                remedy="Name each column after a component of the structure",
            )
        given = [component for component in structure.components if component.id in have]
        attributes = [component for component in given if component.role == "attribute"]
        self.flat = flat or not structure.time
        self.data_set = [item for item in attributes if item.attached_to == ()]
        by_series = [item for item in attributes if item.attached_to and structure.time not in item.attached_to]
        self.series_key = [] if self.flat else list(structure.of_role("dimension"))
        self.series = [] if self.flat else by_series
        self.observation_key = list(structure.of_role("dimension", "time") if self.flat else structure.of_role("time"))
        self.measures = [item for item in given if item.role == "measure"]
        loose = [item for item in attributes if item.attached_to is None or structure.time in item.attached_to]
        self.observation = [*(by_series if self.flat else []), *loose]

    @property
    def columns(self) -> list[str]:
        """Ids of all components written, in the order of a table."""
        parts = (*self.series_key, *self.observation_key, *self.measures, *self.series, *self.observation)
        return [item.id for item in (*parts, *self.data_set)]


class Block:
    """One block, with each column coded: its different texts, and the place of each row's text among them."""

    def __init__(self, batch: pa.RecordBatch, parts: Parts, previous: Block | None) -> None:
        self.batch = batch
        self.parts = parts
        self.rows: int = batch.num_rows
        self._coded: dict[str, pa.DictionaryArray] = {}
        self._previous_last = previous.last if previous else None

    def coded(self, name: str) -> pa.DictionaryArray:
        """Return a column as a dictionary array of texts."""
        import pyarrow as pa

        if name not in self._coded:
            column = self.batch.column(name)
            if not pa.types.is_dictionary(column.type):
                column = texts_of(column).dictionary_encode()
            self._coded[name] = column
        return self._coded[name]

    def pieces(self, name: str, make: Texts, rows: pa.Array | None = None, *, empty: str = "") -> pa.Array:
        """Return the piece of each row (or of some rows), made once for each different text; `empty` for none."""
        import pyarrow.compute as pc

        coded = self.coded(name)
        places = coded.indices if rows is None else coded.indices.take(rows)
        return pc.fill_null(make(texts_of(coded.dictionary)).take(places), empty)

    @cached_property
    def starts(self) -> np.ndarray:
        """Whether a series starts at each row."""
        import numpy as np

        changed = np.zeros(self.rows, dtype=bool)
        for item in (*self.parts.series_key, *self.parts.series):
            places = self.coded(item.id).indices.fill_null(-1).to_numpy(zero_copy_only=False)
            changed[1:] |= places[1:] != places[:-1]
        changed[0] = self._key_at(0) != self._previous_last
        return changed

    @property
    def last(self) -> tuple[str | None, ...]:
        """Key and attributes of the series at the last row."""
        return self._key_at(self.rows - 1)

    def _key_at(self, row: int) -> tuple[str | None, ...]:
        return tuple(self.coded(item.id)[row].as_py() for item in (*self.parts.series_key, *self.parts.series))


def blocks(batches: Iterable[pa.RecordBatch], parts: Parts) -> Iterable[Block]:
    """Yield the blocks of batches; empty batches are left out.

    Raises:
        RequestError: E-SDM-021 when what is one for the whole data set differs within it.
    """
    previous: Block | None = None
    for batch in batches:
        if batch.num_rows:
            block = Block(batch, parts, previous)
            for item in parts.data_set:
                if previous and single(previous, item) != single(block, item):
                    raise _several(item)
            yield block
            previous = block


def texts_of(column: pa.Array) -> pa.Array:
    """Return a column as texts: numbers in their shortest form, `NaN` and `INF` as XML Schema writes them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(column.type):
        return column.cast(pa.string())
    texts = column.cast(pa.string())
    odd = pc.invert(pc.fill_null(pc.is_finite(column), True))
    if not pc.any(odd).as_py():
        return texts
    for said, written in (("nan", "NaN"), ("-inf", "-INF"), ("inf", "INF")):
        texts = pc.if_else(pc.equal(texts, said), written, texts)
    return texts


def joined(pieces: Sequence[Any]) -> pa.Array:
    """Return the rows' texts: arrays of pieces, and texts that are the same in each row, one after another."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if all(isinstance(piece, str) for piece in pieces):
        return pa.array(["".join(pieces)])
    return pc.binary_join_element_wise(*pieces, "")


def at_starts(rows: int, starts: np.ndarray, texts: pa.Array, otherwise: str) -> pa.Array:
    """Return a text for each row: those of `texts` at the starts, in order, and `otherwise` at all other rows."""
    import numpy as np
    import pyarrow as pa

    places = np.zeros(rows, dtype=np.int64)
    places[starts] = np.arange(1, len(texts) + 1)
    return pa.concat_arrays([pa.array([otherwise], pa.string()), texts.cast(pa.string())]).take(pa.array(places))


def write_texts(out: BinaryIO, texts: pa.Array) -> None:
    """Write texts one after another: their bytes already stand so in memory."""
    import numpy as np

    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if texts.buffers()[2] is not None:
        out.write(memoryview(texts.buffers()[2])[int(offsets[0]) : int(offsets[-1])])


def single(block: Block, item: Component) -> str | None:
    """Return the value of a component that is one for the whole data set.

    Raises:
        RequestError: E-SDM-021 when it differs within the data.
    """
    values = block.coded(item.id).dictionary.to_pylist()
    if len(values) > 1 or (values and block.coded(item.id).null_count):
        raise _several(item)
    return values[0] if values else None


def _several(item: Component) -> RequestError:
    return RequestError(
        "E-SDM-021",
        f"attribute {item.id} is one for the whole data set, and has several values",
        where=item.id,
        remedy="Give it one value, or attach it to dimensions in the structure",
    )
