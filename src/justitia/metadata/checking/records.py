"""Checks of record kinds, of the checks on records, of derived variables and of severity tables."""

from __future__ import annotations

from collections.abc import Mapping

from justitia.metadata.checking.known import Known
from justitia.metadata.definitions import Derivation, Place
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.record import DERIVATION_METHODS, SEVERITY
from justitia.metadata.rows import read_rows


def check_records(known: Known) -> None:
    """Note the faults of record kinds and of what builds on them."""
    _check_fields(known)
    _check_checks(known)
    for derivation in known.catalogue.derivations:
        _check_derivation(known, derivation)
    _check_cycles(known)
    _check_severity(known)


def _check_fields(known: Known) -> None:
    catalogue = known.catalogue
    for name in catalogue.names("records"):
        if name != "kinds" and name not in catalogue.record_kinds:
            where = catalogue.tree.holding(f"records/{name}.csv")[-1].files[f"records/{name}.csv"]
            remedy = "Add a row to records/kinds.csv, or remove the file"
            known.faults.add("E-CAT-023", f"[{name}] is not a kind of record", where=where, remedy=remedy)
    for kind in catalogue.record_kinds.values():
        for field in kind.fields.values():
            if field.type == "code" and not field.codelist:
                _needed(known, "codelist", field.type, field.place)
            if field.type == "reference" and not field.references:
                _needed(known, "references", field.type, field.place)
            if field.codelist:
                known.check_codelist(field.codelist, field.place)
            if field.references:
                known.check_kind(field.references, field.place)


def _needed(known: Known, column: str, type_: str, place: Place | None) -> None:
    known.faults.add("E-CAT-010", f"a field of type {type_} needs column {column}", where=place, remedy="Fill it in")


def _check_checks(known: Known) -> None:
    seen: dict[str, Place | None] = {}
    for check in known.catalogue.checks:
        if check.rule_id in seen:
            remedy = "Number the rules of all kinds in one series"
            message = f"rule [{check.rule_id}] also stands at {seen[check.rule_id]}"
            known.faults.add("E-CAT-009", message, where=check.place, remedy=remedy)
        seen.setdefault(check.rule_id, check.place)
        if known.check_kind(check.kind, check.place) and check.expression:
            known.check_expression(check.expression, check.kind, check.place)


def _check_derivation(known: Known, derivation: Derivation) -> None:
    place, arguments = derivation.place, derivation.arguments
    if derivation.field.codelist:
        known.check_codelist(derivation.field.codelist, place)
    elif derivation.field.type == "code":
        _needed(known, "codelist", "code", place)
    method = DERIVATION_METHODS.get(derivation.method)
    if method is None:
        remedy = nearest(derivation.method, DERIVATION_METHODS)
        known.faults.add("E-CAT-062", f"there is no method [{derivation.method}]", where=place, remedy=remedy)
    else:
        _check_arguments(known, derivation, *method)
    if not known.check_kind(derivation.kind, place):
        return
    for name in ("from", "to"):
        if name in arguments:
            known.check_field(arguments[name], derivation.kind, place)
    for name in ("kind", "per"):
        if name in arguments:
            known.check_kind(arguments[name], place)
    if "codelist" in arguments:
        known.check_codelist(arguments["codelist"], place)
    severities = known.catalogue.names("severity")
    if "severity" in arguments and arguments["severity"] not in severities:
        remedy = nearest(arguments["severity"], severities)
        message = f"there is no severity table [{arguments['severity']}]"
        known.faults.add("E-CAT-025", message, where=place, remedy=remedy)


def _check_arguments(known: Known, derivation: Derivation, needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for name in needed:
        if name not in derivation.arguments:
            message = f"method {derivation.method} needs argument [{name}]"
            known.faults.add("E-CAT-016", message, where=derivation.place, remedy=f"Write {name}=... in arguments")
    for name in derivation.arguments:
        if name not in (*needed, *optional):
            message = f"method {derivation.method} has no argument [{name}]"
            remedy = nearest(name, (*needed, *optional))
            known.faults.add("E-CAT-015", message, where=derivation.place, remedy=remedy)


def _check_cycles(known: Known) -> None:
    """Note each derived variable that is made, in the end, from itself."""
    derived = {(item.kind, item.field.name): item for item in known.catalogue.derivations}
    sources = {key: _sources(item) & set(derived) for key, item in derived.items()}
    for key, item in derived.items():
        reached, waiting = set(), list(sources[key])
        while waiting:
            source = waiting.pop()
            if source not in reached:
                reached.add(source)
                waiting += sources[source]
        if key in reached:
            message = f"[{key[0]}.{key[1]}] is made from itself"
            remedy = "Derive it from fields that a source fills"
            known.faults.add("E-CAT-045", message, where=item.place, remedy=remedy)


def _sources(item: Derivation) -> set[tuple[str, str]]:
    names = (item.arguments.get(name, "") for name in ("from", "to"))
    return {tuple(name.split(".", 1)) if "." in name else (item.kind, name) for name in names if name}  # type: ignore[misc]


def _check_severity(known: Known) -> None:
    catalogue = known.catalogue
    for name in catalogue.names("severity"):
        places: Mapping[str, Place] = {
            row["iccs_code"]: row.place for row in read_rows(catalogue.tree, f"severity/{name}.csv", SEVERITY, Faults())
        }
        for code in catalogue.severity(name):
            if known.iccs is not None:
                known.check_code(code, known.iccs, places[code])
