"""Rows keep the number that they have in their file, whatever its size, its format and the number of threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from justitia.collect.stored import stored_rows

ROWS = 400_000  # several row groups, so that several threads have work
BAD = (7, 123_456, 250_001, 399_998)  # rows (0-based) with a date that is none


@pytest.mark.parametrize("identities", [False, True], ids=["plain", "identities"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_large_file_keeps_its_numbers(
    suffix: str, identities: bool, country: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("justitia.engine.os.cpu_count", lambda: 4)
    country = country()
    if identities:  # a layout that reads birth dates goes another way
        file = country.folder / "overlay" / "layouts" / "made" / "police" / "1" / "columns.csv"
        file.write_text(file.read_text().replace("suspect,age,use,,", "suspect,age,use,age_at:event.recorded_date,"))
    bad = ", ".join(map(str, BAD))
    made = tmp_path / f"large.{suffix}"
    age = "1990-05-05" if identities else "30"
    how = "FORMAT csv, HEADER" if suffix == "csv" else "FORMAT parquet"
    duckdb.connect().execute(f"""
        COPY (SELECT lpad(CAST(i AS VARCHAR), 7, '0') AS "NO", '1' AS "LINE", 'THEFT' AS "ARTICLE",
            '2024-01-01' AS "OCCURRED", CASE WHEN i IN ({bad}) THEN 'no date ' || i ELSE '2024-01-02' END AS "RECORDED",
            ['A', 'B', 'C'][1 + i % 3] AS "DISTRICT", ['m', 'f'][1 + i % 2] AS "SEX", '{age}' AS "AGE", '' AS "STATUS"
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
        ages = engine.rows(f'SELECT DISTINCT "suspect.age" IS NULL FROM {rows} WHERE faults IS NULL')
        misplaced = engine.value(
            f"SELECT count(*) FROM {rows} WHERE CAST(split_part(record_id, '|', 1) AS BIGINT) <> row_number - 1"
        )
    assert misplaced == 0
    assert ages == [(False,)]
    first = 2 if suffix == "csv" else 1  # a text file's header is its line 1
    told = {line: message for _, column, line, message in country.findings() if column == "RECORDED"}
    assert {row + first for row in BAD} == set(told)
    assert all(f"[no date {line - first}]" in message for line, message in told.items())
