"""What an attacker by hand tried on published flows: deaths, years, links and parts give no redacted count away."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from justitia.case_flow.narrowness import counts_to_redact
from justitia.case_flow.redacting import redacted
from justitia.metadata.load import load_catalogue
from justitia.model.case_flow import Band, Figure, FlowTable, Heading, Link, Passage, PrisonTable, Row, ShareTable
from justitia.model.missing import TOTAL
from justitia.publish import quality_figures

RULE = load_catalogue().disclosure("public_default")  # 1 to 7 redacted, others rounded to 5, at least 3 apart
HEADING = Heading("x", "flow", {"en": "X"}, {}, "2025-12-31", True, "person", "public_default", 10, {}, {}, {}, ())


def moved(**counts: float | None) -> PrisonTable:
    movements = tuple(Row("2025", name, TOTAL, TOTAL, Figure(n)) for name, n in counts.items())
    stock = (Row("2025-12-31", TOTAL, TOTAL, TOTAL, Figure(counts["after"])),)
    return PrisonTable(HEADING, (), stock, movements, (), Figure(None), None)


def test_deaths_of_a_prison_do_not_give_a_cause_away() -> None:
    """15 deaths of two causes, both redacted: 13 at least, so that each is 6 or 7."""
    table = moved(before=100, entries=50, releases=50, after=100, deaths=15, death_suicide=None, death_natural=None)
    keys, left = counts_to_redact(table, RULE)
    made = redacted(table, keys)
    assert left == 0 and isinstance(made, PrisonTable)
    assert next(row for row in made.movements if row.measure == "deaths").figure.value is None


def test_movements_do_not_give_the_releases_away() -> None:
    """Nobody there and 10 in, 0 left in the end: 8 to 12 were released, which is no secret; 10 left: few were."""
    open_table = moved(before=0, entries=15, releases=None, after=10)  # 13 to 17 less 8 to 12: 1 to 7
    assert counts_to_redact(open_table, RULE) == (frozenset(), 0)
    table = moved(before=0, entries=20, releases=None, after=10)  # 18 to 22 less 8 to 12: 6 or 7
    keys, left = counts_to_redact(table, RULE)
    assert keys and left == 0


@pytest.mark.parametrize(("total", "gone"), [(10, False), (15, True)])
def test_years_do_not_give_one_away(total: float, gone: bool) -> None:
    """Two years of 1 to 7 and a total of 13 to 17: each is 6 or 7."""
    counts = (("2023", None), ("2024", 0.0), ("2025", None), (TOTAL, total))
    rows = [Row(year, "AID", TOTAL, TOTAL, Figure(n)) for year, n in counts]
    rows += [Row(year, "units", TOTAL, TOTAL, Figure(n)) for year, n in zip(("2023", TOTAL), (50, 100), strict=True)]
    table = ShareTable(HEADING, ("AID",), tuple(rows))
    keys, left = counts_to_redact(table, RULE)
    assert left == 0 and bool(keys) is gone


def test_links_into_a_state_do_not_give_one_away() -> None:
    """15 reached the state by two ways, both redacted: each is 6 or 7."""
    passage = Passage(TOTAL, TOTAL, TOTAL, "tried", 100, 15, 0, 85, {}, Figure(None), None)
    links = (Link("contact", "tried", None), Link("charged", "tried", None), Link("contact", "open", 85))
    table = FlowTable(HEADING, ("contact", "tried"), (90,), (passage,), links, (), {})
    keys, left = counts_to_redact(table, RULE)
    assert left == 0 and keys


def figures_of(batch: dict[str, int], rows: int, units: int) -> dict[tuple[str, str], float | None]:
    """Return (figure, subject) -> value of one batch of a source `a` with the records `b` and `c`."""
    fates = {"correction": 0, "duplicate": 0, "erased": 0, "out_of_scope": 0, "quarantined": 0, "withdrawal": 0}
    state = {
        "batches": {"b1": {"source_id": "a", "counts": {**fates, **batch}}},
        "units": [
            {"source_id": "a", "record": "b", "rows": rows, "units": rows},
            {"source_id": "a", "record": "c", "rows": rows, "units": units},
        ],
        "stages": {},
    }
    workspace = SimpleNamespace(catalogue=load_catalogue())
    return {(item.id, item.subject): item.value for item in quality_figures(workspace, state)}  # type: ignore[arg-type]


def test_the_balance_of_rows_does_not_give_the_erased_ones_away() -> None:
    """Received 848 to 852, accepted 838 to 842: 6 or 7 of them were erased."""
    found = figures_of({"rows_in": 848, "new": 842, "erased": 6}, rows=842, units=842)
    assert found["rows_erased", "a"] is None
    beside = [value for (name, subject), value in found.items() if subject == "a" and name != "rows_erased"]
    assert None in beside, "another figure went with it"
    open_enough = figures_of({"rows_in": 846, "new": 842, "erased": 4}, rows=842, units=842)
    assert open_enough["rows_received", "a"] == 845 and open_enough["rows_accepted", "a"] == 840


def test_records_made_of_the_same_rows_do_not_give_repeated_ones_away() -> None:
    found = figures_of({"rows_in": 848, "new": 848}, rows=848, units=842)
    assert found["repeated_rows", "a.c"] is None
    assert None in (found["units", "a.b"], found["units", "a.c"])


def test_of_few_units_no_zero_tells_what_became_of_them() -> None:
    """Of 1 to 7 who entered none reached the state and none ended otherwise: all would be known to be open."""
    shares = {90: Figure(0.0, 0.0, 30.0)}
    passage = Passage(TOTAL, "SEX", "F", "tried", None, 0, 0, None, shares, Figure(None), None)
    table = FlowTable(HEADING, ("contact", "tried"), (90,), (passage,), (), (), {})
    made = redacted(table, counts_to_redact(table, RULE)[0])
    assert isinstance(made, FlowTable)
    assert (made.passages[0].reached, made.passages[0].otherwise) == (None, None)
    stock = [
        Row("2025-12-31", "sentenced", TOTAL, TOTAL, Figure(0.0)),
        Row("2025-12-31", TOTAL, TOTAL, TOTAL, Figure(None)),
    ]
    prison = PrisonTable(HEADING, ("sentenced",), tuple(stock), (), (), Figure(None), None)
    kept = redacted(prison, counts_to_redact(prison, RULE)[0])
    assert isinstance(kept, PrisonTable) and all(row.figure.value is None for row in kept.stock)


@pytest.mark.parametrize("for_others", [False, True])
def test_figures_do_not_say_for_what_their_count_was_redacted(for_others: bool) -> None:
    """No share at an early day, which tells when the few came, no flat curve, and the same mark for both."""
    shares = {30: Figure(0.0, 0.0, 6.0), 90: Figure(None, is_redacted=True), 180: Figure(None)}
    band = Band(((0.0, 0.0, 0.0, 0.0), (90.0, 0.0, 0.0, 0.1)), ())
    reached = 10.0 if for_others else None
    passage = Passage(TOTAL, TOTAL, TOTAL, "tried", 50, reached, 10, 30, shares, Figure(None), band)
    table = FlowTable(HEADING, ("contact", "tried"), (30, 90, 180), (passage,), (), (), {})
    made = redacted(table, {(TOTAL, TOTAL, TOTAL, "tried", "reached")} if for_others else frozenset())
    assert isinstance(made, FlowTable)
    one = made.passages[0]
    assert one.band is None and one.median.is_redacted
    assert all(figure.value is None and figure.is_redacted for figure in one.shares.values())
