"""What a linkage leaves in the store: which record is of which linked person, by random ids; and its use in a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from justitia.engine import literal, quote

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout
    from justitia.workspace import Workspace

LINKS = "links"  # of a state: linkage -> what is known of its last run
MAP = "linked__"  # and the linkage: table (source_id, record, unit, agency_id, person_id)
STAGE = "link"  # of such a table
PERSON = "person_id"


def links_key(state: Mapping[str, Any]) -> str:
    """Return the fingerprint of all links of a state; empty for none, so that a workspace without links keeps its."""
    files = {name: entry["files"] for name, entry in state["tables"].items() if entry["stage"] == STAGE}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest() if files else ""


def link_tables(state: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return linkage -> table entry of every linkage of a state."""
    tables = state["tables"].items()
    return {name.removeprefix(MAP): entry for name, entry in tables if entry["stage"] == STAGE}


def apply_links(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], layout: Layout, rows: str, fields: list[str]
) -> tuple[str, list[str]]:
    """Return the rows of a source with linked person ids, and their fields.

    A record that was linked has the id of its linked person. One that came later under a known number of the agency has
    the id of that number's person, where there is only one. All others keep the id that the agency's number was given.

    Args:
        workspace, engine, state: of the run.
        layout: of the source.
        rows: relation of its current rows.
        fields: `<record>.<field>` columns there.
    """
    from justitia.collect.records import unit_sql

    files = [
        workspace.store.folder / entry["folder"] / file
        for entry in link_tables(state).values()
        for file in entry["files"]
    ]
    if not files:
        return rows, fields
    table = engine.parquet(files)
    linked = [r for (r,) in engine.rows(f"SELECT DISTINCT record FROM {table} WHERE source_id = ?", [layout.source_id])]
    given, chosen, joins = list(fields), [], ""
    for place, record in enumerate(item for item in layout.records if item.name in linked):
        own = f"FROM {table} WHERE source_id = {literal(layout.source_id)} AND record = {literal(record.name)}"
        column = f"{record.name}.{PERSON}"
        known = column in fields
        joins += f" LEFT JOIN (SELECT unit, person_id {own}) AS u{place} ON u{place}.unit = {unit_sql(layout, record)}"
        person = f"u{place}.person_id"
        if known:
            once = "GROUP BY agency_id HAVING count(DISTINCT person_id) = 1 AND agency_id IS NOT NULL"
            joins += f" LEFT JOIN (SELECT agency_id, min(person_id) AS person_id {own} {once}) AS a{place}"
            joins += f" ON a{place}.agency_id = {quote(column)}"
            person = f"coalesce(u{place}.person_id, a{place}.person_id, {quote(column)})"
        else:
            given.append(column)
        chosen.append(f"{person} AS {quote(column)}")
    replaced = [name for name in given if name in fields and any(name in text for text in chosen)]
    star = f"r.* EXCLUDE ({', '.join(map(quote, replaced))})" if replaced else "r.*"
    return (f"(SELECT {', '.join([star, *chosen])} FROM {rows} AS r{joins})", given) if chosen else (rows, fields)
