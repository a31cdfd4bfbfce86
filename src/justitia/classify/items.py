"""The offences that wait for a decision: of a workspace's sources, or of a list in a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.classify.answer import OffenceText
from justitia.classify.decisions import DecisionLog
from justitia.errors import RequestError
from justitia.metadata.faults import nearest
from justitia.metadata.tree import DECISIONS

if TYPE_CHECKING:
    from justitia.metadata.definitions import Correspondence
    from justitia.workspace import Workspace

AUTOMATIC = "automatic"  # what the basis of a decision begins with that nobody has reviewed
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Item:
    """One offence of a national list.

    Args:
        national_code: its code, or its text where the list has no codes: what a correspondence decides by.
        text: as written.
        records: number of records that it decides.
        context: further columns about it, by role: `statute`, `heading`, or another name.
    """

    national_code: str
    text: str
    records: int = 1
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def offence(self) -> OffenceText:
        """The offence as a coder is asked about it."""
        return OffenceText(text=self.text, national_code=self.national_code, context=self.context)


def log_file(workspace: Workspace, identifier: str) -> Path:
    """Return where the decisions on a correspondence are kept: beside the tables, in the uppermost overlay."""
    return overlay(workspace) / DECISIONS / f"{identifier}.csv"


def versions_folder(workspace: Workspace, identifier: str) -> Path:
    """Return where earlier versions of a correspondence are kept."""
    return overlay(workspace) / DECISIONS / "versions" / identifier


def kinds_of(workspace: Workspace, identifier: str) -> tuple[str, ...]:
    """Return the kinds of record that a correspondence codes.

    Raises:
        RequestError: E-COD-002 when no layout names it.
    """
    found = tuple(sorted({kind for (_, kind), name in _correspondences(workspace).items() if name == identifier}))
    if not found:
        raise RequestError(
            "E-COD-002",
            "no layout names this correspondence",
            where=identifier,
            remedy=nearest(identifier, _correspondences(workspace).values()),
        )
    return found


def overlay(workspace: Workspace) -> Path:
    """Return the uppermost overlay, the one that is written to."""
    return workspace.folder / workspace.settings.overlays[-1]


def correspondence_of(workspace: Workspace, source_id: str = "") -> str:
    """Return the correspondence of a source; without a name, of the only source that has one.

    Raises:
        RequestError: E-COD-002 when the source names none, E-COD-034 when there are several to choose from.
    """
    named = _correspondences(workspace)
    found = sorted({name for (source, _), name in named.items() if source_id in ("", source)})
    if not found:
        raise RequestError(
            "E-COD-002",
            "the layout of this source names no correspondence",
            where=source_id or str(workspace.folder),
            remedy='Add correspondence = "<id>" to the record in its layout.toml',
        )
    if len(found) > 1:
        raise RequestError(
            "E-COD-034",
            f"several lists are coded here: {', '.join(found)}",
            where=source_id or str(workspace.folder),
            remedy=f"Name the source: {', '.join(sorted({source for source, _ in named}))}",
        )
    return found[0]


def workspace_items(workspace: Workspace, identifier: str, *, every: bool = False) -> list[Item]:
    """Return what a correspondence has to decide, most records first.

    These are the offences without a decision, those decided by the coder alone, and those that the log speaks of (a
    second coder has yet to see them); with `every`, all offences that the records hold.

    Args:
        workspace: after a run.
        identifier: of the correspondence.
        every: also what reviewed decisions cover.
    """
    from justitia.workspace import table_relation

    state = workspace.store.read()
    kinds = {pair for pair, name in _correspondences(workspace).items() if name == identifier}
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, "coded__national_code")
        rows = engine.rows(f"""
            SELECT kind, source_id, national_code, max(national_text), sum(records), bool_and(iccs_status = 'uncoded')
            FROM {relation} WHERE national_code IS NOT NULL GROUP BY ALL ORDER BY 3""")
    log = {one.national_code: one.text for one in DecisionLog(log_file(workspace, identifier)).read()}
    waiting = set(log) | automatic_codes(correspondence_or_none(workspace, identifier))
    found: dict[str, Item] = {}
    for kind, source, code, text, records, uncoded in rows:
        if (source, kind) not in kinds or not (every or uncoded or code in waiting):
            continue
        before = found.get(code, Item(code, text or log.get(code) or code, 0))
        found[code] = replace(before, records=before.records + int(records))
    return sorted(found.values(), key=lambda item: (-item.records, item.national_code))


def correspondence_or_none(workspace: Workspace, identifier: str) -> Correspondence | None:
    """Return a correspondence; None when it has no file yet."""
    catalogue = workspace.catalogue
    return catalogue.correspondence(identifier) if identifier in catalogue.names("correspondences") else None


def automatic_codes(table: Correspondence | None) -> set[str]:
    """Return the national codes whose only decision is the coder's own."""
    return {row.national_code for row in table.rows if row.basis.startswith(AUTOMATIC)} if table else set()


