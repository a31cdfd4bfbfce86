"""The audit sheet: offences without the code that they were given, to be coded again, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.classify.items import cell_text
from justitia.classify.text import lost_zero
from justitia.errors import CatalogueError, RequestError

if TYPE_CHECKING:
    from justitia.classify.audit import Sample
    from justitia.workspace import Workspace

SHEET = "audit"
COLUMNS = ("audit", "row", "source_id", "national_code", "national_text", "condition", "iccs_code", "status", "note")
STATUSES = ("coded", "unspecified", "no_code")
_TOLD = 10


@dataclass(frozen=True, slots=True)
class Filled:
    """A sheet that came back.

    Args:
        audit: id of the audit.
        codes: row -> the code given to it; empty for `no_code`. Rows left empty are not in it.
    """

    audit: str
    codes: Mapping[int, str]


def write_sheet(workspace: Workspace, sample: Sample, path: Path) -> None:
    """Write the sample to a workbook, without any code that was given; the ICCS is on the second sheet."""
    import io

    import xlsxwriter

    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        fill = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FFF8DC", "border": 1})
        head = book.add_format({"bold": True, "bg_color": "#DDE6EE"})
        sheet = book.add_worksheet(SHEET)
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, name, head)
        for line, one in enumerate(sample.rows, start=1):
            group = one.group
            cells = (sample.id, "", group.source_id, group.national_code, group.national_text, group.condition)
            for place, cell in enumerate(cells):
                sheet.write_string(line, place, cell, text)
            sheet.write_number(line, 1, one.row)
            for place in range(len(cells), len(COLUMNS)):
                sheet.write_blank(line, place, None, fill)
        sheet.data_validation(1, 7, len(sample.rows), 7, {"validate": "list", "source": list(STATUSES)})
        for first, last, width in ((0, 1, 7), (2, 2, 16), (3, 4, 44), (5, 5, 24), (6, 7, 13), (8, 8, 30)):
            sheet.set_column(first, last, width)
        sheet.freeze_panes(1, 2)
        _write_iccs(workspace, book, head, text)
    path.write_bytes(written.getvalue())


def _write_iccs(workspace: Workspace, book: Any, head: Any, text: Any) -> None:
    sheet = book.add_worksheet("iccs")
    languages = workspace.settings.languages
    listed = list(workspace.catalogue.codelist("iccs").codes.values())
    for place, name in enumerate(("code", *languages)):
        sheet.write_string(0, place, name, head)
    for line, code in enumerate(listed, start=1):
        sheet.write_string(line, 0, code.code, text)
        for place, language in enumerate(languages, start=1):
            sheet.write_string(line, place, code.label(language), text)
    sheet.set_column(1, len(languages), 60)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(listed), len(languages))


def read_sheet(path: Path, codes: Mapping[str, object]) -> Filled:
    """Return what a filled-in sheet says.

    Args:
        path: workbook, or the sheet saved as CSV.
        codes: the codes that there are.

    Raises:
        RequestError: E-COD-062 when this is no audit sheet, or holds several audits.
        CatalogueError: E-COD-063 when cells hold no code; all are named.
    """
    data = _cells(path)
    heads = [cell_text(cell) for cell in data[0]] if data else []
    rows = [dict(zip(heads, map(cell_text, row), strict=False)) for row in data[1:]]
    rows = [row for row in rows if row.get("row", "").isdigit()]
    audits = {row.get("audit", "") for row in rows}
    if len(audits) != 1 or not {"audit", "row", "iccs_code", "status"} <= set(heads):
        raise RequestError(
            "E-COD-062",
            "this is not the sheet of one audit",
            where=str(path),
            remedy="Draw one with `justitia coding audit-sample`, fill in iccs_code and leave the other columns",
        )
    faults = [f"row {row['row']}: {fault}" for row in rows if (fault := _fault(row, codes))]
    if faults:
        more = f"; and {len(faults) - _TOLD:,} more" if len(faults) > _TOLD else ""
        raise CatalogueError(
            "E-COD-063",
            f"cells that cannot be codes: {'; '.join(faults[:_TOLD])}{more}",
            where=str(path),
            remedy="Correct the cells; nothing was read",
        )
    filled = [row for row in rows if row["iccs_code"] or row["status"] == "no_code"]
    return Filled(audits.pop(), {int(row["row"]): row["iccs_code"] for row in filled})


def _cells(path: Path) -> list[list[Any]]:
    import csv

    from python_calamine import CalamineError, CalamineWorkbook

    if path.suffix.lower() == ".csv":
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    try:
        return list(CalamineWorkbook.from_path(str(path)).get_sheet_by_name(SHEET).to_python())
    except CalamineError:
        return []


def _fault(row: Mapping[str, str], codes: Mapping[str, object]) -> str:
    code, status = row["iccs_code"], row["status"]
    if status and status not in STATUSES:
        return f"status [{status[:30]}] is not one of {', '.join(STATUSES)}"
    if status == "no_code":
        return "no_code goes without an iccs_code" if code else ""
    if code and code not in codes:
        meant = lost_zero(code, codes)
        return f"ICCS has no code [{code[:30]}]" + (
            f"; a leading zero was lost, write {meant} as text" if meant else ""
        )
    return "a status without an iccs_code" if status and not code else ""
