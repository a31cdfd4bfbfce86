"""The page of measured figures, docs/quality/coding.md."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.coding.measure import Share

CONTESTED = Path(__file__).parent / "contested.csv"
LEVELS = ("section", "division", "group", "exact", "among five")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one list: by what the coder knew, the figures by level."""

    name: str
    language: str
    runs: Mapping[str, Mapping[str, Share]]


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many answers have a confidence from `least` on, how many of these are right, and Wilson's interval."""

    least: float
    passed: int
    texts: int
    right: int
    low: float
    high: float


def page(measured: Sequence[Measured], thresholds: Sequence[Threshold], texts_a_second: float) -> str:
    """Return the page in Markdown."""
    return "\n".join(
        [
            "# How well offences are coded",
            "",
            "Written by `python -m benchmarks.coding`. No reported row was looked at while rules were made:",
            "each list was split by distinct text, and the part that was looked at stands apart. In it are the sixteen",
            "rows of the rest that the author of the phrases had seen. Sums of the reported part were seen as the work",
            "went on (in its last round three times), and once its confusions by division, after which rules were",
            "changed. No weight was set by them: weights are from the part looked at and from own wordings held out.",
            "The weight of a list's other rows was set by five folds on the French list, New York and the part looked",
            "at; the reported part was then measured once, and the choice kept, although the Philippine figures fell.",
            "Intervals: 95 %, bootstrap over distinct texts. A code counts as right at division when its first",
            "four digits are those of the reviewed code; a reviewed code that ends at the section must be met exactly.",
            "The model holds nothing of any country's list: titles, index phrases, notes and phrases of our own.",
            "",
            "Where a row does not say otherwise, the coder has the text alone. The national code is asked only where",
            "no other row has it. The Philippine list is built on ICCS, so that its codes tell much of the answer; the",
            "Chilean one is numbered by law and chapter. Which of the two your list is like, you must judge.",
            "",
            "The codes of New York and of the French list are this project's own, and both lists may be looked at:",
            "these figures say that the coder does what it was made to do, not how it fares on another office's list.",
            "",
            "The reviewed codes are not beyond doubt (below): nobody should expect more than nine in ten.",
            "",
            *_tables(measured),
            *_confidence(thresholds),
            *_contested(),
            "## Speed",
            "",
            f"Without encoder {texts_a_second:,.0f} distinct texts a second of processor time, loading left out,",
            "on one core of a machine that had other work. Rows and the command with its start:",
            "`python -m benchmarks.coding_speed`.",
            "",
        ]
    )


def contested(name: str) -> frozenset[str]:
    """Return the national codes of a list whose reviewed code we contest."""
    return frozenset(row["national_code"] for row in _contested_rows() if row["list"] == name)


def _contested_rows() -> list[dict[str, str]]:
    with CONTESTED.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _tables(measured: Sequence[Measured]) -> list[str]:
    lines = ["## Right, by level", ""]
    for item in measured:
        lines += [
            f"### {item.name} ({item.language})",
            "",
            "| the coder knows | texts | " + " | ".join(LEVELS) + " |",
            "| --- | ---: |" + " ---: |" * len(LEVELS),
        ]
        for name, shares in item.runs.items():
            cells = " | ".join(str(shares[level]) for level in LEVELS)
            lines.append(f"| {name} | {shares['exact'].texts} | {cells} |")
        lines.append("")
    return lines


def _confidence(thresholds: Sequence[Threshold]) -> list[str]:
    lines = [
        "## Confidence",
        "",
        "Confidence is the probability that the division is right, read off a rising curve that was fitted on other",
        "texts of both lists (five folds). Lower bound: Wilson, 95 %. A code may be used without review only from a",
        "confidence at which the lower bound reaches 0.95.",
        "",
        "| confidence from | texts | share of all | right at division | lower bound |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for item in thresholds:
        share = f"{item.right / item.passed:.3f}" if item.passed else ""
        bound = f"{item.low:.3f}" if item.passed else ""
        lines.append(f"| {item.least} | {item.passed} | {item.passed / item.texts:.2f} | {share} | {bound} |")
    proven = [item for item in thresholds if item.passed and item.low >= 0.95]
    if proven:
        best = min(proven, key=lambda item: item.least)
        told = f"From {best.least} on this is proven: {best.passed / best.texts:.0%} of the texts pass."
    else:
        told = (
            "None proves it on these texts: **no code of the rules and the model is accepted without review**. Codes\n"
            "from a reviewed table, and texts that equal a reviewed text, are; everything else is `suggested`."
        )
    return [*lines, "", told, ""]


def _contested() -> list[str]:
    return [
        "## Reviewed codes that we contest",
        "",
        "Of the part that was looked at; what the rest holds of them is not known. National codes only.",
        "",
        "| list | national code | reviewed | we would give | why |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(row.values())} |" for row in _contested_rows()),
        "",
    ]
