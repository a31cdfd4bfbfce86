from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from justitia.collect.receive import Limits, Received, clean_scratch, open_received
from justitia.errors import ContractError, LayoutError
from justitia.metadata.definitions import FileFormat

Read = Callable[..., Any]
MESSY = 'a,b,c\n1,"x\ny",3\n2,z\n\n3,q,w,e\n4,5,6\n,,\n"",b,c\n'


def test_case_01_empty_file_is_refused(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-002"):
        read("empty.csv", b"")


@pytest.mark.parametrize("data", [b"a,b\n", b"a,b", b"a,b\r\n\r\n"])
def test_case_01_header_only_is_refused_unless_declared_a_nil_return(read: Read, data: bytes) -> None:
    with pytest.raises(LayoutError, match=r"E-RCV-003.*nil_return"):
        read("header.csv", data)
    assert read("header.csv", data, nil_return=True).rows == []


def test_case_02_ragged_rows_are_rejected_with_their_line_and_the_others_load(read: Read) -> None:
    got = read("ragged.csv", MESSY.encode())
    assert got.cells == [("1", "x\ny", "3"), ("4", "5", "6"), (None, None, None), (None, "b", "c")]
    assert got.rejects == [(2, 4, "2 cells, expected 3"), (4, 6, "4 cells, expected 3")]
    assert got.lines == {1: 2, 2: 7, 3: 8, 4: 9}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1", "utf-32"])
def test_case_03_any_encoding_and_line_end_gives_the_same(read: Read, encoding: str, newline: str) -> None:
    text = MESSY.replace("z", "é").replace("6", "ü").replace("\n", newline)
    got = read("text.csv", text.encode(encoding), encoding=encoding)
    assert got.cells[:2] == [("1", f"x{newline}y", "3"), ("4", "5", "ü")]
    assert [line for _, line, _ in got.rejects] == [4, 6]
    assert got.lines == {1: 2, 2: 7, 3: 8, 4: 9}
    assert got.received.detected["encoding"] == encoding


def test_case_03_other_codecs_of_python(read: Read) -> None:
    got = read("big5.csv", "名,值\n甲,乙\n".encode("big5"), encoding="big5")
    assert (got.received.columns, got.cells) == (("名", "值"), [("甲", "乙")])


@pytest.mark.parametrize(("encoding", "bad"), [("utf-8", b"\xff"), ("cp1252", b"\x81"), ("ascii", b"\xe9")])
def test_case_03_an_undecodable_row_is_rejected_with_line_and_byte(read: Read, encoding: str, bad: bytes) -> None:
    data = b"a,b\n1,2\n3," + bad + b"4\n5,6\n"
    got = read("bad.csv", data, encoding=encoding)
    assert got.cells == [("1", "2"), ("5", "6")]
    ((row, line, reason),) = got.rejects
    assert (row, line) == (2, 3) and encoding in reason and f"byte {data.index(bad)} " in reason
    assert got.lines == {1: 2, 2: 4}


def test_case_03_which_rows_there_are_does_not_depend_on_the_columns_selected(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(b"a,b\n1,2\n3,\xff\n5,6\n")
    received = open_received(connection, path, FileFormat(), scratch=tmp_path / "scratch")
    assert connection.execute(f"SELECT a, __row FROM {received.relation}").fetchall() == [("1", 1), ("5", 2)]
    received.close()


def test_case_03_utf_16_declared_as_utf_8_and_unknown_encodings_are_refused(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-010"):
        read("wide.csv", "a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(LayoutError, match="E-RCV-010"):
        read("wide.csv", b"a,b\n1,2\n", encoding="no-such")
    with pytest.raises(LayoutError, match="E-RCV-010"):
        read("wide.csv", b"a,b\n1,2\n", encoding="zlib")


def test_case_04_semicolon_and_decimal_comma_stay_text(read: Read) -> None:
    assert read("de.csv", b"a;b\n1.234,5;1.234\n", delimiter=";").cells == [("1.234,5", "1.234")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_dialects(read: Read, delimiter: str, quote: str) -> None:
    data = f"a{delimiter}b\n{quote}x y{quote}{delimiter}2\n"
    assert read("d.csv", data.encode(), delimiter=delimiter, quote=quote).cells == [("x y", "2")]


def test_a_dialect_of_two_characters_is_refused(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-017"):
        read("d.csv", b"a,b\n1,2\n", delimiter="||")


@pytest.mark.parametrize("header", ["a,b,a", "Age,b,age"])
def test_case_05_a_doubled_column_is_refused_by_name(read: Read, header: str) -> None:
    with pytest.raises(LayoutError, match=r"E-RCV-005.*columns 1 and 3"):
        read("twice.csv", f"{header}\n1,2,3\n".encode())


def test_an_unnamed_column_is_refused_but_not_a_delimiter_at_the_end_of_all_rows(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-006"):
        read("unnamed.csv", b"a,,b\n1,2,3\n")
    got = read("trailing.csv", b"a,b,\n1,2,\n3,4,5\n")
    assert got.cells == [("1", "2")] and [line for _, line, _ in got.rejects] == [3]


@pytest.mark.parametrize(
    "name", ['x"; DROP TABLE person;--', "users] UNION SELECT 1", "o'brien", "a\nb", "{x}", "%s ${y}", "SELECT", " a "]
)
def test_case_06_sql_in_a_column_name_is_a_name(read: Read, connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute("CREATE TABLE person AS SELECT 1 AS id")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[name, "b"], ["1", "2"]])
    got = read("names.csv", out.getvalue().encode())
    assert got.received.columns == (name, "b") and got.cells == [("1", "2")]
    assert connection.execute("SELECT * FROM person").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "cell", ["'); DELETE FROM x;--", "<script>alert(1)</script>", "=HYPERLINK(1)", "-2+3", "\t=1", "NULL"]
)
def test_case_07_and_08_sql_script_and_formulas_in_a_cell_stay_as_they_are(read: Read, cell: str) -> None:
    assert read("cells.csv", f'a,b\n"{cell}",2\n'.encode()).cells == [(cell, "2")]


def test_wildcards_in_a_file_name_are_no_wildcards(read: Read, tmp_path: Path) -> None:
    (tmp_path / "y1.csv").write_bytes(b"a\nother\n")
    assert read("y[1]*?.csv", b"a\nthis\n").cells == [("this",)]


def test_mixed_line_ends_are_made_alike(read: Read) -> None:
    got = read("mixed.csv", b'a,b\r\n1,"x\r\ny"\n2\n3,4\r\n')
    assert got.cells == [("1", "x\ny"), ("3", "4")]
    assert [line for _, line, _ in got.rejects] == [4] and got.lines == {1: 2, 2: 5}


def test_an_open_quotation_mark_is_told_of(read: Read) -> None:
    got = read("open.csv", b'a,b\n1,2\n3,"x\n4,5\n')
    assert got.cells == [("1", "2")]
    assert got.rejects[0][:2] == (2, 3) and "quotation mark" in got.rejects[0][2]


def test_a_row_beyond_the_limit_is_rejected(read: Read) -> None:
    got = read("long.csv", b"a,b\n1," + b"x" * 3_000_000 + b"\n3,4\n")
    assert got.cells == [("3", "4")] and got.rejects[0][1] == 2 and got.lines == {1: 3}


def test_too_many_unreadable_rows_refuse_the_file(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-016"):
        read("wrong.csv", b"a,b\n" + b"1\n" * 20, limits=Limits(rejects=10))


def test_no_personal_value_stays_in_the_table_of_rejects(read: Read, connection: duckdb.DuckDBPyConnection) -> None:
    read("names.csv", b"a,b\nJohannes\n1,2\n")
    tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    assert all("Johannes" not in str(connection.execute(f'SELECT * FROM "{t}"').fetchall()) for t in tables)


def test_the_relation_can_be_read_again_and_several_times_in_a_statement(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\n1,é\n2,ü\n".encode("cp1252"))
    received = open_received(connection, path, FileFormat(encoding="cp1252"), scratch=tmp_path / "scratch")
    relation = received.relation
    for _ in range(5):
        assert connection.execute(f"SELECT b FROM {relation}").fetchall() == [("é",), ("ü",)]
    union = f"SELECT a FROM {received.relation} UNION ALL SELECT b FROM {received.relation}"
    assert sorted(connection.execute(union).fetchall()) == [("1",), ("2",), ("é",), ("ü",)]
    assert connection.execute(f"SELECT a FROM {received.relation} LIMIT 1").fetchall() == [("1",)]
    pipes = list((tmp_path / "scratch").iterdir())
    assert pipes and all(pipe.is_fifo() and pipe.stat().st_mode & 0o777 == 0o600 for pipe in pipes)
    received.close()


def test_one_pipe_with_two_readers_is_an_error_not_half_a_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + "1,é\n".encode("cp1252") * 200_000)
    received = open_received(connection, path, FileFormat(encoding="cp1252"), scratch=tmp_path / "scratch")
    relation = received.relation
    for _ in range(10):
        both = f"SELECT count(*) FROM (SELECT a FROM {relation} UNION ALL SELECT b FROM {relation})"
        count = connection.execute(both).fetchall()[0][0]
        if count != 400_000:
            with pytest.raises(ContractError):
                received.rejects()
            break
    received.close()


def test_clean_scratch_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    (tmp_path / "received-received_999999999_1").write_text("x")
    (tmp_path / "other").write_text("x")
    assert clean_scratch(tmp_path) == 1 and [p.name for p in tmp_path.iterdir()] == ["other"]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(TEXT, min_size=2, max_size=4), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
)
def test_engine_and_line_search_agree_on_every_row(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, rows: list[list[str]], encoding: str
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    path = tmp_path / "h.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    received: Received = open_received(connection, path, FileFormat(encoding=encoding), scratch=tmp_path / "s")
    got = connection.execute(f"SELECT * FROM {received.relation}").fetchall()
    starts, line = [], 2
    for row in rows:
        starts.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    good = [
        (row, start) for row, start in zip(rows, starts, strict=True) if len(row) == 3 or (len(row) == 4 and not row[3])
    ]
    assert [tuple(cell or "" for cell in item[:3]) for item in got] == [tuple(row[:3]) for row, _ in good]
    assert list(received.lines([item[3] for item in got]).values()) == [start for _, start in good]
    assert {item.line for item in received.rejects()} == set(starts) - {start for _, start in good}
    received.close()


def test_lines_are_exact_over_many_blocks(read: Read) -> None:
    parts, rejected, good, line = ["a,b,c\r\n"], [], {}, 2
    for number in range(60_000):
        if number % 1777 == 5:
            parts.append(f"{number},zz\r\n")
            rejected.append(line)
            line += 1
        elif number % 5 == 0:
            parts.append(f'{number},"several\r\nlines ""q""",{number}\r\n')
            good[number] = line
            line += 2
        else:
            parts.append(f"{number},some more plain text to fill the block,{number}\r\n")
            good[number] = line
            line += 1
    got = read("many.csv", "".join(parts).encode())
    assert [item[1] for item in got.rejects] == rejected
    assert {int(row[0]): got.lines[row[-1]] for row in got.rows} == good
