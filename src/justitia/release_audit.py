"""Attack a release as an outsider would: its tables together, with earlier vintages; and record exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from justitia.errors import DisclosureError, RequestError
from justitia.metadata.definitions import DisclosureRule, PrimaryRules
from justitia.protect.audit import Proofs
from justitia.protect.declaration import PROOFS
from justitia.protect.linked import HIDING
from justitia.protect.released import attack_by_contributors, attack_vintages, read_released
from justitia.protect.rules import noise_of
from justitia.vintages import EXACT, PROTECTED, Vintage, vintages

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.protect.audit import Failure
    from justitia.protect.outsider import Shown
    from justitia.workspace import Workspace

MOST_CELLS = 400_000  # of a release and the earlier ones that are attacked with it
EXPLAINED = 10


@dataclass(frozen=True, slots=True)
class ReleaseAudit:
    """What an attack on a release found.

    Args:
        vintage: the release.
        tables: number of tables attacked together.
        earlier: names of the earlier vintages attacked with them.
        cells: number of cells, and changes of cells, of which an interval is required.
        unsafe: number of those that can be placed more narrowly.
        left_out: number of cells that were not attacked, as there were too many.
        failures: the unsafe ones, the first with the equations that give them away; once outsiders find nothing, also
            what a person finds who knows a redacted count of one, where a rule asks for it.
        exception: who let the release out all the same, and why; empty where nobody had to.
    """

    vintage: str
    tables: int
    earlier: tuple[str, ...]
    cells: int
    unsafe: int
    failures: tuple[Failure, ...]
    exception: Mapping[str, str]
    left_out: int = 0


def audit_release(workspace: Workspace, vintage: str) -> ReleaseAudit:
    """Return what an outsider can compute from a frozen release and those before it.

    Raises:
        RequestError: E-REL-004 when there is no such release.
    """
    from justitia.release import read_release

    lineage = read_release(workspace, vintage)
    made = vintages(workspace)
    place = next(number for number, item in enumerate(made) if item.name == vintage)
    with workspace.engine() as engine:
        own = _tables(workspace, engine, made[place], "")
        return _attack(workspace, engine, vintage, own, made[:place], lineage.get("audit", {}).get("exception", {}))


def audit_state(workspace: Workspace, state: Mapping[str, Any], vintage: str) -> ReleaseAudit:
    """Return what an outsider could compute if this state were released now.

    Raises:
        DisclosureError: where nobody recorded an exception: E-DIS-011 when cells could be placed too narrowly,
            E-DIS-014 when they are too many to attack, E-DIS-010 when an earlier release has noise drawn by
            another secret.
    """
    exception = state.get("exceptions", {}).get(vintage, {})
    made = vintages(workspace)
    other_secret = check_secret(workspace, made, exception)
    files = {
        name: workspace.store.folder / entry["folder"] / f"{name}.parquet" for name, entry in state["tables"].items()
    }
    published = {name.removeprefix(PROTECTED): file for name, file in files.items() if name.startswith(PROTECTED)}
    exact = {name.removeprefix(EXACT): file for name, file in files.items() if name.startswith(EXACT)}
    with workspace.engine() as engine:
        own = _tables(workspace, engine, Vintage(vintage, {}, published, exact), "")
        # The run that made the tables attacked them; what is the same still need not be attacked again.
        proofs = Proofs(engine.table(f"FROM {engine.parquet([files[PROOFS]])}") if PROOFS in files else None)
        found = _attack(workspace, engine, vintage, own, made, exception, proofs)
    if found.left_out and not exception:
        raise DisclosureError(
            "E-DIS-014",
            f"the {found.left_out:,} cells of the tables that redact are too many to attack together",
            where=vintage,
            remedy="Publish fewer or coarser tables, or perturb by cell keys; a person who may can record an exception "
            "(`justitia exception`)",
        )
    if found.unsafe and not exception:
        raise DisclosureError(
            "E-DIS-011",
            f"{found.unsafe} cells can be placed more narrowly than their rule allows",
            where=found.failures[0].address,
            remedy="Make tables coarser or redact more; a person who may can record an exception: `justitia exception`",
        )
    return replace(found, exception=exception) if other_secret or found.left_out else found


def check_secret(workspace: Workspace, made: list[Vintage], exception: Mapping[str, str]) -> bool:
    """Return whether cell keys are drawn by another secret than that of an earlier release, and somebody allows it.

    Raises:
        DisclosureError: E-DIS-010 when nobody does.
    """
    catalogue = workspace.catalogue
    if not any(catalogue.disclosure(flow.disclosure).rule == "cell_key" for flow in catalogue.dataflows.values()):
        return False
    keys = workspace.record_keys()
    earlier = next((item for item in reversed(made) if item.lineage.get("secret")), None)
    if keys is None or earlier is None or earlier.lineage["secret"] == keys.fingerprint:
        return False
    if exception:
        return True
    raise DisclosureError(
        "E-DIS-010",
        f"release {earlier.name} was perturbed by another secret: the same cell would get other noise, and the mean of "
        "both vintages would be nearer to the truth",
        where=str(workspace.folder),
        remedy="Bring back the secret of that release; if it is lost, a person who may can record an exception",
    )


def record_exception(workspace: Workspace, vintage: str, *, approver: str, reason: str) -> None:
    """Record that a release may be made although its audit fails; it shows in the release's quality figures.

    Args:
        workspace: the workspace.
        vintage: name of the release to be made.
        approver: role that is listed in justitia.toml ([release] may_except).
        reason: why, in words that readers will see.

    Raises:
        RequestError: E-REL-005 for a role without permission, E-REL-006 without a reason.
    """
    allowed = workspace.settings.may_except
    if approver not in allowed:
        raise RequestError(
            "E-REL-005",
            f"[{approver}] may not record exceptions",
            where=str(workspace.folder),
            remedy=f"Those who may are in justitia.toml ([release] may_except): {', '.join(allowed) or 'nobody'}",
        )
    if len(reason.split()) < 3:
        raise RequestError(
            "E-REL-006", "an exception needs a reason", remedy="Say in a sentence why it may be released"
        )
    with workspace.store.writing():
        state = workspace.store.read()
        note = {"approver": approver, "reason": reason}
        exceptions = {**state.get("exceptions", {}), vintage: note}
        history = [*state["history"], {"what": "recorded an exception", "vintage": vintage, **note}]
        workspace.store.publish({**state, "exceptions": exceptions, "history": history})


def _attack(
    workspace: Workspace,
    engine: Engine,
    vintage: str,
    own: list[Shown],
    before: list[Vintage],
    exception: Mapping[str, str],
    proofs: Proofs | None = None,
) -> ReleaseAudit:
    # Only tables that redact for the sake of others are attacked. Sums of noisy or rounded figures narrow the ranges of
    # single ones too, also of small results that a rule redacts; how far was tried on examples only (ADR 0016).
    own = [table for table in own if table.rule.rule in HIDING]
    size = sum(len(table.shown) for table in own)
    earlier: list[Shown] = []
    names: list[str] = []
    kept = {table.dataflow.id for table in own}
    for item in reversed(before):
        tables = [table for table in _tables(workspace, engine, item, item.name) if table.dataflow.id in kept]
        size += sum(len(table.shown) for table in tables)
        if size > MOST_CELLS:
            break
        earlier += tables
        names.append(item.name)
    if not own or sum(len(table.shown) for table in own) > MOST_CELLS:
        return ReleaseAudit(vintage, 0, (), 0, 0, (), {}, left_out=sum(len(table.shown) for table in own))
    result = attack_vintages(own, earlier, explained=EXPLAINED, proofs=proofs)
    inside = attack_by_contributors(own, earlier, explained=EXPLAINED) if result.is_safe else ()
    unsafe = int((~result.safe).sum()) + len({item.cell for item in inside})
    failures = (*result.failures, *inside)
    return ReleaseAudit(
        vintage, len(own), tuple(names), len(result.requirements), unsafe, failures, exception if unsafe else {}
    )


def _tables(workspace: Workspace, engine: Engine, vintage: Vintage, name: str) -> list[Shown]:
    """Return the tables of a vintage; a table that is no longer declared is left out."""
    found = []
    for dataflow in workspace.catalogue.dataflows.values():
        if dataflow.id not in vintage.tables:
            continue
        frozen = vintage.lineage.get("disclosure", {}).get(dataflow.disclosure)
        rule = _thawed(frozen) if frozen else workspace.catalogue.disclosure(dataflow.disclosure)
        noise = noise_of(workspace.catalogue, rule)
        exact = vintage.exact.get(dataflow.id)
        found.append(
            read_released(
                engine,
                workspace.catalogue,
                dataflow,
                rule,
                protected=engine.parquet([vintage.tables[dataflow.id]]),
                exact=engine.parquet([exact]) if exact else "",
                vintage=name,
                noise=int(abs(noise.noise).max()) if noise is not None else 0,
            )
        )
    return found


def _thawed(frozen: Mapping[str, Any]) -> DisclosureRule:
    """Return a rule as a release keeps it; what a rule did not say at that time takes its present default."""
    known = {field.name for field in fields(DisclosureRule)} - {"primary"}
    settings: dict[str, Any] = {name: _tupled(value) for name, value in frozen.items() if name in known}
    primary: dict[str, Any] = {name: _tupled(value) for name, value in frozen.get("primary", {}).items()}
    return DisclosureRule(**settings, primary=PrimaryRules(**primary))


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
