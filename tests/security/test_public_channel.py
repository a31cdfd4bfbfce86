"""No way round protection: through a weak rule for figures beside the tables, single records, links, odd codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import AREAS, BY_ICCS, COLUMNS

from justitia.errors import JustitiaError
from justitia.metadata.definitions import DisclosureRule
from justitia.protect.rules import check_rule
from justitia.publish import quality_figures
from justitia.release import release_workspace, write_preview
from justitia.transmit import transmit_tables

Make = Callable[..., Any]
RULE = 'rule = "threshold_and_round"\n'
GOOD = RULE + "redact_up_to = 7\nround_to = 5\n"
NONE = RULE + "redact_up_to = 0\nround_to = 1\n"
OWN = BY_ICCS.replace("public_default", "own")


def test_quality_figures_need_a_rule_that_protects(country: Make, offence: Make) -> None:
    rules = {"disclosure/own.toml": GOOD, "disclosure/public_default.toml": NONE}
    made = country(dataflows={"by_iccs": OWN}, files=rules)
    made.send("a.csv", [offence(i) for i in range(13)])
    state = made.run().state
    assert quality_figures(made.workspace, state) == ()
    write_preview(made.workspace, state)
    assert not re.search(r">\s*13\s*<", (made.folder / "preview" / "report.en.html").read_text())
    with pytest.raises(JustitiaError, match=r"E-DIS-001.*public_default"):
        release_workspace(made.workspace, vintage="first")


@pytest.mark.parametrize(
    ("redact_up_to", "round_to", "code"), [(2, 2, "E-DIS-001"), (2, 10, "E-DIS-005"), (3, 9, "E-DIS-005")]
)
def test_rules_nearly_exact_or_with_a_false_zero_are_refused(redact_up_to: int, round_to: int, code: str) -> None:
    with pytest.raises(JustitiaError, match=code):
        check_rule(DisclosureRule("made", "threshold_and_round", redact_up_to, round_to))


@pytest.mark.parametrize("enough", [(2, 3), (2, 5), (4, 9), (4, 10), (7, 5)])
def test_rules_that_protect_are_taken(enough: tuple[int, int]) -> None:
    check_rule(DisclosureRule("made", "threshold_and_round", *enough))


@pytest.mark.parametrize(
    "condition",
    ["record_id = 'K1|1'", "event_id = 'police:K1'", "contains(offence_id, 'K1')", "row_number < 2 OR sex = 'M'"],
)
@pytest.mark.parametrize("place", ["where", "measure"])
def test_no_table_about_a_single_record(country: Make, offence: Make, condition: str, place: str) -> None:
    if "sex" in condition:
        condition = condition.split(" OR ", maxsplit=1)[0]
    text = (
        BY_ICCS.replace("[[dimensions]]", f'where = "{condition}"\n[[dimensions]]', 1)
        if place == "where"
        else BY_ICCS + f'[[measures]]\nid = "ONE"\nwhere = "{condition}"\n'
    )
    made = country(dataflows={"by_iccs": text})
    made.send("a.csv", [offence(i) for i in range(13)])
    with pytest.raises(JustitiaError, match="E-CAT-055"):
        made.run()


def test_whether_there_is_a_case_may_be_asked(country: Make, offence: Make) -> None:
    text = BY_ICCS.replace("[[dimensions]]", 'where = "event_id IS NOT NULL"\n[[dimensions]]', 1)
    made = country(dataflows={"by_iccs": text})
    made.send("a.csv", [offence(1)])
    made.run()
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 1


SUSPECTS = """
label = { en = "Suspects by citizenship" }
description = { en = "Made up" }
unit = "suspect"
counting_rule = "each"
disclosure = "own"
[[dimensions]]
id = "CITIZENSHIP"
field = "citizenship"
[[measures]]
id = "COUNT"
"""


@pytest.mark.parametrize("universe", ["", 'universe = "  "\n', 'universe = "Suspects known to the police"\n'])
def test_no_breakdown_by_citizenship_without_coverage(country: Make, offence: Make, universe: str) -> None:
    columns = {**COLUMNS, "CITIZEN": ("suspect,citizenship,use,,yes,",)}
    flow = SUSPECTS.replace("[[dim", f"{universe}[[dim", 1)
    made = country(columns=columns, dataflows={"by_group": flow}, files={"disclosure/own.toml": GOOD})
    made.send("a.csv", [offence(i, SEX="m", CITIZEN="NAT") for i in range(9)])
    if "police" in universe:
        made.run()
        rule = made.workspace.catalogue.disclosure("own")
        assert "citizenship" in rule.unranked_fields, "a rule of one's own ranks no more groups than the usual one"
    else:
        with pytest.raises(JustitiaError, match=r"E-CAT-056.*citizenship"):
            made.run()


def test_every_area_of_a_table_is_kept_from_small_numbers(country: Make, offence: Make) -> None:
    fields = "field,type,codelist,references,unit,description,source\nhome_area,code,area,,,Where they live,made\n"
    flow = BY_ICCS.replace("public_default", "own").replace('unit = "offence"', 'unit = "suspect"')
    flow = re.sub(r'\[\[dimensions\]\]\nid = "ICCS".*?(?=\[\[dim)', "", flow, flags=re.DOTALL)
    flow = flow.replace('field = "recorded_date"', 'field = "event.recorded_date"').replace(
        '"area_code"', '"home_area"'
    )
    people = "area,sex,age,year,population\nA,_T,_T,2023,90000\nB,_T,_T,2023,50\nC,_T,_T,2023,80000\n"
    made = country(
        columns={**COLUMNS, "HOME": ("suspect,home_area,use,,yes,",)},
        dataflows={"homes": flow},
        files={
            "records/suspect.csv": fields,
            "population/made.csv": people,
            "disclosure/own.toml": GOOD + 'minimum_population = 1000\npopulation = "made"\n',
        },
    )
    made.send("a.csv", [offence(i, SEX="m", HOME="AB"[i % 2]) for i in range(60)])
    made.run()
    shown = dict(made.rows_of("SELECT AREA, any_value(OBS_VALUE) FROM {table} GROUP BY 1", "protected__homes"))
    assert shown["A"] == 30 and shown["B"] is None


def test_a_delay_holds_for_tables_without_periods(country: Make, offence: Make) -> None:
    flow = OWN.replace('period = { field = "recorded_date", frequency = "A" }\n', "")
    made = country(dataflows={"by_iccs": flow}, files={"disclosure/own.toml": GOOD + "delay_days = 90\n"})
    made.send("a.csv", [offence(i) for i in range(13)])
    made.run()
    with pytest.raises(JustitiaError, match="E-DIS-006"):
        release_workspace(made.workspace, vintage="first")


@pytest.mark.parametrize("place", ["sources/police/x", "overlay/x", "store/x"])
def test_exact_tables_do_not_go_where_the_workspace_works(country: Make, offence: Make, place: str) -> None:
    made = country()
    with pytest.raises(JustitiaError, match="E-TRA-001"):
        transmit_tables(made.workspace, made.folder / place, recipient="UN", legal_basis="Act", approver="Director")


def test_a_public_folder_that_is_a_link_is_public(country: Make, offence: Make, tmp_path: Path) -> None:
    made, web = country(), tmp_path / "web"
    web.mkdir()
    (made.folder / "releases").symlink_to(web)
    with pytest.raises(JustitiaError, match="E-TRA-001"):
        transmit_tables(made.workspace, web / "x", recipient="UN", legal_basis="Act", approver="Director")
    assert list(web.iterdir()) == []


@pytest.mark.parametrize("code", ["_T", "A_X"])
def test_no_code_may_pass_for_a_total(country: Make, offence: Make, code: str) -> None:
    made = country(values={"DISTRICT": {"odd": code}})
    made.send("a.csv", [offence(1, DISTRICT="odd")])
    with pytest.raises(JustitiaError, match="E-CAT-021"):
        made.run()
    made = country(files={"codelists/area.csv": AREAS + "_T,,Total,Total,Total\n"})
    made.send("a.csv", [offence(1)])
    with pytest.raises(JustitiaError, match="E-CAT-018"):
        made.run()


def test_script_and_formulas_in_labels_stay_text(country: Make, offence: Make) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    script = "<script>alert(1)</script>"
    made = country(
        dataflows={"by_iccs": BY_ICCS.replace('en = "Offences by ICCS"', f'en = "=1+1 {script}"')},
        files={"codelists/area.csv": AREAS.replace("Area A", f"=cmd|calc {script}")},
    )
    made.send("a.csv", [offence(i) for i in range(30)])
    write_preview(made.workspace, made.run().state)
    preview = made.folder / "preview"
    assert script not in (preview / "report.en.html").read_text()
    for file in preview.rglob("*.csv"):
        assert not re.search(r'(^|,)"?[=+@]', file.read_text(), re.MULTILINE), file
    book = openpyxl.load_workbook(preview / "tables.en.xlsx")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert {sheet.sheet_state for sheet in book} == {"visible"}
