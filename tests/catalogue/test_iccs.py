"""ICCS 1.0: all codes, three languages, index, notes and tags, and the severity table over it."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from .rows import LANGUAGES, codelists, fields, iccs, kinds, read

CODES = {row["code"]: row for row in iccs("codes")}
LENGTHS = {1: 2, 2: 4, 3: 5, 4: 6}
SHARED = Path(os.environ.get("JUSTITIA_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "iccs"


class TestCodes:
    def test_number_of_codes_by_level(self) -> None:
        assert len(iccs("codes")) == len(CODES) == 320
        assert Counter(row["level"] for row in CODES.values()) == {"1": 11, "2": 63, "3": 148, "4": 98}

    def test_parent_is_one_level_up_and_the_beginning_of_the_code(self) -> None:
        for code, row in CODES.items():
            assert len(code) == LENGTHS[int(row["level"])]
            if row["level"] == "1":
                assert row["parent"] == ""
                continue
            assert code.startswith(row["parent"])
            assert int(CODES[row["parent"]]["level"]) == int(row["level"]) - 1

    def test_leaves_are_the_codes_without_children(self) -> None:
        parents = {row["parent"] for row in CODES.values()}
        assert all((row["is_leaf"] == "1") == (code not in parents) for code, row in CODES.items())
        assert sum(row["is_leaf"] == "1" for row in CODES.values()) == 231

    def test_residuals(self) -> None:
        residuals = {code for code, row in CODES.items() if row["is_residual"] == "1"}
        assert len(residuals) == 73
        assert all(code.endswith("9") for code in residuals)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_code_has_a_label(self, language: str) -> None:
        assert all(row[f"label_{language}"].strip() == row[f"label_{language}"] != "" for row in CODES.values())

    def test_french_is_unofficial(self) -> None:
        assert {row["label_fr_status"] for row in CODES.values()} == {"unofficial"}

    def test_french_titles_tell_codes_apart(self) -> None:
        # A title may repeat only where the English one does (parent and its residual).
        english = Counter(row["label_en"] for row in CODES.values())
        french = Counter(row["label_fr"] for row in CODES.values())
        same = [row["code"] for row in CODES.values() if french[row["label_fr"]] > english[row["label_en"]]]
        assert same == []

    def test_french_is_typed_with_french_signs(self) -> None:
        assert not [row["label_fr"] for row in CODES.values() if "'" in row["label_fr"]]

    def test_valid_from_the_endorsement(self) -> None:
        assert {row["valid_from"] for row in CODES.values()} == {"2015-03-01"}

    def test_equal_to_the_reference(self) -> None:
        if not SHARED.is_dir():
            pytest.skip("needs the ICCS reference files: set JUSTITIA_SHARED")
        with (SHARED / "iccs_v1.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                ours = CODES[row["code"]]
                assert (ours["label_en"], ours["label_es"]) == (row["title_en"], row["title_es"])


class TestAnnexes:
    def test_index_codes_exist_unless_marked(self) -> None:
        for row in iccs("index"):
            assert (row["code"] in CODES) == (row["in_version"] == "1"), row
            assert row["suggested_code"] == "" or row["suggested_code"] in CODES

    def test_stale_rows_suggest_a_code(self) -> None:
        stale = [row for row in iccs("index") if row["in_version"] == "0"]
        assert Counter(row["language"] for row in stale) == {"en": 14, "es": 14}
        assert all(row["suggested_code"] for row in stale)

    def test_index_phrases(self) -> None:
        keys = Counter((row["language"], row["phrase"], row["code"]) for row in iccs("index"))
        assert max(keys.values()) == 1
        phrases = [phrase for _, phrase, _ in keys]
        assert not [phrase for phrase in phrases if phrase[0].islower() or phrase != " ".join(phrase.split())]

    def test_notes(self) -> None:
        notes = iccs("notes")
        assert all(row["code"] in CODES and row["text"] and row["source"] for row in notes)
        assert {row["kind"] for row in notes} == {"scope", "erratum"}
        assert {row["code"] for row in notes if row["kind"] == "erratum"} >= {"01049", "0909", "0102", "0106"}
        assert max(Counter((row["code"], row["language"], row["kind"]) for row in notes).values()) == 1

    def test_codes_that_the_publication_misprints_are_absent(self) -> None:
        assert not {"01042", "0908", "070222", "060131"} & CODES.keys()


class TestTags:
    def test_units(self) -> None:
        expected = {"event": 10, "victim": 8, "perpetrator": 9, "data_inclusion": 5}
        assert Counter(row["unit"] for row in iccs("tags")) == expected

    def test_lists_exist_and_are_never_shared(self) -> None:
        lists = [row["codelist"] for row in iccs("tags") if row["codelist"]]
        assert len(lists) == len(set(lists)) == 31
        assert set(lists) <= codelists().keys()

    def test_fields_exist(self) -> None:
        for row in iccs("tags"):
            assert row["record"] in kinds()
            assert row["field"] in fields(row["record"])

    def test_the_field_holds_the_list_or_codes_that_the_list_knows(self) -> None:
        # Where a field has a list of ours (sex: M, F), the ICCS list names our code among its spellings.
        for row in iccs("tags"):
            held = fields(row["record"])[row["field"]]["codelist"]
            if row["codelist"] and held != row["codelist"]:
                ours = {code["code"] for code in codelists()[held]}
                spelt = {code["variants"] for code in codelists()[row["codelist"]] if code["variants"]}
                assert spelt and spelt <= ours, row["tag"]

    def test_labels(self) -> None:
        assert all(row[f"label_{language}"] for row in iccs("tags") for language in LANGUAGES)

    @pytest.mark.parametrize(
        ("name", "unknown", "not_applicable"),
        [
            ("iccs_attempted_completed", "4", "3"),
            ("iccs_situational_context", "10", "9"),
            ("iccs_reported_by", "6", None),
            ("iccs_weapon", "6", "5"),
            ("iccs_location_type", "8", None),
            ("iccs_motive", "8", "7"),
            ("iccs_cyber_related", "4", "3"),
            ("iccs_sex_of_victim", "4", "3"),
            ("iccs_legal_status_of_perpetrator", "4", None),
            ("iccs_age_of_victim", "6", None),
            ("iccs_victim_perpetrator_relationship", "11", None),
            ("iccs_perpetrator_victim_relationship", "11", None),
            ("iccs_economic_activity_of_perpetrator", "8", None),
        ],
    )
    def test_codes_of_missing_values_differ_by_variable(
        self, name: str, unknown: str, not_applicable: str | None
    ) -> None:
        missing = {row["missing_kind"]: row["code"] for row in codelists()[name] if row["missing_kind"]}
        expected = {"unknown": unknown} | ({"not_applicable": not_applicable} if not_applicable else {})
        assert missing == expected

    def test_unknown_weapon_and_stranger_are_values(self) -> None:
        weapon = {row["code"]: row for row in codelists()["iccs_weapon"]}
        relationship = {row["code"]: row for row in codelists()["iccs_victim_perpetrator_relationship"]}
        assert weapon["4"]["missing_kind"] == relationship["10"]["missing_kind"] == ""

    def test_situational_context_has_no_third_code(self) -> None:
        assert "3" not in {row["code"] for row in codelists()["iccs_situational_context"]}

    def test_values_equal_the_reference(self) -> None:
        if not SHARED.is_dir():
            pytest.skip("needs the ICCS reference files: set JUSTITIA_SHARED")
        lists = {(row["unit"], row["tag"]): row["codelist"] for row in iccs("tags")}
        with (SHARED / "disaggregations.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = lists[row["unit"], row["variable"]]
                if name.startswith("iccs_") and row["value_code"] != "flag":
                    labels = {code["code"]: code["label_en"] for code in codelists()[name]}
                    printed = row["value_label"].replace("60 (printed without +; read 60+)", "60+")
                    assert labels[row["value_code"]] == printed


RANKS = {row["iccs_code"]: int(row["rank"]) for row in read("severity/default.csv")}


class TestSeverity:
    def rank(self, code: str) -> int:
        while code not in RANKS:
            code = CODES[code]["parent"]
        return RANKS[code]

    def test_covers_every_code(self) -> None:
        assert RANKS.keys() <= CODES.keys()
        assert all(self.rank(code) for code in CODES)

    def test_ranks_are_one_to_n(self) -> None:
        assert sorted(RANKS.values()) == list(range(1, len(RANKS) + 1))

    def test_harm_order(self) -> None:
        ordered = ["0101", "0102", "03011", "020221", "020111", "0401", "05012", "0502", "06011", "0907", "1109"]
        ranks = [self.rank(code) for code in ordered]
        assert ranks == sorted(ranks)
        assert self.rank("0101") == 1

    def test_it_is_not_the_order_of_the_codes(self) -> None:
        assert self.rank("11014") < self.rank("02012")

    def test_basis_is_stated(self) -> None:
        assert all(row["source"] for row in read("severity/default.csv"))
