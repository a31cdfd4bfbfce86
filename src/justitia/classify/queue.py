"""The coding queue: national offences without an ICCS code by frequency, as a workbook, filled in and read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.classify.build import build_table, reviewed_entries
from justitia.classify.decisions import DecisionLog
from justitia.classify.items import correspondence_of, kinds_of, log_file, overlay, versions_folder, workspace_items
from justitia.classify.review_sheet import disputed_codes, read_sheet, take_over

if TYPE_CHECKING:
    from justitia.workspace import Workspace


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


def import_queue(workspace: Workspace, path: Path, *, who: str = "") -> dict[str, int]:
    """Take over the decisions of a filled-in workbook: into the log, and from there into the correspondences.

    Args:
        workspace: whose queue it is.
        path: the workbook.
        who: the coder, where a row does not say; default `coder`.

    Returns:
        For each correspondence file (path in the workspace), the number of decisions that are new or changed.

    Raises:
        CatalogueError: E-COD-001, every cell at fault; nothing is taken over then.
        RequestError: E-COD-002 when the layout names no correspondence, E-COD-005 when this is no coding workbook.
    """
    by_source = read_sheet(path, workspace.catalogue, who=who or "coder")
    lists = {source: correspondence_of(workspace, source) for source in by_source}
    added: dict[str, int] = {}
    for source, decisions in sorted(by_source.items()):
        identifier = lists[source]
        new = take_over(DecisionLog(log_file(workspace, identifier)), decisions)
        file = overlay(workspace) / "correspondences" / f"{identifier}.csv"
        if new:
            _rebuild(workspace, identifier, file)
        name = str(file.relative_to(workspace.folder))
        added[name] = added.get(name, 0) + len(new)
    return added


def _rebuild(workspace: Workspace, identifier: str, file: Path) -> None:
    log = DecisionLog(log_file(workspace, identifier))
    ran = "coded__national_code" in workspace.store.read()["tables"]
    items = workspace_items(workspace, identifier, every=True) if ran else []
    build_table(
        file,
        reviewed_entries(log.read()),
        catalogue=workspace.catalogue,
        kind=kinds_of(workspace, identifier)[0],
        versions=versions_folder(workspace, identifier),
        disputed=disputed_codes(log),
        records={item.national_code: item.records for item in items},
    )
