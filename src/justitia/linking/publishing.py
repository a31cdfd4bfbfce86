"""What a linkage leaves in the state of the store: the table of random ids, its figures, and the head of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from justitia.linking.applied import LINKS, MAP, STAGE
from justitia.linking.declared import made_of

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.linking.linked import Linked
    from justitia.metadata.linkage import Linkage
    from justitia.workspace import Workspace


def publish_links(
    workspace: Workspace, state: Mapping[str, Any], linkage: Linkage, linked: Linked, head: str
) -> dict[str, Any]:
    """Publish the state with a linkage and return it; a table that is as it was keeps its file, and its figures.

    Args:
        workspace, state: linked from.
        linkage: the declaration.
        linked: what it came to.
        head: hash of the last line of the access log.
    """
    name = f"{MAP}{linkage.id}"
    tables, before = dict(state["tables"]), state.get(LINKS, {}).get(linkage.id, {})
    entry = {
        **linked.entry,
        "made_of": made_of(state, linkage),
        "legal_basis": linkage.legal_basis,
        "purpose": linkage.purpose,
        "access": head,
    }
    if not entry.get("blocks") and before.get("blocks"):  # nothing new was compared: candidates are those of before
        entry |= {"blocks": before["blocks"], "candidates": before["candidates"]}
    if linked.persons is None:
        tables.pop(name, None)
    else:
        placed = _place(workspace, name, linked.persons)
        same = tables.get(name, {}).get("files") == placed["files"]
        if same and "known" in before:
            entry["known"] = before["known"]
        tables[name] = tables[name] if same else placed
    entry["findings"] = [item if isinstance(item, dict) else asdict(item) for item in entry["findings"]]
    links = {**state.get(LINKS, {}), linkage.id: entry}
    return workspace.store.publish({**state, "tables": tables, LINKS: links})


def _place(workspace: Workspace, name: str, persons: pa.Table) -> dict[str, Any]:
    import pyarrow.parquet as pq

    made = workspace.store.scratch / name
    made.mkdir(parents=True, exist_ok=True)
    pq.write_table(persons, made / f"{name}.parquet", compression="zstd")
    folder, hashes = workspace.store.adopt(made, "tables", name)
    return {"stage": STAGE, "folder": folder, "files": hashes}
