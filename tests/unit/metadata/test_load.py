"""What the catalogue gives by name, and how overlays are merged."""

from datetime import date
from pathlib import Path

import pytest

from justitia.errors import CatalogueError
from justitia.metadata.load import load_catalogue

from .conftest import LAYOUT, Write


def test_definitions_by_name(base: Path, write: Write) -> None:
    catalogue = load_catalogue(write("over", LAYOUT), base=base)
    iccs = catalogue.codelist("iccs")
    assert (iccs.version, iccs.source, iccs.level_names[:2]) == ("1.0", "S", ("section", "division"))
    assert iccs.ancestor("0101", 1) == "01" and iccs.codes["0101"].label("fr") == "Homicide intentionnel"
    assert list(catalogue.codelist("sex").codes) == ["1", "2"]  # by column sort
    assert catalogue.codelist("sex").codes["1"].variants == ("M", "male")
    area = catalogue.codelist("area").codes
    assert (area["0101"].level, area["0101"].is_leaf, area["01"].is_leaf) == (2, True, False)
    assert catalogue.codelist("age_group").codes["Y18"].lower == 18
    assert catalogue.record_kinds["victim"].fields["sex"].codelist == "sex"
    assert catalogue.severity("legal") == {"01": 1, "0502": 20}
    assert catalogue.disclosure("public").redact_up_to == 7
    assert catalogue.messages("report")["title"]["es"] == "Delitos"
    assert [(row.area, row.year, row.population) for row in catalogue.population("people")] == [("01", 2024, 1000)]
    flow = catalogue.dataflows["victims"]
    assert (flow.frequency, flow.ratios[1].per, flow.chart["x"]) == ("A", 100000, "TIME_PERIOD")
    assert [derivation.field.name for derivation in catalogue.derivations] == ["age_group", "victim_count"]
    assert catalogue.derivations[0].arguments == {"from": "age"}
    layout = catalogue.layouts["police"]
    assert layout.records[1].compose == {"national_code": ("Law", "Article")}
    assert layout.values == {"District": {"N": "01"}, "Sex": {"woman": "2"}}
    assert layout.columns[4].place is not None and layout.columns[4].place.line == 6
    assert catalogue.languages() == ("en", "es", "fr")


def test_correspondence_rows(base: Path) -> None:
    rows = load_catalogue(base=base).correspondence("law__iccs").rows
    assert [(row.national_code, row.status, row.priority) for row in rows[:2]] == [
        ("art 1", "coded", 999),
        ("art 2", "coded", 1),
    ]


@pytest.mark.parametrize(
    ("ask", "near"),
    [
        (lambda c: c.codelist("sexes"), "[sex]"),
        (lambda c: c.codelist("icss"), "[iccs]"),
        (lambda c: c.classification("iccs", "1.1"), "[1.0]"),
        (lambda c: c.correspondence("law_iccs"), "[law__iccs]"),
        (lambda c: c.disclosure("pubic"), "[public]"),
        (lambda c: c.population("x"), "Known: people"),
    ],
)
def test_unknown_names_give_the_nearest(base: Path, ask, near: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CatalogueError) as told:
        ask(load_catalogue(base=base))
    assert told.value.code == "E-CAT-001" and near in str(told.value)


def test_only_what_is_asked_for_is_read(base: Path) -> None:
    catalogue = load_catalogue(base=base)
    assert catalogue.files_read == set()
    catalogue.codelist("sex")
    assert catalogue.files_read == {"codelists/sex.csv", "codelists/manifest.toml"}


def test_overlay_rows_are_added_replaced_and_retired(base: Path, write: Write) -> None:
    first = write(
        "first",
        {
            "codelists/area.csv": "code,parent,label_en,retired_because\n02,,South,\n01,,Norden,\n0101,01,Town,gone\n",
            "dataflows/victims.toml": (base / "dataflows/victims.toml").read_text().replace('"Victims"', '"V"'),
        },
    )
    second = write("second", {"codelists/area.csv": "code,parent,label_en\n02,,Süden\n"})
    catalogue = load_catalogue(first, second, base=base)
    codes = catalogue.codelist("area").codes
    assert {code.code: code.labels["en"] for code in codes.values()} == {"01": "Norden", "02": "Süden"}
    assert catalogue.dataflows["victims"].labels == {"en": "V"}
    told = {(item.file, item.key, item.action, item.overlay.name) for item in catalogue.overrides}
    assert told == {
        ("codelists/area.csv", "02", "add", "first"),
        ("codelists/area.csv", "01", "replace", "first"),
        ("codelists/area.csv", "0101", "retire", "first"),
        ("codelists/area.csv", "02", "replace", "second"),
        ("dataflows/victims.toml", "", "replace", "first"),
    }


