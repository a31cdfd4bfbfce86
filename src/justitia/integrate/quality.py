"""How good links are: expected from the probabilities, counted where truth or decisions are known, and for whom.

Expected figures hold as far as the probabilities are right: the sum of the probabilities of the links is the number of
right ones. What was never compared is not in them: they speak of compared pairs, and recall by them is an upper bound.
Intervals of counted figures are Wilson's (`justitia.model.interval`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.model.interval import wilson

if TYPE_CHECKING:
    from justitia.engine import Engine

QUALITY, UNLINKED = "linked_quality", "linked_unlinked"
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True)
class Counted:
    """A share among pairs whose truth is known, with its interval.

    Args:
        right, of: counts.
        share, lower, upper: 0 to 1; nan when `of` is 0.
    """

    right: int
    of: int
    share: float
    lower: float
    upper: float


def expected(engine: Engine, pairs: str, thresholds: Sequence[float] = THRESHOLDS) -> str:
    """Return the relation of expected quality by threshold.

    Columns: threshold, links (pairs at or above), expected_right, precision, recall (of the right pairs among those
    compared), missed (right pairs below). All are floats but `links`; shares of nothing are null.

    Args:
        engine: holds the relations.
        pairs: scored pairs, with `probability`.
        thresholds: probabilities, 0 to 1.
    """
    values = ", ".join(f"({threshold!r}::DOUBLE)" for threshold in sorted(thresholds))
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {QUALITY} AS
        WITH total AS (SELECT coalesce(sum(probability), 0) AS right_ones FROM {pairs}),
        above AS (SELECT threshold, count(probability) AS links, coalesce(sum(probability), 0) AS expected_right
            FROM (VALUES {values}) AS t(threshold) LEFT JOIN {pairs} AS p ON p.probability >= threshold GROUP BY 1)
        SELECT threshold, links, expected_right, expected_right / nullif(links, 0) AS precision,
            expected_right / nullif(right_ones, 0) AS recall, right_ones - expected_right AS missed
        FROM above, total ORDER BY threshold""")
    return QUALITY


def counted(engine: Engine, clusters: str, truth: str) -> tuple[Counted, Counted]:
    """Return precision and recall of the persons' pairs of mentions against a truth.

    Args:
        engine: holds the relations.
        clusters: relation (mention_id, cluster_id).
        truth: relation (mention_id, person) of all mentions whose person is known; others are left out.
    """
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_checked AS
        SELECT cluster_id, person, count(*) AS n FROM {clusters} JOIN {truth} USING (mention_id) GROUP BY ALL""")

    def couples(key: str) -> int:
        sums = f"SELECT sum(n) AS n FROM linked_checked GROUP BY {key}"
        return int(engine.value(f"SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM ({sums})"))

    both = couples("cluster_id, person")
    return _share(both, couples("cluster_id")), _share(both, couples("person"))


def decided(engine: Engine, pairs: str, decisions: str, link: float) -> tuple[Counted, Counted]:
    """Return precision and recall at a threshold among the pairs that people decided.

    Reviewed pairs are those that were in doubt: these figures describe the doubtful pairs and not all links.

    Args:
        engine: holds the relations.
        pairs: scored pairs.
        decisions: relation (left_id, right_id, decision) in force.
        link: least probability of a link.
    """
    (both, links, people) = engine.rows(
        f"""SELECT count(*) FILTER (linked AND yes), count(*) FILTER (linked), count(*) FILTER (yes) FROM (
            SELECT d.decision = 'yes' AS yes, coalesce(p.probability >= ?, FALSE) AS linked FROM {decisions} AS d
            LEFT JOIN {pairs} AS p ON p.left_id = d.left_id AND p.right_id = d.right_id
            WHERE d.decision IN ('yes', 'no'))""",
        [link],
    )[0]
    return _share(both, links), _share(both, people)


def unlinked(engine: Engine, clusters: str, groups: str) -> str:
    """Return the relation of the share of mentions that are linked to no other, by group.

    Columns: dataset, grouped_by (name of the column), value (null where not known), mentions, unlinked, share, lower,
    upper (Wilson, 95 %), ratio (share to that of all mentions of the dataset). One row with grouped_by `_T` for each
    dataset is its total. That some groups link less is a bias of everything that is counted over linked persons.

    Args:
        engine: holds the relations.
        clusters: relation (mention_id, cluster_id).
        groups: relation (mention_id, dataset, and one column for each grouping, such as sex and age group).
    """
    import pyarrow as pa

    names = [name for name in engine.columns(groups) if name not in ("mention_id", "dataset")]
    parts = [
        f"SELECT dataset, {_text(name)} AS grouped_by, CAST({quote(name)} AS VARCHAR) AS value, alone" for name in names
    ]
    parts.append("SELECT dataset, '_T' AS grouped_by, '_T' AS value, alone")
    stacked = " UNION ALL ".join(f"{part} FROM known" for part in parts)
    table = engine.table(f"""WITH sized AS (SELECT mention_id, count(*) OVER (PARTITION BY cluster_id) = 1 AS alone
            FROM {clusters}), known AS (SELECT g.*, alone FROM {groups} AS g JOIN sized USING (mention_id))
        SELECT dataset, grouped_by, value, count(*) AS mentions, count(*) FILTER (alone) AS unlinked,
            count(*) FILTER (alone) / count(*) AS share
        FROM ({stacked}) GROUP BY dataset, grouped_by, value""")
    lower, upper = wilson(table["unlinked"].to_numpy(), table["mentions"].to_numpy())
    table = table.append_column("lower", pa.array(lower)).append_column("upper", pa.array(upper))
    with engine.registered("linked_shares", table) as relation:
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE {UNLINKED} AS
            SELECT s.*, s.share / nullif(t.share, 0) AS ratio FROM {relation} AS s
            JOIN (SELECT dataset, share FROM {relation} WHERE grouped_by = '_T') AS t USING (dataset)
            ORDER BY dataset, grouped_by = '_T' DESC, grouped_by, value NULLS LAST""")
    return UNLINKED


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _share(right: int, of: int) -> Counted:
    lower, upper = wilson([right], [of])
    return Counted(int(right), int(of), right / of if of else float("nan"), float(lower[0]), float(upper[0]))
