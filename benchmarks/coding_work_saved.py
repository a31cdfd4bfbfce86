"""Count the decisions until 95 % of records carry a reviewed or audited code: review against plain frequency order.

python -m benchmarks.coding_work_saved [--write]

Data: $JUSTITIA_SHARED or ../shared (cook_county_sao, nypd_hate_crimes). The expert is simulated by reference labels:
Cook County, the section of the law that a charge title is most often charged under; New York, the correspondence of
the demonstration. Every key that the expert presses to answer is counted: 1 for an answer, 1 for taking texts worded
alike along, 1 for each of them named where not all are; they are taken along where that saves keys.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from justitia.classify.answer import Answer, OffenceText
from justitia.classify.coder import Coder, load_coder
from justitia.classify.decisions import Decision, DecisionLog
from justitia.classify.items import Item
from justitia.classify.review import Order, Review
from justitia.metadata.load import load_catalogue

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("JUSTITIA_SHARED", ROOT.parent / "shared")) / "data"
WANTED = 0.95
SECTION = re.compile(r"^(\d+-\d+-[\d.]+(?:-[\d.]+)?)")


class NoLog(DecisionLog):
    """A log in memory: the simulation needs no disk."""

    def __init__(self) -> None:
        super().__init__(Path(tempfile.gettempdir()) / "none")
        self.kept: list[Decision] = []

    def read(self) -> list[Decision]:
        return list(self.kept)

    def append(self, decisions: Sequence[Decision]) -> list[Decision]:
        self.kept += decisions
        return list(decisions)


@dataclass(frozen=True)
class List:
    """A list with its reference labels; `coded` when they are ICCS codes."""

    name: str
    items: tuple[Item, ...]
    labels: Mapping[str, str]
    coded: bool


@dataclass(frozen=True)
class Way:
    """One way through a list: (keys pressed, share of records reviewed, share reviewed or accepted by the coder)."""

    name: str
    points: tuple[tuple[int, float, float], ...]
    answers: int
    on_screen: float
    accepted: str = ""

    def needed(self, column: int = 1) -> int | None:
        return next((point[0] for point in self.points if point[column] >= WANTED), None)


def cook_county() -> List:
    import duckdb

    rows = duckdb.sql(f"""
        SELECT charge_offense_title, chapter || '-' || act || '-' || section, count(*)
        FROM '{SHARED}/cook_county_sao/initiation.parquet' GROUP BY ALL ORDER BY 1, 2""").fetchall()
    by_title: dict[str, Counter[str]] = {}
    for title, section, count in rows:
        by_title.setdefault(title, Counter())[_section(section or "")] += count
    items = tuple(Item(title, title, sum(found.values())) for title, found in by_title.items())
    return List("Cook County", items, {title: found.most_common(1)[0][0] for title, found in by_title.items()}, False)


def _section(text: str) -> str:
    """Return chapter, act and section; an attempt (5-8-4) belongs to the section attempted."""
    inner = re.search(r"8-4\(a\)\(?(\d+-\d+)[/-]([\d.]+-[\d.]+)", text)
    if inner:
        return f"{inner[1]}-{inner[2]}"
    found = SECTION.match(text)
    return found[1] if found else text


def new_york() -> List:
    import duckdb

    table = ROOT / "src/justitia/demo/new_york/overlay/correspondences/nypd__iccs.csv"
    with table.open(encoding="utf-8") as opened:
        rows = [row for row in csv.DictReader(opened) if not row["condition"]]
    labels = {row["national_code"]: row["iccs_code"] for row in rows}
    counts = duckdb.sql(f"""
        SELECT "Offense Description" || ' | ' || "PD Code Description", count(DISTINCT "Full Complaint ID")
        FROM read_csv('{SHARED}/nypd_hate_crimes/nypd_hate_crimes.csv', all_varchar = true) GROUP BY 1""").fetchall()
    items = tuple(Item(text, text, count) for text, count in sorted(counts) if text in labels)
    return List("New York", items, labels, True)


def walk(data: List, coder: Callable[[], Coder], *, order: Order, grouping: bool, name: str) -> Way:
    """Return what the simulated expert's way through a list costs."""
    review = Review(data.items, coder, NoLog(), "expert", order=order)
    total = sum(item.records for item in data.items)
    keys = answers = shown = 0
    accepted = ""
    points = [_point(review, 0, total)]
    known: dict[str, str] = {}
    while (question := review.next()) is not None:
        label = data.labels[question.item.national_code]
        answer = question.answer
        code = label if data.coded else known.setdefault(label, answer.code or "1109")
        shown += code in {found.code for found in answer.alternatives} or (not code and answer.status == "no_code")
        also: tuple[int, ...] = ()
        if grouping and question.similar:
            alike = [data.labels[data.items[place].national_code] == label for place in question.similar]
            named = min(alike.count(True), alike.count(False))
            if alike.count(True) > 1 + named:  # the screen shows them: it is seen whether it pays
                keys += 1 + named
                also = tuple(place for place, same in zip(question.similar, alike, strict=True) if same)
        review.decide(question.place, code, "coded" if code else "no_code", also=also)
        keys, answers = keys + 1, answers + 1
        points.append(_point(review, keys, total))
        if not accepted and points[-1][2] >= WANTED:
            accepted = _accepted(review, data, known)
    return Way(name, tuple(points), answers, shown / answers, accepted)


