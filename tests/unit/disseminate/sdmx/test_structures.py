"""Structures: written in every version and language, read back equal by us and by pysdmx; and structures at fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from justitia.disseminate.sdmx.structures import STRUCTURE_FORMATS, Flow, write_structures
from justitia.errors import CatalogueError, JustitiaError
from justitia.metadata.structure import Component, Constraint, KeySet, Region, Selection, Structure
from justitia.metadata.structure_reading import read_constraints, read_structure

from .made_up import HEADER, structure

CONSTRAINT = Constraint(
    "CR_CRIME",
    "XA",
    regions=(Region({"SEX": Selection(frozenset(("F", "M"))), "ICCS": Selection(frozenset(("02", "0101")))}),),
)


def whole() -> Structure:
    return replace(structure(Component("SOURCE", "attribute", attached_to=())), constraints=(CONSTRAINT,))


def written(folder: Path, format: str, made: Structure | None = None) -> Path:
    made = made or whole()
    flows = {made.short: Flow("XA:CRIME_FLOW(1.0)", {"en": "Crime", "es": "Delitos"})}
    path = folder / f"structure{STRUCTURE_FORMATS[format][1]}"
    return write_structures([made], path, format=format, sender="XA", id="S1", prepared=HEADER.prepared, flows=flows)


def facts(made: Structure) -> list[tuple[object, ...]]:
    return [
        (item.id, item.role, item.type, item.required, item.attached_to, item.codelist and list(item.codelist.codes))
        for item in made.components
    ]


@pytest.mark.parametrize("format", STRUCTURE_FORMATS)
def test_what_is_written_is_read_back(tmp_path: Path, format: str) -> None:
    found = read_structure(written(tmp_path, format))
    assert facts(found) == facts(whole())
    assert found.labels == {"en": "Offences", "fr": "Infractions"}
    iccs = found.component("ICCS")
    assert iccs is not None and iccs.codelist is not None and iccs.labels == {"en": "Offence", "es": "Delito"}
    assert iccs.codelist.codes["0101"].labels == {"en": "Name of 0101", "fr": "Nom de 0101"}
    # The schema of 3.0 alone refuses parents that begin with a digit.
    assert iccs.codelist.codes["0101"].parent == ("" if format == "ml-3.0" else "01")
    (constraint,) = found.constraints
    assert constraint.regions == CONSTRAINT.regions


@pytest.mark.parametrize("format", STRUCTURE_FORMATS)
def test_pysdmx_finds_it_valid_and_reads_the_same(tmp_path: Path, format: str) -> None:
    pysdmx_io = pytest.importorskip("pysdmx.io")
    message = pysdmx_io.read_sdmx(written(tmp_path, format), validate=True)
    (theirs,) = message.get_data_structure_definitions()
    assert [component.id for component in theirs.components] == [item.id for item in whole().components]
    listed = {item.id: [code.id for code in item.codes] for item in message.get_codelists()}
    assert listed["CL_ICCS"] == ["_T", "01", "0101", "0102", "02", "020111"]
    assert [flow.id for flow in message.get_dataflows()] == ["CRIME_FLOW"]


@pytest.mark.parametrize("format", STRUCTURE_FORMATS)
def test_several_regions_are_written_where_the_format_allows(tmp_path: Path, format: str) -> None:
    regions = (*CONSTRAINT.regions, Region({"ICCS": Selection(frozenset(("020111",)))}))
    made = replace(whole(), constraints=(replace(CONSTRAINT, regions=regions),))
    if format in ("ml-3.0", "ml-3.1"):
        with pytest.raises(JustitiaError, match="E-SDM-026"):
            written(tmp_path, format, made)
        return
    assert read_structure(written(tmp_path, format, made)).constraints[0].regions == regions


def test_keys_of_a_constraint_are_kept(tmp_path: Path) -> None:
    keys = KeySet(({"ICCS": "0101", "SEX": "F"},))
    made = replace(whole(), constraints=(replace(CONSTRAINT, regions=(), key_sets=(keys,)),))
    path = written(tmp_path, "json-2.0", made)
    assert read_structure(path).constraints[0].key_sets == (keys,)
    assert read_constraints(path, made)[0].key_sets == (keys,)


def test_a_dangling_code_list_is_named_with_its_component(tmp_path: Path) -> None:
    path = written(tmp_path, "ml-2.1")
    text = path.read_text().replace('Codelist urn="', 'Codelist x="')
    start = text.index("<str:Codelist ")
    at = text.index('id="CL_SEX"', start)
    path.write_text(text[:at] + 'id="CL_SEXES"' + text[at + len('id="CL_SEX"') :])
    with pytest.raises(CatalogueError) as caught:
        read_structure(path)
    assert caught.value.code == "E-SDM-008" and "component SEX" in str(caught.value) and "CL_SEX" in str(caught.value)


def test_parts_may_lie_in_several_files(tmp_path: Path) -> None:
    path = written(tmp_path, "ml-3.1")
    text = path.read_text()
    start, end = text.index("<str:Codelists>"), text.index("</str:Codelists>") + len("</str:Codelists>")
    alone, lists = tmp_path / "alone.xml", tmp_path / "lists.xml"
    alone.write_text(text[:start] + text[end:])
    body = text.index("<mes:Structures>") + len("<mes:Structures>")
    lists.write_text(text[:body] + text[start:end] + "</mes:Structures></mes:Structure>")
    with pytest.raises(CatalogueError, match="E-SDM-008"):
        read_structure(alone)
    assert facts(read_structure(alone, lists)) == facts(whole())


def test_a_structure_among_several_must_be_named(tmp_path: Path) -> None:
    other = replace(structure(), id="PRISON")
    path = tmp_path / "two.xml"
    write_structures([structure(), other], path, format="ml-3.0", sender="XA", id="S", prepared=HEADER.prepared)
    with pytest.raises(JustitiaError, match=r"E-SDM-010.*CRIME.*PRISON"):
        read_structure(path)
    assert read_structure(path, name="PRISON").id == "PRISON"
    assert read_structure(path, name="XA:PRISON(1.0)").id == "PRISON"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[: len(text) // 2], "E-SDM-003"),
        (lambda text: text.replace("<mes:Structure ", "<!DOCTYPE a [<!ENTITY b 'c'>]><mes:Structure "), "E-SDM-004"),
        (lambda text: text.replace("schemas/v2_1/message", "schemas/v7/message"), "E-SDM-006"),
        (
            lambda text: text.replace("mes:Structure>", "mes:Structured>").replace(
                "<mes:Structure ", "<mes:Structured "
            ),
            "E-SDM-002",
        ),
    ],
)
def test_a_bad_structure_is_one_clear_error(tmp_path: Path, change: object, code: str) -> None:
    path = written(tmp_path, "ml-2.1")
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(JustitiaError) as caught:
        read_structure(path)
    assert caught.value.code == code and caught.value.remedy and "\n" not in str(caught.value)


def test_tables_of_constraints_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    path.write_text("ICCS,SEX,Remark\n0101,F;M,as agreed\n02,ALL,\n")
    (constraint,) = read_constraints(path, structure())
    assert constraint.regions[0].selections["SEX"].values == {"F", "M"}
    assert set(constraint.regions[1].selections) == {"ICCS"}
    path.write_text("WHAT,WHERE\n1,2\n")
    with pytest.raises(CatalogueError, match=r"E-SDM-012.*Columns can be"):
        read_constraints(path, structure())
    path.write_text("ICCS,SEX\n0101,F,M\n")
    with pytest.raises(CatalogueError, match=r"E-SDM-012.*3 cells"):
        read_constraints(path, structure())
