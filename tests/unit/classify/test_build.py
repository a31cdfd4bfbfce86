"""The table that decisions make: new rows, changed rows, dates, versions; never more than was decided."""

from __future__ import annotations

import csv
import tomllib
from datetime import date
from pathlib import Path

import pytest
from plain_coder import PlainCoder

from justitia.classify.build import Built, Entry, automatic_entries, build_table, kept_versions, reviewed_entries
from justitia.classify.decisions import Decision
from justitia.classify.items import Item
from justitia.metadata.load import load_catalogue

CATALOGUE = load_catalogue()


def entry(code: str, iccs: str, *, basis: str = "reviewed by Ana, 2026-11-24", **tags: str) -> Entry:
    return Entry(code, f"text {code}", iccs, "coded" if iccs else "no_code", tags, basis)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "overlay" / "correspondences" / "made__iccs.csv"


def build(file: Path, *reviewed: Entry, automatic: tuple[Entry, ...] = (), **more: object) -> Built:
    versions = file.parents[1] / "decisions" / "versions" / "made__iccs"
    return build_table(file, reviewed, automatic, catalogue=CATALOGUE, versions=versions, **more)  # type: ignore[arg-type]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def short(file: Path) -> list[tuple[str, str, str, str]]:
    return [(row["national_code"], row["iccs_code"], row["valid_from"], row["valid_to"]) for row in rows(file)]


def test_decisions_become_rows_once(file: Path) -> None:
    first = build(file, entry("0101", "0502", inchoate_form="attempt"), entry("77", ""), records={"0101": 90, "77": 10})
    assert (first.version, first.reviewed, first.records_reviewed, first.kept) == ("1", 2, 100, None)
    row = rows(file)[0]
    assert (row["national_code"], row["status"], row["set_inchoate_form"]) == ("0101", "coded", "attempt")
    assert (row["national_label"], row["basis"]) == ("text 0101", "reviewed by Ana, 2026-11-24")
    before = file.read_bytes()
    assert build(file, entry("0101", "0502", inchoate_form="attempt"), entry("77", "")).version == ""
    assert file.read_bytes() == before and not kept_versions(file.parents[1] / "decisions" / "versions" / "made__iccs")


def test_a_changed_decision_makes_a_new_version_and_keeps_the_old(file: Path) -> None:
    build(file, entry("1", "0502"), entry("2", "0401"))
    old = file.read_bytes()
    second = build(file, entry("1", "0501"), entry("2", "0401"))
    assert (second.version, [change.before for change in second.changes]) == ("2", ["0502"])
    assert second.kept is not None and second.kept.read_bytes() == old
    manifest = tomllib.loads((file.parent / "manifest.toml").read_text())
    assert manifest["files"]["made__iccs.csv"]["version"] == "2"
    assert short(file) == [("1", "0501", "", ""), ("2", "0401", "", "")]
    assert build(file, entry("1", "0502"), entry("2", "0401")).version == "3"


def test_a_new_law_begins_on_its_day_and_the_old_decision_ends_before(file: Path) -> None:
    build(file, entry("1", "0502"), entry("2", "0401"))
    build(file, entry("1", "0501"), entry("2", "0401"), entry("3", "0101"), valid_from=date(2027, 1, 1))
    assert short(file) == [
        ("1", "0502", "", "2026-12-31"),
        ("2", "0401", "", ""),
        ("1", "0501", "2027-01-01", ""),
        ("3", "0101", "2027-01-01", ""),
    ]
    build(file, entry("1", "050231"), valid_from=date(2027, 1, 1))
    assert short(file)[2] == ("1", "050231", "2027-01-01", ""), "a correction of the same day needs no further row"


def test_conditions_ended_rows_and_hand_made_ones_stay(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(
        "national_code,condition,iccs_code,status,priority,national_label,basis,valid_to,note\n"
        "1,iccs_weapon = '1',02011,coded,1,,PC 1,,kept\n"
        "1,,020112,coded,,,PC 1,2020-12-31,\n"
        "9,,0701,coded,,,by hand,,\n"
    )
    built = build(file, entry("1", "020111"))
    assert short(file) == [
        ("1", "02011", "", ""),
        ("1", "020112", "", "2020-12-31"),
        ("9", "0701", "", ""),
        ("1", "020111", "2021-01-01", ""),
    ]
    assert rows(file)[0]["note"] == "kept" and (built.other, built.version) == (1, "2")


def test_automatic_codes_are_marked_counted_apart_and_give_way_to_people(file: Path) -> None:
    coder = PlainCoder()
    coder.learnt["theft"] = "0502"
    items = [Item("1", "Theft of fruit", 50), Item("2", "Riddle", 5), Item("3", "Theft", 40)]
    automatic = tuple(automatic_entries(items, coder, today=date(2026, 11, 24)))
    assert [one.national_code for one in automatic] == ["1", "3"], "only what is above the threshold"
    built = build(file, entry("3", "0401"), automatic=automatic, records={"1": 50, "2": 5, "3": 40})
    assert (built.reviewed, built.automatic, built.records_reviewed, built.records_automatic) == (1, 1, 40, 50)
    basis = {row["national_code"]: row["basis"] for row in rows(file)}
    assert basis["1"] == "automatic, confidence 0.97, by neighbour, 2026-11-24" and basis["3"].startswith("reviewed")
    again = build(file, entry("1", "0502"), automatic=automatic)
    assert (again.automatic, again.version, again.changes) == (0, "2", ()), "the same code, now a person's"
    build(file, automatic=(Entry("3", "Theft", "0502", "coded", {}, "automatic, confidence 0.99"),))
    assert {row["national_code"]: row["iccs_code"] for row in rows(file)}["3"] == "0401"


def test_what_is_disputed_is_left_out(file: Path) -> None:
    decisions = [
        Decision("Ana", "1", "t", "0501", why="art. 1", sequence=1, at="2026-11-24T10:00:00+00:00"),
        Decision("Eva", "1", "t", "0501", sequence=2, at="2026-11-25T10:00:00+00:00"),
        Decision("Ana", "2", "t", "0501", sequence=3, at="2026-11-24T10:00:00+00:00"),
        Decision("Eva", "2", "t", "0502", sequence=4, at="2026-11-24T10:00:00+00:00"),
    ]
    found = {one.national_code: one.basis for one in reviewed_entries(decisions)}
    assert found == {"1": "reviewed by Ana and Eva, 2026-11-25"}
    automatic = (Entry("2", "t", "0502", "coded", {}, "automatic"),)
    built = build(file, *reviewed_entries(decisions), automatic=automatic, disputed=["2"])
    assert built.disputed == ("2",) and [row["national_code"] for row in rows(file)] == ["1"]
    third = Decision("Zoe", "2", "t", "0502", action="adjudicate", why="x", sequence=5, at="2026-11-26T10:00:00+00:00")
    bases = {one.national_code: one.basis for one in reviewed_entries([*decisions, third])}
    assert bases["2"] == "x; adjudicated by Zoe, 2026-11-26"


def test_tags_without_a_field_are_named_and_nothing_is_written_on_trial(file: Path) -> None:
    built = build(file, entry("1", "0502", colour="red"), write=False)
    assert (built.dropped_tags, built.version, len(built.changes)) == (("colour",), "", 1) and not file.exists()
