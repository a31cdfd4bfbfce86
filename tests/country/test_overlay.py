"""A country adds what its sources know, in files only: a kind of record, fields, a code list, a language, a format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import BY_ICCS, Country

from justitia.errors import JustitiaError
from justitia.explanation import explain
from justitia.metadata.check import check_catalogue
from justitia.pipeline import run_workspace
from justitia.release import release_workspace, write_preview
from justitia.workspace import Workspace, init_workspace

PACKAGE = Path(__file__).parents[2] / "src" / "justitia"

FILES = {
    # A kind of record that no other country has, with a field of every type.
    "records/kinds.csv": "kind,label_en,label_fr,label_es,unit,holds_individuals,description\n"
    "cattle_raid,Cattle raid,Razzia de bétail,Robo de ganado,raid,0,Raid on herds as the rangers record it\n",
    "records/cattle_raid.csv": "field,type,codelist,references,unit,description,source\n"
    "cattle_raid_id,identifier,,,,,\n"
    "select,code,herd,,,A word that SQL keeps for itself,rangers\n"
    "heads,integer,,,animals,Animals taken,rangers\n"
    "recorded_date,date,,,,Day of recording,rangers\n"
    "area_code,code,area,,,Where,rangers\n",
    "codelists/herd.csv": "code,parent,label_en,label_fr,label_es,missing_kind,lower,upper,variants,sort\n"
    "G,,Goats,Chèvres,Cabras,,,,goat;goats,1\nC,,Camels,Chameaux,Camellos,,,,camel,2\n",
    "codelists/herd_size.csv": "code,parent,label_en,label_fr,label_es,missing_kind,lower,upper,variants,sort\n"
    "few,,1 to 9,1 à 9,1 a 9,,1,9,,1\nmany,,10 and more,10 et plus,10 y más,,10,,,2\n",
    "codelists/area.csv": "code,parent,label_en,label_fr,label_es\nN,,North,Nord,Norte\nS,,South,Sud,Sur\n",
    "derivations.csv": "kind,field,method,arguments,type,codelist,description\n"
    "cattle_raid,herd_size,band,from=heads,code,herd_size,Size of the herd\n",
    "checks/cattle_raid.csv": "rule_id,expression,severity,label_en,label_fr,label_es,reason,owner\n"
    "X-RAID-001,heads > 0,warning,A raid takes animals,Un raid prend des animaux,Un robo toma animales,,rangers\n",
    "dataflows/raids.toml": """
label = { en = "Cattle raids by herd", fr = "Razzias par troupeau", es = "Robos por rebaño" }
description = { en = "Made up" }
unit = "cattle_raid"
counting_rule = "each"
disclosure = "public_default"
period = { field = "recorded_date", frequency = "Q" }
[[dimensions]]
id = "HERD"
field = "select"
[[dimensions]]
id = "SIZE"
field = "herd_size"
[[dimensions]]
id = "AREA"
field = "area_code"
[[measures]]
id = "COUNT"
[[measures]]
id = "LARGE"
where = "heads >= 10"
label = { en = "of 10 animals and more" }
[[ratios]]
id = "SHARE_LARGE"
kind = "share"
numerator = "LARGE"
denominator = "COUNT"
label = { en = "Share of raids of 10 animals and more" }
[chart]
kind = "line"
x = "TIME_PERIOD"
colour = "HERD"
""",
    "layouts/rangers/raids/1/layout.toml": """
