"""TOML files: read by declared keys, with the line of each key, so that a slip is told in plain words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from justitia.metadata.definitions import Labels, Override, Place
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.tree import Tree

_HEADER = re.compile(r"\s*\[\[?\s*([\w.\"-]+)\s*\]\]?")
_KEY = re.compile(r"\s*(\"[^\"]+\"|[\w-]+)\s*=")

Path_ = tuple[str, ...]


class Settings:
    """One table of a TOML file. Each key is asked for once; `close` then tells of the keys that nobody asked for."""

    def __init__(self, data: Mapping[str, Any], file: Path, lines: Mapping[Path_, int], faults: Faults, at: Path_ = ()):
        self.data = data
        self.file = file
        self.faults = faults
        self._lines = lines
        self._at = at
        self._asked: set[str] = set()

    def place(self, key: str = "") -> Place:
        """Return where a key stands, or the table itself."""
        at = (*self._at, key) if key else self._at
        while at and at not in self._lines:
            at = at[:-1]
        return Place(self.file, self._lines.get(at, 1))

    def _get(self, key: str, kind: type, expected: str, default: Any) -> Any:
        self._asked.add(key)
        if key not in self.data:
            if default is None:
                table = f" in [{self._table()}]" if self._at else ""
                self.faults.add(
                    "E-CAT-016", f"key [{key}] is missing{table}", where=self.place(), remedy=f"Add it: {expected}"
                )
            return kind() if default is None else default
        value = self.data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.faults.add(
                "E-CAT-017", f"key [{key}] is not {expected}", where=self.place(key), remedy=f"Write {expected}"
            )
            return kind() if default is None else default
        return value

    def _table(self) -> str:
        return ".".join(part for part in self._at if not part.isdigit())

    def text(self, key: str, default: str | None = None, among: tuple[str, ...] = ()) -> str:
        """Return a text; `among`: the words that it may be; no default: it must be there."""
        value = str(self._get(key, str, 'a text in double quotes: "..."', default))
        if among and value not in among and (value or default is None) and key in self.data:
            self.faults.add(
                "E-CAT-013",
                f"[{value}] for key {key} is none of {', '.join(word for word in among if word)}",
                where=self.place(key),
                remedy=nearest(value, among),
            )
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._get(key, list, 'a list of texts: ["...", "..."]', None if default is None else list(default))
        if any(not isinstance(item, str) for item in value):
            self.faults.add(
                "E-CAT-017",
                f"key [{key}] holds something that is not a text",
                where=self.place(key),
                remedy='Put each item in double quotes: ["...", "..."]',
            )
        return tuple(str(item) for item in value)

    def number(self, key: str, default: int | None = None, least: int = 0) -> int:
        """Return a whole number that is not below `least`."""
        value = int(self._get(key, int, "a whole number", default))
        if value < least:
            self.faults.add("E-CAT-017", f"key [{key}] is below {least}", where=self.place(key))
        return value

    def share(self, key: str, default: float) -> float:
        """Return a number between 0 and 1."""
        self._asked.add(key)
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.faults.add(
                "E-CAT-017",
                f"key [{key}] is not a number from 0 to 1",
                where=self.place(key),
                remedy=f"Write {default}",
            )
            return default
        return float(value)

    def numbers(self, key: str, default: tuple[int, ...], least: int = 0) -> tuple[int, ...]:
        """Return a list of whole numbers, none below `least`, in order."""
        value = self._get(key, list, "a list of whole numbers: [1, 2]", list(default))
        if any(not isinstance(item, int) or isinstance(item, bool) or item < least for item in value):
            self.faults.add(
                "E-CAT-017",
                f"key [{key}] holds something that is not a whole number of {least} or more",
                where=self.place(key),
                remedy="Write [90, 365]",
            )
            return default
        return tuple(sorted(value))

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        return bool(self._get(key, bool, "true or false", default))

    def mapping(self, key: str) -> dict[str, Any]:
        """Return a table as it is."""
        return dict(self._get(key, dict, "a table: { name = ... }", {}))

    def labels(self, key: str, *, needed: bool = False) -> Labels:
        """Return a text in several languages."""
        value = self._get(key, dict, 'texts by language: { en = "..." }', None if needed else {})
        wrong = [name for name, text in value.items() if not isinstance(text, str) or not name.isalpha()]
        if wrong:
            self.faults.add(
                "E-CAT-017",
                f"key [{key}] holds [{wrong[0]}], which is not a text under the code of a language",
                where=self.place(key),
                remedy='Write { en = "...", fr = "..." }',
            )
        return {name: text for name, text in value.items() if isinstance(text, str)}

    def table(self, key: str, *, needed: bool = False) -> Settings:
        """Return a table of the file."""
        value = self._get(key, dict, f"a table [{key}]", None if needed else {})
        return Settings(value, self.file, self._lines, self.faults, (*self._at, key))

    def tables(self, key: str, *, needed: bool = False) -> list[Settings]:
        """Return the tables `[[key]]`."""
        value = self._get(key, list, f"one or more tables [[{key}]]", None if needed else [])
        at = (*self._at, key)
        return [
            Settings(item, self.file, self._lines, self.faults, (*at, str(number)))
            for number, item in enumerate(value)
            if isinstance(item, dict)
        ]

    def close(self) -> None:
        """Note a fault for each key that has no meaning here."""
        for key in self.data:
            if key not in self._asked:
                self.faults.add(
                    "E-CAT-015",
                    f"there is no setting [{key}]" + (f" in [{self._table()}]" if self._at else ""),
                    where=self.place(key),
                    remedy=nearest(key, self._asked),
                )


def read_settings(tree: Tree, path: str, faults: Faults) -> Settings | None:
    """Return a TOML file of the uppermost layer that has it; None, and a fault, when it is not TOML."""
    layer = tree.holding(path)[-1]
    text = tree.text(layer, path, faults)
    return None if text is None else parse_settings(text, layer.files[path], faults)


def open_settings(tree: Tree, path: str, faults: Faults, overrides: list[Override]) -> Settings | None:
    """Return a TOML file as `read_settings` does, and note the overlay that added or replaced it."""
    holding = tree.holding(path)
    if holding[-1].overlay:
        overrides.append(Override(path, "", "replace" if len(holding) > 1 else "add", holding[-1].root))
    return read_settings(tree, path, faults)


def parse_settings(text: str, file: Path, faults: Faults) -> Settings | None:
    """Return the text of a TOML file as settings; None, and a fault, when it is not TOML."""
    try:
        return Settings(tomllib.loads(text), file, _lines(text), faults)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        said = re.sub(r"\s*\(at [^)]*\)", "", str(error))
        faults.add(
            "E-CAT-004",
            f"the file is not TOML: {said[:1].lower()}{said[1:]}",
            where=Place(file, int(line.group(1)) if line else len(text.splitlines())),
            remedy='Write key = "text", and double a backslash within quotes',
        )
        return None


def _lines(text: str) -> dict[Path_, int]:
    """Return the line of each table and key, by path; tables of a list are numbered from 0."""
    lines: dict[Path_, int] = {}
    counts: dict[str, int] = {}
    at: Path_ = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header.group(1).replace('"', "")
            at = (name,) if name in {"files"} else tuple(name.split("."))
            if line.lstrip().startswith("[["):
                counts[name] = counts.get(name, -1) + 1
                at = (*at, str(counts[name]))
            lines.setdefault(at, number)
        elif key := _KEY.match(line):
            lines.setdefault((*at, key.group(1).strip('"')), number)
    return lines
