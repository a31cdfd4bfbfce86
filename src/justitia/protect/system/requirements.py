"""How far from the truth an attacker must be left about a cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from justitia.errors import RequestError
from justitia.protect.system.linear import System
from justitia.protect.system.tables import PRIMARY, Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Requirements:
    """Protection levels of k cells, in the unit of the table.

    Args:
        cells: k variables of the system.
        below: the least possible value must lie at least so far below the true one.
        above: the largest possible value must lie at least so far above the true one.
        width: and the two must lie at least so far apart (sliding protection), wherever the truth is.
    """

    cells: Ints
    below: Floats
    above: Floats
    width: Floats

    def __len__(self) -> int:
        return len(self.cells)

    def part(self, chosen: Ints | Bools) -> Requirements:
        """Return some of the requirements."""
        return Requirements(self.cells[chosen], self.below[chosen], self.above[chosen], self.width[chosen])

    def sides(self) -> Iterator[tuple[int, Floats]]:
        """Yield the two sides: +1 with what is required above, -1 with what is required below."""
        yield from ((1, self.above), (-1, self.below))


def require(
    system: System,
    *,
    below: float | Floats = 0.0,
    above: float | Floats = 0.0,
    width: float | Floats = 0.0,
    cells: Ints | None = None,
    as_far_as_possible: bool = True,
) -> Requirements:
    """Return requirements for the given cells, or for all primary ones.

    Args:
        system: the tables.
        below, above, width: protection levels, one for all or one for each cell.
        cells: variables; default, all that are primary.
        as_far_as_possible: nobody can be led to believe in a count below 0: ask no more below than there is.

    Raises:
        RequestError: E-PRO-111 for a negative level, E-PRO-112 for levels around a value that is not known to us.
    """
    chosen = np.flatnonzero(system.status == PRIMARY) if cells is None else np.asarray(cells, dtype=np.int64)
    levels = [np.broadcast_to(np.asarray(item, dtype=float), chosen.shape).copy() for item in (below, above, width)]
    if any((item < 0).any() for item in levels):
        raise RequestError("E-PRO-111", "a protection level is negative", remedy="Give distances, 0 or more")
    values = system.values[chosen]
    unknown = np.isnan(values) & ((levels[0] > 0) | (levels[1] > 0))
    if unknown.any():
        raise RequestError(
            "E-PRO-112",
            f"the true value of a cell is not known, so nothing can be required around it ({int(unknown.sum())} cells)",
            where=system.address(int(chosen[np.argmax(unknown)])),
            remedy="Require a width",
        )
    if as_far_as_possible:
        levels[0] = np.where(np.isnan(values), levels[0], np.minimum(levels[0], values - system.lower[chosen]))
        levels[1] = np.where(np.isnan(values), levels[1], np.minimum(levels[1], system.upper[chosen] - values))
    return Requirements(chosen, *levels)
