"""Persons whose names one register writes in Latin letters and the other in Latin, Cyrillic or Arabic ones.

The names of `names.csv` are common ones of Arabic, Slavic, Turkic, Persian and west European languages, each with the
usual spellings of each script; they were written down from general knowledge and name nobody.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.linkage.simulated import DIGIT, MOVED, POSTCODES, SWAPPED, TYPO_FAMILY, TYPO_GIVEN, YEARS, mistyped

KINDS = {
    "given_name": "given_name",
    "family_name": "family_name",
    "date_of_birth": "date",
    "sex": "sex",
    "postcode": "postcode",
}
SCRIPTS = {
    "latin": "abcdefghijklmnopqrstuvwxyz",
    "cyrillic": "абвгдежзиклмнопрстуфхцчшыьэюя",
    "arabic": "ابتثجحخدذرزسشصضطعغفقكلمنهوي",
}
IN_BOTH = 0.6
MISSING = {"given_name": 0.02, "date_of_birth": 0.04, "postcode": 0.08}
Name = Mapping[str, str]


def known_names() -> list[dict[str, str]]:
    """Return the rows of `names.csv`."""
    with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def make(persons: int, seed: int) -> pa.Table:
    """Return the records of both registers: mention_id, dataset, person, script and the fields of KINDS.

    Args:
        persons: number of different people; six in ten are in both registers.
        seed: of all that is drawn.
    """
    draw = np.random.default_rng(seed)
    names = known_names()
    given, family = ([row for row in names if row["kind"] == kind] for kind in ("given", "family"))
    rows: list[dict[str, str | None]] = []
    for person in range(persons):
        first, last = _common(draw, given), _common(draw, family)
        day = np.datetime64("1940-01-01") + int(draw.integers(YEARS * 365))
        born, home = str(day).replace("-", ""), _postcode(draw)
        both = draw.random() < IN_BOTH
        for dataset in ("a", "b") if both else (("a", "b")[int(draw.integers(2))],):
            script = "latin" if dataset == "a" else list(SCRIPTS)[int(draw.integers(3))]
            record = {
                "given_name": _spelt(draw, first, script),
                "family_name": _spelt(draw, last, script),
                "date_of_birth": born,
                "sex": first["sex"],
                "postcode": home,
            }
            own = record if dataset == "a" else _spoilt(draw, record, SCRIPTS[script])
            rows.append(
                {
                    "mention_id": f"{dataset}{person:07}",
                    "dataset": dataset,
                    "person": str(person),
                    "script": script,
                    **own,
                }
            )
    return pa.Table.from_pylist([rows[place] for place in draw.permutation(len(rows))])


def _common(draw: np.random.Generator, names: Sequence[Name]) -> Name:
    """Return a name; some are much more common than others, in an order that the seed decides no part of."""
    return names[int(len(names) * draw.random() ** 1.5)]


def _spelt(draw: np.random.Generator, name: Name, script: str) -> str:
    """Return a spelling: the first of the list in two of three records."""
    usual = name[script].split(";")
    return usual[0] if draw.random() < 2 / 3 else usual[int(draw.integers(len(usual)))]


def _postcode(draw: np.random.Generator) -> str:
    return f"{int(draw.integers(POSTCODES)):05}"


def _spoilt(draw: np.random.Generator, record: Mapping[str, str], letters: str) -> dict[str, str | None]:
    """Return the record as a second register has it, with the errors of the simulated file."""
    made: dict[str, str | None] = dict(record)
    if draw.random() < TYPO_GIVEN:
        made["given_name"] = mistyped(draw, record["given_name"], letters)
    if draw.random() < TYPO_FAMILY:
        made["family_name"] = mistyped(draw, record["family_name"], letters)
    born = record["date_of_birth"]
    if draw.random() < DIGIT:
        at = int(draw.integers(2, 8))
        born = f"{born[:at]}{int(draw.integers(10))}{born[at + 1 :]}"
    made["date_of_birth"] = born[:4] + born[6:] + born[4:6] if draw.random() < SWAPPED else born
    if draw.random() < MOVED:
        made["postcode"] = _postcode(draw)
    for name, share in MISSING.items():
        if draw.random() < share:
            made[name] = None
    return made
