"""The equations that an outsider can write: A x = 0 over all cells of one or several tables.

Cells that describe the same thing in linked tables are one variable, whatever tables show them; earlier vintages are
further variables, and the change between two vintages is a variable too. The formulation is that of Fischetti and
Salazar-González, "Solving the cell suppression problem on tabular data with linear constraints" (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from justitia.errors import RequestError
from justitia.protect.system.tables import HIDDEN, Bools, CodedTable, Floats, Ints, Table, read_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

TOLERANCE = 1e-7  # relative; sums of counts are exact, sums of magnitudes are not


@dataclass(frozen=True, slots=True)
class System:
    """What an outsider knows and does not know, n variables in m equations.

    Args:
        tables: as read, with hidden cells at their ends.
        variables: for each table, the variable of each of its rows.
        home: n x 2, (table, row) in which a variable is addressed; table -1: row is a row of `changes`.
        changes: k x 2, later and earlier variable of each change.
        matrix: m x n; matrix @ x = 0.
        values: n true values, NaN where we do not know them either.
        status: n of the statuses; `public` says what the outsider sees, which may differ when a table shows a cell that
            another hides.
        public: n.
        lower, upper: n bounds that everybody knows beforehand.
        whole: n, value is a whole number.
    """

    tables: tuple[Table, ...]
    variables: tuple[Ints, ...]
    home: Ints
    changes: Ints
    matrix: csr_array
    values: Floats
    status: NDArray[np.uint8]
    public: Bools
    lower: Floats
    upper: Floats
    whole: Bools

    @property
    def size(self) -> int:
        """Return the number of variables."""
        return len(self.values)

    def address(self, variable: int) -> str:
        """Return the address of a cell, or of the change of a cell between two vintages."""
        table, row = (int(item) for item in self.home[variable])
        if table >= 0:
            return self.tables[table].address(row)
        later, earlier = (self.address(int(item)) for item in self.changes[row])
        return f"change from {earlier} to {later}"

    def with_status(self, status: NDArray[np.uint8]) -> System:
        """Return the system in which cells have another status: exactly those published or known are public."""
        return replace(self, status=status, public=status <= 1)


def build_system(tables: Sequence[Table]) -> System:
    """Return the system of all tables together.

    Raises:
        RequestError: E-PRO-101 to 105 for a table at fault, E-PRO-106 for a missing cell, E-PRO-107 where cells do not
            add up, E-PRO-108 where two tables show different values of one cell, E-PRO-109 for two dimensions of a
            table with one meaning.
    """
    coded = [read_codes(table) for table in tables]
    variables, home = _merge(coded)
    values, status, public = _known(coded, variables, len(home))
    matrix = _equations(coded, variables, len(home))
    lower, whole = np.zeros(len(home)), np.ones(len(home), bool)
    for item, own in zip(coded, variables, strict=True):
        lower[own], whole[own] = item.table.least, not item.table.magnitude
    system = System(
        tables=tuple(item.table for item in coded),
        variables=tuple(variables),
        home=home,
        changes=np.empty((0, 2), np.int64),
        matrix=matrix,
        values=values,
        status=status,
        public=public,
        lower=lower,
        upper=np.full(len(home), np.inf),
        whole=whole,
    )
    _check_additive(system)
    return system


def with_changes(system: System, pairs: Ints) -> System:
    """Return the system with the change of cells between vintages as further variables, never published as such.

    Args:
        pairs: k x 2, later and earlier variable of each.
    """
    from scipy.sparse import csr_array, hstack, vstack

    count, size = len(pairs), system.size
    rows = np.repeat(np.arange(count), 3)
    columns = np.column_stack([pairs, size + np.arange(count)]).ravel()
    own = csr_array((np.tile([1.0, -1.0, -1.0], count), (rows, columns)), shape=(count, size + count))
    above = hstack([system.matrix, csr_array((system.matrix.shape[0], count))])
    homes = np.column_stack([np.full(count, -1), len(system.changes) + np.arange(count)])
    return replace(
        system,
        home=np.vstack([system.home, homes]),
        changes=np.vstack([system.changes, pairs]),
        matrix=csr_array(vstack([above, own])),
        values=np.append(system.values, system.values[pairs[:, 0]] - system.values[pairs[:, 1]]),
        status=np.append(system.status, np.full(count, HIDDEN, np.uint8)),
        public=np.append(system.public, np.zeros(count, bool)),
        lower=np.append(system.lower, system.lower[pairs[:, 0]] - system.upper[pairs[:, 1]]),
        upper=np.append(system.upper, system.upper[pairs[:, 0]] - system.lower[pairs[:, 1]]),
        whole=np.append(system.whole, system.whole[pairs].all(axis=1)),
    )


def match_vintages(system: System, *, later: int, earlier: int) -> Ints:
    """Return the pairs of variables (k x 2) of the cells that two tables, given by their place, have in common."""
    new, old = system.tables[later], system.tables[earlier]
    names = [dimension.meaning for dimension in new.dimensions]
    order = [[dimension.meaning for dimension in old.dimensions].index(name) for name in names]
    keys = [np.column_stack([np.asarray(item, dtype=str) for item in new.keys])]
    keys.append(np.column_stack([np.asarray(old.keys[place], dtype=str) for place in order]))
    _, inverse = np.unique(np.vstack(keys), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    cut = len(keys[0])
    _, first, second = np.intersect1d(inverse[:cut], inverse[cut:], return_indices=True)
    return np.column_stack([system.variables[later][first], system.variables[earlier][second]])


def _merge(coded: Sequence[CodedTable]) -> tuple[list[Ints], Ints]:
    """Return the variable of each row of each table, and where each variable is addressed."""
    concepts = sorted({dimension.meaning for item in coded for dimension in item.table.dimensions})
    numbers: dict[tuple[str, str], int] = {}
    blocks = []
    for place, item in enumerate(coded):
        names = [dimension.meaning for dimension in item.table.dimensions]
        if len(set(names)) < len(names):
            raise RequestError(
                "E-PRO-109",
                "two dimensions have the same meaning",
                where=f"{item.table.dataflow}: {', '.join(names)}",
                remedy="Give each a concept of its own",
            )
        block = np.zeros((len(item.codes), len(concepts) + 3), np.int64)
        block[:, -3:] = (
            _number(numbers, "universe", item.table.universe or item.table.dataflow),
            _number(numbers, "vintage", item.table.vintage),
            place,
        )
        for column, dimension in enumerate(item.table.dimensions):
            # A total says nothing of its dimension, so that a table without the dimension has the same cell.
            own = [0 if code == dimension.total else _number(numbers, dimension.meaning, code)
                   for code in dimension.parents]  # fmt: skip
            block[:, concepts.index(dimension.meaning)] = np.array(own)[item.codes[:, column]]
        blocks.append(block)
    stacked = np.vstack(blocks)
    _, first, inverse = np.unique(stacked[:, :-1], axis=0, return_index=True, return_inverse=True)
    ends = np.cumsum([len(block) for block in blocks])
    rows = np.concatenate([np.arange(len(block)) for block in blocks])
    return np.split(inverse.ravel(), ends[:-1]), np.column_stack([stacked[first, -1], rows[first]])


def _number(numbers: dict[tuple[str, str], int], kind: str, name: str) -> int:
    return numbers.setdefault((kind, name), len(numbers) + 1)


def _known(
    coded: Sequence[CodedTable], variables: Sequence[Ints], size: int
) -> tuple[Floats, NDArray[np.uint8], Bools]:
    values, status, public = np.full(size, np.nan), np.zeros(size, np.uint8), np.zeros(size, bool)
    for item, own in zip(coded, variables, strict=True):
        status[own] = np.maximum(status[own], item.status)
        public[own] |= item.status <= 1
        both = ~np.isnan(values[own]) & ~np.isnan(item.table.values)
        differs = both & (np.abs(values[own] - item.table.values) > TOLERANCE * (1 + np.abs(values[own])))
        if differs.any():
            raise RequestError(
                "E-PRO-108",
                f"another table shows another value of the cell ({int(differs.sum())} such cells)",
                where=item.table.address(int(np.argmax(differs))),
                remedy="Count both tables from the same records, or give them different universes",
            )
        values[own] = np.where(np.isnan(item.table.values), values[own], item.table.values)
    shown = public & np.isnan(values)
    if shown.any():
        where = next(
            item.table.address(int(np.argmax(shown[own])))
            for item, own in zip(coded, variables, strict=True)
            if shown[own].any()
        )
        raise RequestError("E-PRO-106", "a published cell has no value", where=where, remedy="Mark it as suppressed")
    return values, status, public


def _equations(coded: Sequence[CodedTable], variables: Sequence[Ints], size: int) -> csr_array:
    """Return one row for each cell that is a sum of others along a dimension; equal rows of linked tables are one."""
    from scipy.sparse import csr_array

    rows, columns, signs, count = [], [], [], 0
    for item, own in zip(coded, variables, strict=True):
        for place in range(len(item.table.dimensions)):
            parents, children = _sums(item, place)
            heads, inverse = np.unique(parents, return_inverse=True)
            rows += [count + np.arange(len(heads)), count + inverse]
            columns += [own[heads], own[children]]
            signs += [np.ones(len(heads)), np.full(len(children), -1.0)]
            count += len(heads)
    if not rows:
        return csr_array((0, size))
    entries = (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns)))
    matrix = csr_array(entries, shape=(count, size))
    return matrix[_distinct(matrix)]


def _sums(item: CodedTable, place: int) -> tuple[Ints, Ints]:
    """Return the rows of parents and of their children along a dimension, pair by pair.

    Raises:
        RequestError: E-PRO-106 where a margin or a part is not in the table and may not be absent.
    """
    dimension, names = item.table.dimensions[place], item.names[place]
    above = np.array([names.index(code) if code else -1 for code in dimension.parents.values()])
    own = item.codes[:, place]
    children = np.flatnonzero(above[own] >= 0)
    flat = item.flat[children] + (above[own[children]] - own[children]) * item.steps[place]
    parents = item.locate(flat)
    if item.table.absent == "refuse":
        _check_complete(item, place, parents, children, above)
    elif (lost := (parents < 0) & (item.table.values[children] > 0)).any():
        raise RequestError(
            "E-PRO-106",
            f"a cell is part of a margin that is not in the table ({int(lost.sum())} such cells)",
            where=f"{item.table.address(int(children[np.argmax(lost)]))}, {dimension.name}",
            remedy="Add the margin, or say that absent cells are hidden",
        )
    there = parents >= 0
    return parents[there], children[there]


def _check_complete(item: CodedTable, place: int, parents: Ints, children: Ints, above: Ints) -> None:
    parts = np.bincount(above[above >= 0], minlength=len(above))[item.codes[:, place]]
    have = np.bincount(parents[parents >= 0], minlength=len(item.codes))
    without_margin, without_part = parents < 0, have != parts
    if not without_margin.any() and not without_part.any():
        return
    row = children[np.argmax(without_margin)] if without_margin.any() else np.argmax(without_part)
    what = "has no margin" if without_margin.any() else f"has {have[row]} of its {parts[row]} parts"
    raise RequestError(
        "E-PRO-106",
        f"a cell {what} in the table ({int(without_margin.sum() + without_part.sum())} such cells)",
        where=f"{item.table.address(int(row))}, {item.table.dimensions[place].name}",
        remedy="Say whether absent cells are zero or hidden",
    )


def _distinct(matrix: csr_array) -> Ints:
    """Return the places of the first of equal rows, told by a sum of random whole numbers that wraps around."""
    marks = np.random.default_rng(0).integers(1, 2**62, size=matrix.shape[1], dtype=np.int64)
    sums = np.zeros(matrix.shape[0], np.int64)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    with np.errstate(over="ignore"):
        np.add.at(sums, rows, matrix.data.astype(np.int64) * marks[matrix.indices])
    _, first = np.unique(sums, return_index=True)
    return np.sort(first)


def _check_additive(system: System) -> None:
    known = ~np.isnan(system.values)
    gaps = abs(system.matrix) @ (~known).astype(float)
    values = np.where(known, system.values, 0.0)
    off = np.abs(system.matrix @ values) > TOLERANCE * (1 + abs(system.matrix) @ np.abs(values))
    wrong = np.flatnonzero((gaps == 0) & off)
    if len(wrong):
        head = system.matrix.indices[system.matrix.indptr[wrong[0]] : system.matrix.indptr[wrong[0] + 1]]
        signs = system.matrix.data[system.matrix.indptr[wrong[0]] : system.matrix.indptr[wrong[0] + 1]]
        total = int(head[np.argmax(signs)])
        raise RequestError(
            "E-PRO-107",
            f"parts add up to {values[head[signs < 0]].sum():g} and not to {values[total]:g} ({len(wrong)} such sums)",
            where=system.address(total),
            remedy="Protect a table before it is rounded, with its true totals",
        )
