"""Workload of courts and forms of crime together, on rows written by hand and on printed figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from justitia.aggregate.courts import Backlog, backlog_select, clearance_rate, disposition_time
from justitia.aggregate.together import together_select

from .flow_engine import engine_with

CASES = [
    ("2022-06-01", "2023-02-01"),  # pending before, resolved in the year
    ("2021-01-01", None),  # pending for three years
    ("2023-01-01", "2023-12-31"),  # first and last day are of the year
    ("2023-05-05", None),
    ("2023-12-31", "2024-01-02"),
    ("2024-01-01", None),  # after the year
    (None, "2023-03-03"),  # without a day of receipt: in no count
]


def test_a_year_balances_and_says_what_is_old(tmp_path: Path) -> None:
    with engine_with(tmp_path, c=("came DATE, gone DATE", CASES)) as engine:
        days = (date(2023, 1, 1), date(2023, 12, 31))
        row = engine.rows(backlog_select("c", *days, old_days=730, received="came", resolved="gone"))[0]
    found = Backlog(*row)
    assert (found.pending_before, found.incoming, found.resolved, found.pending_after) == (2, 3, 2, 3)
    assert (found.old_pending, found.difference) == (1, 0)


def test_rates_follow_the_definitions_of_the_cepej() -> None:
    """CEPEJ's own illustration: 500 resolved of 550 received clears 90.9 per cent; 600 pending and 2,400 resolved in a
    year need 91 days."""
    assert round(float(clearance_rate([500], [550])[0]), 1) == 90.9
    assert round(float(disposition_time([600], [2400])[0])) == 91
    assert np.isnan(clearance_rate([5], [0])[0])
    assert np.isnan(disposition_time([5], [0])[0])


def test_forms_together_count_each_unit_once(tmp_path: Path) -> None:
    rows = [("e1", "090111"), ("e1", "060121"), ("e1", "060121"), ("e2", "060121"), ("e3", "0501"), (None, "090111")]
    forms = {"FIREARMS": "r.code LIKE '0901%'", "DRUGS": "r.code LIKE '0601%'"}
    with engine_with(tmp_path, o=("event_id VARCHAR, code VARCHAR", rows)) as engine:
        found = {(a, b): n for a, b, n in engine.rows(together_select("o", who="event_id", forms=forms))}
    assert found == {("FIREARMS", "FIREARMS"): 1, ("FIREARMS", "DRUGS"): 1, ("DRUGS", "DRUGS"): 2}
