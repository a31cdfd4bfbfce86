"""The language of conditions and checks: a small subset of SQL, and nothing beside it.

What is not listed here is refused: by node type, by the parts of a node, and by the name of a function. So no
expression can read a file, run a query or reach a setting, whoever wrote it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from justitia.errors import CatalogueError
from justitia.metadata.faults import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp
    from sqlglot.expressions import Expr, Expression

FUNCTIONS = (
    "lower",
    "upper",
    "trim",
    "length",
    "substr",
    "starts_with",
    "contains",
    "coalesce",
    "abs",
    "year",
    "month",
    "date_diff",
)
OPERATORS = "AND OR NOT = <> < <= > >= + - * / IN BETWEEN LIKE IS NULL CASE"
UNITS = ("day", "week", "month", "quarter", "year")
LONGEST = 5000  # characters; a longer condition belongs in a code list
DEEPEST = 30  # open brackets
KEPT = 4000  # parsed expressions; the same ones are asked for again and again, and nobody changes one
_PARSED: dict[str, Expression] = {}

_BEFORE_BRACKET = frozenset(["AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "WHEN", "THEN", "ELSE", "CASE", "IS"])
_ALLOWED = f"Allowed: columns, texts, numbers, {OPERATORS}, and the functions {', '.join(FUNCTIONS)}"


@lru_cache(maxsize=1)
def _parts() -> Mapping[type, frozenset[str]]:
    """Return the node types that may occur, with the parts that each may have."""
    from sqlglot import exp

    binary = (exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Add, exp.Sub, exp.Mul, exp.Is)
    parts: dict[type, set[str]] = {node: {"this", "expression"} for node in binary}
    parts |= {node: {"this"} for node in (exp.Not, exp.Neg, exp.Paren, exp.Boolean, exp.Lower, exp.Upper, exp.Trim)}
    parts |= {node: {"this"} for node in (exp.Length, exp.Abs, exp.Year, exp.Month, exp.Var)}
    parts |= {
        exp.Null: set(),
        exp.Literal: {"this", "is_string"},
        exp.Identifier: {"this", "quoted"},
        exp.Column: {"this", "table"},
        exp.Div: {"this", "expression", "typed", "safe"},
        exp.Like: {"this", "expression", "negate"},
        exp.In: {"this", "expressions"},
        exp.Between: {"this", "low", "high"},
        exp.Case: {"this", "ifs", "default"},
        exp.If: {"this", "true"},
        exp.Cast: {"this", "to"},
        exp.DataType: {"this"},
        exp.Substring: {"this", "start", "length"},
        exp.StartsWith: {"this", "expression"},
        exp.Contains: {"this", "expression"},
        exp.Coalesce: {"this", "expressions"},
        exp.DateDiff: {"this", "expression", "unit", "date_part_boundary"},
        exp.Anonymous: {"this"},
    }
    return {node: frozenset(names) for node, names in parts.items()}


def parse_expression(text: str, *, where: str) -> Expression:
    """Return an expression of the catalogue, parsed and known to be harmless.

    Args:
        text: as written in the catalogue.
        where: file and line, for the error.

    Raises:
        CatalogueError: E-CAT-030 when it cannot be parsed, E-CAT-031 for a function and E-CAT-032 for anything else
            that is not allowed, E-CAT-033 for a comment or several statements, E-CAT-034 when it is too long.
    """
    found = _PARSED.get(text)
    if found is None:
        found = _PARSED[text] = _parse(text, where)
        if len(_PARSED) > KEPT:
            del _PARSED[next(iter(_PARSED))]
    return found


def _parse(text: str, where: str) -> Expression:
    import sqlglot
    from sqlglot.errors import SqlglotError
    from sqlglot.expressions import Expression

    _check_tokens(text, where)
    try:
        expression = sqlglot.parse_one(text, dialect="duckdb")
        for node in expression.walk():
            _check_node(node, where)
        expression.sql(dialect="duckdb")
        if not isinstance(expression, Expression):
            _refuse("E-CAT-032", f"[{_shown(expression)}] is not allowed", where, _ALLOWED)
    except SqlglotError as error:
        raise CatalogueError("E-CAT-030", _plain(text, error), where=where, remedy=_ALLOWED) from error
    except RecursionError as error:
        raise CatalogueError("E-CAT-034", "the expression is too deep", where=where, remedy="Split it") from error
    return expression


def columns_of(expression: Expression) -> set[str]:
    """Return the columns that an expression reads; those of another record as `record.column`."""
    from sqlglot import exp

    return {
        f"{column.table}.{column.name}" if column.table else column.name for column in expression.find_all(exp.Column)
    }


def _check_tokens(text: str, where: str) -> None:
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import SqlglotError

    if len(text) > LONGEST:
        _refuse("E-CAT-034", f"the expression has {len(text)} characters, {LONGEST} at most", where, "Split it")
    try:
        tokens = DuckDB().tokenize(text)
    except SqlglotError as error:
        raise CatalogueError("E-CAT-030", _plain(text, error), where=where, remedy=_ALLOWED) from error
    if not tokens:
        _refuse("E-CAT-030", "the expression is empty", where, "Write a condition, or leave the cell empty")
    if any(token.comments for token in tokens):
        _refuse("E-CAT-033", "an expression holds a comment", where, "Move it to column note, reason or basis")
    if any(token.token_type.name == "SEMICOLON" for token in tokens):
        _refuse("E-CAT-033", "an expression ends before [;]", where, "Write one condition without a semicolon")
    depth = 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        depth += {"L_PAREN": 1, "R_PAREN": -1}.get(token.token_type.name, 0)
        if depth > DEEPEST:
            _refuse("E-CAT-034", f"more than {DEEPEST} brackets are open", where, "Split the expression")
        called = following is not None and following.token_type.name == "L_PAREN"
        named = token.token_type.name != "STRING" and (token.text[:1].isalpha() or token.text[:1] == "_")
        if called and named and token.text.upper() not in _BEFORE_BRACKET:
            _check_function(token.text.lower(), where, known=token.token_type.name != "IDENTIFIER")


def _check_function(name: str, where: str, *, known: bool = True) -> None:
    if known and name in FUNCTIONS:
        return
    near = nearest(name, FUNCTIONS)
    remedy = f"{near} Allowed: {', '.join(FUNCTIONS)}" if near.startswith("Did") else f"Allowed: {', '.join(FUNCTIONS)}"
    _refuse("E-CAT-031", f"function [{name}] is not allowed", where, remedy)


def _check_node(node: Expr, where: str) -> None:
    from sqlglot import exp

    allowed = _parts().get(type(node))
    if allowed is None or any(value and name not in allowed for name, value in node.args.items()):
        _refuse("E-CAT-032", f"[{_shown(node)}] is not allowed", where, _ALLOWED)
    if isinstance(node, exp.Anonymous):
        _check_function(node.name.lower(), where)
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
        _refuse("E-CAT-032", f"[{_shown(node)}] is not allowed", where, "Write IS NULL or IS NOT NULL")
    if isinstance(node, exp.In) and not node.expressions:
        _refuse("E-CAT-032", f"[{_shown(node)}] lists nothing", where, "Write IN ('a', 'b')")
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        _refuse("E-CAT-031", "function [if] is not allowed", where, "Write CASE WHEN ... THEN ... ELSE ... END")
    if isinstance(node, exp.Cast) and not _is_date(node):
        _refuse("E-CAT-032", f"[{_shown(node)}] is not allowed", where, "Write a date as DATE '2024-12-31'")
    if isinstance(node, exp.Var) and not (isinstance(node.parent, exp.DateDiff) and node.name.lower() in UNITS):
        _refuse("E-CAT-032", f"unit [{node.name}] is not allowed", where, f"Use one of {', '.join(UNITS)}")


def _is_date(node: exp.Cast) -> bool:
    literal, to = node.this, node.args["to"]
    return bool(to.is_type("date") and literal.is_string and re.fullmatch(r"\d{4}-\d{2}-\d{2}", literal.this))


def _shown(node: Expr) -> str:
    import logging

    # The generator warns of what DuckDB lacks; the user is told here anyway.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    text = " ".join(node.sql(dialect="duckdb", comments=False).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(text: str, error: Exception) -> str:
    details = getattr(error, "errors", None) or [{}]
    near = str(details[0].get("highlight") or "").strip()
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    return f"[{shown}] is not an expression" + (f", at [{near[:40]}]" if near else "")


def _refuse(code: str, message: str, where: str, remedy: str) -> NoReturn:
    raise CatalogueError(code, message, where=where, remedy=remedy)
