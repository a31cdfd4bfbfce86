"""The flows of a preview or a release: every definition that is published and that sources fill, checked once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from justitia.case_flow.asking import answer
from justitia.case_flow.opening import opened_in
from justitia.errors import DisclosureError, RequestError
from justitia.model.case_flow import FlowTable

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.findings import Finding
    from justitia.model.case_flow import AnyTable
    from justitia.workspace import Workspace

NOT_THERE = {"E-FLO-003", "E-FLO-007", "E-FLO-008"}  # no source fills it: nothing to be said of in public


@dataclass(frozen=True, slots=True)
class PublishedFlows:
    """What is published of flows.

    Args:
        tables: protected tables, by the name of the definition.
        refused: definition -> why it may not be published; a preview leaves it out, a release is refused.
        findings: what is wrong with the records (for the operator).
    """

    tables: tuple[AnyTable, ...]
    refused: Mapping[str, DisclosureError]
    findings: tuple[Finding, ...]


def published_flows(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], *, released: date
) -> PublishedFlows:
    """Return the flows of a state that may be said in public.

    Refused is a flow of which sums place a redacted count too narrowly (E-FLO-011), whose rule cannot protect curves
    (E-FLO-005), or wants more days between the last day covered and the release (E-FLO-012).

    Args:
        workspace: the workspace.
        engine: an open engine of it.
        state: what has been run.
        released: day of the release or preview.
    """
    if not any(name.startswith("derived__") for name in state["tables"]):
        return PublishedFlows((), {}, ())
    here = opened_in(workspace, engine, state)
    catalogue = workspace.catalogue
    tables: list[AnyTable] = []
    refused: dict[str, DisclosureError] = {}
    findings: list[Finding] = []
    for name in catalogue.names("flows"):
        made = catalogue.flow(name)
        if not made.common.published:
            continue
        try:
            table, found = answer(here, name)
            _check_age(table, here.protection(made.common).rule.delay_days, released)
        except DisclosureError as error:
            refused[name] = error
            continue
        except RequestError as error:
            if error.code not in NOT_THERE:
                raise
            continue
        if isinstance(table, FlowTable) and len(table.states) < 2:
            continue  # nobody is followed anywhere
        tables.append(table)
        findings += found
    return PublishedFlows(tuple(tables), refused, tuple(findings))


def _check_age(table: AnyTable, delay_days: int, released: date) -> None:
    """Raise DisclosureError for a flow that tells of days too young for its rule."""
    name, until = table.heading.id, table.heading.until
    if delay_days and (not until or date.fromisoformat(until) > released - timedelta(days=delay_days)):
        raise DisclosureError(
            "E-FLO-012",
            f"flow {name} tells of days that are younger than {delay_days} days",
            where=f"flows/{name}.toml",
            remedy="Set observed_until to an earlier day, or release later",
        )
