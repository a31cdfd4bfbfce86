"""The fate of every row of a batch: accepted (new, correction, withdrawal), duplicate, quarantined, out of scope,
erased. Rows in equal the sum of these, always.

A source's record is known by its row key. The same key with the same content is a duplicate, with other content a
correction, with a withdrawing status a withdrawal; versions are never overwritten, only superseded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import literal

if TYPE_CHECKING:
    from justitia.engine import Engine

ACCEPTED = ("new", "correction", "withdrawal")
FATES = (*ACCEPTED, "duplicate", "quarantined", "out_of_scope", "erased")


@dataclass(frozen=True, slots=True)
class Fates:
    """Relations (temporary tables of the engine) with the fate of rows.

    Args:
        exceptions: (row_number, fate, reason) of every row that is not simply `new`.
        superseded: (batch_id, row_number, by_row) of earlier versions that rows of this batch replace or withdraw.
    """

    exceptions: str
    superseded: str


def decide_fates(
    engine: Engine, *, rows: str, current: str | None, batch_id: str, hard_faults: list[int], erased: str | None
) -> Fates:
    """Return the fate of each row of a batch.

    Args:
        engine: the table engine.
        rows: relation of the batch's typed rows (see `justitia.collect.mapping`).
        current: relation (record_id, content_hash, batch_id, row_number, withdrawn) of the source's known records,
            the withdrawn ones among them; None for a source's first batch.
        batch_id: id of this batch.
        hard_faults: fault numbers that set the whole row aside.
        erased: relation with a column `record_id` of those rows' keys that were erased for good; None when none were.
    """
    _set_aside(engine, rows, hard_faults, erased)
    keys = "SELECT record_id FROM usable GROUP BY record_id HAVING count(*) > 1 OR bool_or(withdrawn)"
    if current:
        keys += f" UNION SELECT c.record_id FROM {current} AS c SEMI JOIN usable USING (record_id)"
    engine.execute(f"CREATE OR REPLACE TEMP VIEW usable AS {_usable(rows)}")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE repeated AS {keys}")
    before = (
        f"UNION ALL SELECT c.record_id, c.content_hash, c.withdrawn, c.batch_id, c.row_number, 0 FROM {current} AS c "
        "SEMI JOIN repeated USING (record_id)"
        if current
        else ""
    )
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE versions AS
        WITH sent AS (
            SELECT u.record_id, u.content_hash, u.withdrawn, {literal(batch_id)} AS batch_id, u.row_number,
                u.row_number AS place
            FROM usable AS u SEMI JOIN repeated USING (record_id) {before}),
        compared AS (
            SELECT *, lag(content_hash) OVER w AS hash_before, lag(withdrawn) OVER w AS withdrawn_before,
                bool_or(place = 0 OR NOT withdrawn) OVER w AS was_received
            FROM sent WINDOW w AS (PARTITION BY record_id ORDER BY place))
        SELECT *, CASE
            WHEN place = 0 THEN 'known'
            WHEN withdrawn AND NOT was_received THEN 'quarantined'
            WHEN withdrawn AND withdrawn_before THEN 'duplicate'
            WHEN withdrawn THEN 'withdrawal'
            WHEN hash_before IS NULL OR withdrawn_before THEN 'new'
            WHEN hash_before = content_hash THEN 'duplicate'
            ELSE 'correction' END AS fate
        FROM compared""")
    engine.execute("""
        CREATE OR REPLACE TEMP TABLE exceptions AS
        SELECT * FROM set_aside
        UNION ALL
        SELECT row_number, fate, CASE
            WHEN fate = 'quarantined' THEN 'V-WDR-001'
            WHEN fate = 'duplicate' THEN 'same key and content as an earlier row' ELSE '' END
        FROM versions WHERE fate NOT IN ('known', 'new')
        ORDER BY row_number""")
    engine.execute("""
        CREATE OR REPLACE TEMP TABLE superseded AS
        WITH steps AS (SELECT * FROM versions WHERE fate IN ('known', 'new', 'correction', 'withdrawal')),
        followed AS (
            SELECT *, lead(row_number) OVER w AS by_row, lead(fate) OVER w AS by_fate
            FROM steps WINDOW w AS (PARTITION BY record_id ORDER BY place))
        SELECT batch_id, row_number, by_row, by_fate FROM followed
        WHERE by_fate IN ('correction', 'withdrawal') AND fate <> 'withdrawal' ORDER BY batch_id, row_number""")
    return Fates("exceptions", "superseded")


def _set_aside(engine: Engine, rows: str, hard_faults: list[int], erased: str | None) -> None:
    """Make the table of rows that never become records: erased, quarantined, out of scope."""
    hard = f"list_has_any(faults, {hard_faults})" if hard_faults else "FALSE"
    gone = f"record_id IN (SELECT record_id FROM {erased})" if erased else "FALSE"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE set_aside AS
        SELECT row_number,
            CASE WHEN {gone} THEN 'erased' WHEN faults IS NOT NULL AND {hard} THEN 'quarantined'
                ELSE 'out_of_scope' END AS fate,
            CASE WHEN {gone} THEN '' WHEN faults IS NOT NULL AND {hard}
                THEN 'fault ' || CAST(list_filter(faults, lambda x: list_contains({hard_faults or [-1]}, x))[1]
                    AS VARCHAR)
                ELSE 'the layout says that it is out of scope' END AS reason
        FROM {rows} WHERE {gone} OR (faults IS NOT NULL AND {hard}) OR NOT in_scope""")


def _usable(rows: str) -> str:
    return f"SELECT record_id, content_hash, withdrawn, row_number FROM {rows} ANTI JOIN set_aside USING (row_number)"
