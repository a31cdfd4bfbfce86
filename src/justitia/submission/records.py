"""The derived records as indicators read them: with the variables that are made only where something uses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.derive.declaration import ON_DEMAND
from justitia.derive.methods import Inputs, derive
from justitia.engine import quote

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Derivation
    from justitia.metadata.indicator import Indicator
    from justitia.workspace import Workspace

DERIVED = "derived__"


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a state.

    Args:
        relations: kind -> relation.
        columns: kind -> its columns.
        targets: ICCS codes that any national offence is coded to.
    """

    relations: Mapping[str, str]
    columns: Mapping[str, set[str]]
    targets: frozenset[str]


def open_records(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], indicators: Iterable[Indicator]
) -> Records:
    """Return the derived records of a state, with every variable that the indicators use and can be made.

    Args:
        workspace, engine: as everywhere.
        state: the state to read.
        indicators: what will be counted.
    """
    from justitia.pipeline import stored_relations

    stored = stored_relations(workspace, engine, state)
    relations = {name.removeprefix(DERIVED): sql for name, sql in stored.items() if name.startswith(DERIVED)}
    columns = {kind: set(engine.columns(relation)) for kind, relation in relations.items()}
    inputs = Inputs(workspace.catalogue, dict(relations), dict(columns))
    wanted = _wanted(indicators)
    for derivation in workspace.catalogue.derivations:
        kind, name = derivation.kind, derivation.field.name
        if kind not in relations or name in columns[kind]:
            continue
        if derivation.method in ON_DEMAND and name not in wanted:
            continue
        _add(engine, derivation, inputs, relations, columns)
    return Records(relations, columns, coded_targets(workspace, state))


def coded_targets(workspace: Workspace, state: Mapping[str, Any]) -> frozenset[str]:
    """Return the ICCS codes that the correspondences in use lead to; every code where a source brings its own.

    A questionnaire asks for zero only where something could have been counted: a code that no national offence leads to
    is not available, and no zero.
    """
    catalogue = workspace.catalogue
    sources = {batch["source_id"] for batch in state["batches"].values()}
    layouts = [layout for name, layout in catalogue.layouts.items() if name in sources]
    if any(column.field == "iccs_code" for layout in layouts for column in layout.columns):
        return frozenset(catalogue.codelist("iccs").codes)
    used = {record.correspondence for layout in layouts for record in layout.records if record.correspondence}
    return frozenset(row.iccs_code for name in used for row in catalogue.correspondence(name).rows if row.iccs_code)


def _wanted(indicators: Iterable[Indicator]) -> set[str]:
    from justitia.aggregate.indicator import PRINCIPAL, fields_of

    wanted = set()
    for item in indicators:
        wanted |= {name.rpartition(".")[2] for name in fields_of(item, [part.id for part in item.breakdowns])}
        wanted |= {PRINCIPAL} if item.counting_rule == "principal_offence" else set()
    return wanted


def _add(
    engine: Engine, derivation: Derivation, inputs: Inputs, relations: dict[str, str], columns: dict[str, set[str]]
) -> None:
    """Put the derived variable beside the records: made once, and joined wherever it is read."""
    made = derive(derivation, inputs)
    if made is None:
        return
    kind, name = derivation.kind, derivation.field.name
    key, table = quote(f"{kind}_id"), quote(f"made_{kind}_{name}")
    select = f"SELECT r.{key}, {made.value} AS {quote(name)} FROM {inputs.relations[kind]} AS r {made.joins}"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {select}")
    relations[kind] = f"(SELECT * FROM {relations[kind]} LEFT JOIN {table} USING ({key}))"
    columns[kind] = columns[kind] | {name}
