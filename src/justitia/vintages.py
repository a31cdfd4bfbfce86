"""What was released before: the tables of each vintage, and the true counts behind them, which stay in the store.

The true counts are needed to protect a later vintage consistently, for the change of a cell between two vintages is a
cell too. They never leave the store.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.workspace import Workspace

EXACT = "aggregate__"
PROTECTED = "protected__"


@dataclass(frozen=True, slots=True)
class Vintage:
    """A frozen release.

    Args:
        name: of the release.
        lineage: its release.json.
        tables: dataflow id -> file of the published table.
        exact: dataflow id -> file of the true counts, where the store has them.
    """

    name: str
    lineage: Mapping[str, Any]
    tables: Mapping[str, Path]
    exact: Mapping[str, Path]


def vintages(workspace: Workspace) -> list[Vintage]:
    """Return the releases, in the order in which they were made."""
    found = []
    for file in (workspace.folder / "releases").glob("*/release.json"):
        lineage = json.loads(file.read_bytes())
        kept = workspace.store.folder / "vintages" / file.parent.name
        found.append(
            Vintage(
                file.parent.name,
                lineage,
                _tables(file.parent / "tables", PROTECTED),
                _tables(kept, EXACT),
            )
        )
    return sorted(found, key=lambda item: (item.lineage["state"], item.name))


def _tables(folder: Path, start: str) -> dict[str, Path]:
    return {file.stem.removeprefix(start): file for file in sorted(folder.glob(f"{start}*.parquet"))}


def keep_exact(workspace: Workspace, state: Mapping[str, Any], vintage: str) -> None:
    """Keep the true counts of a state beside the store's tables, under the name of the release made of it."""
    folder = workspace.store.folder / "vintages" / vintage
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, entry in state["tables"].items():
        if name.startswith(EXACT):
            shutil.copy2(workspace.store.folder / entry["folder"] / f"{name}.parquet", folder)


def earlier_relations(workspace: Workspace, engine: Engine) -> dict[str, str]:
    """Return `released__<number>__<dataflow>` and `then__<number>__<dataflow>` -> relation, for every release."""
    relations: dict[str, str] = {}
    for number, vintage in enumerate(vintages(workspace)):
        relations |= {f"released__{number}__{name}": engine.parquet([file]) for name, file in vintage.tables.items()}
        relations |= {f"then__{number}__{name}": engine.parquet([file]) for name, file in vintage.exact.items()}
    return relations


def key_after(workspace: Workspace, stage: str, key: str) -> str:
    """Return the key of a stage that heeds releases, given its key without any.

    A release that was made of this very state changes nothing: the state stays up to date.
    """
    made = [(item.name, item.lineage["stages"].get(stage)) for item in vintages(workspace)]
    for count in range(len(made) + 1):
        heeded = [name for name, _ in made[:count]]
        found = hashlib.sha256(json.dumps([key, heeded]).encode()).hexdigest() if heeded else key
        if all(own == found for _, own in made[count:]):
            return found
    return key
