"""Declared keys: a pair is proved by a key only when both records share it."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest

from justitia.engine import Engine
from justitia.integrate.scoring import score
from justitia.metadata.linkage import Linkage, LinkedField, LinkKey, Thresholds, Training
from justitia.metadata.load import load_catalogue

pytest.importorskip("splink")
FIELDS = {"given_name": "given_name", "family_name": "family_name", "born": "date", "docket": "identifier"}
LINKAGE = Linkage(
    *("persons", {}, "a test", "none", ()),
    fields=tuple(LinkedField(name, kind) for name, kind in FIELDS.items()),
    keys=(LinkKey("docket", ("docket",)),),
    link_type="dedupe_only",
    thresholds=Thresholds(0.9, 0.0, 0.2),
    training=Training(pairs=20_000, seed=1),
)


def bases(tmp_path: Path, shared: bool) -> dict[str, int]:
    """Return basis -> pairs of 150 persons with two records each; the docket of both is the same, or not."""
    drawn = random.Random(5)
    rows = []
    for number in range(150):
        name = {key: "".join(drawn.choices("abdegiklmnorstu", k=7)) for key in ("given_name", "family_name")}
        name["born"] = f"{drawn.randint(1950, 2005)}-{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}"
        for copy in range(2):
            own = f"D {number:05}/7" if shared and copy else f"d{number:05}7" if shared else f"D{number:05}{copy}X"
            rows.append({"mention_id": f"{number:04}-{copy}", "dataset": "a", **name, "docket": own})
    with Engine(scratch=tmp_path) as engine, engine.registered("people", pa.Table.from_pylist(rows)) as people:
        scored = score(engine, people, LINKAGE, load_catalogue().linking_material)
        return dict(engine.rows(f"SELECT basis, count(*) FROM {scored.pairs} WHERE probability >= 0.9 GROUP BY basis"))


def test_pairs_that_share_a_cleaned_docket_are_proved_by_it(tmp_path: Path) -> None:
    assert bases(tmp_path, shared=True)["key"] == 150


def test_a_key_that_no_two_records_share_proves_no_pair(tmp_path: Path) -> None:
    found = bases(tmp_path, shared=False)
    assert "key" not in found
    assert found["model"] >= 140


def test_records_that_share_a_number_and_nothing_else_contradict(tmp_path: Path) -> None:
    drawn = random.Random(6)
    rows = []
    for number in range(150):
        for copy in range(2):
            if copy == 0 or number < 20:  # the first twenty are two people under one docket each
                name = {key: "".join(drawn.choices("abdegiklmnorstu", k=7)) for key in ("given_name", "family_name")}
                name["born"] = f"{drawn.randint(1950, 2005)}-{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}"
            own = (
                name if copy == 0 or not 20 <= number < 40 else dict.fromkeys(name)
            )  # of these only the docket is known
            rows.append({"mention_id": f"{number:04}-{copy}", "dataset": "a", **own, "docket": f"D{number:05}7"})
    with Engine(scratch=tmp_path) as engine, engine.registered("people", pa.Table.from_pylist(rows)) as people:
        scored = score(engine, people, LINKAGE, load_catalogue().linking_material)
        found = engine.rows(
            "SELECT CASE WHEN left_id < '0020' THEN 'two people' WHEN left_id < '0040' THEN 'docket alone' "
            f"ELSE 'same' END, count(*), count(contradiction) FROM {scored.pairs} "
            "WHERE basis = 'key' GROUP BY 1 ORDER BY 1"
        )
    assert found == [("docket alone", 20, 0), ("same", 110, 0), ("two people", 20, 20)]
