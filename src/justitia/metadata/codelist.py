"""Code lists and classifications, with the index, notes and tags of a classification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from justitia.metadata.definitions import Code, CodeList, IndexEntry, Labels, Note, Override, Tag
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, choice_of, date_of, flag_of, number_of, read_rows
from justitia.metadata.tree import Tree

CODELIST = Columns(
    key=("code",),
    required=("code", "label_en"),
    optional=("parent", "missing_kind", "lower", "upper", "variants", "sort"),
    families=("label_",),
    filled=("code",),
)
CLASSIFICATION = Columns(
    key=("code",),
    required=("code", "parent", "level", "label_en"),
    optional=("label_fr_status", "is_leaf", "is_residual"),
    families=("label_",),
    filled=("code", "level"),
)
INDEX = Columns(
    key=("language", "phrase", "code"),
    required=("language", "phrase", "code"),
    optional=("in_version", "suggested_code"),
    filled=("language", "phrase"),
)
NOTES = Columns(
    key=("code", "language", "kind"),
    required=("code", "language", "kind", "text"),
    optional=("source",),
    filled=("code", "language", "kind", "text"),
)
TAGS = Columns(
    key=("unit", "tag"),
    required=("unit", "tag", "label_en"),
    optional=("codelist", "record", "field"),
    families=("label_",),
    filled=("unit", "tag"),
)
LABELS = Columns(key=("list", "code"), required=("list", "code", "label"), filled=("list", "code", "label"))

LEVEL_NAMES: Mapping[str, tuple[str, ...]] = {"iccs": ("section", "division", "group", "class")}  # ICCS 2015, p. 13

FIXED = "iccs"  # the international standard is the same for everybody

MoreLabels = Mapping[str, Labels]  # code -> labels of the files labels/<language>.csv


def read_codelist(
    tree: Tree, name: str, faults: Faults, overrides: list[Override], more: MoreLabels | None = None
) -> CodeList:
    """Return a flat or hierarchical code list, in its declared order (`sort`, then that of the file)."""
    rows = read_rows(tree, f"codelists/{name}.csv", CODELIST, faults, overrides)
    if any(row["sort"] for row in rows):
        places = {id(row): number_of(row, "sort", faults) for row in rows}
        rows.sort(key=lambda row: place if (place := places[id(row)]) is not None else float("inf"))
    latest = _latest(rows)
    parents = {code: row["parent"] for code, row in latest.items()}
    codes = {
        code: replace(
            _code(row, faults, more or {}),
            level=_depth(code, parents),
            missing_kind=row["missing_kind"],
            lower=number_of(row, "lower", faults),
            upper=number_of(row, "upper", faults),
            variants=tuple(part.strip() for part in row["variants"].split(";") if part.strip()),
        )
        for code, row in latest.items()
    }
    return CodeList(name, _with_leaves(codes))


def read_classification(
    tree: Tree, identifier: str, version: str, faults: Faults, overrides: list[Override], more: MoreLabels | None = None
) -> CodeList:
    """Return one version of a classification; `level` in the file is a number (1 = top) or the level's name."""
    path = f"classifications/{identifier}/{version}/codes.csv"
    for layer in tree.holding(path):
        if layer.overlay and identifier == FIXED:
            faults.add(
                "E-CAT-053",
                "the codes of ICCS cannot be changed by an overlay",
                where=layer.files[path],
                remedy="Remove the file; labels in further languages go to labels/<language>.csv",
            )
    latest = _latest(read_rows(tree, path, CLASSIFICATION, faults, overrides, fixed=identifier == FIXED))
    parents = {code: row["parent"] for code, row in latest.items()}
    declared = any(row["is_leaf"] for row in latest.values())
    codes, names = {}, dict(enumerate(LEVEL_NAMES.get(identifier, ()), start=1))
    for code, row in latest.items():
        level = int(row["level"]) if row["level"].isdigit() else _depth(code, parents)
        if not row["level"].isdigit():
            names[level] = row["level"]
        codes[code] = replace(
            _code(row, faults, more or {}),
            level=level,
            is_leaf=flag_of(row, "is_leaf", faults),
            is_residual=flag_of(row, "is_residual", faults),
        )
    return CodeList(
        identifier,
        codes if declared else _with_leaves(codes),
        version=version,
        level_names=tuple(names[level] for level in sorted(names)),
    )


