"""Made-up tables with many small cells. The same seed gives the same table everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from justitia.protect.system import PRIMARY, Dimension, Table

SMALL = 4  # counts from 1 to 4 are primary


def two_way(rows: int, columns: int, *, median: float, spread: float, seed: int) -> Table:
    """Return a table of counts with margins; the inner ones are Poisson counts around lognormal rates."""
    random = np.random.default_rng(seed)
    counts = random.poisson(random.lognormal(np.log(median), spread, (rows, columns)))
    names = [[f"{letter}{i:03}" for i in range(size)] for letter, size in (("R", rows), ("C", columns))]
    return from_leaves(
        counts, [Dimension.flat(name, codes) for name, codes in zip(("ROW", "COLUMN"), names, strict=True)]
    )


def nested(name: str, first: int, second: int) -> Dimension:
    """Return a dimension of three levels: total, `first` codes, `second` parts of each."""
    parents = {"_T": ""}
    for i in range(first):
        parents[f"{name[0]}{i:02}"] = "_T"
        parents |= {f"{name[0]}{i:02}{j:02}": f"{name[0]}{i:02}" for j in range(second)}
    return Dimension(name, parents)


def four_way(*, seed: int, mean: float = 95.0, first: int = 10, second: int = 5) -> Table:
    """Return a table of four dimensions, two of three levels: 104,310 cells by default, about a tenth primary."""
    random = np.random.default_rng(seed)
    dimensions = [
        nested("ICCS", first, second),
        nested("AREA", first - 2, second + 1),
        Dimension.flat("SEX", ("F", "M")),
        Dimension.flat("AGE", [f"A{i}" for i in range(9)]),
    ]
    # Rates differ by code, as they do in crime: some offences are rare, some districts small.
    expected = np.array(mean)
    for dimension, spread in zip(dimensions, (1.6, 1.0, 0.6, 0.7), strict=True):
        factor = random.lognormal(0.0, spread, len(leaves(dimension)))
        expected = np.multiply.outer(expected, factor / factor.mean())
    return from_leaves(random.poisson(random.gamma(3.0, expected / 3.0)), dimensions)


def leaves(dimension: Dimension) -> list[str]:
    """Return the codes that have no parts."""
    return [code for code in dimension.parents if code not in set(dimension.parents.values())]


def from_leaves(counts: NDArray[np.int64], dimensions: Sequence[Dimension]) -> Table:
    """Return the table with all sums, small positive counts being primary."""
    cube = counts.astype(float)
    for place, dimension in enumerate(dimensions):
        codes, own = list(dimension.parents), leaves(dimension)
        sums = np.zeros((len(codes), len(own)))
        for column, code in enumerate(own):
            while code:
                sums[codes.index(code), column] = 1
                code = dimension.parents[code]
        cube = np.moveaxis(np.tensordot(sums, cube, axes=(1, place)), 0, place)
    grids = np.meshgrid(*[np.array(list(dimension.parents)) for dimension in dimensions], indexing="ij")
    values = cube.ravel()
    status = np.where((values > 0) & (values <= SMALL), PRIMARY, 0).astype(np.uint8)
    return Table("made", tuple(dimensions), tuple(grid.ravel() for grid in grids), values, status)
