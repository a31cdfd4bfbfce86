"""The quality figures of a publication, put in order: the balance of rows by source, and all others."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import REDACTED
from justitia.model.publication import Publication, QualityFigure

# Rows received = the other five, for every source.
PARTS = ("received", "accepted", "duplicate", "quarantined", "out_of_scope", "erased")


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of the rows of one source: a figure for each of `PARTS`, None where none was given."""

    source: str
    figures: tuple[QualityFigure | None, ...]


def balances(publication: Publication) -> list[Balance]:
    """Return the balance of rows of each source for which rows received are given."""
    found: dict[str, dict[str, QualityFigure]] = {}
    for figure in publication.quality:
        part = _part(figure)
        if part:
            found.setdefault(figure.subject, {})[part] = figure
    return [
        Balance(subject_name(subject, publication), tuple(parts.get(part) for part in PARTS))
        for subject, parts in found.items()
        if "received" in parts
    ]


def others(publication: Publication) -> list[QualityFigure]:
    """Return the figures that are in no balance."""
    balanced = {figure.subject for figure in publication.quality if _part(figure) == "received"}
    return [figure for figure in publication.quality if not (_part(figure) and figure.subject in balanced)]


def subject_name(subject: str, publication: Publication) -> str:
    """Return the title of the source with this id, or the subject as it is."""
    return next((source.title for source in publication.sources if source.source_id == subject), subject)


def shown(figure: QualityFigure | None, reader: Reader) -> str:
    """Return the figure as text, or the symbol for redacted, or an en dash where none was given."""
    if figure is None:
        return "–"
    if figure.value is None:
        return REDACTED
    return reader.formats.decimal(figure.value) if figure.unit == "percent" else reader.formats.count(figure.value)


def _part(figure: QualityFigure) -> str:
    """Return which part of the balance a figure is: `rows_received` and `received_rows` mean the same."""
    name = figure.id.removeprefix("rows_").removesuffix("_rows").removesuffix("s") if "rows" in figure.id else ""
    return name if name in PARTS else ""
