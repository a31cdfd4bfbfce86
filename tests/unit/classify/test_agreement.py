"""Kappa is that of the books and of scikit-learn; its levels are those of the ICCS."""

from __future__ import annotations

import random

import pytest

from justitia.classify.agreement import agreement, coder_names, cohen_kappa
from justitia.classify.decisions import Decision
from justitia.metadata.load import load_catalogue


def _counted(table: list[list[int]]) -> tuple[list[str], list[str]]:
    cells = [
        (str(row), str(column)) for row, counts in enumerate(table) for column, n in enumerate(counts) for _ in range(n)
    ]
    return [one for one, _ in cells], [other for _, other in cells]


def test_the_worked_example_of_sas() -> None:
    """SAS/STAT user's guide, PROC FREQ, agreement study: 88 patients, two dermatologists, four conditions."""
    found = cohen_kappa(*_counted([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]))
    assert found.kappa == pytest.approx(0.3449, abs=0.00005)
    assert found.standard_error == pytest.approx(0.0724, abs=0.00005)
    assert (found.lower, found.upper) == (pytest.approx(0.2030, abs=0.00005), pytest.approx(0.4868, abs=0.00005))


def test_the_worked_example_of_fleiss() -> None:
    """Statistical Methods for Rates and Proportions, 1981, p. 213: 100 patients, two raters, three diagnoses."""
    found = cohen_kappa(*_counted([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert (found.items, found.agreed, found.expected) == (100, pytest.approx(0.89), pytest.approx(0.66))
    assert found.kappa == pytest.approx(0.68, abs=0.005)


@pytest.mark.parametrize("seed", range(20))
def test_kappa_is_that_of_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    draw = random.Random(seed)
    categories = [f"c{n}" for n in range(draw.randint(2, 9))]
    first = [draw.choice(categories) for _ in range(draw.randint(5, 200))]
    second = [one if draw.random() < 0.6 else draw.choice(categories) for one in first]
    found = cohen_kappa(first, second)
    assert found.kappa == pytest.approx(metrics.cohen_kappa_score(first, second))
    assert found.lower is not None and found.kappa is not None and found.upper is not None
    assert -1 <= found.lower <= found.kappa <= found.upper <= 1


def test_where_kappa_says_nothing_it_is_not_given() -> None:
    assert cohen_kappa(["a", "a"], ["a", "a"]).kappa is None
    assert cohen_kappa([], []).kappa is None
    assert cohen_kappa(["a", "b"], ["a", "b"]).kappa == 1


def test_the_interval_covers_what_it_says() -> None:
    """Two coders who err independently: the true kappa lies in nine to ten of ten 95 % intervals."""
    draw = random.Random(1)
    true, runs, inside = _true_kappa(0.8, 4), 300, 0
    for _ in range(runs):
        pairs = [_coded(draw, 0.8, 4) for _ in range(150)]
        found = cohen_kappa([one for one, _ in pairs], [other for _, other in pairs])
        assert found.lower is not None and found.upper is not None
        inside += found.lower <= true <= found.upper
    assert 0.91 <= inside / runs <= 0.985


def _coded(draw: random.Random, right: float, categories: int) -> tuple[str, str]:
    truth = draw.randrange(categories)
    one, other = (truth if draw.random() < right else draw.randrange(categories) for _ in range(2))
    return str(one), str(other)


def _true_kappa(right: float, categories: int) -> float:
    agreed = right**2 + (1 - right**2) / categories
    return (agreed - 1 / categories) / (1 - 1 / categories)


def test_levels_are_those_of_the_iccs() -> None:
    iccs = load_catalogue().codelist("iccs")
    rows = [("1", "020111", "020112"), ("2", "0501", "0501"), ("3", "0502", "05021"), ("4", "0401", ""), ("5", "", "")]
    decisions = []
    for side, coder in enumerate(("Ana", "Eva"), start=1):
        for row in rows:
            code = row[side]
            decisions.append(
                Decision(coder, row[0], iccs_code=code, status="coded" if code else "no_code", sequence=len(decisions))
            )
    decisions.append(Decision("Ana", "6", iccs_code="0101", sequence=99))
    assert coder_names(decisions) == ("Ana", "Eva")
    found = agreement(decisions, ("Ana", "Eva"), iccs, {"1": 70, "2": 20, "5": 10})
    agreed = {level: kappa.agreed for level, kappa in found.levels.items()}
    assert agreed == {"section": 0.8, "division": 0.8, "group": pytest.approx(0.6), "class": pytest.approx(0.4)}
    assert {kappa.items for kappa in found.levels.values()} == {5}
    assert found.records == pytest.approx(0.3)
    assert [code for code, _, _ in found.differing] == ["1", "3", "4"]
