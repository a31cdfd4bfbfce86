"""Workspaces of published records, which are not part of the repository: tests are skipped where they are absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from justitia.pipeline import run_workspace
from justitia.vault import create_key
from justitia.workspace import Workspace, init_workspace

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "how-to"


@pytest.fixture(scope="module")
def published() -> Path:
    """Return the folder of published records."""
    folder = Path(os.environ.get("JUSTITIA_SHARED", str(ROOT.parent / "shared"))) / "data"
    if not folder.is_dir():
        pytest.skip("the published records are not here (JUSTITIA_SHARED names their folder)")
    return folder


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Mapping[str, Path]], Workspace]:
    """Return a maker of run workspaces: an example's overlay, and the files of each source."""

    def make(name: str, sources: Mapping[str, Path]) -> Workspace:
        folder = tmp_path_factory.mktemp(name)
        create_key(folder / "vault.key")
        workspace = init_workspace(folder / "workspace", publisher="Test", key_file="../vault.key")
        shutil.copytree(EXAMPLES / name / "overlay", workspace.folder / "overlay", dirs_exist_ok=True)
        for source_id, file in sources.items():
            target = workspace.folder / "sources" / source_id
            target.mkdir(parents=True)
            shutil.copy2(file, target / file.name)
        run_workspace(Workspace(workspace.folder))
        return Workspace(workspace.folder)

    return make
