"""What a received file gives, and how large it may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a received file may be.

    Args:
        unpacked_bytes: bytes that a .gz or .zip may unpack to.
        ratio: unpacked bytes per packed byte, looked at from `ratio_from` unpacked bytes on.
        ratio_from: unpacked bytes below which no ratio is refused.
        members: members of a .zip or parts of a workbook.
        workbook_bytes: bytes that the parts of a workbook may unpack to.
        workbook_cells: cells of the rectangle that a sheet spans, empty ones included.
        header_bytes: length of the header record.
        line_bytes: length of one row of a text file; longer ones are rejected.
        rejects: unreadable rows from which on the whole file is refused.
    """

    unpacked_bytes: int = 64 << 30
    ratio: int = 200
    ratio_from: int = 64 * MEBIBYTE
    members: int = 1000
    workbook_bytes: int = 1 << 30
    workbook_cells: int = 20_000_000
    header_bytes: int = 1 * MEBIBYTE
    line_bytes: int = 2_000_000
    rejects: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read.

    Args:
        row_number: its place among all rows of the file, readable or not (1 = first after the header).
        line: physical line of a text file, row of a sheet.
        reason: what is wrong, without any value of the row.
    """

    row_number: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """What a scan of a file gives.

    Args:
        scan: gives the SQL text of `relation`.
        columns: names exactly as in the file.
        rejects: gives the unreadable rows of the last scan; call it when the relation was read to its end.
        lines: gives the physical line (text files) or row of the sheet of some `__row`; call it when the relation
            was read to its end; reads a text file again.
        detected: what was found, for the report: encoding, newline, container.
        close: removes temporary files.
        numbered: whether `__row` comes with every row at no cost; otherwise asking for it binds the scan to one thread.
    """

    scan: Callable[[], str]
    columns: tuple[str, ...]
    rejects: Callable[[], list[Rejected]]
    lines: Callable[[Sequence[int]], dict[int, int]]
    detected: Mapping[str, str]
    close: Callable[[], None]
    numbered: bool = True

    @property
    def relation(self) -> str:
        """Return SQL text usable after FROM on the connection that was given.

        It has every column of the file as VARCHAR, an empty cell as NULL, and `__row` BIGINT, the 1-based number among
        the readable rows in the order of the file. Ask for it again for every mention: packed or transcoded text comes
        through a pipe that has one reader at a time.
        """
        return self.scan()
