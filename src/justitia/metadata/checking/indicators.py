"""Checks of indicators, collections and crime forms: codes, fields, breakdowns, denominators, sums, places of cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from justitia.metadata.binding import ANY
from justitia.metadata.checking.known import ICCS, Known
from justitia.metadata.collection import Cell, Collection
from justitia.metadata.definitions import CodeList
from justitia.metadata.faults import nearest
from justitia.metadata.indicator import OF_FIGURES, OF_RECORDS, Indicator

DAY, SOME_DAY = "{day}", "2000-12-31"


def check_indicators(known: Known) -> None:
    """Note the faults of all indicators, collections and crime forms."""
    indicators = known.catalogue.indicators
    for indicator in indicators.values():
        if indicator.method in OF_RECORDS:
            _check_records(known, indicator)
        if indicator.method in OF_FIGURES:
            _check_figures(known, indicator, indicators)
        if indicator.otherwise and indicator.otherwise not in indicators:
            _unknown(known, "indicator", indicator.otherwise, indicators, indicator.place)
    for name in known.catalogue.collection_ids():
        _check_collection(known, known.catalogue.collection(name), indicators)
    for difference in known.catalogue.differences:
        for name in (difference.left, difference.right):
            if name not in indicators:
                _unknown(known, "indicator", name, indicators, "collections/differences.csv")
    for text in known.catalogue.names("coverage"):
        _check_forms(known, text)


def _unknown(known: Known, what: str, name: str, among: Iterable[str], place: object) -> None:
    known.faults.add("E-CAT-025", f"there is no {what} [{name}]", where=place, remedy=nearest(name, among))


# -- indicators ---------------------------------------------------------------------------------------------------
def _check_records(known: Known, indicator: Indicator) -> None:
    place = indicator.place
    if not known.check_kind(indicator.kind, place):
        return
    if known.iccs is not None:
        for code in (*indicator.includes, *indicator.excludes):
            known.check_code(code, known.iccs, place)
    names = [*indicator.period, *indicator.series, *filter(None, [indicator.value_field])]
    names += [indicator.code_field] if indicator.includes or indicator.excludes else []
    for name in names:
        known.check_field(name, indicator.kind, place)
    for breakdown in indicator.breakdowns:
        field = known.check_field(breakdown.field, indicator.kind, place)
        if field is not None and not field.codelist:
            message = f"breakdown {breakdown.id}: [{breakdown.field}] is not a coded field"
            known.faults.add("E-CAT-063", message, where=place, remedy="Break down by a field of type code")
    for text in (indicator.where.replace(DAY, SOME_DAY), indicator.where_known):
        if text:
            known.check_expression(text, indicator.kind, place)
    needed = {"stock": 2, "list": 1, "count": 1, "sum": 1, "median": 1}[indicator.method]
    if len(indicator.period) != needed:
        message = f"method {indicator.method} needs {needed} date field(s) in column period"
        known.faults.add("E-CAT-085", message, where=place, remedy="A stock has begin;end, all others one date")


def _check_figures(known: Known, indicator: Indicator, indicators: Mapping[str, Indicator]) -> None:
    if indicator.numerator not in indicators:
        _unknown(known, "indicator", indicator.numerator, indicators, indicator.place)
    if indicator.method == "standardised_rate":
        if indicator.denominator not in known.catalogue.names("population_standards"):
            standards = known.catalogue.names("population_standards")
            _unknown(known, "standard population", indicator.denominator, standards, indicator.place)
        return
    if indicator.denominator not in indicators:
        _unknown(known, "indicator", indicator.denominator, indicators, indicator.place)
        return
    method = indicators[indicator.denominator].method
    if indicator.method == "rate" and method != "population":
        known.faults.add(
            "E-CAT-086",
            f"rate {indicator.id} divides by {indicator.denominator}, which is no population",
            where=indicator.place,
            remedy="Divide by an indicator of method population, or use method ratio",
        )


# -- collections --------------------------------------------------------------------------------------------------
def _check_collection(known: Known, collection: Collection, indicators: Mapping[str, Indicator]) -> None:
    where = f"collections/{collection.id}"
    lines = {(line.table, line.id): line for line in collection.lines}
    by_line: dict[tuple[str, str], list[Cell]] = {}
    for cell in collection.cells:
        by_line.setdefault((cell.table, cell.line), []).append(cell)
        if (cell.table, cell.line) not in lines:
            _unknown(known, "line", cell.line, [line for _, line in lines], cell.place)
        if cell.indicator and cell.indicator not in indicators:
            _unknown(known, "indicator", cell.indicator, indicators, cell.place)
        elif cell.indicator:
            _check_key(known, cell, indicators[cell.indicator])
    for line in collection.lines:
        if line.table not in collection.tables:
            _unknown(known, "table", line.table, collection.tables, f"{where}/lines.csv")
        if line.parent and (line.table, line.parent) not in lines:
            _unknown(known, "line", line.parent, [own for _, own in lines], f"{where}/lines.csv")
        if line.columns and line.columns not in collection.columns and line.fed_by != "text":
            _unknown(known, "set of columns", line.columns, collection.columns, f"{where}/lines.csv")
    _check_parts(known, collection, by_line, indicators)
    if collection.disclosure not in known.catalogue.names("disclosure"):
        _unknown(known, "disclosure rule", collection.disclosure, known.catalogue.names("disclosure"), where)
    _check_bindings(known, collection)
    spots: dict[tuple[str, str], str] = {}
    for (name, back), spot in collection.places.items():
        other = spots.setdefault(spot, f"{name} ({back})")
        if other != f"{name} ({back})":
            message = f"cell {spot[1]} of sheet [{spot[0]}] is that of {other} and of {name} ({back})"
            known.faults.add("E-CAT-088", message, where=f"{where}/layout.csv", remedy="One cell holds one figure")


def _check_bindings(known: Known, collection: Collection) -> None:
    where = f"collections/{collection.id}/sdmx.csv"
    if collection.structure and collection.structure not in known.catalogue.structures:
        _unknown(known, "structure", collection.structure, known.catalogue.structures, where)
    ids = {
        "table": collection.tables,
        "line": {line.id for line in collection.lines},
        "column": {cell.column for cell in collection.cells},
    }
    for item in collection.bindings:
        for what, among in ids.items():
            name = getattr(item, what)
            if name != ANY and name not in among:
                _unknown(known, what, name, among, item.place)


def _check_key(known: Known, cell: Cell, indicator: Indicator) -> None:
    for name, codes in cell.key.items():
        breakdown = indicator.breakdown(name)
        if breakdown is None:
            _unknown(known, f"breakdown of {indicator.id}", name, [b.id for b in indicator.breakdowns], cell.place)
            continue
        if not indicator.kind:
            continue
        field = known.field(breakdown.field, indicator.kind)
        listed = known.codelist(field.codelist) if field and field.codelist else None
        if listed is None:
            continue
        for code in codes:
            if not code.startswith("{"):
                known.check_code(code, listed, cell.place)
        _check_overlap(known, cell, name, codes, listed, bool(breakdown.levels))


def _check_overlap(
    known: Known, cell: Cell, name: str, codes: tuple[str, ...], listed: CodeList, levelled: bool
) -> None:
    """Note a fault when two codes that are summed hold the same units."""
    pairs = [(a, b) for a, b in combinations(codes, 2) if a == b or (levelled and _holds(listed, a, b))]
    for first, second in pairs:
        known.faults.add(
            "E-CAT-087",
            f"cell {cell.id} sums {first} and {second} of {name}, which overlap",
            where=cell.place,
            remedy="Sum codes of one level, each once",
        )


def _holds(listed: CodeList, first: str, second: str) -> bool:
    def above(code: str) -> set[str]:
        found, entry = set(), listed.codes.get(code)
        while entry is not None:
            found.add(entry.code)
            entry = listed.codes.get(entry.parent)
        return found

    return first in above(second) or second in above(first)


def _check_parts(
    known: Known,
    collection: Collection,
    by_line: Mapping[tuple[str, str], list[Cell]],
    indicators: Mapping[str, Indicator],
) -> None:
    """Note a fault when two parts of one total hold the same units: their sum would count them twice."""
    parts: dict[tuple[str, str], list[Cell]] = {}
    for line in collection.lines:
        if line.role == "part" and (cells := by_line.get((line.table, line.id))):
            parts.setdefault((line.table, line.parent), []).append(cells[0])
    for total, cells in parts.items():
        for first, second in combinations(cells, 2):
            if first.indicator != second.indicator or first.indicator not in indicators:
                continue
            shared = [name for name in first.key if set(first.key[name]) & set(second.key.get(name, ()))]
            if len(shared) == len(first.key) == len(second.key) and shared:
                known.faults.add(
                    "E-CAT-087",
                    f"lines {first.line} and {second.line} are parts of {total[1]} and overlap in {', '.join(shared)}",
                    where=first.place,
                    remedy="Give each code to one part",
                )


def _check_forms(known: Known, text: str) -> None:
    for form in known.catalogue.crime_forms(text):
        for code in form.iccs:
            if known.iccs is not None:
                known.check_code(code, known.iccs, form.place)
        for need in form.needs:
            field, _, code = need.partition("=")
            kind, _, name = field.partition(".")
            if not known.check_kind(kind, form.place):
                continue
            found = known.check_field(name, kind, form.place)
            listed = known.codelist(found.codelist) if found is not None and found.codelist else None
            if code and listed is not None:
                known.check_code(code, listed, form.place)
        tags = {tag.tag for tag in known.catalogue.tags(ICCS)}
        for tag in form.tags:
            if tag not in tags:
                _unknown(known, "tag of ICCS", tag, tags, form.place)
