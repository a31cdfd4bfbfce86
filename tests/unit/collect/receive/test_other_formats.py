from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from justitia.collect.receive import content_hash
from justitia.errors import LayoutError

Read = Callable[..., Any]


def test_json_lines_keep_numbers_as_written_and_nested_values_as_json(read: Read) -> None:
    lines = [
        '{"id": 1, "amount": 1.10, "who": {"é": [1, 2.5]}, "ok": true}',
        "",
        '{"amount": 12345678901234567890.5, "id": "007", "late": null}',
    ]
    got = read("x.jsonl", "\n".join(lines).encode(), kind="jsonl")
    assert got.received.columns == ("id", "amount", "who", "ok", "late")
    assert got.cells == [
        ("1", "1.10", '{"é":[1,2.5]}', "true", None),
        ("007", "12345678901234567890.5", None, None, None),
    ]
    assert got.lines == {1: 1, 2: 3}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": "secret"', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": "\xff"}', "declared encoding"),
        (b'{"a": ' + b"[" * 100_000 + b"}", "deeply"),
        (b'{"a": "' + b"x" * 2_100_000 + b'"}', "longer"),
        (b'{"a": ' + b"1" * 5000 + b"}", "digits"),
    ],
)
def test_case_02_lines_that_are_no_row_are_rejected(read: Read, line: bytes, reason: str) -> None:
    got = read("x.jsonl", b'{"a": "one"}\n\n' + line + b'\n{"a": "two"}\n', kind="jsonl")
    assert got.cells == [("one",), ("two",)] and got.lines == {1: 1, 2: 4}
    ((row, at, said),) = got.rejects
    assert (row, at) == (2, 3) and reason in said and "secret" not in said


def test_json_lines_packed_and_in_another_encoding(read: Read) -> None:
    data = gzip.compress('{"a": "é"}\n'.encode("utf-16"))
    assert read("x.jsonl.gz", data, kind="jsonl", encoding="utf-16").cells == [("é",)]


def test_one_json_array_is_told_of(read: Read) -> None:
    with pytest.raises(LayoutError, match="E-RCV-019"):
        read("x.json", b'[\n{"a": 1}\n]'.replace(b"\n", b""), kind="jsonl")
    with pytest.raises(LayoutError, match="E-RCV-002"):
        read("x.json", b"\n\n", kind="jsonl")


def test_parquet_columns_come_as_text_in_file_order(read: Read, tmp_path: Path) -> None:
    table = pa.table(
        {
            "n": [1, None],
            "f": [2.0, 2.5],
            "d": [date(2024, 1, 5), None],
            "t": [datetime(2024, 1, 5), datetime(2024, 1, 5, 1, 2, 3)],
            "m": [Decimal("1.10"), None],
            "l": [[1, 2], None],
            'x"; DROP': ["a", ""],
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    got = read(tmp_path / "x.parquet", kind="parquet")
    assert got.rows == [
        ("1", "2", "2024-01-05", "2024-01-05", "1.10", "[1,2]", "a", 1),
        (None, "2.5", None, "2024-01-05 01:02:03", None, None, None, 2),
    ]


def test_parquet_damaged_empty_or_with_doubled_names(read: Read, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), tmp_path / "none.parquet")
    with pytest.raises(LayoutError, match="E-RCV-003"):
        read(tmp_path / "none.parquet", kind="parquet")
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "A"]), tmp_path / "two.parquet")
    with pytest.raises(LayoutError, match="E-RCV-005"):
        read(tmp_path / "two.parquet", kind="parquet")
    with pytest.raises(LayoutError, match="E-RCV-012"):
        read("bad.parquet", b"PAR1" + b"\x00" * 50, kind="parquet")


def test_content_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a,b\n")
    assert content_hash(tmp_path / "x") == hashlib.sha256(b"a,b\n").hexdigest()


def test_two_scans_in_one_statement_do_not_disturb_each_other(
    read: Read, connection: duckdb.DuckDBPyConnection
) -> None:
    lines = [b"bad" if number % 10 == 0 else b'{"a": "%d"}' % number for number in range(50_000)]
    received = read("x.jsonl", b"\n".join(lines), kind="jsonl").received
    both = f"SELECT a FROM {received.relation} UNION ALL SELECT a FROM {received.relation}"
    assert connection.execute(f"SELECT count(*), count(DISTINCT a) FROM ({both})").fetchall() == [(90_000, 45_000)]
    assert len(received.rejects()) == 5000