def _accepted(review: Review, data: List, known: Mapping[str, str]) -> str:
    """Return what the coder would accept of what is open, and how much of it is right: at division level, or, where
    labels are sections of a law, the code given to the section (of the texts whose section has been decided)."""
    texts = records = records_right = judged = 0
    for place in review.queue():
        item, answer = review.items[place], review.question(place).answer
        if answer.status != "coded":
            continue
        texts, records = texts + 1, records + item.records
        label = data.labels[item.national_code]
        wanted = label if data.coded else known.get(label)
        if wanted is not None:
            judged += item.records
            records_right += item.records * (answer.code[:4] == wanted[:4])
    return (
        f"accepted {texts} texts, {records:,} records; of {judged:,} records that can be judged {records_right:,} right"
    )


def _point(review: Review, keys: int, total: int) -> tuple[int, float, float]:
    progress = review.progress()
    reviewed = progress.records_decided / total
    return keys, reviewed, reviewed + progress.records_automatic / total


class Unasked:
    """A coder that nobody has: for plain frequency order."""

    def code(self, items: Sequence[OffenceText]) -> list[Answer]:
        return [Answer("", 0.0, "suggested", (), ()) for _ in items]

    def learn(self, item: OffenceText, code: str) -> None:
        """Learn nothing."""


def precision(data: List, coder: Coder) -> tuple[int, int, int, int]:
    """Return (texts, texts right, records, records right) at division level of what the coder accepts unlearnt."""
    found = [0, 0, 0, 0]
    for item, answer in zip(data.items, coder.code([item.offence for item in data.items]), strict=True):
        if answer.status == "coded":
            right = answer.code[:4] == data.labels[item.national_code][:4]
            for place, value in enumerate((1, right, item.records, item.records * right)):
                found[place] += value
    return found[0], found[1], found[2], found[3]


def chart(ways: Mapping[str, Sequence[Way]], path: Path) -> None:
    """Draw the curves as SVG."""
    width, height, left, gap = 430, 250, 60, 60
    colours = ("#888888", "#2a6f97", "#8e6c8a", "#c8553d")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * (width + left) + gap}" height="{height + 130}" '
        'font-family="sans-serif" font-size="12" role="img" aria-label="Share of records decided by keys pressed">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for place, (name, found) in enumerate(ways.items()):
        x0, y0 = left + place * (width + gap + 20), 40
        most = max(way.points[-1][0] for way in found)
        parts.append(f'<text x="{x0}" y="24" font-size="14" font-weight="bold">{name}</text>')
        for share in (0, 0.25, 0.5, 0.75, 0.95, 1):
            y = y0 + height * (1 - share)
            dash = ' stroke-dasharray="4 3" stroke="#333"' if share == WANTED else ' stroke="#dddddd"'
            parts.append(f'<line x1="{x0}" x2="{x0 + width}" y1="{y:.1f}" y2="{y:.1f}"{dash}/>')
            parts.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
        for tick in range(0, most + 1, 100 if most > 250 else 20):
            x = x0 + width * tick / most
            parts.append(f'<text x="{x:.1f}" y="{y0 + height + 18}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{x0 + width / 2}" y="{y0 + height + 38}" text-anchor="middle">keys pressed</text>')
        for way, colour in zip(found, colours, strict=False):
            for column, dash in ((1, ""), (2, ' stroke-dasharray="5 3"')):
                marks = [(x0 + width * p[0] / most, y0 + height * (1 - p[column])) for p in way.points]
                line = " ".join(f"{x:.1f},{y:.1f}" for x, y in marks)
                parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash} points="{line}"/>')
    for place, (way, colour) in enumerate(zip(next(iter(ways.values())), colours, strict=False)):
        y = height + 100
        x = left + place * 235
        parts.append(f'<line x1="{x}" x2="{x + 24}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 30}" y="{y + 4}">{way.name}</text>')
    note = "solid: records with a reviewed code; dashed: reviewed, or accepted by the coder and to be audited"
    parts.append(f'<text x="{left}" y="{height + 122}">{note}</text>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write docs/quality/work-saved.svg")
    options = parser.parse_args()
    if not SHARED.is_dir():
        sys.exit(f"skipped: {SHARED} is not there")
    catalogue = load_catalogue()
    ways: dict[str, list[Way]] = {}
    for data in (cook_county(), new_york()):
        print(f"\n{data.name}: {len(data.items):,} texts, {sum(i.records for i in data.items):,} records")

        def coder() -> Coder:
            return load_coder(catalogue, language="en", country="US")

        found = ways.setdefault(data.name, [])
        plans: tuple[tuple[str, Order, bool, Callable[[], Coder]], ...] = (
            ("plain frequency order", "frequency", False, Unasked),
            ("frequency order, grouping", "frequency", True, Unasked),
            ("frequency order with coder", "frequency", True, coder),
            ("queue order with coder", "doubt", True, coder),
        )
        for name, order, grouping, make in plans:
            start = time.perf_counter()
            way = walk(data, make, order=order, grouping=grouping, name=name)
            found.append(way)
            audited = way.needed(2)
            print(
                f"  {name:<28} 95 % reviewed after {way.needed()} keys, reviewed or accepted after {audited}; "
                f"all after {way.points[-1][0]} keys, {way.answers} answers, {way.on_screen:.0%} on the screen; "
                f"{time.perf_counter() - start:.1f} s"
            )
            print("    at 95 % reviewed or accepted:", way.accepted)
            print("    " + " ".join(f"{k}:{s:.3f}/{a:.3f}" for k, s, a in way.points[:: max(len(way.points) // 12, 1)]))
        if data.coded:
            print("  accepted before anything is learnt: texts, right, records, right:", precision(data, coder()))
    if options.write:
        chart(ways, ROOT / "docs/quality/work-saved.svg")


if __name__ == "__main__":
    main()
