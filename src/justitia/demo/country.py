"""The fictional country, from received files to reports: corrections, a withdrawal, an erasure, a refused release."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from justitia.demo.workspaces import make_workspace, summary
from justitia.errors import DisclosureError
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    from justitia.demo.fictional.generate import Delivery, GeneratedFiles
    from justitia.workspace import Workspace


def run_country(source: Path, declared: Mapping[str, Any], folder: Path, *, progress: Progress = silent) -> list[str]:
    """Build the fictional country's workspace in `folder/workspace` and return the lines that tell the story."""
    from justitia.demo.fictional.generate import generate
    from justitia.erase import erase_record
    from justitia.release import release_workspace
    from justitia.vault import create_key

    started = perf_counter()
    made = generate(folder / "received")
    create_key(folder / "vault.key")
    workspace = make_workspace(source, declared, folder / "workspace", key_file="../vault.key")
    lines = [declared["title"]["en"], "Everything in it is made up.", ""]
    for number, delivery in enumerate(made.deliveries, start=1):
        put(workspace, delivery)
        links = link(workspace, made, progress)
        state = advance(workspace, progress)
        lines += [
            f"Delivery {number}",
            *(f"  {line}" for line in summary(workspace, state, declared, last=delivery.files)),
        ]
        lines += [f"  {line}" for line in links]
        if number == 1:
            first = release_workspace(workspace, vintage="after-delivery-1", progress=progress)
            lines.append(f"  Released {first.name}")
    erase_record(workspace, source_id=made.erased.source_id, record_id=made.erased.record_id, order=declared["order"])
    advance(workspace, progress)
    last = release_workspace(workspace, vintage="after-erasure", progress=progress)
    lines += ["", f"Erased one record by order; released {last.name}. The earlier release stays as it was."]
    lines.append(f"Refused as it should be: {refuse(source, workspace, progress)}")
    lines += [
        f"Made in {perf_counter() - started:.1f} s",
        "",
        f"Report:    {last / 'public' / 'report.en.html'}",
        "",
        f"Next: justitia -w {workspace.folder} status --findings",
    ]
    return lines


def receive(workspace: Workspace, delivery: Delivery, progress: Progress = silent) -> dict[str, Any]:
    """Put a delivery's files into the workspace's sources, run, and return the state."""
    put(workspace, delivery)
    return update(workspace, progress)


def put(workspace: Workspace, delivery: Delivery) -> None:
    """Put a delivery's files into the workspace's sources."""
    for source_id, files in delivery.files.items():
        target = workspace.folder / "sources" / source_id
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy2(file, target / file.name)


def link(workspace: Workspace, made: GeneratedFiles, progress: Progress = silent) -> list[str]:
    """Link persons over the agencies, hold the links against the truth, and return the lines that tell of it."""
    from justitia.linking.run import link_workspace
    from justitia.linking.truth import compare_with_truth, in_words

    if find_spec("splink") is None:
        return ["Persons are not linked: install the extra `linkage`"]
    lines = []
    for report in link_workspace(workspace, progress=progress):
        known = compare_with_truth(workspace, report.linkage, made.persons)
        lines += [f"Linked: {report.lines[0]}", f"Against the truth: {in_words(known)}"]
    return lines


def advance(workspace: Workspace, progress: Progress = silent) -> dict[str, Any]:
    """Bring the tables up to date and return the state; the preview is left as it is."""
    from justitia.pipeline import run_workspace

    return dict(run_workspace(workspace, progress=progress).state)


def update(workspace: Workspace, progress: Progress = silent) -> dict[str, Any]:
    """Bring tables and preview up to date and return the state."""
    from justitia.release import write_preview

    state = advance(workspace, progress)
    write_preview(workspace, state, progress=progress)
    return state


def refuse(source: Path, workspace: Workspace, progress: Progress = silent) -> str:
    """Ask for a release with tables that would reveal persons, and return what the refusal says."""
    from justitia.release import release_workspace
    from justitia.workspace import SETTINGS, Workspace

    shutil.copytree(source / "overlay_refused", workspace.folder / "overlay_refused", dirs_exist_ok=True)
    settings = workspace.folder / SETTINGS
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace('["overlay"]', '["overlay", "overlay_refused"]'), encoding="utf-8")
    try:
        asked = Workspace(workspace.folder)
        advance(asked, progress)
        release_workspace(asked, vintage="refused", progress=progress)
    except DisclosureError as error:
        return str(error)
    finally:
        settings.write_text(before, encoding="utf-8")
        update(Workspace(workspace.folder), progress)
    return "NOTHING WAS REFUSED"


def truth_of(made: GeneratedFiles, number: int) -> Any:
    """Return the generator's own count after a delivery (1, 2, 3) or, for 4, after the erasure."""
    return made.truth_after_erasure if number == 4 else made.deliveries[number - 1].truth
