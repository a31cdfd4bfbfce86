"""What the documentation tests share: the pages, their blocks, and the command line."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> Iterator[tuple[str, str]]:
    """Yield (language, text) of the page's code blocks."""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if match[1] in languages:
            yield match[1], match[2]


def commands_in(page: Path) -> list[str]:
    """Return the lines of the page's shell blocks that call justitia."""
    lines = [line.strip() for _, text in blocks(page, "sh") for line in text.splitlines()]
    return [line for line in lines if line.startswith("justitia ")]


def reference_pages() -> ModuleType:
    """Return tools/reference_pages.py as a module."""
    name = "reference_pages"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
