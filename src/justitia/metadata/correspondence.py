"""Correspondence tables: from a national list to ICCS."""

from __future__ import annotations

from pathlib import Path

from justitia.metadata.definitions import Correspondence, CorrespondenceRow, Override
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, choice_of, date_of, number_of, parse_rows, read_rows
from justitia.metadata.tree import Tree

CORRESPONDENCE = Columns(
    key=("national_code", "condition"),
    required=("national_code", "iccs_code", "status"),
    optional=("condition", "priority", "national_label", "basis"),
    families=("set_",),
    filled=("national_code", "status"),
)
STATUSES = ("coded", "unspecified", "no_code")
NO_PRIORITY = 999  # a condition without a priority comes after those that have one


def read_correspondence(tree: Tree, identifier: str, faults: Faults, overrides: list[Override]) -> Correspondence:
    """Return a correspondence table, in the order of the file."""
    rows = read_rows(tree, f"correspondences/{identifier}.csv", CORRESPONDENCE, faults, overrides)
    return Correspondence(identifier, tuple(_row(row, faults) for row in rows))


def parse_correspondence(path: Path, faults: Faults) -> Correspondence:
    """Return the correspondence table in a file of its own, outside any catalogue; it is called as the file is."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.add("E-CAT-003", "the file is not UTF-8", where=path, remedy="Save it as `CSV UTF-8`")
        text = ""
    rows = [row for row in parse_rows(text, path, CORRESPONDENCE, faults) if not row["retired_because"]] if text else []
    return Correspondence(path.stem, tuple(_row(row, faults) for row in rows))


def _row(row: Row, faults: Faults) -> CorrespondenceRow:
    priority = number_of(row, "priority", faults)
    return CorrespondenceRow(
        national_code=row["national_code"],
        condition=row["condition"],
        iccs_code=row["iccs_code"],
        status=choice_of(row, "status", STATUSES, faults, default="coded"),
        priority=NO_PRIORITY if priority is None else int(priority),
        sets=row.family("set_"),
        valid_from=date_of(row, "valid_from"),
        valid_to=date_of(row, "valid_to"),
        national_label=row["national_label"],
        basis=row["basis"],
        note=row["note"],
        place=row.place,
    )
