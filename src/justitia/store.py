"""Immutable files and a manifest: a state of the store is a list of files, published by one atomic rename.

Whatever is killed at whatever moment, `HEAD.json` names the last good state, and everything that it names is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from justitia.errors import RequestError, Unavailable

STORE_VERSION = 1


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def disk_faults(where: Path) -> Iterator[None]:
    """Turn what the disk refuses while the block runs into one plain error.

    Raises:
        Unavailable: E-STO-002, for example when the disk is full.
    """
    try:
        yield
    except OSError as error:
        raise disk_refuses(where, error.strerror or "the disk refuses") from error


def disk_refuses(where: Path, reason: str) -> Unavailable:
    """Return the error for a file that could not be written."""
    return Unavailable(
        "E-STO-002",
        f"could not write the file ({reason})",
        where=str(where),
        remedy="Free disk space and run again; what was there before is intact",
    )


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, flush it to disk and rename it into place.

    Raises:
        Unavailable: E-STO-002 when the disk is full; the old file is intact.
    """
    aside = path.with_name(f".{path.name}.aside")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise disk_refuses(path, error.strerror or "the disk refuses") from error


def canonical_json(value: Any) -> bytes:
    """Return JSON that is equal for equal values."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


class Store:
    """The folder of batches, tables and states.

    Args:
        folder: `store/` of a workspace; created when missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.head_file = folder / "HEAD.json"
        self.scratch = folder / "scratch"

    # -- states ---------------------------------------------------------------------------------------------------
    def read(self) -> dict[str, Any]:
        """Return the last good state: `{number, batches: {id: {...}}, tables: {name: {...}}, stages: {...}}`."""
        if not self.head_file.exists():
            return {
                "store_version": STORE_VERSION,
                "number": 0,
                "batches": {},
                "tables": {},
                "stages": {},
                "erased": [],
                "history": [],
            }
        try:
            head = json.loads(self.head_file.read_bytes())
            state: dict[str, Any] = json.loads((self.folder / "states" / f"{head['state']}.json").read_bytes())
            version = state["store_version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RequestError(
                "E-STO-004",
                "the store's record of its state cannot be read",
                where=str(self.head_file),
                remedy="The file was changed by hand or the disk is damaged: restore a backup",
            ) from error
        if version != STORE_VERSION:
            raise RequestError(
                "E-STO-003",
                f"the store has format {version}, this program reads format {STORE_VERSION}",
                where=str(self.folder),
                remedy="Use the version of Justitia that made it, or restore a backup made by this one",
            )
        return state

    def publish(self, state: dict[str, Any]) -> dict[str, Any]:
        """Make `state` the last good one and return it with its new number."""
        state = {**state, "number": state["number"] + 1}
        name = f"{state['number']:06d}"
        write_atomically(self.folder / "states" / f"{name}.json", canonical_json(state))
        write_atomically(self.head_file, canonical_json({"state": name}))
        return state

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store's only write lock; left-overs of a killed run are removed first.

        Raises:
            Unavailable: E-STO-001 when another run holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "LOCK").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Unavailable(
                    "E-STO-001",
                    "another run is writing to this workspace",
                    where=str(self.folder),
                    remedy="Wait until it has ended, then run again",
                ) from error
            self.sweep()
            yield

    def sweep(self) -> None:
        """Remove what no kept state names: scratch files and half-written folders."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        state = self.read()
        wanted = {batch["folder"] for batch in state["batches"].values()}
        wanted |= {table["folder"] for table in state["tables"].values()}
        for kind in ("batches", "tables"):
            for folder in (self.folder / kind).glob("*"):
                if f"{kind}/{folder.name}" not in wanted:
                    shutil.rmtree(folder)
        for old in sorted((self.folder / "states").glob("*.json"))[:-10]:
            old.unlink()

    # -- files ----------------------------------------------------------------------------------------------------
    def adopt(self, made: Path, kind: str, name: str) -> tuple[str, dict[str, str]]:
        """Move a finished folder into the store.

        Args:
            made: folder whose files are complete.
            kind: `batches` or `tables`.
            name: what to call it; a number is added when the last good state has a folder of that name, for its
                files may not be touched before the next state is published.

        Returns:
            The folder's path in the store and the SHA-256 of each file.
        """
        target, number = self.folder / kind / name, 1
        while target.exists():
            number += 1
            target = self.folder / kind / f"{name}.{number}"
        hashes = {file.name: sha256_of(file) for file in sorted(made.iterdir())}
        for file in made.iterdir():
            descriptor = os.open(file, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        target.parent.mkdir(parents=True, exist_ok=True)
        made.replace(target)
        return f"{kind}/{target.name}", hashes

    def verify(self, state: Mapping[str, Any]) -> list[str]:
        """Return the files of `state` that are missing or changed."""
        faults = []
        for entry in [*state["batches"].values(), *state["tables"].values()]:
            for name, digest in entry["files"].items():
                path = self.folder / entry["folder"] / name
                if not path.exists() or sha256_of(path) != digest:
                    faults.append(f"{entry['folder']}/{name}")
        return faults
