"""The chain: orders the stages, runs what is stale, writes lineage, and publishes a state after each commit point."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.aggregate import AGGREGATE
from justitia.classify import CLASSIFY
from justitia.derive import DERIVE
from justitia.errors import CatalogueErrors, LayoutError
from justitia.findings import Finding
from justitia.linking.applied import LINKS, apply_links, links_key
from justitia.protect import PROTECT
from justitia.stage import Context, Progress, Stage, check_given, silent
from justitia.store import write_atomically
from justitia.validate import VALIDATE
from justitia.vintages import earlier_relations, key_after

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout
    from justitia.workspace import Workspace

# Stages of one tuple share lazy relations and are run together.
CHAIN: tuple[tuple[Stage, ...], ...] = ((CLASSIFY, VALIDATE, DERIVE), (AGGREGATE,), (PROTECT,))
COLLECT_VERSION = 2
RECORD_KEYS, RELEASES = "record_keys", "releases"  # what a stage uses that is no file of the catalogue
CHECKED = "definitions.checked"  # in the store: the definitions in which nothing was at fault
UNDESCRIBED = "E-CAT-050"  # the fault of a file without an entry in its manifest


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did; exact, for the operator's eyes.

    Args:
        new_batches: ids of the batches received now.
        known_files: number of files that were received before.
        stages_run, stages_kept: names of stages.
        state: the state reached.
        unknown_sources: folders under `sources/` that hold files and have no layout.
    """

    new_batches: tuple[str, ...]
    known_files: int
    stages_run: tuple[str, ...]
    stages_kept: tuple[str, ...]
    state: Mapping[str, Any]
    unknown_sources: tuple[str, ...] = ()


def run_workspace(workspace: Workspace, *, progress: Progress = silent, dry_run: bool = False) -> RunReport:
    """Bring the workspace up to date with its files and definitions, and return what was done.

    Args:
        workspace: the workspace.
        progress: called with what is being done and the share done.
        dry_run: only say what would be done: `new_batches` names files, `stages_run` the stages that are stale.

    Raises:
        CatalogueError: every fault of the definitions; with one that could count or reveal wrongly, nothing is run.
    """
    if dry_run:
        return _preview(workspace)
    checked = _refuse_faults(workspace)
    with workspace.store.writing(), workspace.engine() as engine:
        if checked:
            write_atomically(workspace.store.folder / CHECKED, checked.encode())
        state = workspace.store.read()
        state, new, known = _collect(workspace, engine, state, progress)
        state, ran, kept = _chain(workspace, engine, state, progress)
    return RunReport(tuple(new), known, tuple(ran), tuple(kept), state, workspace.unknown_sources())


def collect_files(workspace: Workspace, *, progress: Progress = silent) -> dict[str, Any]:
    """Receive new files, as a run does first, and return the state; tables are not made.

    Args:
        workspace: the workspace, whose write lock the caller holds.
        progress: called with what is being done and the share done.
    """
    checked = _refuse_faults(workspace)
    with workspace.engine() as engine:
        if checked:
            write_atomically(workspace.store.folder / CHECKED, checked.encode())
        return _collect(workspace, engine, workspace.store.read(), progress)[0]


def _refuse_faults(workspace: Workspace) -> str:
    """Return the key of definitions that were checked now; empty when they are those of the last run."""
    from justitia.metadata.check import check_catalogue

    version = [workspace.catalogue.fingerprint(), importlib.metadata.version("justitia")]
    key = hashlib.sha256(json.dumps(version).encode()).hexdigest()
    known = workspace.store.folder / CHECKED
    if known.exists() and known.read_text() == key:
        return ""
    # A file that its manifest does not describe counts all the same: `justitia catalogue check` tells of it.
    faults = [fault for fault in check_catalogue(workspace.catalogue) if fault.code != UNDESCRIBED]
    if faults:
        raise faults[0] if len(faults) == 1 else CatalogueErrors(faults)
    return key


