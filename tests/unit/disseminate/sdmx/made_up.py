"""A small made-up structure with ICCS codes, and observations that try every trap of the formats."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from justitia.disseminate.sdmx import Header
from justitia.metadata.definitions import Code, CodeList
from justitia.metadata.structure import Component, Structure

HEADER = Header("MESSAGE_1", "XA", datetime(2026, 11, 24, 10, tzinfo=UTC), test=True)


def codes(name: str, *listed: tuple[str, str]) -> CodeList:
    made = {
        code: Code(code, {"en": f"Name of {code}", "fr": f"Nom de {code}"}, parent=parent) for code, parent in listed
    }
    return CodeList(name, made, version="1.0", source="XA")


def structure(*more: Component) -> Structure:
    iccs = codes("CL_ICCS", ("_T", ""), ("01", ""), ("0101", "01"), ("0102", "01"), ("02", ""), ("020111", "02"))
    return Structure(
        "XA",
        "CRIME",
        "1.0",
        (
            Component("FREQ", "dimension", codelist=codes("CL_FREQ", ("A", ""), ("Q", "")), labels={"en": "Frequency"}),
            Component("ICCS", "dimension", codelist=iccs, labels={"en": "Offence", "es": "Delito"}),
            Component("SEX", "dimension", codelist=codes("CL_SEX", ("_T", ""), ("F", ""), ("M", ""), ("_U", ""))),
            Component("TIME_PERIOD", "time", "ObservationalTimePeriod"),
            Component("OBS_VALUE", "measure", "Double", required=False),
            Component("OBS_STATUS", "attribute", codelist=codes("CL_OBS_STATUS", ("A", ""), ("Q", ""))),
            Component("NOTE", "attribute", required=False),
            Component("UNIT", "attribute", attached_to=("FREQ", "ICCS", "SEX"), codelist=codes("CL_UNIT", ("PS", ""))),
            *more,
        ),
        labels={"en": "Offences", "fr": "Infractions"},
    )


COLUMNS = ("FREQ", "ICCS", "SEX", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "NOTE", "UNIT")
ROWS: tuple[tuple[str | None, ...], ...] = (
    ("A", "01", "_T", "2022", "30", "A", None, "PS"),
    ("A", "01", "_T", "2023", "0.10", "A", 'a "quoted", <odd> & long text', "PS"),
    ("A", "0101", "F", "2022", "12345678901234567890", "A", "two\nlines\tand a tab", "PS"),
    ("A", "0101", "F", "2023", None, "Q", None, "PS"),
    ("A", "0101", "M", "2022", "1.5e-7", "A", "é, ñ, 中", "PS"),
    ("Q", "020111", "_U", "2022-Q1", "-3", "A", "back\\slash", "PS"),
    ("Q", "020111", "_U", "2022-Q2", "4.50", "A", None, "PS"),
)


def batches(rows: tuple[tuple[str | None, ...], ...] = ROWS, *, size: int = 3) -> list[pa.RecordBatch]:
    columns = [pa.array([row[number] for row in rows], pa.string()) for number in range(len(COLUMNS))]
    return pa.table(columns, names=list(COLUMNS)).to_batches(max_chunksize=size)


def shared(*names: str) -> Path:
    """Return a file of the shared data, or skip the test."""
    usual = Path(__file__).parents[5] / "shared"
    path = Path(os.environ.get("JUSTITIA_SHARED", usual)).joinpath(*names)
    if not path.exists():
        pytest.skip(f"shared data are not here: {'/'.join(names)}")
    return path