source_id = "raids"
title = "Book of raids"
authority = "Rangers"
sector = "other"
unit_of_row = "one row per raid"
when_recorded = "day of recording"
made_up = true
[format]
kind = "jsonl"
[row]
key = ["no"]
[[records]]
name = "raid"
kind = "cattle_raid"
key = ["no"]
""",
    "layouts/rangers/raids/1/columns.csv": "column,record,field,action,format,personal,on_bad_value,constant\n"
    "no,,,ignore,,no,,\nherd,raid,select,use,,no,,\nheads,raid,heads,use,,no,,\n"
    "day,raid,recorded_date,use,,no,,\nwhere,raid,area_code,use,,no,,\n",
    "layouts/rangers/raids/1/values.csv": "column,value,code\nwhere,north,N\nwhere,south,S\n",
    # A language that the package does not know, written from right to left.
    "labels/ar.csv": "list,code,label\nherd,G,ماعز\nherd,C,إبل\narea,N,الشمال\narea,S,الجنوب\n"
    "kinds,cattle_raid,غارة على الماشية\nmessages/report,made_up,بيانات مختلقة\n",
}


def manifests(overlay: Path) -> None:
    """Describe every file of an overlay, as `justitia catalogue check` wants it."""
    for folder in {path.parent for path in overlay.rglob("*.*")}:
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != "manifest.toml")
        about = 'title = "Made up"\nsource = "made up"\nversion = "1"\nlicence = ""\ndate = "2026-01-01"\n'
        (folder / "manifest.toml").write_text("".join(f'[files."{name}"]\n{about}' for name in names))


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    """Return a workspace of the rangers, run, its preview written in English and Arabic."""
    workspace = init_workspace(tmp_path / "made", publisher="Made-up office", title={"en": "Raids", "ar": "غارات"})
    settings = workspace.folder / "justitia.toml"
    settings.write_text(settings.read_text().replace('["en", "fr", "es"]', '["en", "ar"]'), encoding="utf-8")
    for name, text in FILES.items():
        Country.write(workspace.folder / "overlay" / name, text)
    manifests(workspace.folder / "overlay")
    herds, places = ("goat", "camel", "goats", "llama"), ("north", "south")
    rows = [
        {"no": i, "herd": herds[i % 4], "heads": i % 20, "day": f"2024-0{1 + i % 6}-03", "where": places[i % 2]}
        for i in range(400)
    ]
    file = workspace.folder / "sources" / "raids" / "book.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    workspace = Workspace(workspace.folder)
    write_preview(workspace, run_workspace(workspace).state)
    return workspace


def test_files_alone_make_a_kind_of_record_that_is_counted(made: Workspace) -> None:
    assert check_catalogue(made.catalogue) == ()
    cells = explain(made, "raids:_T._T._T:_T").cells
    assert cells["COUNT"]["value"] == 400
    assert cells["LARGE"]["value"] == 200 and cells["SHARE_LARGE"]["value"] == 50.0
    assert explain(made, "raids:G._T._T:_T").cells["COUNT"]["value"] == 200
    assert explain(made, "raids:_X._T._T:_T").cells["COUNT"]["value"] == 100, "llamas have no code"
    assert explain(made, "raids:_T.few._T:_T").cells["COUNT"]["value"] == 180
    assert explain(made, "raids:_T._N._T:_T").cells["COUNT"]["value"] == 20, "raids of no animal"
    assert explain(made, "raids:C.many.N:2024-Q1").cells["COUNT"]["value"] == 0
    state = made.store.read()
    assert {batch["counts"]["new"] for batch in state["batches"].values()} == {400}
    found = {item["rule_id"]: item["count"] for item in state["stages"]["validate"]["findings"]}
    assert found["X-RAID-001"] == 20
    assert release_workspace(made, vintage="first").is_dir()


def test_no_code_knows_of_it() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "cattle_raid" not in text and "herd" not in text, path


def test_a_language_of_the_overlay_is_a_report_of_its_own(made: Workspace) -> None:
    page = (made.folder / "preview" / "report.ar.html").read_text(encoding="utf-8")
    assert '<html lang="ar" dir="rtl">' in page
    for word in ("غارات", "ماعز", "إبل", "بيانات مختلقة"):
        assert word in page
    assert 'lang="en" dir="ltr"' in page, "words that were not translated stand there in English, and say so"
    english = (made.folder / "preview" / "report.en.html").read_text(encoding="utf-8")
    assert 'dir="ltr"' in english and "Goats" in english and "ماعز" not in english
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(made.folder / "preview" / "tables.ar.xlsx")
    assert all(sheet.sheet_view.rightToLeft for sheet in book)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_the_same_source_in_another_format_is_the_same_statistics(made: Workspace, tmp_path: Path, kind: str) -> None:
    """A source that changes its format is one word in its layout."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    before = explain(made, "raids:G._T.N:2024-Q2").cells
    old = made.folder / "sources" / "raids" / "book.jsonl"
    rows = [json.loads(line) for line in old.read_text().splitlines()]
    new = old.with_name(f"book.{kind}")
    if kind == "csv":
        pyarrow.csv.write_csv(pa.Table.from_pylist(rows), new)
    elif kind == "parquet":
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows), new)
    else:
        import xlsxwriter

        with xlsxwriter.Workbook(str(new)) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, list(rows[0]))
            for line, row in enumerate(rows, start=1):
                sheet.write_row(line, 0, list(row.values()))
    layout = made.folder / "overlay" / "layouts" / "rangers" / "raids" / "1" / "layout.toml"
    layout.write_text(layout.read_text().replace('kind = "jsonl"', f'kind = "{kind}"'))
    with pytest.raises(JustitiaError, match=r"E-RCV-|E-LAY-001"):
        run_workspace(Workspace(made.folder))  # the old file is not of the new format
    old.unlink()
    again = Workspace(made.folder)
    with pytest.raises(JustitiaError, match="E-LAY-005"):
        run_workspace(again)  # what was counted may not be dropped by a change of layout
    other = init_workspace(tmp_path / "other")
    for name, text in FILES.items():
        Country.write(other.folder / "overlay" / name, text.replace('kind = "jsonl"', f'kind = "{kind}"'))
    (other.folder / "sources" / "raids").mkdir(parents=True)
    new.replace(other.folder / "sources" / "raids" / new.name)
    other = Workspace(other.folder)
    write_preview(other, run_workspace(other).state)
    assert explain(other, "raids:G._T.N:2024-Q2").cells == before


def test_an_empty_overlay_is_the_packaged_catalogue(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "made")
    assert check_catalogue(workspace.catalogue) == () and workspace.catalogue.overrides == ()
    assert run_workspace(workspace).new_batches == ()


def test_two_sources_tell_of_units_of_one_kind(country: Callable[..., Any], offence: Callable[..., Any]) -> None:
    made = country(dataflows={"by_iccs": BY_ICCS})
    own = made.folder / "overlay" / "layouts" / "made" / "police" / "1"
    for name in ("layout.toml", "columns.csv", "values.csv"):
        text = (own / name).read_text().replace('source_id = "police"', 'source_id = "gendarmerie"')
        Country.write(own.parents[1] / "gendarmerie" / "1" / name, text)
    made.send("a.csv", [offence(i) for i in range(10)])
    made.send("../gendarmerie/a.csv", [offence(i) for i in range(10)])
    made.run()
    assert made.exact()["_T", "_T", "_T", "COUNT"] == 20, "the same number in two registers is two offences"
    assert made.rows_of("SELECT count(DISTINCT offence_id) FROM {table}", "derived__offence") == [(20,)]
