"""A release carries its protected tables as SDMX, and nothing that was redacted."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from justitia.errors import DisclosureError, RequestError
from justitia.metadata.structure_reading import read_structure
from justitia.release import release_workspace
from justitia.sdmx import validate_sdmx, write_table


@pytest.fixture
def released(country: Callable[..., Any], offence: Callable[..., Any]) -> Any:
    made = country()
    articles, districts = ("MURDER", "THEFT", "ASSAULT", "THEFT"), "AABC"
    rows = [
        offence(i, ARTICLE=articles[i % 4], DISTRICT=districts[i % 3], RECORDED=f"202{3 + i % 2}-01-02")
        for i in range(200)
    ]
    made.send("a.csv", [*rows, offence(900, ARTICLE="MURDER", DISTRICT="C", RECORDED="2023-03-01")])
    made.run()
    release_workspace(made.workspace, vintage="v1")
    return made


def public(made: Any) -> Path:
    return made.folder / "releases" / "v1" / "public" / "sdmx"


def test_the_release_holds_data_and_structures_that_fit(released: Any) -> None:
    folder = public(released)
    assert {path.name for path in folder.iterdir()} == {
        "by_iccs.csv-2.0.csv",
        "by_iccs.ml-3.0.xml",
        "structures.xml",
    }
    structure = read_structure(folder / "structures.xml")
    for name in ("by_iccs.csv-2.0.csv", "by_iccs.ml-3.0.xml"):
        report = validate_sdmx(folder / name, structure)
        assert [finding.message for finding in report.findings] == []
        assert report.rows > 20


def test_every_figure_is_that_of_the_protected_table(released: Any) -> None:
    with (public(released) / "by_iccs.csv-2.0.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    shown = {(row["ICCS"], row["AREA"], row["TIME_PERIOD"]): row["OBS_VALUE"] for row in rows}
    protected = {
        (iccs, area, period): "" if value is None else f"{value:g}"
        for iccs, area, period, _measure, value, *_ in released.table("protected__by_iccs")
        if period[0].isdigit()
    }
    assert shown == protected
    hidden = [row for row in rows if row["CONF_STATUS"] == "C"]
    assert hidden and all(row["OBS_VALUE"] == "" and row["OBS_STATUS"] == "Q" for row in hidden)
    assert {row["MADE_UP"] for row in rows} == {"true"}, "fictional figures say so on every row"
    assert any(code.startswith("0") for code, _, _ in shown), "leading zeros stay"


def test_structures_name_codes_in_every_language_and_their_parents(released: Any) -> None:
    structure = read_structure(public(released) / "structures.xml")
    codes = structure.component("ICCS").codelist.codes  # type: ignore[union-attr]
    assert codes["0101"].parent == "01"
    assert set(codes["0101"].labels) >= {"en", "fr", "es"}
    assert structure.component("OBS_STATUS").required  # type: ignore[union-attr]
    assert structure.constraints[0].regions[0].selections["MEASURE"].values == {"COUNT"}


def test_a_release_of_data_needs_no_extra(
    country: Callable[..., Any], offence: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    own = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] in {"pysdmx", "lxml", "pandas"}:
            raise ImportError(name)
        return own(name, *rest, **more)

    made = country()
    made.send("a.csv", [offence(i) for i in range(40)])
    made.run()
    monkeypatch.setattr(builtins, "__import__", without)
    release_workspace(made.workspace, vintage="v1")
    assert {path.suffix for path in public(made).iterdir()} == {".csv", ".xml"}
    assert not (public(made) / "structures.xml").exists()


def test_only_protected_tables_are_written(released: Any, tmp_path: Path) -> None:
    with pytest.raises(DisclosureError, match="E-SDM-041"):
        write_table(released.workspace, "aggregate__by_iccs", tmp_path / "a.csv", format="csv-2.0")
    with pytest.raises(RequestError, match="E-SDM-042"):
        write_table(released.workspace, "by_nothing", tmp_path / "a.csv", format="csv-2.0")
    assert write_table(released.workspace, "by_iccs", tmp_path / "a.json", format="json-2.0") > 20
