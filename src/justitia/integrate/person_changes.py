"""The record of merges and splits of persons: when, which ids, and the pair or decision behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.integrate.clusters import Clusters

CHANGES = "linked_changes"


def note_changes(engine: Engine, found: Clusters, persons: str, before: str, *, at: str, pairs: str, said: str) -> str:
    """Return the relation of merges and splits (at, kind, from_ids, to_ids, reason, left_id, right_id, decision).

    A merge names the pair that tipped it: one that a human joined, or the strongest between mentions that were not of
    one person before. A split names a pair that a human keeps apart, or a link that was cut; where neither is there,
    the reason is `weights`: the pairs were scored anew.

    Args:
        engine: holds the relations.
        found: persons of this run, and cuts.
        persons: relation (mention_id, person_id) of this run.
        before: relation (mention_id, person_id) kept by the last run.
        at: time of the run.
        pairs: scored pairs.
        said: relation of decisions in force.
    """
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_moved AS
        SELECT p.mention_id, p.person_id AS now, b.person_id AS was
        FROM {persons} AS p LEFT JOIN {before} AS b ON b.mention_id = p.mention_id""")
    engine.execute("""CREATE OR REPLACE TEMP TABLE linked_merged AS
        SELECT now, list(DISTINCT was ORDER BY was) AS from_ids FROM linked_moved WHERE was IS NOT NULL
        GROUP BY now HAVING count(DISTINCT was) > 1""")
    engine.execute("""CREATE OR REPLACE TEMP TABLE linked_parted AS
        SELECT was, list(DISTINCT now ORDER BY now) AS to_ids FROM linked_moved WHERE was IS NOT NULL
        GROUP BY was HAVING count(DISTINCT now) > 1""")
    _reasons_to_merge(engine, pairs, said)
    _reasons_to_part(engine, found.cuts, said)
    why = "coalesce(y.reason, 'weights') AS reason, y.left_id, y.right_id, y.sequence AS decision"
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE {CHANGES} AS
        SELECT ?::VARCHAR AS at, 'merge' AS kind, from_ids, [m.now] AS to_ids, {why}
        FROM linked_merged AS m LEFT JOIN linked_tipped AS y ON y.person_id = m.now
        UNION ALL SELECT ?::VARCHAR, 'split', [m.was], to_ids, {why}
        FROM linked_parted AS m LEFT JOIN linked_untied AS y ON y.person_id = m.was""",
        [at, at],
    )
    return CHANGES


def _reasons_to_merge(engine: Engine, pairs: str, said: str) -> None:
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_tipped AS
        SELECT a.now AS person_id, s.reason, s.left_id, s.right_id, s.sequence FROM (
            SELECT left_id, right_id, 'decision' AS reason, sequence, NULL::DOUBLE AS weight
            FROM {said} WHERE decision = 'yes'
            UNION ALL SELECT left_id, right_id, 'pair', NULL, weight FROM {pairs}) AS s
        JOIN linked_moved AS a ON a.mention_id = s.left_id
        JOIN linked_moved AS b ON b.mention_id = s.right_id AND b.now = a.now
        WHERE a.was IS DISTINCT FROM b.was AND a.now IN (SELECT now FROM linked_merged)
        QUALIFY row_number() OVER (PARTITION BY a.now ORDER BY s.reason, s.weight DESC, s.left_id, s.right_id) = 1""")


def _reasons_to_part(engine: Engine, cuts: str, said: str) -> None:
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_untied AS
        SELECT a.was AS person_id, s.reason, s.left_id, s.right_id, s.sequence FROM (
            SELECT left_id, right_id, 'decision' AS reason, sequence, 0 AS place FROM {said} WHERE decision = 'no'
            UNION ALL SELECT left_id, right_id, reason, NULL, 1 FROM {cuts}) AS s
        JOIN linked_moved AS a ON a.mention_id = s.left_id
        JOIN linked_moved AS b ON b.mention_id = s.right_id AND b.was = a.was
        WHERE a.now <> b.now
        QUALIFY row_number() OVER (PARTITION BY a.was ORDER BY s.place, s.reason, s.left_id, s.right_id) = 1""")


def without(changes: pa.Table, mentions: set[str], persons: set[str]) -> pa.Table:
    """Return the record without erased mentions and persons; lines that name no other person are gone.

    Args:
        changes: kept lines.
        mentions: ids of the erased mentions.
        persons: ids of the persons that have no mention any more.
    """
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for row in changes.to_pylist():
        sides = {side: [one for one in row[side] if one not in persons] for side in ("from_ids", "to_ids")}
        pair = {end: None if row[end] in mentions else row[end] for end in ("left_id", "right_id")}
        if sides["from_ids"] and sides["to_ids"]:
            rows.append({**row, **sides, **pair})
    return pa.Table.from_pylist(rows, schema=changes.schema)


def joined(earlier: pa.Table | None, new: pa.Table) -> pa.Table:
    """Return the record with new lines at its end."""
    import pyarrow as pa

    return new if earlier is None else pa.concat_tables([earlier.cast(new.schema), new])
