"""SDMX-ML data, structure-specific 2.1 to 3.1 and generic 2.1, read in blocks by a parser that expands nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from justitia.collect.sdmx.observed import BLOCK, Given, Observed, Received
from justitia.errors import LayoutError
from justitia.metadata.sdmx_files import BREAK, DEEPEST, SdmxFile, fed, guarded_parser, too_deep
from justitia.metadata.structure import Reference

PART = 1 << 20
# Attributes of a data set that say something of the message, not of the statistics.
_ABOUT = {"action", "structureRef", "dataScope", "setID", "validFromDate", "validToDate"}
_ABOUT |= {"publicationYear", "publicationPeriod", "reportingBeginDate", "reportingEndDate", "isExternalReference"}

Start = Callable[[str, Given], None]


def read_markup(file: SdmxFile, observed: Observed) -> Received:
    """Give all observations of a message to `observed` and return what its header says.

    Raises:
        LayoutError: E-SDM-003 to E-SDM-005 for XML that is broken, declares entities or nests too deep; E-SDM-013 for
            components with several values.
    """
    parser = guarded_parser(file.path)
    head = _Header(file)
    body: Start = head.start

    depth = 0

    def start(name: str, given: Given) -> None:
        nonlocal depth, body
        depth += 1
        if depth > DEEPEST:
            raise too_deep(file.path, parser.CurrentLineNumber)
        if body == head.start and name.endswith(f"{BREAK}DataSet"):
            parser.CharacterDataHandler = None
            body = _generic(observed, head) if file.flavour == "generic" else _specific(observed, file.path)
        body(name, given)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if body == head.start:
            head.end(name)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = head.text
    with file.path.open("rb") as opened:
        while part := opened.read(PART):
            fed(parser, part, file.path)
        fed(parser, b"", file.path, last=True)
    return head.received


class _Header:
    """Collects what the header says."""

    def __init__(self, file: SdmxFile) -> None:
        self.file = file
        self.received = Received()
        self.dimension = "TIME_PERIOD"
        self._said: list[str] = []
        self._wanted = False

    def start(self, name: str, given: Given) -> None:
        local, values = name.rpartition(BREAK)[2], dict(zip(given[::2], given[1::2], strict=True))
        self._said = []
        if local == "Sender":
            self.received.sender = values.get("id", "")
        elif local == "Structure" and "structureID" in values:
            self.dimension = values.get("dimensionAtObservation", self.dimension)
        elif local == "Ref" and "agencyID" in values:
            named = Reference(values["agencyID"], values.get("id", ""), values.get("version", "1.0"))
            self._name(str(named))

    def text(self, text: str) -> None:
        self._said.append(text)

    def end(self, name: str) -> None:
        local, said = name.rpartition(BREAK)[2], "".join(self._said).strip()
        self._said = []
        if local == "ID":
            self.received.id = self.received.id or said
        elif local == "Prepared":
            self.received.prepared = said
        elif local == "Test":
            self.received.test = said
        elif local in ("Structure", "StructureUsage", "URN") and said:
            self._name(str(Reference.parse(said)))

    def _name(self, short: str) -> None:
        if short not in self.received.structures:
            self.received.structures += (short,)


def _specific(observed: Observed, path: Path) -> Start:
    """Return what takes the elements of structure-specific data."""

    def start(name: str, given: Given) -> None:
        if name == "Obs":
            observed.observations.append(given if BREAK not in "".join(given[::2]) else _plain(given))
            if len(observed.observations) >= BLOCK:
                observed.write_block()
        elif name == "Series":
            observed.begin_series(_plain(given))
        else:
            other(name.rpartition(BREAK)[2], given)

    def other(name: str, given: Given) -> None:
        if name in ("Group", "Atts"):
            observed.groups.append(_plain(given))
        elif name == "DataSet":
            observed.begin_data_set(_plain(given, leaving=_ABOUT))
        elif name in ("Obs", "Series"):
            start(name, given)
        elif name in ("Comp", "Value"):
            raise LayoutError(
                "E-SDM-013",
                "a component has several values, which is not read",
                where=str(path),
                remedy="Ask the sender for one value each",
            )

    return start


def _plain(given: Given, *, leaving: Any = frozenset()) -> Given:
    """Return the attributes that have no namespace, but for some."""
    kept = (i for i in range(0, len(given), 2) if BREAK not in given[i] and given[i] not in leaving)
    return [part for i in kept for part in given[i : i + 2]]


def _generic(observed: Observed, head: _Header) -> Start:
    """Return what takes the elements of generic data: each value is an element of its own."""
    target: Given = observed.constants

    def start(name: str, given: Given) -> None:
        nonlocal target
        local = name.rpartition(BREAK)[2]
        if local == "Value":
            values = dict(zip(given[::2], given[1::2], strict=True))
            target += [values.get("id", ""), values.get("value", "")]
        elif local == "ObsDimension":
            values = dict(zip(given[::2], given[1::2], strict=True))
            target += [values.get("id", head.dimension), values.get("value", "")]
        elif local == "ObsValue":
            values = dict(zip(given[::2], given[1::2], strict=True))
            target += ["OBS_VALUE", values.get("value", "")]
        elif local == "Obs":
            if len(observed.observations) >= BLOCK:
                observed.write_block()
            target = []
            observed.observations.append(target)
        elif local == "Series":
            target = []
            observed.begin_series(target)
        elif local == "Group":
            target = []
            observed.groups.append(target)
        elif local == "DataSet":
            target = []
            observed.begin_data_set(target)

    return start
