"""The files of a catalogue: the packaged tree, and overlay trees over it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from justitia.errors import CatalogueError
from justitia.metadata.faults import Faults

MANIFEST = "manifest.toml"
READ = (".csv", ".toml")
DECISIONS = (
    "decisions"  # a folder of an overlay: logs of decisions and earlier tables, a record of work, no definitions
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One tree of definitions: its folder, and its files by path within it (with `/`)."""

    root: Path
    files: Mapping[str, Path]
    overlay: bool

    def under(self, start: str) -> list[str]:
        """Return the paths of the definition files that start with `start`, without manifests, in order."""
        return [
            path
            for path in self.files
            if path.startswith(start) and path.endswith(READ) and path.rpartition("/")[2] != MANIFEST
        ]


class Tree:
    """All layers, the packaged one first."""

    def __init__(self, base: Path, overlays: Iterable[Path]) -> None:
        self.layers = (_layer(base, overlay=False), *(_layer(path, overlay=True) for path in overlays))
        self.read: set[str] = set()
        self.manifests: dict[Path, dict[str, object]] = {}  # kept by `manifest`
        self._texts: dict[Path, str] = {}

    def holding(self, path: str) -> list[Layer]:
        """Return the layers that have the file, the packaged one first."""
        return [layer for layer in self.layers if path in layer.files]

    def under(self, start: str) -> list[str]:
        """Return the paths, in any layer, of the definition files that start with `start`."""
        return sorted({path for layer in self.layers for path in layer.under(start)})

    def stems(self, folder: str, suffix: str) -> list[str]:
        """Return the names without suffix of the files of one folder, in any layer."""
        names = (path.removeprefix(f"{folder}/") for path in self.under(f"{folder}/"))
        return [name.removesuffix(suffix) for name in names if name.endswith(suffix) and "/" not in name]

    def text(self, layer: Layer, path: str, faults: Faults) -> str | None:
        """Return the text of a file; None, and a fault, when it is not UTF-8."""
        file = layer.files[path]
        self.read.add(path)
        if file not in self._texts:
            content = file.read_bytes()
            try:
                self._texts[file] = content.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                line = content.count(b"\n", 0, error.start) + 1
                faults.add(
                    "E-CAT-003",
                    "the file is not UTF-8",
                    where=f"{file}:{line}",
                    remedy="Save it as `CSV UTF-8` (or text in UTF-8)",
                )
                return None
        return self._texts[file]

    def fingerprint(self, paths: Iterable[str]) -> str:
        """Return the SHA-256 of the paths and contents of these files in every layer, wherever the trees lie."""
        digest = hashlib.sha256()
        for path in sorted(set(paths)):
            for number, layer in enumerate(self.layers):
                if path in layer.files:
                    content = hashlib.sha256(layer.files[path].read_bytes()).hexdigest()
                    digest.update(f"{path}\0{min(number, 1)}\0{content}\n".encode())
        return digest.hexdigest()


def _layer(root: Path, *, overlay: bool) -> Layer:
    if not root.is_dir():
        raise CatalogueError(
            "E-CAT-002",
            "there is no such folder of definitions",
            where=str(root),
            remedy="Correct the path of the overlay, or make the folder",
        )
    files = {}
    for folder, folders, names in os.walk(root):
        aside = (DECISIONS,) if Path(folder) == root else ()
        folders[:] = [name for name in folders if not name.startswith((".", "__")) and name not in aside]
        for name in names:
            if not name.startswith((".", "~")):
                file = Path(folder, name)
                files[file.relative_to(root).as_posix()] = file
    return Layer(root, dict(sorted(files.items())), overlay)
