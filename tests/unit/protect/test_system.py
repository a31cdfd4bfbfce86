"""The linear system: what is one cell, what adds up, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from justitia.errors import RequestError
from justitia.protect.system import (
    HIDDEN,
    PRIMARY,
    Dimension,
    Table,
    build_system,
    match_vintages,
    require,
    with_changes,
)
from justitia.protect.system.presolve import reduce_system

from .tables import SSB, two_way

AREAS = Dimension("AREA", {"_T": "", "N": "_T", "N1": "N", "N2": "N", "S": "_T"})


def nested(values: list[float], **more: object) -> Table:
    codes = np.array(["_T", "N", "N1", "N2", "S"])
    return Table("t", (AREAS,), (codes,), np.array(values, dtype=float), **more)  # type: ignore[arg-type]


def test_sums_of_every_level_are_equations() -> None:
    system = build_system([nested([12, 5, 2, 3, 7])])
    assert system.matrix.shape == (2, 5)
    assert np.abs(system.matrix @ system.values).max() == 0
    assert {system.address(i) for i in range(5)} == {"t:_T", "t:N", "t:N1", "t:N2", "t:S"}


def test_cells_of_linked_tables_that_mean_the_same_are_one_variable() -> None:
    first = two_way(SSB, dataflow="a", names=("AGE", "COUNTRY"), universe="victims")
    second = two_way([[7, 3, 3], [2, 5, 0]], dataflow="b", names=("AGE", "SEX"), universe="victims")
    system = build_system([first, second])
    assert system.size == 24 - 3  # the two ages and the total are in both
    assert system.size == build_system([first]).size + build_system([second]).size - 3
    apart = build_system([first, two_way([[7, 3, 3], [2, 5, 0]], dataflow="b", names=("AGE", "SEX"))])
    assert apart.size == 24


def test_a_cell_shown_by_one_table_is_public_though_another_hides_it() -> None:
    first = two_way(SSB, dataflow="a", names=("AGE", "COUNTRY"), universe="victims")
    status = np.zeros(12, np.uint8)
    status[3] = PRIMARY
    hides = Table(first.dataflow, first.dimensions, first.keys, first.values, status, universe="victims")
    shows = two_way([[7, 6], [2, 5]], dataflow="b", names=("AGE", "SEX"), universe="victims")
    system = build_system([hides, shows])
    cell = system.variables[0][3]
    assert system.status[cell] == PRIMARY and system.public[cell]


def test_two_vintages_and_their_changes() -> None:
    old, new = two_way(SSB, vintage="2024"), two_way([[3, 4, 6], [3, 0, 5]], vintage="2025")
    system = build_system([new, old])
    pairs = match_vintages(system, later=0, earlier=1)
    assert len(pairs) == 12 and system.size == 24
    changed = with_changes(system, pairs)
    assert changed.size == 36 and np.abs(changed.matrix @ changed.values).max() == 0
    assert sorted(changed.values[24:]) == [0] * 8 + [1] * 4
    assert (changed.status[24:] == HIDDEN).all() and changed.lower[24:].max() < 0
    assert changed.address(24).startswith("change from t:") and "@2025" in changed.address(24)


def test_arithmetic_solves_what_it_can_and_the_rest_falls_apart() -> None:
    system = build_system([two_way(SSB, [(1, 1)])])
    assert np.nansum(reduce_system(system).fixed[system.status == PRIMARY]) == 0
    assert not reduce_system(system).components
    counts = np.full((4, 4), 9)
    both = build_system([two_way(counts, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)])])
    assert sorted(len(part.columns) for part in reduce_system(both).components) == [4, 4]


def test_parts_of_an_empty_total_are_known() -> None:
    system = build_system([two_way([[0, 0, 0], [4, 5, 6]], [(0, 0), (0, 1), (1, 0), (1, 1)])])
    fixed = reduce_system(system).fixed
    assert not np.isnan(fixed).any()


def test_absent_cells_are_zero_or_hidden_as_said() -> None:
    keys = (np.array(["_T", "N", "N1", "S"]),)
    with pytest.raises(RequestError, match=r"E-PRO-106.*t:N.*1 of its 2 parts"):
        build_system([Table("t", (AREAS,), keys, np.array([9.0, 2, 2, 7]))])
    zero = build_system([Table("t", (AREAS,), keys, np.array([9.0, 2, 2, 7]), absent="zero")])
    assert zero.size == 4
    hidden = build_system([Table("t", (AREAS,), keys, np.array([9.0, 4, 2, 5]), absent="hidden")])
    assert hidden.size == 5 and np.isnan(hidden.values).sum() == 1


def wrong_sum() -> Table:
    return nested([12, 5, 2, 4, 7])


def negative() -> Table:
    return nested([12, 5, -2, 7, 7])


def fraction() -> Table:
    return nested([12, 5, 2.5, 2.5, 7])


def twice() -> Table:
    return Table("t", (AREAS,), (np.array(["_T", "N", "N"]),), np.array([1.0, 1, 1]))


def undeclared() -> Table:
    return Table("t", (AREAS,), (np.array(["_T", "W"]),), np.array([1.0, 1]))


def gap() -> Table:
    dimension = Dimension("AREA", {"_T": "", "N1": "N"})
    return Table("t", (dimension,), (np.array(["_T"]),), np.array([1.0]))


def circle() -> Table:
    dimension = Dimension("AREA", {"_T": "", "N": "M", "M": "N"})
    return Table("t", (dimension,), (np.array(["_T"]),), np.array([1.0]))


def two_roots() -> Table:
    dimension = Dimension("AREA", {"_T": "", "N": ""})
    return Table("t", (dimension,), (np.array(["_T"]),), np.array([1.0]))


def no_margin() -> Table:
    return Table("t", (AREAS,), (np.array(["N", "N1", "N2", "S"]),), np.array([5.0, 2, 3, 7]), absent="zero")


def without_value() -> Table:
    return nested([12, 5, 2, float("nan"), 7])


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (wrong_sum, "E-PRO-107.*t:N.*add up to 6 and not to 5"),
        (negative, "E-PRO-104.*t:N1"),
        (fraction, "E-PRO-104.*t:N1.*fraction"),
        (twice, "E-PRO-103"),
        (undeclared, r"E-PRO-101.*AREA.*\[W\]"),
        (gap, r"E-PRO-102.*\[N1\] is part of \[N\]"),
        (circle, "E-PRO-102.*itself"),
        (two_roots, "E-PRO-102.*lead up"),
        (no_margin, "E-PRO-106.*margin"),
        (without_value, "E-PRO-106.*no value"),
    ],
)
def test_bad_tables_are_refused_with_the_cell(table: Callable[[], Table], code: str) -> None:
    with pytest.raises(RequestError, match=code):
        build_system([table()])


def test_magnitudes_may_be_fractions_and_negative_where_declared() -> None:
    assert build_system([nested([12, 5, 2.5, 2.5, 7], magnitude=True)]).size == 5
    assert build_system([nested([12, 5, -2, 7, 7], least=-np.inf)]).size == 5


def test_linked_tables_that_disagree_are_refused() -> None:
    first = two_way(SSB, dataflow="a", names=("AGE", "COUNTRY"), universe="victims")
    second = two_way([[7, 7], [2, 5]], dataflow="b", names=("AGE", "SEX"), universe="victims")
    with pytest.raises(RequestError, match="E-PRO-108"):
        build_system([first, second])


def test_two_dimensions_of_one_meaning_are_refused() -> None:
    with pytest.raises(RequestError, match="E-PRO-109"):
        build_system([two_way(SSB, names=("AGE", "AGE"))])


def test_requirements_that_make_no_sense_are_refused() -> None:
    system = build_system([two_way(SSB, [(1, 1)])])
    with pytest.raises(RequestError, match="E-PRO-111"):
        require(system, below=-1)
    unknown = two_way(SSB, [(1, 1)])
    values = unknown.values.copy()
    values[5] = np.nan
    foreign = build_system([Table("t", unknown.dimensions, unknown.keys, values, unknown.status)])
    with pytest.raises(RequestError, match="E-PRO-112"):
        require(foreign, above=3)
    assert len(require(foreign, width=3)) == 1
