"""Sums: what the parts of a total, or the children of a code, add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.findings import Finding
from justitia.metadata.structure import Component
from justitia.model.missing import MISSING, TOTAL
from justitia.validate.sdmx.observations import Observations, key_of

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums that must hold.

    Args:
        dimensions: dimensions whose code lists are hierarchies of parts: children sum to their parent, and the codes of
            the top level to the total `_T`.
        tolerance: how far a sum may be off, in units of the measure: rounded figures do not sum exactly.
    """

    dimensions: tuple[str, ...] = ()
    tolerance: float = 0.0


def check_sums(data: Observations, sums: Sums) -> Iterator[Finding]:
    """Yield totals that differ from the sum of all their parts, or that are less than the sum of some of them."""
    measure = next((item.id for item in data.given if item.role == "measure"), None)
    for name in sums.dimensions:
        item = data.structure.component(name)
        if measure and item is not None and item.codelist and name in data.columns:
            yield from _check(data, item, measure, sums.tolerance)


def parts_of(item: Component) -> list[tuple[str, str, bool]]:
    """Return (part, whole, whether the whole cannot be known without it) of a hierarchical code list.

    What was not given, not known or not applicable is a part where it stands, and often does not.
    """
    codes = item.codelist.codes if item.codelist else {}
    needed = {name: name not in MISSING and not code.missing_kind for name, code in codes.items()}
    below = [(name, code.parent, needed[name]) for name, code in codes.items() if code.parent in codes]
    if TOTAL not in codes:
        return below
    top = [name for name, code in codes.items() if name != TOTAL and code.parent not in codes]
    return below + [(name, TOTAL, needed[name]) for name in top]


def _check(data: Observations, item: Component, measure: str, tolerance: float) -> Iterator[Finding]:
    parts = parts_of(item)
    if not parts:
        return
    with data.engine.registered("sdmx_parts_lent", _table(parts)) as lent:
        data.engine.execute(f"CREATE OR REPLACE TEMP TABLE sdmx_parts AS SELECT * FROM {lent}")
    name, others = quote(item.id), [key for key in data.key if key != item.id]
    same = ", ".join(f"o.{quote(other)}" for other in others)
    value = f"TRY_CAST(o.{quote(measure)} AS DOUBLE)"
    wrong = f"""
        WITH wholes AS (SELECT whole, count(*) FILTER (WHERE needed) AS wanted FROM sdmx_parts GROUP BY whole),
        added AS (
            SELECT p.whole, {same + ", " if same else ""}sum({value}) AS total, min({value}) AS least,
                count(*) FILTER (WHERE p.needed) AS have
            FROM {data.relation} AS o JOIN sdmx_parts AS p ON p.part = o.{name}
            WHERE {value} IS NOT NULL GROUP BY ALL)
        SELECT {data.key_sql("o")} AS k, {value} AS said, a.total, a.have = w.wanted AS whole
        FROM {data.relation} AS o JOIN added AS a ON a.whole = o.{name} {_equal(others)}
        JOIN wholes AS w ON w.whole = a.whole
        WHERE ({value} < a.total - {_margin(tolerance)} AND a.least >= 0)
            OR (a.have = w.wanted AND abs({value} - a.total) > {_margin(tolerance)})"""
    count = data.engine.value(f"SELECT count(*) FROM ({wrong})")
    if not count:
        return
    shown = data.engine.rows(f"SELECT k, said, total, whole FROM ({wrong}) ORDER BY k LIMIT {data.limit}")
    for text, said, total, whole in shown:
        which = "its parts sum to" if whole else "some of its parts alone sum to"
        message = f"{key_of(text)} is {said:g}, and by {item.id} {which} {total:g}: correct the total or the parts"
        yield data.finding("V-SDX-010", item.id, message, value=f"{said:g}")
    yield from data.more("V-SDX-010", item.id, "totals", count - len(shown))


def _margin(tolerance: float) -> str:
    return f"({tolerance!r} + 1e-9 * abs(a.total))"  # binary fractions add up to a hair's breadth


def _equal(others: Sequence[str]) -> str:
    return " ".join(f"AND a.{quote(name)} IS NOT DISTINCT FROM o.{quote(name)}" for name in others)


def _table(parts: Sequence[tuple[str, str, bool]]) -> pa.Table:
    import pyarrow as pa

    part, whole, needed = zip(*parts, strict=True)
    return pa.table({"part": pa.array(part), "whole": pa.array(whole), "needed": pa.array(needed)})
