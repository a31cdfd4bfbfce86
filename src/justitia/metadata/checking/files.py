"""Checks of the files themselves: are they where a catalogue has them, readable, and listed in their manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from justitia.metadata.faults import Faults, nearest
from justitia.metadata.manifest import NEEDED, OPTIONAL
from justitia.metadata.settings import Settings, parse_settings
from justitia.metadata.tree import MANIFEST, READ, Layer, Tree

_NAME = r"[^/]+"
PLACES = (
    rf"classifications/{_NAME}/{_NAME}/(codes|index|notes|tags|boundaries)\.csv",
    rf"(codelists|checks|severity|correspondences|population|perturbation|messages|records)/{_NAME}\.csv",
    r"labels/[a-z]{2,3}\.csv",
    rf"(dataflows|disclosure|linkages)/{_NAME}\.toml",
    rf"linkage/{_NAME}\.csv",
    rf"layouts/{_NAME}/{_NAME}/{_NAME}/(layout\.toml|columns\.csv|values\.csv)",
    r"(derivations|column_names)\.csv",
    r"coder/.+",
    rf"flows/(states\.csv|{_NAME}\.toml)",
    rf"(indicators|population_standards|coverage|perturbation)/{_NAME}\.(csv|toml)",
    rf"collections/(.+/)?{_NAME}\.(csv|toml)",
    rf"(structures|pseudonyms)/{_NAME}\.(csv|toml)",
)
TOP = (
    "classifications",
    "codelists",
    "checks",
    "severity",
    "correspondences",
    "population",
    "perturbation",
    "messages",
    "records",
    "labels",
    "dataflows",
    "disclosure",
    "flows",
    "linkage",
    "linkages",
    "layouts",
    "coder",
    "indicators",
    "collections",
    "structures",
    "pseudonyms",
    "population_standards",
    "coverage",
    "derivations.csv",
    "column_names.csv",
)
WORKBOOKS = (".xlsx", ".xls", ".ods", ".xlsm")


def check_files(tree: Tree, faults: Faults) -> None:
    """Note files at places where nothing is read, workbooks, and files that their manifest does not list."""
    for layer in tree.layers:
        for path, file in layer.files.items():
            if path.endswith(READ) and not path.endswith(MANIFEST):
                _check_place(path, file, faults)
            elif path.endswith(WORKBOOKS):
                faults.add(
                    "E-CAT-052",
                    "workbooks are not read",
                    where=file,
                    remedy="Turn it into CSV: justitia catalogue import WORKBOOK CSV_FILE",
                )
        _check_manifests(tree, layer, faults)


def _check_place(path: str, file: Path, faults: Faults) -> None:
    if any(re.fullmatch(place, path) for place in PLACES):
        return
    top = path.split("/")[0]
    if top not in TOP:
        faults.add("E-CAT-052", f"a catalogue has no [{top}]", where=file, remedy=nearest(top, TOP))
        return
    faults.add(
        "E-CAT-052",
        f"no file of this name is read in {top}/",
        where=file,
        remedy="See docs/reference/catalogue-files.md for names and places",
    )


def _check_manifests(tree: Tree, layer: Layer, faults: Faults) -> None:
    folders: dict[str, list[str]] = {}
    for path in layer.files:
        folder, _, name = path.rpartition("/")
        names = folders.setdefault(folder, [])
        if path.endswith(READ) and name != MANIFEST:
            names.append(name)
    for folder, names in folders.items():
        path = f"{folder}/{MANIFEST}" if folder else MANIFEST
        if path not in layer.files:
            for name in names:
                _not_listed(name, layer.root / path, faults)
            continue
        text = tree.text(layer, path, faults)
        settings = parse_settings(text, layer.files[path], faults) if text is not None else None
        if settings is not None:
            _check_manifest(settings, names, faults)


def _not_listed(name: str, manifest: Path, faults: Faults) -> None:
    faults.add(
        "E-CAT-050",
        f"[{name}] is not listed in its manifest",
        where=manifest,
        remedy=f'Add a table [files."{name}"] with {", ".join(NEEDED)}',
    )


def _check_manifest(settings: Settings, names: Iterable[str], faults: Faults) -> None:
    listed = settings.table("files", needed=True)
    for name in names:
        if name not in listed.data:
            _not_listed(name, settings.file, faults)
    for name in listed.data:
        entry = listed.table(name)
        if name not in names:
            remedy = nearest(name, names)
            faults.add("E-CAT-051", f"there is no file [{name}] here", where=entry.place(), remedy=remedy)
            continue
        for key in NEEDED:
            if not isinstance(entry.data.get(key), date):
                entry.text(key)
        _check_date(entry)
        for key in OPTIONAL:
            entry.text(key, "")
        if isinstance(entry.data.get("date"), date):
            entry.data = {key: value for key, value in entry.data.items() if key != "date"}
        entry.close()
    settings.close()


def _check_date(entry: Settings) -> None:
    value = entry.data.get("date")
    if not isinstance(value, str):
        return
    try:
        datetime.strptime(value, "%Y-%m-%d")
    except ValueError:
        entry.faults.add(
            "E-CAT-011", f"[{value}] is not a date", where=entry.place("date"), remedy="Write dates as 2024-12-31"
        )
