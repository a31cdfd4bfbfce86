"""A list without a workspace: read from any usual format, reviewed in a workbook, its decisions kept in a log."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from justitia.classify.decisions import DecisionLog
from justitia.classify.items import file_items
from justitia.cli import whole_cli
from justitia.errors import RequestError

ROWS = [
    {"nr": "0101", "offence": "Theft of a bicycle", "cases": 40},
    {"nr": "0102", "offence": "Robbery of a bank", "cases": 5},
    {"nr": "0103", "offence": "Riddle", "cases": None},
]


def as_file(folder: Path, suffix: str) -> Path:
    file = folder / f"list{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), file)
    elif suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    elif suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [list(ROWS[0]), *(list(row.values()) for row in ROWS)]:
            book.active.append(row)
        book.save(file)
    else:
        lines = [",".join(ROWS[0]), *(",".join(str(cell or "") for cell in row.values()) for row in ROWS)]
        file.write_text("\n".join(lines) + "\n")
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(whole_cli(), [*arguments])


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_every_format_gives_the_same_offences(tmp_path: Path, suffix: str) -> None:
    items = file_items(as_file(tmp_path, suffix), text="offence", code="nr", records="cases")
    assert [(item.national_code, item.text, item.records) for item in items] == [
        ("0101", "Theft of a bicycle", 40),
        ("0102", "Robbery of a bank", 5),
        ("0103", "Riddle", 0),
    ]


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".xlsx", ".csv"])
def test_a_file_that_is_no_list_is_said(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"list{suffix}"
    file.write_bytes(b"\x00\x01 no list")
    with pytest.raises(RequestError) as told:
        file_items(file, text="offence")
    assert told.value.code == "E-COD-035"


def test_the_workbook_goes_round_without_a_workspace(tmp_path: Path) -> None:
    file, book, log = as_file(tmp_path, ".parquet"), tmp_path / "queue.xlsx", tmp_path / "list.decisions.csv"
    list_options = ("--list", str(file), "--text", "offence", "--code", "nr", "--records", "cases")
    done = run("coding", "export", str(book), *list_options, "--language", "en")
    assert done.exit_code == 0, done.output
    assert "Wrote 3 offences" in done.output and f"--log {log}" in done.output
    opened = openpyxl.load_workbook(book)
    sheet = opened["queue"]
    heads = [cell.value for cell in sheet[1]]
    lines = {sheet.cell(line, heads.index("national_code") + 1).value: line for line in range(2, sheet.max_row + 1)}
    assert set(lines) == {"0101", "0102", "0103"}
    sheet.cell(lines["0102"], heads.index("iccs_code") + 1).value = "040131 Robbery of a financial institution"
    sheet.cell(lines["0103"], heads.index("status") + 1).value = "no_code"
    opened.save(book)
    for told in ("Added 2 decisions", "Nothing new"):
        done = run("coding", "import", str(book), "--log", str(log), "--coder", "ana")
        assert done.exit_code == 0 and told in done.output, done.output
    decided = {one.national_code: (one.coder, one.iccs_code, one.status) for one in DecisionLog(log).read()}
    assert decided == {"0102": ("ana", "040131", "coded"), "0103": ("ana", "", "no_code")}
    table = tmp_path / "table.csv"
    done = run("correspondence", "build", "--log", str(log), "-o", str(table))
    assert done.exit_code == 0, done.output
    assert "0102" in table.read_text() and "040131" in table.read_text()
    again = run("coding", "export", str(book), *list_options, "--coder", "ana")
    assert "Wrote 1 offences" in again.output, "what has been decided is not asked again"


def test_a_workbook_of_a_workspace_is_not_taken_for_a_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "queue"
    sheet.append(["source_id", "national_code", "iccs_code"])
    sheet.append(["police", "Theft", "0502"])
    book.save(tmp_path / "q.xlsx")
    done = run("coding", "import", str(tmp_path / "q.xlsx"), "--log", str(tmp_path / "log.csv"))
    assert done.exit_code != 0 and not (tmp_path / "log.csv").exists()
    assert isinstance(done.exception, RequestError) and done.exception.code == "E-COD-005"
