"""Demonstrations, declared as data: an overlay and received files become a workspace, a report and a release."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, files
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path
from time import perf_counter
from typing import Any

from justitia.demo.workspaces import make_workspace, summary
from justitia.errors import RequestError
from justitia.stage import Progress, silent


def run_demo(name: str, folder: Path, *, progress: Progress = silent) -> list[str]:
    """Build the demonstration `name` in `folder` and return the lines that sum it up.

    Raises:
        RequestError: E-DEM-001 when the folder is not empty, E-DEM-002 when a file to read is not installed.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RequestError("E-DEM-001", "the folder is not empty", where=str(folder), remedy="Name a new folder")
    with as_file(resources("justitia.demo") / name) as source:
        declared = tomllib.loads((source / "demo.toml").read_text(encoding="utf-8"))
        if declared.get("generated"):
            from justitia.demo.country import run_country

            return run_country(source, declared, folder, progress=progress)
        return _from_files(source, declared, folder, progress)


def _from_files(source: Path, declared: Mapping[str, Any], folder: Path, progress: Progress) -> list[str]:
    from justitia.pipeline import run_workspace
    from justitia.release import release_workspace, write_preview

    found = [(item, _installed(item)) for item in declared["files"]]
    started = perf_counter()
    workspace = make_workspace(source, declared, folder)
    for item, path in found:
        target = workspace.folder / "sources" / item["source_id"]
        target.mkdir(parents=True)
        shutil.copy2(path, target / item["name"])
    report = run_workspace(workspace, progress=progress)
    write_preview(workspace, report.state, progress=progress)
    made = release_workspace(workspace, progress=progress)
    lines = [f"{declared['title']['en']}", *summary(workspace, report.state, declared)]
    lines += [f"Made in {perf_counter() - started:.1f} s", "", f"Report:    {made / 'public' / 'report.en.html'}"]
    lines += [f"Workbook:  {made / 'public' / 'tables.en.xlsx'}", f"CSV:       {made / 'public' / 'csv'}", ""]
    figure = declared["figures"][0]["dataflow"]
    dimensions = len(workspace.catalogue.dataflows[figure].dimensions)
    address = f"{figure}:{'.'.join(['_T'] * dimensions)}:_T@{made.name}"
    return [
        *lines,
        "Next: open the report; ask where a figure comes from:",
        f"      justitia -w {folder} explain {address}",
        f"      justitia -w {folder} status",
    ]


def _installed(item: Mapping[str, str]) -> Path:
    """Return the path of a file of an installed package, which is not imported."""
    try:
        listed = files(item["package"]) or []
        return Path(str(next(file for file in listed if file.name == item["name"]).locate()))
    except (PackageNotFoundError, StopIteration) as error:
        raise RequestError(
            "E-DEM-002",
            f"the records of this demonstration come with the package {item['package']}, which is not installed",
            remedy=f"Run: {item['install']}",
        ) from error
