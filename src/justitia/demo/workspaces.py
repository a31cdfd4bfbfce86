"""What demonstrations share: a workspace from an overlay, and the lines that sum up a run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from justitia.workspace import Workspace


def make_workspace(source: Path, declared: Mapping[str, Any], folder: Path, *, key_file: str = "") -> Workspace:
    """Make a workspace with a demonstration's overlay and return it."""
    from justitia.workspace import init_workspace

    workspace = init_workspace(folder, publisher=declared["publisher"], title=declared["title"], key_file=key_file)
    shutil.copytree(source / "overlay", folder / "overlay", dirs_exist_ok=True)
    if "one_person" in declared and key_file:
        return _for_one_person(workspace, declared["one_person"], key_file)
    return workspace


def _for_one_person(workspace: Workspace, why: str, key_file: str) -> Workspace:
    """Let whoever builds the demonstration play all roles of linkage, and return the workspace; each use is logged."""
    from justitia.vault import create_key
    from justitia.workspace import SETTINGS, Workspace

    review_key = str(Path(key_file).with_name("review.key"))
    if not (workspace.folder / review_key).exists():
        create_key(workspace.folder / review_key)
    roles = "\n".join(f'{role} = ["*"]' for role in ("key_holder", "pair_reviewer", "analyst"))
    settings = workspace.folder / SETTINGS
    text = settings.read_text(encoding="utf-8")
    text += f"\n[linkage]\nreview_key_file = {json.dumps(review_key)}\n[linkage.roles]\n{roles}\n"
    settings.write_text(f"{text}one_person = {json.dumps(why)}\n", encoding="utf-8")
    return Workspace(workspace.folder)


def summary(
    workspace: Workspace,
    state: Mapping[str, Any],
    declared: Mapping[str, Any],
    *,
    last: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return lines that sum up a run: the fate of the rows, coding, and the declared figures.

    Args:
        workspace, state: what was run.
        declared: demo.toml.
        last: source id -> files of the last delivery; only the newest batch of each is told of.
    """
    lines = []
    newest = {batch["source_id"]: name for name, batch in sorted(state["batches"].items())}
    for name, batch in sorted(state["batches"].items()):
        if last is not None and (batch["source_id"] not in last or newest[batch["source_id"]] != name):
            continue
        counts = batch["counts"]
        fates = ", ".join(
            f"{count:,} {fate.replace('_', ' ')}" for fate, count in counts.items() if count and fate != "rows_in"
        )
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
    from justitia.workspace import table_relation

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
