"""The address of a published cell: `DATAFLOW:key:period@vintage`, as `justitia explain` takes it."""

from __future__ import annotations

from collections.abc import Sequence


def cell_address(dataflow_id: str, codes: Sequence[str], measure: str, period: str, vintage: str) -> str:
    """Return the address; the key is the codes of all dimensions in the table's order, then the measure."""
    return f"{dataflow_id}:{'.'.join((*codes, measure))}:{period}@{vintage}"
