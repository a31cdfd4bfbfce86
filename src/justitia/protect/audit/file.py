"""Tables of any tool as CSV, with a marker in place of suppressed values."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from justitia.errors import RequestError
from justitia.protect.system.tables import PRIMARY, Dimension, Table


def read_marked_table(
    path: Path,
    *,
    dimensions: Sequence[str],
    value: str,
    suppressed: Sequence[str],
    total: str = "_T",
    no_total: Sequence[str] = (),
    hierarchy: Path | None = None,
    absent: Literal["refuse", "zero", "hidden"] = "refuse",
    magnitude: bool = False,
    universe: str = "",
    codes: Mapping[str, Iterable[str]] | None = None,
) -> Table:
    """Return a published table in which marked cells are suppressed and of unknown value.

    Args:
        path: CSV in UTF-8 with one header line; one row for each cell, totals included.
        dimensions: its columns with codes; all of them, for what is left out would be added up.
        value: its column with values.
        suppressed: what stands in that column for a suppressed value, for example `:` or `:c`.
        total: the code of the total in every dimension.
        no_total: dimensions whose codes do not add up, such as years.
        hierarchy: CSV with columns `dimension`, `code`, `parent`; codes that are not in it are parts of the total.
        absent: what cells that are not in the file are, see `Table`.
        magnitude: values may be fractions.
        codes: of each dimension further codes that linked tables have.
        universe: name of what is counted, the same for linked tables (default: the file's name).

    Raises:
        RequestError: E-PRO-130 for a missing column, E-PRO-131 for a value that is neither number nor marker.
    """
    rows = _rows(path)
    for name in (*dimensions, value):
        if not rows or name not in rows[0]:
            raise RequestError(
                "E-PRO-130", f"there is no column [{name}]", where=path.name,
                remedy=f"Its columns are {', '.join(rows[0]) if rows else 'missing: the file is empty'}",
            )  # fmt: skip
    parents = _parents(hierarchy)
    keys = tuple(np.array([row[name].strip() for row in rows]) for name in dimensions)
    marks = {mark.strip() for mark in suppressed}
    texts = [row[value].strip() for row in rows]
    hidden = np.array([text in marks for text in texts])
    values = np.array([np.nan if text in marks else _number(path, text, line) for line, text in enumerate(texts, 2)])
    made = tuple(
        _dimension(
            name,
            [*own.tolist(), *(codes or {}).get(name, ())],
            parents.get(name, {}),
            "" if name in no_total else total,
        )
        for name, own in zip(dimensions, keys, strict=True)
    )
    status = np.where(hidden, PRIMARY, 0).astype(np.uint8)
    return Table(path.stem, made, keys, values, status, universe=universe, absent=absent, magnitude=magnitude)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _parents(path: Path | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in _rows(path) if path else ():
        if not {"dimension", "code", "parent"} <= row.keys():
            raise RequestError(
                "E-PRO-130", "a hierarchy needs the columns dimension, code, parent", where=path.name if path else ""
            )
        found.setdefault(row["dimension"].strip(), {})[row["code"].strip()] = row["parent"].strip()
    return found


def _dimension(name: str, codes: list[str], parents: Mapping[str, str], total: str) -> Dimension:
    top = {total: ""} if total else {}
    listed = {code: above or (total if code != total else "") for code, above in parents.items()}
    return Dimension(name, top | dict.fromkeys((code for code in codes if code != total), total) | listed, total)


def _number(path: Path, text: str, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise RequestError(
            "E-PRO-131",
            "a value is neither a number nor a marker of a suppressed value",
            where=f"{path.name}, row {line}",
            remedy="Name the marker with --suppressed; write decimals with a point and no thousands",
        ) from None


def codes_of(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Return the distinct contents of every column of CSV files."""
    found: dict[str, set[str]] = {}
    for path in paths:
        for row in _rows(path):
            for name, text in row.items():
                found.setdefault(name, set()).add((text or "").strip())
    return found


def columns_of(path: Path) -> list[str]:
    """Return the names of the columns of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])
