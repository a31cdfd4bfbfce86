"""Quality of links: expected from probabilities, counted against truth and decisions, and by group."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from justitia.engine import Engine
from justitia.integrate.quality import counted, decided, expected, unlinked


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, threads=1) as made:
        yield made


def test_expected_quality_is_the_sum_of_probabilities(engine: Engine) -> None:
    engine.execute("CREATE TABLE p AS SELECT unnest([0.99, 0.95, 0.6, 0.2]::DOUBLE[]) AS probability")
    rows = engine.rows(
        f"SELECT threshold, links, precision, recall, missed FROM {expected(engine, 'p', (0.5, 0.9, 1.0))}"
    )
    assert rows[0] == (0.5, 3, pytest.approx(2.54 / 3), pytest.approx(2.54 / 2.74), pytest.approx(0.2))
    assert rows[1] == (0.9, 2, pytest.approx(0.97), pytest.approx(1.94 / 2.74), pytest.approx(0.8))
    assert rows[2][1] == 0 and rows[2][2] is None, "no link: no share"


def test_expected_precision_is_the_true_one_where_probabilities_are_right(engine: Engine) -> None:
    draw = np.random.default_rng(3)
    probability = draw.beta(0.4, 0.4, 50_000)
    right = draw.random(50_000) < probability
    engine.connection.register("t", {"probability": probability, "is_right": right})
    engine.execute("CREATE TABLE p AS SELECT * FROM t")
    ((links, precision),) = engine.rows(f"SELECT links, precision FROM {expected(engine, 'p', (0.8,))}")
    true = engine.value("SELECT avg(is_right::INT) FROM p WHERE probability >= 0.8")
    assert links > 10_000 and precision == pytest.approx(true, abs=0.01)


def test_precision_and_recall_against_a_truth_count_pairs_of_mentions(engine: Engine) -> None:
    engine.execute("""CREATE TABLE c AS SELECT * FROM (VALUES ('a', 1), ('b', 1), ('c', 1), ('d', 2), ('e', 3))
        AS t(mention_id, cluster_id)""")
    engine.execute("""CREATE TABLE truth AS SELECT * FROM (VALUES ('a', 'P'), ('b', 'P'), ('c', 'Q'), ('d', 'Q'))
        AS t(mention_id, person)""")
    precision, recall = counted(engine, "c", "truth")
    assert (precision.right, precision.of) == (1, 3) and (recall.right, recall.of) == (1, 2)
    assert precision.lower < 1 / 3 < precision.upper and recall.share == 0.5


def test_decided_pairs_give_figures_of_the_doubtful_pairs(engine: Engine) -> None:
    engine.execute("""CREATE TABLE p AS SELECT * FROM (VALUES ('a','b',0.95), ('a','c',0.95), ('b','c',0.4))
        AS t(left_id, right_id, probability)""")
    engine.execute("""CREATE TABLE d AS SELECT * FROM (VALUES ('a','b','yes'), ('a','c','no'), ('b','c','yes'),
        ('x','y','unsure'), ('x','z','yes')) AS t(left_id, right_id, decision)""")
    precision, recall = decided(engine, "p", "d", 0.9)
    assert (precision.right, precision.of, recall.right, recall.of) == (1, 2, 1, 3)
    engine.execute("DELETE FROM d")
    precision, _ = decided(engine, "p", "d", 0.9)
    assert precision.of == 0 and math.isnan(precision.share)


def test_the_unlinked_share_is_told_by_group_with_an_interval(engine: Engine) -> None:
    engine.execute("""CREATE TABLE c AS SELECT * FROM (VALUES ('a', 1), ('b', 1), ('c', 2), ('d', 3), ('e', 3))
        AS t(mention_id, cluster_id)""")
    engine.execute("""CREATE TABLE g AS SELECT * FROM (VALUES ('a', 'police', 'M'), ('c', 'police', 'F'),
        ('d', 'police', 'F'), ('b', 'court', NULL), ('e', 'court', 'F')) AS t(mention_id, dataset, sex)""")
    shown = unlinked(engine, "c", "g")
    rows = engine.rows(f"SELECT dataset, grouped_by, value, mentions, unlinked, ratio FROM {shown}")
    assert rows == [
        ("court", "_T", "_T", 2, 0, None),
        ("court", "sex", "F", 1, 0, None),
        ("court", "sex", None, 1, 0, None),
        ("police", "_T", "_T", 3, 1, 1.0),
        ("police", "sex", "F", 2, 1, 1.5),
        ("police", "sex", "M", 1, 0, 0.0),
    ]
    assert all(low <= share <= high for low, share, high in engine.rows(f"SELECT lower, share, upper FROM {shown}"))
