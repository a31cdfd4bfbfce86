"""Receive one file as a batch: typed rows, the fate of each, findings; nothing half done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from justitia.collect.erased import leave_out_erased
from justitia.collect.ledger import FATES, decide_fates
from justitia.collect.mapping import Mapped, check_columns, map_layout, record_key_sql
from justitia.collect.parsing import text_sql
from justitia.collect.receive.columns import ROW
from justitia.collect.stored import ROWS_FILE, stored_rows
from justitia.engine import literal, quote
from justitia.errors import JustitiaError, LayoutError, RequestError
from justitia.findings import Finding, Severity

if TYPE_CHECKING:
    from justitia.collect.receive import Received
    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout
    from justitia.metadata.load import Catalogue
    from justitia.vault import Vault

FINDINGS_LISTED = 1000  # per rule, column and batch; the rest are counted


@dataclass(frozen=True, slots=True)
class Batch:
    """What was made of one file.

    Args:
        counts: rows in and the fate of each (`justitia.collect.ledger.FATES`).
        fields: `<record>.<field>` columns of `rows.parquet`.
        findings: what is wrong, by row where the rows are few.
        detected: what was found out about the file.
    """

    counts: Mapping[str, int]
    fields: tuple[str, ...]
    findings: tuple[Finding, ...]
    detected: Mapping[str, str]


def receive_file(
    *,
    engine: Engine,
    catalogue: Catalogue,
    layout: Layout,
    location: Path | str,
    batch_id: str,
    folder: Path,
    current: str | None,
    erased: str | None,
    vault: Vault | None,
    scratch: Path,
) -> Batch:
    """Read a file through its layout into `folder` and return what became of its rows.

    Args:
        engine: the table engine.
        catalogue: record kinds and code lists.
        layout: of the source.
        location: file, or database URL.
        batch_id: id of the new batch.
        folder: empty folder for `rows.parquet`, `exceptions.parquet`, `superseded.parquet`.
        current, erased: see `decide_fates`; `erased` may use the column `record_id`.
        vault: where identities go; None: the layout may not ask for it.
        scratch: folder for temporary files.

    Raises:
        LayoutError: when the file as a whole is not as declared; nothing was loaded.
    """
    from justitia.collect.receive import open_received

    received = open_received(engine.connection, location, layout.format, scratch=scratch)
    try:
        new_columns = check_columns(layout, received.columns)
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            known = vault.persons(layout.source_id) if vault else None
            persons = _identities(engine, layout, received, batch_id, vault, stack)
            if persons:  # the engine joins by them: what it cannot hold in memory it may not write to disk
                stack.enter_context(engine.without_spilling())
            rows_file = folder / ROWS_FILE
            write = _write_in_order if _identities_are_read(layout) else _write_numbered
            mapped, rows_in = write(engine, layout, catalogue, received, persons, rows_file)
        rejects = received.rejects()
        _check_not_empty(layout, rows_in + len(rejects), location)
        rows = stored_rows(engine, rows_file)
        hard = [number for number, fault in enumerate(mapped.faults) if fault.sets_row_aside]
        fates = decide_fates(engine, rows=rows, current=current, batch_id=batch_id, hard_faults=hard, erased=erased)
        engine.write_parquet(f"SELECT * FROM {fates.exceptions}", folder / "exceptions.parquet")
        engine.write_parquet(f"SELECT * FROM {fates.superseded}", folder / "superseded.parquet")
        counts = _counts(engine, rows_in, rejects, fates.exceptions)
        if counts["erased"]:
            leave_out_erased(engine, layout, rows_file, mapped.fields, vault, known)
            rows = stored_rows(engine, rows_file)
        findings = [*_rejected(layout, batch_id, rejects), *_faults(engine, layout, mapped, rows, batch_id, received)]
        findings += [
            *_uncoded(engine, layout, mapped, rows, batch_id),
            *_withdrawals(engine, layout, batch_id, received),
        ]
        findings += [_new_column(layout, batch_id, name) for name in new_columns]
        _stop_if_asked(layout, counts, findings)
        return Batch(counts, mapped.fields, tuple(findings), dict(received.detected))
    except JustitiaError:
        if vault is not None:  # of a file that was refused nothing is kept
            vault.drop_batch(layout.source_id, batch_id)
        raise
    finally:
        received.close()


def _identities_are_read(layout: Layout) -> bool:
    """Return whether the typing of a row reads what the store may not hold: a person's number or birth date."""
    return any(
        column.action == "person_key" or (column.action == "use" and column.format.startswith("age_at:"))
        for column in layout.columns
    )


