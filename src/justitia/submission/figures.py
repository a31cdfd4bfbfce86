"""Figures of indicators by key and year: counted ones looked up, rates and shares computed from what was counted.

The public copy is computed from protected counts, like every public figure: an exact rate gives the count back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from justitia.aggregate.durations import quantile_of_counts
from justitia.aggregate.indicator import FLOWS, Asked, is_coded, missing_fields
from justitia.aggregate.rates import Estimates, rate_per, share_of
from justitia.aggregate.standardised import standardised_rate
from justitia.metadata.indicator import OF_FIGURES, OF_RECORDS, Indicator
from justitia.model.missing import TOTAL
from justitia.model.questionnaire import FILLED, MISSING, SUPPRESSED, WAITING
from justitia.submission.counted import Counted, count_figures, durations
from justitia.submission.delivered import Delivered

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.submission.records import Records
    from justitia.workspace import Workspace

Key = Mapping[str, tuple[str, ...]]
AREA, SEX = "AREA", "SEX"
FIVE_YEARS, AGES = "AGE5", "age_group_five_years"
POPULATION_AXES = {"AREA": "area", "SEX": "sex", "AGE": "age", "AGE5": "age"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, or why there is none."""

    value: float | None
    status: str = FILLED
    reason: str = ""
    missing: tuple[str, ...] = ()
    lower: float | None = None
    upper: float | None = None
    is_small: bool = False
    notes: tuple[str, ...] = ()


def _none(reason: str, *missing: str, status: str = MISSING) -> Figure:
    return Figure(None, status, reason, tuple(missing))


@dataclass(frozen=True, slots=True)
class Population:
    """Inhabitants by (area, sex, age, year), and which table and version they are from."""

    name: str
    source: str
    people: Mapping[tuple[str, str, str, int], float]

    def of(self, key: Mapping[str, str], year: int) -> float | None:
        """Return the inhabitants under a key, None where the table has none."""
        axes = {axis: key.get(name, TOTAL) for name, axis in POPULATION_AXES.items() if name in key}
        return self.people.get((axes.get("area", TOTAL), axes.get("sex", TOTAL), axes.get("age", TOTAL), year))


