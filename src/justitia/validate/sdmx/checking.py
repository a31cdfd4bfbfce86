"""All checks of observations against their structure, in one call."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from justitia.engine import Engine
from justitia.findings import Finding
from justitia.metadata.structure import Constraint, Structure
from justitia.validate.sdmx.constraints import check_constraints
from justitia.validate.sdmx.keys import check_attachment, check_keys
from justitia.validate.sdmx.observations import Observations
from justitia.validate.sdmx.sums import Sums, check_sums
from justitia.validate.sdmx.values import check_columns, check_values

LIMIT = 10


def check_observations(
    engine: Engine,
    relation: str,
    columns: Collection[str],
    structure: Structure,
    *,
    table: str,
    constraints: Sequence[Constraint] = (),
    sums: Sums | None = None,
    limit: int = LIMIT,
) -> list[Finding]:
    """Return everything in which observations break their structure, the first faults of each kind and a count.

    Args:
        engine: the table engine.
        relation: SQL usable after FROM: a column of text for each component, null where there is no value.
        columns: names of its columns.
        structure: the data structure.
        table: what findings call the observations, for example a file name.
        constraints: further constraints than the structure's own.
        sums: sums that must hold.
        limit: number of faults shown of each rule and component.
    """
    data = Observations(engine, relation, frozenset(columns), structure, table, limit)
    return [
        *check_columns(data),
        *check_values(data),
        *check_keys(data),
        *check_attachment(data),
        *check_constraints(data, (*structure.constraints, *constraints)),
        *(check_sums(data, sums) if sums else ()),
    ]
