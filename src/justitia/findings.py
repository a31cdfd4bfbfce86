"""Findings: what is wrong with data, as rows that travel with the statistics. They never hold a personal value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong with received data.

    Args:
        rule_id: stable id of the rule, for example `V-TYP-001`.
        severity: `error`, `warning` or `note`.
        table: record kind or source concerned.
        message: what is wrong and what would be right, in one line.
        column: source column or field.
        batch_id: batch in which it was found.
        row_number: physical line of the file for text files, row of the sheet otherwise; 0 = the whole file.
        value: the offending value, only where the layout says that the column is not personal.
        count: number of rows concerned.
    """

    rule_id: str
    severity: Severity
    table: str
    message: str
    column: str = ""
    batch_id: str = ""
    row_number: int = 0
    value: str = ""
    count: int = 1
