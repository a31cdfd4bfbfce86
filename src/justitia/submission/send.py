"""A filled round leaves: exact by the confidential channel to a named recipient, or as the protected public copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.disseminate.questionnaire import check_round, write_questionnaire
from justitia.errors import RequestError
from justitia.submission.fill import fill_collection
from justitia.submission.observations import check_area, write_observations
from justitia.transmit import check_transmission, write_receipt

if TYPE_CHECKING:
    from justitia.findings import Finding
    from justitia.metadata.collection import Collection
    from justitia.model.questionnaire import FilledRound
    from justitia.workspace import Workspace

CONFIDENTIAL, PUBLIC = "confidential", "public"


def send_collection(
    workspace: Workspace,
    asked: str,
    folder: Path,
    *,
    year: int,
    recipient: str,
    legal_basis: str,
    approver: str,
    languages: Sequence[str] = ("en",),
    population: str = "",
    largest_city: str = "",
    messages: Sequence[str] = (),
    area: str = "",
) -> tuple[FilledRound, tuple[Finding, ...]]:
    """Write a round with exact figures to a new folder for a named recipient, and return it with its inconsistencies.

    Args:
        workspace: the workspace, up to date.
        asked: collection, with or without its round.
        folder: new folder outside the public ones.
        year: reference year.
        recipient, legal_basis, approver: to whom, why, and who said so; kept in the receipt and in the history.
        languages: one workbook in each.
        population, largest_city: as for `fill_collection`.
        messages: SDMX formats that the figures are written in too, for example `ml-3.0`.
        area: code of the country in the SDMX structure; default, that of the settings.

    Raises:
        DisclosureError, RequestError: as `check_transmission` and `write_observations`.
    """
    said = {"recipient": recipient, "legal_basis": legal_basis, "approver": approver}
    target = check_transmission(workspace, folder, **said)
    collection = workspace.catalogue.collection(asked)
    area = _area(workspace, collection, messages, area)
    words = workspace.catalogue.messages("questionnaire")
    made = [
        fill_collection(
            workspace, asked, year=year, population=population, largest_city=largest_city, language=language
        )
        for language in languages
    ]
    with workspace.store.writing():
        if messages:  # first: where the structure has no place for a figure, nothing is written
            stem = f"{collection.name}-{collection.round}-{year}.{CONFIDENTIAL}"
            write_observations(workspace, made[0], collection, _targets(target, stem, messages), area=area)
        target.mkdir(parents=True, exist_ok=True)
        for filled, language in zip(made, languages, strict=True):
            name = f"{collection.name}-{collection.round}-{year}.{language}.{CONFIDENTIAL}.xlsx"
            write_questionnaire(filled, collection, target / name, language=language, words=words)
        what = f"transmitted {collection.id} for {year}"
        write_receipt(workspace, target, workspace.store.read(), what=what, **said)
    return made[0], check_round(made[0], collection, language=languages[0])


def publish_collection(
    workspace: Workspace,
    asked: str,
    file: Path,
    *,
    year: int,
    language: str = "en",
    population: str = "",
    largest_city: str = "",
    messages: Sequence[str] = (),
    area: str = "",
) -> FilledRound:
    """Write the public copy of a round, from protected figures, and return it.

    Args:
        workspace, asked, year, population, largest_city: as for `fill_collection`.
        file: new workbook.
        language: of its words.
        messages, area: as for `send_collection`; the messages stand beside the workbook, under its name.

    Raises:
        RequestError: E-FIL-004 when a file exists; as `write_observations`.
    """
    collection = workspace.catalogue.collection(asked)
    area = _area(workspace, collection, messages, area)
    targets = _targets(file.parent, file.stem, messages)
    for each in (file, *targets.values()):
        if each.exists():
            raise RequestError("E-FIL-004", "the file exists", where=str(each), remedy="Name a new file")
    filled = fill_collection(
        workspace,
        asked,
        year=year,
        public=True,
        population=population,
        largest_city=largest_city,
        language=language,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    words = workspace.catalogue.messages("questionnaire")
    if messages:
        write_observations(workspace, filled, collection, targets, area=area)
    write_questionnaire(filled, collection, file, language=language, words=words)
    return filled


def _area(workspace: Workspace, collection: Collection, messages: Sequence[str], area: str) -> str:
    area = area or workspace.settings.sdmx_area
    if messages:
        check_area(collection, area)
    return area


def _targets(folder: Path, stem: str, messages: Sequence[str]) -> dict[str, Path]:
    from justitia.disseminate.sdmx import FORMATS

    unknown = [name for name in messages if name not in FORMATS]
    if unknown:
        raise RequestError(
            "E-SDM-022", f"format [{unknown[0]}] is not written", where=stem, remedy=f"Use {', '.join(FORMATS)}"
        )
    return {name: folder / f"{stem}.{name}{FORMATS[name]}" for name in messages}
