"""States of units written by hand: each rule on bad input with the case that needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from justitia.aggregate.attrition import check_units, count_ways, links_select
from justitia.derive.states import UNITS, History, Sources, build_history
from justitia.engine import Engine, literal
from justitia.errors import RequestError
from justitia.metadata.flow import Common, Entry, Flow, FlowBreakdown
from justitia.metadata.load import load_catalogue

COMMON = Common("made", "flow", {"en": "Made"}, {}, "public_default", "2024-12-31", (FlowBreakdown("SEX", "sex", {}),))
CHARGE = {"suspect_id": "suspect_id"}
FLOW = Flow(
    common=COMMON,
    unit="suspect",
    where="",
    shared_numbers=False,
    cohort="A",
    horizons=(90, 365),
    step_days=1,
    entries=(
        Entry("contact", "suspect", ("contact_date",)),
        Entry("dropped", "charge", ("decided_date",), "outcome = 'dropped'", CHARGE),
        Entry("prosecuted", "charge", ("decided_date",), "outcome = 'indicted'", CHARGE),
        Entry("convicted", "decision", ("decided_date",), "outcome = 'convicted'", CHARGE, "last"),
        Entry("acquitted", "decision", ("decided_date",), "outcome = 'acquitted'", CHARGE, "last"),
    ),
)
SUSPECTS = [
    ("plain", "F", "2023-01-10"),
    ("early", "M", "2023-03-01"),  # convicted before the contact
    ("reopened", "M", "2023-01-01"),  # dropped, then prosecuted
    ("appeal", "F", "2023-01-01"),  # convicted, and acquitted on appeal
    ("joined", "M", "2023-01-01"),  # its charge leads to two suspects
    ("skipped", "M", "2023-01-01"),  # convicted without having been prosecuted
    ("undated", "M", None),
    ("typo", "M", "2024-11-01"),  # convicted in 2109
    ("open", "M", "2024-12-01"),
]
CHARGES = [
    ("c1", "plain", "indicted", "2023-02-10"),
    ("c2", "reopened", "dropped", "2023-02-01"),
    ("c3", "reopened", "indicted", "2023-04-01"),
    ("c4", "appeal", "indicted", "2023-02-01"),
    ("c5", "nobody", "indicted", "2023-02-01"),
    ("c6", "early", "indicted", "2023-03-02"),
]
DECISIONS = [
    ("d1", "plain", "convicted", "2023-05-10"),
    ("d2", "early", "convicted", "2023-02-01"),
    ("d3", "appeal", "convicted", "2023-05-01"),
    ("d4", "appeal", "acquitted", "2023-09-01"),
    ("d5", "skipped", "convicted", "2023-06-01"),
    ("d6", "typo", "convicted", "2109-06-01"),
]


def _table(engine: Engine, name: str, columns: str, rows: Sequence[Sequence[str | None]]) -> None:
    engine.execute(f"CREATE TABLE {name} ({columns}, source_id VARCHAR DEFAULT 's')")
    named = ", ".join(part.split()[0] for part in columns.split(", "))
    for row in rows:
        engine.execute(f"INSERT INTO {name} ({named}) VALUES ({', '.join(map(literal, row))})")


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    with Engine(scratch=tmp_path / "scratch", memory="300MiB", threads=1) as engine:
        _table(engine, "suspect", "suspect_id VARCHAR, sex VARCHAR, contact_date DATE", SUSPECTS)
        _table(engine, "charge", "charge_id VARCHAR, suspect_id VARCHAR, outcome VARCHAR, decided_date DATE", CHARGES)
        _table(
            engine, "decision", "decision_id VARCHAR, suspect_id VARCHAR, outcome VARCHAR, decided_date DATE", DECISIONS
        )
        relations = {name: name for name in ("suspect", "charge", "decision")}
        columns = {name: set(engine.columns(name)) for name in relations}
        yield Sources(engine, load_catalogue(), relations, columns)


@pytest.fixture
def history(sources: Sources) -> History:
    return build_history(FLOW, sources)


def units(sources: Sources) -> dict[str, tuple[object, ...]]:
    rows = sources.engine.rows(
        f"SELECT unit_id, end_state, CAST(d_convicted AS VARCHAR), is_faulty, cohort, b_SEX FROM {UNITS}"
    )
    return {row[0]: row[1:] for row in rows}


def test_a_plain_case_is_told_as_it_was(history: History, sources: Sources) -> None:
    assert units(sources)["plain"] == (None, "2023-05-10", False, "2023", "F")
    assert (history.units, history.set_aside, history.until) == (9, 1, "2024-12-31")


def test_a_decision_before_the_contact_sets_the_unit_aside(history: History, sources: Sources) -> None:
    assert units(sources)["early"][2] is True
    assert ("F-FLO-001", 1) in {(item.rule_id, item.count) for item in history.findings}


def test_an_end_after_which_the_case_went_on_is_void(history: History, sources: Sources) -> None:
    assert units(sources)["reopened"][0] is None
    assert [item.message for item in history.findings if item.rule_id == "F-FLO-004"] == [
        "dropped: followed by another state (reopened), the end is void"
    ]


def test_what_an_appeal_decides_replaces_what_was_decided(history: History, sources: Sources) -> None:
    assert units(sources)["appeal"][:2] == ("acquitted", None)
    assert [item.message[:9] for item in history.findings if item.rule_id == "F-FLO-005"] == ["convicted"]


def test_faults_of_links_and_dates_are_counted_and_name_nobody(history: History) -> None:
    found = {(item.rule_id, item.message.split(":")[0]): item.count for item in history.findings}
    assert found["F-FLO-006", "prosecuted"] == 1
    assert found["F-FLO-002", "convicted"] == 2
    assert found["F-FLO-008", "no date of entry"] == 1
    assert found["F-FLO-009", "states dated after 2024-12-31"] == 1
    assert not [item for item in history.findings if item.value]
    assert not [i for i in history.findings if any(name in i.message for name in ("plain", "appeal", "skipped", "d6"))]


def test_a_date_that_systems_fill_in_is_none(sources: Sources) -> None:
    sources.engine.execute("UPDATE suspect SET contact_date = DATE '1900-01-01' WHERE suspect_id = 'open'")
    sources.engine.execute("UPDATE decision SET decided_date = DATE '1970-01-01' WHERE decision_id = 'd1'")
    found = {(item.rule_id, item.table): item.count for item in build_history(FLOW, sources).findings}
    assert found["F-FLO-010", "suspect"] == found["F-FLO-010", "decision"] == 1
    assert found["F-FLO-008", "suspect"] == 2  # without a date of entry: the one before and this one
    assert units(sources)["plain"][1:3] == (None, False)  # neither convicted nor at fault
    assert units(sources)["open"][3] == "_N"


def test_a_state_before_all_that_may_come_before_it_is_told(sources: Sources) -> None:
    sources.engine.execute("UPDATE charge SET decided_date = DATE '2023-05-11' WHERE charge_id = 'c1'")
    found = {(item.rule_id, item.message.split(":")[0]): item.count for item in build_history(FLOW, sources).findings}
    assert found["F-FLO-003", "convicted"] == 1
    assert units(sources)["plain"][1] == "2023-05-10"  # kept as the source tells it


def test_a_record_of_several_units_puts_each_into_the_state(sources: Sources) -> None:
    """Two suspects with one number of the person: a joined case."""
    sources.engine.execute("ALTER TABLE suspect ADD COLUMN person_id VARCHAR")
    sources.engine.execute("UPDATE suspect SET person_id = 'p' WHERE suspect_id IN ('joined', 'open')")
    sources.engine.execute("ALTER TABLE decision ADD COLUMN person_id VARCHAR")
    sources.engine.execute("UPDATE decision SET person_id = 'p' WHERE decision_id = 'd1'")
    columns = {name: set(sources.engine.columns(name)) for name in sources.relations}
    entry = Entry("decided", "decision", ("decided_date",), "", {"person_id": "person_id"})
    made = build_history(replace(FLOW, entries=(FLOW.entries[0], entry)), replace(sources, columns=columns))
    assert [(f.rule_id, f.count) for f in made.findings if f.rule_id == "F-FLO-007"] == [("F-FLO-007", 1)]


def test_ways_and_links_count_every_unit_once(history: History, sources: Sources) -> None:
    ways = count_ways(
        sources.engine,
        UNITS,
        "convicted",
        step_days=1,
        ends=["dropped", "acquitted"],
        breakdowns=history.breakdowns,
        until=history.until,
        longest=365,
    )
    whole = next(w for w in ways if (w.group.cohort, w.group.code) == ("_T", "_T"))
    assert whole.outcomes.size == 7, "nine, less one set aside and one without a date"
    assert {way: float(n.sum()) for way, n in whole.outcomes.ended.items()} == {"reached": 2, "otherwise": 1}
    assert not whole.matured, "two entered in the last weeks"
    assert next(w for w in ways if w.group.code == "F").outcomes.size == 2
    rows = sources.engine.rows(links_select(UNITS, history.states, ends=["dropped", "acquitted"], until=history.until))
    links = {(source, target): n for source, target, n in rows}
    assert sum(n for (source, _), n in links.items() if source == "contact") == 7
    assert links["prosecuted", "acquitted"] == 1
    assert ("dropped", "prosecuted") not in links, "a void end is no stop on the way"


def test_a_state_without_its_fields_is_named_and_the_others_are_told(sources: Sources) -> None:
    entry = Entry("sanctioned", "sanction", ("imposed_date",), "", {"person_id": "person_id"})
    made = build_history(replace(FLOW, entries=(*FLOW.entries, entry)), sources)
    assert made.missing == {"sanctioned": "sanction"}
    assert "sanctioned" not in made.states


def test_without_the_field_of_entry_nothing_can_be_followed(sources: Sources) -> None:
    first = replace(FLOW.entries[0], dates=("arrest_date",))
    with pytest.raises(RequestError, match=r"E-FLO-003.*suspect\.arrest_date"):
        build_history(replace(FLOW, entries=(first, *FLOW.entries[1:])), sources)


@pytest.mark.parametrize(
    ("above", "below", "code"),
    [("convicted", "nowhere", "E-FLO-001"), ("convicted", "contact", "E-FLO-002")],
)
def test_states_that_count_unlike_things_have_no_ratio(above: str, below: str, code: str) -> None:
    first = replace(FLOW.entries[0], counting_unit="offence")
    flow = replace(FLOW, entries=(first, *FLOW.entries[1:]))
    with pytest.raises(RequestError) as caught:
        check_units(flow, above, below, load_catalogue().flow_states)
    assert caught.value.code == code
    if code == "E-FLO-002":
        assert "persons in cases" in caught.value.message
        assert "offences" in caught.value.message
