"""Faults in indicators and collections, each with its file and what would be right."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

import pytest

from justitia.errors import LayoutError, RequestError
from justitia.metadata.check import check_catalogue
from justitia.metadata.load import load_catalogue
from justitia.metadata.population import add_population, plain_text, wpp_rows

HEAD = "id,label_en,counting_unit,kind,method,source,status,period,includes,numerator,denominator,breakdowns,where\n"
LINES = "table,line,asked,title_en,indicator,key,columns,fed_by,role,parent,source,status\n"


def faults(folder: Path, **files: str) -> list[str]:
    manifests: dict[Path, list[str]] = {}
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_csv", ".csv").replace("_toml", ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        manifests.setdefault(path.parent, []).append(path.name)
    for place, names in manifests.items():
        entries = [
            f'[files."{n}"]\ntitle="t"\nsource="s"\nversion="1"\nlicence="l"\ndate="2026-01-01"\n' for n in names
        ]
        (place / "manifest.toml").write_text("".join(entries), encoding="utf-8")
    return [str(fault) for fault in check_catalogue(load_catalogue(folder))]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,X,offence,offence,count,s,source,recorded_date,9999,,,,", "E-CAT-021"),
        ("x,X,offence,offence,count,s,source,recorded_date,401,,,,", "lost its leading zero"),
        ("x,X,offence,offence,count,s,source,recorded_data,,,,,", "E-CAT-024"),
        ("x,X,offence,offence,stock,s,source,recorded_date,,,,,", "E-CAT-085"),
        ("x,X,offence,crime,count,s,source,recorded_date,,,,,", "E-CAT-023"),
        ("x,X,offence,offence,count,s,source,recorded_date,,,,SEX:sex,", "E-CAT-018"),
        ("x,X,offence,offence,count,s,source,recorded_date,,,,LOSS=loss_amount,", "E-CAT-063"),
        ("x,X,offence,offence,count,s,source,recorded_date,,,,,iccs_cyber_related = '7'", "E-CAT-021"),
        ("x,X,offence,,rate,s,source,,,offences_robbery,no_such,,", "no indicator [no_such]"),
        ("x,X,offence,,rate,s,source,,,offences_robbery,offences_theft,,", "E-CAT-086"),
        ("x,X,offence,,standardised_rate,s,source,,,offences_robbery,who_2050,,", "no standard population [who_2050]"),
    ],
)
def test_a_faulty_indicator(tmp_path: Path, row: str, said: str) -> None:
    found = faults(tmp_path, indicators__own_csv=HEAD + row + "\n")
    assert len(found) == 1 and said in found[0], found
    assert "own.csv:2" in found[0]


SETTINGS = 'label = { en = "X" }\nrecipient = "r"\ndisclosure = "public_default"\nsource = "s"\nstatus = "source"\n'


def collection(folder: Path, lines: str, cells: str, layout: str = "", columns: str = "total,T,Total,\n") -> list[str]:
    parts = {
        "collections__own__1__collection_toml": SETTINGS,
        "collections__own__1__tables_csv": "table,title_en\nA,A\n",
        "collections__own__1__lines_csv": LINES + lines,
        "collections__own__1__columns_csv": "set,column,title_en,key\n" + columns,
        "collections__own__1__cells_csv": "table,line,column,indicator,key,unit\n" + cells,
    }
    if layout:
        parts["collections__own__1__layout_csv"] = "table,line,column,back,sheet,cell\n" + layout
    return faults(folder, **parts)


LINE = "A,1,1,One,victims_intentional_homicide,,total,records,,,s,source\n"
CELL = "A,1,T,victims_intentional_homicide,{},victim\n"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("SEX=X", "E-CAT-021"),
        ("SEKS=F", "no breakdown of victims_intentional_homicide [SEKS]"),
        ("RELATION=1+1", "E-CAT-087"),
        ("MECHANISM=firearm+firearm_handgun", "E-CAT-087"),
        ("SEX", "E-CAT-018"),
    ],
)
def test_a_faulty_key(tmp_path: Path, key: str, said: str) -> None:
    found = collection(tmp_path, LINE, CELL.format(key))
    assert len(found) == 1 and said in found[0], found


def test_two_parts_that_hold_the_same_units(tmp_path: Path) -> None:
    lines = LINE + "".join(
        f"A,{n},1,Part,victims_intentional_homicide,RELATION={codes},total,records,part,1,s,source\n"
        for n, codes in ((2, "1+2"), (3, "2+3"))
    )
    cells = CELL.format("") + "".join(
        f"A,{n},T,victims_intentional_homicide,RELATION={codes},victim\n" for n, codes in ((2, "1+2"), (3, "2+3"))
    )
    found = collection(tmp_path, lines, cells)
    assert len(found) == 1 and "E-CAT-087" in found[0] and "overlap in RELATION" in found[0]


def test_two_figures_in_one_cell_of_the_official_workbook(tmp_path: Path) -> None:
    found = collection(tmp_path, LINE, CELL.format(""), layout="A,1,T,0,S,B2\nA,1,T,1,S,B2\n")
    assert len(found) == 1 and "E-CAT-088" in found[0]


def test_a_line_of_an_unknown_table(tmp_path: Path) -> None:
    found = collection(tmp_path, LINE.replace("A,1,1", "B,1,1"), CELL.format("").replace("A,1", "B,1"))
    assert any("no table [B]" in fault for fault in found)


WPP = """Variant,ISO3_code,LocID,Location,Time,AgeGrp,AgeGrpStart,AgeGrpSpan,PopMale,PopFemale,PopTotal
Medium,XAA,999,Exampland,2024,0-4,0,5,1.5,1.25,2.75
Medium,XAA,999,Exampland,2024,5+,5,-1,10.25,11,21.25
Medium,XBB,998,Elsewhere,2024,0-4,0,5,7,7,14
"""


def test_world_population_prospects_are_read_in_thousands() -> None:
    rows = set(wpp_rows(WPP, place="XAA"))
    assert ("_T", "F", "Y0T4", 2024, 1250) in rows and ("_T", "_T", "Y_GE5", 2024, 21250) in rows
    assert ("_T", "_T", "_T", 2024, 24000) in rows and ("_T", "M", "_T", 2024, 11750) in rows
    assert len(rows) == 9
    assert plain_text(wpp_rows(WPP, place="999")).startswith("area,sex,age,year,population\n_T,M,Y0T4,2024,1500\n")


def test_a_file_that_is_none_of_theirs_is_refused() -> None:
    with pytest.raises(LayoutError, match="E-POP-001"):
        list(wpp_rows("a,b\n1,2\n", place="XAA"))
    with pytest.raises(LayoutError, match="E-POP-002"):
        list(wpp_rows(WPP, place="XCC"))


def test_a_population_of_theirs_becomes_a_table_of_the_overlay(tmp_path: Path) -> None:
    file, folder = tmp_path / "WPP.csv.gz", tmp_path / "overlay" / "population"
    file.write_bytes(gzip.compress(("\ufeff" + WPP).encode()))
    rows = add_population(file, folder, identifier="wpp", place="XAA", version="2024", date="2026-11-24")
    lines = (folder / "wpp.csv").read_text().splitlines()
    assert rows == len(lines) - 1 > 3 and lines[0] == "area,sex,age,year,population"
    add_population(file, folder, identifier="again", place="XAA", version="2024", date="2026-11-24", area="XA01")
    listed = tomllib.loads((folder / "manifest.toml").read_text())["files"]
    assert set(listed) == {"wpp.csv", "again.csv"} and listed["wpp.csv"]["version"] == "2024"
    with pytest.raises(RequestError, match="E-POP-004"):
        add_population(file, folder, identifier="wpp", place="XAA", version="2024", date="2026-11-24")


@pytest.mark.parametrize(("name", "is_packed"), [("WPP.csv.gz", False), ("WPP.csv", True)])
def test_a_name_that_does_not_tell_whether_the_file_is_packed(tmp_path: Path, name: str, is_packed: bool) -> None:
    (tmp_path / name).write_bytes(gzip.compress(WPP.encode()) if is_packed else WPP.encode())
    own = {"identifier": "wpp", "place": "XAA", "version": "2024", "date": "2026-11-24"}
    assert add_population(tmp_path / name, tmp_path / "population", **own) == 9


def test_a_broken_population_file_writes_nothing(tmp_path: Path) -> None:
    file, folder = tmp_path / "WPP.csv", tmp_path / "population"
    head, first, *rest = WPP.strip().splitlines()
    file.write_text("\n".join([head, first, rest[0].rpartition(",")[0] + ",many"]))
    with pytest.raises(LayoutError, match=r"E-POP-003 \[line 3\]"):
        add_population(file, folder, identifier="wpp", place="XAA", version="2024", date="2026-11-24")
    assert not folder.exists()
