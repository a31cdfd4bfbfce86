"""The description of a CSV file (W3C, Metadata Vocabulary for Tabular Data)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from justitia.disseminate.captions import licences, number_of
from justitia.disseminate.cube import Axis, Cube
from justitia.disseminate.safe_text import safe_text
from justitia.disseminate.wording import ENGLISH, Words
from justitia.metadata.definitions import Labels
from justitia.model.publication import Publication

NUMBERS = ("OBS_VALUE", "LOWER", "UPPER")
STATUSES = {"OBS_STATUS": ("A", "M", "Q"), "CONF_STATUS": ("C", "F")}

Json = dict[str, Any]
Readers = Mapping[str, Words]  # language -> its words


def describe(cube: Cube, publication: Publication, name: str, readers: Readers, warning: str) -> Json:
    """Return the description of one table; `name` is that of its CSV file, `warning` tells of fictional figures."""
    flow = cube.dataflow
    described: Json = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": ENGLISH}],
        "url": name,
        "dc:title": _texts(flow.labels, readers, flow.id),
        "dc:description": _texts(flow.descriptions, readers, ""),
        "dc:publisher": publication.publisher,
        "dc:issued": publication.released.isoformat(),
        "dc:license": licences(publication),
        "dc:source": [f"{source.title} ({source.authority})" for source in publication.sources_of(cube.table)],
        "schema:version": cube.table.vintage,
        "schema:measurementTechnique": f"unit: {flow.unit}; counting rule: {flow.counting_rule}",
        "rdfs:comment": [f"{source.title}: {source.when_recorded}" for source in publication.sources_of(cube.table)],
    }
    if warning:
        described["schema:disambiguatingDescription"] = warning
    described["tableSchema"] = {
        "columns": _columns(cube, readers) + ([_column("MADE_UP", {}, "string")] if warning else []),
        "primaryKey": [*(axis.id for axis in cube.axes), "TIME_PERIOD", "MEASURE"],
    }
    return {key: value for key, value in described.items() if value not in ("", [], {})}


def _columns(cube: Cube, readers: Readers) -> list[Json]:
    found = [column for axis in cube.axes for column in _axis_columns(axis, readers)]
    found.append(_column("TIME_PERIOD", _message("period", readers), {"base": "string"}))
    found.append(_column("MEASURE", _message("measure", readers), _one_of(cube.measures)))
    found[-1]["skos:member"] = [
        {"skos:notation": name, "skos:prefLabel": _texts(_every_measure_label(cube, name, readers), readers, name)}
        for name in cube.measures
    ]
    found.append(_column("MEASURE_LABEL", _message("measure", readers), {"base": "string"}))
    for name in NUMBERS:
        found.append(_column(name, {ENGLISH: name}, "number", required=False))
    return found + [_column(name, {ENGLISH: name}, _one_of(codes)) for name, codes in STATUSES.items()]


def _axis_columns(axis: Axis, readers: Readers) -> list[Json]:
    """Return the columns of a dimension: its codes, with their labels in all languages, and its English labels."""
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


def _texts(labels: Labels, readers: Readers, fallback: str) -> list[Json]:
    """Return language-tagged texts, for the languages that have one."""
    found = _own({language: labels.get(language, "") for language in readers})
    return found or ([{"@value": fallback, "@language": ENGLISH}] if fallback else [])


def _own(texts: Labels) -> list[Json]:
    """Return the texts that are in their own language, not English put in for another."""
    return [
        {"@value": str(text), "@language": language}
        for language, text in texts.items()
        if text and getattr(text, "language", language) == language
    ]


def _message(key: str, readers: Readers) -> Labels:
    return {language: reader(key) for language, reader in readers.items()}


def measure_labels(cube: Cube, name: str, reader: Words) -> Labels:
    """Return the declared labels of a measure or ratio, or those of `number of <unit>`."""
    declared = [(item.id, item.labels) for item in cube.dataflow.measures]
    declared += [(item.id, item.labels) for item in cube.dataflow.ratios]
    for item_id, labels in declared:
        if item_id == name and labels:
            return labels
    return {reader.language: number_of(cube, reader)}


def _every_measure_label(cube: Cube, name: str, readers: Readers) -> Labels:
    found: dict[str, str] = {}
    for reader in readers.values():
        found.update(measure_labels(cube, name, reader))
    return found
