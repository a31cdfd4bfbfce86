"""Record kinds with their fields, checks on records, derived variables, severity and population."""

from __future__ import annotations

from collections.abc import Mapping

from justitia.metadata.definitions import Check, Derivation, Field, Labels, Override, PopulationRow, RecordKind
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, choice_of, flag_of, number_of, read_rows
from justitia.metadata.tree import Tree

TYPES = ("identifier", "reference", "code", "text", "date", "integer", "decimal")
SEVERITIES = ("error", "warning")
# Method -> arguments that it needs, and that it may have. What the methods do: the room `derive`.
DERIVATION_METHODS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "band": (("from",), ("codelist",)),
    "elapsed_days": (("from", "to"), ()),
    "linked_count": (("kind",), ()),
    "principal_offence": (("per", "severity"), ()),
}

KINDS = Columns(
    key=("kind",),
    required=("kind", "label_en", "unit", "holds_individuals"),
    optional=("description",),
    families=("label_",),
    filled=("kind", "label_en", "unit"),
)
FIELDS = Columns(
    key=("field",),
    required=("field", "type"),
    optional=("codelist", "references", "unit", "description", "source"),
    filled=("field", "type"),
)
CHECKS = Columns(
    key=("rule_id",),
    required=("rule_id", "expression", "severity", "label_en"),
    optional=("reason", "owner"),
    families=("label_",),
    filled=("rule_id", "expression", "severity", "label_en"),
)
DERIVATIONS = Columns(
    key=("kind", "field"),
    required=("kind", "field", "method", "type"),
    optional=("arguments", "codelist", "description"),
    filled=("kind", "field", "method", "type"),
)
SEVERITY = Columns(
    key=("iccs_code",), required=("iccs_code", "rank"), optional=("source",), filled=("iccs_code", "rank")
)
POPULATION = Columns(
    key=("area", "sex", "age", "year"),
    required=("area", "sex", "age", "year", "population"),
    filled=("area", "sex", "age", "year", "population"),
)
MESSAGES = Columns(key=("key",), required=("key", "text_en"), families=("text_",), filled=("key", "text_en"))

KINDS_FILE = "records/kinds.csv"


def read_record_kinds(
    tree: Tree, faults: Faults, overrides: list[Override], more: Mapping[str, Labels]
) -> dict[str, RecordKind]:
    """Return the kinds of record with their fields, in the order of kinds.csv."""
    if not tree.holding(KINDS_FILE):
        return {}
    kinds = {}
    for row in read_rows(tree, KINDS_FILE, KINDS, faults, overrides):
        kind = row["kind"]
        path = f"records/{kind}.csv"
        if not tree.holding(path):
            faults.add("E-CAT-023", f"kind [{kind}] has no fields", where=row.place, remedy=f"Add the file {path}")
        kinds[kind] = RecordKind(
            kind=kind,
            labels={**row.labels(), **more.get(kind, {})},
            unit=row["unit"],
            holds_individuals=flag_of(row, "holds_individuals", faults, default=True),
            fields=read_fields(tree, path, faults, overrides) if tree.holding(path) else {},
            description=row["description"],
        )
    return kinds


def read_fields(tree: Tree, path: str, faults: Faults, overrides: list[Override]) -> dict[str, Field]:
    """Return the fields of a record kind, in the order of the file."""
    return {
        row["field"]: Field(
            name=row["field"],
            type=choice_of(row, "type", TYPES, faults, default="text"),
            codelist=row["codelist"],
            references=row["references"],
            unit=row["unit"],
            description=row["description"],
            source=row["source"],
            place=row.place,
        )
        for row in read_rows(tree, path, FIELDS, faults, overrides)
    }


def read_checks(tree: Tree, faults: Faults, overrides: list[Override], more: Mapping[str, Labels]) -> tuple[Check, ...]:
    """Return the checks of all kinds."""
    return tuple(
        Check(
            rule_id=row["rule_id"],
            kind=kind,
            expression=row["expression"],
            severity=choice_of(row, "severity", SEVERITIES, faults, default="error"),
            labels={**row.labels(), **more.get(row["rule_id"], {})},
            reason=row["reason"],
            owner=row["owner"],
            place=row.place,
        )
        for kind in tree.stems("checks", ".csv")
        for row in read_rows(tree, f"checks/{kind}.csv", CHECKS, faults, overrides)
    )


def read_derivations(tree: Tree, faults: Faults, overrides: list[Override]) -> tuple[Derivation, ...]:
    """Return the derived variables, in the order of the file."""
    if not tree.holding("derivations.csv"):
        return ()
    made = []
    for row in read_rows(tree, "derivations.csv", DERIVATIONS, faults, overrides):
        type_ = choice_of(row, "type", TYPES, faults, default="text")
        field = Field(row["field"], type_, row["codelist"], description=row["description"], place=row.place)
        arguments = {}
        for part in filter(None, (part.strip() for part in row["arguments"].split(";"))):
            name, sign, value = part.partition("=")
            if not sign or not name.strip():
                faults.add(
                    "E-CAT-018", f"[{part}] is not name=value", where=row.place, remedy="Write name=value;name=value"
                )
            arguments[name.strip()] = value.strip()
        made.append(Derivation(row["kind"], field, row["method"], arguments, row.place))
    return tuple(made)


def read_severity(tree: Tree, name: str, faults: Faults, overrides: list[Override]) -> dict[str, int]:
    """Return ICCS code -> rank, 1 being the most serious."""
    ranks = {}
    for row in read_rows(tree, f"severity/{name}.csv", SEVERITY, faults, overrides):
        rank = number_of(row, "rank", faults)
        if rank is not None and (rank < 1 or rank != int(rank)):
            faults.add("E-CAT-012", f"rank [{row['rank']}] is not 1, 2, 3, ...", where=row.place)
        ranks[row["iccs_code"]] = int(rank or 0)
    return ranks


def read_population(tree: Tree, name: str, faults: Faults, overrides: list[Override]) -> tuple[PopulationRow, ...]:
    """Return the rows of a population table."""
    found = []
    for row in read_rows(tree, f"population/{name}.csv", POPULATION, faults, overrides):
        population, year = number_of(row, "population", faults), row["year"]
        if not (year.isdigit() and len(year) == 4):
            faults.add("E-CAT-012", f"year [{year}] is not a year", where=row.place, remedy="Write 2024")
            continue
        found.append(PopulationRow(row["area"], row["sex"], row["age"], int(year), population or 0.0, row.place))
    return tuple(found)


def read_messages(
    tree: Tree, product: str, faults: Faults, overrides: list[Override], more: Mapping[str, Labels]
) -> dict[str, Labels]:
    """Return key -> words by language of one product."""
    rows = read_rows(tree, f"messages/{product}.csv", MESSAGES, faults, overrides)
    return {row["key"]: {**row.labels("text_"), **more.get(row["key"], {})} for row in rows}
