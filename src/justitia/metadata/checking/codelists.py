"""Checks of code lists and classifications, and of the labels in further languages."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from justitia.metadata.checking.known import Known
from justitia.metadata.codelist import CLASSIFICATION, CODELIST, LABELS, classification_versions
from justitia.metadata.definitions import Code, CodeList, Place
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.rows import Columns, read_rows
from justitia.model.missing import MISSING, TOTAL


def check_codelists(known: Known) -> None:
    """Note the faults of all code lists and classifications."""
    catalogue = known.catalogue
    for name in catalogue.names("codelists"):
        places = _places(known, f"codelists/{name}.csv", CODELIST)
        listed = catalogue.codelist(name)
        _check_parents(known, listed, places)
        _check_words(known, listed, places)
        _check_bands(known, listed, places)
    for identifier, versions in classification_versions(catalogue.tree).items():
        for version in versions:
            places = _places(known, f"classifications/{identifier}/{version}/codes.csv", CLASSIFICATION)
            listed = catalogue.classification(identifier, version)
            _check_parents(known, listed, places)
            _check_levels(known, listed, places)
        _check_annexes(known, identifier, catalogue.codelist(identifier))
    _check_labels(known)


def _places(known: Known, path: str, columns: Columns) -> Mapping[str, Place]:
    # The faults of the file itself were noted when the list was read.
    return {row["code"]: row.place for row in read_rows(known.catalogue.tree, path, columns, Faults())}


def _check_parents(known: Known, listed: CodeList, places: Mapping[str, Place]) -> None:
    for code in listed.codes.values():
        place = places[code.code]
        if code.code in (*MISSING, TOTAL):
            known.faults.add(
                "E-CAT-018", f"[{code.code}] is reserved", where=place, remedy="Remove the row: it is always known"
            )
        if code.parent and code.parent not in listed.codes:
            _no_parent(known, code, listed, place)
        seen, above = {code.code}, code.parent
        while above in listed.codes and above not in seen:
            seen.add(above)
            above = listed.codes[above].parent
        if above == code.code:
            known.faults.add("E-CAT-020", f"[{code.code}] is above itself", where=place, remedy="Correct column parent")


def _no_parent(known: Known, code: Code, listed: CodeList, place: Place) -> None:
    if f"0{code.parent}" in listed.codes:
        known.check_code(code.parent, listed, place)
        return
    known.faults.add(
        "E-CAT-020",
        f"the parent [{code.parent}] of [{code.code}] is not in the list",
        where=place,
        remedy=nearest(code.parent, listed.codes),
    )


def _check_words(known: Known, listed: CodeList, places: Mapping[str, Place]) -> None:
    kinds = known.codelist("missing_kind")
    spellings: dict[str, str] = {}
    for code in listed.codes.values():
        place = places[code.code]
        if code.missing_kind and kinds is not None:
            known.check_code(code.missing_kind, kinds, place)
        for variant in code.variants:
            other = variant if variant in listed.codes and variant != code.code else spellings.get(variant)
            if other is not None and other != code.code:
                known.faults.add(
                    "E-CAT-026",
                    f"the spelling [{variant}] stands for [{other}] and [{code.code}]",
                    where=place,
                    remedy="Leave it with one of them",
                )
            spellings.setdefault(variant, code.code)


def _check_bands(known: Known, listed: CodeList, places: Mapping[str, Place]) -> None:
    infinite = float("inf")
    bands = []
    for code in listed.codes.values():
        if code.lower is None and code.upper is None:
            continue
        low = -infinite if code.lower is None else code.lower
        high = infinite if code.upper is None else code.upper
        if low > high:
            known.faults.add(
                "E-CAT-014", f"lower {low:g} is above upper {high:g}", where=places[code.code], remedy="Swap them"
            )
        bands.append((low, high, code))
    bands.sort(key=lambda band: (band[0], band[1]))
    for (_, high, first), (low, _, second) in pairwise(bands):
        related = second.code == first.parent or first.code == second.parent
        if low <= high and not related:
            known.faults.add(
                "E-CAT-026",
                f"the bands [{first.code}] and [{second.code}] overlap",
                where=places[second.code],
                remedy="Both ends belong to a band: let the next one begin after it",
            )


def _check_levels(known: Known, listed: CodeList, places: Mapping[str, Place]) -> None:
    parents = {code.parent for code in listed.codes.values()}
    for code in listed.codes.values():
        above = listed.codes.get(code.parent)
        expected = above.level + 1 if above else 1
        if code.level != expected and (above is not None or not code.parent):
            known.faults.add(
                "E-CAT-020",
                f"[{code.code}] is at level {code.level}, its parent at {expected - 1}",
                where=places[code.code],
                remedy="Correct column level or parent",
            )
        if code.is_leaf == (code.code in parents):
            said = "is a leaf and has codes below it" if code.is_leaf else "is no leaf and has no code below it"
            known.faults.add(
                "E-CAT-020", f"[{code.code}] {said}", where=places[code.code], remedy="Correct column is_leaf"
            )


def _check_annexes(known: Known, identifier: str, listed: CodeList) -> None:
    catalogue = known.catalogue
    for entry in catalogue.index(identifier):
        # A phrase may name a code that its source has and the classification has not: then one is suggested.
        for code in filter(None, (entry.code if entry.in_version else "", entry.suggested_code)):
            known.check_code(code, listed, entry.place)
    for note in catalogue.notes(identifier):
        known.check_code(note.code, listed, note.place)
    for tag in catalogue.tags(identifier):
        if tag.codelist:
            known.check_codelist(tag.codelist, tag.place)
        if tag.record and known.check_kind(tag.record, tag.place) and tag.field:
            known.check_field(tag.field, tag.record, tag.place)


def _check_labels(known: Known) -> None:
    catalogue = known.catalogue
    names = [*catalogue.codelist_names(), *(f"messages/{name}" for name in catalogue.names("messages"))]
    for language in catalogue.names("labels"):
        for row in read_rows(catalogue.tree, f"labels/{language}.csv", LABELS, Faults()):
            name, code = row["list"], row["code"]
            if name in catalogue.codelist_names():
                known.check_code(code, catalogue.codelist(name), row.place)
            elif name.startswith("messages/") and name in names:
                _check_among(known, code, catalogue.messages(name.partition("/")[2]), row.place)
            elif name == "kinds":
                _check_among(known, code, catalogue.record_kinds, row.place)
            elif name == "checks":
                _check_among(known, code, {check.rule_id: check for check in catalogue.checks}, row.place)
            else:
                remedy = nearest(name, [*names, "kinds", "checks"])
                known.faults.add("E-CAT-025", f"there is no list [{name}]", where=row.place, remedy=remedy)


def _check_among(known: Known, name: str, among: Mapping[str, object], place: Place) -> None:
    if name not in among:
        known.faults.add("E-CAT-021", f"there is no [{name}] in this list", where=place, remedy=nearest(name, among))
