"""Expressions and fields that reach other records, compiled to joins: `event.occurred_date`, `offence.iccs_code`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.errors import CatalogueError
from justitia.metadata.expression import columns_of, parse_expression

if TYPE_CHECKING:
    from sqlglot.expressions import Expression


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression compiled for records under alias `r`, and the kinds that it reaches (their alias is their name)."""

    sql: str
    kinds: frozenset[str]


def compile_expression(text: str, *, columns: Mapping[str, set[str]], kind: str, where: str) -> Compiled | None:
    """Return the expression compiled for records of `kind`; None when it needs a column that no source fills.

    Args:
        text: expression of the catalogue's language.
        columns: kind -> columns that its records have in this run.
        kind: the records' kind.
        where: file and line, for errors.

    Raises:
        CatalogueError: when the expression is not allowed.
    """
    from sqlglot import exp

    expression = parse_expression(text, where=where)
    names = columns_of(expression)
    if any(not reachable(name, columns=columns, kind=kind) for name in names):
        return None

    def rename(node: Expression) -> Expression:
        if isinstance(node, exp.Column):
            return exp.column(exp.to_identifier(node.name, quoted=True), table=node.table or "r")
        return node

    kinds = frozenset(name.split(".", 1)[0] for name in names if "." in name)
    return Compiled(expression.transform(rename).sql(dialect="duckdb"), kinds)


def reachable(name: str, *, columns: Mapping[str, set[str]], kind: str) -> bool:
    """Return whether records of `kind` have the field `name`, themselves or through a reference."""
    if "." not in name:
        return name in columns[kind]
    other, field = name.split(".", 1)
    return other in columns and field in columns[other] and f"{other}_id" in columns[kind]


def join_reached(kinds: frozenset[str] | set[str], relations: Mapping[str, str]) -> str:
    """Return the LEFT JOINs from alias `r` to each kind that is reached by a reference."""
    for kind in kinds:
        if kind not in relations:
            raise CatalogueError(
                "E-CAT-061", f"no source tells of [{kind}]", remedy="Add a record of that kind to a layout"
            )
    return " ".join(
        f"LEFT JOIN {relations[kind]} AS {_quoted(kind)} ON r.{key} = {_quoted(kind)}.{key}"
        for kind, key in ((kind, _quoted(f"{kind}_id")) for kind in sorted(kinds))
    )
