"""The audit finds what a plain attacker finds, and says how."""

from __future__ import annotations

import numpy as np
import pytest

from justitia.errors import RequestError
from justitia.protect.audit import METHOD_WORDS, audit, audit_contributors
from justitia.protect.audit.reference import intervals_by_enumeration, intervals_by_programs
from justitia.protect.system import (
    PRIMARY,
    SECONDARY,
    Dimension,
    System,
    Table,
    build_system,
    match_vintages,
    require,
    with_changes,
)

from .tables import FISCHETTI_SALAZAR, FOUR_BY_FOUR, SSB, Z1, Z1_COLUMNS, Z1_ROWS, two_way


def intervals(system: System) -> dict[str, tuple[float, float]]:
    cells = np.flatnonzero(~system.public)
    result = audit(system, require(system, cells=cells), exact=True)
    assert result.exact.all() and result.whole.all()
    ends = zip(result.lower.tolist(), result.upper.tolist(), strict=True)
    return {system.address(int(cell)): pair for cell, pair in zip(cells, ends, strict=True)}


def test_bounds_of_fischetti_and_salazar() -> None:
    table = two_way(
        FISCHETTI_SALAZAR, [(1, 0), (1, 2), (2, 0), (2, 2)], rows=("I", "II", "III"), columns=("A", "B", "C")
    )
    assert intervals(build_system([table])) == {
        "t:II.C": (5, 30),
        "t:II.A": (0, 25),
        "t:III.A": (0, 25),
        "t:III.C": (4, 29),
    }


def test_bounds_of_z1() -> None:
    hidden = [(Z1_ROWS.index(row), column) for row in "BDH" for column in (0, 1)]
    found = intervals(build_system([two_way(Z1, hidden, rows=Z1_ROWS, columns=Z1_COLUMNS)]))
    assert found["t:B.arbeid"] == (0, 6) and found["t:D.annet"] == (9, 15)


def test_bounds_of_the_hidden_zero() -> None:
    table = two_way(
        SSB, [(0, 0), (0, 1), (1, 0), (1, 1)], rows=("old", "young"), columns=("Iceland", "Portugal", "Spain")
    )
    assert intervals(build_system([table]))["t:young.Portugal"] == (0, 2)


NINE = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 3), (3, 1), (3, 3)]


def test_two_suppressions_in_every_line_are_no_protection() -> None:
    """Every line with a suppressed cell has at least two, and one cell is still exactly known."""
    table = two_way(FOUR_BY_FOUR, NINE, rows="wxyz", columns="abcd")
    system = build_system([table])
    result = audit(system, require(system, width=1))
    assert [(item.address, item.lower, item.upper) for item in result.failures] == [("t:w.b", 47, 47)]
    told = " ".join(result.failures[0].equations)
    assert "t:_T.b (1262)" in told and "t:z._T (3127)" in told  # columns b and d less rows y and z
    for mended, ends in (((1, 1), (0, 141)), ((3, 2), None)):
        again = build_system([two_way(FOUR_BY_FOUR, [*NINE, mended], rows="wxyz", columns="abcd")])
        assert audit(again, require(again, width=1)).is_safe
        assert ends is None or intervals(again)["t:w.b"] == ends


def random_tables(seed: int) -> System:
    """Return a small table of three dimensions, one of three levels, or two linked tables, with random suppressions."""
    random = np.random.default_rng(seed)
    area = Dimension("AREA", {"_T": "", "N": "_T", "N1": "N", "N2": "N", "S": "_T"})
    sex, kind = Dimension.flat("SEX", "FM"), Dimension.flat("KIND", "AB")
    leaves = random.integers(0, 3, (3, 2, 2))
    area_sums = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    sums = np.array([[1, 1], [1, 0], [0, 1]])
    cube = np.einsum("ai,sj,kl,ijl->ask", area_sums, sums, sums, leaves).astype(float)

    def table(name: str, cells: np.ndarray, *dimensions: Dimension) -> Table:
        grids = np.meshgrid(*[np.array(list(item.parents)) for item in dimensions], indexing="ij")
        status = np.where(random.random(cells.size) < 0.3, PRIMARY, 0).astype(np.uint8)
        return Table(name, dimensions, tuple(grid.ravel() for grid in grids), cells.ravel(), status, universe="u")

    if seed % 2:
        return build_system([table("a", cube[:, :, 0], area, sex), table("b", cube[:, 0, :], area, kind)])
    return build_system([table("c", cube, area, sex, kind)])


