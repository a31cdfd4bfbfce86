"""Tables as an outsider reads them: dimensions with their hierarchies, cells with values, and what is not additive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from justitia.errors import RequestError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# What a cell is meant to be, the weakest first: of linked tables the strongest wins.
PUBLISHED, KNOWN, HIDDEN, SECONDARY, PRIMARY = range(5)
STATUS_WORDS = ("published", "known", "not in the table", "secondary", "primary")
LARGEST_GRID = 20_000_000  # cells of a table with everything that is absent from it


@dataclass(frozen=True, slots=True)
class Dimension:
    """A breakdown of a table.

    Args:
        name: its name in the table.
        parents: code -> code of which it is a part, `""` for what is part of nothing.
        total: the code that holds all others; `""` where codes do not add up to anything, such as years.
        concept: what the codes speak of; dimensions of the same concept link tables (default: the name).
    """

    name: str
    parents: Mapping[str, str]
    total: str = "_T"
    concept: str = ""

    @property
    def meaning(self) -> str:
        """Return the concept, which is the name where none is given."""
        return self.concept or self.name

    @classmethod
    def flat(cls, name: str, codes: Iterable[str], *, total: str = "_T", concept: str = "") -> Dimension:
        """Return a dimension in which every code is part of the total, or of nothing where there is no total."""
        parents = {code: total for code in codes if code != total}
        return cls(name, ({total: ""} if total else {}) | parents, total, concept)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its totals.

    Args:
        dataflow: its name, used in addresses.
        dimensions: its breakdowns.
        keys: one array of codes for each dimension, each of n cells.
        values: n counts or magnitudes; NaN where the value is not known to us (a table of another office).
        status: n of PUBLISHED, KNOWN (anybody knows it, as a structural zero), SECONDARY, PRIMARY; default, published.
        universe: what is counted; cells of the same universe and the same codes are the same thing (default: dataflow).
        vintage: of a release; cells of two vintages are two cells.
        absent: what a combination of codes that is not in the table stands for: `zero`, `hidden` (it exists and was
            not published), or `refuse` where there may be none.
        magnitude: values may be fractions; otherwise they are counts.
        least: no value is smaller, and everybody knows it; minus infinity where values may be negative.
    """

    dataflow: str
    dimensions: tuple[Dimension, ...]
    keys: tuple[NDArray[Any], ...]
    values: Floats
    status: NDArray[np.uint8] | None = None
    universe: str = ""
    vintage: str = ""
    absent: Literal["refuse", "zero", "hidden"] = "refuse"
    magnitude: bool = False
    least: float = 0.0

    def address(self, row: int) -> str:
        """Return the address of a cell: `DATAFLOW:codes joined by dots@vintage`."""
        key = ".".join(str(codes[row]) for codes in self.keys)
        return f"{self.dataflow}:{key}{'@' if self.vintage else ''}{self.vintage}"


@dataclass(frozen=True, slots=True)
class CodedTable:
    """A checked table, with its codes as numbers.

    Args:
        table: the table, with hidden cells added at its end where absent combinations are hidden.
        codes: cells x dimensions, place of the code in `names`.
        names: the codes of each dimension.
        status: of every cell.
    """

    table: Table
    codes: Ints
    names: tuple[tuple[str, ...], ...]
    status: NDArray[np.uint8]
    flat: Ints = field(repr=False)

    @property
    def steps(self) -> Ints:
        """Return how far apart in `flat` neighbouring codes of each dimension lie."""
        sizes = [len(names) for names in self.names]
        return np.cumprod([1, *sizes[:-1]], dtype=np.int64)

    def locate(self, flat: Ints) -> Ints:
        """Return the row of each combination, -1 where the table has none."""
        order = np.argsort(self.flat, kind="stable")
        place = np.minimum(np.searchsorted(self.flat, flat, sorter=order), len(order) - 1)
        row = order[place]
        return np.where(self.flat[row] == flat, row, -1)


def read_codes(table: Table) -> CodedTable:
    """Return the table with its codes as numbers, once it is certain that it can be attacked.

    Raises:
        RequestError: E-PRO-101 for an undeclared code, E-PRO-102 for a hierarchy with a gap, E-PRO-103 for a repeated
            cell, E-PRO-104 for a negative or fractional count.
    """
    for dimension in table.dimensions:
        _check_hierarchy(table, dimension)
    codes = np.column_stack(
        [_numbers(table, dimension, keys) for dimension, keys in zip(table.dimensions, table.keys, strict=True)]
    )
    names = tuple(tuple(dimension.parents) for dimension in table.dimensions)
    status = np.zeros(len(table.values), np.uint8) if table.status is None else table.status.astype(np.uint8)
    sizes = [len(item) for item in names]
    flat = codes @ np.cumprod([1, *sizes[:-1]], dtype=np.int64)
    coded = CodedTable(table, codes, names, status, flat)
    _check_cells(coded)
    return _with_hidden(coded) if table.absent == "hidden" else coded


