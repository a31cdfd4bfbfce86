"""Reading a data message of any format: recognised, then given to the reader of its format."""

from __future__ import annotations

from pathlib import Path

from justitia.collect.sdmx.delimited import read_delimited
from justitia.collect.sdmx.markup import read_markup
from justitia.collect.sdmx.objects import read_objects
from justitia.collect.sdmx.observed import Observed, Received
from justitia.engine import Engine
from justitia.errors import LayoutError
from justitia.metadata.sdmx_files import recognise_sdmx


def receive_sdmx(path: Path, engine: Engine, folder: Path) -> Received:
    """Return the observations of an SDMX data message, which stand in Parquet files below `folder`.

    Args:
        path: SDMX-CSV 1.0, 2.0; SDMX-ML 2.1 (structure-specific and generic), 3.0, 3.1; or SDMX-JSON 2.0.
        engine: the table engine.
        folder: empty folder; nothing of it is needed when the relation is no longer read.

    Raises:
        RequestError: E-SDM-001 when there is no such file.
        LayoutError: E-SDM-002 to E-SDM-006, E-SDM-011, E-SDM-013, E-SDM-014 when it cannot be read; E-SDM-015 when it
            holds structures.
    """
    file = recognise_sdmx(path)
    if file.content != "data":
        raise LayoutError(
            "E-SDM-015",
            "the file holds structures, where data are needed",
            where=str(path),
            remedy="Name the data message; structures go with --structure",
        )
    folder.mkdir(parents=True, exist_ok=True)
    if file.format == "csv":
        return read_delimited(file, engine, folder / "observations.parquet")
    observed = Observed(folder)
    received = read_markup(file, observed) if file.format == "xml" else read_objects(file, observed)
    received.relation, received.columns = observed.finish(engine)
    received.rows = observed.rows
    return received
