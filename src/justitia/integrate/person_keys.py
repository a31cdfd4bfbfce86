"""Random person ids that stay: drawn once, kept over re-runs and new batches, with a record of merges and splits.

A person keeps its id where most of its mentions stay together. Of persons that merge, the id with most mentions goes
on, of equals the oldest; of a person that is split, the part with most mentions keeps the id. New ids are drawn at
random (UUID4) and are written before anything uses them. A run on the same persons changes nothing and writes nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from justitia.integrate.person_changes import joined, note_changes, without

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.integrate.clusters import Clusters

PERSONS, BEFORE = "linked_persons", "linked_before"
_NEW = "linked_matching"


class Keeper(Protocol):
    """Where tables of a linkage are kept: the vault."""

    def keep_links(self, name: str, table: pa.Table) -> None:
        """Keep a table, in one piece."""

    def links(self, name: str) -> pa.Table | None:
        """Return a kept table; None before it was kept."""


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """The persons of a linkage.

    Args:
        persons: relation (mention_id, person_id) of the mentions of this run.
        new: ids drawn in this run.
        merges, splits: of known persons, in this run.
    """

    persons: str
    new: int
    merges: int
    splits: int


def assign(engine: Engine, found: Clusters, keeper: Keeper, name: str, *, decisions: str, pairs: str) -> PersonKeys:
    """Return the person id of each mention; what is new is kept before it is returned.

    Args:
        engine: holds the relations.
        found: persons of this run. Mentions that are known and are not among them keep their id for later.
        keeper: of the ids, table `<name>.persons` (mention_id, person_id, since), and of the record of merges and
            splits, table `<name>.changes` (at, kind, from_ids, to_ids, reason, left_id, right_id, decision).
        name: of the linkage.
        decisions: relation of decisions in force.
        pairs: scored pairs: the record names the strongest one behind a merge.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _load(engine, keeper, name)
    _match(engine, found.clusters)
    new = _draw(engine, found.clusters, now)
    changes = note_changes(engine, found, PERSONS, BEFORE, at=now, pairs=pairs, said=decisions)
    counts = dict(engine.rows(f"SELECT kind, count(*) FROM {changes} GROUP BY kind"))
    # The record first: ids without their record would hide a merge, a record without its ids is written again.
    if counts:
        earlier = keeper.links(f"{name}.changes")
        keeper.keep_links(f"{name}.changes", joined(earlier, engine.table(f"SELECT * FROM {changes} ORDER BY ALL")))
    if _differs(engine):
        keeper.keep_links(f"{name}.persons", engine.table("SELECT * FROM linked_kept ORDER BY mention_id"))
    return PersonKeys(PERSONS, new, counts.get("merge", 0), counts.get("split", 0))


def forget(keeper: Keeper, name: str, mention_ids: pa.Array) -> int:
    """Remove mentions and the keys of persons without any mention left, also from the record; return how many mentions.

    Args:
        keeper: of the tables.
        name: of the linkage.
        mention_ids: ids of the erased mentions.
    """
    import pyarrow.compute as pc

    kept = keeper.links(f"{name}.persons")
    if kept is None:
        return 0
    gone = pc.is_in(kept["mention_id"], value_set=mention_ids)
    left = kept.filter(pc.invert(gone))
    if left.num_rows == kept.num_rows:
        return 0
    lost = set(kept["person_id"].to_pylist()) - set(left["person_id"].to_pylist())
    changes = keeper.links(f"{name}.changes")
    if changes is not None:
        keeper.keep_links(f"{name}.changes", without(changes, set(mention_ids.to_pylist()), lost))
    keeper.keep_links(f"{name}.persons", left)
    return int(kept.num_rows - left.num_rows)


def _load(engine: Engine, keeper: Keeper, name: str) -> None:
    import pyarrow as pa

    schema = pa.schema([(column, pa.string()) for column in ("mention_id", "person_id", "since")])
    kept = keeper.links(f"{name}.persons")
    with engine.registered("linked_given", schema.empty_table() if kept is None else kept) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {BEFORE} AS SELECT * FROM {relation}")


def _match(engine: Engine, clusters: str) -> None:
    """Make `linked_matching` (cluster_id, person_id): the best match of all, then the best of the rest, and so on.

    Matches that are best for both sides are made together; each round makes at least one.
    """
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_overlap AS
        SELECT cluster_id, person_id, count(*) AS n, min(since) AS since, min(c.mention_id) AS first
        FROM {clusters} AS c JOIN {BEFORE} AS b ON b.mention_id = c.mention_id GROUP BY ALL""")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {_NEW} (cluster_id VARCHAR, person_id VARCHAR)")
    best = "n DESC, since, person_id, first"
    while True:
        before = engine.value(f"SELECT count(*) FROM {_NEW}")
        engine.execute(f"""INSERT INTO {_NEW} SELECT cluster_id, person_id FROM (
            SELECT *, row_number() OVER (PARTITION BY cluster_id ORDER BY {best}) AS of_cluster,
                row_number() OVER (PARTITION BY person_id ORDER BY {best}) AS of_person
            FROM linked_overlap AS o
            WHERE NOT EXISTS (SELECT 1 FROM {_NEW} AS m WHERE m.cluster_id = o.cluster_id)
                AND NOT EXISTS (SELECT 1 FROM {_NEW} AS m WHERE m.person_id = o.person_id))
            WHERE of_cluster = 1 AND of_person = 1""")
        if engine.value(f"SELECT count(*) FROM {_NEW}") == before:
            return


def _draw(engine: Engine, clusters: str, now: str) -> int:
    """Make `linked_persons`, and `linked_kept` with those not seen this time; return the number of ids drawn."""
    import pyarrow as pa

    wanted = f"SELECT DISTINCT cluster_id FROM {clusters} WHERE cluster_id NOT IN (SELECT cluster_id FROM {_NEW})"
    fresh = engine.table(f"{wanted} ORDER BY cluster_id")
    ids = pa.array([str(uuid.uuid4()) for _ in range(fresh.num_rows)], pa.string())
    with engine.registered("linked_drawn", fresh.append_column("person_id", ids)) as relation:
        engine.execute(f"INSERT INTO {_NEW} SELECT cluster_id, person_id FROM {relation}")
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {PERSONS} AS
        SELECT mention_id, person_id FROM {clusters} JOIN {_NEW} USING (cluster_id)""")
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE linked_kept AS
        SELECT p.mention_id, p.person_id, coalesce(b.since, ?) AS since
        FROM {PERSONS} AS p LEFT JOIN (SELECT person_id, min(since) AS since FROM {BEFORE} GROUP BY 1) AS b
            ON b.person_id = p.person_id
        UNION ALL SELECT mention_id, person_id, since FROM {BEFORE}
        WHERE mention_id NOT IN (SELECT mention_id FROM {PERSONS})""",
        [now],
    )
    return int(fresh.num_rows)


def _differs(engine: Engine) -> bool:
    """Return whether what is to be kept is not what was kept."""
    both = ("linked_kept", BEFORE)
    return any(
        engine.value(f"SELECT count(*) FROM (SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other})")
        for one, other in (both, both[::-1])
    )