class Figures:
    """Answers what an indicator is under a key in a year.

    Args:
        workspace, engine, records: what is counted.
        population: denominators; None where the workspace has none.
        counted: figures of records.
    """

    def __init__(
        self,
        workspace: Workspace,
        engine: Engine,
        records: Records,
        *,
        population: Population | None,
        counted: Counted,
    ) -> None:
        self.workspace, self.engine, self.records = workspace, engine, records
        self.indicators = workspace.catalogue.indicators
        self.population, self.counted = population, counted
        self.delivered = Delivered(engine, records, workspace.catalogue.covered)

    def of(self, identifier: str, key: Key, year: int) -> Figure:
        """Return an indicator's figure; several codes of one breakdown are summed."""
        chosen = resolved(identifier, self.workspace, self.records)
        figure = self._of(self.indicators[chosen], key, year)
        if chosen != identifier:
            figure = replace(figure, notes=(*figure.notes, f"unit:{chosen}"))
        return figure

    def _of(self, indicator: Indicator, key: Key, year: int) -> Figure:
        unknown = [name for name in key if indicator.breakdown(name) is None]
        if unknown:
            return _none(f"indicator {indicator.id} has no breakdown {', '.join(unknown)}", status="other")
        if indicator.method == "survey":
            return _none("only a survey can answer", status=WAITING)
        if indicator.method == "population":
            return self._inhabitants(indicator, key, year)
        if indicator.method in OF_FIGURES:
            return self._computed(indicator, key, year)
        asked = Asked(indicator.id, dims_of(indicator, key))
        missing = missing_fields(
            indicator, asked.breakdowns, catalogue=self.workspace.catalogue, columns=self.records.columns
        )
        if missing:
            return _none(f"no source fills {', '.join(missing)}", *missing)
        if not is_coded(indicator, self.records.targets, self.workspace.catalogue.codelist("iccs")):
            codes = ", ".join(indicator.includes)
            return _none(f"no national offence is coded to {codes}", *(f"coding:{code}" for code in indicator.includes))
        if indicator.method == "median":
            return self._median(indicator, key, year)
        return self._counted(indicator, asked, key, year)

    # -- of records -----------------------------------------------------------------------------------------------
    def _counted(self, indicator: Indicator, asked: Asked, key: Key, year: int) -> Figure:
        total = 0.0
        try:
            for single in singles(key):
                value = self.counted.look(asked, indicator, single, year)
                if value is None:
                    return _none("redacted in the public copy", status=SUPPRESSED)
                total += value
        except LookupError:
            return _none(f"no record of {indicator.kind} in {year}", indicator.kind)
        return self._in_part(Figure(total, notes=self.counted.plan.notes.get(indicator.id, ())), indicator, year)

    def _in_part(self, figure: Figure, indicator: Indicator, year: int) -> Figure:
        """Return a figure of a year with a footnote on the months of which nothing is known; a zero is then none."""
        gaps = self.delivered.gaps(indicator, year) if indicator.method in FLOWS else ()
        if not gaps:
            return figure
        if not figure.value or any(gap.is_emptying for gap in gaps):
            told = "; ".join(gap.text for gap in gaps)
            return _none(f"the year is not covered in full by records of {indicator.kind}: {told}", indicator.kind)
        return replace(figure, notes=(*figure.notes, *(f"{gap.note}:{gap.text}" for gap in gaps)))

    def _median(self, indicator: Indicator, key: Key, year: int) -> Figure:
        if self.counted.is_public:
            return _none("medians of records are not in the public copy", status=SUPPRESSED)
        counts: dict[float, int] = {}
        for single in singles(key):
            for value, count in durations(self.engine, self.records, self.workspace, indicator, single, year).items():
                counts[value] = counts.get(value, 0) + count
        median = quantile_of_counts(counts)
        if median is None:
            return _none(f"no record of {indicator.kind} with {indicator.value_field} in {year}", indicator.kind)
        small = sum(counts.values()) < indicator.small_below
        return self._in_part(Figure(median, is_small=small), indicator, year)

    # -- of other figures -----------------------------------------------------------------------------------------
    def _inhabitants(self, indicator: Indicator, key: Key, year: int) -> Figure:
        if self.population is None:
            return _none("the workspace has no population table", "population")
        fixed = _fixed(indicator)
        values = [self.population.of({**single, **fixed}, year) for single in singles(key)]
        if any(value is None for value in values):
            return _none(f"population table {self.population.name} has no such row for {year}", "population")
        return Figure(sum(value for value in values if value is not None), notes=("population",))

    def _computed(self, indicator: Indicator, key: Key, year: int) -> Figure:
        if indicator.method == "standardised_rate":
            return self._standardised(indicator, key, year)
        below = self.indicators[indicator.denominator]
        above = self.of(indicator.numerator, key, year)
        # A share of a thing in itself is its distribution: the whole is the total.
        whole = {} if indicator.numerator == indicator.denominator else _shared(key, below)
        under = self.of(below.id, whole, year)
        if above.value is None or under.value is None:
            return above if above.value is None else under
        if not under.value:
            return _none(f"the denominator {below.id} is 0", status="other")
        small = indicator.small_below
        if indicator.method == "share":
            made = share_of(min(above.value, under.value), under.value, per=indicator.per, small_below=small)
        elif indicator.method == "rate":
            made = rate_per(above.value, under.value, per=indicator.per, small_below=small)
        else:
            return Figure(_round(above.value / under.value * indicator.per), notes=_notes(above, under))
        return _figure(made, above, under)

    def _standardised(self, indicator: Indicator, key: Key, year: int) -> Figure:
        standard = self.workspace.catalogue.population_standard(indicator.denominator)
        counts, people = [], []
        for group in standard:
            own = {**key, FIVE_YEARS: (group,)}
            count = self.of(indicator.numerator, own, year)
            if count.value is None:
                return count
            inhabitants = self.population.of(next(iter(singles(own))), year) if self.population else None
            if inhabitants is None:
                return _none(
                    f"the population table has no inhabitants by groups of five years for {year}", "population"
                )
            counts.append(count.value)
            people.append(inhabitants)
        weights = list(standard.values())
        made = standardised_rate(counts, people, weights, per=indicator.per, small_below=indicator.small_below)
        return replace(_figure(made), notes=("population", "ages_known_only"))


