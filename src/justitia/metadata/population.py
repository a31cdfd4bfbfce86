"""Populations that rates divide by: plain tables, the layout of World Population Prospects, standard populations."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from justitia.errors import LayoutError, RequestError
from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, number_of, read_rows
from justitia.metadata.tree import Tree

PACKED = b"\x1f\x8b"  # how files packed by gzip begin
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


def wpp_rows(text: str | Iterable[str], *, place: str, area: str = "_T") -> Iterator[tuple[str, str, str, int, float]]:
    """Yield (area, sex, age, year, inhabitants) from a file in the layout of World Population Prospects.

    Args:
        text: the CSV file, or its lines, which are taken one at a time.
        place: ISO3 code, location id or name of the place wanted.
        area: code that the place has here; `_T` for the whole country.

    Raises:
        LayoutError: E-POP-001 when columns are missing, E-POP-002 when the place is not in the file, E-POP-003 when a
            figure is no number.
    """
    reader = csv.DictReader(io.StringIO(text) if isinstance(text, str) else text)
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
        try:
            year, age = int(row["Time"]), _age_code(row["AgeGrpStart"], row["AgeGrpSpan"])
            figures = {sex: float(row[column]) * THOUSAND for column, sex in WPP_SEXES.items()}
        except (TypeError, ValueError):
            raise LayoutError(
                "E-POP-003",
                "a year, an age or a population is no number",
                where=f"line {reader.line_num}",
                remedy="The file may be cut short, or changed by a spreadsheet: download it again",
            ) from None
        for sex, people in figures.items():
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


def add_population(
    file: Path, folder: Path, *, identifier: str, place: str, version: str, date: str, area: str = "_T"
) -> int:
    """Write one place of a WPP file as the population table of an overlay, with its manifest; return its rows.

    Args:
        file: CSV, may be packed by gzip; it is read line by line.
        folder: `population/` of the overlay.
        identifier: name of the new table.
        place, area: as for `wpp_rows`.
        version: of the file, told with every rate.
        date: on which it was taken, ISO.

    Raises:
        RequestError: E-POP-004 when the name is no name, or there is a table of it.
        LayoutError: E-POP-001 to E-POP-003 as `wpp_rows`; nothing is written then.
    """
    target, manifest = folder / f"{identifier}.csv", folder / "manifest.toml"
    if not re.fullmatch(r"[a-z0-9_.-]+", identifier) or target.exists():
        raise RequestError(
            "E-POP-004",
            f"[{identifier}] cannot be the name of a new population table",
            where=str(target),
            remedy="Take small letters, digits and _, and a name that is not in use",
        )
    with file.open("rb") as raw:
        opens = gzip.open if raw.read(2) == PACKED else open  # the ending of a name is often lost or wrong
    with opens(file, "rt", encoding="utf-8-sig") as lines:
        text = plain_text(wpp_rows(lines, place=place, area=area))
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    about = {
        "title": f"Population of {place} by sex and age",
        "source": f"United Nations, World Population Prospects, file {file.name}",
        "version": version,
        "licence": "CC BY 3.0 IGO",
        "date": date,
    }
    entry = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in about.items())
    with manifest.open("a", encoding="utf-8") as stream:
        stream.write(f'\n[files."{target.name}"]\n{entry}')
    return text.count("\n") - 1
