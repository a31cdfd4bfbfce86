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
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    from justitia.workspace import Workspace


def run_demo(name: str, folder: Path, *, progress: Progress = silent) -> list[str]:
    """Build the demonstration `name` in `folder` and return the lines that sum it up.

    Raises:
        RequestError: E-DEM-001 when the folder is not empty, E-DEM-002 when a file to read is not installed.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RequestError("E-DEM-001", "the folder is not empty", where=str(folder), remedy="Name a new folder")
    with as_file(resources("justitia.demo") / name) as source:
        declared = tomllib.loads((source / "demo.toml").read_text(encoding="utf-8"))
        if declared.get("story"):
            from justitia.demo.fictional.story import run_story

            return run_story(source, declared, folder, progress=progress)
        return _from_files(source, declared, folder, progress)


def make_workspace(source: Path, declared: Mapping[str, Any], folder: Path, *, key_file: str = "") -> Workspace:
    """Make a workspace with a demonstration's overlay and return it."""
    from justitia.workspace import init_workspace

    workspace = init_workspace(folder, publisher=declared["publisher"], title=declared["title"], key_file=key_file)
    shutil.copytree(source / "overlay", folder / "overlay", dirs_exist_ok=True)
    return workspace


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
    return [*lines, "Next: open the report; ask where a figure comes from:", f"      justitia -w {folder} explain {address}",
            f"      justitia -w {folder} status"]


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


def summary(workspace: Workspace, state: Mapping[str, Any], declared: Mapping[str, Any]) -> list[str]:
    """Return lines that sum up a run: the fate of the rows, coding, and the declared figures."""
    lines = []
    for name, batch in sorted(state["batches"].items()):
        counts = batch["counts"]
        fates = ", ".join(f"{count:,} {fate.replace('_', ' ')}" for fate, count in counts.items()
                          if count and fate != "rows_in")
        lines.append(f"{name} {batch['source_id']}: {counts['rows_in']:,} rows in = {fates}")
    for unit in state["units"]:
        if unit["rows"] != unit["units"]:
            lines.append(
                f"{unit['rows']:,} rows tell of {unit['units']:,} {unit['record']} records "
                f"({unit['rows'] - unit['units']:,} rows repeat one)"
            )
    metrics = state["stages"]["classify"]["metrics"]
    lines.append(
        f"ICCS: {metrics['coded']:,} offences coded, {metrics['unspecified']:,} coded to a parent, "
        f"{metrics['no_code']:,} without an ICCS code, {metrics['uncoded']:,} not coded"
    )
    return lines + [figure_line(workspace, state, item) for item in declared.get("figures", [])]


def figure_line(workspace: Workspace, state: Mapping[str, Any], item: Mapping[str, str]) -> str:
    """Return one published total in words, with its interval where it has one."""
    from justitia.release import table_relation

    dataflow = workspace.catalogue.dataflows[item["dataflow"]]
    tests = " AND ".join(f"\"{dimension.id}\" = '_T'" for dimension in dataflow.dimensions) or "TRUE"
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, f"protected__{dataflow.id}")
        value, lower, upper = engine.rows(
            f"SELECT OBS_VALUE, LOWER, UPPER FROM {relation} WHERE {tests} AND TIME_PERIOD = '_T' AND MEASURE = ?",
            [item["measure"]],
        )[0]
    interval = f" (95 % interval {lower:.1f} to {upper:.1f})" if lower is not None else ""
    shown = "redacted" if value is None else f"{value:,.1f}" if interval else f"{value:,.0f}"
    return f"Published: {shown} {item['text']}{interval}"
