"""Erase an expunged record: from every batch, quarantine, the vault and old states. Published figures stay frozen."""

from __future__ import annotations

import shutil
import unicodedata
from typing import TYPE_CHECKING, Any

from justitia.collect.erased import erasure_key, fingerprint
from justitia.collect.stored import ROWS_FILE, stored_rows
from justitia.engine import literal
from justitia.errors import RequestError
from justitia.linking.forgetting import forget_links
from justitia.store import canonical_json

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.workspace import Workspace


def erase_record(workspace: Workspace, *, source_id: str, record_id: str, order: str) -> int:
    """Erase every version of a record and return how many rows that were.

    Args:
        workspace: the workspace; run it afterwards to bring tables up to date.
        source_id: source of the record.
        record_id: its row key (parts joined by `|`; a `|` or `\\` within a part has a `\\` before it).
        order: the legal order; kept in the history, so it may name no person.

    Raises:
        RequestError: E-ERA-001 when no batch holds the record.
    """
    record_id = unicodedata.normalize("NFC", record_id)  # as keys are kept
    layout = workspace.catalogue.layouts.get(source_id)
    parts = layout.key if layout else ()
    remedy = f"Give [{parts[0]}] as in the source" if len(parts) == 1 else "Name a source_id that has a layout"
    if len(parts) > 1:
        remedy = f"Give {'|'.join(f'[{part}]' for part in parts)} as in the source; an empty part leaves nothing"
    with workspace.store.writing(), workspace.engine() as engine:
        state = workspace.store.read()
        removed, batches = 0, dict(state["batches"])
        persons: list[str] = []
        for name, batch in state["batches"].items():
            if batch["source_id"] == source_id:
                persons += _persons(workspace, engine, batch, record_id)
                entry, rows = _rewrite(workspace, engine, name, batch, record_id)
                batches[name], removed = entry, removed + rows
        if not removed:
            raise RequestError(
                "E-ERA-001",
                "no batch of this source holds that record",
                where=source_id,
                remedy=remedy,
            )
        _forget_identities(workspace, engine, batches, source_id, record_id, persons)
        tables = forget_links(workspace, engine, state, batches, source_id)
        mark = fingerprint(erasure_key(workspace), source_id, record_id)
        erased = [*state["erased"], {"source_id": source_id, "fingerprint": mark}]
        history = [*state["history"], {"what": "erased a record", "source_id": source_id, "order": order}]
        # Tables derived from the record go too: the next run makes them anew without it.
        state = workspace.store.publish(
            {
                **state,
                "batches": batches,
                "tables": tables,
                "stages": {},
                "units": [],
                "erased": erased,
                "history": history,
            }
        )
        _prune_history(workspace, state)
        shutil.rmtree(workspace.folder / "preview", ignore_errors=True)
        workspace.store.sweep()
    return removed


def _persons(workspace: Workspace, engine: Engine, batch: dict[str, Any], record_id: str) -> list[str]:
    fields = [name for name in batch["fields"] if name.endswith(".person_id")]
    rows = engine.parquet([workspace.store.folder / batch["folder"] / ROWS_FILE])
    found: list[str] = []
    for name in fields:
        found += [p for (p,) in engine.rows(f'SELECT "{name}" FROM {rows} WHERE record_id = ?', [record_id]) if p]
    return found


def _rewrite(
    workspace: Workspace, engine: Engine, name: str, batch: dict[str, Any], record_id: str
) -> tuple[dict[str, Any], int]:
    """Return the batch's entry without the record, and how many of its rows that were; unchanged if it holds none."""
    folder = workspace.store.folder / batch["folder"]
    rows = stored_rows(engine, folder / ROWS_FILE)
    gone = [row for (row,) in engine.rows(f"SELECT row_number FROM {rows} WHERE record_id = ?", [record_id])]
    if not gone:
        return batch, 0
    listed = ", ".join(map(str, gone))
    made = workspace.store.scratch / f"erase-{name}"
    exceptions = engine.parquet([folder / "exceptions.parquet"])
    fates = dict(engine.rows(f"SELECT fate, count(*) FROM {exceptions} WHERE row_number IN ({listed}) GROUP BY 1"))
    engine.write_parquet(f"SELECT * FROM {rows} WHERE row_number NOT IN ({listed})", made / ROWS_FILE)
    engine.write_parquet(f"SELECT * FROM {exceptions} WHERE row_number NOT IN ({listed})", made / "exceptions.parquet")
    replaced = engine.parquet([folder / "superseded.parquet"])
    engine.write_parquet(f"SELECT * FROM {replaced} WHERE by_row NOT IN ({listed})", made / "superseded.parquet")
    # Findings may quote a value of the record: those of its lines go, and all whose line is not its row number.
    found = engine.parquet([folder / "findings.parquet"])
    engine.write_parquet(f'SELECT * FROM {found} WHERE row_number = 0 AND "count" > 7', made / "findings.parquet")
    counts = dict(batch["counts"])
    for fate in ("duplicate", "quarantined", "out_of_scope", "correction", "withdrawal"):
        counts[fate] -= fates.get(fate, 0)
    counts["new"] -= len(gone) - sum(fates.values())
    counts["erased"] += len(gone)
    superseded = engine.value(f"SELECT count(*) FROM {engine.parquet([made / 'superseded.parquet'])}")
    revision = batch.get("revision", 0) + 1
    place, hashes = workspace.store.adopt(made, "batches", f"{name}-{batch['content_hash'][:12]}.e{revision}")
    return {
        **batch,
        "folder": place,
        "files": hashes,
        "counts": counts,
        "superseded": superseded,
        "revision": revision,
    }, len(gone)


def _forget_identities(
    workspace: Workspace, engine: Engine, batches: dict[str, Any], source_id: str, record_id: str, persons: list[str]
) -> None:
    """Forget the record's identities, and the person ids that no other record of the source uses."""
    import pyarrow as pa

    vault = workspace.vault()
    if vault is None:
        return
    alone = [person for person in dict.fromkeys(persons) if not _used(workspace, engine, batches, source_id, person)]
    vault.forget(
        source_id=source_id,
        record_ids=pa.array([record_id], pa.string()),
        person_ids=pa.array(alone, pa.string()),
    )


def _used(workspace: Workspace, engine: Engine, batches: dict[str, Any], source_id: str, person: str) -> bool:
    for batch in batches.values():
        if batch["source_id"] != source_id:
            continue
        rows = engine.parquet([workspace.store.folder / batch["folder"] / ROWS_FILE])
        for name in (name for name in batch["fields"] if name.endswith(".person_id")):
            if engine.value(f'SELECT count(*) FROM {rows} WHERE "{name}" = {literal(person)}'):
                return True
    return False


def _prune_history(workspace: Workspace, state: dict[str, Any]) -> None:
    """Remove the states before this one: they name files that held the record."""
    current = f"{state['number']:06d}.json"
    for file in (workspace.store.folder / "states").glob("*.json"):
        if file.name != current:
            file.unlink()
    (workspace.store.folder / "states" / current).write_bytes(canonical_json(state))
