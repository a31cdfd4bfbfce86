"""Coding by correspondence table: exact by national code and date, with conditions on other variables.

The most specific decision wins: conditions in order of priority (1 first), then the row without a condition. A
national code that no row covers at its date stays uncoded: it is never mapped by guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import CatalogueError
from justitia.metadata.links import compile_expression, join_reached
from justitia.model.missing import NO_CODE, NOT_APPLICABLE

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.metadata.definitions import Correspondence, CorrespondenceRow

NO_RULE = -1


def rules_table(correspondence: Correspondence) -> pa.Table:
    """Return the decisions as a table (rule, iccs_code, iccs_status, set_<field>...); rule = place in the file."""
    import pyarrow as pa

    rows = correspondence.rows
    _refuse_overlaps(correspondence)
    fields = sorted({name for row in rows for name in row.sets})
    columns: dict[str, pa.Array] = {
        "rule": pa.array(range(len(rows)), pa.int32()),
        "national_code": pa.array([row.national_code for row in rows], pa.string()),
        "iccs_code": pa.array([_code(row) for row in rows], pa.string()),
        "iccs_status": pa.array([row.status for row in rows], pa.string()),
        "valid_from": pa.array([row.valid_from for row in rows], pa.date32()),
        "valid_to": pa.array([row.valid_to for row in rows], pa.date32()),
        "plain": pa.array([not row.condition for row in rows], pa.bool_()),
    }
    columns |= {f"set_{name}": pa.array([row.sets.get(name) or None for row in rows], pa.string()) for name in fields}
    return pa.table(columns)


@dataclass(frozen=True, slots=True)
class Around:
    """What conditions and dates may reach.

    Args:
        kind: the records' kind.
        relations, columns: kind -> relation and columns of all records of this run.
    """

    kind: str
    relations: Mapping[str, str]
    columns: Mapping[str, set[str]]


def coded_select(
    correspondence: Correspondence, *, records: str, columns: list[str], rules: str, dates: list[str], around: Around
) -> str:
    """Return the SELECT of records with `iccs_code`, `iccs_status`, `iccs_rule` and the variables that rules set.

    Args:
        correspondence: the decisions.
        records: relation with `national_code` and the columns that conditions name.
        columns: its columns.
        rules: relation of `rules_table`.
        dates: fields by which validity is judged, of the records or reached (`event.recorded_date`): the first that a
            record has counts.
        around: what conditions may reach.
    """
    dated = any(row.valid_from or row.valid_to for row in correspondence.rows)
    found = [compile_expression(name, columns=around.columns, kind=around.kind, where="") for name in dates if dated]
    days = [item for item in found if item is not None]
    day = f"coalesce({', '.join(item.sql for item in days)})" if days else None
    conditional, kinds = _conditional(correspondence, around, day)
    kinds |= {kind for item in days for kind in item.kinds}
    within = f"AND (p.valid_from IS NULL OR {day} >= p.valid_from) AND (p.valid_to IS NULL OR {day} <= p.valid_to)"
    # Without a date nobody can say which law was in force: rows with dates decide nothing then.
    within = within if day else "AND p.valid_from IS NULL AND p.valid_to IS NULL"
    plain = f"SELECT rule, national_code, valid_from, valid_to FROM {rules} WHERE plain"
    chosen = f"coalesce({conditional}, p.rule, {NO_RULE})" if conditional else f"coalesce(p.rule, {NO_RULE})"
    joined = f"""
        SELECT r.*, {chosen} AS iccs_rule FROM {records} AS r {join_reached(kinds, around.relations)}
        LEFT JOIN ({plain}) AS p ON p.national_code = r.national_code {within}"""
    sets = sorted({name for row in correspondence.rows for name in row.sets})
    replaced = [name for name in sets if name in columns]
    new = [name for name in sets if name not in columns]
    kept = f" REPLACE ({', '.join(_set(name) for name in replaced)})" if replaced else ""
    added = "".join(f", coalesce(d.{quote(f'set_{name}')}, '_N') AS {quote(name)}" for name in new)
    return f"""
        SELECT j.*{kept}, coalesce(d.iccs_code, '{NO_CODE}') AS iccs_code,
            coalesce(d.iccs_status, 'uncoded') AS iccs_status{added}
        FROM ({joined}) AS j LEFT JOIN {rules} AS d ON d.rule = j.iccs_rule"""


def _refuse_overlaps(correspondence: Correspondence) -> None:
    """Raise CatalogueError (E-COD-003) where two rows without a condition decide one code on the same day."""
    last: dict[str, CorrespondenceRow] = {}
    plain = [row for row in correspondence.rows if not row.condition]
    for row in sorted(plain, key=lambda row: (row.national_code, row.valid_from or date.min)):
        before = last.get(row.national_code)
        if before is not None and (before.valid_to or date.max) >= (row.valid_from or date.min):
            raise CatalogueError(
                "E-COD-003",
                f"two rows decide national code [{row.national_code}] at the same time",
                where=str(row.place or correspondence.id),
                remedy="End the validity of one before the other begins, or give one of them a condition",
            )
        last[row.national_code] = row


def _set(name: str) -> str:
    # What the record itself says goes before what its national code implies.
    own = f"j.{quote(name)}"
    return (
        f"CASE WHEN {own} IS NULL OR {own} = '_N' THEN coalesce(d.{quote(f'set_{name}')}, {own}) ELSE {own} END "
        f"AS {quote(name)}"
    )


def _code(row: CorrespondenceRow) -> str:
    return row.iccs_code or NOT_APPLICABLE


def _conditional(correspondence: Correspondence, around: Around, day: str | None) -> tuple[str, set[str]]:
    """Return a CASE that gives the first conditional rule that holds (empty when there are none), and what it reaches.

    A condition on a field that no source fills never holds.
    """
    numbered = [(number, row) for number, row in enumerate(correspondence.rows) if row.condition]
    branches, kinds = [], set[str]()
    for number, row in sorted(numbered, key=lambda item: (item[1].priority, item[0])):
        where = str(row.place or correspondence.id)
        condition = compile_expression(row.condition, columns=around.columns, kind=around.kind, where=where)
        if condition is None or (day is None and (row.valid_from or row.valid_to)):
            continue
        kinds |= condition.kinds
        tests = [f"r.national_code = {literal(row.national_code)}", f"({condition.sql})"]
        if day and row.valid_from:
            tests.append(f"{day} >= DATE '{row.valid_from}'")
        if day and row.valid_to:
            tests.append(f"{day} <= DATE '{row.valid_to}'")
        branches.append(f"WHEN {' AND '.join(tests)} THEN {number}")
    return (f"CASE {' '.join(branches)} END" if branches else ""), kinds
