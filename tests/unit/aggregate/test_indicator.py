"""Indicators compiled to tables: conditions, what is missing, and one table for all that share a shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from justitia.aggregate.indicator import Asked, code_condition, condition_of, day_of, missing_fields, plan_tables
from justitia.metadata.load import Catalogue, load_catalogue

COLUMNS = {
    "event": {"event_id", "recorded_date"},
    "offence": {"offence_id", "event_id", "recorded_date", "iccs_code", "is_principal_offence"},
    "victim": {"victim_id", "event_id", "offence_id", "sex", "age", "cts_age_group"},
    "suspect": {"suspect_id", "event_id", "sex"},
    "custody_episode": {"custody_episode_id", "admitted_date", "released_date", "custody_status", "sex"},
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_a_code_stands_for_all_below_it_but_for_what_is_left_out(catalogue: Catalogue) -> None:
    indicator = replace(catalogue.indicators["offences_robbery"], includes=("0401",), excludes=("04013",))
    listed = code_condition(indicator, catalogue.codelist("iccs"))
    assert "'040111'" in listed and "'0401'" in listed
    assert "'04013'" not in listed and "'040131'" not in listed


def test_attempts_are_told_apart_only_where_a_source_does(catalogue: Catalogue) -> None:
    indicator = replace(catalogue.indicators["offences_robbery"], inchoate="completed")
    where, notes = condition_of(indicator, catalogue=catalogue, columns=COLUMNS)
    assert notes == ("attempts_not_told_apart",) and "inchoate" not in where
    known = {**COLUMNS, "offence": COLUMNS["offence"] | {"inchoate_form"}}
    where, notes = condition_of(indicator, catalogue=catalogue, columns=known)
    assert notes == () and "coalesce(inchoate_form, 'completed') IN ('completed'" in where


@pytest.mark.parametrize(
    ("indicator", "breakdowns", "missing"),
    [
        ("victims_intentional_homicide", ("SEX",), ()),
        ("victims_intentional_homicide", ("AGE",), ()),
        ("victims_intentional_homicide", ("RELATION",), ("victim.iccs_relationship",)),
        ("victims_intentional_homicide", ("STATUS",), ("victim.age_status",)),  # the age is there, the group is not
        ("victims_intentional_homicide", ("CONTEXT",), ("offence.iccs_homicide_context",)),
        ("persons_contact_robbery", ("SEX",), ()),  # by the principal offence of the shared event
        ("persons_held", (), ("prisoner",)),
        ("persons_held_stays", ("SEX",), ()),
        ("arms_all", (), ("item",)),
    ],
)
def test_what_is_missing_is_named_by_the_field_that_a_source_would_fill(
    catalogue: Catalogue, indicator: str, breakdowns: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    found = missing_fields(catalogue.indicators[indicator], breakdowns, catalogue=catalogue, columns=COLUMNS)
    assert found == missing


def test_a_derived_group_is_missing_by_its_source(catalogue: Catalogue) -> None:
    columns = {**COLUMNS, "victim": COLUMNS["victim"] - {"age", "cts_age_group"}}
    indicator = catalogue.indicators["victims_intentional_homicide"]
    assert missing_fields(indicator, ("AGE",), catalogue=catalogue, columns=columns) == ("victim.age",)


def test_lines_of_one_shape_share_a_table(catalogue: Catalogue) -> None:
    asked = [Asked("offences_robbery"), Asked("offences_theft"), Asked("victims_intentional_homicide", ("SEX",))]
    plan = plan_tables(asked, catalogue=catalogue, columns=COLUMNS, years=(2024, 2023), disclosure="public_default")
    assert len(plan.dataflows) == 2
    table, measure = plan.places[asked[0]]
    assert plan.places[asked[1]][0] == table and measure == "OFFENCES_ROBBERY"
    flow = plan.dataflows[table]
    assert flow.where == "year(recorded_date) IN (2024, 2023)" and flow.disclosure == "public_default"
    assert flow.measures[0].id == "COUNT"


def test_a_stock_has_a_measure_for_each_day(catalogue: Catalogue) -> None:
    asked = Asked("persons_held_stays", ("SEX",))
    plan = plan_tables([asked], catalogue=catalogue, columns=COLUMNS, years=(2024,), disclosure="d")
    table, measure = plan.places[asked]
    found = {item.id: item.where for item in plan.dataflows[table].measures}
    assert "DATE '2024-12-31'" in found[f"{measure}__2024"]
    assert plan.dataflows[table].frequency == ""
    assert day_of(catalogue.indicators["persons_held"], 2024) == "reference_date = DATE '2024-12-31'"
