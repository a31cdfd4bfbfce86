"""Checks of tables to be counted: units, fields, levels, conditions, ratios and charts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from justitia.metadata.checking.known import Known
from justitia.metadata.definitions import Dataflow, Dimension, Ratio
from justitia.metadata.faults import nearest

TIME = "TIME_PERIOD"
TAKEN = (TIME, "MEASURE", "OBS_VALUE", "LOWER", "UPPER", "OBS_STATUS", "CONF_STATUS", "DATAFLOW")
_ID = re.compile(r"[A-Z][A-Z0-9_]*")


def check_dataflows(known: Known) -> None:
    """Note the faults of all tables to be counted."""
    for dataflow in known.catalogue.dataflows.values():
        _check_ids(known, dataflow)
        rules = known.catalogue.names("disclosure")
        if dataflow.disclosure and dataflow.disclosure not in rules:
            _unknown(known, dataflow, "disclosure rule", dataflow.disclosure, rules)
        if known.check_kind(dataflow.unit, dataflow.place):
            _check_fields(known, dataflow)
        for ratio in dataflow.ratios:
            _check_ratio(known, dataflow, ratio)
        axes = [*(dimension.id for dimension in dataflow.dimensions), *([TIME] if dataflow.frequency else [])]
        for key in ("x", "colour"):
            if key in dataflow.chart and dataflow.chart[key] not in axes:
                _unknown(known, dataflow, f"dimension for chart {key}", dataflow.chart[key], axes)
        if "en" not in dataflow.labels:
            remedy = 'Write label = { en = "..." }'
            known.faults.add("E-CAT-016", "the English label is missing", where=dataflow.place, remedy=remedy)


def _unknown(known: Known, dataflow: Dataflow, what: str, name: str, among: Iterable[str]) -> None:
    known.faults.add("E-CAT-025", f"there is no {what} [{name}]", where=dataflow.place, remedy=nearest(name, among))


def _check_ids(known: Known, dataflow: Dataflow) -> None:
    ids = [item.id for item in dataflow.dimensions]
    ids += [item.id for item in dataflow.measures] + [item.id for item in dataflow.ratios]
    for name in sorted(set(ids)):
        if ids.count(name) > 1:
            known.faults.add("E-CAT-009", f"id [{name}] stands twice", where=dataflow.place, remedy="Rename one")
        if name in TAKEN or not _ID.fullmatch(name):
            remedy = f"Use capitals, digits and _, and none of {', '.join(TAKEN)}"
            known.faults.add("E-CAT-013", f"[{name}] cannot be an id", where=dataflow.place, remedy=remedy)
    if dataflow.measures and "COUNT" not in {measure.id for measure in dataflow.measures}:
        remedy = 'Add [[measures]] with id = "COUNT"'
        known.faults.add("E-CAT-016", "measure COUNT is missing", where=dataflow.place, remedy=remedy)


def _check_fields(known: Known, dataflow: Dataflow) -> None:
    unit, place = dataflow.unit, dataflow.place
    if dataflow.period_field:
        field = known.check_field(dataflow.period_field, unit, place)
        if field is not None and field.type != "date":
            remedy = "Use a field of type date"
            known.faults.add("E-CAT-063", f"[{dataflow.period_field}] is not a date", where=place, remedy=remedy)
    for dimension in dataflow.dimensions:
        _check_dimension(known, dataflow, dimension)
    if dataflow.where:
        known.check_expression(dataflow.where, unit, place, "where")
    for measure in dataflow.measures:
        if measure.where:
            known.check_expression(measure.where, unit, place, f"measure {measure.id}")
        if measure.sum_of:
            field = known.check_field(measure.sum_of, unit, place)
            if field is not None and field.type != "integer":
                known.faults.add("E-CAT-063", f"[{measure.sum_of}] is not a whole number", where=place)
    for name in dataflow.series:
        known.check_field(name, unit, place)
    if (dataflow.counting_rule == "once_per_series") != bool(dataflow.series):
        remedy = 'Write counting_rule = "once_per_series" and series = ["event_id", "iccs_code"], or neither'
        known.faults.add("E-CAT-069", "rule once_per_series and its fields go together", where=place, remedy=remedy)


def _check_dimension(known: Known, dataflow: Dataflow, dimension: Dimension) -> None:
    place = f"{dataflow.place}, dimension {dimension.id}"
    field = known.check_field(dimension.field, dataflow.unit, place)
    if field is None:
        return
    listed = known.codelist(field.codelist) if field.codelist else None
    if not field.codelist:
        remedy = "Break down by a field of type code, or derive a band from it (derivations.csv)"
        known.faults.add("E-CAT-063", f"[{dimension.field}] is not a coded field", where=place, remedy=remedy)
    if listed is None:
        return
    deepest = max((code.level for code in listed.codes.values()), default=1)
    numbers = [str(number) for number in range(1, deepest + 1)]
    for level in dimension.levels:
        if level not in (*listed.level_names, *numbers):
            remedy = nearest(level, listed.level_names or numbers)
            message = f"[{level}] is not a level of code list {listed.name}"
            known.faults.add("E-CAT-064", message, where=place, remedy=remedy)


def _check_ratio(known: Known, dataflow: Dataflow, ratio: Ratio) -> None:
    measures = [measure.id for measure in dataflow.measures]
    if ratio.numerator not in measures:
        _unknown(known, dataflow, f"measure for ratio {ratio.id}", ratio.numerator, measures)
    start, _, population = ratio.denominator.partition(":")
    if start == "population":
        tables = known.catalogue.names("population")
        if population not in tables:
            _unknown(known, dataflow, "population table", population, tables)
        if ratio.kind != "rate":
            remedy = 'Write kind = "rate"'
            known.faults.add("E-CAT-017", f"{ratio.id} is over a population", where=dataflow.place, remedy=remedy)
        if dataflow.frequency != "A":
            remedy = 'Count by year: period = { field = "...", frequency = "A" }'
            message = f"rate {ratio.id} needs yearly periods"
            known.faults.add("E-CAT-067", message, where=dataflow.place, remedy=remedy)
        return
    if ratio.kind == "rate":
        message = f"rate {ratio.id} needs a denominator population:<id>"
        known.faults.add("E-CAT-067", message, where=dataflow.place, remedy='For two measures write kind = "share"')
    elif ratio.denominator not in measures:
        _unknown(known, dataflow, f"measure for ratio {ratio.id}", ratio.denominator, measures)
