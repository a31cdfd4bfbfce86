"""`justitia link run`: from the vault to random person ids in the store; identities vanish with the connection."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError, Unavailable
from justitia.linking.access import AccessLog
from justitia.linking.applied import LINKS
from justitia.linking.declared import declared_linkages, made_of
from justitia.linking.roles import KEY_HOLDER, Acting, acting
from justitia.linking.safeguards import COUNTS
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.linking.linked import Linked
    from justitia.metadata.linkage import Linkage
    from justitia.vault import Vault
    from justitia.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be linked.

    Args:
        linkage, title, legal_basis, purpose: of the declaration.
        kept, after: what is kept, and what becomes of identities.
        datasets: name, role, batches of its source.
        state: whether it was run, and whether what it was made of has changed since.
    """

    linkage: str
    title: str
    legal_basis: str
    purpose: str
    kept: str
    after: str
    datasets: Sequence[tuple[str, str, str]]
    state: str


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What was linked, in words and numbers; exact, for the operator's eyes."""

    linkage: str
    title: str
    lines: tuple[str, ...]


def plan_of(workspace: Workspace, name: str = "") -> list[Plan]:
    """Return what `link_workspace` would link, under which legal basis; nothing is opened.

    Raises:
        RequestError: E-PER-020.
        CatalogueError: E-PER-001, E-PER-002, E-PER-003 for a join that must not be.
    """
    state = workspace.store.read()
    plans = []
    for linkage in declared_linkages(workspace, name):
        counts = [sum(b["source_id"] == d.source_id for b in state["batches"].values()) for d in linkage.datasets]
        entry = state.get(LINKS, {}).get(linkage.id)
        current = entry is not None and entry["made_of"] == made_of(state, linkage)
        plans.append(
            Plan(
                linkage.id,
                linkage.labels["en"],
                linkage.legal_basis,
                linkage.purpose,
                "only how many persons are in both" if linkage.only == COUNTS else "random person ids",
                {"seal": "identities stay locked in the vault", "drop": "identities are removed from the vault"}[
                    linkage.after
                ],
                [(d.id, d.role, str(n)) for d, n in zip(linkage.datasets, counts, strict=True)],
                "up to date" if current else "to be linked anew" if entry else "never linked",
            )
        )
    return plans


def link_workspace(workspace: Workspace, name: str = "", *, progress: Progress = silent) -> list[LinkReport]:
    """Receive new files, link the declared datasets, and return what was linked.

    Args:
        workspace: the workspace; run it afterwards to make its tables with the linked persons.
        name: of the linkage; empty for all.
        progress: called with what is being done and the share done.

    Raises:
        RequestError: E-ROL-001, E-ROL-002, E-ROL-003 by role; E-PER-020, E-PER-022 without a vault, E-PER-023
            without the package that scores, E-PER-024 with too little to learn from.
        CatalogueError: E-PER-001, E-PER-002, E-PER-003 for a join that must not be.
    """
    from justitia.pipeline import collect_files

    who = acting(workspace, KEY_HOLDER)
    linkages = declared_linkages(workspace, name)
    vault = workspace.vault()
    if vault is None:
        raise RequestError(
            "E-PER-022",
            "there is no vault, so there is nothing to link by",
            where=str(workspace.folder),
            remedy="Make one with `justitia vault create FILE`, and let the layouts send identities there",
        )
    if find_spec("splink") is None:
        raise RequestError(
            "E-PER-023", "scoring pairs needs the package splink", remedy="pip install 'justitia[linkage]'"
        )
    reports = []
    with workspace.store.writing():
        collect_files(workspace, progress=progress)
        for linkage in linkages:
            reports.append(_link(workspace, linkage, vault, who, progress))
    return reports


def _link(workspace: Workspace, linkage: Linkage, vault: Vault, who: Acting, progress: Progress) -> LinkReport:
    from justitia.linking.linked import link_counts, link_persons
    from justitia.linking.publishing import publish_links

    log = AccessLog(workspace.folder / "vault")
    with workspace.engine() as engine:
        # Its temporary files cannot be encrypted without an extension that would be downloaded: none may be written.
        engine.execute("SET max_temp_directory_size = '0KiB'")
        state = workspace.store.read()
        if who.exception:
            note_exception(log, who, linkage)
        records = records_of(workspace, engine, state, linkage)
        told: dict[str, Any] = {"who": who.who, "role": who.role, "linkage": linkage.id, "purpose": linkage.purpose}
        line = log.note(what="linked", records=records, **told)
        link = link_counts if linkage.only == COUNTS else link_persons
        with _quiet():
            linked: Linked = link(workspace, engine, state, linkage, vault, progress)
        if linkage.after == "drop" and linkage.only != COUNTS:
            dropped = sum(vault.drop_identities(source_id=d.source_id, record=d.record) for d in linkage.datasets)
            line = log.note(what="dropped", records=dropped, **told)
        publish_links(workspace, state, linkage, linked, line.chained)
    return LinkReport(linkage.id, f"{linkage.id}: {linkage.labels['en']}", linked.lines)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let no package log or raise in its own words while identities are in memory: both may quote them."""
    import duckdb
    from splink.internals.exceptions import SplinkException

    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    except SplinkException:
        raise RequestError(
            "E-PER-024",
            "the records are too few, or too few of them are alike, to estimate how persons are told apart",
            remedy="Link more records, or fewer and better filled fields",
        ) from None
    except duckdb.OutOfMemoryException:
        raise Unavailable(
            "E-STO-005",
            "linking needs more memory than it may use, and may write nothing to disk",
            remedy="Raise [engine] memory in justitia.toml",
        ) from None
    finally:
        logging.disable(before)


def note_exception(log: AccessLog, who: Acting, linkage: Linkage) -> None:
    """Log that one person holds several roles, and why."""
    log.note(who=who.who, role=who.role, what="exception", linkage=linkage.id, purpose=who.exception, records=0)


def records_of(workspace: Workspace, engine: Engine, state: Mapping[str, Any], linkage: Linkage) -> int:
    """Return the number of current rows of a linkage's sources: those whose identities are opened."""
    from justitia.collect.records import current_rows

    total = 0
    for source_id in sorted({dataset.source_id for dataset in linkage.datasets}):
        rows = current_rows(engine, workspace.store.folder, state["batches"], source_id)
        total += int(engine.value(f"SELECT count(*) FROM {rows}")) if rows else 0
    return total
