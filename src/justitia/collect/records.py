"""The current records of each kind, as views over the batches of a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.collect.stored import ROWS_FILE, stored_rows
from justitia.engine import literal, quote
from justitia.model.missing import NOT_GIVEN

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout, LayoutRecord
    from justitia.metadata.load import Catalogue

_NOT_RECORDS = "fate IN ('duplicate', 'quarantined', 'out_of_scope', 'erased', 'withdrawal')"
TRACE = ("source_id", "record_id", "batch_id", "row_number")  # where every record can be traced to


@dataclass(frozen=True, slots=True)
class UnitCount:
    """How many rows told of how many units.

    Args:
        rows: accepted rows that tell of a unit of this record.
        units: distinct units.
        differing: units whose rows differ in a field of the record.
    """

    source_id: str
    record: str
    kind: str
    rows: int
    units: int
    differing: int


def current_rows(engine: Engine, store: Path, batches: Mapping[str, Mapping[str, Any]], source_id: str) -> str | None:
    """Return a relation over the current version of each row of a source; None before its first batch.

    Args:
        engine: the table engine.
        store: folder of the store.
        batches: batch id -> entry of the state, in order of receipt (all or up to one batch: "as known at").
        source_id: the source.
    """
    own = {name: batch for name, batch in batches.items() if batch["source_id"] == source_id}
    replaced = [store / b["folder"] / "superseded.parquet" for b in own.values() if b["superseded"]]
    parts = []
    for name, batch in own.items():
        folder = store / batch["folder"]
        rows = stored_rows(engine, folder / ROWS_FILE)
        part = f"SELECT *, {literal(name)} AS batch_id, {batch['sequence']} AS batch_sequence FROM {rows}"
        if any(batch["counts"][f] for f in ("duplicate", "quarantined", "out_of_scope", "erased", "withdrawal")):
            exceptions = engine.parquet([folder / "exceptions.parquet"])
            part += f" ANTI JOIN (SELECT row_number FROM {exceptions} WHERE {_NOT_RECORDS}) USING (row_number)"
        if replaced:
            gone = f"SELECT row_number FROM {engine.parquet(replaced)} WHERE batch_id = {literal(name)}"
            part += f" ANTI JOIN ({gone}) USING (row_number)"
        parts.append(part)
    return "(" + " UNION ALL BY NAME ".join(parts) + ")" if parts else None


def known_rows(engine: Engine, store: Path, batches: Mapping[str, Mapping[str, Any]], source_id: str) -> str | None:
    """Return a relation (record_id, content_hash, batch_id, row_number, withdrawn) of every record of a source, as
    the next batch meets them: the current ones, and those that are withdrawn. None before its first batch.
    """
    rows = current_rows(engine, store, batches, source_id)
    if rows is None:
        return None
    parts = [f"SELECT record_id, content_hash, batch_id, row_number, FALSE AS withdrawn FROM {rows}"]
    withdrawn = []
    for name, batch in batches.items():
        if batch["source_id"] == source_id and batch["counts"]["withdrawal"]:
            folder = store / batch["folder"]
            chosen = (
                f"SELECT row_number FROM {engine.parquet([folder / 'exceptions.parquet'])} WHERE fate = 'withdrawal'"
            )
            withdrawn.append(
                f"SELECT record_id, content_hash, {literal(name)} AS batch_id, row_number, TRUE AS withdrawn "
                f"FROM {stored_rows(engine, folder / ROWS_FILE)} SEMI JOIN ({chosen}) USING (row_number)"
            )
    if withdrawn:
        once = f"SELECT DISTINCT ON (record_id) * FROM ({' UNION ALL '.join(withdrawn)})"
        parts.append(f"SELECT * FROM ({once}) ANTI JOIN {rows} USING (record_id)")
    return "(" + " UNION ALL ".join(parts) + ")"


def kind_selects(
    catalogue: Catalogue, layouts: Iterable[Layout], rows: Mapping[str, str], fields: Mapping[str, Iterable[str]]
) -> dict[str, str]:
    """Return, for each record kind that the sources tell of, the SELECT of its current records.

    Args:
        catalogue: record kinds.
        layouts: of the sources.
        rows: source id -> relation of its current rows.
        fields: source id -> `<record>.<field>` columns there.
    """
    parts: dict[str, list[str]] = {}
    given: dict[str, set[str]] = {}
    for layout in layouts:
        if layout.source_id not in rows:
            continue
        for record in layout.records:
            own = [f.split(".", 1)[1] for f in fields[layout.source_id] if f.split(".", 1)[0] == record.name]
            given.setdefault(record.kind, set()).update(own)
            parts.setdefault(record.kind, []).append(_record_select(layout, record, rows[layout.source_id], own))
    selects = {}
    for kind, selected in parts.items():
        union = " UNION ALL BY NAME ".join(selected)
        codes = [name for name in sorted(given[kind]) if catalogue.record_kinds[kind].fields[name].type == "code"]
        if len(selected) > 1 and codes:
            filled = ", ".join(f"coalesce({quote(name)}, '{NOT_GIVEN}') AS {quote(name)}" for name in codes)
            union = f"SELECT * REPLACE ({filled}) FROM ({union})"
        selects[kind] = union
    return selects


def unit_counts(engine: Engine, layout: Layout, rows: str, fields: Iterable[str]) -> list[UnitCount]:
    """Return how many rows told of how many units, for each record of the layout."""
    counts = []
    for record in layout.records:
        where = _given(layout, record)
        own = [name for name in fields if name.split(".", 1)[0] == record.name]
        if record.key == layout.key:
            number = engine.value(f"SELECT count(*) FROM {rows} WHERE {where}")
            counts.append(UnitCount(layout.source_id, record.name, record.kind, number, number, 0))
            continue
        content = ", ".join(f"coalesce(CAST({quote(name)} AS VARCHAR), '')" for name in own) or "''"
        units = f"""
            SELECT count(*) AS rows, count(DISTINCT md5(concat_ws(chr(31), {content}))) AS contents
            FROM {rows} WHERE {where} GROUP BY {quote(f"{record.name}.__key")}"""
        total, number, differing = engine.rows(
            f"SELECT coalesce(sum(rows), 0), count(*), count(*) FILTER (WHERE contents > 1) FROM ({units})"
        )[0]
        counts.append(UnitCount(layout.source_id, record.name, record.kind, int(total), number, differing))
    return counts


def unit_select(layout: Layout, record: LayoutRecord, rows: str, columns: Iterable[str]) -> str:
    """Return the SELECT of the units that a record's rows tell of, as records are made: the latest batch speaks.

    Args:
        layout, record: declared.
        rows: relation of the source's current rows.
        columns: SQL of further columns.

    Returns:
        SQL giving `unit` (the unit's key in the source), `record_id`, `batch_id` and `columns`.
    """
    unit = unit_sql(layout, record)
    listed = ", ".join([f"{unit} AS unit", "record_id", "batch_id", *columns])
    latest = f"row_number() OVER (PARTITION BY {unit} ORDER BY batch_sequence DESC, row_number) = 1"
    return f"SELECT {listed} FROM {rows} WHERE {_given(layout, record)} QUALIFY {latest}"


def unit_sql(layout: Layout, record: LayoutRecord) -> str:
    """Return SQL of the key, within its source, of the unit that a row tells of."""
    return "record_id" if record.key == layout.key else quote(f"{record.name}.__key")


def _given(layout: Layout, record: LayoutRecord) -> str:
    given = quote(f"{record.name}.__given") if record.when else "TRUE"
    # Rows without the record's key do not tell of one and the same unit: they tell of none.
    return given if record.key == layout.key else f"{given} AND {quote(f'{record.name}.__key')} IS NOT NULL"


def _unit_id(layout: Layout, record: LayoutRecord) -> str:
    key = "record_id" if record.key == layout.key else quote(f"{record.name}.__key")
    # Two records of one kind in a row (victim 1, victim 2) are two units, though their key may be the same.
    several = sum(other.kind == record.kind for other in layout.records) > 1
    start = f"{layout.source_id}:{record.name}:" if several else f"{layout.source_id}:"
    return f"{literal(start)} || {key}"


def _record_select(layout: Layout, record: LayoutRecord, rows: str, own: list[str]) -> str:
    by_name = {item.name: item for item in layout.records}
    columns = [f"{_unit_id(layout, record)} AS {quote(record.kind + '_id')}"]
    columns += [
        f"{_unit_id(layout, by_name[name])} AS {quote(kind + '_id')}" for kind, name in record.references.items()
    ]
    columns += [f"{quote(f'{record.name}.{name}')} AS {quote(name)}" for name in own]
    columns += [f"{literal(layout.source_id)} AS source_id", "record_id", "batch_id", "row_number"]
    select = f"SELECT {', '.join(columns)} FROM {rows} WHERE {_given(layout, record)}"
    if record.key != layout.key:
        key = quote(f"{record.name}.__key")
        # Several rows tell of the same unit: the latest batch, then the first row, speaks for it.
        order = f"PARTITION BY {key} ORDER BY batch_sequence DESC, row_number"
        select += f" QUALIFY row_number() OVER ({order}) = 1"
    return select
