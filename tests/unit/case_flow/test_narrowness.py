"""Sums of a flow give no redacted count away: what would is redacted too, with all that is computed from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from justitia.case_flow.narrowness import counts_to_redact
from justitia.case_flow.redacting import redacted
from justitia.metadata.load import load_catalogue
from justitia.model.case_flow import Band, Figure, FlowTable, Heading, Link, Passage, PrisonTable, Row, ShareTable
from justitia.model.missing import TOTAL

RULE = load_catalogue().disclosure("public_default")
HEADING = Heading("made", "flow", {"en": "Made"}, {}, "", True, "person", "public_default", 10, {}, {}, {}, ())
BAND = Band(((0.0, 0.0, 0.0, 0.0), (90.0, 0.7, 0.5, 0.8)), ())


def passage(*counts: float | None) -> Passage:
    return Passage(TOTAL, TOTAL, TOTAL, "charged", *counts, {90: Figure(70, 60, 80)}, Figure(40), BAND)


def flow(*passages: Passage, links: tuple[Link, ...] = ()) -> FlowTable:
    return FlowTable(HEADING, ("contact", "charged"), (90,), passages, links, (), {})


def test_a_redacted_way_out_that_the_total_bounds_takes_the_smallest_other_with_it() -> None:
    table = flow(passage(40, 30, 0, None))  # 40 and 30 leave 6 or 7
    keys, left = counts_to_redact(table, RULE)
    made = redacted(table, keys)
    assert left == 0 and isinstance(made, FlowTable)
    assert made.passages[0].otherwise is None and made.passages[0].reached == 30
    assert made.passages[0].shares[90].value == 70  # shares are of who entered and who reached the state


def test_a_share_goes_with_the_count_that_it_is_made_of() -> None:
    table = flow(passage(20, 10, None, None))
    keys = {(TOTAL, TOTAL, TOTAL, "charged", "reached")}
    made = redacted(table, keys)
    assert isinstance(made, FlowTable)
    assert made.passages[0].shares[90].is_redacted and made.passages[0].band is None


@pytest.mark.parametrize("counts", [(200, 80, 40, 80), (200, 150, None, 50), (None, None, None, None)])
def test_what_nobody_can_place_stays(counts: tuple[float | None, ...]) -> None:
    assert counts_to_redact(flow(passage(*counts)), RULE) == (frozenset(), 0)


def test_what_leaves_the_entry_is_who_entered() -> None:
    links = (Link("contact", "charged", 30), Link("contact", "open", None))
    keys, left = counts_to_redact(flow(passage(40, 30, 10, 0), links=links), RULE)
    assert ("link", "contact", "charged") in keys and left == 0


def test_groups_of_a_stock_do_not_give_the_last_one_away() -> None:
    stock = [
        Row("2025-12-31", status, breakdown, code, Figure(n))
        for status in (TOTAL, "unsentenced")
        for breakdown, code, n in ((TOTAL, TOTAL, 25), ("AGE", "adult", 15), ("AGE", "_N", None))
    ]
    shares = (Row("2025-12-31", "share_unsentenced", "AGE", "adult", Figure(100.0)),)
    table = PrisonTable(HEADING, ("unsentenced",), tuple(stock), (), shares, Figure(None), None)
    keys, left = counts_to_redact(table, RULE)
    made = redacted(table, keys)
    assert left == 0 and keys and isinstance(made, PrisonTable)
    assert made.shares[0].figure.is_redacted


def test_a_share_of_a_group_goes_with_its_count() -> None:
    rows = tuple(
        Row(TOTAL, name, "SEX" if code != TOTAL else TOTAL, code, Figure(n))
        for name, code, n in (
            ("units", TOTAL, 30),
            ("units", "F", None),
            ("units", "M", 30),
            ("AID", TOTAL, 10),
            ("AID", "M", 10),
            ("AID.share", "M", 33.3),
        )
    )
    table = ShareTable(HEADING, ("AID",), rows)
    made = redacted(table, {(TOTAL, "units", "SEX", "M")})
    assert isinstance(made, ShareTable)
    at = {(r.measure, r.code): r.figure for r in made.rows}
    assert at["AID.share", "M"].is_redacted and at["units", "M"].is_redacted and at["AID", "M"].value == 10


def test_no_number_still_observed_is_smaller_than_a_step() -> None:
    band = Band(BAND.steps, ((0.0, 200.0), (365.0, 5.0)))
    made = redacted(flow(replace(passage(200, 80, 40, 80), band=band)), set())
    assert isinstance(made, FlowTable) and made.passages[0].band is not None
    assert made.passages[0].band.watched == ((0.0, 200.0),)
