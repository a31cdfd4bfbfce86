"""Proofs of attacks are used where nothing changed, and nowhere else; the quick attack finds what the plain does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from justitia.protect.audit import AuditResult, Proofs, audit, intervals
from justitia.protect.audit.reference import intervals_by_programs
from justitia.protect.system import System, build_system, require

from .tables import two_way


def table(seed: int, share: float = 0.4) -> System:
    """Return a table of 7 x 7 in which a share of the inner cells is suppressed."""
    random = np.random.default_rng(seed)
    hidden = np.argwhere(random.random((7, 7)) < share)
    return build_system([two_way(random.integers(0, 12, (7, 7)), [(int(r), int(c)) for r, c in hidden])])


def attack(system: System, width: float, proofs: Proofs | None = None) -> AuditResult:
    return audit(system, require(system, width=width), proofs=proofs, explained=0)


def safe_table() -> System:
    return next(found for seed in range(50) if attack(found := table(seed), 2.0).is_safe)


def test_what_is_unchanged_is_not_attacked_again() -> None:
    system, proofs = safe_table(), Proofs()
    first = attack(system, 2.0, proofs)
    again = attack(system, 2.0, Proofs(proofs.table()))
    assert first.programs > 0 and again.programs == 0
    for name in ("lower", "upper", "exact", "whole", "method", "safe"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


@pytest.mark.parametrize("what", ["width", "upper", "lower", "values", "whole"])
def test_what_changed_is_attacked_again(what: str) -> None:
    system, proofs = safe_table(), Proofs()
    attack(system, 2.0, proofs)
    changed, width = system, 2.0
    if what == "width":
        width = 3.0
    elif what == "upper":
        changed = replace(system, upper=np.where(system.public, system.upper, system.values + 1))
    elif what == "lower":
        changed = replace(system, lower=np.where(system.public, system.lower, np.maximum(system.values - 1, 0)))
    elif what == "values":
        changed = replace(system, values=system.values * 2)
    else:
        changed = replace(system, whole=np.zeros(system.size, bool))
    plain, found = attack(changed, width), attack(changed, width, stored := Proofs(proofs.table()))
    assert stored.reused == 0 and found.programs == plain.programs
    np.testing.assert_array_equal(found.safe, plain.safe)


def test_what_is_unsafe_is_never_filed() -> None:
    system = build_system([two_way([[3, 4, 6], [2, 1, 5]], [(0, 0), (0, 1), (1, 0), (1, 1)])])
    proofs = Proofs()
    assert not attack(system, 100.0, proofs).is_safe
    assert proofs.table().num_rows == 0
    assert not attack(system, 100.0, proofs).is_safe


def test_an_empty_file_of_proofs_is_read() -> None:
    assert Proofs(Proofs().table()).table().num_rows == 0


@pytest.mark.parametrize("interior", [0, 10_000])
@pytest.mark.parametrize("seed", range(6))
def test_many_cells_at_once_agree_with_the_plain_attacker(
    monkeypatch: pytest.MonkeyPatch, interior: int, seed: int
) -> None:
    monkeypatch.setattr(intervals, "INTERIOR", interior)
    system = table(seed, 0.6)
    system = replace(system, whole=np.zeros(system.size, bool))  # the plain attacker does not know of whole numbers
    low, high = intervals_by_programs(system)
    for width in (1.0, 4.0, 9.0):
        found = attack(system, width)
        cells = found.requirements.cells
        np.testing.assert_array_equal(found.safe, high[cells] - low[cells] >= width - 1e-6)
        # What is shown is possible, and what is called exact is.
        assert (found.lower >= low[cells] - 1e-5).all() and (found.upper <= high[cells] + 1e-5).all()
        np.testing.assert_allclose(found.lower[found.exact], low[cells][found.exact], atol=1e-5)
        np.testing.assert_allclose(found.upper[found.exact], high[cells][found.exact], atol=1e-5)