def reviewed_rows(workspace: Workspace, identifier: str, *, together: bool) -> Correspondence | None:
    """Return what a coder may learn from a correspondence: nothing automatic, and nothing that the log decides.

    Who decides independently must not meet another's decision in the table made of it; with `together` they may.
    """
    table = correspondence_or_none(workspace, identifier)
    if table is None:
        return None
    log = DecisionLog(log_file(workspace, identifier)).read()
    hidden = automatic_codes(table) | (set() if together else {one.national_code for one in log})
    return replace(table, rows=tuple(row for row in table.rows if row.national_code not in hidden))


def _correspondences(workspace: Workspace) -> dict[tuple[str, str], str]:
    return {
        (layout.source_id, record.kind): record.correspondence
        for layout in workspace.catalogue.layouts.values()
        for record in layout.records
        if record.correspondence
    }


# -- lists in files -----------------------------------------------------------------------------------------------
def file_items(path: Path, *, text: str, code: str = "", records: str = "", context: Sequence[str] = ()) -> list[Item]:
    """Return the offences of a list, most records first; rows of the same code are one offence.

    Args:
        path: CSV (UTF-8 or Windows-1252; any usual delimiter) or workbook (its first sheet), with a header line;
            Parquet or JSON Lines.
        text: column of the offence as written.
        code: column of its code; without one, the text is the code.
        records: column of the number of records that it decides; without one, each row of the file counts one.
        context: further columns; `role=column` gives the role (`statute`, `heading`).

    Raises:
        RequestError: E-COD-033 when a column is not there or holds no number; E-COD-035 when the file is no list.
    """
    rows = _table(path)
    heads = [head.strip() for head in rows[0]]
    roles = {part.partition("=")[0].strip(): part.rpartition("=")[2].strip() for part in context}
    for column in (text, code, records, *roles.values()):
        if column and column not in heads:
            raise RequestError(
                "E-COD-033",
                f"there is no column [{column}]",
                where=str(path),
                remedy=nearest(column, filter(None, heads)),
            )
    found: dict[str, Item] = {}
    for line, cells in enumerate(rows[1:], start=2):
        row = dict(zip(heads, (cell.strip() for cell in cells), strict=False))
        key = row.get(code) or row.get(text, "")
        if not key:
            continue
        told = {role: row[column] for role, column in roles.items() if row.get(column)}
        before = found.get(key, Item(key, row.get(text) or key, 0, told))
        found[key] = replace(before, records=before.records + _number(row.get(records, ""), path, line, records))
    return sorted(found.values(), key=lambda item: (-item.records, item.national_code))


def _number(cell: str, path: Path, line: int, column: str) -> int:
    if not column:
        return 1
    digits = cell.replace(",", "").replace(" ", "").removesuffix(".0") or "0"
    if not digits.isdigit():
        raise RequestError(
            "E-COD-033",
            f"[{cell[:40]}] in column {column} is not a whole number",
            where=f"{path}:{line}",
            remedy="Correct the cell, or leave out --records",
        )
    return int(digits)


def _table(path: Path) -> list[list[str]]:
    read = _READERS.get(path.suffix.lower(), _csv)
    rows = read(path)
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        raise RequestError(
            "E-COD-035",
            "this is no list: a header line and at least one row are needed",
            where=str(path),
            remedy="Save the list as CSV, as a workbook, as Parquet or as JSON Lines",
        )
    return rows


def _csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    header = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter))
    except csv.Error:
        return []


def _sheet(path: Path) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, IndexError):
        return []
    return [[cell_text(cell) for cell in row] for row in rows]


def _parquet(path: Path) -> list[list[str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _arrow(pq.read_table(path))
    except (pa.ArrowException, OSError):
        return []


def _json_lines(path: Path) -> list[list[str]]:
    import pyarrow as pa
    from pyarrow import json

    try:
        return _arrow(json.read_json(path))
    except (pa.ArrowException, OSError):
        return []


def _arrow(table: Any) -> list[list[str]]:
    columns = [["" if cell is None else cell_text(cell) for cell in column.to_pylist()] for column in table.columns]
    return [list(table.column_names), *map(list, zip(*columns, strict=True))]


def cell_text(cell: Any) -> str:
    """Return a workbook's cell as text: whole numbers without a decimal point."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


_READERS = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), _sheet),
    **dict.fromkeys((".parquet", ".pq"), _parquet),
    **dict.fromkeys((".jsonl", ".ndjson"), _json_lines),
}
