"""Persons from pairs: no contradiction inside, nothing that depends on the order of rows, a finding for each cut."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from justitia.engine import Engine
from justitia.integrate.clusters import Clusters, Rules, cluster

DIFFERS = {"number": "damerau_levenshtein(l.number, r.number) > 1"}
Mention = tuple[str, str, str | None]
Pair = tuple[str, str, float, str | None]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(scratch=tmp_path_factory.mktemp("scratch"), threads=1) as made:
        yield made


def load(
    engine: Engine, name: str, columns: Sequence[tuple[str, pa.DataType]], rows: Sequence[Sequence[object]]
) -> str:
    arrays = [pa.array([row[place] for row in rows], kind) for place, (_, kind) in enumerate(columns)]
    with engine.registered("given", pa.table(arrays, names=[head for head, _ in columns])) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {relation}")
    return name


TEXT, FLOAT = pa.string(), pa.float64()


def run(
    engine: Engine,
    mentions: Sequence[Mention],
    pairs: Sequence[Pair],
    decisions: Sequence[tuple[str, str, str]] = (),
    **rules: object,
) -> tuple[Clusters, set[frozenset[str]]]:
    people = load(engine, "people", [("mention_id", TEXT), ("dataset", TEXT), ("number", TEXT)], mentions)
    rows = [(*sorted(p[:2]), p[2], 0.99 if p[2] > 0 else 0.01, p[3]) for p in pairs]
    heads = [("left_id", TEXT), ("right_id", TEXT), ("weight", FLOAT), ("probability", FLOAT), ("contradiction", TEXT)]
    scored = load(engine, "scored", heads, rows)
    said = load(engine, "said", [("left_id", TEXT), ("right_id", TEXT), ("decision", TEXT)], decisions)
    found = cluster(engine, people, scored, Rules(0.9, **rules), decisions=said)  # type: ignore[arg-type]
    listed = engine.rows(f"SELECT list(mention_id) FROM {found.clusters} GROUP BY cluster_id")
    return found, {frozenset(members) for (members,) in listed}


def codes(found: Clusters) -> dict[str, int]:
    return {finding.rule_id: finding.count for finding in found.findings}


def people(*names: str, dataset: str = "police") -> list[Mention]:
    return [(name, dataset, None) for name in names]


def sets(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def test_a_chain_of_links_is_one_person(engine: Engine) -> None:
    found, persons = run(engine, people(*"abcd"), [("a", "b", 9, None), ("b", "c", 8, None), ("c", "d", -5, None)])
    assert persons == sets("abc", "d") and not found.findings and found.number == 2


def test_a_no_cuts_the_weakest_link_of_the_chain(engine: Engine) -> None:
    chain: list[Pair] = [("a", "b", 9, None), ("b", "c", 5, None), ("c", "d", 8, None)]
    found, persons = run(engine, people(*"abcd"), chain, [("a", "d", "no")])
    assert persons == sets("ab", "cd") and codes(found) == {"V-LNK-003": 1}
    assert engine.rows(f"SELECT left_id, right_id, reason FROM {found.cuts}") == [("b", "c", "decision")]


def test_a_yes_joins_what_was_never_compared(engine: Engine) -> None:
    _, persons = run(engine, people(*"abc"), [], [("c", "a", "yes")])
    assert persons == sets("ac", "b")


def test_a_chain_never_joins_two_numbers_also_where_the_two_were_not_compared(engine: Engine) -> None:
    mentions: list[Mention] = [("a", "x", "111111"), ("b", "y", None), ("c", "z", "222222"), ("d", "z", "111117")]
    found, persons = run(
        engine, mentions, [("a", "b", 9, None), ("b", "c", 7, None), ("a", "d", 8, None)], differs=DIFFERS
    )
    assert persons == sets("abd", "c") and codes(found) == {"V-LNK-001": 1}
    assert found.findings[0].column == "number" and "111111" not in str(found.findings)


def test_one_number_used_for_two_people_joins_nobody_and_is_told(engine: Engine) -> None:
    mentions: list[Mention] = [("a", "x", "555555"), ("b", "y", "555555")]
    found, persons = run(engine, mentions, [("a", "b", -4, None)], differs=DIFFERS)
    assert persons == sets("a", "b") and codes(found) == {"V-LNK-006": 1}


def test_twins_that_fit_one_record_equally_well_are_both_left_to_review(engine: Engine) -> None:
    mentions = [*people("p", dataset="police"), *people("twin1", "twin2", dataset="register")]
    pairs: list[Pair] = [("p", "twin1", 12.5, None), ("p", "twin2", 12.5, None)]
    found, persons = run(engine, mentions, pairs, single=("register",))
    assert persons == {frozenset({"p"}), frozenset({"twin1"}), frozenset({"twin2"})}
    assert codes(found) == {"V-LNK-004": 2}
    _, persons = run(engine, mentions, pairs, [("p", "twin2", "yes")], single=("register",))
    assert frozenset({"p", "twin2"}) in persons, "a human settles it"


def test_what_equal_links_could_not_decide_weaker_ones_do_not(engine: Engine) -> None:
    mentions = [*people("p", "q"), *people("twin1", "twin2", dataset="register")]
    pairs: list[Pair] = [
        ("p", "q", 20, None),
        ("p", "twin1", 12, None),
        ("p", "twin2", 12, None),
        ("q", "twin1", 8, None),
    ]
    _, persons = run(engine, mentions, pairs, single=("register",))
    assert persons == {frozenset("pq"), frozenset({"twin1"}), frozenset({"twin2"})}


def test_the_better_link_wins_where_a_dataset_knows_each_person_once(engine: Engine) -> None:
    mentions = [*people("p1", "p2", dataset="police"), *people("c1", "c2", dataset="court")]
    pairs: list[Pair] = [("p1", "c1", 9, None), ("p1", "c2", 8, None), ("p2", "c2", 7, None)]
    found, persons = run(engine, mentions, pairs, single=("police", "court"))
    assert persons == {frozenset({"p1", "c1"}), frozenset({"p2", "c2"})} and codes(found) == {"V-LNK-002": 1}


def test_decisions_that_contradict_each_other_are_an_error_and_join_nobody(engine: Engine) -> None:
    found, persons = run(engine, people(*"abc"), [], [("a", "b", "yes"), ("b", "c", "yes"), ("a", "c", "no")])
    assert persons == sets("a", "b", "c") and codes(found) == {"V-LNK-005": 2}
    assert found.findings[0].severity == "error"


def test_a_yes_rules_over_the_numbers_of_these_two_alone(engine: Engine) -> None:
    mentions: list[Mention] = [("a", "x", "111111"), ("b", "y", "999999"), ("c", "z", "111111")]
    pairs: list[Pair] = [("a", "b", 3, "number"), ("b", "c", 3, None)]
    _, persons = run(engine, mentions, pairs, [("a", "b", "yes")], differs=DIFFERS)
    assert persons == sets("ab", "c")


NUMBERS = ("111111", "222222", "333333", None)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Mention], list[Pair], list[tuple[str, str, str]]]:
    names = [f"m{n:02}" for n in range(draw(st.integers(2, 14)))]
    mentions = [(n, draw(st.sampled_from("xyz")), draw(st.sampled_from(NUMBERS))) for n in names]
    couples = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    some = draw(st.lists(st.sampled_from(couples), unique=True, max_size=30))
    pairs = [(a, b, draw(st.sampled_from((-3.0, 2.0, 5.0, 5.0, 7.25))), None) for a, b in some]
    decided = draw(st.lists(st.sampled_from(couples), unique=True, max_size=4))
    return mentions, pairs, [(a, b, draw(st.sampled_from(("yes", "no")))) for a, b in decided]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs(), seed=st.integers(0, 99))
def test_no_person_holds_a_contradiction_and_row_order_changes_nothing(
    engine: Engine, graph: tuple[list[Mention], list[Pair], list[tuple[str, str, str]]], seed: int
) -> None:
    mentions, pairs, decisions = graph
    _, persons = run(engine, mentions, pairs, decisions, single=("x",), differs=DIFFERS)
    settled = {(a, b): said for a, b, said in decisions}
    by_name = {name: (dataset, number) for name, dataset, number in mentions}
    for person in persons:
        for one in person:
            for other in person:
                said = settled.get((one, other))
                assert said != "no"
                if one < other and said != "yes":
                    (first, number), (second, second_number) = by_name[one], by_name[other]
                    assert not first == second == "x"
                    assert number is None or second_number is None or number == second_number
    for rows in (mentions, pairs, decisions):
        random.Random(seed).shuffle(rows)  # type: ignore[arg-type]
    assert run(engine, mentions, pairs, decisions, single=("x",), differs=DIFFERS)[1] == persons


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs(), seed=st.integers(0, 99))
def test_other_random_ids_give_the_same_persons(
    engine: Engine, graph: tuple[list[Mention], list[Pair], list[tuple[str, str, str]]], seed: int
) -> None:
    mentions, pairs, decisions = graph
    _, persons = run(engine, mentions, pairs, decisions, single=("x",), differs=DIFFERS)
    fresh = [name for name, _, _ in mentions]
    random.Random(seed).shuffle(fresh)
    new = {name: fresh[place] for place, (name, _, _) in enumerate(mentions)}
    renamed = (
        [(new[n], dataset, number) for n, dataset, number in mentions],
        [(new[a], new[b], weight, why) for a, b, weight, why in pairs],
        [(new[a], new[b], said) for a, b, said in decisions],
    )
    _, again = run(engine, *renamed, single=("x",), differs=DIFFERS)
    assert again == {frozenset(new[n] for n in person) for person in persons}


def test_no_pairs_and_no_mentions(engine: Engine, tmp_path: Path) -> None:
    assert run(engine, people("a"), [])[1] == {frozenset("a")}
    assert run(engine, [], [])[0].number == 0
