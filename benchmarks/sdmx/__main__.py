"""Measure SDMX in fresh processes and print a table: `python -m benchmarks.sdmx [--rows N] [--structure DSD]`.

`--write` writes the figures into docs/quality/sdmx.md.

CPU seconds are those of the work alone, after imports and the reading of the structure; memory is the peak of the whole
process. pysdmx writes and reads the same observations with the same structure.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("JUSTITIA_SHARED", Path(__file__).parents[3] / "shared"))
DSD = SHARED / "data" / "sdmx" / "IAEG-SDGs_SDG_1.3_dsd.xml"
CONSTRAINTS = SHARED / "data" / "sdmx" / "sdg_global_content_constraints.csv"
PAGE = Path(__file__).parents[2] / "docs" / "quality" / "sdmx.md"
YEARS = 30
AREAS = 250
TOTALS = (
    *("URBANISATION", "INCOME_WEALTH_QUANTILE", "EDUCATION_LEV", "OCCUPATION", "CUST_BREAKDOWN"),
    *("COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY", "PRODUCT"),
)


def make(path: Path, dsd: Path, rows: int) -> None:
    """Write made-up observations of one SDG series: all areas, sexes, as many ages as needed, 30 years each."""
    import duckdb

    from justitia.metadata.structure_reading import read_structure

    structure = read_structure(dsd)
    codes = {item.id: list(item.codelist.codes) for item in structure.components if item.codelist}
    ages = codes["AGE"][: -(-rows // (AREAS * 3 * YEARS))]
    fixed = ", ".join(f"'_T' AS {name}" for name in TOTALS)
    duckdb.execute(
        f"""COPY (SELECT 'A' AS FREQ, 'N' AS REPORTING_TYPE, 'VC_IHR_PSRC' AS SERIES, area AS REF_AREA, sex AS SEX,
            age AS AGE, {fixed}, (1990 + year)::VARCHAR AS TIME_PERIOD,
            printf('%.2f', (hash(area, sex, age, year) % 10000) / 100) AS OBS_VALUE, 'A' AS OBS_STATUS,
            '0' AS UNIT_MULT, 'PER_100000_POP' AS UNIT_MEASURE, 'C' AS NATURE
        FROM (SELECT unnest({codes["REF_AREA"][:AREAS]}) AS area), (SELECT unnest(['_T', 'F', 'M']) AS sex),
            (SELECT unnest({ages}) AS age), (SELECT unnest(range({YEARS})) AS year) LIMIT {rows})
        TO '{path}' (FORMAT parquet)"""
    )


# -- what is measured, each in a process of its own ---------------------------------------------------------------
def ours_write(folder: Path, dsd: Path, format: str) -> Callable[[], object]:
    from justitia.metadata.structure_reading import read_structure
    from justitia.sdmx import write_sdmx

    structure = read_structure(dsd)
    return lambda: write_sdmx(folder / "made.parquet", structure, folder / f"ours.{format}", format=format)


def ours_read(folder: Path, _dsd: Path, format: str) -> Callable[[], object]:
    from justitia.sdmx import read_sdmx

    return lambda: read_sdmx(folder / f"ours.{format}", folder / "read.parquet").rows


def ours_check(folder: Path, dsd: Path, format: str) -> Callable[[], object]:
    """Return the check of observations that are read already."""
    from justitia.collect.sdmx import receive_sdmx
    from justitia.engine import Engine
    from justitia.metadata.structure_reading import read_constraints, read_structure
    from justitia.validate.sdmx import check_observations

    structure = read_structure(dsd)
    constraints = read_constraints(CONSTRAINTS, structure) if CONSTRAINTS.exists() else ()
    engine = Engine(scratch=folder / "scratch", memory="128MiB")
    read = receive_sdmx(folder / f"ours.{format}", engine, folder / f"check-{format}")

    def check() -> int:
        found = check_observations(
            engine, read.relation, read.columns, structure, table=format, constraints=constraints
        )
        return len(found)

    return check


def theirs_write(folder: Path, dsd: Path, format: str) -> Callable[[], object]:
    import pandas as pd
    from pysdmx.io import read_sdmx, write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.io.pd import PandasDataset

    schema = read_sdmx(dsd, validate=False).get_data_structure_definitions()[0].to_schema()
    data = PandasDataset(structure=schema, data=pd.read_parquet(folder / "made.parquet"))
    target, kind = folder / f"theirs.{format}", {"ml-3.0": "DATA_SDMX_ML_3_0", "csv-2.0": "DATA_SDMX_CSV_2_0_0"}[format]
    options: dict[str, Any] = (
        {"dimension_at_observation": "TIME_PERIOD", "prettyprint": False} if format == "ml-3.0" else {}
    )
    return lambda: write_sdmx([data], Format[kind], str(target), **options)


def theirs_read(folder: Path, _dsd: Path, format: str) -> Callable[[], object]:
    from pysdmx.io import read_sdmx

    return lambda: len(read_sdmx(folder / f"ours.{format}", validate=False).data[0].data)


JOBS = {f.__name__: f for f in (ours_write, ours_read, ours_check, theirs_write, theirs_read)}
ORDER = (
    *(("ours_write", format) for format in ("ml-3.0", "ml-2.1", "csv-2.0", "csv-1.0", "json-2.0")),
    *(("ours_read", format) for format in ("ml-3.0", "csv-2.0", "json-2.0")),
    *(("ours_check", format) for format in ("ml-3.0", "csv-2.0", "json-2.0")),
    *(("theirs_write", "ml-3.0"), ("theirs_write", "csv-2.0"), ("theirs_read", "ml-3.0"), ("theirs_read", "csv-2.0")),
)


def measure(job: str, format: str, folder: Path, dsd: Path) -> dict[str, Any]:
    work = JOBS[job](folder, dsd, format)
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "result": result,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": peak,
    }


WORDS = {
    "ours_write": "write",
    "ours_read": "read",
    "ours_check": "check what was read against structure and constraints",
    "theirs_write": "pysdmx: write",
    "theirs_read": "pysdmx: read",
}
HEAD = """# How fast SDMX is written, read and checked

