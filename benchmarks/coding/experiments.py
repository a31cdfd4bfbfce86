"""The experiments: without any row of the country's list, and with its other rows; neither sees the row it answers."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np

from benchmarks.coding.lists import Row
from benchmarks.coding.measure import Coded
from justitia.classify.answer import OffenceText
from justitia.classify.coder import load_coder
from justitia.classify.confidence import calibrated, fit_isotonic
from justitia.metadata.definitions import Correspondence, CorrespondenceRow
from justitia.metadata.load import Catalogue

FOLDS = 5
LEAST = 60  # texts that each point of the curve of confidence stands on


def zero_shot(
    catalogue: Catalogue, rows: Sequence[Row], language: str, *, context: bool = False, encoder: bool = False
) -> list[Coded]:
    """Return the answers on rows of a list of which the coder knows nothing; `context`: statute and heading too."""
    coder = load_coder(catalogue, language=language, encoder=encoder)
    return _coded(rows, coder.code([_asked(row, context=context) for row in rows]))


def with_other_rows(
    catalogue: Catalogue,
    rows: Sequence[Row],
    reported: Sequence[Row],
    language: str,
    *,
    context: bool = False,
    encoder: bool = False,
) -> list[Coded]:
    """Return the answers on reported rows, each fold by a coder that has the other folds of the list as reviewed.

    Folds are made of distinct texts, so that a text is never asked of a coder that has seen it. With `context`, the
    coder gets the other columns that analysts have: national code, statute text and heading.
    """
    made: list[Coded] = []
    for number in range(FOLDS):
        known = [row for row in rows if _fold(row) != number]
        asked = [row for row in reported if _fold(row) == number]
        coder = load_coder(catalogue, language=language, encoder=encoder, reviewed=[_table(known)])
        codes = {row.national_code for row in known}  # one of another text would be answered from the table
        items = [_asked(row, context=context, coded=context and row.national_code not in codes) for row in asked]
        made += _coded(asked, coder.code(items))
    return made


def cross_fitted(coded: Sequence[Coded], raw: Sequence[float]) -> list[float]:
    """Return the calibrated confidence of each answer, from a curve fitted on the other folds."""
    folds = [_fold(item.row) for item in coded]
    made = np.zeros(len(coded))
    for number in range(FOLDS):
        inside = [place for place, fold in enumerate(folds) if fold != number]
        outside = [place for place, fold in enumerate(folds) if fold == number]
        right = [coded[place].right("division") for place in inside]
        curve = fit_isotonic([raw[place] for place in inside], right, least=LEAST)
        made[outside] = calibrated(np.array([raw[place] for place in outside]), *curve)
    return [float(value) for value in made]


def uncalibrated(catalogue: Catalogue, rows: Sequence[Row], language: str) -> list[Coded]:
    """Return zero-shot answers whose confidence is the coder's raw belief in the division."""
    from justitia.classify.coder import load_model
    from justitia.classify.coder_layers import LayeredCoder
    from justitia.metadata.coding import read_coding

    data = read_coding(catalogue)
    settings = dataclasses.replace(data.settings, calibration={})
    coder = LayeredCoder(
        catalogue, dataclasses.replace(data, settings=settings), load_model(catalogue), language=language
    )
    return _coded(rows, coder.code([_asked(row, context=False) for row in rows]))


def _asked(row: Row, *, context: bool, coded: bool = False) -> OffenceText:
    return OffenceText(row.text, row.national_code if coded else "", row.context if context else {})


def _coded(rows: Sequence[Row], answers: Sequence[object]) -> list[Coded]:
    return [Coded(row, answer) for row, answer in zip(rows, answers, strict=True)]  # type: ignore[arg-type]


def _fold(row: Row) -> int:
    return int(hashlib.sha256(f"fold {row.plain}".encode()).hexdigest(), 16) % FOLDS


def _table(rows: Sequence[Row]) -> Correspondence:
    return Correspondence(
        "other rows",
        tuple(CorrespondenceRow(row.national_code, "", row.code, "coded", 0, {}, None, None, row.text) for row in rows),
    )
