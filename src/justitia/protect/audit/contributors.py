"""What somebody can find who knows a suppressed cell: the only one counted in a cell of one knows its value.

For him that cell is published, and with it another may be. The tables by which the audit showed that cells are safe
are looked through first: those in which his cell stays as it is are possible for him too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from justitia.protect.audit.attack import components_of, interval_wanted, is_wide, required_words
from justitia.protect.audit.intervals import NEAR, Intervals
from justitia.protect.audit.result import Failure
from justitia.protect.audit.words import explain_cells
from justitia.protect.system.linear import System
from justitia.protect.system.presolve import Component, reduce_system
from justitia.protect.system.requirements import Requirements
from justitia.protect.system.tables import Bools, Floats, Ints


def audit_contributors(
    system: System, requirements: Requirements, *, knowing: Ints | None = None, explained: int = 5
) -> tuple[Failure, ...]:
    """Return what single contributors can find of the required cells, beyond what anybody can.

    Args:
        system: the published tables, with true values.
        requirements: what each contributor must be left with about cells that are not his; as a rule less than what is
            required against outsiders, for example a width of 1.
        knowing: suppressed variables each known to somebody; default, all counts of 1.
        explained: failures that come with their equations.
    """
    known = np.flatnonzero(~system.public & (system.values == 1)) if knowing is None else knowing
    reduced = reduce_system(system)
    found: list[Failure] = []
    for component, places, inside in components_of(system, reduced, requirements):
        wanted = requirements.part(places)
        own = np.flatnonzero(np.isin(component.columns, known))
        if not len(own) or np.isnan(system.values[component.columns]).any():
            continue
        tables = _possible_tables(system, component, wanted, inside)
        for cell in own.tolist():
            low, high = _learned(system, component, wanted, inside, cell, tables)
            unsafe = np.flatnonzero(~is_wide(system, wanted, low, high) & (inside != cell))
            found += [_failure(system, component, wanted, place, cell, low, high) for place in unsafe.tolist()]
    return tuple(_explained(system, found, explained))


def _possible_tables(system: System, component: Component, wanted: Requirements, inside: Ints) -> Floats:
    """Return tables (q x k) that an outsider cannot tell from the true one, found when showing that cells are safe."""
    intervals = Intervals(component, system.whole[component.columns], system.values[component.columns], keep=True)
    interval_wanted(system, wanted, intervals, inside).close()
    return np.array(intervals.tables)


def _learned(
    system: System, component: Component, wanted: Requirements, inside: Ints, cell: int, tables: Floats
) -> tuple[Floats, Floats]:
    """Return the ends of the required cells for somebody who knows one cell."""
    truth = system.values[component.columns]
    same = tables[np.abs(tables[:, cell] - truth[cell]) <= NEAR]
    low, high = same[:, inside].min(axis=0), same[:, inside].max(axis=0)
    open_: Bools = ~is_wide(system, wanted, low, high) & (inside != cell)
    if not open_.any():
        return low, high
    lower, upper = component.lower.copy(), component.upper.copy()
    lower[cell] = upper[cell] = truth[cell]
    intervals = Intervals(replace(component, lower=lower, upper=upper), system.whole[component.columns], truth)
    interval_wanted(system, wanted.part(open_), intervals, inside[open_]).close()
    low[open_] = np.minimum(low[open_], intervals.low[inside[open_]])
    high[open_] = np.maximum(high[open_], intervals.high[inside[open_]])
    return low, high


def _failure(
    system: System, component: Component, wanted: Requirements, place: int, cell: int, low: Floats, high: Floats
) -> Failure:
    variable = int(wanted.cells[place])
    return Failure(
        cell=variable,
        address=system.address(variable),
        lower=float(low[place]),
        upper=float(high[place]),
        required=required_words(system, wanted, place),
        contributor=system.address(int(component.columns[cell])),
    )


def _explained(system: System, found: list[Failure], count: int) -> list[Failure]:
    names = {item.contributor for item in found[:count]}
    variables = {system.address(int(cell)): int(cell) for cell in np.flatnonzero(~system.public)} if names else {}
    told = [
        replace(
            item,
            equations=explain_cells(system, np.array([item.cell]), known=np.array([variables[item.contributor]]))[0],
        )
        for item in found[:count]
    ]
    return [*told, *found[count:]]
