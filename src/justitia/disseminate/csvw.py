"""CSV on the Web: each table as a tidy CSV file and its description beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from justitia.disseminate.csvw_metadata import NUMBERS, STATUSES, describe, measure_labels
from justitia.disseminate.cube import Cube, read_cube
from justitia.disseminate.files import write_whole
from justitia.disseminate.safe_text import safe_text
from justitia.disseminate.wording import ENGLISH, Messages, Words, words
from justitia.model.publication import Publication


def write_csvw(
    publication: Publication, folder: Path, *, languages: Sequence[str], messages: Messages | None = None
) -> tuple[Path, ...]:
    """Return the files written: `<dataflow>.csv` and `<dataflow>.csv-metadata.json` for each table.

    Args:
        publication: what is published.
        folder: where the files go; made when missing.
        languages: tags of the languages of titles and code labels in the metadata.
        messages: words of the report, for example of a catalogue with overlays; default: as Justitia ships them.
    """
    english = words("report", ENGLISH, messages=messages)
    readers = {language: words("report", language, messages=messages) for language in languages}
    warning = english("made_up") if publication.made_up else ""
    written = []
    for table in publication.tables:
        cube = read_cube(table)
        name = f"{table.dataflow.id}.csv"
        written.append(write_whole(folder / name, _csv(cube, english, warning).encode()))
        metadata = json.dumps(describe(cube, publication, name, readers, warning), ensure_ascii=False, indent=1)
        written.append(write_whole(folder / f"{name}-metadata.json", f"{metadata}\n".encode()))
    return tuple(written)


def _csv(cube: Cube, english: Words, warning: str) -> str:
    """Return the table as CSV: each code followed by its English label, then the figures.

    With a `warning`, every row carries it: rows are copied out of files, and fictional ones must still say so.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_header(cube), *(["MADE_UP"] if warning else [])])
    labels = {axis.id: {entry.code: axis.label(entry.code, english) for entry in axis.entries} for axis in cube.axes}
    measures = {name: measure_labels(cube, name, english).get(ENGLISH, name) for name in cube.measures}
    for batch in cube.table.cells.to_batches():
        for row in batch.to_pylist():
            line = [safe_text(text) for axis in cube.axes for text in (row[axis.id], labels[axis.id][row[axis.id]])]
            line += [safe_text(row["TIME_PERIOD"]), safe_text(row["MEASURE"]), safe_text(measures[row["MEASURE"]])]
            hidden = row["CONF_STATUS"] == "C"
            line += ["" if hidden else _number(row[name]) for name in NUMBERS]
            writer.writerow([*line, row["OBS_STATUS"], row["CONF_STATUS"], *([warning] if warning else [])])
    return out.getvalue()


def _header(cube: Cube) -> list[str]:
    dimensions = [name for axis in cube.axes for name in (axis.id, f"{axis.id}_LABEL")]
    return [*dimensions, "TIME_PERIOD", "MEASURE", "MEASURE_LABEL", *NUMBERS, *STATUSES]


def _number(value: float | None) -> str:
    """Return a number without a needless `.0`, empty when there is none."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)
