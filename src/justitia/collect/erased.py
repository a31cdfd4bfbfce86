"""Records that were erased for good: recognised when they are sent again, without keeping what they were.

The list holds keyed fingerprints (HMAC-SHA-256), never ids.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout
    from justitia.workspace import Workspace


def fingerprint(key: bytes, source_id: str, record_id: str) -> str:
    """Return the keyed fingerprint of a record."""
    return hmac.new(key, f"{source_id}\x1f{record_id}".encode(), hashlib.sha256).hexdigest()


def erasure_key(workspace: Workspace) -> bytes:
    """Return the workspace's erasure key: derived from the vault's key, or made at its first use where there is none."""
    if workspace.key_file and workspace.key_file.exists():
        return hmac.new(workspace.key_file.read_bytes(), b"erasure list", hashlib.sha256).digest()
    path = workspace.folder / "vault" / "erasure.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(32))
    return path.read_bytes()


def erased_relation(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], layout: Layout, rows: Path
) -> str | None:
    """Return a relation of the keys in `rows` (a file that is there once it is read) that were erased; None if none."""
    own = [item["fingerprint"] for item in state["erased"] if item["source_id"] == layout.source_id]
    if not own:
        return None
    key = erasure_key(workspace).ljust(64, b"\0")
    inner, outer = (bytes(b ^ pad for b in key).hex() for pad in (0x36, 0x5C))
    message = f"encode('{layout.source_id}' || chr(31) || record_id)"
    digest = f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || {message})))"
    listed = ", ".join(f"'{item}'" for item in own)
    return f"(SELECT record_id FROM {engine.parquet([rows])} WHERE {digest} IN ({listed}))"
