"""Writing a data message: the format chosen, the file whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from justitia.disseminate.sdmx.blocks import Parts
from justitia.disseminate.sdmx.delimited import write_delimited
from justitia.disseminate.sdmx.markup import write_markup
from justitia.disseminate.sdmx.message import FORMATS, Header
from justitia.disseminate.sdmx.objects import write_objects
from justitia.errors import RequestError

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.metadata.structure import Structure

WRITERS: dict[str, Callable[..., int]] = {"csv": write_delimited, "ml": write_markup, "json": write_objects}


def write_data(
    batches: Iterable[pa.RecordBatch],
    structure: Structure,
    path: Path,
    *,
    format: str,
    header: Header,
    columns: Iterable[str],
) -> int:
    """Write observations as an SDMX data message and return their number.

    Args:
        batches: Arrow record batches in the order of the structure's dimensions, time last: columns named after
            components, texts or numbers, null where there is no value. They are taken one at a time.
        structure: the data structure; columns that it does not know are left out.
        path: file to be written; one that is there stays intact until the new one is complete.
        format: one of `FORMATS`.
        header: what the message says of itself.
        columns: names of the columns of the batches.

    Raises:
        RequestError: E-SDM-020 when a dimension has no column, E-SDM-021 when an attribute of the data set has
            several values, E-SDM-022 for a format that is not written.
    """
    if format not in FORMATS:
        raise RequestError(
            "E-SDM-022", f"format [{format}] is not written", where=path.name, remedy=f"Use {', '.join(FORMATS)}"
        )
    kind, _, version = format.partition("-")
    parts = Parts(structure, columns)
    with whole_file(path) as out:
        return WRITERS[kind](batches, structure, parts, header, out, version)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Lend an open file that becomes `path` when the block ends well, and is removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as out:
            yield out
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
