"""Populations that rates divide by: plain tables, the layout of World Population Prospects, standard populations."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from justitia.errors import LayoutError
from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, number_of, read_rows
from justitia.metadata.tree import Tree

STANDARD = Columns(key=("age",), required=("age", "weight"), filled=("age", "weight"))
# World Population Prospects, file "Population by age and sex", one row for each place, year and age group; thousands.
WPP_NEEDED = ("Time", "AgeGrpStart", "AgeGrpSpan", "PopMale", "PopFemale", "PopTotal")
WPP_PLACES = ("ISO3_code", "LocID", "Location")
WPP_SEXES = {"PopMale": "M", "PopFemale": "F", "PopTotal": "_T"}
THOUSAND = 1000
PLAIN_HEADER = ("area", "sex", "age", "year", "population")


def read_standard(tree: Tree, name: str, faults: Faults, overrides: list[Override]) -> dict[str, float]:
    """Return age group -> weight of a standard population."""
    return {
        row["age"]: number_of(row, "weight", faults) or 0.0
        for row in read_rows(tree, f"population_standards/{name}.csv", STANDARD, faults, overrides)
    }


def wpp_rows(text: str, *, place: str, area: str = "_T") -> Iterator[tuple[str, str, str, int, float]]:
    """Yield (area, sex, age, year, inhabitants) from a file in the layout of World Population Prospects.

    Args:
        text: the CSV file.
        place: ISO3 code, location id or name of the place wanted.
        area: code that the place has here; `_T` for the whole country.

    Raises:
        LayoutError: E-POP-001 when columns are missing, E-POP-002 when the place is not in the file.
    """
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in WPP_NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise LayoutError(
            "E-POP-001",
            f"columns {', '.join(missing)} are missing",
            remedy="Take the file of population by age and sex of World Population Prospects, in CSV",
        )
    totals: dict[tuple[str, int], float] = {}
    found = False
    for row in reader:
        if place not in {row.get(name, "") for name in WPP_PLACES}:
            continue
        found = True
        year, age = int(row["Time"]), _age_code(row["AgeGrpStart"], row["AgeGrpSpan"])
        for column, sex in WPP_SEXES.items():
            people = float(row[column]) * THOUSAND
            totals[sex, year] = totals.get((sex, year), 0.0) + people
            yield area, sex, age, year, round(people)
    if not found:
        raise LayoutError("E-POP-002", f"the file has no place [{place}]", remedy="Use its ISO3 code")
    for (sex, year), people in totals.items():
        yield area, sex, "_T", year, round(people)


def _age_code(start: str, span: str) -> str:
    """Return the SDMX code of an age group; a span below 0 means that it is open."""
    first, width = int(float(start)), int(float(span))
    if width < 0:
        return f"Y_GE{first}"
    return f"Y{first}" if width == 1 else f"Y{first}T{first + width - 1}"


def plain_text(rows: Iterator[tuple[str, str, str, int, float]]) -> str:
    """Return rows of `wpp_rows` as the text of a plain population table (`population/<id>.csv`)."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(PLAIN_HEADER)
    writer.writerows((area, sex, age, year, f"{people:.0f}") for area, sex, age, year, people in rows)
    return target.getvalue()