@pytest.mark.parametrize("seed", range(16))
def test_the_audit_agrees_with_linear_programs_for_every_cell(seed: int) -> None:
    system = random_tables(seed)
    cells = np.flatnonzero(system.status == PRIMARY)
    result = audit(system, require(system, cells=cells), exact=True, explained=0)
    lower, upper = intervals_by_programs(system)
    # The audit counts in whole numbers, the plain attacker does not.
    assert (result.lower >= lower[cells] - 1e-6).all() and (result.upper <= upper[cells] + 1e-6).all()
    by_programs = np.array([METHOD_WORDS[i] != "whole numbers" for i in result.method])
    assert (result.lower <= np.ceil(lower[cells] - 1e-6))[by_programs].all()
    assert (result.upper >= np.floor(upper[cells] + 1e-6))[by_programs].all()


@pytest.mark.parametrize("seed", range(16))
def test_the_audit_agrees_with_enumeration(seed: int) -> None:
    system = random_tables(seed)
    keep = np.flatnonzero(~system.public)
    if len(keep) > 9:  # what can be enumerated in a test
        system = system.with_status(
            np.where(np.isin(np.arange(system.size), keep[:9]), system.status, 0).astype(np.uint8)
        )
    cells = np.flatnonzero(~system.public)
    result = audit(system, require(system, cells=cells), exact=True, explained=0)
    most = int(system.values.max()) + 2
    lower, upper = intervals_by_enumeration(system, most=most)
    assert (result.lower == lower[cells]).all()
    assert (np.minimum(result.upper, most) == upper[cells]).all()


def test_linked_tables_are_attacked_together() -> None:
    """Each table alone hides the cell; the other one shows the margin that gives it away."""
    first = two_way([[2, 5, 6], [7, 3, 5]], [(0, 0), (0, 1), (1, 0), (1, 1)], dataflow="a", names=("AGE", "AREA"),
                    rows=("old", "young"), columns=("N", "S", "W"), universe="v")  # fmt: skip
    alone = build_system([first])
    assert audit(alone, require(alone, width=2)).is_safe
    area = Dimension.flat("AREA", ("N", "S", "W"))
    sums = Dimension("OLD", {"old": ""}, total="", concept="AGE")
    second = Table("b", (sums, area), (np.array(["old"] * 4), np.array(["_T", "N", "S", "W"])),
                   np.array([13.0, 2, 5, 6]), np.array([0, 0, PRIMARY, 0], np.uint8), universe="v")  # fmt: skip
    both = build_system([first, second])
    result = audit(both, require(both, width=2))
    assert not result.safe.any()
    given = {item.address: item.equations for item in result.failures}
    assert given["a:old.N"] == ("b:old.N is published",)
    assert "a:old._T (13)" in " ".join(given["a:old.S"])


def test_the_difference_of_two_vintages_is_a_cell() -> None:
    hidden = [(0, 0), (0, 1), (1, 0), (1, 1)]
    old, new = two_way([[5, 6, 7], [8, 9, 9]], vintage="2024"), two_way([[5, 6, 7], [8, 9, 10]], hidden, vintage="2025")
    system = build_system([new, old])
    pairs = match_vintages(system, later=0, earlier=1)
    changed = with_changes(system, pairs)
    one = np.flatnonzero((changed.values == 1) & (changed.home[:, 0] < 0))
    result = audit(changed, require(changed, cells=one, width=2))
    assert not result.is_safe  # both vintages show the cell r1.c2: its change of 1 is public
    assert any(item.address.startswith("change from t:r1.c2@2024 to t:r1.c2@2025") for item in result.failures)
    hidden_changes = (
        np.flatnonzero(np.isin(changed.changes[:, 0], np.flatnonzero(changed.status == PRIMARY))) + system.size
    )
    assert audit(changed, require(changed, cells=hidden_changes, width=2)).is_safe


def foreign(**more: object) -> Table:
    made = two_way(
        FISCHETTI_SALAZAR, [(1, 0), (1, 2), (2, 0), (2, 2)], rows=("I", "II", "III"), columns=("A", "B", "C")
    )
    values = np.where(made.status == PRIMARY, np.nan, made.values)
    return Table(made.dataflow, made.dimensions, made.keys, values, made.status, **more)  # type: ignore[arg-type]


def test_tables_of_which_we_do_not_know_the_hidden_values() -> None:
    system = build_system([foreign()])
    assert intervals(system)["t:II.C"] == (5, 30)
    assert not audit(system, require(system, width=26)).is_safe
    assert audit(system, require(system, width=25)).is_safe


def test_published_cells_that_contradict_each_other_are_refused() -> None:
    table = foreign()
    values = table.values.copy()
    values[7], values[11] = 10.0, 100.0  # row II: 19 are published, and 10 in all
    system = build_system([Table("t", table.dimensions, table.keys, values, table.status)])
    with pytest.raises(RequestError, match=r"E-PRO-110.*t:II"):
        audit(system, require(system, width=1))


