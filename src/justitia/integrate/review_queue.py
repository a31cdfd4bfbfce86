"""The pairs that are worth a human's look, those that decide most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.integrate.clusters import Clusters

QUEUE = "linked_queue"


def review_queue(engine: Engine, pairs: str, found: Clusters, *, review: float, decisions: str) -> str:
    """Return the relation of undecided pairs between two persons, by value.

    Columns: left_id, right_id, weight, probability, pattern, contradiction, left_size, right_size (mentions of the two
    persons), reason (`uncertain`, or why the link was cut), value. Only the best pair of two persons is listed, since
    a yes joins them all. Value is the number of pairs of mentions that a yes would join, times how open the question
    is: 4p(1-p), 1 at even odds. A pair whose link was cut is fully open, whatever its probability.

    Args:
        engine: holds the relations.
        pairs: scored pairs.
        found: persons and cuts.
        review: least probability of a pair for review, 0 to 1.
        decisions: relation of decisions in force; `unsure` keeps a pair in the queue.
    """
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {QUEUE} AS
        WITH sized AS (SELECT mention_id, cluster_id, count(*) OVER (PARTITION BY cluster_id) AS size
            FROM {found.clusters}),
        cut AS (SELECT left_id, right_id, min(reason) AS reason FROM {found.cuts} GROUP BY ALL),
        wanted AS (SELECT p.left_id, p.right_id, p.weight, p.probability, p.pattern, p.contradiction,
                a.size AS left_size, b.size AS right_size, coalesce(c.reason, 'uncertain') AS reason,
                a.size * b.size * CASE WHEN c.reason IS NOT NULL THEN 1.0
                    ELSE 4 * p.probability * (1 - p.probability) END AS value,
                least(a.cluster_id, b.cluster_id) AS one, greatest(a.cluster_id, b.cluster_id) AS other
            FROM {pairs} AS p JOIN sized AS a ON a.mention_id = p.left_id JOIN sized AS b ON b.mention_id = p.right_id
            LEFT JOIN cut AS c ON c.left_id = p.left_id AND c.right_id = p.right_id
            WHERE a.cluster_id <> b.cluster_id AND (c.reason IS NOT NULL OR p.probability >= {review!r})
                AND NOT EXISTS (SELECT 1 FROM {decisions} AS d WHERE d.decision IN ('yes', 'no')
                    AND d.left_id = p.left_id AND d.right_id = p.right_id))
        SELECT * EXCLUDE (one, other) FROM wanted
        QUALIFY row_number() OVER (PARTITION BY one, other
            ORDER BY reason = 'uncertain', value DESC, left_id, right_id) = 1
        ORDER BY value DESC, probability DESC, left_id, right_id""")
    return QUEUE