def _figure(made: Estimates, *parts: Figure) -> Figure:
    value = float(made.values)
    if math.isnan(value):
        return _none("the figure cannot be computed", status="other")
    notes = _notes(*parts)
    return Figure(
        _round(value),
        lower=_round(float(made.lower)),
        upper=_round(float(made.upper)),
        is_small=bool(made.is_small),
        notes=notes,
    )


def _notes(*parts: Figure) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for part in parts for note in part.notes))


def _round(value: float) -> float:
    return round(value, 4)


def _fixed(indicator: Indicator) -> dict[str, str]:
    """Return the axes that a population indicator holds fixed by its condition: `sex = 'F'`."""
    from justitia.metadata.checking.known import compared_codes

    if not indicator.where:
        return {}
    names = {axis: name for name, axis in POPULATION_AXES.items() if name != FIVE_YEARS}
    return {names[field]: code for field, code in compared_codes(indicator.where, indicator.id)}


def _shared(key: Key, indicator: Indicator) -> Key:
    return {name: codes for name, codes in key.items() if indicator.breakdown(name) is not None}


def singles(key: Key) -> Iterable[dict[str, str]]:
    """Yield the key once for every combination of its codes."""
    names = list(key)
    return (dict(zip(names, codes, strict=True)) for codes in product(*key.values()))


def dims_of(indicator: Indicator, key: Iterable[str]) -> tuple[str, ...]:
    """Return the breakdowns that a key names, in the indicator's order."""
    names = set(key)
    return tuple(item.id for item in indicator.breakdowns if item.id in names)


def resolved(identifier: str, workspace: Workspace, records: Records) -> str:
    """Return the indicator that stands for another where no source tells of its kind of record."""
    indicators = workspace.catalogue.indicators
    chosen = identifier
    while True:
        indicator = indicators[chosen]
        if indicator.method not in OF_RECORDS or not indicator.otherwise:
            return chosen
        own, other = (
            missing_fields(item, (), catalogue=workspace.catalogue, columns=records.columns)
            for item in (indicator, indicators[indicator.otherwise])
        )
        if not own or (other and not indicators[indicator.otherwise].otherwise):
            return chosen
        chosen = indicator.otherwise


def asked_of(identifier: str, dims: Sequence[str], *, workspace: Workspace, records: Records) -> Iterable[Asked]:
    """Yield every count that a figure needs."""
    indicator = workspace.catalogue.indicators[resolved(identifier, workspace, records)]
    if indicator.method == "standardised_rate":
        yield from asked_of(indicator.numerator, (*dims, FIVE_YEARS), workspace=workspace, records=records)
    elif indicator.method in OF_FIGURES:
        yield from asked_of(indicator.numerator, dims, workspace=workspace, records=records)
        below = workspace.catalogue.indicators[indicator.denominator]
        same = indicator.numerator == indicator.denominator
        kept = [] if same else [name for name in dims if below.breakdown(name) is not None]
        yield from asked_of(below.id, kept, workspace=workspace, records=records)
    elif indicator.method in OF_RECORDS and all(indicator.breakdown(name) for name in dims):
        yield Asked(indicator.id, dims_of(indicator, dims))


def open_figures(
    workspace: Workspace,
    engine: Engine,
    records: Records,
    asked: Iterable[tuple[str, Sequence[str]]],
    *,
    years: Sequence[int],
    disclosure: str,
    population: Population | None,
    public: bool,
) -> Figures:
    """Return the figures of some indicators by some breakdowns, counted.

    Args:
        workspace, engine, records: what is counted.
        asked: (indicator, breakdowns).
        years: years asked.
        disclosure: rule of the public copy.
        population: denominators.
        public: protect the counts.
    """
    counts = [item for name, dims in asked for item in asked_of(name, dims, workspace=workspace, records=records)]
    counted = count_figures(workspace, engine, records, counts, years=years, disclosure=disclosure, public=public)
    return Figures(workspace, engine, records, population=population, counted=counted)
