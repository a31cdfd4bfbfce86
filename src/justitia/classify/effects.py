"""What another version of a correspondence does to figures: the same records, coded by both, counted by ICCS code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.classify.correspondence import Around, coded_select, rules_table
from justitia.classify.declaration import CODING_DATES
from justitia.engine import literal, quote
from justitia.metadata.links import compile_expression, reachable

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import CodeList, Correspondence
    from justitia.workspace import Workspace

# A record falls into the year of the first of these that is filled: that of recording, as most tables count.
COUNTING_DATES = ("recorded_date", "event.recorded_date", "decided_date", "occurred_date", "event.occurred_date")
_CODED = {"iccs_code", "iccs_status", "iccs_rule"}
TOTAL = "_T"


@dataclass(frozen=True, slots=True)
class Effect:
    """Records of one year under one ICCS section or division (`_T` = all coded, `_X` uncoded, `_Z` no code)."""

    year: int | None
    code: str
    before: int
    after: int


def effects(workspace: Workspace, before: Correspondence, after: Correspondence) -> list[Effect]:
    """Return the records per year and ICCS section and division under two versions of a correspondence.

    Raises CatalogueError (E-COD-003) when a version decides a code twice on one day.

    Both versions code the records that the workspace holds now, with their conditions and dates. The operator's, exact.

    Args:
        workspace: after a run.
        before, after: the versions; they go by the id of `after`, which layouts name.
    """
    from justitia.workspace import table_relation

    identifier, state = after.id, workspace.store.read()
    found: dict[tuple[int | None, str], list[int]] = {}
    with workspace.engine() as engine:
        kinds = {name.removeprefix("derived__") for name in state["tables"] if name.startswith("derived__")}
        relations = {kind: table_relation(workspace, engine, state, f"derived__{kind}") for kind in kinds}
        columns = {kind: set(engine.columns(relation)) for kind, relation in relations.items()}
        for kind, sources in _coded_by(workspace, identifier).items():
            if kind not in relations:
                continue
            around = Around(kind, relations, columns)
            for side, version in enumerate((before, after)):
                for year, code, count in _counts(engine, around, sources, version, f"effect_{kind}_{side}"):
                    found.setdefault((year, code), [0, 0])[side] += count
    listed = workspace.catalogue.codelist("iccs")
    return _by_level(found, listed)


def _coded_by(workspace: Workspace, identifier: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for layout in workspace.catalogue.layouts.values():
        for record in layout.records:
            if record.correspondence == identifier:
                found.setdefault(record.kind, []).append(layout.source_id)
    return found


def _counts(
    engine: Engine, around: Around, sources: Sequence[str], version: Correspondence, name: str
) -> list[tuple[int | None, str, int]]:
    kind = around.kind
    columns = [c for c in engine.columns(around.relations[kind]) if c not in _CODED]
    listed = ", ".join(map(literal, sources))
    own = f"(SELECT {', '.join(map(quote, columns))} FROM {around.relations[kind]} WHERE source_id IN ({listed}))"
    engine.connection.register(name, rules_table(version))
    dates = [date for date in CODING_DATES if reachable(date, columns=around.columns, kind=kind)]
    coded = coded_select(version, records=own, columns=columns, rules=quote(name), dates=dates, around=around)
    year = _year(around)
    rows = engine.rows(f"SELECT {year}, r.iccs_code, count(*) FROM ({coded}) AS r {_joins(around)} GROUP BY ALL")
    return [(None if row[0] is None else int(row[0]), str(row[1]), int(row[2])) for row in rows]


def _dates(around: Around) -> list[tuple[str, set[str]]]:
    names = [name for name in COUNTING_DATES if reachable(name, columns=around.columns, kind=around.kind)]
    compiled = (compile_expression(name, columns=around.columns, kind=around.kind, where="") for name in names)
    return [(item.sql, set(item.kinds)) for item in compiled if item is not None]


def _year(around: Around) -> str:
    dates = [sql for sql, _ in _dates(around)]
    return f"year(coalesce({', '.join(dates)}))" if dates else "NULL"


def _joins(around: Around) -> str:
    from justitia.metadata.links import join_reached

    reached = {kind for _, kinds in _dates(around) for kind in kinds}
    return join_reached(reached, around.relations)


def _by_level(found: dict[tuple[int | None, str], list[int]], listed: CodeList) -> list[Effect]:
    """Return the counts summed to sections, divisions and the total of each year, in order."""
    sums: dict[tuple[int | None, str], list[int]] = {}
    for (year, code), counts in found.items():
        entry = listed.codes.get(code)
        levels = {listed.ancestor(code, level) for level in (1, 2)} - {None} if entry else {code}
        for name in levels | ({TOTAL} if entry else set()):
            total = sums.setdefault((year, str(name)), [0, 0])
            total[0] += counts[0]
            total[1] += counts[1]
    ordered = sorted(sums.items(), key=lambda item: (item[0][0] or 0, item[0][1]))
    return [Effect(year, code, *counts) for (year, code), counts in ordered]
