"""Made-up offence records and the overlay that describes them."""

from __future__ import annotations

from pathlib import Path

import duckdb

AREAS, CODES = 40, 200
ICCS = ("0101", "02011", "02012", "03011", "0401", "0501", "05021", "05022", "0601", "0701", "0801", "0901")


def make_records(path: Path, rows: int) -> None:
    """Write `rows` records; one in a thousand repeats another, one in a thousand has a bad date."""
    kind = "FORMAT parquet" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    duckdb.connect().execute(f"""
        COPY (SELECT
            'R' || lpad(CAST(CASE WHEN i % 1000 = 999 THEN i - 1 ELSE i END AS VARCHAR), 9, '0') AS record_no,
            'ART-' || CAST(hash(j, 1) % {CODES} AS VARCHAR) AS article,
            CASE WHEN i % 1000 = 500 THEN '31/02/2023'
                ELSE strftime(DATE '2018-01-01' + CAST(hash(j, 2) % 2190 AS INTEGER), '%d/%m/%Y') END AS recorded,
            'A' || lpad(CAST(hash(j, 3) % {AREAS} AS VARCHAR), 2, '0') AS district,
            ['none', 'knife', 'gun', 'other', 'unknown'][1 + CAST(hash(j, 4) % 5 AS INTEGER)] AS weapon,
            CAST(hash(j, 5) % 90 AS VARCHAR) AS age
        FROM (SELECT i, CASE WHEN i % 1000 = 999 THEN i - 1 ELSE i END AS j FROM range({rows}) AS t(i)))
        TO '{path}' ({kind})""")


def make_overlay(folder: Path, *, kind: str) -> None:
    """Write the overlay: layout, correspondence, code lists, two extra fields, three tables."""
    layout = folder / "layouts" / "bench" / "offences" / "1"
    for place in (layout, folder / "records", folder / "codelists", folder / "correspondences", folder / "dataflows"):
        place.mkdir(parents=True, exist_ok=True)
    (layout / "layout.toml").write_text(f"""
source_id = "bench"
title = "Made-up offences"
authority = "none"
sector = "police"
purpose = "benchmark"
legal_basis = ""
licence = ""
unit_of_row = "offence"
when_recorded = "recorded"
made_up = true
[format]
kind = "{kind}"
date_format = "%d/%m/%Y"
[row]
key = ["record_no"]
[[records]]
name = "offence"
kind = "offence"
key = ["record_no"]
correspondence = "bench__iccs"
""")
    (layout / "columns.csv").write_text(
        "column,record,field,action,format,personal,on_bad_value,constant,note\n"
        "record_no,,,ignore,,yes,,,\narticle,offence,national_code,use,,no,,,\n"
        "recorded,offence,bench_date,use,,no,set_aside_row,,\ndistrict,offence,bench_area,use,,no,,,\n"
        "weapon,offence,bench_weapon,use,,no,,,\nage,offence,bench_age,use,,yes,,,\n"
    )
    values = {"none": "N", "knife": "K", "gun": "G", "other": "O", "unknown": "_U"}
    (layout / "values.csv").write_text(
        "column,value,code,note\n" + "".join(f"weapon,{value},{code},\n" for value, code in values.items())
    )
    fields = "".join(
        f"{name},{type_},{codes},,,for the benchmark,\n"
        for name, type_, codes in (
            ("bench_date", "date", ""),
            ("bench_area", "code", "bench_area"),
            ("bench_weapon", "code", "bench_weapon"),
            ("bench_age", "integer", ""),
        )
    )
    (folder / "records" / "offence.csv").write_text("field,type,codelist,references,unit,description,source\n" + fields)
    heads = "code,parent,label_en,label_fr,label_es\n"
    areas = "".join(f"A{i:02},,Area {i},Territoire {i},Área {i}\n" for i in range(AREAS))
    (folder / "codelists" / "bench_area.csv").write_text(heads + areas)
    weapons = "".join(f"{code},,{code},{code},{code}\n" for code in ("N", "K", "G", "O"))
    (folder / "codelists" / "bench_weapon.csv").write_text(heads + weapons)
    rows = "".join(f"ART-{i},,{ICCS[i % len(ICCS)]},coded,,,made up\n" for i in range(CODES))
    (folder / "correspondences" / "bench__iccs.csv").write_text(
        "national_code,condition,iccs_code,status,priority,national_label,basis\n" + rows
    )
    (folder / "dataflows" / "bench.toml").write_text("""
label = { en = "Bench", fr = "Bench", es = "Bench" }
description = { en = "" }
unit = "offence"
counting_rule = "each"
disclosure = "public_default"
period = { field = "bench_date", frequency = "A" }
[[dimensions]]
id = "ICCS"
field = "iccs_code"
[[dimensions]]
id = "AREA"
field = "bench_area"
[[dimensions]]
id = "WEAPON"
field = "bench_weapon"
[[measures]]
id = "COUNT"
""")
