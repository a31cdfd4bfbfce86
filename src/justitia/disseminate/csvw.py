"""CSV on the Web: each table as a tidy CSV file and its description (W3C, Metadata Vocabulary for Tabular Data)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from justitia.disseminate.captions import licences, number_of
from justitia.disseminate.cube import Axis, Cube, read_cube
from justitia.disseminate.files import write_whole
from justitia.disseminate.safe_text import safe_text
from justitia.disseminate.wording import ENGLISH, Words, words
from justitia.metadata.definitions import Labels
from justitia.model.publication import Publication

_NUMBERS = ("OBS_VALUE", "LOWER", "UPPER")
_STATUSES = {"OBS_STATUS": ("A", "M", "Q"), "CONF_STATUS": ("C", "F")}

Json = dict[str, Any]


def write_csvw(publication: Publication, folder: Path, *, languages: Sequence[str]) -> tuple[Path, ...]:
    """Return the files written: `<dataflow>.csv` and `<dataflow>.csv-metadata.json` for each table.

    Args:
        publication: what is published.
        folder: where the files go; made when missing.
        languages: tags of the languages of titles and code labels in the metadata.
    """
    written = []
    for table in publication.tables:
        cube = read_cube(table)
        name = f"{table.dataflow.id}.csv"
        written.append(write_whole(folder / name, _csv(cube, _warning(publication)).encode()))
        metadata = json.dumps(_metadata(cube, publication, name, languages), ensure_ascii=False, indent=1)
        written.append(write_whole(folder / f"{name}-metadata.json", f"{metadata}\n".encode()))
    return tuple(written)


def _csv(cube: Cube, warning: list[str]) -> str:
    """Return the table as CSV: each code followed by its English label, then the figures."""
    english = words("report", ENGLISH)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_header(cube), *(["MADE_UP"] if warning else [])])
    labels = {axis.id: {entry.code: axis.label(entry.code, english) for entry in axis.entries} for axis in cube.axes}
    measures = {name: _measure_labels(cube, name, english).get(ENGLISH, name) for name in cube.measures}
    for row in cube.table.cells.to_pylist():
        line = [safe_text(text) for axis in cube.axes for text in (row[axis.id], labels[axis.id][row[axis.id]])]
        line += [safe_text(row["TIME_PERIOD"]), safe_text(row["MEASURE"]), safe_text(measures.get(row["MEASURE"], ""))]
        hidden = row["CONF_STATUS"] == "C"
        line += ["" if hidden else _number(row[name]) for name in _NUMBERS]
        writer.writerow([*line, row["OBS_STATUS"], row["CONF_STATUS"], *warning])
    return out.getvalue()


def _header(cube: Cube) -> list[str]:
    dimensions = [name for axis in cube.axes for name in (axis.id, f"{axis.id}_LABEL")]
    return [*dimensions, "TIME_PERIOD", "MEASURE", "MEASURE_LABEL", *_NUMBERS, *_STATUSES]


def _warning(publication: Publication) -> list[str]:
    """Return what every row of fictional figures says of itself, nothing for real figures."""
    return [words("report", ENGLISH)("made_up")] if publication.made_up else []


def _number(value: float | None) -> str:
    """Return a number without a needless `.0`, empty when there is none."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def _metadata(cube: Cube, publication: Publication, name: str, languages: Sequence[str]) -> Json:
    """Return the CSVW description of one table."""
    flow = cube.dataflow
    described: Json = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": ENGLISH}],
        "url": name,
        "dc:title": _texts(flow.labels, languages, flow.id),
        "dc:description": _texts(flow.descriptions, languages, ""),
        "dc:publisher": publication.publisher,
        "dc:issued": publication.released.isoformat(),
        "dc:license": licences(publication),
        "dc:source": [f"{source.title} ({source.authority})" for source in publication.sources],
        "schema:version": cube.table.vintage,
        "schema:measurementTechnique": f"unit: {flow.unit}; counting rule: {flow.counting_rule}",
        "rdfs:comment": [f"{source.title}: {source.when_recorded}" for source in publication.sources],
    }
    if publication.made_up:
        described["schema:disambiguatingDescription"] = words("report", ENGLISH)("made_up")
    described["tableSchema"] = {
        "columns": _columns(cube, languages) + [_column("MADE_UP", {}, "string") for _ in _warning(publication)],
        "primaryKey": [*(axis.id for axis in cube.axes), "TIME_PERIOD", "MEASURE"],
    }
    return {key: value for key, value in described.items() if value not in ("", [], {})}


