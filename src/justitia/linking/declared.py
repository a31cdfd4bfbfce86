"""The linkages that a workspace declares, and whether what was linked is up to date with files and declarations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError
from justitia.linking.applied import LINKS
from justitia.linking.safeguards import check_apart, check_joins

if TYPE_CHECKING:
    from justitia.metadata.linkage import Linkage
    from justitia.workspace import Workspace


def declared_linkages(workspace: Workspace, name: str = "") -> list[Linkage]:
    """Return the declared linkages, or the one named; all are checked for joins that must not be.

    Raises:
        RequestError: E-PER-020 when none is declared.
        CatalogueError: E-CAT-001 for an unknown one; E-PER-001, E-PER-002, E-PER-003.
    """
    catalogue = workspace.catalogue
    found = [catalogue.linkage(item) for item in sorted(catalogue.names("linkages"))]
    if not found:
        raise RequestError(
            "E-PER-020",
            "no linkage is declared",
            where=str(workspace.folder),
            remedy="Write one in overlay/linkages/ (docs/how-to/link-persons.md)",
        )
    for linkage in found:
        check_joins(linkage)
    check_apart(found)
    return [catalogue.linkage(name)] if name else found


def declared_linkage(workspace: Workspace, name: str) -> Linkage:
    """Return the linkage named, or the only one.

    Raises:
        RequestError: E-PER-021 when there are several and none is named; and as `declared_linkages`.
    """
    found = declared_linkages(workspace, name)
    if len(found) > 1:
        raise RequestError(
            "E-PER-021", "there are several linkages", remedy=f"Name one of {', '.join(item.id for item in found)}"
        )
    return found[0]


def made_of(state: Mapping[str, Any], linkage: Linkage) -> str:
    """Return the fingerprint of what a linkage is made of: batches of its sources, and its declaration."""
    sources = {dataset.source_id for dataset in linkage.datasets}
    files = [[n, batch["files"]] for n, batch in sorted(state["batches"].items()) if batch["source_id"] in sources]
    text = json.dumps([files, _without_places(asdict(linkage))], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(item) for key, item in value.items() if key != "place"}
    return [_without_places(item) for item in value] if isinstance(value, (list, tuple)) else value


def stale_linkages(workspace: Workspace, state: Mapping[str, Any]) -> list[str]:
    """Return the declared linkages that were never run, or whose files or declaration have changed since."""
    names = sorted(workspace.catalogue.names("linkages"))
    made = {name: entry.get("made_of", "") for name, entry in state.get(LINKS, {}).items()}
    return [name for name in names if made.get(name) != made_of(state, workspace.catalogue.linkage(name))]
