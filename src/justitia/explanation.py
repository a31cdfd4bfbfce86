"""Where a published figure comes from: definition, rules, code versions, batches. Never a person or a finer count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError
from justitia.model.missing import TOTAL
from justitia.release import PREVIEW, read_release
from justitia.workspace import table_relation

if TYPE_CHECKING:
    from justitia.metadata.definitions import Dataflow, DisclosureRule
    from justitia.workspace import Workspace

_ADDRESS = re.compile(r"(?P<dataflow>\w+):(?P<key>[^:@]*):(?P<period>[^:@]+)(@(?P<vintage>[\w.-]+))?")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a published cell.

    Args:
        address: `dataflow:key:period@vintage`, complete.
        cells: measure -> what is published of it (value, interval, status).
        definition: words and rules of the table.
        coding: decisions (national code, ICCS code, basis) that lead to the cell's ICCS code.
        sources: source, layout version, when-recorded rule, batches.
        versions: catalogue and program.
    """

    address: str
    cells: Mapping[str, Mapping[str, Any]]
    definition: Mapping[str, str]
    coding: tuple[Mapping[str, str], ...]
    sources: tuple[Mapping[str, str], ...]
    versions: Mapping[str, str]


def explain(workspace: Workspace, address: str) -> Explanation:
    """Return where the figure at `address` comes from.

    Args:
        workspace: the workspace.
        address: `dataflow:key:period@vintage`; the key is the codes of the dimensions joined by `.`, empty = total,
            and may end in the measure; without a vintage, the preview.

    Raises:
        RequestError: E-ADR-001 for an address that cannot be read, E-ADR-002 for one that leads nowhere.
    """
    match = _ADDRESS.fullmatch(address.strip())
    if match is None:
        raise RequestError(
            "E-ADR-001", f"[{address}] is not an address", remedy="Write DATAFLOW:key:period@vintage, codes joined by ."
        )
    dataflow = workspace.catalogue.dataflows.get(match["dataflow"])
    if dataflow is None:
        known = ", ".join(workspace.catalogue.dataflows)
        raise RequestError("E-ADR-002", f"there is no table [{match['dataflow']}]", remedy=f"There are: {known}")
    vintage = match["vintage"] or PREVIEW
    codes, measure = _codes(dataflow, match["key"])
    state = workspace.store.read()
    lineage = _lineage(workspace, state, vintage)
    full = f"{dataflow.id}:{'.'.join([*codes, measure] if measure else codes)}:{match['period']}@{vintage}"
    return Explanation(
        address=full,
        cells={
            name: cell
            for name, cell in _cells(workspace, state, dataflow, codes, match["period"], vintage, full).items()
            if measure in ("", name)
        },
        definition=_definition(workspace, dataflow),
        coding=_coding(workspace, dataflow, codes),
        sources=_sources(workspace, lineage["batches"]),
        versions={"catalogue": lineage["catalogue"], "justitia": lineage["justitia"], "released": lineage["released"]},
    )


def _codes(dataflow: Dataflow, key: str) -> tuple[list[str], str]:
    """Return the codes of the dimensions, and the measure (empty: all of them)."""
    parts = key.split(".") if key else []
    measures = {item.id for item in dataflow.measures} | {item.id for item in dataflow.ratios}
    measure = parts.pop() if parts and parts[-1] in measures else ""
    codes = [part or TOTAL for part in parts] or [TOTAL] * len(dataflow.dimensions)
    if len(codes) != len(dataflow.dimensions):
        names = ".".join(dimension.id for dimension in dataflow.dimensions)
        raise RequestError(
            "E-ADR-001",
            f"the key has {len(codes)} parts, table {dataflow.id} has {len(dataflow.dimensions)}",
            remedy=f"Write {names} or {names}.MEASURE, leave a part empty for its total",
        )
    return codes, measure


def _lineage(workspace: Workspace, state: Mapping[str, Any], vintage: str) -> dict[str, Any]:
    from importlib.metadata import version

    if vintage != PREVIEW:
        return read_release(workspace, vintage)
    return {
        "batches": state["batches"],
        "catalogue": workspace.catalogue.fingerprint(),
        "justitia": version("justitia"),
        "released": "",
    }


