"""Breakdowns of a dataflow, compiled: which field, reached how, by which levels of which code list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import CatalogueError
from justitia.model.missing import MISSING

if TYPE_CHECKING:
    from justitia.metadata.definitions import CodeList, Dataflow, Dimension
    from justitia.metadata.load import Catalogue

UNSPECIFIED = "_X"  # suffix: coded to the parent and no further


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A compiled dimension.

    Args:
        dimension: its declaration.
        kind: record kind that holds the field.
        field: name of the field there.
        codelist: its code list.
        levels: level numbers that are counted, top first; empty for the codes as they are.
    """

    dimension: Dimension
    kind: str
    field: str
    codelist: CodeList
    levels: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the level columns."""
        return tuple(f"{self.dimension.id}__{number}" for number in range(max(1, len(self.levels))))

    def code_at(self, code: str, level: int) -> str | None:
        """Return the code under which `code` is counted at `level`; None when a counted level above has that cell.

        A record coded to a parent is counted at the levels below as "parent, not further specified".
        """
        above = self.levels[: self.levels.index(level)]
        found = self._own_code(code, level)
        return None if found in [self._own_code(code, other) for other in above] else found

    def _own_code(self, code: str, level: int) -> str | None:
        entry = self.codelist.codes.get(code)
        if code in MISSING or entry is None or (entry.level == 1 and entry.missing_kind):
            return code
        if entry.level >= level:
            return self.codelist.ancestor(code, level)
        return f"{code}{UNSPECIFIED}" if not entry.is_leaf else code


def compile_dimensions(dataflow: Dataflow, catalogue: Catalogue) -> tuple[Breakdown, ...]:
    """Return the dataflow's dimensions with their code lists.

    Raises:
        CatalogueError: E-CAT-063 when a field is unknown or not a coded one, E-CAT-064 for an unknown level.
    """
    return tuple(_compile(dataflow, dimension, catalogue) for dimension in dataflow.dimensions)


def _compile(dataflow: Dataflow, dimension: Dimension, catalogue: Catalogue) -> Breakdown:
    kind, name = dimension.field.split(".", 1) if "." in dimension.field else (dataflow.unit, dimension.field)
    where = str(dataflow.place or dataflow.id)
    listed = codelist_of(catalogue, kind, name)
    if listed is None:
        raise CatalogueError(
            "E-CAT-063",
            f"dimension {dimension.id}: [{kind}.{name}] is not a coded field",
            where=where,
            remedy="Break down by a field of type code, or derive a band from it (derivations.csv)",
        )
    codes = catalogue.codelist(listed)
    return Breakdown(dimension, kind, name, codes, tuple(_level(codes, level, where) for level in dimension.levels))


def codelist_of(catalogue: Catalogue, kind: str, name: str) -> str | None:
    """Return the code list of a field, declared or derived; None when it has none."""
    fields = catalogue.record_kinds[kind].fields if kind in catalogue.record_kinds else {}
    if name in fields and fields[name].codelist:
        return fields[name].codelist
    derived = (d.field.codelist for d in catalogue.derivations if d.kind == kind and d.field.name == name)
    return next((codelist for codelist in derived if codelist), None)


def _level(codes: CodeList, level: str, where: str) -> int:
    if level in codes.level_names:
        return codes.level_names.index(level) + 1
    if level.isdigit():
        return int(level)
    raise CatalogueError(
        "E-CAT-064",
        f"[{level}] is not a level of code list {codes.name}",
        where=where,
        remedy=f"Use one of {', '.join(codes.level_names) or '1, 2, ...'}",
    )


def level_rows(breakdown: Breakdown) -> list[tuple[str | None, ...]]:
    """Return (code, code at each counted level...) for each code of the list, null where it is not counted."""
    codes = [*breakdown.codelist.codes, *MISSING]
    return [(code, *(breakdown.code_at(code, level) for level in breakdown.levels)) for code in codes]


def level_select(breakdowns: tuple[Breakdown, ...], base: str, kept: str) -> str:
    """Return the SELECT of the base counts with a column for each level of each dimension."""
    columns, joins = [], []
    for breakdown in breakdowns:
        name = breakdown.dimension.id
        if not breakdown.levels:
            columns.append(f"b.{quote(name)} AS {quote(breakdown.columns[0])}")
            continue
        listed = ", ".join(f"({', '.join(_null_or(cell) for cell in row)})" for row in level_rows(breakdown))
        alias, heads = quote(f"levels_{name}"), ", ".join(map(quote, ("code", *breakdown.columns)))
        joins.append(f"LEFT JOIN (VALUES {listed}) AS {alias}({heads}) ON {alias}.code = b.{quote(name)}")
        columns += [f"{alias}.{quote(column)}" for column in breakdown.columns]
    return f"SELECT {', '.join([*columns, kept])} FROM {base} AS b {' '.join(joins)}"


def _null_or(cell: str | None) -> str:
    return f"CAST({literal(cell)} AS VARCHAR)"


def table_codes(breakdowns: tuple[Breakdown, ...]) -> Mapping[str, CodeList]:
    """Return dimension id -> code list."""
    return {breakdown.dimension.id: breakdown.codelist for breakdown in breakdowns}
