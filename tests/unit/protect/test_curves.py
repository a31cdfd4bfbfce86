"""Published curves move only in steps of several units, whatever the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from justitia.metadata.load import load_catalogue
from justitia.protect.curves import protected_size, step_of, stepped

RULE = load_catalogue().disclosure("public_default")


def test_a_step_stands_for_more_units_than_the_rule_hides() -> None:
    assert (RULE.redact_up_to, RULE.round_to, step_of(RULE)) == (7, 5, 10)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40))
def test_every_move_is_a_multiple_of_the_step_and_near_the_truth(counts: list[int]) -> None:
    exact = np.array(counts, dtype=float)
    drawn = stepped(exact, RULE)
    assert (drawn >= 0).all()
    assert (drawn % step_of(RULE) == 0).all()
    gap = np.abs(np.cumsum(drawn) - np.cumsum(exact))
    assert gap.max() <= RULE.redact_up_to


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.integers(0, 29))
def test_one_unit_more_shows_in_at_most_one_step(counts: list[int], place: int) -> None:
    """Who knows all others learns of one unit no more than that a step comes at one time or another."""
    exact = np.array(counts, dtype=float)
    more = exact.copy()
    more[place % len(counts)] += 1
    difference = np.cumsum(stepped(more, RULE)) - np.cumsum(stepped(exact, RULE))
    assert set(np.unique(difference)) <= {0, step_of(RULE)}


@pytest.mark.parametrize(("size", "shown"), [(0, None), (3, None), (7, None), (8, 10), (103, 105)])
def test_a_group_that_the_rule_hides_has_no_curve(size: float, shown: float | None) -> None:
    assert protected_size(size, 0, RULE) == shown


def test_the_size_is_never_below_what_is_drawn() -> None:
    assert protected_size(12, 20, RULE) == 20
