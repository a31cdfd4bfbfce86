"""Code lists, record kinds, checks, derivations, protection and manifests of the packaged catalogue."""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from .rows import CATALOGUE, LANGUAGES, RESERVED, codelists, fields, kinds, manifest, read

OURS = ("checks", "classifications", "codelists", "disclosure", "records", "severity")
FOLDERS = sorted(path.parent for name in OURS for path in (CATALOGUE / name).rglob("manifest.toml"))
TYPES = {"identifier", "reference", "code", "text", "date", "integer", "decimal"}
IN_TEXT = re.compile(r"'[^']*'")
WORDS = re.compile(r"[a-z_]+(?:\.[a-z_]+)?")
FUNCTIONS = {
    "lower", "upper", "trim", "length", "substr", "starts_with", "contains", "coalesce", "abs", "year", "month",
    "date_diff", "current_period",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(codelists()))
class TestCodeList:
    def test_codes_are_unique_and_never_reserved(self, name: str) -> None:
        codes = [row["code"] for row in codelists()[name]]
        assert codes and max(Counter(codes).values()) == 1
        assert not RESERVED & set(codes)

    def test_labels_are_in_three_languages(self, name: str) -> None:
        assert all(row[f"label_{language}"].strip() for row in codelists()[name] for language in LANGUAGES)

    def test_parents_are_listed_before_their_children(self, name: str) -> None:
        seen = {""}
        for row in codelists()[name]:
            assert row["parent"] in seen
            seen.add(row["code"])

    def test_missing_kinds_are_known(self, name: str) -> None:
        known = {row["code"] for row in codelists()["missing_kind"]}
        assert {row["missing_kind"] for row in codelists()[name]} - {""} <= known

    def test_bands_follow_each_other_without_gap(self, name: str) -> None:
        bands = [row for row in codelists()[name] if row["lower"] or row["upper"]]
        for first, second in pairwise(bands):
            assert int(second["lower"]) == int(first["upper"]) + 1
        if bands:
            assert bands[0]["lower"] == "0" and bands[-1]["upper"] == ""

    def test_spellings_stand_for_one_code(self, name: str) -> None:
        spellings = [word for row in codelists()[name] for word in row["variants"].split(";") if word]
        assert len(spellings) == len(set(spellings))


class TestParticularLists:
    def test_age_codes_are_no_dates_for_a_spreadsheet(self) -> None:
        for name in ("age_group", "age_group_five_years", "age_group_cts"):
            assert all(row["code"].startswith("Y") for row in codelists()[name])

    def test_unsentenced_and_convicted_not_final_are_two_states(self) -> None:
        codes = {row["code"]: row for row in codelists()["custody_status"]}
        assert codes["convicted_not_final"]["parent"] == codes["unsentenced"]["parent"] == ""

    def test_inchoate_forms(self) -> None:
        forms = {row["code"] for row in codelists()["inchoate_form"]}
        assert forms >= {"completed", "attempt", "conspiracy", "incitement", "aiding", "threat"}

    def test_countries_are_those_of_iso_3166(self) -> None:
        codes = [row["code"] for row in codelists()["country"]]
        assert len([code for code in codes if len(code) == 2]) == 249
        assert {"FR", "KE", "NA", "BR"} <= set(codes), "NA is a country, not a missing value"

    def test_bias_motives_hold_every_text_of_a_real_file(self) -> None:
        # One code for each of the 26 police texts of the New York file; their map is in that demonstration's layout.
        codes = [row["code"] for row in codelists()["bias_motive"] if row["parent"]]
        assert len(codes) >= 26
        tops = {row["code"] for row in codelists()["bias_motive"] if not row["parent"]}
        assert tops == {
            "racism", "religion", "orientation", "gender_identity", "gender", "disability", "age", "other"
        }  # fmt: skip


