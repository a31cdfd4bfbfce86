"""Known parameters found again: persons simulated with constant hazards, followed through to publication."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from justitia.case_flow.attrition import attrition_table, refuse_ratio
from justitia.case_flow.opening import Opened
from justitia.derive.states import Sources
from justitia.engine import Engine
from justitia.errors import RequestError
from justitia.metadata.flow import Common, Entry, Flow, FlowBreakdown
from justitia.metadata.load import load_catalogue
from justitia.model.case_flow import FlowTable

SIZE, FIRST, UNTIL = 12_000, date(2021, 1, 1), date(2023, 12, 31)
CONVICTED = {"F": 0.0010, "M": 0.0020}  # hazards a day
ACQUITTED = 0.0015
FLOW = Flow(
    common=Common(
        "made", "flow", {"en": "Made"}, {}, "public_default", "", (FlowBreakdown("SEX", "sex", {}, reference="M"),)
    ),
    unit="suspect",
    where="",
    shared_numbers=False,
    cohort="A",
    horizons=(180, 365),
    step_days=5,
    entries=(
        Entry("contact", "suspect", ("contact_date",)),
        Entry("acquitted", "decision", ("decided_date",), "outcome = 'acquitted'", {"suspect_id": "suspect_id"}),
        Entry("convicted", "decision", ("decided_date",), "outcome = 'convicted'", {"suspect_id": "suspect_id"}),
    ),
)


def truth(sex: str, days: float) -> float:
    """Return the share convicted by a day when acquittals compete."""
    all_ways = CONVICTED[sex] + ACQUITTED
    return float(CONVICTED[sex] / all_ways * (1 - np.exp(-all_ways * days)))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    random = np.random.default_rng(11)
    sex = np.where(random.random(SIZE) < 0.4, "F", "M")
    entered = random.integers(0, (UNTIL - FIRST).days, SIZE)
    convicted = np.where(sex == "F", CONVICTED["F"], CONVICTED["M"])
    # In days that have begun: what happens in the first day is dated a day later.
    days = np.ceil(random.exponential(1 / (convicted + ACQUITTED))).astype(int)
    outcome = np.where(random.random(SIZE) < convicted / (convicted + ACQUITTED), "convicted", "acquitted")
    ids = [f"s{n}" for n in range(SIZE)]
    contact = [FIRST + timedelta(int(day)) for day in entered]
    decided = [FIRST + timedelta(int(day)) for day in entered + days]
    suspects = pa.table({"suspect_id": ids, "sex": sex, "contact_date": contact, "source_id": ["s"] * SIZE})
    known = [n for n in range(SIZE) if decided[n] <= UNTIL]
    decisions = pa.table(
        {
            "decision_id": [f"d{n}" for n in known],
            "suspect_id": [ids[n] for n in known],
            "outcome": [str(outcome[n]) for n in known],
            "decided_date": [decided[n] for n in known],
            "source_id": ["s"] * len(known),
        }
    )
    with Engine(scratch=tmp_path_factory.mktemp("simulated"), memory="400MiB") as engine:
        engine.connection.register("suspects", suspects)
        engine.connection.register("decisions", decisions)
        relations = {"suspect": "suspects", "decision": "decisions"}
        columns = {kind: set(engine.columns(relation)) for kind, relation in relations.items()}
        yield Opened(Sources(engine, load_catalogue(), relations, columns), made_up=True)


@pytest.fixture(scope="module")
def table(here: Opened) -> FlowTable:
    return attrition_table(here, FLOW, until=UNTIL.isoformat())[0]


@pytest.mark.parametrize("sex", ["F", "M"])
@pytest.mark.parametrize("days", [180, 365])
def test_published_shares_cover_the_truth(table: FlowTable, sex: str, days: int) -> None:
    own = next(p for p in table.passages if (p.cohort, p.code, p.state) == ("_T", sex, "convicted"))
    share = own.shares[days]
    assert share.value == pytest.approx(100 * truth(sex, days), abs=1.5)
    assert share.lower is not None
    assert share.upper is not None
    assert share.lower - 0.5 <= 100 * truth(sex, days) <= share.upper + 0.5


def test_the_last_cohort_is_as_the_others_where_it_was_observed(table: FlowTable) -> None:
    """A naive ratio of totals would have the last year at half of the first."""
    at = {p.cohort: p for p in table.passages if (p.breakdown, p.state) == ("_T", "convicted")}
    first, last = at["2021"], at["2023"]
    assert first.shares[180].value == pytest.approx(last.shares[180].value, abs=2.5)
    assert last.reached is not None and last.entered and first.reached is not None and first.entered
    assert last.reached / last.entered < 0.65 * first.reached / first.entered


def test_the_gap_between_groups_is_found_again(table: FlowTable) -> None:
    gap = next(g for g in table.gaps if (g.state, g.code, g.days) == ("convicted", "F", 365))
    ratio = truth("F", 365) / truth("M", 365)
    assert gap.ratio.lower is not None
    assert gap.ratio.upper is not None
    assert gap.ratio.lower <= ratio <= gap.ratio.upper


def test_open_cohorts_have_no_ratio_and_a_closed_one_has(here: Opened) -> None:
    with pytest.raises(RequestError, match="E-FLO-004"):
        refuse_ratio(here, FLOW, "convicted", "contact", cohort="2023")
    found = refuse_ratio(here, FLOW, "convicted", "contact", cohort="2021")
    expected = 100 * (0.4 * truth("F", 912) + 0.6 * truth("M", 912))  # seen for two to three years
    assert found.value == pytest.approx(expected, abs=2.5)
