"""Questionnaires: written, read back equal, and every way in which a workbook can be filled wrongly."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from justitia.disseminate.questionnaire import check_round, read_questionnaire, write_questionnaire
from justitia.disseminate.questionnaire.layout import address, book_layout, parts_of, position
from justitia.disseminate.questionnaire.reading import collection_of
from justitia.errors import LayoutError
from justitia.findings import Finding
from justitia.metadata.collection import Collection
from justitia.metadata.load import load_catalogue
from justitia.model.questionnaire import FILLED, MISSING, FilledCell, FilledRound

YEARS = (2025, 2024)
HOMICIDE = {"T": 15, "M": 9, "F": 5, "U": 1}


@pytest.fixture(scope="module")
def collection() -> Collection:
    return load_catalogue().collection("un_cts/2024")


def filled(collection: Collection, values: dict[str, float]) -> FilledRound:
    """Return a round with some values in both years; every other cell is empty."""
    cells = {
        (cell.id, year): FilledCell(
            cell.id,
            year,
            values.get(cell.id),
            FILLED if cell.id in values else MISSING,
            "" if cell.id in values else "no source fills item",
            notes=("population",) if cell.id == "8:8.1:T" else (),
        )
        for cell in collection.cells
        for year in YEARS
    }
    answers = {"country": "=HYPERLINK(1)", "year": "2025"}
    return FilledRound(collection.id, 2025, YEARS, cells, answers, {"population": "made up"}, "CONFIDENTIAL", True)


def homicide(**other: float) -> dict[str, float]:
    return (
        {f"1.2:1.2.1:{column}": value for column, value in HOMICIDE.items()}
        | {"1.1:1.1.1:T": 14, "3:3.13:T": 0}
        | other
    )


@pytest.fixture
def written(collection: Collection, tmp_path: Path) -> Callable[..., Path]:
    def make(values: dict[str, float] | None = None, own: Collection = collection) -> Path:
        path = tmp_path / "filled.xlsx"
        words = load_catalogue().messages("questionnaire")
        write_questionnaire(filled(own, values or homicide()), own, path, language="en", words=words)
        return path

    return make


def edited(path: Path, edit: Callable[[Any], None]) -> Path:
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


def spot(collection: Collection, cell: str, back: int = 0) -> tuple[str, str]:
    found = book_layout(collection).spots[cell, back]
    return found.sheet, address(found.row, found.column)


def put(collection: Collection, cell: str, value: Any, back: int = 0) -> Callable[[Any], None]:
    sheet, place = spot(collection, cell, back)

    def edit(book: Any) -> None:
        book[sheet][place] = value

    return edit


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [item.rule_id for item in findings]


# -- writing ------------------------------------------------------------------------------------------------------
def test_a_total_is_a_formula_where_its_parts_make_it_up(collection: Collection, written: Callable[..., Path]) -> None:
    book = openpyxl.load_workbook(written())
    sheet, place = spot(collection, "1.2:1.2.1:T")
    parts = [spot(collection, f"1.2:1.2.1:{column}")[1] for column in "MFU"]
    assert book[sheet][place].value == "=" + "+".join(parts)
    assert openpyxl.load_workbook(written(), data_only=True)[sheet][place].value == 15


def test_a_total_is_a_value_where_a_part_is_not_available(collection: Collection, written: Callable[..., Path]) -> None:
    values = homicide()
    del values["1.2:1.2.1:U"]
    sheet, place = spot(collection, "1.2:1.2.1:T")
    assert openpyxl.load_workbook(written(values))[sheet][place].value == 15


def test_empty_is_not_available_and_zero_is_zero(collection: Collection, written: Callable[..., Path]) -> None:
    book = openpyxl.load_workbook(written())
    sheet, place = spot(collection, "3:3.13:T")
    assert book[sheet][place].value == 0
    sheet, place = spot(collection, "3:3.7:T")
    assert book[sheet][place].value is None
    listed = {row[0].value: row[2].value for row in book["Not filled"].iter_rows(min_row=2)}
    assert listed["3:3.7:T"] == "no source fills item" and "3:3.13:T" not in listed


def test_every_sheet_is_marked_and_made_up_figures_say_so(written: Callable[..., Path]) -> None:
    book = openpyxl.load_workbook(written())
    sheets = [sheet for sheet in book if sheet.title not in ("Not filled", "_cells")]
    assert len(sheets) > 30
    assert all("CONFIDENTIAL" in sheet["A2"].value and "made up" in sheet["A2"].value for sheet in sheets)
    assert book["_cells"].sheet_state == "hidden"


def test_no_text_becomes_a_formula(written: Callable[..., Path]) -> None:
    sheet = openpyxl.load_workbook(written())["Metadata"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"


def test_lines_from_memory_are_marked(collection: Collection, written: Callable[..., Path]) -> None:
    sheet = openpyxl.load_workbook(written())["2.1"]
    titles = [cell.value for cell in sheet["B"] if cell.value]
    assert "Assault, total, recorded offences †" in titles


def test_rates_have_their_interval_beside_and_equal_notes_one_letter(collection: Collection, tmp_path: Path) -> None:
    made = filled(collection, homicide() | {"5.9:5.9.o:T": 97.5})
    cells = dict(made.cells)
    cell = cells["5.9:5.9.o:T", 2025]
    cells["5.9:5.9.o:T", 2025] = replace(cell, lower=90.25, upper=104.5, is_small=True, notes=("x", "y"))
    path, words = tmp_path / "i.xlsx", load_catalogue().messages("questionnaire")
    made = replace(made, cells=cells, footnotes={"x": "same", "y": "same", "small": "few"})
    write_questionnaire(made, collection, path, language="en", words=words)
    book = openpyxl.load_workbook(path)
    assert [c.value for c in book["Intervals"][2]] == ["5.9:5.9.o:T", 2025, 97.5, 90.25, 104.5, "yes"]
    texts = [row[0].value for row in book["5.9"].iter_rows() if row[0].value]
    assert texts[-2:] == ["a  same", "b  few"]


# -- reading ------------------------------------------------------------------------------------------------------
def test_what_was_written_is_read_back_equal(collection: Collection, written: Callable[..., Path]) -> None:
    path = written()
    made, findings = read_questionnaire(path, collection)
    assert findings == () and made.year == 2025 and collection_of(path) == "un_cts/2024"
    expected = filled(collection, homicide())
    assert {key: cell.value for key, cell in made.cells.items()} == {
        key: cell.value for key, cell in expected.cells.items()
    }


@pytest.mark.parametrize(
    ("value", "rule", "said"),
    [
        ("n/a", "Q-CEL-001", "leave it empty"),
        ("--", "Q-CEL-001", "leave it empty"),
        ("1 234", "Q-CEL-001", "digits only"),
        ("fifteen", "Q-CEL-001", "digits only"),
        (True, "Q-CEL-001", "digits only"),
        (-3, "Q-CEL-004", "below 0"),
        (2.5, "Q-CEL-004", "no whole number"),
        ("=5+5", "Q-CEL-002", "holds a formula"),
    ],
)
def test_a_faulty_cell(collection: Collection, written: Callable[..., Path], value: Any, rule: str, said: str) -> None:
    path = edited(written(), put(collection, "3:3.7:T", value))
    _, findings = read_questionnaire(path, collection)
    assert rules(findings) == [rule] and said in findings[0].message
    assert findings[0].column == spot(collection, "3:3.7:T")[1]


def test_a_rate_need_not_be_whole(collection: Collection, written: Callable[..., Path]) -> None:
    path = edited(written(), put(collection, "5.9:5.9.o:T", 97.25))
    assert read_questionnaire(path, collection, fractional={"occupancy"})[1] == ()
    assert rules(read_questionnaire(path, collection)[1]) == ["Q-CEL-004"]


def test_merged_cells(collection: Collection, written: Callable[..., Path]) -> None:
    sheet, place = spot(collection, "3:3.7:T")
    row, column = position(place)
    path = edited(written(), lambda book: book[sheet].merge_cells(f"{place}:{address(row + 1, column)}"))
    _, findings = read_questionnaire(path, collection)
    assert rules(findings) == ["Q-CEL-003", "Q-CEL-003"] and place in findings[0].message


def test_shifted_cells_are_told_once_and_not_read(collection: Collection, written: Callable[..., Path]) -> None:
    path = edited(written(), lambda book: book["1.2"].insert_rows(6))
    made, findings = read_questionnaire(path, collection)
    assert rules(findings) == ["Q-BOK-003"] and "1.2.1" in findings[0].message
    assert made.value("1.2:1.2.1:M", 2025) is None, "a shifted figure would be that of another line"
    assert made.value("1.1:1.1.1:T", 2025) == 14


def test_a_missing_sheet(collection: Collection, written: Callable[..., Path]) -> None:
    path = edited(written(), lambda book: book.remove(book["1.2"]))
    made, findings = read_questionnaire(path, collection)
    assert rules(findings) == ["Q-BOK-002"] and made.value("1.1:1.1.1:T", 2025) == 14


def test_macros_are_told_and_never_run(collection: Collection, written: Callable[..., Path]) -> None:
    path = written()
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"made up")
    assert rules(read_questionnaire(path, collection)[1]) == ["Q-BOK-001"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"collection,cell\n1,2\n"])
def test_a_file_that_is_no_workbook(collection: Collection, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(LayoutError, match="E-QST-001"):
        read_questionnaire(path, collection)


def test_a_workbook_of_something_else(collection: Collection, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(LayoutError, match="E-QST-003"):
        read_questionnaire(path, collection, year=2025)
    assert collection_of(path) == ""


def test_an_external_entity_is_refused(collection: Collection, written: Callable[..., Path], tmp_path: Path) -> None:
    source, target = written(), tmp_path / "bad.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + content.split(b"?>", 1)[1]
            new.writestr(name, content)
    with pytest.raises(LayoutError, match="E-QST-001"):
        read_questionnaire(target, collection)


# -- an official workbook -----------------------------------------------------------------------------------------
def test_a_layout_file_puts_figures_where_the_official_workbook_has_them(
    collection: Collection, written: Callable[..., Path]
) -> None:
    places = {
        ("1.2:1.2.1:T", 0): ("CTS1", "D12"),
        ("1.2:1.2.1:M", 0): ("CTS1", "E12"),
        ("1.2:1.2.1:T", 1): ("CTS1", "C12"),
    }
    official = replace(collection, places=places)
    path = written(own=official)
    sheet = openpyxl.load_workbook(path, data_only=True)["CTS1"]
    assert (sheet["C12"].value, sheet["D12"].value, sheet["E12"].value) == (15, 15, 9)
    made, findings = read_questionnaire(path, official)
    assert findings == () and made.value("1.2:1.2.1:M", 2025) == 9 and len(made.cells) == 3


# -- what must hold -----------------------------------------------------------------------------------------------
def checked(collection: Collection, values: dict[str, float]) -> tuple[Finding, ...]:
    return tuple(item for item in check_round(filled(collection, values), collection) if item.message.find("2025") > 0)


def test_a_sound_round_has_no_finding(collection: Collection) -> None:
    assert check_round(filled(collection, homicide()), collection) == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"1.2:1.2.1:F": 6}, "Q-SUM-001"),  # the sexes do not sum
        ({"1.1:1.1.1:T": 16}, "R-CTS-OFF"),  # more offences than victims
        ({"1.3:1.3.T:T": 14}, "R-CTS-1.3"),  # two tables of the same victims
        ({"2.2:2.2.1:O": 5, "2.2:2.2.2:O": 6}, "Q-SUM-003"),  # a part above its whole
        ({"1.9:1.9.A:T": 2, "1.3:1.3.P:F": 3}, "R-CTS-GRK"),  # women killed by a partner
        ({"1.9:1.9.T:T": 4}, "R-CTS-GRKT"),
    ],
)
def test_an_inconsistency(collection: Collection, change: dict[str, float], rule: str) -> None:
    assert rule in rules(checked(collection, homicide() | change))


def test_parts_above_a_total_of_which_one_is_missing(collection: Collection) -> None:
    values = homicide() | {"1.2:1.2.1:M": 11}
    del values["1.2:1.2.1:U"]
    assert rules(checked(collection, values)) == ["Q-SUM-002"]


def test_a_leap_from_year_to_year_must_be_explained(collection: Collection) -> None:
    made = filled(collection, homicide() | {"3:3.2:T": 100})
    cells = dict(made.cells)
    cells["3:3.2:T", 2024] = replace(cells["3:3.2:T", 2024], value=70)
    cells["1.2:1.2.2:T", 2024] = replace(cells["1.2:1.2.2:T", 2024], value=2)
    cells["1.2:1.2.2:T", 2025] = replace(cells["1.2:1.2.2:T", 2025], value=9)
    found = check_round(replace(made, cells=cells), collection)
    assert rules(found) == ["R-CTS-YEAR"], "few cases leap, and nobody has to explain that"
    assert found[0].severity == "warning" and "70 in 2024, 100 in 2025" in found[0].message


def test_rounded_copies_may_be_off_by_their_rounding(collection: Collection) -> None:
    values = homicide() | {"1.2:1.2.1:F": 6}
    assert check_round(filled(collection, values), collection, slack=5) == ()


def test_every_part_and_total_is_a_cell(collection: Collection) -> None:
    cells = {cell.id for cell in collection.cells}
    for role in ("part", "of_which"):
        for total, parts in parts_of(collection, role).items():
            assert {total.partition("|")[0], *parts} <= cells


@pytest.mark.parametrize(("text", "place"), [("A1", (0, 0)), ("Z3", (2, 25)), ("AA10", (9, 26)), ("AZ2", (1, 51))])
def test_addresses(text: str, place: tuple[int, int]) -> None:
    assert position(text) == place and address(*place) == text
    assert position("1A") == (-1, -1)
