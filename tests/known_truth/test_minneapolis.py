"""Stops and force in Minneapolis: shares by group are those of the files, protected, and gaps have their caution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from justitia.case_flow import answer, opened
from justitia.engine import Engine
from justitia.model.case_flow import ShareTable
from justitia.workspace import Workspace

FILES = {"minneapolis_stops": "stops_2017.parquet", "minneapolis_force": "use_of_force_2016_2021.parquet"}


@pytest.fixture(scope="module")
def files(published: Path) -> dict[str, Path]:
    found = {source: published / "minneapolis_police" / name for source, name in FILES.items()}
    if not all(file.is_file() for file in found.values()):
        pytest.skip("the files of Minneapolis are not here")
    return found


@pytest.fixture(scope="module")
def city(files: dict[str, Path], example: Callable[[str, Mapping[str, Path]], Workspace]) -> Workspace:
    return example("minneapolis-stops", files)


def _shown(city: Workspace, name: str) -> ShareTable:
    with opened(city) as here:
        table, _ = answer(here, name)
    assert isinstance(table, ShareTable)
    return table


@pytest.mark.parametrize(
    ("name", "source", "group", "part", "code"),
    [
        ("minneapolis_searches", "minneapolis_stops", "Black", "personSearch", "black"),
        ("minneapolis_searches", "minneapolis_stops", "White", "personSearch", "white"),
        ("minneapolis_searches", "minneapolis_stops", "Native American", "personSearch", "native_american"),
        ("minneapolis_injuries", "minneapolis_force", "Black", "subject_injury", "black"),
        ("minneapolis_injuries", "minneapolis_force", "White", "subject_injury", "white"),
    ],
)
def test_shares_are_those_of_the_file(
    city: Workspace, files: dict[str, Path], tmp_path: Path, name: str, source: str, group: str, part: str, code: str
) -> None:
    with Engine(scratch=tmp_path / "scratch", memory="300MiB", threads=1) as engine:
        told, yes = engine.rows(
            f"SELECT count(*), count(*) FILTER (WHERE upper({part}) = 'YES') FROM '{files[source]}' "
            f"WHERE race = '{group}' AND upper({part}) IN ('YES', 'NO')"
        )[0]
    table = _shown(city, name)
    at = {(row.measure, row.code): row.figure for row in table.rows if row.breakdown == "GROUP"}
    (measure,) = table.parts
    assert at["units", code].value == pytest.approx(told, abs=2.5)
    assert at[measure, code].value == pytest.approx(yes, abs=2.5)
    share = at[f"{measure}.share", code]
    assert share.lower is not None and share.upper is not None
    assert share.lower < 100 * yes / told < share.upper


def test_gaps_have_intervals_and_say_what_they_do_not_show(city: Workspace) -> None:
    table = _shown(city, "minneapolis_searches")
    at = {(gap.breakdown, gap.code): gap for gap in table.gaps}
    black = at["GROUP", "black"]
    assert black.reference == "white"
    assert black.ratio.value == pytest.approx((3100 / 15220) / (955 / 11705), abs=0.005)
    assert black.ratio.lower == pytest.approx(2.33, abs=0.01) and black.ratio.upper == pytest.approx(2.67, abs=0.01)
    assert {"caution.groups", "caution.cause"} <= set(table.heading.cautions)
    assert not [code for _, code in at if code.startswith("_")]  # nobody compares who is not known


def test_the_preview_shows_the_gaps_beside_the_caution(city: Workspace) -> None:
    from datetime import date

    from justitia.publish import build_publication, write_products

    state = city.store.read()
    with city.engine() as engine:
        publication = build_publication(city, engine, state, vintage="preview", released=date(2026, 11, 24))
        write_products(city, publication, city.folder / "look")
    page = (city.folder / "look" / "report.en.html").read_text(encoding="utf-8")
    assert "does not show unequal treatment" in page and "2.50 (2.33 / 2.67)" in page
    figures = (city.folder / "look" / "csv" / "flow_minneapolis_searches.csv").read_text(encoding="utf-8")
    assert "ratio_to_white" in figures
