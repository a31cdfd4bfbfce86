"""Two tables of one quantity: what matches, what differs, by how much, and the likely reason by declared rules."""

from __future__ import annotations

import csv
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import RequestError
from justitia.metadata.expression import parse_expression

if TYPE_CHECKING:
    from justitia.metadata.collection import Reason

Key = tuple[str, ...]
YEARS = "YEARS"
_YEAR = re.compile(r"[12]\d{3}")
TOO_FEW = 3  # differing cells below this tell of no pattern


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that both tables have and that differs."""

    key: Key
    left: float
    right: float

    @property
    def ratio(self) -> float | None:
        """Return left over right, None where right is 0."""
        return self.left / self.right if self.right else None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the comparison found.

    Args:
        columns: names of the key.
        equal: number of cells that agree.
        differences: cells that differ, the largest first.
        only_left, only_right: keys that one table alone has.
        facts: figures that the rules read.
        reasons: likely reasons, the first rule that holds first.
    """

    columns: tuple[str, ...]
    equal: int
    differences: tuple[Difference, ...]
    only_left: tuple[Key, ...]
    only_right: tuple[Key, ...]
    facts: Mapping[str, float]
    reasons: tuple[Reason, ...]


def reconcile(
    left: Mapping[Key, float],
    right: Mapping[Key, float],
    reasons: Sequence[Reason],
    *,
    columns: Sequence[str],
    tolerance: float = 0.0,
) -> Reconciliation:
    """Return how two tables of one quantity differ, and why that is likely so.

    Args:
        left, right: key -> value.
        reasons: declared rules over the facts.
        columns: names of the parts of the key.
        tolerance: difference that still counts as equal, for printed figures that were rounded.
    """
    shared = sorted(set(left) & set(right))
    differing = [Difference(key, left[key], right[key]) for key in shared if abs(left[key] - right[key]) > tolerance]
    differing.sort(key=lambda item: -abs(item.left - item.right))
    facts = _facts(left, right, shared, differing)
    holding = tuple(reason for reason in reasons if differing and holds(reason, facts))
    return Reconciliation(
        tuple(columns),
        len(shared) - len(differing),
        tuple(differing),
        tuple(sorted(set(left) - set(right))),
        tuple(sorted(set(right) - set(left))),
        facts,
        holding,
    )


def _facts(
    left: Mapping[Key, float], right: Mapping[Key, float], shared: Sequence[Key], differing: Sequence[Difference]
) -> dict[str, float]:
    """Return the figures that rules may read; ratios are of the left table to the right one, over differing cells."""
    ratios = sorted(item.ratio for item in differing if item.ratio)
    middle = statistics.median(ratios) if ratios else 0.0
    spread = (ratios[-1] - ratios[0]) / middle if ratios and middle else 0.0
    years = sorted({key[-1] for key in shared if key[-1].isdigit()})
    late = [item for item in differing if years and item.key[-1] in years[-2:]]
    shifted = _shifted(left, right, shared) if years else 0.0
    return {
        "shared": len(shared),
        "differing": len(differing),
        "share_differing": len(differing) / len(shared) if shared else 0.0,
        "median_ratio": middle,
        "ratio_spread": spread,
        "share_left_larger": sum(item.left > item.right for item in differing) / len(differing) if differing else 0.0,
        "share_in_last_two_years": len(late) / len(differing) if differing else 0.0,
        "share_equal_to_neighbour_year": shifted,
        "sum_ratio": _over(sum(left[key] for key in shared), sum(right[key] for key in shared)),
    }


def _over(above: float, below: float) -> float:
    return above / below if below else 0.0


def _shifted(left: Mapping[Key, float], right: Mapping[Key, float], shared: Sequence[Key]) -> float:
    """Return the share of cells that equal the other table's cell of the year before or after, and not their own."""
    equal = tried = 0
    for key in shared:
        near = [right.get((*key[:-1], str(int(key[-1]) + step))) for step in (-1, 1)] if key[-1].isdigit() else []
        known = [value for value in near if value is not None]
        if not known:
            continue
        tried += 1
        equal += left[key] != right[key] and left[key] in known
    return equal / tried if tried else 0.0


def holds(reason: Reason, facts: Mapping[str, float]) -> bool:
    """Return whether a rule's condition holds for the facts."""
    import duckdb

    if facts["differing"] < reason.least:
        return False
    condition = parse_expression(reason.condition, where=reason.id).sql(dialect="duckdb")
    columns = ", ".join(f"CAST({value!r} AS DOUBLE) AS {name}" for name, value in facts.items())
    with duckdb.connect(":memory:") as connection:
        return bool(connection.execute(f"SELECT {condition} FROM (SELECT {columns})").fetchall()[0][0])


def read_values(
    path: Path, *, key: Sequence[str], value: str, where: Mapping[str, str] | None = None
) -> dict[Key, float]:
    """Return key -> value from a CSV file; rows without a value are left out, rows of one key are summed.

    Args:
        path: CSV in UTF-8 with a header.
        key: columns of the key; a year last.
        value: column of the value; `YEARS` where each year has a column of its own.
        where: column -> text that its cell must be.

    Raises:
        RequestError: E-RCN-001 for a file without such columns, E-RCN-002 for a value that is no number.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        known = reader.fieldnames or []
        years = [name for name in known if _YEAR.fullmatch(name)] if value == YEARS else []
        rest = key[:-1] if years else (*key, value)
        missing = [name for name in (*rest, *(where or {})) if name not in known]
        if missing:
            raise RequestError(
                "E-RCN-001",
                f"there is no column {', '.join(missing)}",
                where=path.name,
                remedy=f"The columns are: {', '.join(known)}",
            )
        found: dict[Key, float] = {}
        for number, row in enumerate(reader, start=2):
            if any((row[name] or "").strip() != wanted for name, wanted in (where or {}).items()):
                continue
            for column in years or [value]:
                figure = _number(row[column], column, f"{path.name}:{number}")
                if figure is not None:
                    own = [_key_text(row[name] or "") for name in (key[:-1] if years else key)]
                    full = (*own, column) if years else tuple(own)
                    found[full] = found.get(full, 0.0) + figure
    return found


def _number(text: str | None, column: str, where: str) -> float | None:
    text = (text or "").replace(",", "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise RequestError("E-RCN-002", f"a cell of column {column} is no number", where=where) from None


def _key_text(text: str) -> str:
    text = text.strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
