"""Cell-key perturbation: noise that is drawn by who is in a cell, so that the same cell has the same noise everywhere.

Source of the method: Fraser and Wooton 2005 and Marley and Leaver 2011 (Australian Bureau of Statistics), as used by
the ONS for the census of 2021. Each counting unit has a record key; the cell key is the sum of the keys of its units,
modulo the number of keys; the perturbation table says which noise a count with that key gets. Zero stays zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.errors import CatalogueError, DisclosureError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from justitia.metadata.definitions import DisclosureRule, NoiseRow

LEAST_CANDIDATES = 2  # true counts between which a published count leaves the reader in doubt


@dataclass(frozen=True, slots=True)
class PerturbationTable:
    """Noise by count and cell key.

    Args:
        id: name of the table.
        noise: array of shape (counts, keys); row 0 is for a count of 1.
        repeat: number of last rows that are used in turn for larger counts.
    """

    id: str
    noise: NDArray[np.int64]
    repeat: int = 1

    @property
    def keys(self) -> int:
        """Return the number of cell keys, by which sums of record keys are reduced."""
        return int(self.noise.shape[1])

    def row_of(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row for each count of 1 or more."""
        import numpy as np

        last = self.noise.shape[0] - self.repeat
        return np.where(counts <= self.noise.shape[0], counts - 1, last + (counts - 1 - last) % self.repeat)


def perturbation_table(identifier: str, rows: Iterable[NoiseRow], *, repeat: int = 1) -> PerturbationTable:
    """Return the table that a catalogue file describes.

    Args:
        identifier: name of the file.
        rows: its rows (count, noise, first and last key).
        repeat: number of last counts that stand for larger ones.

    Raises:
        CatalogueError: E-CAT-075 when a count is missing, a key has no noise or two, or a count would become negative.
    """
    import numpy as np

    listed = list(rows)
    size, keys = max((row.count for row in listed), default=0), max((row.last_key for row in listed), default=-1) + 1
    _check_size(identifier, size, keys, repeat)
    noise = np.zeros((size, keys), dtype=np.int64)
    covered = np.zeros((size, keys), dtype=np.int64)
    for row in listed:
        if row.count < 1 or row.noise < -row.count:
            raise _fault(identifier, f"count {row.count} with noise {row.noise} gives no count")
        place = row.count - 1, slice(row.first_key, row.last_key + 1)
        noise[place] = row.noise
        covered[place] += 1
    if not (covered == 1).all():
        count, key = (int(place[0]) for place in np.nonzero(covered != 1))
        raise _fault(identifier, f"count {count + 1}, key {key} has {int(covered[count, key])} rows")
    return PerturbationTable(identifier, noise, repeat)


def _check_size(identifier: str, size: int, keys: int, repeat: int) -> None:
    # Record keys are uniform over a power of two: of another number of keys, some would be drawn more often.
    if keys < 1 or keys & (keys - 1):
        raise _fault(identifier, f"there are {keys} keys, and not a power of two")
    if not 1 <= repeat <= size:
        raise _fault(identifier, f"the last {repeat} of {size} counts cannot stand for larger ones")


def _fault(identifier: str, what: str) -> CatalogueError:
    return CatalogueError(
        "E-CAT-075",
        f"perturbation table {identifier}: {what}",
        where=f"perturbation/{identifier}.csv",
        remedy="Each count from 1 on has one row for each of its keys; tools/perturbation_table.py makes such files",
    )


def perturbed(counts: NDArray[np.int64], cell_keys: NDArray[np.int64], table: PerturbationTable) -> NDArray[np.int64]:
    """Return the perturbed counts; zero stays zero.

    Args:
        counts: true counts, 0 or more.
        cell_keys: sums of the record keys of each cell's units, of the same shape.
        table: the noise.
    """
    import numpy as np

    rows = table.row_of(np.maximum(counts, 1))
    return np.where(counts > 0, counts + table.noise[rows, cell_keys % table.keys], 0)


def noise_rows(table: PerturbationTable) -> pa.Table:
    """Return (noise_row, noise_key, noise) as an Arrow table for the engine, without the rows whose noise is zero."""
    import numpy as np
    import pyarrow as pa

    rows, keys = np.nonzero(table.noise)
    return pa.table({"noise_row": rows, "noise_key": keys, "noise": table.noise[rows, keys]})


def perturbed_sql(relation: str, noise: str, table: PerturbationTable) -> str:
    """Return the SELECT of a relation's cells with a column `perturbed` more.

    Args:
        relation: has OBS_VALUE (true count) and CELL_KEY (sum of record keys).
        noise: relation of `noise_rows`.
        table: the noise.
    """
    size, last = table.noise.shape[0], table.noise.shape[0] - table.repeat
    row = (
        f"CASE WHEN c.OBS_VALUE <= {size} THEN c.OBS_VALUE - 1 "
        f"ELSE {last} + (c.OBS_VALUE - 1 - {last}) % {table.repeat} END"
    )
    on = f"p.noise_row = {row} AND p.noise_key = c.CELL_KEY % {table.keys} AND c.OBS_VALUE > 0"
    value = "c.OBS_VALUE + coalesce(p.noise, 0) AS perturbed"
    return f"SELECT c.*, {value} FROM {relation} AS c LEFT JOIN {noise} AS p ON {on}"


def check_perturbation(rule: DisclosureRule, table: PerturbationTable) -> None:
    """Raise DisclosureError (E-DIS-001) when a published count leaves no doubt about the true one."""
    import numpy as np

    size = table.noise.shape[0]
    counts = np.arange(1, size + table.repeat * 2 + int(np.abs(table.noise).max()) + 1)
    rows = table.row_of(counts)
    origins: dict[int, set[int]] = {}
    for count, row in zip(counts.tolist(), rows.tolist(), strict=True):
        for value in np.unique(count + table.noise[row]).tolist():
            origins.setdefault(value, set()).add(count)
    sure = [v for v, found in origins.items() if rule.redact_up_to < v <= size and len(found) < LEAST_CANDIDATES]
    if sure:
        raise DisclosureError(
            "E-DIS-001",
            f"a published count of {min(sure)} could only be one true count",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Use a perturbation table with more noise than {table.id}",
        )
