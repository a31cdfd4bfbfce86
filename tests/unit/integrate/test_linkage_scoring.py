"""Scored pairs: the same for any order of rows, as the linkage declares, and right about a simulation's parameters."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from justitia.engine import Engine
from justitia.integrate.scoring import ScoredPairs, score
from justitia.integrate.splink_model import parameters
from justitia.metadata.linkage import Linkage, LinkedDataset, LinkedField, LinkKey, Thresholds, Training
from justitia.metadata.load import load_catalogue

pytest.importorskip("splink", reason="linkage needs the extra linkage")
MATERIAL = load_catalogue().linking_material
EQUAL = {"given_name": 0.9, "family_name": 0.92, "born": 0.95, "area": 0.8}
AREAS, IN_A, IN_B, IN_BOTH = 20, 1_000, 1_000, 700
LINKAGE = Linkage(
    *("persons", {}, "a test", "none"),
    datasets=tuple(LinkedDataset(name, name, "person", "police") for name in ("a", "b")),
    fields=(
        LinkedField("given_name", "given_name"),
        LinkedField("family_name", "family_name"),
        LinkedField("born", "date"),
        LinkedField("area", "other"),
    ),
    link_type="link_only",
    thresholds=Thresholds(0.9, 0.0, 0.05),
    training=Training(pairs=100_000, seed=1),
)
Record = dict[str, str | None]


def people(seed: int) -> list[Record]:
    """Return records of two datasets; fields of one person are equal as often as EQUAL says, and random otherwise."""
    draw = random.Random(seed)
    made: list[Record] = []
    for person in range(IN_A + IN_B - IN_BOTH):
        first = _drawn(draw)
        for dataset in ("a", "b") if person < IN_BOTH else ("a" if person < IN_A else "b",):
            other = _drawn(draw)
            own = {name: first[name] if draw.random() < EQUAL[name] else other[name] for name in EQUAL}
            made.append(
                {"mention_id": f"{dataset}{person:05}", "dataset": dataset, **(own if dataset == "b" else first)}
            )
    return made


def _drawn(draw: random.Random) -> Record:
    born = f"{draw.randint(1940, 2008)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    given, family = ("".join(draw.choices("bcdfgklmnprstvz", k=3)) for _ in "gf")
    return {
        "given_name": f"{given[0]}a{given[1]}o",
        "family_name": f"{family[0]}e{family[1]}i{family[2]}a",
        "born": born,
        "area": str(draw.randrange(AREAS)),
    }


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return people(3)


@pytest.fixture(scope="module")
def base(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, ScoredPairs]]:
    """Return the pairs of the records, to be looked at only."""
    with Engine(scratch=tmp_path_factory.mktemp("base"), threads=1) as made:
        yield made, scored(made, records)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, threads=1) as made:
        yield made


def scored(engine: Engine, records: Sequence[Record], linkage: Linkage = LINKAGE, **more: object) -> ScoredPairs:
    with engine.registered("received", pa.Table.from_pylist(list(records))) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE mentions AS SELECT * FROM {relation}")
    return score(engine, "mentions", linkage, MATERIAL, **more)  # type: ignore[arg-type]


def pairs_of(engine: Engine, made: ScoredPairs, digits: int = 6) -> list[tuple[object, ...]]:
    return engine.rows(f"""SELECT left_id, right_id, round(weight, {digits}), basis, pattern, contradiction
        FROM {made.pairs} ORDER BY left_id, right_id""")


def test_parameters_of_a_simulation_are_found_again(base: tuple[Engine, ScoredPairs]) -> None:
    _, made = base
    assert made.model["prior"] == pytest.approx(IN_BOTH / (IN_A * IN_B), rel=0.05)
    m = {field: levels[max(levels)] for field, levels in parameters(made.model["comparisons"], "m_probability").items()}
    by_chance = {"given_name": 1 / 225, "family_name": 1 / 3375, "born": 0.0, "area": 1 / AREAS}
    for field, equal in EQUAL.items():
        assert m[field] == pytest.approx(equal + (1 - equal) * by_chance[field], abs=0.03), field
    u = parameters(made.model["comparisons"], "u_probability")
    assert u["area"][max(u["area"])] == pytest.approx(1 / AREAS, rel=0.1)
    assert u["given_name"][max(u["given_name"])] == pytest.approx(1 / 225, rel=0.2)


def test_links_are_right_and_as_right_as_expected(base: tuple[Engine, ScoredPairs]) -> None:
    engine, made = base
    found, right, expected = engine.rows(f"""SELECT count(*), count(*) FILTER (left_id[2:] = right_id[2:]),
        sum(probability) FROM {made.pairs} WHERE probability >= 0.9""")[0]
    assert right / found >= 0.99
    assert right / IN_BOTH >= 0.9
    assert expected / found == pytest.approx(right / found, abs=0.01)


def test_a_declared_precision_raises_the_threshold_until_it_holds(engine: Engine, records: list[Record]) -> None:
    asked = replace(LINKAGE, thresholds=Thresholds(0.5, 0.995, 0.05))
    made = scored(engine, records, asked)
    assert 0.5 <= made.link < 1
    found, right = engine.rows(f"""SELECT count(*), count(*) FILTER (left_id[2:] = right_id[2:])
        FROM {made.pairs} WHERE probability >= {made.link!r}""")[0]
    assert right / found >= 0.99


def test_neither_the_order_of_rows_nor_threads_change_a_pair(tmp_path: Path, records: list[Record]) -> None:
    results = []
    for threads, seed in ((1, 0), (2, 1)):
        mixed = list(records)
        random.Random(seed).shuffle(mixed)
        with Engine(scratch=tmp_path, threads=threads) as engine:
            results.append(pairs_of(engine, scored(engine, mixed)))
    assert results[0] == results[1]
    assert len(results[0]) > IN_BOTH * 0.9


@pytest.mark.parametrize(("link_type", "across"), [("link_only", {True}), ("dedupe_only", {False})])
def test_pairs_are_of_the_kind_declared(
    engine: Engine, records: list[Record], link_type: str, across: set[bool]
) -> None:
    mixed = [*records, *({**one, "mention_id": f"c{place:05}"} for place, one in enumerate(records[:200]))]
    made = scored(engine, mixed, replace(LINKAGE, link_type=link_type))
    found = engine.rows(f"""SELECT DISTINCT l.dataset <> r.dataset FROM {made.pairs}
        JOIN mentions AS l ON l.mention_id = left_id JOIN mentions AS r ON r.mention_id = right_id""")
    assert {kind for (kind,) in found} == across


def test_a_key_proves_a_pair_and_a_contradiction_is_named(engine: Engine, records: list[Record]) -> None:
    fields = (*LINKAGE.fields, LinkedField("number", "identifier", contradicts=True))
    numbered = replace(LINKAGE, fields=fields, keys=(LinkKey("number", ("number",)),))
    # Numbers of one person agree, but for every tenth, which has another one altogether; half the records have none.
    own = [
        {
            **one,
            "number": None if int(str(one["mention_id"])[1:]) % 2 else _number(str(one["mention_id"]), differs=True),
        }
        for one in records
    ]
    for one in own:
        if int(str(one["mention_id"])[1:]) < 100:
            one["number"] = _number(str(one["mention_id"]), differs=False)
    made = scored(engine, own, numbered)
    by_key = engine.rows(f"""SELECT left_id, right_id, weight, contradiction FROM {made.pairs} WHERE basis = 'key'""")
    assert {left[1:] for left, *_ in by_key} >= {f"{n:05}" for n in range(100)}
    assert all(left[1:] == right[1:] and weight >= 40 and not named for left, right, weight, named in by_key)
    named = engine.rows(f"SELECT DISTINCT contradiction FROM {made.pairs} WHERE contradiction IS NOT NULL")
    assert named == [("number",)]
    for left, right in engine.rows(f"SELECT left_id, right_id FROM {made.pairs} WHERE contradiction = 'number'"):
        numbers = {one["mention_id"]: one["number"] for one in own}
        assert numbers[left] != numbers[right]


def _number(mention: str, *, differs: bool) -> str:
    person = int(mention[1:])
    if differs and person % 10 == 0 and mention[0] == "b":
        person += 500_000
    return f"{random.Random(person).randrange(10**9, 10**10)}"


def test_neither_model_nor_pattern_holds_a_value(base: tuple[Engine, ScoredPairs], records: list[Record]) -> None:
    engine, made = base
    patterns = " ".join(pattern for (pattern,) in engine.rows(f"SELECT DISTINCT pattern FROM {made.pairs}"))
    told = f"{json.dumps(made.model)} {patterns} {made.blocks}".lower()
    for one in records:
        for name in ("given_name", "family_name", "born", "mention_id"):
            assert str(one[name]) not in told


def test_a_batch_scored_by_the_model_has_the_pairs_of_scoring_anew(
    engine: Engine, base: tuple[Engine, ScoredPairs], records: list[Record]
) -> None:
    model = base[1].model
    anew = pairs_of(engine, scored(engine, records, model=model))
    new = {str(one["mention_id"]) for one in random.Random(5).sample(records, 150)}
    with engine.registered("batch", pa.table({"mention_id": sorted(new)})) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE new AS SELECT * FROM {relation}")
    batch = pairs_of(engine, scored(engine, records, model=model, within="new"))
    assert batch == [pair for pair in anew if pair[0] in new or pair[1] in new]
    assert len(batch) > 50


def test_a_model_given_is_used_as_it_is(
    engine: Engine, base: tuple[Engine, ScoredPairs], records: list[Record]
) -> None:
    first = base[1]
    again = scored(engine, records[:1_000], model=first.model)
    assert again.model == first.model