def _check_hierarchy(table: Table, dimension: Dimension) -> None:
    parents = dimension.parents
    where = f"{table.dataflow}, {dimension.name}"
    lost = next((code for code, above in parents.items() if above and above not in parents), None)
    if lost is not None:
        raise RequestError(
            "E-PRO-102",
            f"code [{lost}] is part of [{parents[lost]}], which is not declared",
            where=where,
            remedy="Declare it",
        )
    if dimension.total and dimension.total not in parents:
        raise RequestError(
            "E-PRO-102",
            f"the total [{dimension.total}] is not declared",
            where=where,
            remedy="Say which code is the total",
        )
    for code in parents:
        above, steps = code, 0
        while parents[above] and steps <= len(parents):
            above, steps = parents[above], steps + 1
        if steps > len(parents):
            raise RequestError(
                "E-PRO-102", f"code [{code}] is part of itself", where=where, remedy="Correct the hierarchy"
            )
        if dimension.total and above != dimension.total:
            raise RequestError(
                "E-PRO-102",
                f"code [{code}] does not lead up to the total [{dimension.total}]",
                where=where,
                remedy="Say of which code it is a part",
            )


def _numbers(table: Table, dimension: Dimension, keys: NDArray[Any]) -> Ints:
    place = {code: number for number, code in enumerate(dimension.parents)}
    distinct, inverse = np.unique(np.asarray(keys, dtype=str), return_inverse=True)
    unknown = [code for code in distinct.tolist() if code not in place]
    if unknown:
        raise RequestError(
            "E-PRO-101",
            f"code [{unknown[0]}] is in no hierarchy ({len(unknown)} such codes)",
            where=f"{table.dataflow}, {dimension.name}",
            remedy="Declare of which code it is a part",
        )
    numbers: Ints = np.array([place[code] for code in distinct.tolist()], dtype=np.int64)[inverse]
    return numbers


def _check_cells(coded: CodedTable) -> None:
    table, values = coded.table, coded.table.values
    _, first, count = np.unique(coded.flat, return_index=True, return_counts=True)
    if count.max(initial=1) > 1:
        raise RequestError(
            "E-PRO-103", "the cell is there twice", where=table.address(int(first[count > 1][0])), remedy="Keep one"
        )
    for wrong, what in (
        (values < table.least, f"is smaller than {table.least:g}, the least possible"),
        (np.zeros(len(values), bool) if table.magnitude else values % 1 > 0, "is a fraction"),
        (np.isinf(values), "is infinite"),
    ):
        if wrong.any():
            raise RequestError(
                "E-PRO-104",
                f"a value {what} ({int(wrong.sum())} such cells)",
                where=table.address(int(np.argmax(wrong))),
                remedy="Counts are whole and not negative; declare magnitudes as such",
            )


def _with_hidden(coded: CodedTable) -> CodedTable:
    """Return the table with every combination of codes that it does not hold as a cell that nobody published."""
    sizes = [len(names) for names in coded.names]
    if np.prod(sizes, dtype=float) > LARGEST_GRID:
        raise RequestError(
            "E-PRO-105",
            f"with all hidden combinations there would be more than {LARGEST_GRID:,} cells",
            where=coded.table.dataflow,
            remedy="Say that absent cells are zero, or split the table",
        )
    missing = np.setdiff1d(np.arange(np.prod(sizes), dtype=np.int64), coded.flat)
    added = (missing[:, None] // coded.steps[None, :]) % np.array(sizes)
    keys = tuple(
        np.concatenate([np.asarray(have, dtype=object), np.array(names, dtype=object)[added[:, place]]])
        for place, (have, names) in enumerate(zip(coded.table.keys, coded.names, strict=True))
    )
    values = np.concatenate([coded.table.values, np.full(len(missing), np.nan)])
    status = np.concatenate([coded.status, np.full(len(missing), HIDDEN, np.uint8)])
    table = replace(coded.table, keys=keys, values=values, status=status)
    codes = np.vstack([coded.codes, added])
    return CodedTable(table, codes, coded.names, status, np.concatenate([coded.flat, missing]))
