"""Correspondence tables: from a national list to ICCS."""

from __future__ import annotations

from justitia.metadata.definitions import Correspondence, CorrespondenceRow, Override
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, choice_of, date_of, number_of, read_rows
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
    found = []
    for row in read_rows(tree, f"correspondences/{identifier}.csv", CORRESPONDENCE, faults, overrides):
        priority = number_of(row, "priority", faults)
        found.append(
            CorrespondenceRow(
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
        )
    return Correspondence(identifier, tuple(found))
