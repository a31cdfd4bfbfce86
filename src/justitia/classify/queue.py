"""The coding queue as a worksheet: national offences without an ICCS code by frequency, filled in and read back."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.errors import CatalogueError, RequestError
from justitia.store import write_atomically

if TYPE_CHECKING:
    from justitia.workspace import Workspace

COLUMNS = ("records", "source_id", "national_code", "national_text", "iccs_code", "status", "basis")
STATUSES = ("coded", "unspecified", "no_code")
_FURTHER_KEYS = ("condition", "valid_from")
_TOLD = 10  # faults of a worksheet that one message names


@dataclass(frozen=True, slots=True)
class Queued:
    """A national offence that waits for a code, with the number of records that it decides."""

    source_id: str
    kind: str
    national_code: str
    national_text: str
    records: int


def coding_queue(workspace: Workspace) -> list[Queued]:
    """Return the national offences without an ICCS code, most frequent first; the operator's, exact."""
    from justitia.workspace import table_relation

    state = workspace.store.read()
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, "coded__national_code")
        rows = engine.rows(f"""
            SELECT source_id, kind, coalesce(national_code, ''), coalesce(national_text, ''), sum(records)
            FROM {relation} WHERE iccs_status = 'uncoded' AND national_code IS NOT NULL
            GROUP BY ALL ORDER BY 5 DESC, 3""")
    return [Queued(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]


def export_queue(workspace: Workspace, rows: Sequence[Queued], path: Path) -> None:
    """Write the queue to a workbook; codes are chosen from the ICCS on the second sheet."""
    import io

    import xlsxwriter

    written = io.BytesIO()  # a file that cannot be written is then an ordinary error of the system
    with xlsxwriter.Workbook(written, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bg_color": "#DDE6EE"})
        sheet = book.add_worksheet("queue")
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, name, head)
        for line, row in enumerate(rows, start=1):
            sheet.write_number(line, 0, row.records)
            for place, value in enumerate((row.source_id, row.national_code, row.national_text, "", "", ""), start=1):
                sheet.write_string(line, place, value, text)
        if rows:
            sheet.data_validation(1, 5, len(rows), 5, {"validate": "list", "source": list(STATUSES)})
        sheet.set_column(2, 3, 50)
        sheet.set_column(4, 6, 16, text)
        sheet.freeze_panes(1, 0)
        iccs = book.add_worksheet("iccs")
        listed = workspace.catalogue.codelist("iccs")
        languages = workspace.settings.languages
        for place, name in enumerate(("code", *languages)):
            iccs.write_string(0, place, name, head)
        for line, code in enumerate(listed.codes.values(), start=1):
            iccs.write_string(line, 0, code.code, text)
            for place, language in enumerate(languages, start=1):
                iccs.write_string(line, place, code.label(language))
        iccs.set_column(1, len(languages), 60)
        iccs.freeze_panes(1, 1)
        iccs.autofilter(0, 0, len(listed.codes), len(languages))
    path.write_bytes(written.getvalue())


def import_queue(workspace: Workspace, path: Path) -> dict[str, int]:
    """Put the decisions of a filled-in worksheet into the overlay's correspondences; one made before is replaced.

    Returns:
        For each correspondence file (path in the workspace), the number of decisions that are new or changed.

    Raises:
        CatalogueError: E-COD-001 when a code does not exist; nothing is written, all faults are named.
        RequestError: E-COD-002 when the layout names no correspondence, E-COD-005 when this is no coding workbook.
    """
    data = _sheet(path)
    heads = [str(cell) for cell in data[0]]
    rows = [dict(zip(heads, map(_text, row), strict=False)) for row in data[1:]]
    decided = [(line, row) for line, row in enumerate(rows, start=2) if row.get("iccs_code") or row.get("status")]
    codes = workspace.catalogue.codelist("iccs").codes
    faults = [message for line, row in decided if (message := _fault(line, row, codes))]
    if faults:
        more = f"; and {len(faults) - _TOLD:,} more" if len(faults) > _TOLD else ""
        raise CatalogueError(
            "E-COD-001",
            f"cells that cannot be decisions: {'; '.join(faults[:_TOLD])}{more}",
            where=str(path),
            remedy="Correct the cells; nothing was added",
        )
    added: dict[str, int] = {}
    for source_id in sorted({row["source_id"] for _, row in decided}):
        own = [row for _, row in decided if row["source_id"] == source_id]
        file = _correspondence_file(workspace, source_id)
        added[str(file.relative_to(workspace.folder))] = _decide(file, own)
    return added


def _sheet(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        data = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("queue").to_python()
    except CalamineError:
        data = []
    if not data or not {"source_id", "national_code", "iccs_code"} <= {str(cell) for cell in data[0]}:
        raise RequestError(
            "E-COD-005",
            "this is not a workbook of the coding queue",
            where=str(path),
            remedy="Make one with `justitia coding export`, fill in its sheet queue and save it as .xlsx",
        )
    return data


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _fault(line: int, row: Mapping[str, str], codes: Mapping[str, object]) -> str:
    code, status = row.get("iccs_code", ""), row.get("status", "")
    if status and status not in STATUSES:
        return f"line {line}: status [{status}] is not one of {', '.join(STATUSES)}"
    if status == "no_code":
        return f"line {line}: no_code goes without an iccs_code" if code else ""
    if code not in codes:
        lost = f"; a leading zero was lost, write 0{code} as text" if f"0{code}" in codes else ""
        return f"line {line}: ICCS has no code [{code}]{lost}"
    return ""


def _correspondence_file(workspace: Workspace, source_id: str) -> Path:
    layout = workspace.catalogue.layouts.get(source_id)
    names = [record.correspondence for record in layout.records if record.correspondence] if layout else []
    if not names:
        raise RequestError(
            "E-COD-002",
            "the layout of this source names no correspondence",
            where=source_id,
            remedy='Add correspondence = "<id>" to the record in its layout.toml',
        )
    return workspace.folder / workspace.settings.overlays[-1] / "correspondences" / f"{names[0]}.csv"


def _decide(file: Path, rows: Sequence[Mapping[str, str]]) -> int:
    """Write the decisions and return how many are new or changed: the same worksheet may be read again and again."""
    import io

    known = ["national_code", "condition", "iccs_code", "status", "priority", "national_label", "basis"]
    old: list[dict[str, str]] = []
    if file.exists():
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            known = list(reader.fieldnames or known)
            old = list(reader)
    # Rows with a condition or dates say more than a worksheet can: they stay as they are.
    plain = {row["national_code"]: row for row in old if not any(row.get(name) for name in _FURTHER_KEYS)}
    changed = 0
    for row in rows:
        decision = {
            "national_code": row["national_code"],
            "iccs_code": row.get("iccs_code", ""),
            "status": row.get("status") or "coded",
            "national_label": row.get("national_text", ""),
            "basis": row.get("basis", ""),
        }
        before = plain.get(row["national_code"])
        if before is None:
            old.append(decision)
            plain[row["national_code"]] = decision
        elif any(before.get(name, "") != value for name, value in decision.items()):
            before.update(decision)
        else:
            continue
        changed += 1
    text = io.StringIO()
    writer = csv.DictWriter(text, known, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(old)
    write_atomically(file, text.getvalue().encode())
    return changed
