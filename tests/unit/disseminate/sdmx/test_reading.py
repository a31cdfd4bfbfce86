"""Messages of others: generic data, groups, labels beside codes, several data sets; and what cannot be read."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import pytest

from justitia.collect.sdmx import observed, receive_sdmx
from justitia.disseminate.sdmx import FORMATS, write_data
from justitia.engine import Engine
from justitia.errors import JustitiaError, LayoutError
from justitia.sdmx import read_sdmx

from .made_up import COLUMNS, HEADER, ROWS, batches, shared, structure

V21 = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
GENERIC = f"""<?xml version="1.0" encoding="UTF-8"?>
<mes:GenericData xmlns:mes="{V21}/message" xmlns:gen="{V21}/data/generic" xmlns:com="{V21}/common">
<mes:Header><mes:ID>G1</mes:ID><mes:Test>false</mes:Test><mes:Prepared>2026-01-01T00:00:00</mes:Prepared>
<mes:Sender id="XA"/><mes:Structure structureID="S" dimensionAtObservation="TIME_PERIOD">
<com:Structure><Ref agencyID="XA" id="CRIME" version="1.0"/></com:Structure></mes:Structure></mes:Header>
<mes:DataSet structureRef="S"><gen:Series><gen:SeriesKey><gen:Value id="ICCS" value="0101"/></gen:SeriesKey>
<gen:Attributes><gen:Value id="UNIT" value="PS"/></gen:Attributes>
<gen:Obs><gen:ObsDimension value="2022"/><gen:ObsValue value="0.10"/>
<gen:Attributes><gen:Value id="OBS_STATUS" value="A"/></gen:Attributes></gen:Obs>
<gen:Obs><gen:ObsDimension value="2023"/></gen:Obs></gen:Series></mes:DataSet></mes:GenericData>"""

SPECIFIC = f"""<mes:StructureSpecificData xmlns:mes="{V21}/message" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:ns1="urn:x"><mes:Header><mes:ID>S1</mes:ID></mes:Header>{{body}}</mes:StructureSpecificData>"""


def rows_of(path: Path, folder: Path, *names: str) -> list[tuple[Any, ...]]:
    with Engine(scratch=folder / "scratch", memory="200MiB") as engine:
        received = receive_sdmx(path, engine, folder / "read")
        return sorted(engine.rows(f"SELECT {', '.join(names)} FROM {received.relation}"), key=str)


def test_generic_data_are_read(tmp_path: Path) -> None:
    path = tmp_path / "g.xml"
    path.write_text(GENERIC)
    assert rows_of(path, tmp_path, "ICCS", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "UNIT") == [
        ("0101", "2022", "0.10", "A", "PS"),
        ("0101", "2023", None, None, "PS"),
    ]


def test_attributes_of_groups_go_to_their_series(tmp_path: Path) -> None:
    path = tmp_path / "g.xml"
    body = """<mes:DataSet><Group xsi:type="ns1:Sibling" ICCS="0101" TITLE="Homicide"/>
      <Series ICCS="0101" SEX="F"><Obs TIME_PERIOD="2022" OBS_VALUE="1"/></Series>
      <Series ICCS="0101" SEX="M"><Obs TIME_PERIOD="2022" OBS_VALUE="2"/></Series>
      <Series ICCS="02" SEX="M"><Obs TIME_PERIOD="2022" OBS_VALUE="3"/></Series></mes:DataSet>"""
    path.write_text(SPECIFIC.format(body=body))
    assert rows_of(path, tmp_path, "ICCS", "SEX", "OBS_VALUE", "TITLE") == [
        ("0101", "F", "1", "Homicide"),
        ("0101", "M", "2", "Homicide"),
        ("02", "M", "3", None),
    ]


def test_data_sets_keep_their_own_attributes(tmp_path: Path) -> None:
    path = tmp_path / "d.xml"
    sets = [f'<mes:DataSet SOURCE="{n}"><Obs ICCS="0{n}" OBS_VALUE="{n}"/></mes:DataSet>' for n in "12"]
    path.write_text(SPECIFIC.format(body="".join(sets)))
    assert rows_of(path, tmp_path, "ICCS", "SOURCE") == [("01", "1"), ("02", "2")]


def test_labels_beside_codes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("DATAFLOW;ICCS: Offence;TIME_PERIOD: Period;OBS_VALUE\nXA:D(1.0);0101: Homicide;2022;7\n")
    assert rows_of(path, tmp_path, "ICCS", "TIME_PERIOD", "OBS_VALUE") == [("0101", "2022", "7")]


def test_leading_zeros_stay_where_every_code_is_a_number(tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    head, row = "STRUCTURE,STRUCTURE_ID,ACTION,ICCS,TIME_PERIOD,OBS_VALUE\n", "datastructure,A:B(1.0),I,0101,2020,1\n"
    path.write_text(head + row * 3)
    read_sdmx(path, tmp_path / "z.parquet")
    read_sdmx(path, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[1] == "0101,2020,1"
    with Engine(scratch=tmp_path / "scratch", memory="200MiB") as engine:
        assert engine.rows(f"SELECT DISTINCT ICCS FROM '{tmp_path / 'z.parquet'}'") == [("0101",)]


def test_json_of_others_has_its_lists_before_the_data(tmp_path: Path) -> None:
    path = shared("reference", "sdmx_samples", "small_SDMX_JSON_2_0_data.json")
    assert rows_of(path, tmp_path, "SERIES", "count(*) OVER ()")[0] == ("VC_IHR_PSRC", 60)


@pytest.mark.parametrize("format", FORMATS)
def test_blocks_smaller_than_series_change_nothing(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"b{FORMATS[format]}"
    write_data(batches(), structure(), path, format=format, header=HEADER, columns=COLUMNS)
    for module in ("markup", "objects"):
        monkeypatch.setattr(f"justitia.collect.sdmx.{module}.BLOCK", 1)
    assert rows_of(path, tmp_path, *COLUMNS) == sorted(ROWS, key=str)
    assert observed.BLOCK > 1


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    body = ["<mes:DataSet>"]
    for series in range(3000):
        body.append(f'<Series ICCS="{series:06d}">')
        body += [f'<Obs TIME_PERIOD="{year}" OBS_VALUE="{year}.5"/>' for year in range(1900, 2000)]
        body.append("</Series>")
    path = tmp_path / "big.xml"
    path.write_text(SPECIFIC.format(body="".join([*body, "</mes:DataSet>"])))
    with Engine(scratch=tmp_path / "scratch", memory="200MiB") as engine:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        received = receive_sdmx(path, engine, tmp_path / "read")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert engine.value(f"SELECT count(DISTINCT ICCS) FROM {received.relation}") == 3000
    assert received.rows == 300_000 and grown < 150, f"{grown:.0f} MiB more"


# -- what cannot be read ------------------------------------------------------------------------------------------
BOMB = f"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>
<mes:GenericData xmlns:mes="{V21}/message"><mes:Header>&y;</mes:Header></mes:GenericData>"""
STOLEN = f"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><mes:GenericData xmlns:mes="{V21}/message">&x;
</mes:GenericData>"""
DEEP = SPECIFIC.format(body="<mes:DataSet>" + "<a>" * 5000 + "</a>" * 5000 + "</mes:DataSet>")
FLAT = SPECIFIC.format(body='<mes:DataSet><Obs ICCS="01" OBS_VALUE="1"/></mes:DataSet>')
SEVERAL = SPECIFIC.format(body='<mes:DataSet><Obs><Comp id="ICCS"><Value>1</Value></Comp></Obs></mes:DataSet>')
CSV = "STRUCTURE,STRUCTURE_ID,ACTION,ICCS,OBS_VALUE\n"
ROW = "datastructure,A:B(1.0),I,01,5\n"
JSON = '{"meta":{"schema":"https://json.sdmx.org/2.0.0/sdmx-json-data-schema.json"},"data":{"structures":[],"dataSets":[%s]}}'


@pytest.mark.parametrize(
    ("name", "content", "code", "line"),
    [
        ("bomb.xml", BOMB, "E-SDM-004", ":1"),
        ("stolen.xml", STOLEN, "E-SDM-004", ":1"),
        ("deep.xml", DEEP, "E-SDM-005", ":2"),
        ("cut.xml", FLAT[:-40], "E-SDM-003", ":2"),
        ("broken.xml", FLAT.replace("OBS_VALUE=", "OBS_VALUE"), "E-SDM-003", ":2"),
        ("namespace.xml", FLAT.replace("v2_1", "v9_9"), "E-SDM-006", ""),
        ("old.xml", FLAT.replace("schemas/v2_1/message", "schemas/v2_0/message"), "E-SDM-006", ""),
        ("page.xml", "<html><body/></html>", "E-SDM-002", ""),
        ("several.xml", SEVERAL, "E-SDM-013", ""),
        ("structure.xml", FLAT.replace("StructureSpecificData", "Structure"), "E-SDM-015", ""),
        ("plain.csv", "a,b\n1,2\n", "E-SDM-002", ""),
        ("empty.csv", "", "E-SDM-002", ""),
        ("ragged.csv", CSV + ROW + "datastructure,A:B(1.0),I\n" + ROW, "E-SDM-014", ":3"),
        ("quote.csv", CSV + ROW + 'datastructure,A:B(1.0),I,"01,5\n' + ROW, "E-SDM-014", ""),
        ("twice.csv", CSV.replace("OBS_VALUE", "ICCS") + ROW, "E-SDM-014", ":1"),
        ("latin.csv", (CSV + ROW.replace("01", "é")).encode("latin-1"), "E-SDM-014", ""),
        ("cut.json", (JSON % "")[:-30], "E-SDM-011", ""),
        ("deep.json", JSON % ('{"x":' + "[" * 100_000 + "]" * 100_000 + "}"), "E-SDM-005", ""),
        ("odd.json", JSON % '{"series":{"0:0":{"observations":{"0":[1]}}}}', "E-SDM-011", ""),
        ("one.json", JSON.replace("2.0.0", "1.0.0") % "", "E-SDM-006", ""),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(
    tmp_path: Path, name: str, content: str | bytes, code: str, line: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(JustitiaError) as caught:
        read_sdmx(path, tmp_path / "target.parquet")
    assert caught.value.code == code, str(caught.value)
    assert isinstance(caught.value, LayoutError) and caught.value.remedy
    assert name in caught.value.where and (not line or caught.value.where.endswith(line)), caught.value.where
    assert "\n" not in str(caught.value) and "passwd" not in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == [name], "nothing half-written"


def test_a_missing_file_and_an_odd_target_are_told(tmp_path: Path) -> None:
    with pytest.raises(JustitiaError, match="E-SDM-001"):
        read_sdmx(tmp_path / "none.xml", tmp_path / "a.csv")
    with pytest.raises(JustitiaError, match="E-SDM-040"):
        read_sdmx(tmp_path / "none.xml", tmp_path / "a.xlsx")


def test_the_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "h.json"
    write_data(batches(), structure(), path, format="json-2.0", header=HEADER, columns=COLUMNS)
    assert json.loads(path.read_text())["meta"]["test"] is True
    received = read_sdmx(path, tmp_path / "h.csv")
    assert (received.id, received.sender, received.structures) == ("MESSAGE_1", "XA", ("XA:CRIME(1.0)",))
