"""Checks of the offence coder's data: codes, variables and the weights that the coder cannot do without."""

from __future__ import annotations

from collections.abc import Mapping

from justitia.metadata.checking.known import Known
from justitia.metadata.coding import FOLDER, CodingData, CodingRule, read_coding_files
from justitia.metadata.definitions import CodeList

KIND = "offence"  # the kind of record whose fields the variables of a rule are
INCHOATE = "inchoate_form"
NEEDED = {
    "weights": (
        "linear", "neighbour", "rule", "rule_below", "further_rule", "equal", "reviewed", "statute", "heading", "mute",
        "hub", "residual", "parent", "division", "temperature", "order", "kin",
        "encoder_reviewed", "reviewed_own", "reviewed_ruled",
    ),
    "limits": ("accept", "correspondence", "reviewed_text", "part", "least"),
}  # fmt: skip


def check_coder(known: Known) -> None:
    """Note the faults of the coder's phrases, rules, profiles, forms and settings."""
    tree = known.catalogue.tree
    if not tree.under(f"{FOLDER}/"):
        return
    data = read_coding_files(tree, known.faults, [])
    if known.iccs is not None:
        for phrase in data.phrases:
            known.check_code(phrase.code, known.iccs, phrase.place)
        for (code, form), becomes in data.forms.items():
            place = data.places[code, form]
            known.check_code(code, known.iccs, place)
            known.check_code(becomes, known.iccs, place)
            _check_value(known, INCHOATE, form, place)
    for rule in (*data.rules, *(rule for rules in data.profiles.values() for rule in rules)):
        _check_rule(known, rule, known.iccs)
    _check_settings(known, data)


def _check_rule(known: Known, rule: CodingRule, iccs: CodeList | None) -> None:
    if rule.code and rule.status == "no_code":
        message = f"status no_code goes without a code, here is [{rule.code}]"
        known.faults.add("E-CAT-042", message, where=rule.place, remedy="Empty the code, or the status")
    if not (rule.code or rule.status or rule.sets):
        message = f"rule [{rule.rule}] tells neither a code nor a variable"
        known.faults.add("E-COD-013", message, where=rule.place, remedy="Fill in code, status or a set_ column")
    if rule.code and iccs is not None:
        known.check_code(rule.code, iccs, rule.place)
    for name, value in rule.sets.items():
        _check_value(known, name, value, rule.place)


def _check_value(known: Known, name: str, value: str, place: object) -> None:
    field = known.check_field(name, KIND, place)
    listed = known.codelist(field.codelist) if field is not None and field.codelist else None
    if listed is not None:
        known.check_code(value, listed, place)


def _check_settings(known: Known, data: CodingData) -> None:
    tables: Mapping[str, Mapping[str, float]] = {"weights": data.settings.weights, "limits": data.settings.limits}
    for name, keys in NEEDED.items():
        missing = [key for key in keys if key not in tables[name]]
        if missing:
            message = f"table {name} lacks {', '.join(missing)}"
            where = f"{FOLDER}/settings.toml"
            known.faults.add("E-COD-014", message, where=where, remedy="Copy them from the file that ships")
    points = data.settings.calibration
    if len(points.get("score", ())) != len(points.get("confidence", ())):
        message = "calibration.score and calibration.confidence have not the same length"
        known.faults.add("E-COD-014", message, where=f"{FOLDER}/settings.toml", remedy="One confidence for each score")
