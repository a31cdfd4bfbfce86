"""What all checks share: the observations, their keys as text, and findings that show the first and count the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from justitia.engine import Engine, literal, quote
from justitia.findings import Finding, Severity
from justitia.metadata.structure import Component, Structure

TABLE = "sdmx_observations"


@dataclass(frozen=True, slots=True)
class Observations:
    """Observations to be checked.

    Args:
        engine: the table engine.
        relation: SQL usable after FROM; every column is text, null where there is no value.
        columns: its columns.
        structure: what they are checked against.
        table: name for findings.
        limit: number of faults shown of each rule and component.
    """

    engine: Engine
    relation: str
    columns: frozenset[str]
    structure: Structure
    table: str
    limit: int = 10

    @property
    def given(self) -> list[Component]:
        """Components that have a column."""
        return [item for item in self.structure.components if item.id in self.columns]

    @property
    def key(self) -> list[str]:
        """Dimensions that have a column."""
        return [name for name in self.structure.key if name in self.columns]

    def key_sql(self, alias: str = "") -> str:
        """Return SQL of the key as SDMX writes it: the codes with dots, a colon before the period."""
        at = f"{alias}." if alias else ""
        names = [name for name in self.structure.series_key if name in self.columns]
        series = ", ".join(f"coalesce({at}{quote(name)}, '')" for name in names)
        text = f"concat_ws('.', {series})" if names else "''"
        time = self.structure.time
        return f"concat({text}, ':', {at}{quote(time)})" if time in self.columns else text

    def hash_sql(self, names: Sequence[str]) -> str:
        """Return SQL of a number that is the same for the same values of some columns."""
        return f"hash({', '.join(map(quote, names))})" if names else "0"

    def finding(
        self, rule: str, column: str, message: str, *, value: str = "", count: int = 1, severity: Severity = "error"
    ) -> Finding:
        """Return a finding about these observations."""
        return Finding(rule, severity, self.table, message, column=column, value=value[:200], count=count)

    def more(self, rule: str, column: str, what: str, count: int, *, severity: Severity = "error") -> Iterator[Finding]:
        """Yield what is said of the faults that are not shown, when there are any."""
        if count > 0:
            yield self.finding(rule, column, f"and {count:,} more {what}", count=count, severity=severity)

    def by_value(self, column: str, condition: str) -> tuple[list[tuple[str, int, str]], int, int]:
        """Return the most frequent values of a column that meet a condition, with how many have each and the first key;
        how many values there are in all; and how many observations.
        """
        name = quote(column)
        grouped = f"SELECT {name} AS v, count(*) AS n FROM {self.relation} WHERE {condition} GROUP BY v"
        values, rows = self.engine.rows(f"SELECT count(*), coalesce(sum(n), 0) FROM ({grouped})")[0]
        if not values:
            return [], 0, 0
        first = self.engine.rows(f"{grouped} ORDER BY n DESC, v LIMIT {self.limit}")
        shown = []
        for value, count in first:
            equal = f"{name} = {literal(value)}" if value is not None else f"{name} IS NULL"
            keys = f"SELECT min({self.key_sql()}) FROM {self.relation} WHERE {equal}"
            shown.append((value, int(count), str(self.engine.value(keys) or "")))
        return shown, int(values), int(rows)


def key_of(text: Any) -> str:
    """Return a key shortened for a message."""
    said = str(text or "")
    return said if len(said) <= 160 else f"{said[:157]}..."
