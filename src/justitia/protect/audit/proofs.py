"""What attacks have shown of components, so that an unchanged component is not attacked again.

A proof is filed under a hash of everything that the attack depends on: the equations, the bounds, the true values and
what is required. Only proofs that all required cells are safe are kept; what is unsafe is always attacked anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from justitia.protect.system.linear import System
    from justitia.protect.system.presolve import Component
    from justitia.protect.system.requirements import Requirements
    from justitia.protect.system.tables import Bools, Floats, Ints

VERSION = 1  # raised when an attack may find more than before: older proofs are worth nothing then


@dataclass(frozen=True, slots=True)
class Proof:
    """The intervals of the j required cells of a component, all wide enough.

    Args:
        lower, upper: j.
        exact, whole: j, see AuditResult.
        method: j.
    """

    lower: Floats
    upper: Floats
    exact: Bools
    whole: Bools
    method: NDArray[np.uint8]


class Proofs:
    """Proofs of earlier attacks, and those that the present ones used or made.

    Args:
        stored: table of earlier proofs, see `table`; default, none.
    """

    def __init__(self, stored: pa.Table | None = None) -> None:
        self._known = dict(_read(stored)) if stored is not None else {}
        self._used: dict[str, Proof] = {}
        self.reused = 0

    def find(self, key: str) -> Proof | None:
        """Return the proof of a component, None when it was never attacked or was not safe."""
        proof = self._known.get(key)
        if proof is not None:
            self._used[key] = proof
            self.reused += 1
        return proof

    def keep(self, key: str, proof: Proof) -> None:
        """Keep the proof of a component."""
        self._known[key] = self._used[key] = proof

    def table(self) -> pa.Table:
        """Return the proofs that were used or made, one row for each required cell.

        Columns: KEY, PLACE, LOWER, UPPER, EXACT, WHOLE, METHOD. They tell of true counts and never leave the store.
        """
        import pyarrow as pa

        proofs = sorted(self._used.items())
        sizes = [len(proof.lower) for _, proof in proofs]
        names = {"LOWER": float, "UPPER": float, "EXACT": bool, "WHOLE": bool, "METHOD": np.uint8}
        joined = {
            name: np.concatenate([np.empty(0, kind), *[getattr(proof, name.lower()) for _, proof in proofs]])
            for name, kind in names.items()
        }
        keys = np.repeat(np.array([key for key, _ in proofs], dtype=object), sizes)
        places = np.concatenate([np.empty(0, np.int64), *[np.arange(size) for size in sizes]])
        return pa.table({"KEY": pa.array(keys, pa.string()), "PLACE": places, **joined})


def key_of(system: System, component: Component, wanted: Requirements, inside: Ints, *, exact: bool) -> str:
    """Return the hash of a component and of what is required of its cells."""
    found = hashlib.sha256(f"{VERSION} {exact} {component.matrix.shape}".encode())
    matrix, columns = component.matrix, component.columns
    whole_numbers = (matrix.indptr, matrix.indices, inside, system.whole[columns])
    figures = (matrix.data, component.rhs, component.lower, component.upper, system.values[columns])
    for kind, arrays in (
        (np.int64, whole_numbers),
        (np.float64, (*figures, wanted.below, wanted.above, wanted.width)),
    ):
        for values in arrays:
            own = np.ascontiguousarray(values, dtype=kind) + kind(0)  # no minus zero
            found.update(f"|{len(own)}|".encode() + own.tobytes())
    return found.hexdigest()


def _read(stored: pa.Table) -> Iterator[tuple[str, Proof]]:
    if not stored.num_rows:
        return
    ordered = stored.sort_by([("KEY", "ascending"), ("PLACE", "ascending")])
    columns = {name: ordered[name].to_numpy(zero_copy_only=False) for name in ordered.column_names if name != "KEY"}
    keys = np.array(ordered["KEY"].to_pylist())
    names, first = np.unique(keys, return_index=True)
    for name, start, stop in zip(names.tolist(), first, [*first[1:], len(keys)], strict=True):
        own = {column: values[start:stop] for column, values in columns.items()}
        yield name, Proof(own["LOWER"], own["UPPER"], own["EXACT"], own["WHOLE"], own["METHOD"].astype(np.uint8))
