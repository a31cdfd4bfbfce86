"""Names of pipes and relations, and the removal of what a killed run left behind."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

PREFIX = "received-"
_numbers = itertools.count(1)


def new_name() -> str:
    """Return a name that nothing else of this process uses, good for a table and for a file."""
    return f"{PREFIX.replace('-', '_')}{os.getpid()}_{next(_numbers)}"


def pipe_path(scratch: Path) -> Path:
    """Return the path of a new pipe in `scratch`, which is created for its owner only."""
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    return scratch / f"{PREFIX}{new_name()}"


def clean_scratch(scratch: Path) -> int:
    """Remove what killed runs left in `scratch` and return how many files there were.

    Files and pipes of processes that still run are left alone.
    """
    removed = 0
    for path in scratch.glob(f"{PREFIX}*"):
        if not _alive(path.name.removeprefix(PREFIX).split("_")[1]):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _alive(process: str) -> bool:
    if process == str(os.getpid()):
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
