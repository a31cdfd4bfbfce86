"""The audit: everything an outsider can work out, cell by cell, from a linear system of published tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from justitia.protect.audit.intervals import NEAR, Intervals, Wanted
from justitia.protect.audit.proofs import Proof, Proofs, key_of
from justitia.protect.audit.result import ARITHMETIC, PUBLIC, WHOLE, AuditResult, Failure
from justitia.protect.audit.words import explain_cells
from justitia.protect.system.linear import System
from justitia.protect.system.presolve import Component, Reduced, reduce_system
from justitia.protect.system.requirements import Requirements
from justitia.protect.system.tables import Bools, Floats, Ints

EXPLAINED = 20  # failures with equations; the first few show what is wrong
WHOLE_COLUMNS = 2_000  # components up to this size are settled for whole numbers
WHOLE_SECONDS = 2.0  # for one such cell


def audit(
    system: System,
    requirements: Requirements,
    *,
    exact: bool = False,
    moves: Sequence[tuple[Ints, Floats]] = (),
    known: Ints | None = None,
    explained: int = EXPLAINED,
    proofs: Proofs | None = None,
) -> AuditResult:
    """Return the intervals that an outsider can compute for the required cells, and which are too narrow.

    Args:
        system: the published tables with all that is known beforehand.
        requirements: the cells and how far from the truth the outsider must be left.
        exact: compute both ends of every interval; otherwise only show that it is wide enough.
        moves: (variables, changes of their true values) that may lead to other possible tables; each is checked.
        known: variables whose true value the attacker knows beyond what is public.
        explained: number of failures that come with the equations that give the cell away.
        proofs: of earlier attacks, for components that are the same still; those of this one are added.

    Raises:
        RequestError: E-PRO-110 or E-PRO-113 when the published cells contradict each other.

    Source: Fischetti and Salazar-González (2001), the two linear programs of the attacker, with shortcuts that prove
    the same: see docs/explanation/suppression.md.
    """
    reduced = reduce_system(system, known=known)
    count = len(requirements)
    lower, upper = reduced.fixed[requirements.cells], reduced.fixed[requirements.cells].copy()
    method = np.where(system.public[requirements.cells], PUBLIC, ARITHMETIC).astype(np.uint8)
    is_exact, whole = np.ones(count, bool), np.ones(count, bool)
    programs = 0
    for component, places, inside in components_of(system, reduced, requirements):
        wanted = requirements.part(places)
        key = key_of(system, component, wanted, inside, exact=exact) if proofs is not None else ""
        proof = proofs.find(key) if proofs is not None else None
        if proof is None:
            own = _Attack(system, component, wanted, inside)
            own.show_moves(moves)
            own.settle(exact=exact)
            proof = own.proof()
            programs += own.intervals.programs
            if proofs is not None and is_wide(system, wanted, proof.lower, proof.upper).all():
                proofs.keep(key, proof)
        lower[places], upper[places], is_exact[places] = proof.lower, proof.upper, proof.exact
        whole[places], method[places] = proof.whole, proof.method
    safe = is_wide(system, requirements, lower, upper)
    result = AuditResult(
        requirements=requirements,
        lower=lower,
        upper=upper,
        exact=is_exact,
        method=method,
        whole=whole,
        safe=safe,
        failures=(),
        given_away=np.flatnonzero(~system.public & ~np.isnan(reduced.fixed)),
        programs=programs,
        changes=system.changes,
    )
    return _with_failures(system, result, known, explained)


class _Attack:
    """One component and what is required in it."""

    def __init__(self, system: System, component: Component, wanted: Requirements, inside: Ints) -> None:
        self.system, self.component, self.inside = system, component, inside
        truth = system.values[component.columns]
        known = not np.isnan(truth).any()
        self.intervals = Intervals(component, system.whole[component.columns], truth if known else None)
        self.wanted = interval_wanted(system, wanted, self.intervals, inside)

    def show_moves(self, moves: Sequence[tuple[Ints, Floats]]) -> None:
        """Try the tables to which given moves lead."""
        truth = self.system.values[self.component.columns]
        if np.isnan(truth).any():
            return
        place = np.full(self.system.size, -1)
        place[self.component.columns] = np.arange(len(truth))
        inside = [(place[cells], change) for cells, change in moves if (place[cells] >= 0).all()]
        if inside:
            self.intervals.show_moves(truth, inside)

    def settle(self, *, exact: bool) -> None:
        """Find as much of the intervals as is asked for."""
        self.wanted.close()
        if exact:
            for cell in self.inside.tolist():
                self.intervals.push(cell, 1)
                self.intervals.push(cell, -1)
        if len(self.component.columns) > WHOLE_COLUMNS:
            return
        fractional = self.wanted.unsafe(whole=True) & ~self.wanted.unsafe()
        if exact:
            fractional |= self._ends_fractional()
        self.wanted.close_whole(np.flatnonzero(fractional).tolist(), ends=exact, seconds=WHOLE_SECONDS)

    def _ends_fractional(self) -> Bools:
        own, cells = self.intervals, self.inside
        low, high = np.ceil(own.low[cells] - NEAR), np.floor(own.high[cells] + NEAR)
        return np.asarray(own.whole[cells] & ((own.whole_low[cells] > low) | (own.whole_high[cells] < high)))

    def proof(self) -> Proof:
        """Return what is found of the required cells."""
        lower, upper = self.ends()
        return Proof(lower, upper, self.exact(), self.whole(), self.intervals.method[self.inside])

    def ends(self) -> tuple[Floats, Floats]:
        """Return the ends of the required cells, of whole numbers where these were settled."""
        own, cells = self.intervals, self.inside
        low, high = own.low[cells], own.high[cells]
        is_whole = own.whole[cells]
        low, high = np.where(is_whole, np.ceil(low - NEAR), low), np.where(is_whole, np.floor(high + NEAR), high)
        settled = own.method[cells] == WHOLE
        low, high = np.where(settled, own.whole_low[cells], low), np.where(settled, own.whole_high[cells], high)
        return low + 0.0, high + 0.0  # no minus zero

    def exact(self) -> Bools:
        """Return which intervals are exact on both sides."""
        return np.asarray((self.intervals.exact_low & self.intervals.exact_high)[self.inside])

    def whole(self) -> Bools:
        """Return which intervals hold for whole numbers."""
        own, cells = self.intervals, self.inside
        proven = ~self.wanted.unsafe(whole=True) | self.wanted.unsafe()
        return np.asarray(~own.whole[cells] | proven | (own.method[cells] == WHOLE))


def interval_wanted(system: System, wanted: Requirements, intervals: Intervals, inside: Ints) -> Wanted:
    """Return the requirements as ends that intervals of a component must reach."""
    values = system.values[wanted.cells]
    low = np.where(np.isnan(values) | (wanted.below <= 0), np.inf, values - wanted.below)
    high = np.where(np.isnan(values) | (wanted.above <= 0), -np.inf, values + wanted.above)
    return Wanted(intervals, inside, low, high, wanted.width)


def components_of(system: System, reduced: Reduced, wanted: Requirements) -> list[tuple[Component, Ints, Ints]]:
    """Return each component that holds required cells, their places in the requirements and in the component."""
    home, inside = np.full(system.size, -1), np.full(system.size, -1)
    for number, component in enumerate(reduced.components):
        home[component.columns], inside[component.columns] = number, np.arange(len(component.columns))
    of_cell = home[wanted.cells]
    order = np.argsort(of_cell, kind="stable")
    cuts = np.flatnonzero(np.diff(of_cell[order])) + 1
    parts = [part for part in np.split(order, cuts) if len(part) and of_cell[part[0]] >= 0]
    return [(reduced.components[of_cell[part[0]]], part, inside[wanted.cells[part]]) for part in parts]


def is_wide(system: System, wanted: Requirements, lower: Floats, upper: Floats) -> Bools:
    """Return which intervals meet the requirements."""
    values = system.values[wanted.cells]
    near = NEAR * (1 + np.abs(np.nan_to_num(values)))
    low_enough = np.isnan(values) | (wanted.below <= 0) | (lower <= values - wanted.below + near)
    high_enough = np.isnan(values) | (wanted.above <= 0) | (upper >= values + wanted.above - near)
    return np.asarray(low_enough & high_enough & (upper - lower >= wanted.width - near))


def _with_failures(system: System, result: AuditResult, known: Ints | None, explained: int) -> AuditResult:
    places = np.flatnonzero(~result.safe)
    wanted = result.requirements
    words = explain_cells(system, wanted.cells[places[:explained]], known=known)
    failures = []
    for number, place in enumerate(places.tolist()):
        cell = int(wanted.cells[place])
        failures.append(
            Failure(
                cell=cell,
                address=system.address(cell),
                lower=float(result.lower[place]),
                upper=float(result.upper[place]),
                required=required_words(system, wanted, place),
                equations=words[number] if number < len(words) else (),
            )
        )
    return replace(result, failures=tuple(failures))


def required_words(system: System, wanted: Requirements, place: int) -> str:
    """Return what is required of a cell, in words."""
    value = system.values[wanted.cells[place]]
    parts = []
    if wanted.below[place] > 0:
        parts.append(f"down to {value - wanted.below[place]:g}")
    if wanted.above[place] > 0:
        parts.append(f"up to {value + wanted.above[place]:g}")
    if wanted.width[place] > 0:
        parts.append(f"{wanted.width[place]:g} wide")
    return ", ".join(parts) or "nothing"
