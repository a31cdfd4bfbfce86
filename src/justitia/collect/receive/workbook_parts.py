"""The parts of a workbook, looked through before anything interprets them: size, XML declarations, extent."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from justitia.collect.receive.packed import beyond, damaged, zip_blocks, zip_members
from justitia.collect.receive.received import Limits
from justitia.errors import LayoutError

_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="(\d{1,7})"')
_ROW_START = re.compile(rb"<(?:\w+:)?row[\s>]")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_OVERLAP = 4096


def check_parts(path: Path, kind: str, limits: Limits) -> None:
    """Return nothing when all parts of a workbook are harmless.

    Raises:
        LayoutError: E-RCV-007 too large, E-RCV-008 unsafe member, E-RCV-009 forbidden XML, E-RCV-012 damaged.
    """
    total = 0
    for member in zip_members(path, limits):
        part = _Part(path, kind, member, limits)
        total += part.check()
        if total > limits.workbook_bytes:
            raise beyond(f"the workbook unpacks to more than {limits.workbook_bytes} bytes", path.name)


class _Part:
    def __init__(self, path: Path, kind: str, member: zipfile.ZipInfo, limits: Limits) -> None:
        self.path = path
        self.member = member
        self.limits = limits
        name = member.filename
        self.is_xml = name.lower().endswith((".xml", ".rels", ".vml"))
        self.is_xlsx_sheet = kind == "xlsx" and name.startswith("xl/worksheets/")
        self.is_ods_content = kind == "ods" and name == "content.xml"

    def check(self) -> int:
        """Return the unpacked size of the part."""
        size, tail, extent = 0, b"", _Extent()
        prolog: _Prolog | None = _Prolog(self.path, self.member.filename) if self.is_xml else None
        table = _OdsTable(self.path, self.limits) if self.is_ods_content else None
        for block in zip_blocks(self.path, self.member, self.limits):
            size += len(block)
            if size > self.limits.workbook_bytes:
                raise beyond(f"a part unpacks to more than {self.limits.workbook_bytes} bytes", self.path.name)
            if prolog is not None and prolog.feed(block):
                prolog = None
            if table is not None:
                table.feed(block)
            if self.is_xlsx_sheet:
                extent.add(tail + block)
                tail = block[-_OVERLAP:]
                self._check_extent(extent)
        return size

    def _check_extent(self, extent: _Extent) -> None:
        if extent.cells > self.limits.workbook_cells:
            raise beyond(f"a sheet spans more than {self.limits.workbook_cells} cells", self.path.name)


class _Extent:
    """The rectangle that a sheet of an .xlsx file spans: readers hold all of it, empty cells included."""

    def __init__(self) -> None:
        self.rows: tuple[int, int] | None = None
        self.columns: tuple[int, int] | None = None

    def add(self, text: bytes) -> None:
        """Take in the cells of a piece of the sheet."""
        found = _CELL.findall(text)
        columns = [_column(letters) for letters in {letters for letters, _ in found}]
        rows = [int(row) for row in {row for _, row in found} | set(_ROW.findall(text))]
        if len(_ANY_CELL.findall(text)) > len(
            found
        ):  # cells without an address follow each other from the first column
            columns += [1, max(len(_ANY_CELL.findall(row)) for row in _ROW_START.split(text))]
        self.rows = _wider(self.rows, rows)
        self.columns = _wider(self.columns, columns)

    @property
    def cells(self) -> int:
        """Return the cells of the rectangle."""
        if self.rows is None or self.columns is None:
            return 0
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)


def _wider(known: tuple[int, int] | None, found: list[int]) -> tuple[int, int] | None:
    every = [*(known or ()), *found]
    return (min(every), max(every)) if every else None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class _SaxFeed:
    """Feed a part to a parser that refuses DTD, entities and external references."""

    def __init__(self, path: Path, name: str, handler: ContentHandler) -> None:
        from defusedxml import sax

        self.path = path
        self.name = name
        self.parser = sax.make_parser()
        self.parser.forbid_dtd = True
        self.parser.setContentHandler(handler)

    def feed(self, block: bytes) -> None:
        """Parse a block."""
        from defusedxml import DefusedXmlException

        try:
            self.parser.feed(block)
        except DefusedXmlException as error:
            raise LayoutError(
                "E-RCV-009",
                f"the part {self.name} of the workbook declares a document type, an entity or an external reference "
                f"({type(error).__name__})",
                where=self.path.name,
                remedy="No spreadsheet program writes this: do not open the file, ask the sender where it comes from",
            ) from None
        except SAXParseException as error:
            raise damaged(self.path.name) from error


class _RootSeen(SAXException):
    """The root element began: nothing forbidden can follow."""


class _Root(ContentHandler):
    def startElement(self, name: str, attrs: object) -> None:
        raise _RootSeen("root")


class _Prolog:
    """Everything before the root element, the only place of a document type."""

    def __init__(self, path: Path, name: str) -> None:
        self.sax = _SaxFeed(path, name, _Root())

    def feed(self, block: bytes) -> bool:
        """Return whether the root element began."""
        try:
            self.sax.feed(block)
        except _RootSeen:
            return True
        return False


class _OdsTable:
    """The extent of the sheets of an .ods file, whose cells and rows can be repeated by a number."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.sax = _SaxFeed(path, "content.xml", _OdsCells(path, limits))

    def feed(self, block: bytes) -> None:
        """Parse a block."""
        self.sax.feed(block)


class _OdsCells(ContentHandler):
    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__()
        self.path = path
        self.limits = limits
        self.row_repeat, self.width, self.used, self.height, self.widest = 1, 0, False, 0, 0

    def startElement(self, name: str, attrs: object) -> None:
        get = attrs.get  # type: ignore[attr-defined]
        if name == "table:table":
            self.height = self.widest = 0
        elif name == "table:table-row":
            self.row_repeat, self.width, self.used = _times(get("table:number-rows-repeated")), 0, False
        elif name in ("table:table-cell", "table:covered-table-cell"):
            repeat = _times(get("table:number-columns-repeated"))
            self.width += repeat
            if get("office:value-type"):
                self.used = True
                self.widest = max(self.widest, self.width)

    def endElement(self, name: str) -> None:
        if name != "table:table-row":
            return
        self.height += self.row_repeat
        if self.used and self.height * self.widest > self.limits.workbook_cells:
            raise beyond(f"a sheet spans more than {self.limits.workbook_cells} cells", self.path.name)


def _times(repeated: str | None) -> int:
    return int(repeated) if repeated and repeated.isdigit() else 1


def sheet_names(names: list[str]) -> Iterator[str]:
    """Yield sheet names in brackets, for errors."""
    return (f"[{name}]" for name in names)