def _code(row: Row, faults: Faults, more: MoreLabels) -> Code:
    # Dates were checked when the row was read.
    return Code(
        code=row["code"],
        labels={**row.labels(), **more.get(row["code"], {})},
        parent=row["parent"],
        valid_from=date_of(row, "valid_from"),
        valid_to=date_of(row, "valid_to"),
        note=row["note"],
    )


def _latest(rows: list[Row]) -> dict[str, Row]:
    """Return the row of each code; of several the one valid from the latest date."""
    latest: dict[str, Row] = {}
    for row in rows:
        old = latest.get(row["code"])
        if row["code"] and (old is None or old["valid_from"] <= row["valid_from"]):
            latest[row["code"]] = row
    return latest


def _depth(code: str, parents: Mapping[str, str]) -> int:
    seen = {code}
    while (code := parents.get(code, "")) and code in parents and code not in seen:
        seen.add(code)
    return len(seen)


def _with_leaves(codes: Mapping[str, Code]) -> dict[str, Code]:
    parents = {code.parent for code in codes.values()}
    return {name: replace(code, is_leaf=name not in parents) for name, code in codes.items()}


def classification_versions(tree: Tree) -> dict[str, list[str]]:
    """Return the versions of each classification, the newest last."""
    found: dict[str, list[str]] = {}
    for path in tree.under("classifications/"):
        parts = path.split("/")
        if len(parts) == 4 and parts[3] == "codes.csv":
            found.setdefault(parts[1], []).append(parts[2])
    return {name: sorted(versions, key=version_key) for name, versions in found.items()}


def version_key(version: str) -> list[tuple[int, str]]:
    """Return what orders version names: 1.9 comes before 1.10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[._-]", version)]


def read_index(tree: Tree, folder: str, faults: Faults, overrides: list[Override]) -> tuple[IndexEntry, ...]:
    """Return the alphabetical index of a classification: phrases that lead to a code."""
    return tuple(
        IndexEntry(
            row["language"],
            row["phrase"],
            row["code"],
            flag_of(row, "in_version", faults, default=True),
            row["suggested_code"],
            row.place,
        )
        for row in _if_there(tree, f"{folder}/index.csv", INDEX, faults, overrides)
    )


def read_notes(tree: Tree, folder: str, faults: Faults, overrides: list[Override]) -> tuple[Note, ...]:
    """Return the notes of a classification: scope and errata."""
    return tuple(
        Note(
            row["code"],
            row["language"],
            choice_of(row, "kind", ("scope", "erratum"), faults),
            row["text"],
            row["source"],
            row.place,
        )
        for row in _if_there(tree, f"{folder}/notes.csv", NOTES, faults, overrides)
    )


def read_tags(tree: Tree, folder: str, faults: Faults, overrides: list[Override]) -> tuple[Tag, ...]:
    """Return the disaggregating variables of a classification."""
    units = ("event", "victim", "perpetrator", "data_inclusion")
    return tuple(
        Tag(
            choice_of(row, "unit", units, faults),
            row["tag"],
            row["codelist"],
            row["record"],
            row["field"],
            row.labels(),
            row.place,
        )
        for row in _if_there(tree, f"{folder}/tags.csv", TAGS, faults, overrides)
    )


def _if_there(tree: Tree, path: str, columns: Columns, faults: Faults, overrides: list[Override]) -> list[Row]:
    return read_rows(tree, path, columns, faults, overrides) if tree.holding(path) else []


def read_labels(tree: Tree, faults: Faults, overrides: list[Override]) -> dict[str, dict[str, dict[str, str]]]:
    """Return list -> code -> language -> label from the files labels/<language>.csv."""
    labels: dict[str, dict[str, dict[str, str]]] = {}
    for language in tree.stems("labels", ".csv"):
        for row in read_rows(tree, f"labels/{language}.csv", LABELS, faults, overrides):
            labels.setdefault(row["list"], {}).setdefault(row["code"], {})[language] = row["label"]
    return labels