# -- collect ------------------------------------------------------------------------------------------------------
def _collect(
    workspace: Workspace, engine: Engine, state: dict[str, Any], progress: Progress
) -> tuple[dict[str, Any], list[str], int]:
    from justitia.collect.receive import content_hash

    layouts = workspace.catalogue.layouts
    earlier = {(b["source_id"], b["content_hash"]): b["sequence"] for b in state["batches"].values()}
    old = dict(state["batches"])
    state = _forget_stale(workspace, state)
    seen = {(batch["source_id"], batch["content_hash"]) for batch in state["batches"].values()}
    files = [
        (source_id, location, content_hash(location, layouts[source_id].format))
        for source_id, location in workspace.received_files()
    ]
    # Files that are read anew keep their order of receipt: a correction may have the earlier name.
    files.sort(key=lambda item: earlier.get((item[0], item[2]), float("inf")))
    awaited = {(b["source_id"], b["content_hash"]) for name, b in old.items() if name not in state["batches"]}
    new, known = [], 0
    for done, (source_id, location, digest) in enumerate(files):
        layout = layouts[source_id]
        progress(f"read {_name(location)}", done / len(files))
        if (source_id, digest) in seen:
            known += 1
            continue
        seen.add((source_id, digest))
        state = _receive(workspace, engine, state, layout, location, digest)
        awaited.discard((source_id, digest))
        if not awaited:  # until all old files are read anew, the state that has them by the old layout is the good one
            state = workspace.store.publish(state)
        new.append(max(state["batches"]))
    _drop_identities(workspace, {name: batch for name, batch in old.items() if name not in state["batches"]})
    return state, new, known


def _drop_identities(workspace: Workspace, gone: Mapping[str, Mapping[str, Any]]) -> None:
    """Remove from the vault the identities of batches that were read anew under another id."""
    vault = workspace.vault() if gone else None
    for name, batch in gone.items():
        if vault is not None:
            vault.drop_batch(batch["source_id"], name)


def _name(location: Path | str) -> str:
    return location.name if isinstance(location, Path) else "database"


