"""Felony cases of Cook County received in 2019: reconciliation, entry cohorts with censoring, a refused ratio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pytest

from justitia.aggregate.attrition import count_ways
from justitia.case_flow import answer, opened, refuse_ratio
from justitia.derive.states import UNITS, build_history
from justitia.errors import RequestError
from justitia.metadata.flow import Flow
from justitia.model.case_flow import FlowTable
from justitia.workspace import Workspace

STAGES = {"intake": 36190, "initiation": 28886, "dispositions": 11322, "sentencing": 4112}
UNTIL = "2019-12-02"


@pytest.fixture(scope="module")
def files(published: Path) -> dict[str, Path]:
    return {name: published / "cook_county_sao" / f"{name}.parquet" for name in STAGES}


@pytest.fixture(scope="module")
def cook(files: dict[str, Path], example: Callable[[str, Mapping[str, Path]], Workspace]) -> Workspace:
    return example("cook-county-flow", {f"sao_{name}": file for name, file in files.items()})


def flow_of(here: object) -> Flow:
    made = here.definition("cook_felonies")  # type: ignore[attr-defined]
    assert isinstance(made, Flow)
    return made


def test_participants_of_each_stage_are_as_published_and_all_lead_upstream(cook: Workspace) -> None:
    with opened(cook) as here:
        engine, relations = here.sources.engine, here.sources.relations
        counted = [engine.value(f"SELECT count(DISTINCT suspect_id) FROM {relations['suspect']}")]
        counted += [
            engine.value(f"SELECT count(DISTINCT defendant_id) FROM {relations[kind]}")
            for kind in ("charge", "decision", "sanction")
        ]
        history = build_history(flow_of(here), here.sources)
    assert counted == list(STAGES.values())
    assert history.units == STAGES["intake"]
    assert not [f for f in history.findings if f.rule_id == "F-FLO-006"], "every downstream participant is upstream"


def test_dates_written_as_texts_are_all_read(cook: Workspace, files: dict[str, Path]) -> None:
    """4/8/2019 12:00:00 AM: the United States' order, without leading zeros."""
    texts = duckdb.sql(f"SELECT count(disposition_date) FROM '{files['dispositions']}'").fetchall()[0][0]
    with opened(cook) as here:
        read = here.sources.engine.rows(
            f"SELECT count(decided_date), max(day(decided_date)) FROM {here.sources.relations['decision']}"
        )[0]
    assert read == (texts, 31)


def test_a_naive_ratio_of_stage_totals_is_refused(cook: Workspace) -> None:
    with opened(cook) as here, pytest.raises(RequestError, match=r"E-FLO-004.*may still get there"):
        refuse_ratio(here, flow_of(here), "sanctioned", "contact")


def test_the_first_quarter_reaches_what_an_independent_count_says(cook: Workspace, files: dict[str, Path]) -> None:
    """Sentenced within 180 days of receipt, received in the first quarter: all of them were observed so long."""
    counted = duckdb.sql(f"""
        WITH received AS (SELECT case_participant_id AS p, CAST(received_date AS DATE) AS day FROM '{files["intake"]}'),
        charged AS (SELECT case_participant_id AS p, min(CAST(event_date AS DATE)) AS day
            FROM '{files["initiation"]}' GROUP BY 1),
        decided AS (SELECT case_participant_id AS p,
            min(strptime(disposition_date, '%m/%d/%Y %I:%M:%S %p')::DATE) AS day
            FROM '{files["dispositions"]}' GROUP BY 1),
        sentenced AS (SELECT case_participant_id AS p, min(strptime(sentence_date, '%m/%d/%Y %I:%M:%S %p')::DATE) AS day
            FROM '{files["sentencing"]}' GROUP BY 1)
        SELECT count(*), count(*) FILTER (WHERE s.day - r.day <= 180) FROM received AS r
        LEFT JOIN charged AS c USING (p) LEFT JOIN decided AS d USING (p) LEFT JOIN sentenced AS s USING (p)
        WHERE r.day < DATE '2019-04-01' AND NOT coalesce(c.day < r.day OR d.day < r.day OR s.day < r.day, FALSE)
        """).fetchall()[0]
    with opened(cook) as here:
        history = build_history(flow_of(here), here.sources)
        ways = count_ways(
            here.sources.engine,
            UNITS,
            "sanctioned",
            step_days=15,
            ends=["acquitted", "dropped"],
            breakdowns=(),
            until=history.until,
            longest=270,
        )
        shown, _ = answer(here, "cook_felonies")
    first = next(w for w in ways if w.group.cohort == "2019-Q1")
    assert first.outcomes.size == counted[0]
    assert float(first.outcomes.ended["reached"][first.outcomes.times <= 180].sum()) == counted[1]
    assert isinstance(shown, FlowTable)
    share = next(p for p in shown.passages if (p.cohort, p.state, p.breakdown) == ("2019-Q1", "sanctioned", "_T"))
    exact = 100 * counted[1] / counted[0]
    assert share.shares[180].value == pytest.approx(exact, abs=0.3)
    assert share.shares[180].lower is not None
    assert share.shares[180].lower < exact < (share.shares[180].upper or 0)


def test_late_cohorts_are_told_only_as_far_as_they_were_observed(cook: Workspace) -> None:
    with opened(cook) as here:
        shown, findings = answer(here, "cook_felonies")
    assert isinstance(shown, FlowTable)
    last = [p for p in shown.passages if (p.cohort, p.breakdown) == ("2019-Q4", "_T")]
    assert last
    assert all(p.shares[90].value is None and p.shares[180].value is None for p in last)
    assert shown.heading.until == UNTIL
    rules = {item.rule_id for item in findings}
    assert {"F-FLO-001", "F-FLO-004", "F-FLO-009"} <= rules, "wrong years, reopened cases, states before the entry"
