"""What the tests of the packaged catalogue read: plain CSV and TOML, without the loader."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).parents[2] / "src" / "justitia" / "catalogue"
ICCS = CATALOGUE / "classifications" / "iccs" / "1.0"
LANGUAGES = ("en", "fr", "es")
RESERVED = {"_N", "_U", "_X", "_Z", "_T"}

Row = dict[str, str]


@cache
def read(path: str) -> list[Row]:
    with (CATALOGUE / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def iccs(name: str) -> list[Row]:
    return read(f"classifications/iccs/1.0/{name}.csv")


@cache
def codelists() -> dict[str, list[Row]]:
    return {path.stem: read(f"codelists/{path.name}") for path in sorted((CATALOGUE / "codelists").glob("*.csv"))}


@cache
def kinds() -> list[str]:
    return [row["kind"] for row in read("records/kinds.csv")]


@cache
def fields(kind: str) -> dict[str, Row]:
    return {row["field"]: row for row in read(f"records/{kind}.csv")}


def manifest(folder: Path) -> dict[str, dict[str, str]]:
    files: dict[str, dict[str, str]] = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))["files"]
    return files
