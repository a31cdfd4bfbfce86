"""The methods that `derivations.csv` may name: each gives SQL of one new variable.

A method returns the SQL of the value over records under alias `r`, and the joins that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import CatalogueError
from justitia.model.missing import NOT_GIVEN

if TYPE_CHECKING:
    from justitia.metadata.definitions import Derivation
    from justitia.metadata.load import Catalogue


@dataclass(frozen=True, slots=True)
class Derived:
    """SQL of a derived variable: its value, and the joins that the value needs."""

    value: str
    joins: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What methods may look at: definitions, relations by kind, and their columns."""

    catalogue: Catalogue
    relations: Mapping[str, str]
    columns: Mapping[str, set[str]]


def band(derivation: Derivation, inputs: Inputs) -> Derived | None:
    """Return the code of the band (`lower`..`upper` of a code list, both included) in which a number lies."""
    source = derivation.arguments["from"]
    if source not in inputs.columns[derivation.kind]:
        return None
    listed = inputs.catalogue.codelist(derivation.arguments.get("codelist", derivation.field.codelist))
    branches = []
    for code in listed.codes.values():
        tests = [f"r.{quote(source)} >= {code.lower}"] if code.lower is not None else []
        tests += [f"r.{quote(source)} <= {code.upper}"] if code.upper is not None else []
        if tests:
            branches.append(f"WHEN {' AND '.join(tests)} THEN {literal(code.code)}")
    return Derived(f"CASE {' '.join(branches)} ELSE '{NOT_GIVEN}' END")


def elapsed_days(derivation: Derivation, inputs: Inputs) -> Derived | None:
    """Return the days from one date of the record to another; null when one of them is missing."""
    start, end = derivation.arguments["from"], derivation.arguments["to"]
    if not {start, end} <= inputs.columns[derivation.kind]:
        return None
    return Derived(f"date_diff('day', r.{quote(start)}, r.{quote(end)})")


def linked_count(derivation: Derivation, inputs: Inputs) -> Derived | None:
    """Return how many records of another kind refer to this one."""
    kind, other = derivation.kind, derivation.arguments["kind"]
    key = quote(f"{kind}_id")
    if other not in inputs.relations or f"{kind}_id" not in inputs.columns[other]:
        return None
    alias = quote(f"count_{derivation.field.name}")
    counts = f"SELECT {key}, count(*) AS n FROM {inputs.relations[other]} GROUP BY 1"
    return Derived(f"coalesce({alias}.n, 0)", f"LEFT JOIN ({counts}) AS {alias} ON {alias}.{key} = r.{key}")


def principal_offence(derivation: Derivation, inputs: Inputs) -> Derived | None:
    """Return 1 for the most serious record of each group by a declared severity table, else 0.

    Ties go to the first id, so that the answer does not depend on the order of receipt. Rule: UN-CTS, ICCS 2015
    chapter on counting units (principal offence); severity is never the order of the codes.
    """
    kind, group = derivation.kind, f"{derivation.arguments['per']}_id"
    if not {"iccs_code", group} <= inputs.columns[kind]:
        return None
    ranks = inputs.catalogue.severity(derivation.arguments["severity"])
    listed = inputs.catalogue.codelist("iccs")
    values = ", ".join(f"({literal(code)}, {_rank(code, ranks, listed)})" for code in listed.codes)
    alias, key = quote(f"rank_{derivation.field.name}"), quote(f"{kind}_id")
    order = f"coalesce(s.rank, 1000000), k.{key}"
    ranked = f"""
        SELECT k.{key}, row_number() OVER (PARTITION BY k.{quote(group)} ORDER BY {order}) AS place
        FROM {inputs.relations[kind]} AS k LEFT JOIN (VALUES {values}) AS s(code, rank) ON s.code = k.iccs_code"""
    value = f"CASE WHEN {alias}.place = 1 THEN 1 ELSE 0 END"
    return Derived(value, f"LEFT JOIN ({ranked}) AS {alias} ON {alias}.{key} = r.{key}")


def _rank(code: str, ranks: Mapping[str, int], listed: object) -> int:
    """Return the rank of a code: its own row or that of its nearest ancestor in the severity table."""
    codes = listed.codes  # type: ignore[attr-defined]
    entry = codes.get(code)
    while entry is not None:
        if entry.code in ranks:
            return int(ranks[entry.code])
        entry = codes.get(entry.parent)
    return 1_000_000


METHODS: Mapping[str, Callable[[Derivation, Inputs], Derived | None]] = {
    "band": band,
    "elapsed_days": elapsed_days,
    "linked_count": linked_count,
    "principal_offence": principal_offence,
}


def derive(derivation: Derivation, inputs: Inputs) -> Derived | None:
    """Return the SQL of a declared derivation; None when no source fills what it needs.

    Raises:
        CatalogueError: E-CAT-062 for an unknown method.
    """
    method = METHODS.get(derivation.method)
    if method is None:
        raise CatalogueError(
            "E-CAT-062",
            f"there is no derivation method [{derivation.method}]",
            where=str(derivation.place or "derivations.csv"),
            remedy=f"Use one of {', '.join(METHODS)}",
        )
    return method(derivation, inputs)