def _write_in_order(
    engine: Engine,
    layout: Layout,
    catalogue: Catalogue,
    received: Received,
    persons: Mapping[str, str],
    rows_file: Path,
) -> tuple[Mapped, int]:
    """Type the rows straight from the file: nothing of it is copied in clear, and their place is their number."""
    mapped = map_layout(layout, catalogue, received.columns, persons)
    with engine.keeping_order(), _as_received(engine, "VIEW", f"SELECT * FROM {received.relation}"):
        return mapped, engine.write_parquet(mapped.select, rows_file)


def _write_numbered(
    engine: Engine,
    layout: Layout,
    catalogue: Catalogue,
    received: Received,
    persons: Mapping[str, str],
    rows_file: Path,
) -> tuple[Mapped, int]:
    """Type the rows on all cores; each brings its number along.

    Numbering the rows of a text file while they are read binds reading and typing to one thread. Its texts go into a
    table of the engine first, which keeps their order on any number of threads (docs/adr/0013).
    """
    row = ROW if received.numbered else "rowid + 1"
    mapped = map_layout(layout, catalogue, received.columns, persons, row_number=row)
    texts = "*" if received.numbered else ", ".join(map(quote, mapped.columns))
    how: Literal["VIEW", "TABLE"] = "VIEW" if received.numbered else "TABLE"
    with _as_received(engine, how, f"SELECT {texts} FROM {received.relation}"):
        return mapped, engine.write_parquet(mapped.select, rows_file)


@contextmanager
def _as_received(engine: Engine, how: Literal["VIEW", "TABLE"], select: str) -> Iterator[None]:
    """Give the rows of a file the name that a compiled layout reads."""
    engine.execute(f"CREATE TEMP {how} received AS {select}")
    try:
        yield
    finally:
        engine.execute(f"DROP {how} received")


def _identities(
    engine: Engine, layout: Layout, received: Received, batch_id: str, vault: Vault | None, stack: ExitStack
) -> dict[str, str]:
    """Send identities to the vault; return the lent relation (value, person_id) of each person-number column."""
    kept = [column for column in layout.columns if column.action in {"vault", "person_key"}]
    if not kept:
        return {}
    if vault is None:
        raise RequestError(
            "E-VLT-005",
            f"the layout keeps identities ({', '.join(f'[{c.column}]' for c in kept)}) and the workspace has no vault",
            where=layout.source_id,
            remedy="Make one with `justitia vault create`, or set these columns to `drop` in columns.csv",
        )
    lent: dict[str, str] = {}
    nulls = layout.format.null_values
    for column in [item for item in kept if item.action == "person_key"]:
        number = f"nfc_normalize({text_sql(quote(column.column), nulls)})"
        values = f"(SELECT {number} AS value FROM {received.relation})"
        vault.draw(engine, source_id=layout.source_id, batch_id=f"{batch_id}.{column.record}", values=values)
        name = f"persons_{column.record}"
        persons = vault.persons(layout.source_id)
        lent[column.column] = stack.enter_context(engine.registered(name, persons))
    names = dict.fromkeys([*layout.key, *(column.column for column in kept)])
    texts = ", ".join(f"{text_sql(quote(name), nulls)} AS {quote(name)}" for name in names)
    parts = [
        f"SELECT {record_key_sql(layout.key)} AS record_id, {literal(column.record)} AS record, "
        f"{literal(column.field or column.column)} AS field, {quote(column.column)} AS value "
        f"FROM (SELECT {texts} FROM {received.relation})"
        for column in kept
    ]
    reader = engine.connection.sql(" UNION ALL ".join(parts)).to_arrow_reader(100_000)
    vault.keep(source_id=layout.source_id, batch_id=batch_id, batches=reader)
    return lent


def _check_not_empty(layout: Layout, rows: int, location: Path | str) -> None:
    if rows == 0 and not layout.format.nil_return:
        name = location.name if isinstance(location, Path) else layout.source_id
        raise LayoutError(
            "E-LAY-003",
            "the file has a header and no rows",
            where=name,
            remedy="If there was nothing to report, declare nil_return = true in its layout; else ask for the file",
        )


def _counts(engine: Engine, rows_in: int, rejects: Any, exceptions: str) -> dict[str, int]:
    fates = dict.fromkeys(FATES, 0)
    fates |= dict(engine.rows(f"SELECT fate, count(*) FROM {exceptions} GROUP BY fate"))
    fates["new"] = rows_in - sum(count for fate, count in fates.items() if fate != "new") if rows_in else 0
    fates["quarantined"] += len(rejects)
    return {"rows_in": rows_in + len(rejects), **fates}


