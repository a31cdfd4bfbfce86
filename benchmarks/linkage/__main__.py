"""Precision, recall and speed of linkage: python -m benchmarks.linkage [--write] [speed] [file ...]

Files are named `febrl3`, `febrl4`, `scripts:<persons>:<seed>` and `simulated:<records>:<seed>`; without names those of
the page are measured. `speed` compares with a hand-written Splink job of equal settings, on one million records.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.linkage.page import page
from benchmarks.linkage.work import measure

PAGE = Path(__file__).parents[2] / "docs" / "quality" / "linkage.md"
FILES = (
    *("febrl3", "febrl4", "scripts:20000:2", "scripts:20000:3"),
    *("simulated:100000:2", "simulated:100000:3", "simulated:1000000:2", "simulated:2000000:3"),
)
MILLION = "simulated:1000000:2"


def title(name: str) -> str:
    """Return a file's name for readers."""
    kind, *numbers = name.split(":")
    if not numbers:
        return f"{kind.upper()} without id"
    what = {"scripts": "three scripts, {:,} persons", "simulated": "simulated, {:,} records"}[kind]
    return f"{what.format(int(numbers[0]))}, seed {numbers[1]}"


def ways(name: str) -> tuple[str, ...]:
    """Return who is measured on a file."""
    return ("ours", "plain", "narrow") if name.startswith("simulated") else ("ours", "plain")


def measured(name: str, way: str, kept: Path) -> dict[str, Any]:
    """Return figures, and keep them for a run that is broken off and started again."""
    file = kept / f"{way}-{name.replace(':', '-')}.json"
    if not file.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(measure(way, name)), encoding="utf-8")
    made: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return made


def speed(name: str, kept: Path) -> None:
    """Print our seconds beside those of a hand-written job of equal settings."""
    ours, other = measured(name, "ours", kept), measured(name, "equal", kept)
    for what, one in (("ours", ours), ("written by hand", other)):
        print(f"{title(name)}: {what}: {one['seconds']:.1f} s, {one['cpu']:.1f} CPU s, peak {one['peak_mb']:.0f} MB")
    print(
        f"ratio: {ours['seconds'] / other['seconds']:.2f} of seconds, {ours['cpu'] / other['cpu']:.2f} of CPU seconds"
    )


def main(arguments: list[str]) -> None:
    """Measure what the arguments name."""
    names = [word for word in arguments if word not in ("speed", "--write") and not word.startswith("--kept=")]
    folder = next((word.removeprefix("--kept=") for word in arguments if word.startswith("--kept=")), "")
    kept = Path(folder or tempfile.mkdtemp(prefix="justitia-linkage-"))
    if "speed" in arguments:
        speed(names[0] if names else MILLION, kept)
        return
    results = [(title(name), way, measured(name, way, kept)) for name in names or FILES for way in ways(name)]
    text = page(results)
    print(text)
    if "--write" in arguments:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