def pairs(sums: dict[str, tuple[str, float]], value: float) -> System:
    """Return linked tables, each a sum of hidden cells that tables share."""
    tables = []
    for name, (parts, total) in sums.items():
        dimension = Dimension(f"D{name}", {name: "", **dict.fromkeys(parts, name)}, total="", concept="D")
        status = np.array([0, *([PRIMARY] * len(parts))], np.uint8)
        values = np.array([total, *([value] * len(parts))])
        tables.append(Table(name, (dimension,), (np.array([name, *parts]),), values, status, universe="u"))
    return build_system(tables)


def test_contradictions_that_only_a_linear_program_finds_are_refused() -> None:
    """x and y make 1, y and z make 1: then x and z do not make 3."""
    system = pairs({"p": ("xy", 1), "q": ("yz", 1), "r": ("xz", 3)}, np.nan)
    with pytest.raises(RequestError, match="E-PRO-113"):
        audit(system, require(system, width=1))


def test_whole_numbers_can_give_away_what_fractions_do_not() -> None:
    """x + y = 2, y + z = 2, x + z + w = 3: x is z, so w is odd; x is at most 1, though 1.5 by fractions."""
    system = pairs({"p": ("xy", 2), "q": ("yz", 2), "r": ("xzw", 3)}, 1)
    found = intervals(system)
    assert found["p:x"] == (0, 1) and found["r:w"] == (1, 3)
    place = [system.address(cell) for cell in range(system.size)].index("p:x")
    assert intervals_by_programs(system)[1][place] == pytest.approx(1.5)


def test_a_hidden_total_has_no_upper_end() -> None:
    table = two_way([[5, 6], [7, 8]], [(0, 0), (0, 2), (2, 0), (2, 2)])
    found = intervals(build_system([table]))
    assert found["t:r0.c0"] == (0, np.inf) and found["t:_T._T"] == (21, np.inf)


def test_known_cells_help_the_attacker() -> None:
    table = two_way(FISCHETTI_SALAZAR, [(1, 0), (1, 2), (2, 0), (2, 2)])
    system = build_system([table])
    known = np.flatnonzero(system.status == PRIMARY)[:1]
    result = audit(system, require(system, width=1), known=known)
    assert not result.safe.any()


def test_secondary_cells_that_protect_nothing_are_counted() -> None:
    table = two_way([[5, 6], [7, 8]])
    status = np.zeros(9, np.uint8)
    status[0] = SECONDARY
    system = build_system([Table("t", table.dimensions, table.keys, table.values, status)])
    assert len(audit(system, require(system)).given_away) == 1


def test_the_only_contributor_to_a_cell_knows_more_than_an_outsider() -> None:
    """Two cells of a row are hidden; whoever is the one in the first of them knows the second."""
    table = two_way([[1, 4, 9], [6, 7, 9]], [(0, 0), (0, 1), (1, 0), (1, 1)])
    system = build_system([table])
    wanted = require(system, width=1)
    assert audit(system, wanted).is_safe
    found = audit_contributors(system, wanted)
    assert {item.contributor for item in found} == {"t:r0.c0"}
    assert {item.address: (item.lower, item.upper) for item in found} == {
        "t:r0.c1": (4, 4), "t:r1.c0": (6, 6), "t:r1.c1": (7, 7)
    }  # fmt: skip
    assert "t:r0._T (14)" in " ".join(next(item for item in found if item.address == "t:r0.c1").equations)


def test_a_third_hidden_cell_keeps_the_contributor_ignorant() -> None:
    hidden = [(i, j) for i in range(3) for j in range(3)]
    system = build_system([two_way([[1, 4, 9], [6, 7, 9], [5, 5, 5]], hidden)])
    assert audit_contributors(system, require(system, width=1)) == ()


@pytest.mark.parametrize("seed", range(8))
def test_contributors_agree_with_an_audit_in_which_the_cell_is_known(seed: int) -> None:
    system = random_tables(seed)
    wanted = require(system, width=1)
    found = {(item.contributor, item.address) for item in audit_contributors(system, wanted)}
    unsafe = {item.address for item in audit(system, wanted).failures}
    for cell in np.flatnonzero(~system.public & (system.values == 1)).tolist():
        more = audit(system, wanted, known=np.array([cell]))
        plain = {item.address for item in more.failures} - unsafe - {system.address(cell)}
        assert {address for who, address in found if who == system.address(cell)} - unsafe == plain