def _rejected(layout: Layout, batch_id: str, rejects: Any) -> list[Finding]:
    return [
        Finding(
            "V-ROW-001", "error", layout.source_id, f"the row was set aside: {item.reason}", "", batch_id, item.line
        )
        for item in rejects[:FINDINGS_LISTED]
    ]


def _faults(
    engine: Engine, layout: Layout, mapped: Mapped, rows: str, batch_id: str, received: Received
) -> list[Finding]:
    """Return a finding for each value at fault, with its physical line; the value only where it is not personal."""
    found = engine.rows(f"""
        SELECT row_number, fault FROM (SELECT row_number, unnest(faults) AS fault FROM {rows} WHERE faults IS NOT NULL)
        QUALIFY row_number() OVER (PARTITION BY fault ORDER BY row_number) <= {FINDINGS_LISTED} ORDER BY 1, 2""")
    if not found:
        return []
    lines = received.lines(sorted({row for row, _ in found}))
    values = _values(engine, layout, mapped, found, received)
    findings = []
    for row, number in found:
        fault = mapped.faults[number]
        aside = "the row was set aside" if fault.sets_row_aside else "the value was set aside"
        shown = f"[{values[row, number]}] " if (row, number) in values else ""
        severity: Severity = "error" if fault.sets_row_aside else "warning"
        message = f"{shown}{fault.message}; {aside}"
        findings.append(
            Finding(
                fault.rule_id,
                severity,
                layout.source_id,
                message,
                fault.column.column,
                batch_id,
                lines.get(row, row),
                values.get((row, number), ""),
            )
        )
    return findings


def _values(
    engine: Engine, layout: Layout, mapped: Mapped, found: list[tuple[int, int]], received: Received
) -> dict[tuple[int, int], str]:
    """Return the offending values of columns that the layout declares as not personal, read again from the file."""
    values: dict[tuple[int, int], str] = {}
    public = {number for _, number in found if not mapped.faults[number].column.personal}
    for number in sorted(public):
        column = mapped.faults[number].column.column
        rows = ", ".join(str(row) for row, fault in found if fault == number)
        for row, value in engine.rows(
            f"SELECT __row, {quote(column)} FROM {received.relation} WHERE __row IN ({rows})"
        ):
            values[row, number] = str(value or "").strip()[:80]
    return values


def _uncoded(engine: Engine, layout: Layout, mapped: Mapped, rows: str, batch_id: str) -> list[Finding]:
    """Return a finding for each value that no code fits, with its number of rows."""
    findings = []
    for name in mapped.raw_fields:
        raw = quote(f"{name}__raw")
        for value, count in engine.rows(f"""
            SELECT {raw}, count(*) FROM {rows} WHERE {raw} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100"""):
            message = f"[{value[:80]}] has no code in the layout's values.csv; kept as not coded"
            findings.append(
                Finding("V-COD-001", "warning", layout.source_id, message, name, batch_id, 0, value[:80], count)
            )
    return findings


def _withdrawals(engine: Engine, layout: Layout, batch_id: str, received: Received) -> list[Finding]:
    rows = [row for (row,) in engine.rows("SELECT row_number FROM exceptions WHERE reason = 'V-WDR-001' LIMIT 1000")]
    lines = received.lines(rows) if rows else {}
    message = "withdraws a record that was never received; the row was set aside"
    return [
        Finding("V-WDR-001", "error", layout.source_id, message, layout.withdrawn_column, batch_id, lines.get(row, row))
        for row in rows
    ]


def _new_column(layout: Layout, batch_id: str, name: str) -> Finding:
    message = f"column [{name}] is not declared in the layout; it was not read"
    return Finding("V-COL-001", "warning", layout.source_id, message, name, batch_id)


def _stop_if_asked(layout: Layout, counts: Mapping[str, int], findings: list[Finding]) -> None:
    if layout.on_bad_row == "stop" and counts["quarantined"]:
        first = next(finding for finding in findings if finding.severity == "error")
        raise LayoutError(
            "E-LAY-004",
            f"{counts['quarantined']} rows cannot be read, the first: {first.message}",
            where=f"{layout.source_id} line {first.row_number} [{first.column}]",
            remedy='Nothing was loaded. Correct the file, or set on_bad_row = "set_aside_row" in its layout',
        )


def received_on() -> date:
    """Return today's date, or the one set in SOURCE_DATE_EPOCH (reproducible builds)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch else date.today()
