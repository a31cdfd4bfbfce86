"""The confidential channel: exact tables for a named recipient, with legal basis, approver, marking and receipt.

It shares nothing with the public channel: exact tables are written only here, never below `releases/` or `preview/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.engine import literal
from justitia.errors import DisclosureError, RequestError
from justitia.store import canonical_json, sha256_of

if TYPE_CHECKING:
    from justitia.workspace import Workspace

INSIDE = ("CELL_KEY", "UNITS", "LARGEST")  # columns of exact tables that only protection reads
MARKING = "CONFIDENTIAL: exact statistical counts. For the named recipient only; not for publication."


def check_transmission(workspace: Workspace, folder: Path, *, recipient: str, legal_basis: str, approver: str) -> Path:
    """Return the folder, complete, when exact figures may be written there for this recipient.

    Raises:
        DisclosureError: E-TRA-001 when the folder lies in a public place or among what the workspace works with.
        RequestError: E-TRA-002 when it exists, E-TRA-003 when recipient, basis or approver is empty.
    """
    folder = folder.resolve()
    # A public folder may be a link to where the web server looks, and what lies in sources/ is received.
    public = [(workspace.folder / name).resolve() for name in ("releases", "preview", "sources", "overlay", "store")]
    if any(folder.is_relative_to(place) for place in public):
        raise DisclosureError(
            "E-TRA-001",
            "exact tables may not lie among public ones, or in the workspace's own folders",
            where=str(folder),
            remedy="Name another folder",
        )
    if folder.exists():
        raise RequestError("E-TRA-002", "the folder exists", where=str(folder), remedy="Name a new folder")
    if not all(text.strip() for text in (recipient, legal_basis, approver)):
        raise RequestError("E-TRA-003", "recipient, legal basis and approver are all needed")
    return folder


def write_receipt(
    workspace: Workspace,
    folder: Path,
    state: Mapping[str, Any],
    *,
    what: str,
    recipient: str,
    legal_basis: str,
    approver: str,
) -> None:
    """Write the receipt of all files of a folder of exact figures, and note the transmission in the history."""
    files = {file.name: sha256_of(file) for file in sorted(folder.iterdir()) if file.is_file()}
    said = {"recipient": recipient, "legal_basis": legal_basis, "approver": approver}
    receipt = {
        "marking": MARKING,
        **said,
        "state": state["number"],
        "files": files,
        "received_by": "",
        "received_on": "",
    }
    (folder / "RECEIPT.json").write_bytes(canonical_json(receipt))
    note = json.loads(json.dumps({"what": what, **said, "tables": len(files)}))
    workspace.store.publish({**state, "history": [*state["history"], note]})


def transmit_tables(workspace: Workspace, folder: Path, *, recipient: str, legal_basis: str, approver: str) -> int:
    """Write every exact table to a new folder and return their number.

    Args:
        workspace: the workspace, up to date.
        folder: new folder outside the public ones.
        recipient: who may read them.
        legal_basis, approver: why, and who said so; both kept in the receipt and the workspace's history.

    Raises:
        DisclosureError: E-TRA-001 when the folder lies in a public place or among what the workspace works with.
        RequestError: E-TRA-002 when it exists, E-TRA-003 when recipient, basis or approver is empty.
    """
    folder = check_transmission(workspace, folder, recipient=recipient, legal_basis=legal_basis, approver=approver)
    with workspace.store.writing(), workspace.engine() as engine:
        from justitia.workspace import table_relation

        state = workspace.store.read()
        names = sorted(name for name in state["tables"] if name.startswith("aggregate__"))
        folder.mkdir(parents=True)
        for name in names:
            file = folder / f"{name.removeprefix('aggregate__')}.confidential.csv"
            relation = table_relation(workspace, engine, state, name)
            # What protection needs beside the figures (keys, largest amounts) is for no recipient.
            inside = [name for name in engine.columns(relation) if name in INSIDE]
            left_out = f" EXCLUDE ({', '.join(inside)})" if inside else ""
            engine.execute(
                f"COPY (SELECT *{left_out}, 'C' AS CONF_STATUS FROM {relation}) TO {literal(str(file))} "
                "(HEADER, DELIMITER ',')"
            )
        write_receipt(
            workspace,
            folder,
            state,
            what="transmitted exact tables",
            recipient=recipient,
            legal_basis=legal_basis,
            approver=approver,
        )
    return len(names)
