"""Differentially private counts, by OpenDP (extra `differential`), with a budget for each table that runs out.

Noise is the discrete Laplace of Ghosh, Roughgarden and Sundararajan 2009, as OpenDP draws it. Each answer spends part
of the table's budget; when it is spent the table answers no more. Who asks twice pays twice, so keep the answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import DisclosureError, RequestError
from justitia.store import canonical_json, write_atomically

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDING = 1e-9  # of sums of parts of a budget


@dataclass(frozen=True, slots=True)
class Spent:
    """One answer: what it was about, what it cost, and the table's limit at the time (0: not written down)."""

    purpose: str
    epsilon: float
    limit: float = 0.0


class Budget:
    """The ledger of what was spent, by table.

    Args:
        file: JSON, written before each answer leaves.
        limits: table -> the most that may ever be spent on it.
    """

    def __init__(self, file: Path, limits: Mapping[str, float]) -> None:
        self.file, self.limits = file, dict(limits)

    def entries(self) -> dict[str, list[Spent]]:
        """Return table -> what was spent on it, in order."""
        if not self.file.exists():
            return {}
        read = json.loads(self.file.read_bytes())
        return {name: [Spent(**item) for item in items] for name, items in read.items()}

    def left(self, table: str) -> float:
        """Return what may still be spent on a table. Once something was spent, a limit can be lowered and not raised.

        Raises:
            RequestError: E-MIC-004 for a table without a budget.
        """
        if table not in self.limits:
            raise RequestError(
                "E-MIC-004",
                f"table [{table}] has no budget",
                remedy=f"Tables with one: {', '.join(self.limits) or '-'}",
            )
        spent = self.entries().get(table, [])
        limit = min([self.limits[table], *(item.limit for item in spent if item.limit > 0)])
        return limit - sum(item.epsilon for item in spent)

    def spend(self, table: str, *, epsilon: float, purpose: str) -> None:
        """Write down that an answer will cost `epsilon`.

        Raises:
            DisclosureError: E-MIC-005 when the budget does not suffice; nothing is spent.
        """
        left = self.left(table)
        if epsilon <= 0 or epsilon > left + ROUNDING:
            raise DisclosureError(
                "E-MIC-005",
                f"the answer would cost {epsilon:g} of table {table}, of whose budget {max(left, 0):g} is left",
                where=str(self.file),
                remedy="Ask for less exactness, or use the answers that were given",
            )
        entries = {name: [asdict(item) for item in items] for name, items in self.entries().items()}
        own = Spent(purpose, epsilon, self.limits[table])
        entries.setdefault(table, []).append(asdict(own))
        write_atomically(self.file, canonical_json(entries))


def private_counts(
    counts: NDArray[np.int64], *, table: str, epsilon: float, budget: Budget, purpose: str, cells_of_unit: int = 1
) -> NDArray[np.int64]:
    """Return counts with noise; negative ones are set to zero, which costs nothing.

    Args:
        counts: true counts, shape (cells,).
        table: whose budget pays.
        epsilon: what is spent: the noise has a scale of cells_of_unit / epsilon.
        budget: the ledger.
        purpose: for the ledger.
        cells_of_unit: in how many of the cells one unit may be counted (its margins among them).

    Raises:
        RequestError: E-MIC-006 when OpenDP is not installed.
        DisclosureError: E-MIC-005 when the budget does not suffice.
    """
    import numpy as np

    measurement = _measurement(cells_of_unit / epsilon if epsilon > 0 else 1.0)
    budget.spend(table, epsilon=epsilon, purpose=purpose)
    answer = measurement([int(count) for count in counts])  # type: ignore[operator]  # OpenDP's measurements are called
    return np.maximum(np.array(answer, dtype=np.int64), 0)


def _measurement(scale: float) -> object:
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise RequestError(
            "E-MIC-006", "OpenDP is not installed", remedy='Run: pip install "justitia[differential]"'
        ) from error
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=dp.i64)), dp.l1_distance(T=dp.i64)
    return dp.m.make_laplace(*space, scale=scale)