@pytest.mark.parametrize("kind", kinds())
class TestKind:
    def test_own_identifier_comes_first(self, kind: str) -> None:
        rows = read(f"records/{kind}.csv")
        assert (rows[0]["field"], rows[0]["type"]) == (f"{kind}_id", "identifier")
        assert [row["field"] for row in rows if row["type"] == "identifier"] == [f"{kind}_id"]

    def test_fields(self, kind: str) -> None:
        rows = read(f"records/{kind}.csv")
        assert max(Counter(row["field"] for row in rows).values()) == 1
        for row in rows:
            assert row["type"] in TYPES
            assert re.fullmatch(r"[a-z][a-z0-9_]*", row["field"])
            assert row["description"] and row["source"], row["field"]

    def test_codes_name_a_list(self, kind: str) -> None:
        for row in read(f"records/{kind}.csv"):
            assert (row["type"] == "code") == bool(row["codelist"]), row["field"]
            assert row["codelist"] in {"", "iccs", *codelists()}, row["field"]

    def test_references_name_a_kind(self, kind: str) -> None:
        for row in read(f"records/{kind}.csv"):
            assert (row["type"] == "reference") == bool(row["references"]), row["field"]
            if row["references"]:
                assert row["references"] in kinds() and row["field"] == f"{row['references']}_id"

    def test_amounts_have_a_currency(self, kind: str) -> None:
        if any(row["unit"] == "currency" for row in read(f"records/{kind}.csv")):
            assert "currency" in fields(kind)

    def test_no_identity_is_a_field(self, kind: str) -> None:
        # Names, numbers and birth dates of persons go to the vault or nowhere; facilities are public institutions.
        identities = {"birth_date", "born", "national_number", "address", "phone", "given_name", "family_name"}
        assert not identities & fields(kind).keys()
        assert kind == "facility" or "name" not in fields(kind)


class TestKinds:
    def test_every_kind_has_its_file_and_the_reverse(self) -> None:
        files = {path.stem for path in (CATALOGUE / "records").glob("*.csv")} - {"kinds"}
        assert files == set(kinds())

    def test_kinds_that_foundations_ask_for(self) -> None:
        assert set(kinds()) >= {
            "event", "offence", "person", "victim", "suspect", "defendant", "prisoner", "offence_victim",
            "offence_suspect", "case", "charge", "decision", "sanction", "supervision", "custody_episode", "item",
            "payment", "aggregate_return", "survey_respondent", "facility", "tracing",
        }  # fmt: skip

    def test_labels_and_units(self) -> None:
        for row in read("records/kinds.csv"):
            assert row["unit"] and row["description"] and row["holds_individuals"] in {"0", "1"}
            assert all(row[f"label_{language}"] for language in LANGUAGES)

    def test_eight_criteria_of_gender_related_killings(self) -> None:
        criteria = [row for name, row in fields("victim").items() if name.startswith("grk_")]
        assert len(criteria) == 8
        assert {row["codelist"] for row in criteria} == {"yes_no_unknown_not_collected"}

    def test_dates_of_the_course_of_justice(self) -> None:
        expected = {"occurred_date", "occurred_date_precision", "reported_date", "recorded_date"}
        assert expected <= fields("event").keys()
        assert {"recorded_date", "decided_date", "final_date"} <= fields("case").keys() & fields("decision").keys()


CHECKS = [
    (path.stem, row) for path in sorted((CATALOGUE / "checks").glob("*.csv")) for row in read(f"checks/{path.name}")
]


class TestChecks:
    def test_ids_are_unique(self) -> None:
        assert max(Counter(row["rule_id"] for _, row in CHECKS).values()) == 1
        assert all(re.fullmatch(r"V-[A-Z]{3}-\d{3}", row["rule_id"]) for _, row in CHECKS)

    def test_rows_are_complete(self) -> None:
        for kind, row in CHECKS:
            assert kind in kinds() and row["severity"] in {"error", "warning"} and row["reason"] and row["owner"]
            assert all(row[f"label_{language}"] for language in LANGUAGES)

    @pytest.mark.parametrize(("kind", "row"), CHECKS, ids=[row["rule_id"] for _, row in CHECKS])
    def test_names_are_fields(self, kind: str, row: dict[str, str]) -> None:
        for word in WORDS.findall(IN_TEXT.sub("", row["expression"])):
            other, _, name = word.rpartition(".")
            if word in FUNCTIONS:
                continue
            assert name in fields(other or kind), word
            assert not other or f"{other}_id" in fields(kind), word


