"""Releases: a vintage is frozen with its tables, rules and lineage, and never overwritten; previews are replaced."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.classify.audit import STATE as AUDITS
from justitia.errors import DisclosureError, RequestError
from justitia.linking.applied import LINKS
from justitia.model.publication import QualityFigure
from justitia.protect.rules import check_rule, check_table, noise_of
from justitia.protect.threshold import check_threshold
from justitia.publish import QUALITY_RULE, build_publication, write_products
from justitia.sdmx import write_published
from justitia.stage import Progress, silent
from justitia.store import canonical_json, disk_faults, sha256_of, write_atomically
from justitia.vintages import keep_exact
from justitia.workspace import table_relation

if TYPE_CHECKING:
    from justitia.metadata.definitions import Dataflow, DisclosureRule
    from justitia.model.publication import Publication
    from justitia.release_audit import ReleaseAudit
    from justitia.workspace import Workspace

PREVIEW = "preview"
PREVIEW_KEY = "preview.key"  # in the store: what the preview was made of


def write_preview(workspace: Workspace, state: Mapping[str, Any], *, progress: Progress = silent) -> Path:
    """Write the public products of the last good state to `preview/` (protected like a release), return the folder.

    Args:
        workspace: the workspace.
        state: that of the run; another run may have gone further since, then its state is shown.
        progress: called with what is being done and the share done.

    Raises:
        Unavailable: E-STO-001 when another run writes, E-STO-002 when the disk is full; the old preview is intact.
    """
    from justitia.collect.batch import received_on

    aside, target = workspace.folder / ".preview.aside", workspace.folder / PREVIEW
    with workspace.store.writing(), disk_faults(aside):
        state = workspace.store.read()
        shutil.rmtree(aside, ignore_errors=True)
        with workspace.engine() as engine:
            publication = build_publication(workspace, engine, state, vintage=PREVIEW, released=received_on())
            write_products(workspace, publication, aside, progress=progress)
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
        # Last: a run that was killed before this line writes the preview again.
        write_atomically(workspace.store.folder / PREVIEW_KEY, _preview_key(workspace, state).encode())
    return target


def preview_is_current(workspace: Workspace, state: Mapping[str, Any]) -> bool:
    """Return whether `preview/` shows the tables of this state, with the present words and settings."""
    key = workspace.store.folder / PREVIEW_KEY
    shown = key.exists() and (workspace.folder / PREVIEW).exists()
    return shown and key.read_text() == _preview_key(workspace, state)


def _preview_key(workspace: Workspace, state: Mapping[str, Any]) -> str:
    made_of = [
        state["stages"].get("protect", {}).get("key"),
        state.get(AUDITS),
        [[name, {**entry, "access": ""}] for name, entry in state.get(LINKS, {}).items()],
        workspace.catalogue.fingerprint(),
        repr(workspace.settings),
    ]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def release_workspace(
    workspace: Workspace, *, vintage: str | None = None, released: date | None = None, progress: Progress = silent
) -> Path:
    """Freeze the present state as a vintage and return its folder.

    Args:
        workspace: the workspace, up to date with its files.
        vintage: name of the release; default, the date.
        released: date of the release; default, today.
        progress: called with what is being done and the share done.

    Raises:
        DisclosureError: when the release would break a rule; nothing is written.
        RequestError: E-REL-001 when the vintage exists, E-REL-002 when the workspace is not up to date.
    """
    from justitia.collect.batch import received_on
    from justitia.pipeline import run_workspace
    from justitia.release_audit import audit_state  # brings the solver, which a run that changes nothing does not need

    released = released or received_on()
    vintage = vintage or released.isoformat()
    target = workspace.folder / "releases" / vintage
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,40}", vintage) or vintage == PREVIEW:
        raise RequestError("E-REL-003", f"[{vintage}] cannot name a release", remedy="Use letters, digits, - and _")
    if target.exists():
        raise RequestError(
            "E-REL-001", f"release {vintage} exists and is frozen", where=str(target), remedy="Name another vintage"
        )
    with workspace.store.writing():
        ahead = run_workspace(workspace, dry_run=True)
        if ahead.new_batches or ahead.stages_run or not ahead.state["batches"]:
            raise RequestError(
                "E-REL-002",
                "the workspace is not up to date with its files and definitions",
                where=str(workspace.folder),
                remedy="Run `justitia run`, look at the preview, then release",
            )
        state = ahead.state
        check_release(workspace, state, released)
        found = audit_state(workspace, state, vintage)
        aside = workspace.store.scratch / f"release-{vintage}"
        with workspace.engine() as engine:
            publication = build_publication(
                workspace,
                engine,
                state,
                vintage=vintage,
                released=released,
                more_quality=_audit_figures(found),
                all_flows=True,
            )
            write_products(workspace, publication, aside / "public", progress=progress)
        progress("write SDMX", 0.95)
        write_published(workspace, publication, aside / "public" / "sdmx")
        (aside / "tables").mkdir()
        for name, entry in state["tables"].items():
            if name.startswith("protected__"):
                shutil.copy2(workspace.store.folder / entry["folder"] / f"{name}.parquet", aside / "tables")
        (aside / "release.json").write_bytes(canonical_json(_lineage(workspace, state, publication, aside, found)))
        keep_exact(workspace, state, vintage)
        target.parent.mkdir(exist_ok=True)
        aside.replace(target)
    return target


def check_release(workspace: Workspace, state: Mapping[str, Any], released: date) -> None:
    """Raise DisclosureError when the state may not be released.

    Refused are: a table without a protecting rule (E-DIS-001, E-DIS-002), periods younger than the rule's delay
    (E-DIS-003, E-DIS-006), and data of which too many records fail an error check (E-DIS-004).
    """
    catalogue = workspace.catalogue
    check_threshold(catalogue.disclosure(QUALITY_RULE))
    has_keys = workspace.record_keys() is not None
    for dataflow in catalogue.dataflows.values():
        rule = catalogue.disclosure(dataflow.disclosure)
        check_rule(rule, noise_of(catalogue, rule))
        check_table(dataflow, rule, has_keys=has_keys)
        if f"protected__{dataflow.id}" not in state["tables"]:
            raise DisclosureError(
                "E-DIS-012",
                f"table {dataflow.id} could not be protected",
                where=str(dataflow.place or dataflow.id),
                remedy="`justitia status --findings` says why; make it coarser, or use another rule",
            )
        _check_delay(workspace, state, dataflow, rule, released)
    records = sum(n for name, n in state["stages"]["derive"]["metrics"].items() if name.endswith("_records"))
    errors = state["stages"]["validate"]["metrics"]["error_records"]
    if records and errors / records > workspace.settings.max_error_share:
        raise DisclosureError(
            "E-DIS-004",
            f"{errors / records:.1%} of records fail an error check, {workspace.settings.max_error_share:.1%} may",
            where=str(workspace.folder),
            remedy="See `justitia status --findings`; correct the records or the rules first",
        )


def _check_delay(
    workspace: Workspace, state: Mapping[str, Any], dataflow: Dataflow, rule: DisclosureRule, released: date
) -> None:
    if not rule.delay_days:
        return
    if not dataflow.frequency:
        raise DisclosureError(
            "E-DIS-006",
            f"table {dataflow.id} has no periods, and its rule allows none younger than {rule.delay_days} days",
            where=f"disclosure/{rule.id}.toml",
            remedy="Count it by period, or use a rule without delay_days",
        )
    limit = released - timedelta(days=rule.delay_days)
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, f"protected__{dataflow.id}")
        last = engine.value(f"SELECT max(TIME_PERIOD) FROM {relation} WHERE TIME_PERIOD SIMILAR TO '[0-9].*'")
    end = period_end(last) if last else None
    if end and end > limit:
        raise DisclosureError(
            "E-DIS-003",
            f"table {dataflow.id} shows {last}, which ended less than {rule.delay_days} days ago",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Release after {end + timedelta(days=rule.delay_days)}",
        )


def period_end(period: str) -> date:
    """Return the last day of an SDMX period such as `2021`, `2021-S1`, `2021-Q3` or `2021-03`."""
    year, _, part = period.partition("-")
    if not part:
        return date(int(year), 12, 31)
    month = {"S": 6, "Q": 3}.get(part[0], 1) * int(part.lstrip("SQ"))
    return (date(int(year), month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _lineage(
    workspace: Workspace, state: Mapping[str, Any], publication: Publication, aside: Path, found: ReleaseAudit
) -> dict[str, Any]:
    from importlib.metadata import version

    public = {str(p.relative_to(aside)): sha256_of(p) for p in sorted(aside.rglob("*")) if p.is_file()}
    keys = workspace.record_keys()
    definitions = {
        table.dataflow.id: hashlib.sha256(repr(replace(table.dataflow, place=None)).encode()).hexdigest()
        for table in publication.tables
    }
    return {
        "vintage": publication.vintage,
        "released": publication.released.isoformat(),
        "justitia": version("justitia"),
        "state": state["number"],
        "catalogue": workspace.catalogue.fingerprint(),
        "stages": {name: stage["key"] for name, stage in state["stages"].items()},
        "links": {
            name: {key: entry[key] for key in ("made_of", "legal_basis", "purpose", "access")}
            for name, entry in state.get(LINKS, {}).items()
        },
        "batches": {
            name: {key: batch[key] for key in ("source_id", "layout_version", "content_hash", "received_on")}
            for name, batch in state["batches"].items()
        },
        "dataflows": definitions,
        "flows": {flow.heading.id: _flow_hash(workspace, flow.heading.id) for flow in publication.flows},
        "disclosure": {name: asdict(rule) for name, rule in publication.disclosure.items()},
        "secret": keys.fingerprint if keys is not None else "",
        "audit": {
            "cells": found.cells,
            "unsafe": found.unsafe,
            "tables": found.tables,
            "left_out": found.left_out,
            "earlier": list(found.earlier),
            "exception": dict(found.exception),
        },
        "files": public,
    }


def _flow_hash(workspace: Workspace, identifier: str) -> str:
    made = workspace.catalogue.flow(identifier)
    return hashlib.sha256(repr(replace(made, common=replace(made.common, place=None))).encode()).hexdigest()


def _audit_figures(found: ReleaseAudit) -> list[QualityFigure]:
    """Return the quality figures of a release that was let out although its audit failed, or that was not audited."""
    figures = []
    if found.exception:
        note = f"{found.exception['approver']}: {found.exception['reason']}"
        figures.append(QualityFigure("protection_exceptions", "release", float(found.unsafe), "cells", note))
    if found.left_out:
        figures.append(QualityFigure("cells_not_attacked", "release", float(found.left_out), "cells"))
    return figures


def read_release(workspace: Workspace, vintage: str) -> dict[str, Any]:
    """Return the lineage of a release.

    Raises:
        RequestError: E-REL-004 when there is none of that name.
    """
    file = workspace.folder / "releases" / vintage / "release.json"
    if not file.exists():
        known = sorted(path.name for path in (workspace.folder / "releases").glob("*"))
        raise RequestError(
            "E-REL-004", f"there is no release [{vintage}]", remedy=f"There are: {', '.join(known) or 'none yet'}"
        )
    data: dict[str, Any] = json.loads(file.read_bytes())
    return data