def layout_key(workspace: Workspace, layout: Layout) -> str:
    """Return the fingerprint of everything that decides how a file of this layout is read."""
    catalogue = workspace.catalogue
    kinds = {record.name: catalogue.record_kinds[record.kind] for record in layout.records}
    used = [kinds[entry.record].fields[entry.field] for entry in layout.columns if entry.action == "use"]
    types = [(field.name, field.type, field.codelist) for field in used]
    codes = {field.codelist: repr(catalogue.codelist(field.codelist).codes) for field in used if field.type == "code"}
    text = json.dumps([COLLECT_VERSION, repr(_without_place(layout)), types, codes], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_place(layout: Layout) -> Any:
    data = asdict(layout)
    data.pop("place")
    for column in data["columns"]:
        column.pop("place")
    return data


def _forget_stale(workspace: Workspace, state: dict[str, Any]) -> dict[str, Any]:
    """Drop the batches of sources whose layout changed: their files are read anew.

    Raises:
        LayoutError: E-LAY-005 when a file to be read anew is no longer there.
    """
    from justitia.collect.receive import content_hash

    keys = {source_id: layout_key(workspace, layout) for source_id, layout in workspace.catalogue.layouts.items()}
    stale = {b["source_id"] for b in state["batches"].values() if keys.get(b["source_id"]) != b["layout_key"]}
    if not stale:
        return state
    layouts = workspace.catalogue.layouts
    files = [(source_id, location) for source_id, location in workspace.received_files() if source_id in stale]
    present = {(source_id, content_hash(location, layouts[source_id].format)) for source_id, location in files}
    named = {(source_id, _name(location)) for source_id, location in files}
    for name, batch in state["batches"].items():
        # A record erased from the received file too leaves a file of the same name and another content.
        mended = bool(batch["counts"]["erased"]) and (batch["source_id"], batch["file"]) in named
        if batch["source_id"] in stale and not mended and (batch["source_id"], batch["content_hash"]) not in present:
            raise LayoutError(
                "E-LAY-005",
                f"the layout changed, and the file of batch {name} ({batch['file']}) is no longer in sources/",
                where=batch["source_id"],
                remedy="Put the file back, or undo the change of the layout",
            )
    kept = {name: batch for name, batch in state["batches"].items() if batch["source_id"] not in stale}
    return {**state, "batches": kept}


def _receive(
    workspace: Workspace, engine: Engine, state: dict[str, Any], layout: Layout, location: Path | str, digest: str
) -> dict[str, Any]:
    from justitia.collect.batch import receive_file, received_on
    from justitia.collect.erased import erased_relation
    from justitia.collect.records import known_rows
    from justitia.collect.stored import ROWS_FILE

    store = workspace.store
    sequence = state.get("last_sequence", 0) + 1
    batch_id = f"b{sequence:05d}"
    made = store.scratch / batch_id
    batch = receive_file(
        engine=engine,
        catalogue=workspace.catalogue,
        layout=layout,
        location=location,
        batch_id=batch_id,
        folder=made,
        current=known_rows(engine, store.folder, state["batches"], layout.source_id),
        erased=erased_relation(workspace, engine, state, layout, made / ROWS_FILE),
        vault=workspace.vault(),
        scratch=store.scratch,
    )
    superseded = engine.value(f"SELECT count(*) FROM {engine.parquet([made / 'superseded.parquet'])}")
    write_findings(engine, batch.findings, made / "findings.parquet")
    folder, hashes = store.adopt(made, "batches", f"{batch_id}-{digest[:12]}")
    entry = {
        "source_id": layout.source_id,
        "layout_version": layout.version,
        "layout_key": layout_key(workspace, layout),
        "content_hash": digest,
        "file": _name(location),
        "sequence": sequence,
        "received_on": received_on().isoformat(),
        "folder": folder,
        "files": hashes,
        "fields": list(batch.fields),
        "counts": dict(batch.counts),
        "superseded": superseded,
        "detected": dict(batch.detected),
    }
    return {**state, "last_sequence": sequence, "batches": {**state["batches"], batch_id: entry}}


def write_findings(engine: Engine, findings: Any, path: Path) -> None:
    """Write findings as a table."""
    import pyarrow as pa

    names = ("rule_id", "severity", "table", "message", "column", "batch_id", "row_number", "value", "count")
    columns = {name: [getattr(finding, name) for finding in findings] for name in names}
    types = {name: pa.int64() if name in {"row_number", "count"} else pa.string() for name in names}
    table = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    with engine.registered("findings_made", table) as relation:
        engine.write_parquet(f"SELECT * FROM {relation}", path)


# -- the chain ----------------------------------------------------------------------------------------------------
def _chain(
    workspace: Workspace, engine: Engine, state: dict[str, Any], progress: Progress
) -> tuple[dict[str, Any], list[str], list[str]]:
    ran: list[str] = []
    kept: list[str] = []
    if not state["batches"]:
        return state, ran, kept
    upstream = _batches_key(state)
    for group in CHAIN:
        keys = {}
        for stage in group:
            upstream = stage_key(workspace, stage, upstream)
            keys[stage.name] = upstream
        if all(state["stages"].get(name, {}).get("key") == key for name, key in keys.items()):
            kept += keys
            continue
        state = _run_group(workspace, engine, state, group, keys, progress)
        ran += keys
    return state, ran, kept


def _batches_key(state: Mapping[str, Any]) -> str:
    content: list[Any] = [[name, batch["files"]] for name, batch in sorted(state["batches"].items())]
    if linked := links_key(state):
        content.append(["links", linked])
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def stage_key(workspace: Workspace, stage: Stage, upstream: str) -> str:
    """Return the cache key of a stage: its version and parameters, what it reads, and the definitions it uses."""
    used = [workspace.catalogue.fingerprint_of_kinds(stage.uses)]
    if RECORD_KEYS in stage.uses and (keys := workspace.record_keys()) is not None:
        used.append(keys.fingerprint)
    text = json.dumps([stage.name, stage.version, dict(stage.parameters), *used, upstream], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    return key_after(workspace, stage.name, key) if RELEASES in stage.uses else key


def _run_group(
    workspace: Workspace,
    engine: Engine,
    state: dict[str, Any],
    group: tuple[Stage, ...],
    keys: Mapping[str, str],
    progress: Progress,
) -> dict[str, Any]:
    relations = stored_relations(workspace, engine, state)
    units = state.get("units", [])
    if group[0] is CLASSIFY:
        relations, units = _received(workspace, engine, state)
    tables = dict(state["tables"])
    stages = dict(state["stages"])
    for stage in group:
        folder = workspace.store.scratch / f"{stage.name}-{keys[stage.name][:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        context = Context(engine, workspace.catalogue, folder, dict(relations), stage, progress)
        if RELEASES in stage.uses:
            context.relations |= earlier_relations(workspace, engine)
        context.record_keys = workspace.record_keys() if RECORD_KEYS in stage.uses else None
        stage.run(context)
        check_given(context)
        written = [name for name in context.given if (folder / f"{name}.parquet").exists()]
        tables = {name: entry for name, entry in tables.items() if entry["stage"] != stage.name}
        if written:
            place, hashes = workspace.store.adopt(folder, "tables", folder.name)
            for name in written:
                file = f"{name}.parquet"
                tables[name] = {"stage": stage.name, "folder": place, "files": {file: hashes[file]}}
                context.given[name] = engine.parquet([workspace.store.folder / place / file])
        relations |= context.given
        stages[stage.name] = {
            "key": keys[stage.name],
            "metrics": context.metrics,
            "findings": [asdict(finding) for finding in context.findings],
        }
    return workspace.store.publish({**state, "tables": tables, "stages": stages, "units": units})


def stored_relations(workspace: Workspace, engine: Engine, state: Mapping[str, Any]) -> dict[str, str]:
    """Return table name -> relation of every stored table of a state."""
    return {
        name: engine.parquet([workspace.store.folder / entry["folder"] / file for file in entry["files"]])
        for name, entry in state["tables"].items()
    }


def _received(workspace: Workspace, engine: Engine, state: Mapping[str, Any]) -> tuple[dict[str, str], list[Any]]:
    """Return the views `received__<kind>` over the current records, and how many rows told of how many units."""
    from justitia.collect.records import current_rows, kind_selects, unit_counts

    layouts = workspace.catalogue.layouts
    rows, fields, units = {}, {}, []
    for source_id, layout in layouts.items():
        relation = current_rows(engine, workspace.store.folder, state["batches"], source_id)
        if relation is None:
            continue
        own = [batch["fields"] for batch in state["batches"].values() if batch["source_id"] == source_id]
        units += [asdict(count) for count in unit_counts(engine, layout, relation, own[-1])]
        rows[source_id], fields[source_id] = apply_links(workspace, engine, state, layout, relation, list(own[-1]))
    relations = {}
    for kind, select in kind_selects(workspace.catalogue, layouts.values(), rows, fields).items():
        engine.execute(f'CREATE OR REPLACE TEMP VIEW "received__{kind}" AS {select}')
        relations[f"received__{kind}"] = f'"received__{kind}"'
    return relations, units


# -- looking ahead ------------------------------------------------------------------------------------------------
def _preview(workspace: Workspace) -> RunReport:
    from justitia.collect.receive import content_hash

    state = workspace.store.read()
    seen = {(batch["source_id"], batch["content_hash"]) for batch in state["batches"].values()}
    new, known = [], 0
    for source_id, location in workspace.received_files():
        declared = workspace.catalogue.layouts[source_id].format
        if (source_id, content_hash(location, declared)) in seen:
            known += 1
        else:
            new.append(f"{source_id}: {_name(location)}")
    upstream = _batches_key(state)
    stale: list[str] = []
    fresh: list[str] = []
    for stage in (stage for group in CHAIN for stage in group):
        upstream = stage_key(workspace, stage, upstream)
        current = not new and state["stages"].get(stage.name, {}).get("key") == upstream
        (fresh if current else stale).append(stage.name)
    return RunReport(tuple(new), known, tuple(stale), tuple(fresh), state, workspace.unknown_sources())


def findings_of(workspace: Workspace, engine: Engine, state: Mapping[str, Any], limit: int = 1000) -> list[Finding]:
    """Return the findings of all batches and stages of a state, the gravest first."""
    files = [workspace.store.folder / batch["folder"] / "findings.parquet" for batch in state["batches"].values()]
    found: list[Finding] = []
    if files:
        gravest = "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, rule_id, batch_id, row_number"
        rows = engine.rows(f"SELECT * FROM {engine.parquet(files)} ORDER BY {gravest} LIMIT {limit}")
        found = [Finding(*row) for row in rows]
    told = [*state["stages"].values(), *state.get(LINKS, {}).values()]
    found += [Finding(**item) for stage in told for item in stage["findings"]]
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda item: (rank[item.severity], item.rule_id, item.batch_id, item.row_number))
