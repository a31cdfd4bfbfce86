"""Code the offences of a file: each distinct text once, the answers joined to all rows in their order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.classify.columns import PLAIN, TAG, Answers, Roles, code_texts, key_column
from justitia.classify.language import Language, assume_language
from justitia.errors import RequestError
from justitia.offence_list.reading import OpenedList, check_column, opened_list
from justitia.offence_list.writing import (
    SHEET_ROWS,
    CsvList,
    ParquetList,
    SheetList,
    Writer,
    number_columns,
    output_path,
    too_large,
    whole_file,
)
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.classify.coder import Coder
    from justitia.metadata.load import Catalogue

ROLES = ("statute", "heading")  # of context; any other name is read as wording of the law


@dataclass(frozen=True, slots=True)
class CodedList:
    """What became of a list.

    Args:
        output: the file written.
        rows: number of rows written.
        texts: number of distinct texts.
        rows_by_status, texts_by_status: of these, how many have each status.
        language: the language it was coded in.
        notes: what a person should know, in one sentence each.
    """

    output: Path
    rows: int
    texts: int
    rows_by_status: Mapping[str, int]
    texts_by_status: Mapping[str, int]
    language: Language
    notes: tuple[str, ...] = ()


def code_list(
    path: Path | str,
    *,
    text: str = "",
    code: str = "",
    context: Sequence[str] = (),
    language: str = "",
    country: str = "",
    encoder: bool = False,
    sheet: str = "",
    output: Path | str | None = None,
    replace: bool = False,
    catalogue: Catalogue | None = None,
    progress: Progress = silent,
) -> CodedList:
    """Code the offences of a file, write them with all other columns to a new file, and return what became of them.

    Args:
        path: CSV of any dialect, XLSX, ODS, Parquet or JSON Lines.
        text: column of the offences as worded; may be left out where there is one column only.
        code: column of their codes in the national list.
        context: further columns that say something of the offence, each as `COLUMN`, `statute=COLUMN` (wording of the
            law) or `heading=COLUMN` (of its chapter).
        language: of the texts; default, what they look like.
        country: two-letter code of the country whose rules go first.
        encoder: use the sentence encoder too (extra `encoder`).
        sheet: of a workbook; default, the first.
        output: .csv, .tsv, .xlsx or .parquet; default, beside the list, with `.iccs` in its name.
        replace: write over an output that exists.
        catalogue: definitions; default, the packaged ones.
        progress: called now and then.

    Raises:
        RequestError: E-COD-053 to E-COD-057, for what cannot be done as asked; nothing is written.
        LayoutError: E-RCV-0xx, when the file cannot be read.
    """
    from justitia.engine import Engine
    from justitia.metadata.load import load_catalogue

    path = Path(path)
    catalogue = catalogue or load_catalogue()
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine(scratch=Path(folder)) as engine,
        opened_list(engine, path, scratch=Path(folder), sheet=sheet) as opened,
    ):
        target = output_path(path, Path(output) if output else None, replace=replace)
        roles = _roles(opened, text, code, context)
        progress("read", 0.0)
        distinct, rows = opened.distinct(roles.columns)
        _check_size(opened, rows, target)
        found = assume_language(catalogue, distinct[roles.text].to_pylist(), language)
        coder = _load_coder(catalogue, found, country, encoder)
        answers = code_texts(coder, distinct, roles, catalogue, found, progress)
        by_status, guarded = _write(opened, roles, answers, target, rows, progress)
        notes = _notes(opened, found, sheet, guarded)
    of_texts = _counts(answers.table["iccs_status"])
    return CodedList(target, rows, distinct.num_rows, by_status, of_texts, found, notes)


def _load_coder(catalogue: Catalogue, found: Language, country: str, encoder: bool) -> Coder:
    from justitia.classify.coder import load_coder

    # What could not be told is not told to the coder: it would warn of every text.
    language = "" if found.assumed and found.doubt else found.language
    return load_coder(catalogue, language=language, country=country, encoder=encoder)


def _roles(opened: OpenedList, text: str, code: str, context: Sequence[str]) -> Roles:
    if not text and len(opened.columns) == 1:
        text = opened.columns[0]
    check_column(opened, text, "--text")
    if code:
        check_column(opened, code, "--code")
    named = {}
    for given in context:
        role, mark, column = given.partition("=")
        if given in opened.columns or not mark:
            role, column = given, given
        check_column(opened, column, "--context")
        named[role.strip().lower() if role.strip().lower() in ROLES else role] = column
    return Roles(text, code, named)


def _check_size(opened: OpenedList, rows: int, target: Path) -> None:
    if not rows:
        raise RequestError(
            "E-COD-054",
            "there is no row below the header",
            where=opened.path.name,
            remedy="Name a file with offences" + (", or another sheet: --sheet" if opened.detected.sheet else ""),
        )
    if target.suffix.lower() == ".xlsx" and rows > SHEET_ROWS:
        raise too_large(f"{rows:,} rows, and a sheet holds {SHEET_ROWS:,}")


# -- writing ------------------------------------------------------------------------------------------------------
def _kept(opened: OpenedList) -> list[str]:
    """Return the columns of the list that are written again: all but those of an earlier coding."""
    return [name for name in opened.columns if name not in PLAIN and not name.startswith(TAG)]


def _write(
    opened: OpenedList, roles: Roles, answers: Answers, target: Path, rows: int, progress: Progress
) -> tuple[dict[str, int], int]:
    """Write the list with its answers; return rows by status and the number of cells made harmless."""
    by_status: dict[str, int] = {}
    writer: Writer | None = None
    done = 0
    in_sheet = target.suffix.lower() == ".xlsx"
    numbers = number_columns(opened.batches(_kept(opened)), but=roles.columns) if in_sheet else frozenset[str]()
    pending: Future[None] | None = None
    # One block is written while the next is read: engine and writers work outside the interpreter.
    with whole_file(target) as aside, ThreadPoolExecutor(1) as thread:
        for block in _coded_blocks(opened, roles, answers):
            writer = writer or _writer(aside, block, opened, numbers)
            if pending is not None:
                pending.result()
            pending = thread.submit(writer.write, block)
            for status, count in _counts(block["iccs_status"]).items():
                by_status[status] = by_status.get(status, 0) + count
            done += block.num_rows
            progress("write", min(1.0, done / rows))
        if pending is not None and writer is not None:
            pending.result()
            writer.close()
    return by_status, writer.guarded if writer is not None else 0


def _coded_blocks(opened: OpenedList, roles: Roles, answers: Answers) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    kept = _kept(opened)
    wanted = list(dict.fromkeys([*kept, *roles.columns]))
    for block in opened.batches(wanted):
        keys = key_column([block[name] for name in roles.columns])
        columns = [*(block[name] for name in kept), *answers.of(keys)]
        yield pa.RecordBatch.from_arrays(columns, names=[*kept, *answers.table.column_names])


def _writer(path: Path, first: pa.RecordBatch, opened: OpenedList, numbers: frozenset[str]) -> Writer:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return ParquetList(path, first)
    if suffix == ".xlsx":
        return SheetList(path, first, numbers)
    delimiter = opened.detected.delimiter if opened.detected.kind == "csv" else ","
    return CsvList(path, first.schema, "\t" if suffix == ".tsv" else delimiter)


def _counts(column: pa.Array) -> dict[str, int]:
    counted = column.value_counts()
    return {str(item["values"]): int(item["counts"]) for item in counted.to_pylist()}


def _notes(opened: OpenedList, found: Language, sheet: str, guarded: int) -> tuple[str, ...]:
    notes = [found.doubt, opened.unread()]
    if not found.known:
        notes.append(f"the coder has no material in {found.language}: the quality of these codes is unknown")
    again = [name for name in opened.columns if name not in _kept(opened)]
    if again:
        notes.append(f"columns of an earlier coding were replaced: {', '.join(again)}")
    if guarded:
        notes.append(f"{guarded:,} cells read as formulas; an apostrophe was put before them")
    if not sheet:
        notes += (
            [f"read the first sheet, {opened.detected.sheet}"]
            if opened.detected.unsure and opened.detected.sheet
            else []
        )
    return tuple(note for note in notes if note)