def _columns(cube: Cube, languages: Sequence[str]) -> list[Json]:
    found = [column for axis in cube.axes for column in _axis_columns(axis, languages)]
    found.append(_column("TIME_PERIOD", _message("period", languages), {"base": "string"}))
    found.append(_column("MEASURE", _message("measure", languages), _one_of(cube.measures)))
    found[-1]["skos:member"] = [
        {"skos:notation": name, "skos:prefLabel": _texts(_every_measure_label(cube, name, languages), languages, name)}
        for name in cube.measures
    ]
    found.append(_column("MEASURE_LABEL", _message("measure", languages), {"base": "string"}))
    for name in _NUMBERS:
        found.append(_column(name, {ENGLISH: name}, "number", required=False))
    return found + [_column(name, {ENGLISH: name}, _one_of(codes)) for name, codes in _STATUSES.items()]


def _axis_columns(axis: Axis, languages: Sequence[str]) -> list[Json]:
    """Return the columns of a dimension: its codes, with their labels in all languages, and its English labels."""
    readers = {language: words("report", language) for language in languages}
    titles = {language: axis.title(reader) for language, reader in readers.items()}
    codes = _column(axis.id, titles, _one_of([entry.code for entry in axis.entries]))
    codes["skos:member"] = [
        {
            "skos:notation": entry.code,
            "skos:prefLabel": _own({language: axis.label(entry.code, reader) for language, reader in readers.items()}),
        }
        for entry in axis.entries
    ]
    return [codes, _column(f"{axis.id}_LABEL", titles, {"base": "string"})]


def _column(name: str, titles: Labels, datatype: str | Json, *, required: bool = True) -> Json:
    column: Json = {"name": name, "titles": _titles(name, titles), "datatype": datatype, "required": required}
    return column if required else {**column, "null": ""}


def _titles(name: str, titles: Labels) -> Json:
    """Return the titles by language; the file's own heading is among them, as validators match on it."""
    return {ENGLISH: list(dict.fromkeys([name, titles.get(ENGLISH, name)]))} | {
        language: text
        for language, text in titles.items()
        if language != ENGLISH and text and getattr(text, "language", language) == language
    }


def _one_of(codes: Sequence[str]) -> Json:
    """Return the data type of a text that is one of `codes`, as the file writes them."""
    return {"base": "string", "format": "|".join(re.escape(safe_text(code)) for code in codes)}


def _texts(labels: Labels, languages: Sequence[str], fallback: str) -> list[Json]:
    """Return language-tagged texts, for the languages that have one."""
    found = _own({language: labels.get(language, "") for language in languages})
    return found or ([{"@value": fallback, "@language": ENGLISH}] if fallback else [])


def _own(texts: Labels) -> list[Json]:
    """Return the texts that are in their own language, not English put in for another."""
    return [
        {"@value": str(text), "@language": language}
        for language, text in texts.items()
        if text and getattr(text, "language", language) == language
    ]


def _message(key: str, languages: Sequence[str]) -> Labels:
    return {language: words("report", language)(key) for language in languages}


def _measure_labels(cube: Cube, name: str, reader: Words) -> Labels:
    """Return the declared labels of a measure or ratio, or those of `number of <unit>`."""
    declared = [(item.id, item.labels) for item in cube.dataflow.measures]
    declared += [(item.id, item.labels) for item in cube.dataflow.ratios]
    for item_id, labels in declared:
        if item_id == name and labels:
            return labels
    return {reader.language: number_of(cube, reader)}


def _every_measure_label(cube: Cube, name: str, languages: Sequence[str]) -> Labels:
    found: dict[str, str] = {}
    for language in languages:
        found.update(_measure_labels(cube, name, words("report", language)))
    return found
