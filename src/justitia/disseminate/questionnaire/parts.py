"""What a received workbook holds beside values: formulas, merged cells, macros. Nothing in it is ever run."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from justitia.errors import LayoutError

LARGEST = 200 * 1024 * 1024  # bytes unpacked: far above any questionnaire
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


@dataclass(slots=True)
class SheetParts:
    """Addresses of the formulas of a sheet, and its merged ranges."""

    formulas: dict[str, str] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class BookParts:
    """Sheet name -> what it holds beside values; and whether the workbook brings macros."""

    sheets: dict[str, SheetParts]
    has_macros: bool


def read_parts(path: Path) -> BookParts:
    """Return what a workbook holds beside values.

    Raises:
        LayoutError: E-QST-001 when the file is no XLSX workbook, E-QST-002 when it unpacks to more than any
            questionnaire.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError

    try:
        with zipfile.ZipFile(path) as packed:
            if sum(member.file_size for member in packed.infolist()) > LARGEST:
                raise LayoutError("E-QST-002", "the workbook unpacks to more than 200 MiB", where=path.name)
            names = set(packed.namelist())
            sheets = {name: _sheet(packed, part) for name, part in _sheet_parts(packed).items() if part in names}
            return BookParts(sheets, any(name.lower().endswith("vbaproject.bin") for name in names))
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, KeyError, EOFError) as error:
        raise LayoutError(
            "E-QST-001",
            "the file is no XLSX workbook that can be read",
            where=path.name,
            remedy="Save it as Excel workbook (.xlsx) again",
        ) from error


def _sheet_parts(packed: zipfile.ZipFile) -> dict[str, str]:
    from defusedxml.ElementTree import fromstring

    book = fromstring(packed.read("xl/workbook.xml"))
    relations = fromstring(packed.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): str(item.get("Target")) for item in relations.iter(_PACKAGE)}
    found = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        found[str(sheet.get("name"))] = part
    return found


def _sheet(packed: zipfile.ZipFile, part: str) -> SheetParts:
    from defusedxml.ElementTree import iterparse

    made = SheetParts()
    with packed.open(part) as stream:
        for _, element in iterparse(stream, events=("end",)):
            if element.tag == f"{_MAIN}c":
                formula = element.find(f"{_MAIN}f")
                if formula is not None:
                    made.formulas[str(element.get("r"))] = formula.text or ""
                element.clear()
            elif element.tag == f"{_MAIN}mergeCell":
                made.merged.append(str(element.get("ref")))
    return made


def merged_over(ranges: list[str], row: int, column: int) -> str:
    """Return the merged range that covers a cell (row and column from 0), empty where none does."""
    from justitia.disseminate.questionnaire.layout import position

    for text in ranges:
        first, _, last = text.partition(":")
        (top, left), (bottom, right) = position(first), position(last or first)
        if top <= row <= bottom and left <= column <= right:
            return text
    return ""
