"""The neighbourhood of a cell: a part of the system in which it can move while everything outside stays as it is.

In large tables a cell is protected by cells near to it: with the same parents in each dimension. A change within such a
block that keeps all sums is a change of the whole table, so that programs of a few thousand cells do for tables of any
size.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from justitia.protect.system.linear import System
from justitia.protect.system.tables import Dimension, Ints

FAR = 2_000  # combinations of codes of a linked table's own dimensions that a block takes in, at most


class Blocks:
    """The blocks of all cells of a system."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._near: dict[tuple[int, int, str], tuple[str, ...]] = {}
        self._above: dict[tuple[str, ...], frozenset[str]] = {}

    @cached_property
    def _codes(self) -> list[list[Ints]]:
        """Return for each table and dimension the place of each row's code."""
        found = []
        for table in self.system.tables:
            own = []
            for dimension, keys in zip(table.dimensions, table.keys, strict=True):
                place = {code: number for number, code in enumerate(dimension.parents)}
                distinct, inverse = np.unique(np.asarray(keys, dtype=str), return_inverse=True)
                own.append(np.array([place[code] for code in distinct.tolist()])[inverse.ravel()])
            found.append(own)
        return found

    def key(self, variable: int) -> tuple[object, ...]:
        """Return what the cells of a block have in common: the codes near to theirs in each dimension."""
        table, row = (int(item) for item in self.system.home[variable])
        if table < 0:
            return self.key(int(self.system.changes[row, 0]))
        own = self.system.tables[table]
        near = [
            self._codes_near(table, place, dimension, str(keys[row]))
            for place, (dimension, keys) in enumerate(zip(own.dimensions, own.keys, strict=True))
        ]
        return (table, *near)

    def members(self, key: tuple[object, ...], *, margins: bool = True) -> Ints:
        """Return the variables of a block, those of linked tables and of changes included.

        Args:
            key: of the block.
            margins: with the cells above, in dimensions of more than two levels.
        """
        first, own = int(key[0]), key[1:]  # type: ignore[call-overload]
        concepts = {
            dimension.meaning: set(codes) - (frozenset() if margins else self._above[codes])  # type: ignore
            for dimension, codes in zip(self.system.tables[first].dimensions, own, strict=True)
        }
        parts = [self._rows(number, concepts, number == first) for number in range(len(self.system.tables))]
        cells = np.unique(np.concatenate(parts))
        if not len(self.system.changes):
            return cells
        inside = np.zeros(self.system.size, bool)
        inside[cells] = True
        moved = np.flatnonzero(self.system.home[:, 0] < 0)
        touched = inside[self.system.changes[self.system.home[moved, 1]]].any(axis=1)
        return np.union1d(cells, moved[touched])

    def _rows(self, number: int, concepts: Mapping[str, set[str]], own: bool) -> Ints:
        table = self.system.tables[number]
        names = {dimension.meaning for dimension in table.dimensions}
        if not own and not names & set(concepts):
            return np.empty(0, np.int64)
        chosen = np.ones(len(table.values), bool)
        size = 1
        for place, dimension in enumerate(table.dimensions):
            near = concepts.get(dimension.meaning)
            if near is None:
                near = set(self._codes_near(number, place, dimension, dimension.total))
                size *= len(near)
            wanted = np.array([code in near for code in dimension.parents])
            chosen &= wanted[self._codes[number][place]]
        rows: Ints = np.flatnonzero(chosen) if size <= FAR else np.empty(0, np.int64)
        return self.system.variables[number][rows]

    def _codes_near(self, table: int, place: int, dimension: Dimension, code: str) -> tuple[str, ...]:
        """Return the codes with the same parent, those above, and below the code and one beside it all the way down."""
        known = self._near.get((table, place, code))
        if known is not None:
            return known
        parents = dimension.parents
        children: dict[str, list[str]] = {}
        for child, above in parents.items():
            children.setdefault(above, []).append(child)
        beside = children[parents[code]] if parents.get(code) else [code]
        near = set(beside)
        above = parents.get(code, "")
        over = set()
        while above:
            over.add(above)
            above = parents[above]
        near |= over
        for start in [code, *[item for item in beside if item != code][:1]]:
            below = children.get(start, []) if start in parents else list(parents)
            while below:
                near |= set(below)
                deeper = next((item for item in below if item in children), "")
                below = children[deeper] if deeper else []
        found = tuple(sorted(near))
        flat = all(not above or not parents[above] for above in parents.values())
        self._above[found] = frozenset() if flat else frozenset(over)
        for item in beside if not any(item in children for item in beside) else [code]:
            self._near[(table, place, item)] = found
        return found
