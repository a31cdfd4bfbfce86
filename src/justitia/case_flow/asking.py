"""Any definition of `flows/` answered by its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.case_flow.attrition import attrition_table
from justitia.case_flow.narrowness import counts_to_redact
from justitia.case_flow.opening import AREA_LIST, list_of
from justitia.case_flow.prison import prison_table
from justitia.case_flow.redacting import redacted
from justitia.case_flow.returning import return_table
from justitia.case_flow.shares import share_table
from justitia.case_flow.sharing import together_table
from justitia.case_flow.work import workload_table
from justitia.errors import DisclosureError
from justitia.metadata.expression import columns_of, parse_expression
from justitia.metadata.flow import Flow, Prison, Return, Share, Workload
from justitia.metadata.links import reachable

if TYPE_CHECKING:
    from justitia.case_flow.opening import Opened
    from justitia.findings import Finding
    from justitia.metadata.flow import AnyFlow
    from justitia.model.case_flow import AnyTable


def answer(here: Opened, identifier: str, *, until: str = "") -> tuple[AnyTable, tuple[Finding, ...]]:
    """Return the protected tables of a definition, and what is wrong with its records (for the operator).

    Args:
        here: the opened workspace.
        identifier: name of a file in `flows/`.
        until: last day covered (ISO), when it is not that of the definition.

    Raises:
        RequestError: E-FLO-006 for an unknown name, E-FLO-003 when no source fills what is needed.
        DisclosureError: E-FLO-005 for a rule that cannot protect curves, E-FLO-011 when sums give redacted counts away.
    """
    made = here.definition(identifier)
    table, findings = _answered(here, made, until)
    rule = here.protection(made.common).rule
    lists = {item.id: list_of(here.sources, made, item.field) for item in made.common.breakdowns}
    by_area = [item for item, listed in lists.items() if rule.minimum_population and listed == AREA_LIST]
    more, narrow = counts_to_redact(table, rule, by_area)
    if narrow:
        raise DisclosureError(
            "E-FLO-011",
            f"flow {identifier}: {narrow} redacted counts can be placed too narrowly by the sums of the flow",
            where=str(made.common.place or identifier),
            remedy="Use longer cohorts or fewer groups",
        )
    return redacted(table, more), findings


def _answered(here: Opened, made: AnyFlow, until: str) -> tuple[AnyTable, tuple[Finding, ...]]:
    """Return the tables of a definition, each count protected by itself."""
    if isinstance(made, Flow):
        return attrition_table(here, made, until=until)
    if isinstance(made, Prison):
        return prison_table(here, made, until=until)
    if isinstance(made, Workload):
        return workload_table(here, made, until=until)
    if isinstance(made, Return):
        return return_table(here, made, until=until)
    if isinstance(made, Share):
        return share_table(here, made)
    return together_table(here, made)


def kinds_of_flow(here: Opened) -> list[tuple[str, str, str, str]]:
    """Return (id, type, English label, what is missing) of every definition; nothing is missing where it is empty."""
    found = []
    for name in here.sources.catalogue.names("flows"):
        made = here.definition(name)
        found.append((name, made.common.type, made.common.labels.get("en", name), _missing(here, made)))
    return found


def _missing(here: Opened, made: AnyFlow) -> str:
    """Return the first field that a definition cannot do without and no source fills; empty when all are there."""
    if isinstance(made, Flow):
        entry = made.entries[0]
        columns = here.sources.columns
        there = entry.kind in columns and any(reachable(n, columns=columns, kind=entry.kind) for n in entry.dates)
        return "" if there else f"{entry.kind}.{entry.dates[0]}"
    if isinstance(made, Prison):
        wanted = [(made.kind, name) for name in (made.start, made.end, made.status)]
    elif isinstance(made, Workload):
        wanted = [(made.kind, name) for name in (made.received, made.resolved, *made.per)]
    elif isinstance(made, Share):
        names = columns_of(parse_expression(made.parts[0].where, where=made.common.id))
        wanted = [(made.kind, name) for name in (made.date, *sorted(n for n in names if "." not in n))]
    elif isinstance(made, Return):
        wanted = [(made.kind, made.start), (made.kind, made.who), (made.returns[0].kind, made.returns[0].date)]
    else:
        wanted = [(made.kind, made.code), (made.kind, made.who)]
    columns = here.sources.columns
    return next((f"{kind}.{name}" for kind, name in wanted if name not in columns.get(kind, set())), "")
