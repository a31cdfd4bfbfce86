"""Primary rules: small counts, rows in one category, exempt fields; dominance and p per cent on published examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from justitia.engine import Engine
from justitia.errors import JustitiaError
from justitia.metadata.definitions import Code, CodeList, DisclosureRule, PrimaryRules
from justitia.protect.hierarchy import TableAxis, parents_of
from justitia.protect.primary import dominated, estimable, primary_sql

RULE = DisclosureRule("own", "suppress", redact_up_to=3, round_to=1)
SEXES = ("F", "M", "_U")


@pytest.fixture
def redacted(tmp_path: Path) -> Callable[..., set[str]]:
    """Return a function: rows (area -> counts of SEXES) -> the redacted cells, as `area.sex`."""

    def find(table: dict[str, Iterable[int]], rule: DisclosureRule = RULE) -> set[str]:
        full = {area: dict(zip(SEXES, counts, strict=True)) for area, counts in table.items()}
        full["_T"] = {sex: sum(row[sex] for row in full.values()) for sex in SEXES}
        cells = [(a, s, n) for a, row in full.items() for s, n in [*row.items(), ("_T", sum(row.values()))]]
        made = pa.table(
            {
                "AREA": [a for a, _, _ in cells],
                "SEX": [s for _, s, _ in cells],
                "UNITS": [n for _, _, n in cells],
                "TIME_PERIOD": ["2023"] * len(cells),
                "MEASURE": ["COUNT"] * len(cells),
            }
        )
        axes = (
            TableAxis("AREA", "event.area_code", parents_of(None, full)),
            TableAxis("SEX", "victim.sex", parents_of(None, [*SEXES, "_T"])),
        )
        with Engine(scratch=tmp_path, threads=1) as engine, engine.registered("made", made) as relation:
            rows = engine.rows(
                f"SELECT AREA || '.' || SEX FROM ({primary_sql(relation, axes, rule)}) WHERE why NOTNULL"
            )
        return {row[0] for row in rows}

    return find


def ruled(**settings: Any) -> DisclosureRule:
    return replace(RULE, primary=PrimaryRules(**settings))


def test_small_counts_and_never_zero(redacted: Callable[..., set[str]]) -> None:
    assert redacted({"A": (1, 9, 5), "B": (4, 0, 8)}) == {"A.F"}


def test_zeros_beside_a_small_total_in_one_category_are_redacted(redacted: Callable[..., set[str]]) -> None:
    """Area A has 2 victims, all of them women: the zeros for men and unknown would tell so."""
    found = redacted({"A": (2, 0, 0), "B": (9, 8, 7)})
    assert found == {"A._T", "A.F", "A.M", "A._U"}
    # In two categories the same: were its zero shown, a hidden count would be known to be 1 or more.
    assert redacted({"A": (1, 1, 0), "B": (9, 8, 7)}) == {"A._T", "A.F", "A.M", "A._U"}
    assert redacted({"A": (2, 0, 0), "B": (9, 8, 7)}, ruled(small_rows=False)) == {"A._T", "A.F"}


def test_a_row_of_any_size_for_declared_fields(redacted: Callable[..., set[str]]) -> None:
    table = {"A": (40, 0, 0), "B": (9, 8, 7)}
    assert redacted(table) == set()
    assert redacted(table, ruled(row_fields=("sex",))) == {"A.F", "A.M", "A._U"}
    nearly = {"A": (39, 1, 0), "B": (9, 8, 7)}
    assert redacted(nearly, ruled(row_fields=("sex",))) == {"A.M"}
    assert redacted(nearly, ruled(row_fields=("sex",), row_percent=95)) == {"A.F", "A.M", "A._U"}


def test_unknown_is_a_category_unless_the_rule_says_otherwise(redacted: Callable[..., set[str]]) -> None:
    table = {"A": (40, 0, 9), "B": (9, 8, 7)}
    assert redacted(table, ruled(row_fields=("sex",))) == set()
    assert redacted(table, ruled(row_fields=("sex",), unknown_is_category=False)) == {"A.F", "A.M", "A._U"}


def test_fields_that_tell_nothing_of_a_person_are_left_alone(redacted: Callable[..., set[str]]) -> None:
    table = {"A": (1, 1, 0), "B": (9, 8, 7)}
    found = redacted(table, ruled(never_fields=("area_code",)))
    assert found == {"A.F", "A.M", "A._U"}, "the total of an area is no secret"
    one = {"A": (1, 0, 0)}
    assert "_T._T" in redacted(one, ruled(never_fields=())), "a grand total of 1 is a person"


def test_rows_follow_the_hierarchy() -> None:
    codes = [Code("1", {}), Code("11", {}, parent="1", level=2), Code("12", {}, parent="1", level=2), Code("2", {})]
    listed = CodeList("made", {code.code: code for code in codes})
    present = ("_T", "1", "11", "12", "1_X", "2", "_N", "odd")
    assert parents_of(listed, present) == {
        **{"_T": "", "1": "_T", "11": "1", "12": "1", "1_X": "1", "2": "_T"},
        **{"_N": "_T", "odd": "_T"},
    }
    assert parents_of(listed, ("_T", "11", "2"))["11"] == "_T", "the nearest code above that the table shows"


def cells(*contributions: list[float]) -> tuple[np.ndarray, np.ndarray]:
    width = max(map(len, contributions))
    ordered = [sorted(row, reverse=True) + [0.0] * (width - len(row)) for row in contributions]
    return np.array(ordered), np.array([sum(row) for row in contributions])


def test_dominance_and_p_percent_on_worked_examples() -> None:
    """One contributor has 50 or 90 of 100 (Hundepool et al. 2012, section 4.2.1, the case of the (1,k) and p% rules).

    With contributions 50, 30, 10, 10 the second largest, who knows 30, can say of the largest 100 - 30 = 70 at most:
    20 more than it is, 40 per cent. With 90, 5, 3, 2 he is within 5 of 90, 5.6 per cent.
    """
    largest, total = cells([50, 30, 10, 10], [90, 5, 3, 2], [0, 0, 0, 0])
    assert dominated(largest, total, n=1, k=75).tolist() == [False, True, False]
    assert dominated(largest, total, n=2, k=79).tolist() == [True, True, False]
    assert estimable(largest, total, p=10).tolist() == [False, True, False]
    assert estimable(largest, total, p=41).tolist() == [True, True, False]
    assert estimable(largest, total, p=21, coalition=2).tolist() == [True, True, False]


def test_the_handbook_example_that_dominance_lets_pass() -> None:
    """Handbook on Statistical Disclosure Control (2nd edition), section 4.2.1, example 1: 50,000 and 49,000 of 100,000.

    The (1,90) rule finds nothing, and the second largest is within 2 per cent of the largest.
    """
    largest, total = cells([50_000, 49_000, 600, 400])
    assert not dominated(largest, total, n=1, k=90).any()
    assert estimable(largest, total, p=2.1).all() and not estimable(largest, total, p=2).any()
    assert dominated(largest, total, n=2, k=90).all()


@pytest.mark.parametrize(("k", "p"), [(80, 25.0), (95, 5.26)])
def test_dominance_of_two_protects_at_least_as_p_percent_does(k: float, p: float) -> None:
    """The pairs of the same section: what is safe by the (2,k) rule is safe by the p% rule, and not the reverse."""
    random = np.random.default_rng(9)
    largest = np.sort(random.gamma(0.3, 20, (5_000, 6)), axis=1)[:, ::-1]
    total = largest.sum(axis=1)
    by_two, by_p = dominated(largest, total, n=2, k=k), estimable(largest, total, p=p)
    assert not (by_p & ~by_two).any()
    assert by_p.any() and (by_two & ~by_p).any(), "it protects more than it need"


def test_p_percent_says_what_the_second_largest_can_compute() -> None:
    random = np.random.default_rng(4)
    for _ in range(200):
        own = np.sort(random.gamma(0.5, 20, random.integers(2, 8)))[::-1]
        error = 100 * (own.sum() - own[1] - own[0]) / own[0]  # best upper guess of the largest, less the truth
        assert estimable(own[None, :], own.sum()[None], p=15).item() == (error < 15)


def test_too_few_contributors_are_an_error() -> None:
    with pytest.raises(JustitiaError, match="E-DIS-008"):
        dominated(np.array([[3.0]]), np.array([3.0]), n=2, k=80)
    with pytest.raises(JustitiaError, match="E-DIS-008"):
        estimable(np.array([[1.0, 3.0]]), np.array([4.0]), p=10)
