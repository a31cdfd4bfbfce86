"""What is inside a received file: the file itself, or the one file inside a .gz or .zip, read within limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from justitia.collect.receive.transcode import Opener


@dataclass(frozen=True, slots=True)
class Contents:
    """An openable content.

    Args:
        path: the received file.
        opener: opens the content; when packed, within the limits.
        plain: the content is the file itself.
        name: name of the content: the file's, or the packed one's.
        detected: what was found about the packing, for the report.
    """

    path: Path
    opener: Opener
    plain: bool
    name: str
    detected: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return the place for errors."""
        return self.path.name if self.plain else f"{self.path.name}:{self.name}"
