"""An audit: drawn as declared, blind, read back, weighted by records, and in the quality figures under protection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from conftest import COLUMNS

from justitia.classify.audit import Group, allocate, draw, draw_sample
from justitia.classify.audit_result import read_audit
from justitia.classify.audit_sheet import write_sheet
from justitia.coding_quality import coding_figures
from justitia.errors import CatalogueError, RequestError
from justitia.workspace import Workspace

GROUP = Group("offence", "police", "A", "", "", "0101", "01", "reviewed", 1)


def test_every_stratum_has_its_share_and_none_more_than_it_holds() -> None:
    sizes = {("01", "reviewed"): 3, ("02", "reviewed"): 400, ("05", "reviewed"): 10_000, ("05", "automatic"): 100}
    drawn = allocate(sizes, 140)
    assert sum(drawn.values()) == 140
    assert drawn[("01", "reviewed")] == 3
    assert drawn[("05", "reviewed")] / drawn[("02", "reviewed")] == pytest.approx(5, abs=0.3)  # square root of 25
    assert allocate(sizes, 1) == {("01", "reviewed"): 3} | dict.fromkeys(list(sizes)[1:], 5)
    assert allocate({("01", "reviewed"): 7}, 50) == {("01", "reviewed"): 7}


def test_records_of_a_stratum_have_the_same_chance_and_a_seed_draws_the_same() -> None:
    groups = [replace(GROUP, national_code=name, records=records) for name, records in (("A", 900), ("B", 100))]
    assert draw(groups, size=50, seed=1) == draw(groups, size=50, seed=1)
    found: Counter[int] = Counter()
    for seed in range(200):
        wanted, drawn = draw(groups, size=50, seed=seed)
        assert sum(drawn.values()) == wanted[("01", "reviewed")] == 50
        found.update(drawn)
    assert found[0] / 10_000 == pytest.approx(0.9, abs=0.01)
    _, whole = draw(groups, size=1000, seed=3)
    assert whole == {0: 900, 1: 100}


@pytest.fixture
def workspace(country: Callable[..., Any], offence: Callable[..., Any]) -> Workspace:
    """A made-up country: 200 murders, 300 assaults, 500 thefts, 20 rumours, 30 acts of an unknown law."""
    made = country()
    acts = ["MURDER"] * 200 + ["ASSAULT"] * 300 + ["THEFT"] * 500 + ["RUMOUR"] * 20 + ["NEWLAW"] * 30
    made.send("a.csv", [offence(number, ARTICLE=act) for number, act in enumerate(acts)])
    made.run()
    return Workspace(made.workspace.folder)


def fill(path: Path, answers: dict[str, tuple[str, str]]) -> Path:
    """Fill in the sheet: national code -> (iccs_code, status)."""
    book = openpyxl.load_workbook(path)
    sheet = book["audit"]
    heads = [cell.value for cell in sheet[1]]
    code, status, national = (heads.index(name) for name in ("iccs_code", "status", "national_code"))
    for row in sheet.iter_rows(min_row=2):
        row[code].value, row[status].value = answers.get(row[national].value, (None, None))
    book.save(path)
    return path


def test_the_sheet_tells_the_offence_and_not_its_code(workspace: Workspace, tmp_path: Path) -> None:
    sample = draw_sample(workspace, size=100, seed=5)
    assert dict(sample.strata).keys() == {
        ("01", "reviewed"),
        ("02", "unspecified"),
        ("05", "unspecified"),
        ("no_code", "no_code"),
    }
    assert {one.group.national_code for one in sample.rows} == {"MURDER", "ASSAULT", "THEFT", "RUMOUR"}, "no uncoded"
    path = tmp_path / "audit.xlsx"
    write_sheet(workspace, sample, path)
    cells = [
        cell for row in openpyxl.load_workbook(path)["audit"].iter_rows(min_row=2, values_only=True) for cell in row
    ]
    assert {"MURDER", "THEFT", sample.id} <= set(cells)
    assert not {"0101", "02011", "0502", "no_code", "unspecified", "01"} & {str(cell) for cell in cells}


def test_accuracy_is_weighted_by_records_and_confusion_is_shown(workspace: Workspace, tmp_path: Path) -> None:
    sample = draw_sample(workspace, size=100, seed=5)
    path = tmp_path / "audit.xlsx"
    write_sheet(workspace, sample, path)
    answers = {"MURDER": ("0101", ""), "ASSAULT": ("020111", "coded"), "THEFT": ("0401", ""), "RUMOUR": ("", "no_code")}
    result = read_audit(workspace, fill(path, answers), auditor="somebody")
    found = {(one.of, one.name, one.level): one.estimate for one in result.accuracy}
    assert found["all", "", "class"].share == pytest.approx((200 + 20) / 1020)
    assert found["all", "", "division"].share == pytest.approx((200 + 300 + 20) / 1020)
    assert found["section", "05", "class"].share == 0 < found["section", "05", "class"].upper
    assert found["section", "01", "class"].records == 200
    assert found["how", "unspecified", "division"].share == pytest.approx(300 / 800)
    assert [(one.given, one.audited, one.records) for one in result.confused] == [("05", "04", pytest.approx(500))]
    assert {(given, audited) for _, given, audited in result.differing} == {("02011", "020111"), ("0502", "0401")}
    assert (result.unanswered, result.not_estimated) == (0, ())


def test_what_nobody_answered_is_told_and_a_corrected_sheet_replaces_it(workspace: Workspace, tmp_path: Path) -> None:
    sample = draw_sample(workspace, size=100, seed=5)
    path = tmp_path / "audit.xlsx"
    write_sheet(workspace, sample, path)
    result = read_audit(workspace, fill(path, {"MURDER": ("0101", ""), "THEFT": ("0502", "")}))
    assert result.not_estimated == (("02", "unspecified"), ("no_code", "no_code"))
    assert result.unanswered == sample.strata["02", "unspecified"][1] + sample.strata["no_code", "no_code"][1]
    assert {(one.of, one.level): one.estimate.share for one in result.accuracy}["all", "class"] == 1
    read_audit(workspace, fill(path, {"MURDER": ("0102", "")}))
    state = workspace.store.read()
    assert [audit["result"]["accuracy"][0]["estimate"]["share"] for audit in state["audits"].values()] == [0]


def test_what_cannot_be_read_is_named(workspace: Workspace, tmp_path: Path) -> None:
    sample = draw_sample(workspace, size=100, seed=5)
    path = tmp_path / "audit.xlsx"
    write_sheet(workspace, sample, path)
    with pytest.raises(
        CatalogueError, match=r"E-COD-063.*no code \[101\]; a leading zero was lost, write 0101 as text"
    ):
        read_audit(workspace, fill(path, {"MURDER": ("101", "")}))
    with pytest.raises(CatalogueError, match=r"E-COD-063.*no_code goes without"):
        read_audit(workspace, fill(path, {"MURDER": ("0101", "no_code")}))
    with pytest.raises(RequestError, match="E-COD-065"):
        read_audit(workspace, fill(path, {}))
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(RequestError, match="E-COD-062"):
        read_audit(workspace, tmp_path / "other.xlsx")
    write_sheet(workspace, replace(sample, id="a999"), path)
    with pytest.raises(RequestError, match=r"E-COD-064.*a001"):
        read_audit(workspace, fill(path, {"MURDER": ("0101", "")}))
    assert all("result" not in audit for audit in workspace.store.read()["audits"].values())


def test_a_correspondence_changed_since_the_run_stops_the_draw(workspace: Workspace) -> None:
    file = workspace.folder / "overlay" / "correspondences" / "made__iccs.csv"
    head, first, *rest = file.read_text().splitlines(keepends=True)
    file.write_text("".join([head, *rest, first]))
    with pytest.raises(RequestError, match="E-COD-060"):
        draw_sample(Workspace(workspace.folder))


def test_the_figures_are_protected_and_speak_of_the_last_audit_read(workspace: Workspace, tmp_path: Path) -> None:
    rule = workspace.catalogue.disclosure("public_default")
    before = {(one.id, one.subject): one.value for one in coding_figures(workspace.store.read(), rule)}
    assert before["uncoded_share", "offence.iccs_code"] == pytest.approx(100 * 30 / 1050, abs=0.01)
    assert before["residual_share", "offence.iccs_code"] == 0
    years = {subject: value for (name, subject), value in before.items() if name == "uncoded_share_in_year"}
    assert years and all(subject.isdigit() for subject in years)
    sample = draw_sample(workspace, size=100, seed=5)
    path = tmp_path / "audit.xlsx"
    write_sheet(workspace, sample, path)
    answers = {"MURDER": ("0101", ""), "ASSAULT": ("02011", ""), "THEFT": ("0401", ""), "RUMOUR": ("", "no_code")}
    read_audit(workspace, fill(path, answers))
    draw_sample(workspace, size=50, seed=6)  # not read yet: says nothing
    figures = {(one.id, one.subject): one for one in coding_figures(workspace.store.read(), rule)}
    assert figures["coding_accuracy", "ICCS 01"].value == 100
    assert figures["coding_accuracy", "offence.iccs_code"].value == pytest.approx(100 * 520 / 1020, abs=0.01)
    assert figures["coding_accuracy", "offence.iccs_code"].note.startswith("95 %: ")
    assert "a001" in figures["coding_accuracy", "offence.iccs_code"].note
    assert figures["coding_confused", "ICCS 05 > ICCS 04"].value == 500
    hiding = replace(rule, redact_up_to=600, round_to=100)
    hidden = {(one.id, one.subject): one.value for one in coding_figures(workspace.store.read(), hiding)}
    assert ("coding_accuracy", "ICCS 01") not in hidden, "a section too small to be shown has no accuracy either"
    assert ("coding_confused", "ICCS 05 > ICCS 04") not in hidden
    assert hidden["uncoded_share", "offence.iccs_code"] is None


@pytest.mark.parametrize("own", [True, False])
def test_uncoded_records_are_counted_in_the_year_of_recording(
    country: Callable[..., Any], offence: Callable[..., Any], own: bool
) -> None:
    uses = ("event,recorded_date,use,,no,set_aside_row", *(("offence,recorded_date,use,,no,",) if own else ()))
    columns = {**COLUMNS, "RECORDED": uses, "OCCURRED": ("event,occurred_date,use,,no,",)}
    made = country(columns=columns, dataflows={})
    acts = [("THEFT", 2021)] * 30 + [("NEWLAW", 2021)] * 10 + [("THEFT", 2022)] * 20
    rows = [offence(n, ARTICLE=act, RECORDED=f"{year}-03-04") for n, (act, year) in enumerate(acts)]
    made.send("a.csv", rows)
    made.run()
    metrics = made.workspace.store.read()["stages"]["classify"]["metrics"]
    assert {name: count for name, count in metrics.items() if "_in_" in name} == {
        "records_in_2021": 40,
        "uncoded_in_2021": 10,
        "records_in_2022": 20,
        "uncoded_in_2022": 0,
    }
    assert (metrics["unspecified"], metrics["uncoded"], metrics["residual"]) == (50, 10, 0)
