"""Backup and restore of a workspace: one archive, every file with its hash; keys are not in it."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError
from justitia.store import canonical_json, sha256_of

if TYPE_CHECKING:
    from justitia.workspace import Workspace

_INDEX = "backup.json"
_LEFT_OUT = ("store/scratch", "store/LOCK", "preview", ".preview.aside")


def backup_workspace(workspace: Workspace, target: Path) -> int:
    """Write a workspace to one archive and return its number of files.

    The vault's files go in as they are, encrypted; key files do not. Received files in `sources/` are part of it and
    may hold identities: keep the archive as you keep them.

    Args:
        workspace: the workspace.
        target: new file, for example `workspace.tar`.

    Raises:
        RequestError: E-BAK-001 when the target exists.
    """
    if target.exists():
        raise RequestError("E-BAK-001", "the file exists", where=str(target), remedy="Name a new file")
    with workspace.store.writing():
        files = [path for path in sorted(workspace.folder.rglob("*")) if _wanted(workspace, path)]
        index = {str(path.relative_to(workspace.folder)): sha256_of(path) for path in files}
        aside = target.with_name(f".{target.name}.aside")
        with tarfile.open(aside, "w") as archive:
            data = canonical_json({"format": 1, "files": index})
            entry = tarfile.TarInfo(_INDEX)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
            for path in files:
                archive.add(path, arcname=str(path.relative_to(workspace.folder)), recursive=False)
        aside.replace(target)
    return len(files)


def restore_workspace(archive: Path, folder: Path) -> Workspace:
    """Restore a workspace from an archive into a new folder, check every file, and return it.

    Raises:
        RequestError: E-BAK-002 when the folder is not empty, E-BAK-003 when the archive is damaged, E-VLT-003 when the
            vault's key at hand is another one. Nothing is left behind then.
    """
    from justitia.workspace import Workspace

    if folder.exists() and any(folder.iterdir()):
        raise RequestError("E-BAK-002", "the folder is not empty", where=str(folder), remedy="Name a new folder")
    aside = folder.with_name(f".{folder.name}.aside")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _unpack(archive, aside)
        workspace = Workspace(aside)
        if (aside / "vault").exists() and workspace.key_file:
            workspace.vault()
        aside.replace(folder)
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise RequestError(
            "E-BAK-003", "the archive is damaged", where=str(archive), remedy="Use another copy of the backup"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Workspace(folder)


def _wanted(workspace: Workspace, path: Path) -> bool:
    left_out = any(path.relative_to(workspace.folder).is_relative_to(name) for name in _LEFT_OUT)
    key = workspace.key_file  # it should lie elsewhere; where it does not, the backup does not carry it off
    is_key = key is not None and path.resolve() == key.resolve()
    return path.is_file() and not left_out and not path.is_symlink() and not is_key


def _unpack(archive: Path, aside: Path) -> None:
    with tarfile.open(archive, "r:") as opened:
        opened.extractall(aside, filter="data")
    index: dict[str, Any] = json.loads((aside / _INDEX).read_bytes())
    present = {str(path.relative_to(aside)) for path in aside.rglob("*") if path.is_file()} - {_INDEX}
    if present != set(index["files"]):
        raise tarfile.ReadError("files missing or added")
    for name, digest in index["files"].items():
        if sha256_of(aside / name) != digest:
            raise tarfile.ReadError(name)
    (aside / _INDEX).unlink()
