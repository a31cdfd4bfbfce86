"""Blocks adapt to the file: no key that too many records share is used, and what was left out is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from justitia.engine import Engine
from justitia.integrate import blocking
from justitia.integrate.blocking import BLOCKED, chosen_rules, keep_near, make_blocks
from justitia.metadata.linkage import Linkage, LinkedField

FIELDS = (LinkedField("surname", "family_name"), LinkedField("born", "date"))
RULES = [("born",), ("surname",)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, threads=1) as made:
        yield made


def people(engine: Engine, number: int) -> str:
    """Make records of which a third is called Common; days of birth are shared by ten."""
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE people AS
        SELECT format('{{:06d}}', i) AS mention_id, 'a' AS dataset,
        CASE WHEN i % 3 = 0 THEN 'common' ELSE 'rare ' || i // 2 END AS surname, 'day ' || i // 10 AS born
        FROM range({number}) AS t(i)""")
    return "people"


def test_no_block_is_above_its_cap_and_what_is_left_out_is_told(engine: Engine) -> None:
    born, surname = make_blocks(engine, people(engine, 3_000), RULES, largest=100)
    assert (born.needs, born.largest, born.left_out, born.pairs) == (("born",), 10, 0, 300 * 45)
    assert surname.left_out == 1_000
    assert surname.largest == 2
    for block in (born, surname):
        largest = engine.value(
            f"SELECT max(n) FROM (SELECT count(*) AS n FROM {BLOCKED} GROUP BY {block.column} "
            f"HAVING {block.column} IS NOT NULL)"
        )
        assert largest == block.largest


def test_small_files_are_searched_wide(engine: Engine) -> None:
    _, surname = make_blocks(engine, people(engine, 150), RULES, largest=100)
    assert (surname.left_out, surname.largest) == (0, 50)


def test_pairs_keep_to_the_budget(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "LEAST_BUDGET", 20_000)
    monkeypatch.setattr(blocking, "A_RECORD", 1)
    monkeypatch.setattr(blocking, "A_RULE", 1)
    made = make_blocks(engine, people(engine, 3_000), RULES, largest=2_000)
    assert sum(block.pairs for block in made) <= 20_000
    assert made[-1].left_out or made[0].left_out


def test_keys_take_nothing_from_the_budget_and_too_common_ones_prove_nothing(engine: Engine) -> None:
    people(engine, 3_000)
    (key, *_) = make_blocks(engine, "people", RULES, largest=1_000, keys=[("surname",)])
    assert (key.needs, key.largest, key.left_out) == (("surname",), 1_000, 0)
    (key, *_) = make_blocks(engine, "people", RULES, largest=100, keys=[("surname",)])
    assert (key.largest, key.left_out) == (2, 1_000), "a number that a system fills in is not of one person"


def test_a_missing_part_shares_nothing(engine: Engine) -> None:
    engine.execute("""CREATE TEMP TABLE people AS SELECT * FROM (VALUES ('1', 'a', NULL, '1'), ('2', 'a', NULL, '1'),
        ('3', 'a', 'x', NULL)) AS t(mention_id, dataset, surname, born)""")
    (born,) = make_blocks(engine, "people", [("born",), ("surname",), ("surname", "born")], largest=100)
    assert (born.needs, born.pairs) == (("born",), 1)


def test_the_rules_of_the_declaration_go_before_those_of_the_catalogue() -> None:
    made = Linkage("made", {}, "a test", "none", (), FIELDS)
    rules = [("date", "family_name:start"), ("given_name", "date"), ("family_name:sound",)]
    assert chosen_rules(made, rules) == [("born", "surname__start"), ("surname__sound",)]
    own = Linkage("made", {}, "a test", "none", (), FIELDS, blocking=(("surname:start", "born"),))
    assert chosen_rules(own, rules) == [("surname__start", "born")]


def test_of_a_batch_only_what_shares_a_key_with_it_is_kept(engine: Engine) -> None:
    blocks = make_blocks(engine, people(engine, 300), RULES, largest=20)
    engine.execute("CREATE TEMP TABLE new AS SELECT '000005' AS mention_id")
    assert "is_new" in keep_near(engine, blocks, "new")
    kept = {name for (name,) in engine.rows(f"SELECT mention_id FROM {BLOCKED}")}
    assert kept == {f"{n:06}" for n in range(10)}