def test_valid_from_is_part_of_the_key(base: Path, write: Write) -> None:
    over = write(
        "over",
        {
            "correspondences/law__iccs.csv": "national_code,condition,iccs_code,status,valid_from,valid_to\n"
            "art 1,,0101,coded,,2023-12-31\nart 1,,0102,coded,2024-01-01,\n"
        },
    )
    rows = load_catalogue(over, base=base).correspondence("law__iccs").rows
    assert [(r.iccs_code, r.valid_from, r.valid_to) for r in rows if r.national_code == "art 1"] == [
        ("0101", None, date(2023, 12, 31)),
        ("0102", date(2024, 1, 1), None),
    ]


def test_equal_rows_are_no_override(base: Path, write: Write) -> None:
    over = write("over", {"codelists/sex.csv": (base / "codelists/sex.csv").read_text()})
    assert load_catalogue(over, base=base).overrides == ()


def test_labels_in_any_language(base: Path, write: Write) -> None:
    over = write("over", {"labels/de.csv": "list,code,label\nsex,1,Mann\niccs,0101,Mord\nmessages/report,title,Lage\n"})
    catalogue = load_catalogue(over, base=base)
    assert catalogue.codelist("sex").codes["1"].label("de") == "Mann"
    assert catalogue.codelist("sex").codes["2"].label("de") == "Female"
    assert catalogue.codelist("iccs").codes["0101"].label("de") == "Mord"
    assert catalogue.messages("report")["title"]["de"] == "Lage"
    assert catalogue.languages() == ("en", "de", "es", "fr")


def test_iccs_codes_stay_as_they_are(base: Path, write: Write) -> None:
    over = write("over", {"classifications/iccs/1.0/codes.csv": "code,parent,level,label_en\n0101,01,2,Mine\n"})
    with pytest.raises(CatalogueError) as told:
        load_catalogue(over, base=base).codelist("iccs")
    assert told.value.code == "E-CAT-053"


def test_the_newest_version_is_the_default(base: Path, write: Write) -> None:
    codes = "code,parent,level,label_en\nA,,section,New\nA1,A,division,Newer\n"
    write("base", {f"classifications/other/{number}/codes.csv": codes for number in ("1.9", "1.10")})
    catalogue = load_catalogue(base=base)
    assert catalogue.codelist("other").version == "1.10"
    assert catalogue.classification("other", "1.9").level_names == ("section", "division")
    assert catalogue.codelist("other").codes["A1"].level == 2


def test_the_fingerprint_follows_contents_and_not_places(base: Path, write: Write, tmp_path: Path) -> None:
    import shutil

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(base, elsewhere)
    first, second = load_catalogue(base=base), load_catalogue(base=elsewhere)
    assert first.fingerprint() == second.fingerprint()
    parts = first.fingerprint_of_kinds(["codelists"]), first.fingerprint_of_kinds(["derivations"])
    write("elsewhere", {"codelists/sex.csv": "code,label_en\n1,Man\n"})
    changed = load_catalogue(base=elsewhere)
    assert changed.fingerprint() != first.fingerprint()
    assert changed.fingerprint_of_kinds(["codelists"]) != parts[0]
    assert changed.fingerprint_of_kinds(["derivations"]) == parts[1]
    assert changed.fingerprint_of(["severity/legal.csv"]) == first.fingerprint_of(["severity/legal.csv"])


def test_a_missing_overlay_is_told(base: Path, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such folder"):
        load_catalogue(tmp_path / "nowhere", base=base)


def test_the_packaged_catalogue_loads_quickly() -> None:
    import time

    load_catalogue().read_all()
    start = time.perf_counter()
    load_catalogue().read_all()
    assert time.perf_counter() - start < 1.0  # 0.1 s on an idle machine
