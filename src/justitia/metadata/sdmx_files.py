"""What kind of SDMX file is this: format, version, data or structure; and XML read without the doors it leaves open.

Sources: SDMX 2.1, 3.0 and 3.1 technical specifications (SDMX-ML message namespaces), SDMX-CSV 1.0 and 2.0 field guides,
SDMX-JSON 2.0 message formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from justitia.errors import LayoutError, RequestError

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

NAMESPACES = re.compile(r"http://www\.sdmx\.org/resources/sdmxml/schemas/v(2_1|3_0|3_1)/message")
BREAK = "\x1e"  # between namespace and name in what the XML parser tells
DEEPEST = 60  # the deepest official SDMX-ML message nests about 20 elements, code lists are flat
HEAD = 1 << 16
_ROOTS = {
    "Structure": ("structure", "structure"),
    "StructureSpecificData": ("data", "specific"),
    "StructureSpecificTimeSeriesData": ("data", "specific"),
    "GenericData": ("data", "generic"),
    "GenericTimeSeriesData": ("data", "generic"),
}
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class SdmxFile:
    """A recognised SDMX file.

    Args:
        path: where it lies.
        format: `csv`, `xml` or `json`.
        version: `1.0`, `2.0` (CSV, JSON), `2.1`, `3.0`, `3.1` (XML).
        content: `data` or `structure`.
        flavour: of XML data, `specific` or `generic`; of CSV, the character between fields.
    """

    path: Path
    format: str
    version: str
    content: str
    flavour: str = ""


def recognise_sdmx(path: Path) -> SdmxFile:
    """Return what an SDMX file is, from its beginning.

    Raises:
        RequestError: E-SDM-001 when there is no such file.
        LayoutError: E-SDM-002 when it is no SDMX, E-SDM-006 when it is of a version or kind that is not read.
    """
    if not path.is_file():
        raise RequestError("E-SDM-001", "there is no such file", where=str(path), remedy="Check its name and folder")
    with path.open("rb") as file:
        head = file.read(HEAD)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _markup(path)
    text = head.decode("utf-8-sig", errors="replace")
    return _objects(path, text) if start in (b"{", b"[") else _delimited(path, text)


def _delimited(path: Path, text: str) -> SdmxFile:
    line = text.split("\n", 1)[0].rstrip("\r").replace('"', "")
    mark = next((mark for mark in _SEPARATORS if mark in line), ",")
    names = [name.split(":")[0].strip() for name in line.split(mark)]
    if names[0] == "DATAFLOW":
        return SdmxFile(path, "csv", "1.0", "data", mark)
    if names[:2] == ["STRUCTURE", "STRUCTURE_ID"]:
        return SdmxFile(path, "csv", "2.0", "data", mark)
    raise _none(path, "its first column is neither DATAFLOW (SDMX-CSV 1.0) nor STRUCTURE (SDMX-CSV 2.0)")


def _objects(path: Path, text: str) -> SdmxFile:
    named = re.search(r"sdmx-json-(data|structure)-schema", text)
    version = re.search(r"/(1\.0|2\.0|2\.1)(?:\.0)?/sdmx-json|sdmx-json-(?:data|structure)-(1\.0|2\.0|2\.1)", text)
    content = named[1] if named else "data" if '"dataSets"' in text or '"structures"' in text else ""
    if not content and re.search(r'"(dataStructures|codelists|conceptSchemes|dataConstraints)"', text):
        content = "structure"
    if not content:
        raise _none(path, "it names no SDMX-JSON schema, and has neither dataSets nor structures")
    number = next((part for part in (version or re.match("()()", "")).groups() if part), "2.0")  # type: ignore[union-attr]
    if number == "1.0":
        raise _version(path, "SDMX-JSON 1.0")
    return SdmxFile(path, "json", number, content)


def _markup(path: Path) -> SdmxFile:
    found: list[str] = []

    def root(name: str, _attributes: Any) -> None:
        found.append(name)
        parser.StartElementHandler = None

    parser = guarded_parser(path)
    parser.StartElementHandler = root
    with path.open("rb") as file:
        while not found and (part := file.read(HEAD)):
            fed(parser, part, path)
    space, _, name = (found or [""])[0].rpartition(BREAK)
    version = NAMESPACES.fullmatch(space)
    if name not in _ROOTS:
        raise _none(path, f"its outermost element is [{name[:60]}]")
    if version is None:
        raise _version(path, f"the namespace [{space[:120]}]")
    content, flavour = _ROOTS[name]
    return SdmxFile(path, "xml", version[1].replace("_", "."), content, flavour)


def _none(path: Path, reason: str) -> LayoutError:
    return LayoutError("E-SDM-002", f"the file is no SDMX: {reason}", where=str(path), remedy="Name an SDMX file")


def _version(path: Path, what: str) -> LayoutError:
    return LayoutError(
        "E-SDM-006",
        f"{what} is not read",
        where=str(path),
        remedy="Use SDMX-ML 2.1, 3.0 or 3.1, SDMX-CSV 1.0 or 2.0, or SDMX-JSON 2.0",
    )


def guarded_parser(path: Path) -> XMLParserType:
    """Return an expat parser that refuses document types and entities, so nothing expands and nothing is fetched."""
    parser = expat.ParserCreate(namespace_separator=BREAK)
    parser.ordered_attributes = True
    parser.buffer_text = True

    def refuse(*_: Any) -> Any:
        raise LayoutError(
            "E-SDM-004",
            "the file declares a document type or entities, which SDMX never needs and attackers use",
            where=f"{path}:{parser.CurrentLineNumber}",
            remedy="Ask the sender for the message without <!DOCTYPE>",
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def fed(parser: XMLParserType, part: bytes, path: Path, *, last: bool = False) -> None:
    """Give the parser one more part of the file.

    Raises:
        LayoutError: E-SDM-003, with the line, when it is no XML or ends too soon.
    """
    try:
        parser.Parse(part, last)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "not well formed"
        raise LayoutError(
            "E-SDM-003",
            f"the file is broken XML: {reason}",
            where=f"{path}:{error.lineno}",
            remedy="It may be cut short: fetch or make it again",
        ) from error


def too_deep(path: Path, line: int) -> LayoutError:
    """Return the error for elements or objects nested deeper than any SDMX."""
    return LayoutError(
        "E-SDM-005",
        f"the file nests deeper than {DEEPEST} levels, as no SDMX does",
        where=f"{path}:{line}" if line else str(path),
        remedy="Ask the sender for a proper message",
    )


def scan_markup(path: Path, start: Callable[[str, list[str]], None], end: Callable[[str, str], None]) -> None:
    """Tell of each element of an XML file: `start(local name, [name, value, ...])`, `end(local name, its own text)`.

    Raises:
        LayoutError: E-SDM-003 to E-SDM-005.
    """
    parser = guarded_parser(path)
    texts: list[list[str]] = []

    def opened(name: str, attributes: list[str]) -> None:
        if len(texts) >= DEEPEST:
            raise too_deep(path, parser.CurrentLineNumber)
        texts.append([])
        plain = [part.rpartition(BREAK)[2] if i % 2 == 0 else part for i, part in enumerate(attributes)]
        start(name.rpartition(BREAK)[2], plain)

    def closed(name: str) -> None:
        end(name.rpartition(BREAK)[2], "".join(texts.pop()).strip())

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = lambda text: texts[-1].append(text) if texts else None
    with path.open("rb") as file:
        while part := file.read(HEAD):
            fed(parser, part, path)
        fed(parser, b"", path, last=True)
