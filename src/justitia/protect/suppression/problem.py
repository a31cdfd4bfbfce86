"""What suppression is asked: which cells must be protected how far, what hiding a cell costs, and what may never be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from justitia.errors import DisclosureError, RequestError
from justitia.protect.audit import AuditResult
from justitia.protect.system.linear import System
from justitia.protect.system.requirements import Requirements
from justitia.protect.system.tables import KNOWN, SECONDARY, Bools, Floats, Ints

Move = tuple[Ints, Floats]  # variables, and changes of their true values that lead to another possible table


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to be shown of a cell: it can be `need` above (side +1) or below (side -1) the truth.

    Of side 0, its ends lie `need` apart: what an exact search understands, and others take for one of the two sides.
    """

    cell: int
    side: int
    need: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is suppressed.

    Args:
        system: with the statuses of the pattern; publish what is `system.public`.
        secondary: variables suppressed to protect others.
        cost: of the secondary cells.
        bound: no pattern costs less; 0 where nothing is proven.
        method: `exact` or `heuristic`.
        stopped: time ran out: the pattern is safe, though it might be cheaper.
        audit: the attack that the pattern stood.
        moves: the possible tables by which each cell is protected, as changes of the true one.
    """

    system: System
    secondary: Ints
    cost: float
    bound: float
    method: str
    stopped: bool
    audit: AuditResult
    moves: tuple[Move, ...]

    @property
    def gap(self) -> float:
        """Return by what share the cost may exceed the least possible one."""
        return 0.0 if self.cost <= self.bound else (self.cost - self.bound) / self.cost


@dataclass(frozen=True, slots=True)
class Problem:
    """A suppression problem over n variables.

    Args:
        system: all cells with their true values; those that are not public are suppressed already.
        requirements: of cells that are not public.
        cost: n, of suppressing each; infinite where it must stay; 0 where it is hidden already.
    """

    system: System
    requirements: Requirements
    cost: Floats

    @property
    def free(self) -> Bools:
        """Return which cells are hidden already."""
        return ~self.system.public

    @property
    def candidates(self) -> Ints:
        """Return the variables that may move: hidden ones, and those that may be suppressed."""
        return np.flatnonzero(np.isfinite(self.cost))

    def room(self, side: int) -> Floats:
        """Return how far each value can go on a side within what everybody knows."""
        own = self.system
        return own.upper - own.values if side > 0 else own.values - own.lower

    def targets(self) -> list[Target]:
        """Return what must be shown. A width that the two sides do not give is asked of the side that has room."""
        found = []
        wanted, system = self.requirements, self.system
        for cell, below, above, width in zip(wanted.cells, wanted.below, wanted.above, wanted.width, strict=True):
            room_up, room_down = system.upper[cell] - system.values[cell], system.values[cell] - system.lower[cell]
            above = max(above, min(width - below, room_up))
            below = max(below, min(width - above, room_down))
            found += [Target(int(cell), side, float(need)) for side, need in ((1, above), (-1, below)) if need > 0]
        return found

    def stated_targets(self) -> list[Target]:
        """Return what is required as it is stated, widths as widths."""
        wanted = self.requirements
        found = []
        for cell, below, above, width in zip(wanted.cells, wanted.below, wanted.above, wanted.width, strict=True):
            levels = ((1, above), (-1, below), (0, width if width > below + above else 0.0))
            found += [Target(int(cell), side, float(need)) for side, need in levels if need > 0]
        return found

    def other_way(self, target: Target) -> list[Target]:
        """Return targets that give a cell its width on the other side, where only the width asks for this one."""
        wanted = self.requirements
        place = int(np.flatnonzero(wanted.cells == target.cell)[0])
        own, other = wanted.above[place], wanted.below[place]
        if target.side < 0:
            own, other = other, own
        if target.need <= own:
            return []
        found = [Target(target.cell, -target.side, float(max(other, wanted.width[place] - own)))]
        return [*found, Target(target.cell, target.side, float(own))] if own > 0 else found

    def with_secondary(self, secondary: Ints) -> System:
        """Return the system in which these cells are suppressed too."""
        status = self.system.status.copy()
        status[secondary] = np.maximum(status[secondary], SECONDARY)
        public = self.system.public.copy()
        public[secondary] = False
        return replace(self.system, status=status, public=public)


def state_problem(
    system: System,
    requirements: Requirements,
    *,
    cost: Literal["count", "values"] | Floats = "values",
    never: Ints | None = None,
    weights: Floats | None = None,
) -> Problem:
    """Return the problem.

    Args:
        system: the tables; primary cells have status PRIMARY.
        requirements: protection levels.
        cost: of suppressing a cell: 1 (`count`), its value but at least 1 (`values`), or n costs of your own.
        never: variables that must stay published.
        weights: n factors of the cost, for example larger ones for totals and key indicators.

    Raises:
        RequestError: E-PRO-120 where a value is not known, E-PRO-121 where a required cell is published, E-PRO-122 for
            costs that are no positive numbers.
        DisclosureError: E-PRO-123 for a cell that must be protected and must never be suppressed.
    """
    unknown = np.isnan(system.values)
    if unknown.any():
        raise RequestError(
            "E-PRO-120",
            f"the true value of a cell is not known ({int(unknown.sum())} such cells)",
            where=system.address(int(np.argmax(unknown))),
            remedy="Suppression needs the exact table; absent cells are zero, or must be given",
        )
    if system.public[requirements.cells].any():
        raise RequestError(
            "E-PRO-121",
            "a cell must be protected and is published",
            where=system.address(int(requirements.cells[np.argmax(system.public[requirements.cells])])),
            remedy="Make it a primary cell in every table that shows it",
        )
    if isinstance(cost, str):
        own = np.ones(system.size) if cost == "count" else np.maximum(np.abs(system.values), 1.0)
    else:
        own = np.asarray(cost, dtype=float).copy()
    own = own * (1.0 if weights is None else weights)
    if not (own > 0).all():
        raise RequestError(
            "E-PRO-122", "a cost of suppression is not a positive number", where=system.address(int(np.argmin(own > 0)))
        )
    if never is not None:
        clash = np.intersect1d(never, requirements.cells)
        if len(clash):
            raise DisclosureError(
                "E-PRO-123",
                f"a cell must be protected and must never be suppressed ({len(clash)} such cells)",
                where=system.address(int(clash[0])),
                remedy="Take it from the list of cells that are always published",
            )
        own[never] = np.inf
    own[system.status == KNOWN] = np.inf
    own[~system.public] = 0.0
    return Problem(system, requirements, own)
