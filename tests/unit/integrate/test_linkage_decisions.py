"""Decisions on pairs: what stands, what is disputed, a log that tells when it was touched, and the queue for review."""

from __future__ import annotations

from pathlib import Path

import pytest

from justitia.engine import Engine
from justitia.errors import RequestError
from justitia.integrate.clusters import Rules, cluster
from justitia.integrate.decisions import PairDecisions, dispute_findings, disputed, lend, standing
from justitia.integrate.review_queue import review_queue


@pytest.fixture
def log(tmp_path: Path) -> PairDecisions:
    return PairDecisions(tmp_path / "links" / "decisions.csv")


def test_a_later_line_rules_and_an_undo_brings_the_earlier_back(log: PairDecisions) -> None:
    log.decide("b", "a", "yes", who="ana", why="same address")
    later = log.decide("a", "b", "no", who="ana", why="another mother")
    assert [one.decision for one in standing(log.read()).values()] == ["no"]
    log.undo(later.sequence, who="ana", why="misread")
    assert standing(log.read())["a", "b"].decision == "yes"
    assert [one.decision for one in log.read()] == ["yes", "no", "undo"], "nothing is removed"
    with pytest.raises(RequestError, match="E-LNK-033"):
        log.undo(later.sequence, who="ana", why="twice")


def test_two_people_who_contradict_each_other_are_shown(log: PairDecisions) -> None:
    log.decide("a", "b", "yes", who="ana", why="all fits")
    log.decide("a", "b", "no", who="ben", why="twins")
    log.decide("c", "d", "yes", who="ana", why="all fits")
    found = disputed(log.read())
    assert [(one.who, one.decision) for one in found["a", "b"]] == [("ana", "yes"), ("ben", "no")]
    assert list(found) == [("a", "b")]
    assert [(f.rule_id, f.count) for f in dispute_findings(log.read(), "persons")] == [("V-LNK-007", 1)]
    log.decide("a", "b", "no", who="ana", why="ben is right")
    assert not disputed(log.read()) and not dispute_findings(log.read(), "persons")


@pytest.mark.parametrize(("old", "new"), [(",yes,", ",no,"), (",ana,", ",eve,")])
def test_a_touched_log_is_refused(log: PairDecisions, old: str, new: str) -> None:
    log.decide("a", "b", "yes", who="ana", why="all fits")
    log.decide("c", "d", "no", who="ben", why="nothing fits")
    log.path.write_text(log.path.read_text().replace(old, new, 1))
    with pytest.raises(RequestError, match=r"E-LNK-030.*:2"):
        log.read()


def test_a_removed_line_and_another_file_are_refused(log: PairDecisions) -> None:
    for n in range(3):
        log.decide("a", f"b{n}", "no", who="ana", why="nothing fits")
    lines = log.path.read_text().splitlines(keepends=True)
    log.path.write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(RequestError, match="E-LNK-030"):
        log.decide("x", "y", "yes", who="ana", why="all fits")
    log.path.write_text("a,b\n1,2\n")
    with pytest.raises(RequestError, match="E-LNK-031"):
        log.read()


@pytest.mark.parametrize(("other", "who", "why"), [("a", "ana", "fits"), ("b", " ", "fits"), ("b", "ana", "")])
def test_a_decision_needs_two_records_a_decider_and_a_reason(
    log: PairDecisions, other: str, who: str, why: str
) -> None:
    with pytest.raises(RequestError, match="E-LNK-032"):
        log.decide("a", other, "yes", who=who, why=why)
    assert not log.read()


def test_the_queue_asks_first_what_decides_most_and_nothing_twice(tmp_path: Path, log: PairDecisions) -> None:
    with Engine(scratch=tmp_path / "scratch", threads=1) as engine:
        engine.execute("CREATE TABLE people AS SELECT unnest(split('abcdefgh', '')) AS mention_id, 'x' AS dataset")
        engine.execute("""CREATE TABLE scored AS SELECT *, 'name=1' AS pattern, NULL::VARCHAR AS contradiction
            FROM (VALUES ('a','b',12.0,0.99), ('b','c',0.0,0.5), ('a','c',-1.0,0.3), ('d','e',0.0,0.5),
            ('e','f',1.0,0.6),
            ('g','h',-9.0,0.01)) AS t(left_id, right_id, weight, probability)""")
        log.decide("d", "e", "unsure", who="ana", why="cannot tell")
        log.decide("e", "f", "no", who="ana", why="nothing fits")
        decisions = lend(engine, standing(log.read()))
        found = cluster(engine, "people", "scored", Rules(0.9), decisions=decisions)
        queue = review_queue(engine, "scored", found, review=0.2, decisions=decisions)
        rows = engine.rows(f"SELECT left_id, right_id, left_size, right_size, value, reason FROM {queue}")
    assert rows == [("b", "c", 2, 1, 2.0, "uncertain"), ("d", "e", 1, 1, 1.0, "uncertain")]


def test_a_link_that_was_cut_is_asked_about(tmp_path: Path, log: PairDecisions) -> None:
    with Engine(scratch=tmp_path / "scratch", threads=1) as engine:
        engine.execute("""CREATE TABLE people AS SELECT * FROM (VALUES ('p', 'police'), ('t1', 'register'),
            ('t2', 'register')) AS t(mention_id, dataset)""")
        engine.execute("""CREATE TABLE scored AS SELECT *, 'name=1' AS pattern, NULL::VARCHAR AS contradiction
            FROM (VALUES ('p','t1',12.0,0.999), ('p','t2',12.0,0.999)) AS t(left_id, right_id, weight, probability)""")
        decisions = lend(engine, standing(log.read()))
        found = cluster(engine, "people", "scored", Rules(0.9, single=("register",)), decisions=decisions)
        queue = review_queue(engine, "scored", found, review=0.2, decisions=decisions)
        assert engine.rows(f"SELECT left_id, right_id, reason, value FROM {queue}") == [
            ("p", "t1", "tie", 1.0),
            ("p", "t2", "tie", 1.0),
        ]
