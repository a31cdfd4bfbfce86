"""How a court keeps up: clearance rate, disposition time, backlog and their balance.

Source: European Commission for the Efficiency of Justice (CEPEJ), evaluation of judicial systems, definitions of the
clearance rate (resolved over incoming cases, per cent) and of the calculated disposition time (cases pending at the end
of the period over cases resolved in it, times 365). Both are figures of a court's stock, not of any case's duration:
how long cases take is told by the curves of justitia.aggregate.survival.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from justitia.engine import quote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

YEAR_DAYS = 365  # CEPEJ multiplies by 365 in leap years too


@dataclass(frozen=True, slots=True)
class Backlog:
    """Cases of a period.

    Args:
        pending_before, incoming, resolved, pending_after: counts.
        old_pending: pending at the end for longer than the limit asked.
    """

    pending_before: int
    incoming: int
    resolved: int
    pending_after: int
    old_pending: int

    @property
    def difference(self) -> int:
        """By how much the pending cases are off from what came in and went out; 0 when all dates are there."""
        return self.pending_after - (self.pending_before + self.incoming - self.resolved)


def clearance_rate(resolved: ArrayLike, incoming: ArrayLike) -> NDArray[np.float64]:
    """Return resolved over incoming cases in per cent; above 100 a court works off its backlog."""
    return _over(resolved, incoming, 100)


def disposition_time(pending: ArrayLike, resolved: ArrayLike, *, days: int = YEAR_DAYS) -> NDArray[np.float64]:
    """Return the days that resolving the pending cases takes at the pace of the period.

    Args:
        pending: cases pending at the end of the period.
        resolved: cases resolved in the period.
        days: length of the period; 365 for a year.
    """
    return _over(pending, resolved, days)


def _over(above: ArrayLike, below: ArrayLike, times: float) -> NDArray[np.float64]:
    import numpy as np

    x, n = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    made: NDArray[np.float64] = x / np.where(n > 0, n, np.nan) * times
    return made


def backlog_select(relation: str, first: date, last: date, *, old_days: int, received: str, resolved: str) -> str:
    """Return the SELECT of a period's backlog: one row with the fields of `Backlog`.

    Args:
        relation: cases, a row each; a case with no day of receipt is in none of the counts.
        first, last: days of the period, both included.
        old_days: a pending case older than this is old.
        received, resolved: date columns; resolved is null while pending.
    """
    came, gone = quote(received), quote(resolved)
    start, end = f"DATE '{first.isoformat()}'", f"DATE '{last.isoformat()}'"
    open_at_start = f"{came} < {start} AND ({gone} IS NULL OR {gone} >= {start})"
    open_at_end = f"{came} <= {end} AND ({gone} IS NULL OR {gone} > {end})"
    came_in = f"{came} BETWEEN {start} AND {end}"
    went_out = f"{came} IS NOT NULL AND {gone} BETWEEN {start} AND {end}"
    old = f"({open_at_end}) AND date_diff('day', {came}, {end}) > {old_days}"
    counts = (f"count(*) FILTER (WHERE {test})" for test in (open_at_start, came_in, went_out, open_at_end, old))
    return f"SELECT {', '.join(counts)} FROM {relation}"
