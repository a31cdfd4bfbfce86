"""Targeted record swapping: the most recognisable units exchange their areas with similar units elsewhere.

Source of the method: Shlomo, Tudor and Groom 2010 (Data swapping for protecting census tables), with the hierarchical
form used for the European census of 2021 (Gussenbauer, sdcMicro). From the highest level of the hierarchy down, a unit
whose combination of rare columns is shared by fewer than k units in its area must leave that area; at the lowest level
further units, the rarer the likelier, are swapped until the rate is reached. A partner agrees in declared columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.errors import RequestError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ROUNDS = 30  # of looking for partners


@dataclass(frozen=True, slots=True)
class Swapped:
    """A file after swapping.

    Args:
        table: the file, with exchanged areas.
        units: number of units, households or persons.
        swapped: number of units that have another area now.
        forced: number of units that had to be swapped, being too rare.
        left: number of those for which no partner was found.
    """

    table: pa.Table
    units: int
    swapped: int
    forced: int
    left: int


def swap_records(
    table: pa.Table,
    *,
    unit: str,
    hierarchy: Sequence[str],
    rare_columns: Sequence[str],
    similar: Sequence[Sequence[str]],
    k: int,
    rate: float,
    seed: int,
) -> Swapped:
    """Return the file with areas exchanged between units.

    Args:
        table: one row per record; all records of a unit lie in one area.
        unit: column that tells whose records belong together.
        hierarchy: columns of areas, the largest first.
        rare_columns: those whose rare combinations are recognised.
        similar: likenesses, each a list of columns in which partners agree; the next one is tried where none is left.
        k: units that are to share a combination in an area.
        rate: share of units that are swapped at least.
        seed: of the draw; the same seed swaps the same units.

    Raises:
        RequestError: E-MIC-003 for columns that are not there, a rate outside 0 to 1, or a unit in two areas.
    """
    import numpy as np

    _check(table, [unit, *hierarchy, *rare_columns, *(name for names in similar for name in names)], rate)
    random = np.random.default_rng(seed)
    units, first, owner = np.unique(_codes(table, [unit]), return_index=True, return_inverse=True)
    areas = [_codes(table, hierarchy[: level + 1]) for level in range(len(hierarchy))]
    if any((own != own[first][owner]).any() for own in areas):
        raise RequestError("E-MIC-003", "the records of a unit lie in different areas", remedy="Correct the file first")
    likenesses = [_codes(table, names)[first] if names else np.zeros(len(units), np.int64) for names in similar]
    partner = np.full(len(units), -1)
    forced = np.zeros(len(units), bool)
    rarity = np.full(len(units), np.inf)
    for level, own in enumerate(areas):
        shared = _sharing(_codes(table, rare_columns), own)
        np.minimum.at(rarity, owner, shared)
        rare = np.full(len(units), np.inf)
        np.minimum.at(rare, owner, shared)
        must = (rare < k) & (partner < 0)
        forced |= must
        _pair(must, own[first], likenesses, rarity, partner, random)
        if level == len(areas) - 1:
            _pair(_further(partner, rarity, rate, random), own[first], likenesses, rarity, partner, random)
    taken = np.where(partner >= 0, partner, np.arange(len(units)))
    source = first[taken][owner]
    made = table
    for name in hierarchy:
        made = made.set_column(made.column_names.index(name), name, table[name].take(_array(source)))
    return Swapped(made, len(units), int((partner >= 0).sum()), int(forced.sum()), int((forced & (partner < 0)).sum()))


def _sharing(combination: NDArray[np.int64], area: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many records share each record's rare combination in its area."""
    import numpy as np

    _, inverse, counts = np.unique(
        np.column_stack([combination, area]), axis=0, return_inverse=True, return_counts=True
    )
    return counts[inverse.ravel()].astype(float)


def _further(
    partner: NDArray[np.int64], rarity: NDArray[np.float64], rate: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Return units to swap beside those that had to be, until the rate is reached: two by each swap."""
    import numpy as np

    chosen = np.zeros(len(partner), bool)
    missing = int(np.ceil((rate * len(partner) - (partner >= 0).sum()) / 2))
    free = np.flatnonzero(partner < 0)
    if missing > 0 and len(free):
        chosen[free[_drawn(rarity[free], random)[:missing]]] = True
    return chosen


def _drawn(rarity: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.int64]:
    """Return places in random order, the rarer the earlier (weighted without replacement, Efraimidis 2006)."""
    import numpy as np

    found: NDArray[np.int64] = np.argsort(-(random.random(len(rarity)) ** rarity))
    return found


def _pair(
    wanted: NDArray[np.bool_],
    area: NDArray[np.int64],
    likenesses: Sequence[NDArray[np.int64]],
    rarity: NDArray[np.float64],
    partner: NDArray[np.int64],
    random: np.random.Generator,
) -> None:
    """Give partners in other areas to the wanted units, and write them into `partner`."""
    import numpy as np

    for likeness in likenesses:
        for _ in range(ROUNDS):
            seekers = np.flatnonzero(wanted & (partner < 0))
            givers = np.flatnonzero(~wanted & (partner < 0))
            if not len(seekers) or not len(givers):
                break
            seekers, givers = random.permutation(seekers), givers[_drawn(rarity[givers], random)]
            left, right = _ranked(likeness[seekers]), _ranked(likeness[givers])
            both, one, other = np.intersect1d(
                _keyed(likeness[seekers], left), _keyed(likeness[givers], right), return_indices=True
            )
            apart = area[seekers[one]] != area[givers[other]]
            del both
            partner[seekers[one[apart]]] = givers[other[apart]]
            partner[givers[other[apart]]] = seekers[one[apart]]
    # Who is left may change places with another that has to leave its own area.
    for likeness in likenesses:
        rest = random.permutation(np.flatnonzero(wanted & (partner < 0)))
        rest = rest[np.argsort(likeness[rest], kind="stable")]
        one, other = rest[:-1:2], rest[1::2]
        fit = (likeness[one] == likeness[other]) & (area[one] != area[other])
        partner[one[fit]], partner[other[fit]] = other[fit], one[fit]


def _ranked(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each item among those of its group, in the given order."""
    import numpy as np

    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], groups[order])
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = np.arange(len(groups)) - starts
    return ranks


def _keyed(groups: NDArray[np.int64], ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = groups * (1 << 32) + ranks
    return found


def _codes(table: pa.Table, names: Sequence[str]) -> NDArray[np.int64]:
    """Return one number for each combination of columns."""
    import numpy as np
    import pyarrow.compute as pc

    if not names:
        return np.zeros(table.num_rows, np.int64)
    columns = [
        pc.fill_null(pc.dictionary_encode(table[name].combine_chunks(), null_encoding="encode").indices, -1).to_numpy()
        for name in names
    ]
    _, inverse = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    return inverse.ravel().astype(np.int64)


def _array(places: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    return pa.array(places)


def _check(table: pa.Table, names: Sequence[str], rate: float) -> None:
    missing = [name for name in names if name not in table.column_names]
    if missing or not 0 <= rate <= 1:
        raise RequestError(
            "E-MIC-003",
            f"the file has no column [{missing[0]}]" if missing else f"{rate} is no share",
            remedy=f"Columns are {', '.join(table.column_names)}; the rate lies between 0 and 1",
        )
