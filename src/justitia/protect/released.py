"""Tables of releases as an outsider meets them: the present one together with earlier vintages of the same cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.protect.audit import AuditResult, Failure, Proofs, audit, audit_contributors
from justitia.protect.hierarchy import TIME, table_axes
from justitia.protect.outsider import Outsider, Shown, outsider
from justitia.protect.placing import requirements_of
from justitia.protect.system import Requirements, System, match_vintages, require, with_changes

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Dataflow, DisclosureRule
    from justitia.metadata.load import Catalogue


def read_released(
    engine: Engine,
    catalogue: Catalogue,
    dataflow: Dataflow,
    rule: DisclosureRule,
    *,
    protected: str,
    exact: str = "",
    vintage: str = "",
    noise: int = 0,
) -> Shown:
    """Return a published table.

    Args:
        engine, catalogue: as everywhere.
        dataflow, rule: its definition.
        protected: relation of what was published.
        exact: relation of the true counts; empty where nobody keeps them.
        vintage: of the release.
        noise: largest noise of its cell keys.
    """
    import numpy as np

    axes = table_axes(engine, catalogue, dataflow, protected)
    keys = [*(quote(axis.id) for axis in axes), TIME, "MEASURE"]
    joined = f"LEFT JOIN {exact} AS x USING ({', '.join(keys)})" if exact else ""
    value = "x.OBS_VALUE" if exact else "CAST(NULL AS BIGINT)"
    counted = ", ".join(f"'{measure.id}'" for measure in dataflow.measures)
    cells = engine.table(
        f"SELECT {', '.join(keys)}, p.OBS_VALUE AS shown, CAST({value} AS DOUBLE) AS exact "
        f"FROM {protected} AS p {joined} WHERE MEASURE IN ({counted}) ORDER BY {', '.join(keys)}"
    )
    shown = cells["shown"].to_numpy(zero_copy_only=False).astype(float)
    known = cells["exact"].to_numpy(zero_copy_only=False).astype(float)
    sums = np.isin(cells["MEASURE"].to_pylist(), [measure.id for measure in dataflow.measures if measure.sum_of])
    small = np.isnan(shown) & (np.isnan(known) | (known <= rule.redact_up_to) | sums)
    if rule.rule == "suppress":
        known = np.where(np.isnan(known), shown, known)
    elif rule.rule == "threshold_and_round":
        known = np.where(np.isnan(known) & (shown == 0), 0, known)
    return Shown(dataflow, rule, axes, cells, known, shown, small, noise, vintage)


def keep_hidden(tables: Sequence[Shown], earlier: Sequence[Shown]) -> list[Shown]:
    """Return the tables with every unchanged cell redacted that an earlier vintage redacts.

    Were such a cell shown now, it would be shown of then as well.
    """
    import numpy as np

    made = list(tables)
    for old in earlier:
        for number, new in enumerate(made):
            if new.dataflow.id != old.dataflow.id or [a.id for a in new.axes] != [a.id for a in old.axes]:
                continue
            names = [*(axis.id for axis in new.axes), TIME, "MEASURE"]
            marks = zip(*(old.cells[name].to_pylist() for name in names), strict=True)
            rows = zip(marks, np.isnan(old.shown), old.exact.tolist(), strict=True)
            then = {key: exact for key, redacted, exact in rows if redacted}
            keys = zip(*(new.cells[name].to_pylist() for name in names), strict=True)
            stay = [
                key in then and (np.isnan(then[key]) or then[key] == exact)
                for key, exact in zip(keys, new.exact.tolist(), strict=True)
            ]
            made[number] = replace(new, shown=np.where(stay, np.nan, new.shown))
    return made


def attack_vintages(
    tables: Sequence[Shown], earlier: Sequence[Shown], *, explained: int = 10, proofs: Proofs | None = None
) -> AuditResult:
    """Return what an outsider can compute from all tables of a release and of earlier ones.

    The change of a cell between two vintages is itself a cell: a small one must not be placed too narrowly.
    """
    import numpy as np

    together = [*tables, *earlier]
    seen = outsider(together)
    wanted = requirements_of(together, seen)
    changes = _changes(tables, seen)
    if changes is None:
        return audit(seen.system, wanted, explained=explained, proofs=proofs)
    system, more = changes
    cells, width = np.concatenate([wanted.cells, more.cells]), np.concatenate([wanted.width, more.width])
    return audit(system, require(system, width=width, cells=cells), explained=explained, proofs=proofs)


def attack_by_contributors(
    tables: Sequence[Shown], earlier: Sequence[Shown], *, explained: int = 10
) -> tuple[Failure, ...]:
    """Return what persons who alone are a redacted count of one can find of other cells, where a rule asks for it.

    They know their own count, in this release and in the earlier ones, one at a time.
    """
    import numpy as np

    together = [*tables, *earlier]
    if not any(table.rule.contributor_width for table in tables):
        return ()
    seen = outsider(together)
    asked = np.zeros(seen.system.size)
    for number, _, variables in seen.places:
        np.maximum.at(asked, variables, float(together[number].rule.contributor_width))
    outside = requirements_of(together, seen)
    width = np.minimum(asked[outside.cells], outside.width)  # never more than against somebody who knows less
    wanted = require(seen.system, width=width[width > 0], cells=outside.cells[width > 0])
    return audit_contributors(seen.system, wanted, explained=explained) if len(wanted) else ()


def _changes(tables: Sequence[Shown], seen: Outsider) -> tuple[System, Requirements] | None:
    """Return the system with the changes that are small, and what is required of them; None where there are none."""
    import numpy as np

    pairs, widths = [], []
    last: dict[tuple[str, str], int] = {}
    for place, table in enumerate(seen.system.tables):
        last.setdefault((table.dataflow, table.vintage), place)
    now = {table.vintage for table in tables}
    rules = {f"{table.dataflow.id}.{measure.id}": table.rule for table in tables for measure in table.dataflow.measures}
    for (name, vintage), place in last.items():
        if vintage in now:
            continue
        for later in (last[key] for key in last if key[0] == name and key[1] in now):
            if {d.meaning for d in seen.system.tables[later].dimensions} != {
                d.meaning for d in seen.system.tables[place].dimensions
            }:
                continue
            found = match_vintages(seen.system, later=later, earlier=place)
            change = np.abs(seen.system.values[found[:, 0]] - seen.system.values[found[:, 1]])
            few = (change >= 1) & (change <= rules[name].redact_up_to)
            pairs.append(found[few])
            width = min(rules[name].least_width, rules[name].redact_up_to - 1)
            widths.append(np.full(int(few.sum()), float(max(width, 0))))
    if not pairs or not sum(map(len, pairs)):
        return None
    joined, index = np.unique(np.vstack(pairs), axis=0, return_index=True)
    system = with_changes(seen.system, joined)
    cells = np.arange(seen.system.size, system.size)
    return system, require(system, width=np.concatenate(widths)[index], cells=cells, as_far_as_possible=False)
