"""Age-standardised rates against the example of Fay and Feuer (1997): Down's syndrome, Michigan 1950-1964."""

from __future__ import annotations

import pytest

from justitia.aggregate.standardised import age_bounds, merged_weights, standardised_rate
from justitia.errors import RequestError
from justitia.metadata.load import load_catalogue

# Fleiss (1981), table 14.4: cases and live births by age of the mother, first births and births of order five and more.
FIRST = [107, 141, 60, 40, 39, 25], [230_061, 329_449, 114_920, 39_487, 14_208, 3_052]
FIFTH = [0, 8, 63, 112, 262, 295], [327, 30_666, 123_419, 149_919, 104_088, 34_392]
BIRTHS = [319_933, 931_318, 786_511, 488_235, 237_863, 61_313]


def test_the_printed_rate_and_interval() -> None:
    made = standardised_rate(*FIFTH, BIRTHS, per=1e5, small_below=20)
    printed = (75.52901, 67.70212, 188.30017)  # as the package dsrTest prints it for this example
    assert (round(float(made.values), 5), round(float(made.lower), 5), round(float(made.upper), 5)) == printed
    assert round(float(standardised_rate(*FIRST, BIRTHS, per=1, small_below=20).values), 8) == 0.00092305


def test_both_orders_at_once() -> None:
    both = standardised_rate([FIRST[0], FIFTH[0]], [FIRST[1], FIFTH[1]], BIRTHS, per=1e5, small_below=500)
    assert both.values.round(2).tolist() == [92.3, 75.53] and both.is_small.tolist() == [True, False]


def test_no_case_has_a_lower_end_of_zero() -> None:
    made = standardised_rate([0, 0], [1_000, 1_000], [1, 1], per=1, small_below=1)
    # One stratum's weight over its population, times Garwood's upper end of 0.
    assert float(made.lower) == 0.0 and float(made.upper) == pytest.approx(3.6889 * 0.5 / 1_000, rel=1e-4)


def test_a_standard_of_its_own_ages_gives_the_crude_rate() -> None:
    made = standardised_rate(*FIRST, FIRST[1], per=1, small_below=1)
    assert float(made.values) == pytest.approx(sum(FIRST[0]) / sum(FIRST[1]))


@pytest.mark.parametrize(("name", "total"), [("who_2000_2025", 1_000_000), ("esp_2013", 100_000)])
def test_the_packaged_standards(name: str, total: int) -> None:
    standard = load_catalogue().population_standard(name)
    assert sum(standard.values()) == total
    assert list(standard) == list(load_catalogue().codelist("age_group_five_years").codes)


def test_weights_of_wider_groups() -> None:
    standard = load_catalogue().population_standard("esp_2013")
    assert merged_weights(standard, ["Y0T14", "Y15T64", "Y_GE65"]) == [16_000, 64_500, 19_500]
    with pytest.raises(RequestError, match="E-IND-005"):
        merged_weights(standard, ["Y0T17", "Y_GE18"])
    with pytest.raises(RequestError, match="E-IND-005"):
        merged_weights(standard, ["Y0T14", "Y_GE65"])


def test_ages_by_code() -> None:
    assert [age_bounds(code) for code in ("Y0T4", "Y17", "Y_GE85")] == [(0, 4), (17, 17), (85, 200)]
    with pytest.raises(RequestError, match="E-IND-006"):
        age_bounds("18-24")
