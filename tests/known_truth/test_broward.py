"""Two-year re-arrest in Broward County: as published, corrected for its known cohort error, and by race."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from justitia.aggregate.disparity import rated_against
from justitia.aggregate.returns import Starts, build_followed, window_select
from justitia.case_flow import answer, opened
from justitia.engine import Engine
from justitia.model.case_flow import ReturnTable
from justitia.workspace import Workspace

# The filter of the published analysis.
FILTER = (
    "days_b_screening_arrest BETWEEN -30 AND 30 AND is_recid <> -1 AND c_charge_degree <> 'O' AND score_text <> 'N/A'"
)
UNTIL = date(2016, 3, 31)  # two years before it is 1 April 2014
# J. Angwin, J. Larson, S. Mattu and L. Kirchner (2016), Machine bias: low and survived, high and survived, low and
# returned, high and returned.
PUBLISHED = {
    "African-American": (990, 805, 532, 1369),
    "Caucasian": (1139, 349, 461, 505),
}


@pytest.fixture(scope="module")
def file(published: Path) -> Path:
    return published / "compas_broward" / "compas-scores-two-years.csv"


def _shares(folder: Path, file: Path, returned: str, kept: str) -> tuple[int, int, int]:
    """Return (persons, observed, returned) by the window method, returns being those with `returned`."""
    with Engine(scratch=folder, memory="400MiB") as engine:
        engine.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{file}') WHERE {kept}")
        starts = Starts(
            "SELECT id AS person, CAST(compas_screening_date AS DATE) AS left_on FROM t",
            f"SELECT id AS person, 'arrest' AS way, {returned} AS on_day FROM t WHERE two_year_recid = 1",
        )
        build_followed(engine, starts, ways=["arrest"], window_days=730, until=UNTIL)
        return engine.rows(window_select([]))[0][3:]


def test_as_published_and_corrected(file: Path, tmp_path: Path) -> None:
    """The window leaves out who was rated too late to be observed for two years: of them only who returned was kept."""
    published = duckdb.sql(f"SELECT count(*), sum(two_year_recid) FROM '{file}' WHERE {FILTER}").fetchall()[0]
    assert published == (6172, 2809)
    found = _shares(tmp_path, file, "CAST(compas_screening_date AS DATE) + 1", FILTER)
    assert found == (6172, 5304, 1941)


def test_by_the_dates_of_re_arrest_the_flag_of_the_source_is_nearly_right(file: Path, tmp_path: Path) -> None:
    """The source flags some returns after the 730th day as within two years; dates do not."""
    found = _shares(tmp_path, file, "CAST(r_offense_date AS DATE)", FILTER)
    assert found[1] == 5304
    assert 0 <= 1941 - found[2] <= 45


def test_tables_by_race_are_those_published(file: Path) -> None:
    rows = duckdb.sql(f"SELECT race, decile_score >= 5, two_year_recid = 1 FROM '{file}'").fetchall()
    found = rated_against([row[1] for row in rows], [row[2] for row in rows], [row[0] for row in rows])
    for race, cells in PUBLISHED.items():
        own = found[race]
        assert (own.true_low, own.false_high, own.false_low, own.true_high) == cells
    black, white = found["African-American"], found["Caucasian"]
    assert (round(black.false_high_share, 4), round(white.false_high_share, 4)) == (0.4485, 0.2345)
    assert (round(black.false_low_share, 4), round(white.false_low_share, 4)) == (0.2799, 0.4772)
    assert (round(black.high_confirmed, 2), round(white.high_confirmed, 2)) == (0.63, 0.59)


@pytest.fixture(scope="module")
def broward(file: Path, example: Callable[[str, Mapping[str, Path]], Workspace]) -> Workspace:
    return example("broward-return", {"broward_two_years": file})


def test_the_workspace_tells_that_its_cohort_was_chosen_by_outcome(broward: Workspace) -> None:
    with opened(broward) as here:
        table, findings = answer(here, "broward_rearrest")
    assert isinstance(table, ReturnTable)
    by_rule = {item.rule_id: item.count for item in findings}
    assert by_rule["F-RET-002"] == 998
    assert "F-RET-003" in by_rule
    at = {(row.measure, row.breakdown, row.code): row.figure for row in table.rows}
    assert at["rearrest.persons", "_T", "_T"].value == 7215, "7,214, rounded"
    assert at["rearrest.observed", "_T", "_T"].value == 6215, "7,214 less 998"
    share = at["rearrest.share", "_T", "_T"].value
    assert share is not None
    assert 35 < share < 37, "published: 45 per cent"


def test_time_in_jail_is_no_time_at_liberty(broward: Workspace) -> None:
    with opened(broward) as here:
        answer(here, "broward_rearrest")
        less = here.sources.engine.value(
            "SELECT count(*) FROM flow_followed WHERE free_days < date_diff('day', left_on, seen_until)"
        )
    assert less > 1000
