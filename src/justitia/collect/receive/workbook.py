"""XLSX and ODS, read by calamine after their parts were looked through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.collect.receive.batches import TextRow, TextStream
from justitia.collect.receive.cell_text import cell_text
from justitia.collect.receive.columns import check_names
from justitia.collect.receive.delimited import empty_file, header_only
from justitia.collect.receive.packed import damaged
from justitia.collect.receive.received import Limits, Received, Rejected
from justitia.collect.receive.workbook_parts import check_parts, sheet_names
from justitia.errors import LayoutError
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb


@dataclass(slots=True)
class Sheet:
    """An opened sheet: calamine holds it, rows come one by one."""

    sheet: Any
    header_row: int = 0  # rows of the sheet before the header
    first_column: int = 0
    columns: tuple[str, ...] = ()
    rows_of: list[int] = field(default_factory=list)
    faults: list[Rejected] = field(default_factory=list)

    def filled(self) -> Iterator[tuple[int, list[str | None]]]:
        """Yield each row that is not empty with its number in the sheet."""
        for number, cells in enumerate(self.sheet.iter_rows(), start=1):
            texts = [cell_text(cell) for cell in cells]
            if any(text is not None for text in texts):
                yield number, texts

    def read_header(self, where: str) -> None:
        """Take the first row that is not empty as the header."""
        number, texts = next(self.filled(), (0, []))
        if not number:
            raise empty_file(where)
        named = [place for place, text in enumerate(texts) if text is not None]
        self.header_row, self.first_column = number, named[0]
        self.columns = check_names([text or "" for text in texts[named[0] : named[-1] + 1]], where)

    def rows(self) -> Iterator[TextRow]:
        """Yield the cells of each row; a row with cells outside the named columns is noted as unreadable."""
        rows_of: list[int] = []  # own lists: two scans may run at the same time
        faults: list[Rejected] = []
        self.rows_of, self.faults = rows_of, faults
        left, right = self.first_column, self.first_column + len(self.columns)
        for place, (number, texts) in enumerate(islice(self.filled(), 1, None), start=1):
            if any(text is not None for text in [*texts[:left], *texts[right:]]):
                faults.append(Rejected(place, number, "a cell outside the columns that have a name"))
                continue
            rows_of.append(number)
            yield (texts[left:right] + [None] * len(self.columns))[: len(self.columns)]

    def lines(self, rows: Sequence[int]) -> dict[int, int]:
        """Return the sheet's number of each row."""
        return {row: self.rows_of[row - 1] for row in rows if 0 < row <= len(self.rows_of)}


def open_workbook(
    connection: duckdb.DuckDBPyConnection, path: Path, declared: FileFormat, *, limits: Limits
) -> Received:
    """Return an opened sheet: the declared one, or the only one.

    Raises:
        LayoutError: E-RCV-002 empty, E-RCV-003 no rows, E-RCV-005/006 names, E-RCV-007 to 009 refused,
            E-RCV-011 no such sheet, E-RCV-012 damaged.
    """
    check_parts(path, declared.kind, limits)
    sheet = Sheet(_sheet(path, declared.sheet))
    sheet.read_header(path.name)
    if not declared.nil_return and not any(True for _ in islice(sheet.filled(), 1, 2)):
        raise header_only(path.name)
    stream = TextStream(sheet.columns, sheet.rows)
    relation, close = stream.lend(connection)

    def rejects() -> list[Rejected]:
        stream.check()
        return list(sheet.faults)

    detected = {"sheet": sheet.sheet.name}
    return Received(lambda: relation, sheet.columns, rejects, sheet.lines, detected, close)


def _sheet(path: Path, wanted: str) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        if wanted in names or (not wanted and len(names) == 1):
            return workbook.get_sheet_by_name(wanted or names[0])
    except (CalamineError, OSError) as error:
        raise damaged(path.name) from error
    what = f"there is no sheet [{wanted}]" if wanted else f"the workbook has {len(names)} sheets"
    raise LayoutError(
        "E-RCV-011",
        f"{what}; its sheets are {', '.join(sheet_names(names))}",
        where=path.name,
        remedy="Name one of them in layout.toml, [format] sheet",
    )
