"""How far the three codings of the French list agree: Cohen's kappa by ICCS level, and the labels that differ.

Source: J. Cohen, A coefficient of agreement for nominal scales, 1960.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

FOLDER = Path(__file__).parent
LEVELS = {"section": 2, "division": 4, "group": 5, "class": 6}  # digits of the code at that level
PASSES = {"first": "coder_a.csv", "second": "coder_b.csv", "third": "coder_c.csv"}
NO_CODE = "no code"


@dataclass(frozen=True, slots=True)
class Coded:
    """A label of the list with what each pass gave it: codes and inchoate forms, by name of the pass."""

    id: str
    text: str
    codes: dict[str, str]
    forms: dict[str, str]
    note: str

    @property
    def differs(self) -> bool:
        """Return whether the passes gave different codes or inchoate forms."""
        return len(set(self.codes.values())) > 1 or len(set(self.forms.values())) > 1

    @property
    def settled(self) -> str:
        """Return the code that two passes or all three gave, empty when each gave another."""
        code, votes = Counter(self.codes.values()).most_common(1)[0]
        return code if votes > 1 else ""

    def shown(self, name: str) -> str:
        """Return code and inchoate form of a pass."""
        return f"{self.codes[name]} {self.forms[name]}".strip()


def _read(name: str) -> dict[str, dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def read_codings() -> list[Coded]:
    """Return the labels of the list, each with its codings."""
    passes = {name: _read(file) for name, file in PASSES.items()}
    return [
        Coded(
            key,
            row["text"],
            {name: rows[key]["iccs_code"] or NO_CODE for name, rows in passes.items()},
            {name: rows[key]["inchoate_form"] for name, rows in passes.items()},
            passes["first"][key]["note"],
        )
        for key, row in _read("labels.csv").items()
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


def agreement(left: str = "first", right: str = "second") -> dict[str, tuple[float, float]]:
    """Return for each level the share of labels that two passes coded alike, and Cohen's kappa."""
    coded = read_codings()
    found = {}
    for level in LEVELS:
        pairs = [(at_level(row.codes[left], level), at_level(row.codes[right], level)) for row in coded]
        found[level] = sum(one == other for one, other in pairs) / len(pairs), kappa(pairs)
    return found


def tables() -> str:
    """Return the two tables of the README: agreement by level and pair, and every label coded in several ways."""
    lines = ["| passes | level | coded alike | Cohen's kappa |", "| --- | --- | ---: | ---: |"]
    for left, right in combinations(PASSES, 2):
        found = agreement(left, right).items()
        lines += [f"| {left}, {right} | {level} | {share:.3f} | {value:.3f} |" for level, (share, value) in found]
    lines += ["", "| id | label | first pass | second pass | third pass |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.id} | {row.text} | {' | '.join(row.shown(name) for name in PASSES)} |"
        for row in read_codings()
        if row.differs
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(tables(), end="")
