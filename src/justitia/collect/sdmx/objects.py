"""SDMX-JSON 2.0 data, read a series or an observation at a time: no more of the file is in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from justitia.collect.sdmx.observed import BLOCK, Given, Observed, Received
from justitia.errors import LayoutError
from justitia.metadata.sdmx_files import SdmxFile, too_deep
from justitia.metadata.structure import Reference

PART = 1 << 20
LARGEST = 1 << 28  # characters of one series, or of the lists of codes
_OPENED = ("series", "observations")
_SPACE = re.compile(r"[ \t\r\n]*")

Json = Mapping[str, Any]


class Pulled:
    """A JSON text, decoded value by value."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self.path = path
        self.file = file
        self.text = ""
        self.at = 0
        self.decoder = json.JSONDecoder(parse_float=_Exact, parse_int=_Exact)

    def more(self) -> bool:
        """Read another part; return whether there was one."""
        part = self.file.read(max(PART, len(self.text) - self.at))  # doubled: no text is decoded many times
        self.text, self.at = self.text[self.at :] + part, 0
        if len(self.text) > LARGEST:
            raise _broken(self.path, "one part of it is larger than any series")
        return bool(part)

    def peek(self) -> str:
        """Return the next character that is no space."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                raise _broken(self.path, "it ends too soon")

    def skip(self, mark: str) -> None:
        """Pass over a character that must come next."""
        if self.peek() != mark:
            raise _broken(self.path, f"[{mark}] was expected")
        self.at += 1

    def value(self) -> Any:
        """Return the next value, whole."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self.more():
                    raise _broken(self.path, "it ends too soon, or is not JSON") from error
                continue
            except RecursionError as error:
                raise too_deep(self.path, 0) from error
            if end == len(self.text) and self.more():
                continue  # a number may go on
            self.at = end
            return value

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that comes next; each value must be taken before the next key."""
        self.skip("{")
        while self.peek() != "}":
            key = self.value()
            self.skip(":")
            yield key
            if self.peek() == ",":
                self.skip(",")
        self.skip("}")

    def items(self) -> Iterator[int]:
        """Yield the numbers of the items of the list that comes next; each must be taken before the next."""
        self.skip("[")
        number = 0
        while self.peek() != "]":
            yield number
            number += 1
            if self.peek() == ",":
                self.skip(",")
        self.skip("]")


class _Exact(str):
    """A number as it is written: 0.10 stays 0.10."""


def read_objects(file: SdmxFile, observed: Observed) -> Received:
    """Give all observations of a message to `observed` and return what its header says.

    Raises:
        LayoutError: E-SDM-011 when it is broken or not built as SDMX-JSON, E-SDM-005 when it nests too deep.
    """
    try:
        structures: Sequence[Json] = []
        meta: Json = {}
        for path, value in _walk(file.path, None):
            structures = value if path == ("data", "structures") else structures
            meta = value if path == ("meta",) else meta
        lists = [_Lists(item) for item in structures]
        for path, value in _walk(file.path, observed):
            _take(path, value, lists, observed)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _broken(file.path, f"a part is not where SDMX-JSON has it ({type(error).__name__})") from error
    names = [link["urn"] for item in structures for link in item.get("links") or () if "urn" in link]
    sender = (meta.get("sender") or {}).get("id", "")
    short = tuple(dict.fromkeys(str(Reference.parse(name)) for name in names))
    return Received("", (), 0, short, str(meta.get("id", "")), sender, str(meta.get("prepared", "")))


def _broken(path: Path, reason: str) -> LayoutError:
    return LayoutError(
        "E-SDM-011",
        f"the file is broken SDMX-JSON: {reason}",
        where=str(path),
        remedy="It may be cut short: fetch or make it again",
    )


def _walk(path: Path, observed: Observed | None) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the parts of a message: `meta`, `data.structures`, and what data sets hold, an observation at a time."""
    with path.open(encoding="utf-8-sig", errors="strict") as file:
        pulled = Pulled(path, file)
        for key in pulled.members():
            if key != "data":
                yield (key,), pulled.value()
                continue
            for part in pulled.members():
                if part != "dataSets":
                    yield ("data", part), pulled.value()
                    continue
                for number in pulled.items():
                    yield from _data_set(pulled, number)


def _data_set(pulled: Pulled, number: int) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield ("begin", number), None
    for name in pulled.members():
        if name not in _OPENED:
            yield (name, number), pulled.value()
            continue
        for key in pulled.members():
            yield (name, number, key), pulled.value()


class _Lists:
    """The lists of values that the places in a message refer to."""

    def __init__(self, structure: Json) -> None:
        dimensions, attributes = structure["dimensions"], structure.get("attributes") or {}
        self.series = [_List(item) for item in dimensions.get("series") or ()]
        self.observation = [_List(item) for item in dimensions.get("observation") or ()]
        self.fixed = [_List(item) for item in dimensions.get("dataSet") or ()]
        self.measures = [_List(item) for item in (structure.get("measures") or {}).get("observation") or ()]
        self.of_data_set = [_List(item) for item in attributes.get("dataSet") or ()]
        self.of_series = [_List(item) for item in attributes.get("series") or ()]
        self.of_observation = [_List(item) for item in attributes.get("observation") or ()]


class _List:
    def __init__(self, item: Json) -> None:
        self.id = str(item["id"])
        values = item.get("values")
        self.values = None if values is None else [value.get("id", value.get("value")) for value in values]

    def text(self, value: Any) -> str | None:
        """Return what a place, or a value written out, stands for."""
        if value is None:
            return None
        if self.values is not None and isinstance(value, _Exact):
            found = self.values[int(value)]
            return None if found is None else str(found)
        return _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _take(path: tuple[str | int, ...], value: Any, lists: Sequence[_Lists], observed: Observed) -> None:
    if path[0] == "begin":
        observed.begin_data_set([])
    elif path[0] == "attributes":
        observed.constants += _given(lists[0].of_data_set, value)
    elif path[0] == "series" and len(path) == 3:
        key = _given(lists[0].series, [_Exact(part) for part in str(path[2]).split(":")])
        observed.begin_series(key + _given(lists[0].of_series, value.get("attributes") or ()))
        for place, held in (value.get("observations") or {}).items():
            _observation(place, held, lists[0], observed)
    elif path[0] == "observations" and len(path) == 3:
        _observation(str(path[2]), value, lists[0], observed)


def _observation(place: str, held: Sequence[Any], lists: _Lists, observed: Observed) -> None:
    key = _given(lists.observation, [_Exact(part) for part in place.split(":")])
    measures = lists.measures or [_List({"id": "OBS_VALUE"})]
    observed.observations.append(key + _given([*measures, *lists.of_observation], held))
    if len(observed.observations) >= BLOCK:
        observed.write_block()


def _given(lists: Sequence[_List], values: Sequence[Any]) -> Given:
    given: Given = []
    for item, value in zip(lists, values, strict=False):
        text = item.text(value)
        if text is not None:
            given += [item.id, text]
    return given