def _cells(
    workspace: Workspace,
    state: Mapping[str, Any],
    dataflow: Dataflow,
    codes: list[str],
    period: str,
    vintage: str,
    address: str,
) -> dict[str, dict[str, Any]]:
    name = f"protected__{dataflow.id}"
    tests = [f'"{item.id}" = ?' for item in dataflow.dimensions] + ["TIME_PERIOD = ?"]
    with workspace.engine() as engine:
        if vintage == PREVIEW:
            relation = table_relation(workspace, engine, state, name)
        else:
            relation = engine.parquet([workspace.folder / "releases" / vintage / "tables" / f"{name}.parquet"])
        rows = engine.rows(
            f"SELECT MEASURE, OBS_VALUE, LOWER, UPPER, OBS_STATUS, CONF_STATUS FROM {relation} "
            f"WHERE {' AND '.join(tests)} ORDER BY 1",
            [*codes, period],
        )
    if not rows:
        raise RequestError(
            "E-ADR-002", f"no cell at [{address}]", remedy="Check the codes and the period in the table's CSV"
        )
    heads = ("value", "lower", "upper", "obs_status", "conf_status")
    return {row[0]: dict(zip(heads, row[1:], strict=True)) for row in rows}


def _definition(workspace: Workspace, dataflow: Dataflow) -> dict[str, str]:
    rule = workspace.catalogue.disclosure(dataflow.disclosure)
    return {
        "table": dataflow.labels.get("en", dataflow.id),
        "counting unit": dataflow.unit,
        "counting rule": dataflow.counting_rule,
        "counted when": dataflow.where or "always",
        "period by": dataflow.period_field or "all periods",
        "breakdowns": ", ".join(f"{item.id} ({item.field})" for item in dataflow.dimensions),
        "ratios": "; ".join(f"{r.id} = {r.numerator} / {r.denominator} x {r.per}" for r in dataflow.ratios) or "none",
        "protection": f"{_protection(rule)} ({rule.id}); ratios from protected counts",
        "defined in": dataflow.place.file.name if dataflow.place else "",
    }


def _protection(rule: DisclosureRule) -> str:
    """Return a rule in a few words; `explain` says no more of a cell than its rule says of all."""
    return {
        "suppress": f"counts 1 to {rule.redact_up_to} and what gives them away suppressed, others exact",
        "cell_key": f"each count within {rule.most_noise} of the true one, the same cell always alike",
        "round": f"counts to the nearest {rule.round_to}",
        "controlled_round": f"counts to a multiple of {rule.round_to}, parts adding up as far as possible",
    }.get(rule.rule, f"counts 1 to {rule.redact_up_to} redacted, others to the nearest {rule.round_to}")


def _coding(workspace: Workspace, dataflow: Dataflow, codes: list[str]) -> tuple[dict[str, str], ...]:
    """Return the correspondence rows whose ICCS code lies in the cell's; all of a table are too many for a total."""
    place = next((i for i, item in enumerate(dataflow.dimensions) if item.field.endswith("iccs_code")), None)
    if place is None or codes[place] == TOTAL:
        return ()
    wanted = codes[place].removesuffix("_X") if codes[place] != "_X" else "_X"
    used = {r.correspondence for x in workspace.catalogue.layouts.values() for r in x.records if r.correspondence}
    rows = [
        {
            "national_code": row.national_code,
            "condition": row.condition,
            "iccs_code": row.iccs_code,
            "status": row.status,
            "basis": row.basis,
            "table": name,
        }
        for name in sorted(used)
        for row in workspace.catalogue.correspondence(name).rows
        if row.iccs_code.startswith(wanted)
    ]
    return tuple(rows)


def _sources(workspace: Workspace, batches: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    sources = []
    for source_id in sorted({batch["source_id"] for batch in batches.values()}):
        layout = workspace.catalogue.layouts.get(source_id)
        own = {name: batch for name, batch in batches.items() if batch["source_id"] == source_id}
        sources.append(
            {
                "source": source_id,
                "title": layout.title if layout else "",
                "layout": next(iter(own.values()))["layout_version"],
                "when recorded": layout.when_recorded if layout else "",
                "batches": ", ".join(f"{name} of {batch['received_on']}" for name, batch in sorted(own.items())),
            }
        )
    return tuple(sources)
