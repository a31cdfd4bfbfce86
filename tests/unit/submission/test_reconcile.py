"""Two tables of one quantity, and the published pairs whose differences are known."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from justitia.errors import RequestError
from justitia.metadata.load import load_catalogue
from justitia.submission.reconcile import Reconciliation, read_values, reconcile

SHARED = Path(os.environ.get("JUSTITIA_SHARED", Path(__file__).parents[4] / "shared"))
REASONS = load_catalogue().reasons


def compare(
    left: dict[tuple[str, ...], float], right: dict[tuple[str, ...], float], **options: float
) -> Reconciliation:
    return reconcile(left, right, REASONS, columns=("year",), **options)


def series(*values: float, start: int = 2010) -> dict[tuple[str, ...], float]:
    return {(str(start + place),): value for place, value in enumerate(values)}


def kinds(made: Reconciliation) -> list[str]:
    return [reason.kind for reason in made.reasons]


def shared(name: str) -> Path:
    file = SHARED / "data" / name
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return file


def test_equal_tables_need_no_reason() -> None:
    made = compare(series(5, 6, 7), series(5, 6, 7))
    assert made.equal == 3 and made.differences == () and made.reasons == ()


def test_keys_of_one_table_alone_are_told() -> None:
    made = compare(series(5, 6), series(5, 6, start=2011))
    assert made.only_left == (("2010",),) and made.only_right == (("2012",),)
    assert [(item.left, item.right, item.ratio) for item in made.differences] == [(6, 5, 1.2)]


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (series(500, 700, 900), series(0.005, 0.007, 0.009), "unit"),
        (series(5000, 7000, 9000), series(5, 7, 9), "unit"),
        (series(11, 12, 13, 14, 15), series(10, 11, 12, 13, 14), "period"),
        (series(10, 20, 30, 40, 50, 60), series(10, 20, 30, 40, 50, 55), "revision"),
        (series(105, 210, 312, 417, 524), series(100, 200, 300, 400, 500), "scope"),
        (series(100, 90, 130, 70, 115, 104), series(110, 70, 120, 90, 105, 109), "recording rule"),
    ],
)
def test_the_likely_reason(left: dict[tuple[str, ...], float], right: dict[tuple[str, ...], float], kind: str) -> None:
    assert kinds(compare(left, right))[0] == kind


def test_printed_figures_may_be_rounded() -> None:
    assert compare(series(5.04, 6.1), series(5, 6), tolerance=0.05).equal == 1


def test_a_table_without_the_columns_or_with_a_text(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('year,n\n2010,"1,234"\n2010,6\n2011,\n2012,many\n')
    with pytest.raises(RequestError, match="E-RCN-001"):
        read_values(file, key=("jahr",), value="n")
    with pytest.raises(RequestError, match=r"E-RCN-002 \[a\.csv:5\]"):
        read_values(file, key=("year",), value="n")
    assert read_values(file, key=("year",), value="n", where={"year": "2010"}) == {("2010",): 1240.0}


# -- against what is published ------------------------------------------------------------------------------------
def test_homicide_in_the_united_states_by_the_fbi_and_by_unodc() -> None:
    fbi = read_values(
        shared("un_reference_tables/fbi/estimated_crimes_1979_2019.csv"),
        key=("year",),
        value="homicide",
        where={"state_abbr": ""},
    )
    rows = csv.DictReader(shared("un_reference_tables/unodc_gsh2019/unodc_Shiny_DT.csv").open(encoding="utf-8"))
    own = next(
        r for r in rows if r["Country"] == "United States of America" and r["Indicator"] == "Homicide Total Count"
    )
    unodc = {(year,): float(own[year]) for year in map(str, range(2005, 2018))}
    made = compare({key: value for key, value in fbi.items() if key in unodc}, unodc)
    assert made.equal == 12
    assert [(item.key, item.left, item.right) for item in made.differences] == [(("2017",), 17294, 17284)]
    assert kinds(made) == ["revision", "revision"], "one late correction, told twice: in the last year, and single"


def test_colombia_differs_from_unodc_everywhere_by_a_like_share() -> None:
    told = json.loads(shared("published_pairs.json").read_text())["colombia_homicides"]
    own = {(year,): float(n) for year, n in told["year_totals"].items()}
    unodc = {(year,): float(n) for year, n in told["unodc_published_same_country_differs"].items()}
    made = compare(own, unodc)
    assert made.equal == 0 and len(made.differences) == 7
    assert all(0.97 < (item.ratio or 0) < 0.99 for item in made.differences)
    assert kinds(made)[0] == "scope"


UNODC = "un_reference_tables/unodc_gsh2019"


def by_country(table: str, indicator: str) -> dict[tuple[str, ...], float]:
    where = {"Indicator": indicator}
    return read_values(shared(f"{UNODC}/{table}"), key=("Country", "year"), value="YEARS", where=where)


def test_a_column_for_each_year(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('place,what,2010,2011,note\nA,n,5,,x\nB,n,6,"1,000",y\nB,m,9,9,z\n')
    found = read_values(file, key=("place", "year"), value="YEARS", where={"what": "n"})
    assert found == {("A", "2010"): 5, ("B", "2010"): 6, ("B", "2011"): 1000}


def test_colombia_by_department_against_the_table_of_unodc() -> None:
    own = read_values(shared("colombia_homicides/department_year.csv"), key=("year",), value="total_homicides")
    where = {"Country": "Colombia", "Indicator": "Homicide Total Count"}
    unodc = read_values(shared(f"{UNODC}/unodc_Shiny_DT.csv"), key=("year",), value="YEARS", where=where)
    made = compare(own, unodc)
    told = json.loads(shared("published_pairs.json").read_text())["colombia_homicides"]
    lines = {item.key[0]: (item.left, item.right) for item in made.differences}
    for year, published in told["unodc_published_same_country_differs"].items():
        assert lines[year] == (told["year_totals"][year], published)
    assert made.reasons


def test_the_criminal_justice_table_of_unodc_holds_together() -> None:
    """Men and women make up the persons brought into contact in nearly every country and year."""
    both = by_country("unodc_cjsr.csv", "Persons Brought into Formal Contact")
    men, women = (by_country("unodc_cjsr.csv", f"{sex} Brought into Formal Contact") for sex in ("Male", "Female"))
    summed = {key: men[key] + women[key] for key in men.keys() & women.keys()}
    made = reconcile(both, summed, REASONS, columns=("Country", "year"))
    assert (made.equal, len(made.differences)) == (725, 24)
    assert made.differences[0].key == ("Republic of Korea", "2016") and made.differences[0].right == 479
    assert "revision" in kinds(made), "single cells"


@pytest.mark.parametrize(("name", "trap"), [("cts_robbery", True), ("cts_kidnap", True), ("cts_assault", False)])
def test_the_rate_that_is_a_count_divided_by_100_000(name: str, trap: bool) -> None:
    file = shared(f"un_reference_tables/un_cts/{name}.csv")
    counts = read_values(file, key=("country", "year"), value="count")
    rates = read_values(file, key=("country", "year"), value="rate")
    made = reconcile(counts, rates, REASONS, columns=("country", "year"))
    told = {reason.id for reason in made.reasons}
    assert ("per_hundred_thousand" in told) == trap
    assert trap or "count_against_rate" in told
