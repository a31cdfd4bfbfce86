"""Records that were erased for good: recognised when they are sent again, without keeping what they were.

The list holds keyed fingerprints (HMAC-SHA-256), never ids.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.collect.stored import stored_rows
from justitia.engine import literal, quote

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout
    from justitia.vault import Vault
    from justitia.workspace import Workspace


def fingerprint(key: bytes, source_id: str, record_id: str) -> str:
    """Return the keyed fingerprint of a record."""
    return hmac.new(key, f"{source_id}\x1f{record_id}".encode(), hashlib.sha256).hexdigest()


def erasure_key(workspace: Workspace) -> bytes:
    """Return the workspace's erasure key, made at its first use; backups hold it, or erased records would return."""
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
    message = f"encode({literal(layout.source_id)} || chr(31) || record_id)"
    digest = f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || {message})))"
    listed = ", ".join(f"'{item}'" for item in own)
    return f"(SELECT record_id FROM {engine.parquet([rows])} WHERE {digest} IN ({listed}))"


def leave_out_erased(
    engine: Engine, layout: Layout, rows_file: Path, fields: Sequence[str], vault: Vault | None, known: pa.Table | None
) -> None:
    """Take erased records that were sent again out of a new batch and out of the vault; their row numbers stay.

    Args:
        engine: with the fates of the batch in table `exceptions`.
        layout: of the source.
        rows_file: rows of the batch; written anew.
        fields: `<record>.<field>` columns there.
        vault: where identities were kept when the batch was read.
        known: (value, person_id) that the vault held before.
    """
    rows = stored_rows(engine, rows_file)
    gone = "(SELECT row_number FROM exceptions WHERE fate = 'erased')"
    if vault is not None and known is not None:
        persons = [quote(name) for name in fields if name.endswith(".person_id")]
        with engine.registered("known_before", known) as before:
            own, others = (
                " UNION ALL ".join(
                    f"SELECT {name} AS id FROM {rows} {join} JOIN {gone} USING (row_number)" for name in persons
                )
                for join in ("SEMI", "ANTI")
            )
            drawn = engine.table(
                f"SELECT id FROM ({own}) WHERE id IS NOT NULL AND id NOT IN (SELECT person_id FROM {before}) "
                f"AND id NOT IN (SELECT id FROM ({others}) WHERE id IS NOT NULL)"
                if persons
                else "SELECT CAST(NULL AS VARCHAR) AS id WHERE FALSE"
            )
        keys = engine.table(f"SELECT DISTINCT record_id FROM {rows} SEMI JOIN {gone} USING (row_number)")
        vault.forget(
            source_id=layout.source_id,
            record_ids=keys["record_id"].combine_chunks(),
            person_ids=drawn["id"].combine_chunks(),
        )
    aside = rows_file.with_name("kept.parquet")
    engine.write_parquet(f"SELECT * FROM {rows} ANTI JOIN {gone} USING (row_number) ORDER BY row_number", aside)
    aside.replace(rows_file)
