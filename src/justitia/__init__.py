"""Justitia: from the records of police, prosecutors, courts and prisons to comparable, protected statistics.

The names in `__all__` are the public API; everything else may move. They are imported when first used, so that
`import justitia` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from justitia.backup import backup_workspace, restore_workspace
    from justitia.case_flow.following import follow_cases
    from justitia.classify.columns import code_offences
    from justitia.classify.queue import coding_queue, import_queue
    from justitia.collect.propose import propose_layout
    from justitia.erase import erase_record
    from justitia.errors import (
        CatalogueError,
        DisclosureError,
        JustitiaError,
        LayoutError,
        RequestError,
        Unavailable,
    )
    from justitia.explanation import explain
    from justitia.findings import Finding
    from justitia.metadata.check import check_catalogue
    from justitia.metadata.load import load_catalogue
    from justitia.metadata.search import search_codes
    from justitia.offence_list.coding import code_list
    from justitia.pipeline import run_workspace
    from justitia.release import release_workspace, write_preview
    from justitia.sdmx import open_structure, read_sdmx, validate_sdmx, write_sdmx
    from justitia.submission.fill import fill_collection
    from justitia.submission.read import read_round
    from justitia.submission.send import publish_collection, send_collection
    from justitia.tables import read_table
    from justitia.transmit import transmit_tables
    from justitia.workspace import Workspace, init_workspace

_HOMES = {
    "Workspace": "workspace",
    "init_workspace": "workspace",
    "propose_layout": "collect.propose",
    "run_workspace": "pipeline",
    "write_preview": "release",
    "release_workspace": "release",
    "read_table": "tables",
    "explain": "explanation",
    "follow_cases": "case_flow.following",
    "code_list": "offence_list.coding",
    "code_offences": "classify.columns",
    "coding_queue": "classify.queue",
    "import_queue": "classify.queue",
    "erase_record": "erase",
    "backup_workspace": "backup",
    "restore_workspace": "backup",
    "transmit_tables": "transmit",
    "fill_collection": "submission.fill",
    "publish_collection": "submission.send",
    "read_round": "submission.read",
    "send_collection": "submission.send",
    "open_structure": "sdmx",
    "validate_sdmx": "sdmx",
    "read_sdmx": "sdmx",
    "write_sdmx": "sdmx",
    "load_catalogue": "metadata.load",
    "check_catalogue": "metadata.check",
    "search_codes": "metadata.search",
    "Finding": "findings",
    "JustitiaError": "errors",
    "RequestError": "errors",
    "CatalogueError": "errors",
    "LayoutError": "errors",
    "DisclosureError": "errors",
    "Unavailable": "errors",
}

__all__ = [
    "CatalogueError",
    "DisclosureError",
    "Finding",
    "JustitiaError",
    "LayoutError",
    "RequestError",
    "Unavailable",
    "Workspace",
    "backup_workspace",
    "check_catalogue",
    "code_list",
    "code_offences",
    "coding_queue",
    "erase_record",
    "explain",
    "fill_collection",
    "follow_cases",
    "import_queue",
    "init_workspace",
    "load_catalogue",
    "open_structure",
    "propose_layout",
    "publish_collection",
    "read_round",
    "read_sdmx",
    "read_table",
    "release_workspace",
    "restore_workspace",
    "run_workspace",
    "search_codes",
    "send_collection",
    "transmit_tables",
    "validate_sdmx",
    "write_preview",
    "write_sdmx",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'justitia' has no attribute {name!r}")
    return getattr(import_module(f"justitia.{_HOMES[name]}"), name)
