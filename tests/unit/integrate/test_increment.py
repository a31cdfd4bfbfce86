"""Batches: only what is new is scored, and persons are as if all had been linked anew by the same model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from justitia.engine import Engine
from justitia.integrate.clusters import cluster
from justitia.integrate.contradictions import rules_of
from justitia.integrate.increment import Increment, score_new
from justitia.integrate.scoring import score
from justitia.metadata.linkage import Linkage, LinkedDataset, LinkedField, Thresholds, Training
from justitia.metadata.load import load_catalogue

pytest.importorskip("splink")
MATERIAL = load_catalogue().linking_material
FIELDS = (
    LinkedField("given_name", "given_name"),
    LinkedField("family_name", "family_name"),
    LinkedField("born", "date"),
    LinkedField("number", "identifier", contradicts=True),
)
LINKAGE = Linkage(
    *("persons", {}, "a test", "none"),
    datasets=tuple(LinkedDataset(name, name, "person", "police") for name in ("police", "court")),
    fields=FIELDS,
    thresholds=Thresholds(0.9, 0.0, 0.2),
    training=Training(pairs=20_000, seed=1),
)


class Memory:
    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}

    def keep_links(self, name: str, table: pa.Table) -> None:
        self.tables[name] = table

    def links(self, name: str) -> pa.Table | None:
        return self.tables.get(name)


def people(number: int, seed: int) -> list[dict[str, str | None]]:
    """Return two records of most persons, some with a letter or a digit wrong."""
    draw = random.Random(seed)
    syllables = ("ba", "ko", "mi", "ra", "tu", "sen", "dor", "vil", "pe", "lan", "gri", "mo")
    made: list[dict[str, str | None]] = []
    for person in range(number):
        given, family = ("".join(draw.choices(syllables, k=size)) for size in (2, 3))
        born = f"{draw.randint(1950, 2005)}-{draw.randint(1, 12):02}-{draw.randint(2, 28):02}"
        nr = f"{draw.randrange(10**8):08}"
        for dataset in ("police", "court")[: 1 if draw.random() < 0.3 else 2]:
            own = family[:-1] + "x" if draw.random() < 0.1 else family
            kept = nr if draw.random() < 0.5 else None
            record = {"mention_id": f"{person:04}-{dataset}", "dataset": dataset, "given_name": given}
            made.append({**record, "family_name": own, "born": born, "number": kept})
    return made


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, threads=1) as made:
        yield made


def run(engine: Engine, records: list[dict[str, str | None]], keeper: Memory, **options: Any) -> tuple[Increment, Any]:
    names = ("mention_id", "dataset", *(field.id for field in FIELDS))
    table = pa.table({name: pa.array([row[name] for row in records], pa.string()) for name in names})
    with engine.registered("given", table) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE people AS SELECT * FROM {relation}")
    scorer = options.pop("scorer", score)
    made = score_new(engine, "people", LINKAGE, MATERIAL, keeper, "persons", scorer, **options)
    found = cluster(engine, "people", made.pairs, rules_of(LINKAGE, MATERIAL, 0.9))
    rows = engine.rows(f"SELECT list(mention_id) FROM {found.clusters} GROUP BY cluster_id")
    return made, {frozenset(members) for (members,) in rows}


def never(*_: object, **__: object) -> Any:
    raise AssertionError("nothing is new")


def test_a_batch_gives_the_persons_of_linking_anew_by_the_same_model(engine: Engine) -> None:
    records = people(500, seed=4)
    first, batch = records[:-60], records[-60:]
    keeper = Memory()
    run(engine, first, keeper)
    added, persons = run(engine, records, keeper)
    assert not added.anew and added.new == len(batch) and added.gone == 0

    def by_the_same_model(*given: Any, **options: Any) -> Any:
        return score(*given, **{**options, "model": added.model})

    anew, whole = run(engine, records, Memory(), scorer=by_the_same_model)
    assert anew.anew and anew.new == len(records)
    assert persons == whole
    assert sum(len(one) > 1 for one in persons) > 200, "and most persons are found"


def test_nothing_new_scores_nothing_and_changes_nothing(engine: Engine) -> None:
    records, keeper = people(300, seed=5), Memory()
    _, persons = run(engine, records, keeper)
    kept = dict(keeper.tables)
    again, same = run(engine, records[::-1], keeper, scorer=never)
    assert same == persons and again.new == 0 and keeper.tables == kept


def test_a_record_that_is_gone_takes_its_pairs_along_and_a_changed_one_is_scored_again(engine: Engine) -> None:
    records, keeper = people(300, seed=6), Memory()
    _, persons = run(engine, records, keeper)
    joined = sorted(max(persons, key=lambda one: (len(one), min(one))))
    less, without = run(engine, [row for row in records if row["mention_id"] != joined[0]], keeper, scorer=never)
    assert less.gone == 1 and joined[0] not in set().union(*without)
    pairs = keeper.tables["persons.pairs"]
    assert joined[0] not in {*pairs["left_id"].to_pylist(), *pairs["right_id"].to_pylist()}
    other = next(row for row in records if row["mention_id"] == joined[1])
    other |= {"family_name": "somebody", "given_name": "else", "born": "1911-11-12", "number": None}
    changed, after = run(engine, records, keeper)
    assert changed.new == 2 and not changed.anew, "the changed record, and the one that came back"
    assert frozenset({joined[1]}) in after


def test_another_declaration_is_linked_anew(engine: Engine) -> None:
    records, keeper = people(200, seed=7), Memory()
    run(engine, records, keeper)
    keeper.tables["persons.model"] = keeper.tables["persons.model"].set_column(0, "signature", pa.array(["another"]))
    made, _ = run(engine, records, keeper)
    assert made.anew
    made, _ = run(engine, records, keeper, anew=True)
    assert made.anew


def test_placeholders_and_typing_errors_contradict_nothing_and_other_numbers_do(engine: Engine) -> None:
    from justitia.integrate.cleaning import make_macros

    make_macros(engine, MATERIAL)
    condition = rules_of(LINKAGE, MATERIAL, 0.9).differs["number"]
    cases = [("12345678", "12345679"), ("12345678", "00000000"), ("12345678", None), ("12-34-56 78", "12345678")]
    cases += [("12345678", "87651234")]
    given = "SELECT ?::VARCHAR AS number"
    sql = f"SELECT coalesce({condition}, FALSE) FROM ({given}) AS l, ({given}) AS r"
    assert [engine.value(sql, list(case)) for case in cases] == [False, False, False, False, True]


def test_one_to_one_makes_every_dataset_know_each_person_once() -> None:
    from dataclasses import replace

    assert rules_of(LINKAGE, MATERIAL, 0.9).single == ()
    assert rules_of(replace(LINKAGE, one_to_one=True), MATERIAL, 0.9).single == ("police", "court")
