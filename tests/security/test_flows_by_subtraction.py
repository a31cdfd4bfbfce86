"""What an attacker by hand tried on published flows: deaths, years, links and parts give no redacted count away."""

from __future__ import annotations

import pytest

from justitia.case_flow.narrowness import counts_to_redact
from justitia.case_flow.redacting import redacted
from justitia.metadata.load import load_catalogue
from justitia.model.case_flow import Figure, FlowTable, Heading, Link, Passage, PrisonTable, Row, ShareTable
from justitia.model.missing import TOTAL

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
