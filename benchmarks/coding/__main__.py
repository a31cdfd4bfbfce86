"""Measure the coding of offences and write docs/quality/coding.md.

    python -m benchmarks.coding [--encoder] [--calibrate] [--print]

Needs the reviewed lists in ../shared (or JUSTITIA_SHARED). Only the reported part of each list is measured; the third
that was looked at while rules were written is shown apart. --calibrate writes the curve of confidence into
settings.toml.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

from benchmarks.coding.experiments import LEAST, cross_fitted, uncalibrated, with_other_rows, zero_shot
from benchmarks.coding.lists import ROOT, Row, chile, french, new_york, philippines, shared
from benchmarks.coding.measure import Coded, above, figures
from benchmarks.coding.page import Measured, Threshold, contested, page
from justitia.classify.answer import OffenceText
from justitia.classify.confidence import fit_isotonic, wilson
from justitia.metadata.load import Catalogue, load_catalogue

PAGE = ROOT / "docs" / "quality" / "coding.md"
SETTINGS = ROOT / "src" / "justitia" / "catalogue" / "coder" / "settings.toml"
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
PROVEN = 0.95  # lower bound of the share right at division
TEXTS_TIMED = 10_000


def main() -> None:
    """Measure, and write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", action="store_true", help="measure the sentence encoder too (minutes)")
    parser.add_argument("--calibrate", action="store_true", help="write the curve of confidence into settings.toml")
    parser.add_argument("--print", action="store_true", help="print the page and leave the file as it is")
    asked = parser.parse_args()
    folder = shared()
    if folder is None:
        raise SystemExit("The reviewed lists are not there: set JUSTITIA_SHARED to the folder that holds data/iccs")
    lists = {"Chile": (chile(folder), "es"), "Philippines": (philippines(folder), "en")}
    catalogue = load_catalogue()
    pooled = [item for rows, language in lists.values() for item in uncalibrated(catalogue, _reported(rows), language)]
    raw = [item.answer.confidence for item in pooled]
    if asked.calibrate:
        _write_curve(pooled, raw, _thresholds(pooled, raw))
        catalogue = load_catalogue()
    text = page(
        [_measured(catalogue, name, *found, encoder=asked.encoder) for name, found in lists.items()]
        + [_developed(catalogue, "New York", new_york(), "en"), _developed(catalogue, "French list", french(), "fr")],
        _thresholds(pooled, raw),
        _texts_a_second(catalogue),
    )
    if asked.print:
        print(text)
    else:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
        print(f"{PAGE.relative_to(ROOT)} written")


def _reported(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row.tuning]


def _measured(catalogue: Catalogue, name: str, rows: list[Row], language: str, *, encoder: bool) -> Measured:
    reported = _reported(rows)
    runs = {
        "nothing of the list": figures(zero_shot(catalogue, reported, language)),
        "nothing of the list, with statute text and heading": figures(
            zero_shot(catalogue, reported, language, context=True)
        ),
        "its other rows, 5-fold": figures(with_other_rows(catalogue, rows, reported, language)),
        "its other rows, 5-fold, with national code, statute text and heading": figures(
            with_other_rows(catalogue, rows, reported, language, context=True)
        ),
    }
    if encoder:
        runs["nothing of the list, with encoder"] = figures(zero_shot(catalogue, reported, language, encoder=True))
        runs["its other rows, 5-fold, with encoder"] = figures(
            with_other_rows(catalogue, rows, reported, language, encoder=True)
        )
    looked_at = zero_shot(catalogue, [row for row in rows if row.tuning], language)
    doubtful = contested(name)
    runs["the third that was looked at"] = figures(looked_at)
    runs["the same, without contested codes"] = figures(
        [item for item in looked_at if item.row.national_code not in doubtful]
    )
    return Measured(name, language, runs)


def _developed(catalogue: Catalogue, name: str, rows: list[Row], language: str) -> Measured:
    """Return the figures of a list whose codes are this project's own; all its rows may be looked at."""
    runs = {
        "nothing of the list": figures(zero_shot(catalogue, rows, language)),
        "its other rows, 5-fold": figures(with_other_rows(catalogue, rows, rows, language)),
    }
    return Measured(name, language, runs)


def _thresholds(pooled: list[Coded], raw: list[float]) -> list[Threshold]:
    confidences = cross_fitted(pooled, raw)
    made = []
    for threshold in THRESHOLDS:
        passed, right = above(pooled, confidences, threshold)
        made.append(Threshold(threshold, passed, len(pooled), right, *wilson(right, passed)))
    return made


def _texts_a_second(catalogue: Catalogue) -> float:
    """Return how many distinct made-up texts are coded in a second of processor time, loading left out."""
    from justitia.classify.coder import load_coder
    from justitia.classify.material import own_examples
    from justitia.metadata.coding import read_coding

    words = [example.text for example in own_examples(catalogue, read_coding(catalogue)) if example.source == "phrase"]
    texts = [f"{words[n % len(words)]} {words[(7 * n + 3) % len(words)]} {n % 13}" for n in range(TEXTS_TIMED)]
    coder = load_coder(catalogue)
    start = time.process_time()
    coder.code([OffenceText(text) for text in texts])
    return len(set(texts)) / (time.process_time() - start)


def _write_curve(pooled: list[Coded], raw: list[float], thresholds: list[Threshold]) -> None:
    """Write curve and limit: where no threshold is proven, the limit is one that nothing reaches."""
    scores, confidences = fit_isotonic(raw, [item.right("division") for item in pooled], least=LEAST)
    table = {"score": scores, "confidence": confidences}
    text = SETTINGS.read_text(encoding="utf-8")
    for name, values in table.items():
        text = re.sub(rf"(?m)^{name} = \[.*\]$", f"{name} = [{', '.join(f'{value:.4f}' for value in values)}]", text)
    accept = min((item.least for item in thresholds if item.passed and item.low >= PROVEN), default=1.0)
    text = re.sub(r"(?m)^accept = [0-9.]+", f"accept = {accept}", text)
    SETTINGS.write_text(text, encoding="utf-8")
    print(f"{Path(SETTINGS).relative_to(ROOT)}: {len(scores)} points")


if __name__ == "__main__":
    main()
