"""The global SDG structure: an entry of the catalogue by version, and the published series of goal 16 through it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from justitia.errors import CatalogueError
from justitia.metadata.load import load_catalogue
from justitia.metadata.structure_reading import read_constraints, read_structure
from justitia.sdmx import open_structure, read_sdmx, validate_sdmx, write_sdmx

from .made_up import shared

SERIES = ("vc_ihr_psrc", "vc_ihr_psrcn", "vc_htf_detv", "vc_prs_unsec", "vc_voc_enfdis", "vc_prr_phyv")
SEX = {"bothsex": "_T", "female": "F", "male": "M", "": "_T"}
UNITS = {"per_100000_pop": "PER_100000_POP", "number": "NUMBER", "percent": "PT"}
NATURE = {"notspec": "N", "": None}
TOTALS = (
    *("URBANISATION", "INCOME_WEALTH_QUANTILE", "EDUCATION_LEV", "OCCUPATION", "CUST_BREAKDOWN"),
    *("COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY", "PRODUCT"),
)


def published(name: str) -> list[dict[str, str | None]]:
    """Return a published series as observations of the structure."""
    with shared("data", "un_reference_tables", "sdg16", f"sdg_{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    made: list[dict[str, str | None]] = []
    for row in rows:
        nature = row.get("nature", "")
        made.append(
            {
                **dict.fromkeys(TOTALS, "_T"),
                "FREQ": "A",
                "REPORTING_TYPE": "G",
                "SERIES": load_catalogue().structures["sdg_1.3"].renamed.get(name.upper(), name.upper()),  # type: ignore
                "REF_AREA": row["geo_area"],
                "SEX": SEX[row.get("sex", "")],
                "AGE": "_T",
                "TIME_PERIOD": row["year"],
                "OBS_VALUE": row[name],
                "OBS_STATUS": "A",
                "UNIT_MULT": "0",
                "UNIT_MEASURE": UNITS[row["units"]],
                "NATURE": NATURE.get(nature, nature.upper()),
            }
        )
    return made


@pytest.mark.parametrize("format", ["csv-2.0", "ml-2.1", "ml-3.0", "json-2.0"])
@pytest.mark.parametrize("name", SERIES)
def test_published_series_are_issued_again_value_by_value(tmp_path: Path, name: str, format: str) -> None:
    dsd = shared("data", "sdmx", "IAEG-SDGs_SDG_1.3_dsd.xml")
    regions = shared("data", "sdmx", "sdg_global_content_constraints.csv")
    rows = published(name)
    source, target, back = tmp_path / "source.parquet", tmp_path / f"{name}.sdmx", tmp_path / "back.csv"
    pq.write_table(pa.Table.from_pylist(rows), source)
    structure = read_structure(dsd)
    assert write_sdmx(source, structure, target, format=format) == len(rows) > 30
    report = validate_sdmx(target, structure, constraints=read_constraints(regions, structure))
    assert {finding.rule_id for finding in report.findings} <= {"V-SDX-004", "V-SDX-008"}, report.findings
    told = {finding.column for finding in report.findings}
    assert told <= {"REF_AREA", "NATURE"}, [finding.message for finding in report.findings]
    read_sdmx(target, back)
    with back.open(newline="") as file:
        found = {(r["REF_AREA"], r["SEX"], r["TIME_PERIOD"]): r["OBS_VALUE"] for r in csv.DictReader(file)}
    assert found == {(r["REF_AREA"], r["SEX"], r["TIME_PERIOD"]): r["OBS_VALUE"] for r in rows}


def test_the_entry_of_the_catalogue_names_file_hash_and_place(country: Callable[..., Any]) -> None:
    made = country()
    entry = load_catalogue().structures["sdg_1.3"]
    assert entry.short == "IAEG-SDGs:SDG(1.3)" and len(entry.sha256) == 64 and "registry.sdmx.org" in entry.source
    with pytest.raises(CatalogueError) as caught:
        open_structure("sdg_1.3", workspace=made.workspace)
    assert caught.value.code == "E-SDM-030" and "registry.sdmx.org" in caught.value.remedy
    folder = made.folder / "structures"
    folder.mkdir()
    (folder / entry.file).write_text("<another/>")
    with pytest.raises(CatalogueError, match="E-SDM-031"):
        open_structure("sdg_1.3", workspace=made.workspace)


def test_the_entry_opens_the_shared_structure(country: Callable[..., Any]) -> None:
    made = country()
    folder = made.folder / "structures"
    folder.mkdir()
    for name in ("IAEG-SDGs_SDG_1.3_dsd.xml", "sdg_global_content_constraints.csv"):
        (folder / name).write_bytes(shared("data", "sdmx", name).read_bytes())
    structure, constraints = open_structure("sdg_1.3", workspace=made.workspace)
    assert structure.short == "IAEG-SDGs:SDG(1.3)" and len(constraints[0].regions) > 600
    data = made.folder / "old.csv"
    data.write_text("DATAFLOW,SERIES\nIAEG-SDGs:DF(1.0),VC_PRS_UNSEC\n")
    told = [f.message for f in validate_sdmx(data, structure).findings if f.column == "SERIES"]
    assert "this version calls it VC_PRS_UNSNT" in told[0]


# -- a second version, made up, in which a series has another name ------------------------------------------------
def message(version: str, series: str) -> str:
    def listed(name: str, *codes: str) -> dict[str, Any]:
        items = [{"id": code, "name": code} for code in codes]
        return {"id": name, "agencyID": "IAEG-SDGs", "version": version, "name": name, "codes": items}

    def component(name: str, codes: str) -> dict[str, Any]:
        urn = f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist=IAEG-SDGs:{codes}({version})"
        return {"id": name, "localRepresentation": {"enumeration": urn}}

    held = {
        "dimensionList": {
            "dimensions": [component("SERIES", "CL_SERIES"), component("SEX", "CL_SEX")],
            "timeDimensions": [{"id": "TIME_PERIOD"}],
        },
        "measureList": {"measures": [{"id": "OBS_VALUE", "localRepresentation": {"format": {"dataType": "Double"}}}]},
    }
    structure = {"id": "SDG", "agencyID": "IAEG-SDGs", "version": version, "dataStructureComponents": held}
    data = {
        "codelists": [listed("CL_SERIES", series, "VC_OTHER"), listed("CL_SEX", "_T", "F", "M")],
        "dataStructures": [structure],
    }
    schema = "https://json.sdmx.org/2.0.0/sdmx-json-structure-schema.json"
    return json.dumps({"meta": {"schema": schema}, "data": data})


def test_two_versions_stand_side_by_side_and_the_old_name_is_told(country: Callable[..., Any], tmp_path: Path) -> None:
    entries = {}
    for version, series in (("1.9", "VC_IHR_OLD"), ("2.0", "VC_IHR_NEW")):
        text = message(version, series)
        digest = hashlib.sha256(text.encode()).hexdigest()
        entries[f"structures/sdg_{version}.toml"] = (
            f'title = "Made up"\nagency = "IAEG-SDGs"\nid = "SDG"\nversion = "{version}"\nfile = "sdg_{version}.json"\n'
            f'sha256 = "{digest}"\n[renamed]\nVC_IHR_OLD = "VC_IHR_NEW"\n'
        )
    made = country(files=entries)
    (made.folder / "structures").mkdir()
    for version, series in (("1.9", "VC_IHR_OLD"), ("2.0", "VC_IHR_NEW")):
        (made.folder / "structures" / f"sdg_{version}.json").write_text(message(version, series))
    data = tmp_path / "data.csv"
    data.write_text(
        "STRUCTURE,STRUCTURE_ID,ACTION,SERIES,SEX,TIME_PERIOD,OBS_VALUE\n"
        "datastructure,IAEG-SDGs:SDG(1.9),R,VC_IHR_OLD,F,2020,1\n"
    )
    old, _ = open_structure("sdg_1.9", workspace=made.workspace)
    new, _ = open_structure("sdg_2.0", workspace=made.workspace)
    assert validate_sdmx(data, old).findings == ()
    found = validate_sdmx(data, new).findings
    assert [(finding.rule_id, finding.severity) for finding in found] == [
        ("V-SDX-012", "warning"),
        ("V-SDX-004", "error"),
    ]
    assert "1.9" in found[0].message and "VC_IHR_NEW" in found[1].message
    assert made.workspace.catalogue.structures["sdg_2.0"].renamed == {"VC_IHR_OLD": "VC_IHR_NEW"}