DERIVATIONS = read("derivations.csv")


class TestDerivations:
    def test_key_is_unique(self) -> None:
        assert max(Counter((row["kind"], row["field"]) for row in DERIVATIONS).values()) == 1

    @pytest.mark.parametrize("row", DERIVATIONS, ids=[f"{row['kind']}.{row['field']}" for row in DERIVATIONS])
    def test_arguments_name_what_exists(self, row: dict[str, str]) -> None:
        arguments = dict(part.split("=") for part in row["arguments"].split(";"))
        own = fields(row["kind"])
        if row["method"] == "linked_count":
            assert f"{row['kind']}_id" in fields(arguments["kind"])
        elif row["method"] == "band":
            assert own[arguments["from"]]["type"] == "integer"
            assert arguments["codelist"] == row["codelist"] in codelists()
        elif row["method"] == "elapsed_days":
            assert own[arguments["from"]]["type"] == own[arguments["to"]]["type"] == "date"
        else:
            assert row["method"] == "principal_offence"
            assert f"{arguments['per']}_id" in own and "iccs_code" in own
            assert (CATALOGUE / "severity" / f"{arguments['severity']}.csv").is_file()

    def test_a_derived_field_that_a_source_may_fill_has_the_same_list(self) -> None:
        for row in DERIVATIONS:
            declared = fields(row["kind"]).get(row["field"])
            assert declared is None or declared["codelist"] == row["codelist"]


class TestFiles:
    def test_default_protection_is_strict(self) -> None:
        rule = tomllib.loads((CATALOGUE / "disclosure" / "public_default.toml").read_text(encoding="utf-8"))
        assert (rule["rule"], rule["redact_up_to"], rule["round_to"]) == ("threshold_and_round", 7, 5)

    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(CATALOGUE)))
    def test_manifest_lists_every_file(self, folder: Path) -> None:
        here = {path.name for path in folder.iterdir() if path.is_file()} - {"manifest.toml"}
        listed = manifest(folder)
        assert listed.keys() == here
        for entry in listed.values():
            assert all(entry[key] for key in ("title", "source", "version", "licence", "date"))

    def test_every_folder_with_files_has_a_manifest(self) -> None:
        for name in OURS:
            for path in (CATALOGUE / name).rglob("*.csv"):
                assert (path.parent / "manifest.toml").is_file()

    def test_only_english_labels_of_variables_are_called_official(self) -> None:
        for name, entry in manifest(CATALOGUE / "codelists").items():
            if name.startswith("iccs_") and name != "iccs_status.csv":
                assert "by Justitia" in entry["source"], name

    @pytest.mark.parametrize(
        "path",
        [p for name in OURS for p in sorted((CATALOGUE / name).rglob("*.csv"))],
        ids=lambda path: str(path.relative_to(CATALOGUE)),
    )
    def test_file_is_plain_csv(self, path: Path) -> None:
        raw = path.read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw and raw.endswith(b"\n")
        rows = read(str(path.relative_to(CATALOGUE)))
        assert all(None not in row and None not in row.values() for row in rows), "ragged"


class TestAgainstAFile:
    def test_new_york_bias_texts_are_26(self) -> None:
        shared = Path(os.environ.get("JUSTITIA_SHARED", Path(__file__).parents[3] / "shared"))
        path = shared / "data" / "nypd_hate_crimes" / "nypd_hate_crimes.csv"
        if not path.is_file():
            pytest.skip("needs the New York file: set JUSTITIA_SHARED")
        with path.open(encoding="utf-8", newline="") as file:
            texts = {row["Bias Motive Description"] for row in csv.DictReader(file)}
        assert len(texts) == 26 <= len(codelists()["bias_motive"])
