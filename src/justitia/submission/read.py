"""Filled workbooks as rounds: which collection a workbook is of, its values, and all its inconsistencies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from justitia.disseminate.questionnaire import check_round, read_questionnaire
from justitia.disseminate.questionnaire.reading import collection_of
from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.findings import Finding
    from justitia.metadata.collection import Collection
    from justitia.metadata.load import Catalogue
    from justitia.model.questionnaire import FilledRound

WHOLE = ("count", "sum", "stock", "list", "population")  # methods whose figures are whole numbers


def read_round(
    file: Path, catalogue: Catalogue, *, asked: str = "", year: int | None = None, language: str = "en"
) -> tuple[FilledRound, Collection, tuple[Finding, ...]]:
    """Return a filled workbook, what it is a round of, and everything that is wrong with it.

    Args:
        file: workbook, ours or another office's.
        catalogue: with the collection, and the layout file of a workbook that is not ours.
        asked: collection; default, the one that our own workbooks name.
        year: reference year; default, as above.
        language: of the rules' words.

    Raises:
        LayoutError: E-QST-001 to E-QST-004 for a file that cannot be read.
        RequestError: E-QST-005 when the workbook does not tell its collection and none is named.
    """
    named = asked or collection_of(file)
    if not named:
        raise RequestError(
            "E-QST-005",
            "the workbook does not tell which collection it fills",
            where=file.name,
            remedy=f"Name it with --collection: {', '.join(catalogue.collection_ids())}",
        )
    collection = catalogue.collection(named)
    fractional = {name for name, item in catalogue.indicators.items() if item.method not in WHOLE}
    filled, cells = read_questionnaire(file, collection, year=year, fractional=fractional)
    return filled, collection, (*cells, *check_round(filled, collection, language=language))