Written by `python -m benchmarks.sdmx --write`, measured on {day}: {rows:,} made-up observations of one series of
the global SDG structure 1.3, each job in a fresh process, one run, Justitia {own} and pysdmx {other} on the same
observations. CPU seconds are those of the work alone, after imports and the reading of the structure. Other programs
ran on the machine at the same time: seconds are upper bounds, and memory is the peak of the whole process.

| job | format | CPU seconds | seconds | peak MiB |
| --- | --- | ---: | ---: | ---: |
"""
TAIL = """
`ml` is SDMX-ML, `csv` SDMX-CSV, `json` SDMX-JSON. The structure is that of `--structure`; the SDG structure and its
constraints are not part of Justitia. pysdmx holds all observations in memory, so that its peak grows with them;
Justitia works in blocks. pysdmx reads what Justitia wrote; it does not check data against a structure, so that there
is nothing to compare the check with but reading. Load weighs on CPU seconds too: the same write by pysdmx was measured
before at 54 s, against which the ratio would be about 12.
"""


def page(figures: dict[tuple[str, str], dict[str, Any]], rows: int) -> str:
    """Return the page of the figures, with the limits that must hold and whether they do."""
    from datetime import date
    from importlib.metadata import version

    today = date.today()
    text = HEAD.format(day=f"{today.day} {today:%B %Y}", rows=rows, own=version("justitia"), other=version("pysdmx"))
    for (job, format), found in figures.items():
        text += f"| {WORDS[job]} | {format} | {found['cpu']:.1f} | {found['wall']:.1f} | {found['peak']:,.0f} |\n"
    text += "\n## Limits\n\n| what | wanted | measured |\n| --- | --- | ---: |\n"
    own = figures["ours_write", "ml-3.0"]
    if ("theirs_write", "ml-3.0") in figures:
        ratio = figures["theirs_write", "ml-3.0"]["cpu"] / own["cpu"]
        text += f"| CPU of pysdmx for one of ours, SDMX-ML 3.0 write | at least 10 | {ratio:.1f} |\n"
    text += f"| peak memory, SDMX-ML 3.0 write | below 500 MiB | {own['peak']:,.0f} MiB |\n"
    for format in ("ml-3.0", "csv-2.0", "json-2.0"):
        share = figures["ours_check", format]["cpu"] / figures["ours_read", format]["cpu"]
        text += f"| CPU of the check for one of reading, {format} | below 2 | {share:.2f} |\n"
    return text + TAIL


def main() -> None:
    """Run every job in a fresh process, print the figures and the two ratios that must hold."""
    parser = argparse.ArgumentParser(prog="benchmarks.sdmx")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--structure", type=Path, default=DSD)
    parser.add_argument("--ours", action="store_true", help="leave pysdmx out")
    parser.add_argument("--job", nargs=3)
    parser.add_argument("--write", action="store_true", help="write docs/quality/sdmx.md")
    given = parser.parse_args()
    if given.job:
        job, format, folder = given.job
        print(json.dumps(measure(job, format, Path(folder), given.structure)))
        return
    if not given.structure.exists():
        sys.exit(f"The SDG data structure is not here: {given.structure}. Name one with --structure")
    figures: dict[tuple[str, str], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        make(Path(name) / "made.parquet", given.structure, given.rows)
        for job, format in ORDER:
            if given.ours and job.startswith("theirs"):
                continue
            command = [sys.executable, "-m", "benchmarks.sdmx", "--structure", str(given.structure)]
            done = subprocess.run([*command, "--job", job, format, name], check=True, stdout=subprocess.PIPE, text=True)
            found = figures[job, format] = json.loads(done.stdout.splitlines()[-1])
            spent = f"cpu {found['cpu']:6.1f} s  wall {found['wall']:6.1f} s"
            print(f"{job:13} {format:9} {spent}  peak {found['peak']:6.0f} MiB")
    if ("theirs_write", "ml-3.0") in figures:
        ratio = figures["theirs_write", "ml-3.0"]["cpu"] / figures["ours_write", "ml-3.0"]["cpu"]
        print(f"SDMX-ML 3.0 write: {ratio:.1f} times less CPU than pysdmx (wanted: 10)")
    for format in ("ml-3.0", "csv-2.0", "json-2.0"):
        share = figures["ours_check", format]["cpu"] / figures["ours_read", format]["cpu"]
        print(f"check against read, {format}: {share:.2f} (wanted: below 2)")
    if given.write:
        PAGE.write_text(page(figures, given.rows), encoding="utf-8")


if __name__ == "__main__":
    main()
