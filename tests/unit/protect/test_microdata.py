"""Files of persons: k-anonymity and l-diversity on the drawn examples of their authors, extremes, private counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from justitia.errors import JustitiaError
from justitia.protect.differential import Budget, private_counts
from justitia.protect.microdata import code_extremes, extreme_limits, report_anonymity

# The shape of the example of Machanavajjhala et al. 2007, figure 2: three groups of four, one with one condition only.
GROUPS = pa.table(
    {
        "zip": ["130**"] * 4 + ["1485*"] * 4 + ["130**"] * 4,
        "age": ["<30"] * 4 + [">=40"] * 4 + ["3*"] * 4,
        "condition": ["heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral", *["cancer"] * 4],
    }
)


def test_anonymity_of_the_published_example() -> None:
    found = report_anonymity(GROUPS, ["zip", "age"], k=4, sensitive=["condition"], least_values=2)
    assert (found.records, found.classes, found.smallest, found.below) == (12, 3, 4, 0)
    assert found.diversity == {"condition": 1} and found.uniform == {"condition": 4}
    five = report_anonymity(GROUPS, ["zip", "age"], k=5)
    assert five.below == 12
    one = report_anonymity(GROUPS, ["zip"], k=5)
    assert (one.classes, one.smallest, one.below) == (2, 4, 4)


def test_missing_values_are_values() -> None:
    table = pa.table({"a": ["x", None, None], "s": [1, None, 2]})
    found = report_anonymity(table, ["a"], k=2, sensitive=["s"])
    assert (found.classes, found.smallest, found.below, found.diversity["s"]) == (2, 1, 1, 1)


@pytest.mark.parametrize(("names", "k"), [(["no"], 3), ([], 3), (["zip"], 1)])
def test_wrong_questions_are_refused(names: list[str], k: int) -> None:
    with pytest.raises(JustitiaError, match="E-MIC-001"):
        report_anonymity(GROUPS, names, k=k)


def test_extremes_are_coded_so_that_none_stands_alone() -> None:
    table = pa.table({"age": pa.array([1, 20, 21, 22, None, 40, 41, 97, 99], pa.int64()), "other": range(9)})
    lower, upper = extreme_limits(table, "age", least=3)
    assert (lower, upper) == (21, 41)
    coded, changed = code_extremes(table, "age", lower=lower, upper=upper)
    assert coded["age"].to_pylist() == [21, 21, 21, 22, None, 40, 41, 41, 41]
    assert changed == 4 and coded["other"] == table["other"]
    assert code_extremes(table, "age", upper=95)[0]["age"].to_pylist()[-3:] == [41, 95, 95]
    with pytest.raises(JustitiaError, match="E-MIC-002"):
        extreme_limits(table, "age", least=5)


def test_private_counts_spend_a_budget_until_it_is_gone(tmp_path: Path) -> None:
    pytest.importorskip("opendp")
    budget = Budget(tmp_path / "budget.json", {"by_area": 1.0})
    counts = np.full(4_000, 50)
    made = private_counts(counts, table="by_area", epsilon=0.6, budget=budget, purpose="first")
    # Discrete Laplace of scale 1 / 0.6: variance 2 q / (1 - q)^2 with q = exp(-0.6), which is 5.39.
    assert abs(made.mean() - 50) < 0.2 and made.var() == pytest.approx(5.39, rel=0.15)
    assert budget.left("by_area") == pytest.approx(0.4)
    with pytest.raises(JustitiaError, match=r"E-MIC-005.*0.4 is left"):
        private_counts(counts, table="by_area", epsilon=0.5, budget=budget, purpose="too much")
    private_counts(counts, table="by_area", epsilon=0.4, budget=Budget(budget.file, budget.limits), purpose="rest")
    assert budget.left("by_area") == pytest.approx(0)
    assert [item.purpose for item in budget.entries()["by_area"]] == ["first", "rest"]
    with pytest.raises(JustitiaError, match="E-MIC-005"):
        private_counts(counts, table="by_area", epsilon=0.01, budget=budget, purpose="once more")
    with pytest.raises(JustitiaError, match="E-MIC-004"):
        private_counts(counts, table="other", epsilon=0.1, budget=budget, purpose="none")


def test_private_counts_are_never_negative(tmp_path: Path) -> None:
    pytest.importorskip("opendp")
    budget = Budget(tmp_path / "budget.json", {"t": 1.0})
    made = private_counts(np.zeros(500, int), table="t", epsilon=0.1, budget=budget, purpose="zeros", cells_of_unit=4)
    assert made.min() == 0 and made.max() > 20, "a scale of 40"
