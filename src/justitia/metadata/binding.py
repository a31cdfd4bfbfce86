"""How the cells of a collection stand in an SDMX structure: `collections/<name>/<round>/sdmx.csv`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from justitia.metadata.definitions import Override, Place
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, read_rows
from justitia.metadata.tree import Tree

ANY = "*"
BINDINGS = Columns(
    key=("table", "line", "column", "component"),
    required=("table", "line", "column", "component", "value"),
    filled=("table", "line", "column", "component"),
)


@dataclass(frozen=True, slots=True)
class Binding:
    """The value of one component for some cells.

    Args:
        table, line, column: of which cells; `*` for all.
        component: dimension or attribute of the structure.
        value: a code or a text, with placeholders such as `{line}`; empty, the cells are not in the structure.
    """

    table: str
    line: str
    column: str
    component: str
    value: str
    place: Place | None = None

    def meets(self, table: str, line: str, column: str) -> bool:
        """Return whether a cell is among those that this speaks of."""
        asked = ((self.table, table), (self.line, line), (self.column, column))
        return all(own in (ANY, other) for own, other in asked)

    @property
    def closeness(self) -> tuple[bool, bool, bool]:
        """How narrowly this speaks of cells: the line weighs more than the column, the column more than the table."""
        return self.line != ANY, self.column != ANY, self.table != ANY


def read_bindings(tree: Tree, folder: str, faults: Faults, overrides: list[Override]) -> tuple[Binding, ...]:
    """Return the bindings of a round, the widest first; none where it has no file `sdmx.csv`."""
    path = f"{folder}/sdmx.csv"
    if not tree.holding(path):
        return ()
    rows = read_rows(tree, path, BINDINGS, faults, overrides)
    made = [_binding(row) for row in rows]
    return tuple(sorted(made, key=lambda item: item.closeness))


def _binding(row: Row) -> Binding:
    return Binding(row["table"], row["line"], row["column"], row["component"], row["value"], row.place)


def components_of(bindings: Iterable[Binding], table: str, line: str, column: str) -> Mapping[str, str] | None:
    """Return component -> value of a cell, by the closest rows; None when the structure has no place for it."""
    found = {item.component: item.value for item in bindings if item.meets(table, line, column)}
    return found if found and all(found.values()) else None
