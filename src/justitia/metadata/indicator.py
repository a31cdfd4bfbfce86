"""Indicators: what is counted, by which rule, over what, broken down how (`indicators/<domain>.csv`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from justitia.metadata.definitions import Labels, Override, Place
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, choice_of, flag_of, number_of, read_rows
from justitia.metadata.tree import Tree

# What a figure is made of: records (count, sum, stock, list, median), other figures, the population, or a survey.
METHODS = (
    "count",
    "sum",
    "stock",
    "list",
    "median",
    "rate",
    "standardised_rate",
    "share",
    "ratio",
    "population",
    "survey",
)
OF_RECORDS = ("count", "sum", "stock", "list", "median")
OF_FIGURES = ("rate", "standardised_rate", "share", "ratio")
COUNTING_RULES = ("each", "principal_offence", "once_per_category", "each_victim", "once_per_series")
INCHOATE = ("any", "completed", "attempt")
STATUSES = ("source", "memory")
_BREAKDOWN = re.compile(r"(?P<id>[A-Z][A-Z0-9_]*)=(?P<field>[a-z_][a-z0-9_.]*)(@(?P<levels>[\w+]+))?")

INDICATORS = Columns(
    key=("id",),
    required=("id", "label_en", "counting_unit", "kind", "method", "source", "status"),
    optional=(
        *("counting_rule", "code_field", "includes", "excludes", "inchoate", "where"),
        *("where_known", "value_field", "period"),
        *("numerator", "denominator", "per", "breakdowns", "parts_sum", "series", "small_below", "otherwise"),
        *("reference_day", "when_recorded", "definition"),
    ),
    families=("label_",),
    filled=("id", "label_en", "counting_unit", "method", "source", "status"),
)


@dataclass(frozen=True, slots=True)
class IndicatorBreakdown:
    """A breakdown that an indicator may be asked by: its id, the field that holds it, the levels counted."""

    id: str
    field: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """A quantity with its definition.

    Args:
        id: name in all collections.
        labels: by language.
        counting_unit: what one is: offence, victim, person in a case, stay, place, ...
        kind: kind of record counted; empty where other figures or the population are used.
        method, counting_rule: see METHODS and COUNTING_RULES.
        code_field: field that holds the ICCS code, of the kind or of a record that it leads to.
        includes, excludes: ICCS codes, each standing for all below it; no inclusion means every code.
        inchoate: whether completed acts, attempts or both are counted.
        where: further condition (tags and others), in the catalogue's language.
        where_known: condition that is left out, with a note, where no source fills its fields.
        value_field: what is summed, or whose median is asked.
        period: date field of a flow; begin and end of a stock; day of a list.
        reference_day: month and day of stocks and lists (`12-31`).
        numerator, denominator: ids of indicators.
        per: 100, 100000, ...
        breakdowns: by which it may be asked, with totals.
        parts_sum: whether parts must sum to the total.
        series: fields whose equal values make records one series.
        small_below: figures of fewer units than this are flagged.
        otherwise: indicator used where no source tells of this kind.
        when_recorded: at which moment a unit is counted.
        source, status: where the definition comes from; `memory` must be checked against the questionnaire.
    """

    id: str
    labels: Labels
    counting_unit: str
    kind: str
    method: str
    counting_rule: str
    code_field: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]
    inchoate: str
    where: str
    where_known: str
    value_field: str
    period: tuple[str, ...]
    reference_day: str
    numerator: str
    denominator: str
    per: float
    breakdowns: tuple[IndicatorBreakdown, ...]
    parts_sum: bool
    series: tuple[str, ...]
    small_below: int
    otherwise: str
    when_recorded: str
    definition: str
    source: str
    status: str
    place: Place | None = None

    def breakdown(self, identifier: str) -> IndicatorBreakdown | None:
        """Return the breakdown of that id, None when there is none."""
        return next((item for item in self.breakdowns if item.id == identifier), None)


def read_indicators(tree: Tree, faults: Faults, overrides: list[Override]) -> dict[str, Indicator]:
    """Return the indicators of all domains by id."""
    made: dict[str, Indicator] = {}
    for domain in tree.stems("indicators", ".csv"):
        for row in read_rows(tree, f"indicators/{domain}.csv", INDICATORS, faults, overrides):
            if row["id"] in made:
                faults.add(
                    "E-CAT-009", f"indicator [{row['id']}] is in two files", where=row.place, remedy="Rename one"
                )
            made[row["id"]] = _indicator(row, faults)
    return made


def _indicator(row: Row, faults: Faults) -> Indicator:
    return Indicator(
        id=row["id"],
        labels=row.labels(),
        counting_unit=row["counting_unit"],
        kind=row["kind"],
        method=choice_of(row, "method", METHODS, faults, default="count"),
        counting_rule=choice_of(row, "counting_rule", COUNTING_RULES, faults, default="each"),
        code_field=row["code_field"] or "iccs_code",
        includes=listed(row, "includes"),
        excludes=listed(row, "excludes"),
        inchoate=choice_of(row, "inchoate", INCHOATE, faults, default="any"),
        where=row["where"],
        where_known=row["where_known"],
        value_field=row["value_field"],
        period=listed(row, "period"),
        reference_day=row["reference_day"] or "12-31",
        numerator=row["numerator"],
        denominator=row["denominator"],
        per=number_of(row, "per", faults) or 1.0,
        breakdowns=tuple(_breakdowns(row, faults)),
        parts_sum=flag_of(row, "parts_sum", faults, default=True),
        series=listed(row, "series"),
        small_below=int(number_of(row, "small_below", faults) or 0),
        otherwise=row["otherwise"],
        when_recorded=row["when_recorded"],
        definition=row["definition"],
        source=row["source"],
        status=choice_of(row, "status", STATUSES, faults, default="memory"),
        place=row.place,
    )


def listed(row: Row, column: str) -> tuple[str, ...]:
    """Return the parts of a cell that are separated by `;`."""
    return tuple(part for part in map(str.strip, row[column].split(";")) if part)


def _breakdowns(row: Row, faults: Faults) -> list[IndicatorBreakdown]:
    found = []
    for part in listed(row, "breakdowns"):
        match = _BREAKDOWN.fullmatch(part)
        if match is None:
            faults.add(
                "E-CAT-018",
                f"[{part}] in column breakdowns is not ID=field or ID=field@level",
                where=row.place,
                remedy="Write SEX=sex; MECHANISM=event.mechanism@1+2",
            )
            continue
        levels = tuple((match["levels"] or "").split("+")) if match["levels"] else ()
        found.append(IndicatorBreakdown(match["id"], match["field"], levels))
    return found
