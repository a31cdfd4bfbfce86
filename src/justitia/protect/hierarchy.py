"""How the codes of a table add up: of which other code in the table each is a part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.errors import CatalogueError
from justitia.model.missing import MISSING, TOTAL

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import CodeList, Dataflow
    from justitia.metadata.load import Catalogue

UNSPECIFIED = "_X"  # suffix of a code: coded to it and no further; in tables only
TIME = "TIME_PERIOD"


@dataclass(frozen=True, slots=True)
class TableAxis:
    """A breakdown of a counted table.

    Args:
        id: column of the table.
        field: `<kind>.<field>` that it breaks down by.
        parents: code -> code of which it is a part, empty for the total.
    """

    id: str
    field: str
    parents: Mapping[str, str]


def table_axes(engine: Engine, catalogue: Catalogue, dataflow: Dataflow, relation: str) -> tuple[TableAxis, ...]:
    """Return the axes of a counted table, without its periods."""
    axes = []
    for dimension in dataflow.dimensions:
        present = {row[0] for row in engine.rows(f"SELECT DISTINCT {quote(dimension.id)} FROM {relation}")}
        kind, _, name = dimension.field.rpartition(".")
        kind = kind or dataflow.unit
        axes.append(TableAxis(dimension.id, f"{kind}.{name}", parents_of(_codes(catalogue, kind, name), present)))
    return tuple(axes)


def _codes(catalogue: Catalogue, kind: str, name: str) -> CodeList | None:
    fields = catalogue.record_kinds[kind].fields if kind in catalogue.record_kinds else {}
    listed = [fields[name].codelist] if name in fields else []
    listed += [item.field.codelist for item in catalogue.derivations if item.kind == kind and item.field.name == name]
    found = next((codelist for codelist in listed if codelist), "")
    try:
        return catalogue.codelist(found) if found else None
    except CatalogueError:  # the aggregate stage has told of it
        return None


def parents_of(codelist: CodeList | None, present: Iterable[str]) -> dict[str, str]:
    """Return, for each code of a table, the nearest code above it that the table shows; empty for the total.

    Args:
        codelist: of the codes; None: they lie side by side.
        present: codes of the table, the total and those of missing values among them.
    """
    shown = set(present)
    parents = {TOTAL: ""} if TOTAL in shown else {}
    for code in sorted(shown - {TOTAL}):
        parents[code] = TOTAL if code in MISSING or codelist is None else _above(codelist, code, shown)
    return parents


def _above(codelist: CodeList, code: str, shown: set[str]) -> str:
    above = codelist.codes[code].parent if code in codelist.codes else code.removesuffix(UNSPECIFIED)
    while above and above not in shown:
        above = codelist.codes[above].parent if above in codelist.codes else ""
    return above if above and above != code else TOTAL
