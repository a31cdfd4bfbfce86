"""Counting how many pairs that were called one person are, and how many of one person were called so."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.engine import Engine


@dataclass(frozen=True, slots=True)
class Quality:
    """Links from a threshold on.

    Args:
        threshold: least probability.
        precision, recall: counted against the truth.
        expected: precision as the probabilities themselves tell.
    """

    threshold: float
    precision: float
    recall: float
    expected: float


def true_pairs(engine: Engine, mentions: str, *, across: bool) -> str:
    """Return the name of a temporary table (left_id, right_id) of the pairs of one person.

    Args:
        engine: holds the mentions (mention_id, dataset, person).
        mentions: their relation.
        across: only pairs of two datasets.
    """
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE true_pairs AS
        SELECT l.mention_id AS left_id, r.mention_id AS right_id FROM {mentions} AS l JOIN {mentions} AS r
        ON l.person = r.person AND l.mention_id < r.mention_id {"AND l.dataset <> r.dataset" if across else ""}""")
    return "true_pairs"


def judge(engine: Engine, pairs: str, truth: str, thresholds: tuple[float, ...]) -> list[Quality]:
    """Return the quality at each threshold.

    Args:
        engine: holds both relations.
        pairs: (left_id, right_id, probability), the smaller id left.
        truth: as `true_pairs` gives it.
        thresholds: probabilities.
    """
    all_true = int(engine.value(f"SELECT count(*) FROM {truth}"))
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE judged AS SELECT p.probability, t.left_id IS NOT NULL AS same
        FROM {pairs} AS p LEFT JOIN {truth} AS t USING (left_id, right_id)""")
    made = []
    for threshold in thresholds:
        found, right, expected = engine.rows(f"""SELECT count(*), count(*) FILTER (same), sum(probability)
            FROM judged WHERE probability >= {threshold!r}""")[0]
        made.append(
            Quality(threshold, right / max(found, 1), right / max(all_true, 1), (expected or 0) / max(found, 1))
        )
    return made


def best_recall(engine: Engine, truth: str, precision: float) -> float:
    """Return the recall at the lowest threshold that truly has this precision: what the order of pairs allows."""
    all_true = int(engine.value(f"SELECT count(*) FROM {truth}"))
    found = engine.value(f"""SELECT max(got) FROM (
        SELECT count(*) FILTER (same) OVER later AS got, avg(same::INT) OVER later AS share FROM judged
        WINDOW later AS (ORDER BY probability DESC RANGE UNBOUNDED PRECEDING)) WHERE share >= {precision!r}""")
    return (found or 0) / max(all_true, 1)


def clustered(engine: Engine, clusters: str, mentions: str, truth: str, *, across: bool) -> tuple[float, float]:
    """Return precision and recall of all pairs within clusters (mention_id, cluster_id)."""
    condition = "AND ml.dataset <> mr.dataset" if across else ""
    found = int(
        engine.value(f"""SELECT count(*) FROM {clusters} AS l JOIN {clusters} AS r USING (cluster_id)
        JOIN {mentions} AS ml ON ml.mention_id = l.mention_id JOIN {mentions} AS mr ON mr.mention_id = r.mention_id
        WHERE l.mention_id < r.mention_id {condition}""")
    )
    right = int(
        engine.value(f"""SELECT count(*) FROM {truth} AS t JOIN {clusters} AS l ON l.mention_id = t.left_id
        JOIN {clusters} AS r ON r.mention_id = t.right_id WHERE l.cluster_id = r.cluster_id""")
    )
    return right / max(found, 1), right / max(int(engine.value(f"SELECT count(*) FROM {truth}")), 1)


def threshold_for(engine: Engine, pairs: str, precision: float, least: float) -> float:
    """Return the lowest threshold from which on the probabilities expect this precision, and not below `least`."""
    found = engine.value(f"""SELECT min(probability) FROM (SELECT probability, avg(probability) OVER (
        ORDER BY probability DESC RANGE UNBOUNDED PRECEDING) AS expected FROM {pairs})
        WHERE expected >= {precision!r}""")
    return max(float(found) if found is not None else 1.0, least)
