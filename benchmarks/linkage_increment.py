"""A batch added to linked persons, beside linking all anew: time, and whether the persons are the same.

    python -m benchmarks.linkage_increment [--records 1000000] [--batch 20000] [--seed 21]

Made persons in two scripts (`benchmarks.linkage_people`). First all but the batch are linked, then the batch is added,
then all are linked anew twice: by the model that stood, which must give the same persons, and with a new model, whose
differences are stated. Times cover scoring and clusters, and are upper bounds where the machine has other work.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.linkage_people import Row, as_table, linkage, two_scripts
from justitia.engine import Engine
from justitia.integrate.clusters import cluster
from justitia.integrate.contradictions import rules_of
from justitia.integrate.increment import score_new
from justitia.integrate.quality import counted
from justitia.integrate.scoring import score
from justitia.metadata.linkage import Linkage
from justitia.metadata.load import load_catalogue

MATERIAL = load_catalogue().linking_material
LINK = 0.9


class Memory:
    """Keeps tables as the vault does, without encrypting them."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}

    def keep_links(self, name: str, table: pa.Table) -> None:
        self.tables[name] = table

    def links(self, name: str) -> pa.Table | None:
        return self.tables.get(name)


def persons(engine: Engine, people: str, declared: Linkage, keeper: Memory, name: str, **options: Any) -> float:
    """Link, leave the persons in table `name`, and return the seconds it took."""
    start = time.perf_counter()
    made = score_new(engine, people, declared, MATERIAL, keeper, "persons", options.pop("scorer", score), **options)
    found = cluster(engine, people, made.pairs, rules_of(declared, MATERIAL, LINK))
    taken = time.perf_counter() - start
    engine.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {found.clusters}")
    return taken


def different(engine: Engine, one: str, other: str) -> int:
    """Return the number of records whose person holds other records in the second result than in the first."""
    sets = [
        f"(SELECT mention_id, list(mention_id ORDER BY mention_id) OVER (PARTITION BY cluster_id) AS m FROM {name})"
        for name in (one, other)
    ]
    return int(
        engine.value(f"SELECT count(*) FROM {sets[0]} AS a JOIN {sets[1]} AS b USING (mention_id) WHERE a.m <> b.m")
    )


def measure(rows: list[Row], kinds: dict[str, str], batch: int) -> None:
    """Link, add, link anew and print."""
    declared = linkage(kinds, one_to_one=False)
    with tempfile.TemporaryDirectory() as name, Engine(scratch=Path(name), memory="3GiB") as engine:
        with engine.registered("given", as_table(rows)) as relation:
            engine.execute(f"CREATE TABLE truth AS SELECT mention_id, person FROM {relation}")
            engine.execute(f"CREATE TABLE people AS SELECT * EXCLUDE (person) FROM {relation}")
        engine.execute(f"CREATE TABLE early AS SELECT * FROM people LIMIT {len(rows) - batch}")
        keeper = Memory()
        first = persons(engine, "early", declared, keeper, "first")
        added = persons(engine, "people", declared, keeper, "added")
        model = score_new(engine, "people", declared, MATERIAL, keeper, "persons", score).model

        def standing(*given: Any, **options: Any) -> Any:
            return score(*given, **{**options, "model": model})

        same = persons(engine, "people", declared, Memory(), "same", scorer=standing)
        anew = persons(engine, "people", declared, Memory(), "anew")
        precision, recall = counted(engine, "added", "truth")
        print(f"{len(rows):,} records, batch of {batch:,}; seconds are upper bounds")
        print(f"linked before the batch          {first:8.1f} s")
        print(f"batch added                      {added:8.1f} s = {added / anew:.1%} of linking anew")
        moved = {name: f"records in other persons: {different(engine, 'added', name):,}" for name in ("same", "anew")}
        print(f"all anew by the standing model   {same:8.1f} s, {moved['same']}")
        print(f"all anew with a new model        {anew:8.1f} s, {moved['anew']}")
        print(f"after the batch: precision {precision.share:.4f}, recall {recall.share:.4f}")


def main() -> None:
    """Make persons, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=21)
    wanted = parser.parse_args()
    rows, kinds = two_scripts(int(wanted.records / 1.55), wanted.seed)
    random.Random(wanted.seed).shuffle(rows)
    measure(rows[: wanted.records], kinds, wanted.batch)


if __name__ == "__main__":
    main()
