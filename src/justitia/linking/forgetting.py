"""Erasure in links: a unit that no record tells of any more leaves table, vault and review sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from justitia.collect.records import current_rows, unit_select
from justitia.linking.access import AccessLog
from justitia.linking.applied import LINKS, MAP, STAGE, link_tables
from justitia.linking.link_files import LinkFiles, forget_mentions, review_files
from justitia.linking.roles import user_name

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.workspace import Workspace


def forget_links(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], batches: Mapping[str, Any], source_id: str
) -> dict[str, Any]:
    """Return the link tables of a state without units of a source of which nothing is left, and forget them elsewhere.

    Args:
        workspace, engine, state: before the erasure.
        batches: entries of the state, after it.
        source_id: source of the erased record.
    """
    kept = {f"{MAP}{name}": dict(entry) for name, entry in link_tables(state).items()}
    for name in link_tables(state):
        table = engine.parquet(
            [workspace.store.folder / kept[f"{MAP}{name}"]["folder"] / f for f in kept[f"{MAP}{name}"]["files"]]
        )
        gone = _gone(workspace, engine, batches, source_id, table)
        if gone:
            kept[f"{MAP}{name}"] = _rewrite(workspace, engine, table, source_id, gone, f"{MAP}{name}")
            _forget_in_vault(workspace, state, name, source_id, gone)
    return kept


def _gone(
    workspace: Workspace, engine: Engine, batches: Mapping[str, Any], source_id: str, table: str
) -> dict[str, list[str]]:
    """Return record -> the linked units of which no current record tells."""
    layout = workspace.catalogue.layouts[source_id]
    rows = current_rows(engine, workspace.store.folder, batches, source_id)
    gone = {}
    for record in layout.records:
        left = f"SELECT unit FROM ({unit_select(layout, record, rows, [])})" if rows else "SELECT NULL"
        held = engine.rows(
            f"SELECT unit FROM {table} AS t ANTI JOIN ({left}) AS u USING (unit) WHERE source_id = ? AND record = ?",
            [source_id, record.name],
        )
        if held:
            gone[record.name] = [unit for (unit,) in held]
    return gone


def _rewrite(
    workspace: Workspace, engine: Engine, table: str, source_id: str, gone: Mapping[str, list[str]], name: str
) -> dict[str, Any]:
    from justitia.engine import literal

    tests = [
        f"(record = {literal(record)} AND unit IN ({', '.join(map(literal, units))}))" for record, units in gone.items()
    ]
    made = workspace.store.scratch / f"forget-{name}"
    made.mkdir(parents=True, exist_ok=True)
    where = f"NOT (source_id = {literal(source_id)} AND ({' OR '.join(tests)}))"
    engine.write_parquet(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL", made / f"{name}.parquet")
    folder, hashes = workspace.store.adopt(made, "tables", name)
    return {"stage": STAGE, "folder": folder, "files": hashes}


def _forget_in_vault(
    workspace: Workspace, state: Mapping[str, Any], name: str, source_id: str, gone: Mapping[str, list[str]]
) -> None:
    import pyarrow as pa

    from justitia.integrate.person_keys import forget

    vault = workspace.vault()
    if vault is None:
        return
    mentions = pa.array(LinkFiles(vault, name).forget(source_id, gone), pa.string())
    forget(vault, name, mentions)
    sheet = review_files(workspace, name)
    if sheet is not None:
        forget_mentions(sheet, mentions)
    purpose = str(state.get(LINKS, {}).get(name, {}).get("purpose", ""))
    AccessLog(workspace.folder / "vault").note(
        who=user_name(), role="", what="erased", linkage=name, purpose=purpose, records=len(mentions)
    )
