"""Person ids: drawn once, kept over re-runs and batches, merges and splits recorded, erasure reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from justitia.engine import Engine
from justitia.integrate.clusters import Clusters
from justitia.integrate.person_keys import PersonKeys, assign, forget
from justitia.vault import Vault, create_key


class Memory:
    """Keeps tables, and counts how often it was written to."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.written = 0

    def keep_links(self, name: str, table: pa.Table) -> None:
        self.tables[name] = table
        self.written += 1

    def links(self, name: str) -> pa.Table | None:
        return self.tables.get(name)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(scratch=tmp_path_factory.mktemp("scratch"), threads=1) as made:
        yield made


Pair = tuple[str, str, float]


def run(
    engine: Engine,
    keeper: Memory | Vault,
    groups: Sequence[str],
    pairs: Sequence[Pair] = (),
    decided: Sequence[tuple[str, str, str]] = (),
    cuts: Sequence[tuple[str, str]] = (),
) -> tuple[PersonKeys, dict[str, str]]:
    text = pa.string()

    def keep(name: str, columns: dict[str, pa.DataType], rows: Sequence[Sequence[object]]) -> None:
        arrays = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(columns.values())]
        with engine.registered("given", pa.table(arrays, names=list(columns))) as relation:
            engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {relation}")

    keep("c", {"mention_id": text, "cluster_id": text}, [(one, min(group)) for group in groups for one in group])
    keep(
        "x",
        {"left_id": text, "right_id": text, "weight": pa.float64(), "reason": text},
        [(*c, 1.0, "tie") for c in cuts],
    )
    keep("p", {"left_id": text, "right_id": text, "weight": pa.float64()}, pairs)
    said = [(*one, place) for place, one in enumerate(decided, start=1)]
    keep("d", {"left_id": text, "right_id": text, "decision": text, "sequence": pa.int64()}, said)
    found = assign(engine, Clusters("c", "x", (), len(groups)), keeper, "persons", decisions="d", pairs="p")
    return found, dict(engine.rows(f"SELECT mention_id, person_id FROM {found.persons}"))


def changes(keeper: Memory) -> list[dict[str, object]]:
    table = keeper.links("persons.changes")
    return [] if table is None else table.to_pylist()


def test_running_again_changes_nothing_and_writes_nothing(engine: Engine) -> None:
    keeper = Memory()
    found, first = run(engine, keeper, ["ab", "c"])
    assert found.new == 2 and len(set(first.values())) == 2 and first["a"] == first["b"]
    written = keeper.written
    found, again = run(engine, keeper, ["ab", "c"])
    assert again == first and found.new == 0 and keeper.written == written and not changes(keeper)


def test_a_new_batch_keeps_the_ids_and_draws_for_new_people_only(engine: Engine) -> None:
    keeper = Memory()
    _, first = run(engine, keeper, ["ab", "c"])
    found, second = run(engine, keeper, ["abd", "c", "e"])
    assert found.new == 1 and second["d"] == first["a"] and second["c"] == first["c"]
    assert second["e"] not in first.values() and not changes(keeper)


def test_ids_are_kept_before_they_are_used(engine: Engine) -> None:
    class Full(Memory):
        def keep_links(self, name: str, table: pa.Table) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run(engine, Full(), ["ab"])


def test_a_merge_keeps_the_larger_and_names_the_pair(engine: Engine) -> None:
    keeper = Memory()
    _, first = run(engine, keeper, ["ab", "c"])
    pairs = [("a", "b", 9.0), ("b", "c", 4.0), ("a", "c", 3.0)]
    found, second = run(engine, keeper, ["abc"], pairs)
    assert found.merges == 1 and set(second.values()) == {first["a"]}
    (line,) = changes(keeper)
    assert line["kind"] == "merge" and line["from_ids"] == sorted({first["a"], first["c"]})
    assert (line["to_ids"], line["reason"]) == ([first["a"]], "pair")
    assert (line["left_id"], line["right_id"]) == ("b", "c"), "the strongest pair that tipped it"


def test_of_equal_persons_the_oldest_goes_on(engine: Engine) -> None:
    keeper = Memory()
    _, first = run(engine, keeper, ["b"])
    table = keeper.tables["persons.persons"]
    keeper.tables["persons.persons"] = table.set_column(2, "since", pa.array(["2020-01-01"]))
    _, second = run(engine, keeper, ["a", "b"])
    _, third = run(engine, keeper, ["ab"], decided=[("a", "b", "yes")])
    assert set(third.values()) == {first["b"]}
    assert changes(keeper)[0]["reason"] == "decision" and changes(keeper)[0]["decision"] == 1
    assert second["a"] not in third.values()


def test_a_split_leaves_the_id_with_the_larger_part_and_tells_why(engine: Engine) -> None:
    keeper = Memory()
    _, first = run(engine, keeper, ["abc", "xy"])
    found, second = run(engine, keeper, ["ab", "c", "x", "y"], decided=[("b", "c", "no")], cuts=[("x", "y")])
    assert found.splits == 2 and found.new == 2
    assert second["a"] == second["b"] == first["a"] != second["c"]
    by_id = {tuple(line["from_ids"]): line for line in changes(keeper)}  # type: ignore[arg-type]
    assert by_id[first["a"],]["reason"] == "decision" and by_id[first["x"],]["reason"] == "tie"
    assert set(by_id[first["a"],]["to_ids"]) == {second["a"], second["c"]}  # type: ignore[arg-type]


def test_a_mention_that_is_away_has_its_id_when_it_comes_back(engine: Engine) -> None:
    keeper = Memory()
    _, first = run(engine, keeper, ["ab", "c"])
    _, away = run(engine, keeper, ["ab"])
    assert set(away) == {"a", "b"}
    found, back = run(engine, keeper, ["ab", "c"])
    assert back == first and found.new == 0


def test_erasure_removes_mentions_keys_and_their_traces(engine: Engine, tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    vault = Vault(tmp_path / "vault", tmp_path / "key")
    run(engine, vault, ["ab", "c", "d"])
    _, second = run(engine, vault, ["abc", "d"], [("b", "c", 4.0)])
    assert forget(vault, "persons", pa.array(["c", "d"])) == 2
    kept, record = vault.links("persons.persons"), vault.links("persons.changes")
    assert kept is not None and record is not None
    assert set(kept["mention_id"].to_pylist()) == {"a", "b"}
    assert second["d"] not in kept["person_id"].to_pylist()
    assert "c" not in record["right_id"].to_pylist()
    assert forget(vault, "persons", pa.array(["c"])) == 0
    _, third = run(engine, vault, ["ab", "d"])
    assert third["a"] == second["a"] and third["d"] != second["d"], "an erased person that comes again is new"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=st.lists(st.lists(st.integers(0, 4), min_size=10, max_size=10), min_size=2, max_size=4))
def test_ids_are_one_to_one_with_persons_over_any_history(engine: Engine, labels: list[list[int]]) -> None:
    keeper = Memory()
    for run_labels in labels:
        groups: dict[int, str] = {}
        for name, label in zip("abcdefghij", run_labels, strict=True):
            groups[label] = groups.get(label, "") + name
        listed = sorted(groups.values())
        found, ids = run(engine, keeper, listed)
        assert {frozenset(g) for g in listed} == {
            frozenset(m for m in ids if ids[m] == person) for person in set(ids.values())
        }
        again, same = run(engine, keeper, listed[::-1])
        assert same == ids and again.new == again.merges == again.splits == 0
        assert found.new <= len(listed)
