"""How far the two codings of the French list agree: Cohen's kappa by ICCS level, and the pairs that differ.

Source: J. Cohen, A coefficient of agreement for nominal scales, 1960.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
LEVELS = {"section": 2, "division": 4, "group": 5, "class": 6}  # digits of the code at that level
NO_CODE = "no code"


@dataclass(frozen=True, slots=True)
class Coded:
    """A label of the list with what each pass gave it."""

    id: str
    text: str
    first: str
    second: str
    first_form: str
    second_form: str
    note: str

    @property
    def differs(self) -> bool:
        """Return whether the passes gave different codes or inchoate forms."""
        return (self.first, self.first_form) != (self.second, self.second_form)


def _read(name: str) -> dict[str, dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def read_codings() -> list[Coded]:
    """Return the labels of the list, each with both codings."""
    labels, first, second = _read("labels.csv"), _read("coder_a.csv"), _read("coder_b.csv")
    return [
        Coded(
            key,
            row["text"],
            first[key]["iccs_code"] or NO_CODE,
            second[key]["iccs_code"] or NO_CODE,
            first[key]["inchoate_form"],
            second[key]["inchoate_form"],
            first[key]["note"],
        )
        for key, row in labels.items()
    ]


def at_level(code: str, level: str) -> str:
    """Return the code cut to a level; a code that stops above it stays as it is."""
    return code if code == NO_CODE else code[: LEVELS[level]]


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Return Cohen's kappa of pairs of categories: agreement beyond that of chance, 1 = complete."""
    total = len(pairs)
    observed = sum(left == right for left, right in pairs) / total
    left_counts, right_counts = Counter(left for left, _ in pairs), Counter(right for _, right in pairs)
    expected = sum(count * right_counts[category] for category, count in left_counts.items()) / total**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def agreement() -> dict[str, tuple[float, float]]:
    """Return for each level the share of labels coded alike and Cohen's kappa."""
    coded = read_codings()
    found = {}
    for level in LEVELS:
        pairs = [(at_level(row.first, level), at_level(row.second, level)) for row in coded]
        found[level] = sum(left == right for left, right in pairs) / len(pairs), kappa(pairs)
    return found


def tables() -> str:
    """Return the two tables of the README: agreement by level, and every label that was coded in two ways."""
    lines = ["| level | coded alike | Cohen's kappa |", "| --- | ---: | ---: |"]
    lines += [f"| {level} | {share:.3f} | {value:.3f} |" for level, (share, value) in agreement().items()]
    lines += ["", "| id | label | first pass | second pass |", "| --- | --- | --- | --- |"]
    for row in read_codings():
        if row.differs:
            left, right = f"{row.first} {row.first_form}".strip(), f"{row.second} {row.second_form}".strip()
            lines.append(f"| {row.id} | {row.text} | {left} | {right} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(tables(), end="")
