"""A waterfall adds up to the weight of its pair and names no value."""

import math

import pytest

from justitia.integrate.waterfall import explain


def level(label: str, m: float, u: float, *, missing: bool = False) -> dict[str, object]:
    return {"label_for_charts": label, "m_probability": m, "u_probability": u, "is_null_level": missing}


MODEL = {
    "prior": 1 / 1025,
    "comparisons": [
        {
            "output_column_name": "family_name",
            "comparison_levels": [
                level("missing", 0, 0, missing=True),
                level("equal", 0.8, 0.1),
                level("one letter off", 0.15, 0.0375),
                level("different", 0.05, 0.8),
            ],
        },
        {
            "output_column_name": "date_of_birth",
            "comparison_levels": [
                level("missing", 0, 0, missing=True),
                level("equal", 0.9, 0.9 / 1024),
                level("different", 0.1, 0.9),
            ],
        },
    ],
}


def test_steps_add_up_to_the_weight() -> None:
    steps = explain("family_name=2;date_of_birth=1", 4.5, MODEL)
    assert [(step.field, step.level) for step in steps] == [
        ("prior", ""),
        ("family_name", "equal"),
        ("date_of_birth", "equal"),
        ("rarity", ""),
    ]
    assert [step.bits for step in steps] == pytest.approx([-10, 3, 10, 1.5])
    assert math.isclose(sum(step.bits for step in steps), 4.5)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("family_name=1;date_of_birth=-1", ("one letter off", "missing")),
        ("family_name=0;date_of_birth=0", ("different", "different")),
    ],
)
def test_levels_have_their_words(pattern: str, expected: tuple[str, str]) -> None:
    steps = explain(pattern, 0.0, MODEL)
    assert (steps[1].level, steps[2].level) == expected
    assert (steps[2].bits == 0.0) == (expected[1] == "missing")
