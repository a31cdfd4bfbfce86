"""Rows are stored in the order of their file, whatever its size: their place is their number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from justitia.collect.stored import stored_rows

ROWS = 400_000  # several row groups, so that several threads have work
BAD = (7, 123_456, 250_001, 399_998)  # rows (0-based) with a date that is none


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_large_file_keeps_its_order(suffix: str, country: Any, tmp_path: Path) -> None:
    country = country()
    bad = ", ".join(map(str, BAD))
    made = tmp_path / f"large.{suffix}"
    how = "FORMAT csv, HEADER" if suffix == "csv" else "FORMAT parquet"
    duckdb.connect().execute(f"""
        COPY (SELECT lpad(CAST(i AS VARCHAR), 7, '0') AS "NO", '1' AS "LINE", 'THEFT' AS "ARTICLE",
            '2024-01-01' AS "OCCURRED", CASE WHEN i IN ({bad}) THEN 'no date ' || i ELSE '2024-01-02' END AS "RECORDED",
            ['A', 'B', 'C'][1 + i % 3] AS "DISTRICT", ['m', 'f'][1 + i % 2] AS "SEX", '30' AS "AGE", '' AS "STATUS"
        FROM range({ROWS}) AS t(i)) TO '{made}' ({how})""")
    layout = country.folder / "overlay" / "layouts" / "made" / "police" / "1" / "layout.toml"
    layout.write_text(layout.read_text().replace('kind = "csv"', f'kind = "{suffix}"'))
    target = country.folder / "sources" / "police"
    target.mkdir(parents=True, exist_ok=True)
    made.rename(target / made.name)
    state = country.run().state
    (batch,) = state["batches"].values()
    workspace = country.workspace
    with workspace.engine() as engine:
        rows = stored_rows(engine, workspace.store.folder / batch["folder"] / "rows.parquet")
        misplaced = engine.value(
            f"SELECT count(*) FROM {rows} WHERE CAST(split_part(record_id, '|', 1) AS BIGINT) <> row_number - 1"
        )
    assert misplaced == 0
    first = 2 if suffix == "csv" else 1  # a text file's header is its line 1
    told = {line: message for _, column, line, message in country.findings() if column == "RECORDED"}
    assert {row + first for row in BAD} == set(told)
    assert all(f"[no date {line - first}]" in message for line, message in told.items())
