"""Checks of names that become file names, table names and column names: letters, digits and `_`, and nothing taken."""

from __future__ import annotations

import re

from justitia.metadata.checking.known import Known

_NAME = re.compile(r"[^\W\d]\w*")  # letters of any script
_WORD = re.compile(r"\w+")
TAKEN = ("source_id", "record_id", "batch_id", "batch_sequence", "row_number")  # columns that every record has


def check_names(known: Known) -> None:
    """Note names of sources, records, kinds, fields and tables that cannot be one."""
    catalogue = known.catalogue
    for layout in catalogue.layouts.values():
        if not _WORD.fullmatch(layout.source_id):
            _refuse(known, layout.source_id, layout.place)
        for record in layout.records:
            _check(known, record.name, layout.place)
    for kind in catalogue.record_kinds.values():
        _check(known, kind.kind, "records/kinds.csv")
        for field in kind.fields.values():
            _check(known, field.name, field.place)
            if field.name in TAKEN:
                message = f"[{field.name}] is a column that every record has"
                known.faults.add("E-CAT-009", message, where=field.place, remedy="Choose another name")
    for derivation in catalogue.derivations:
        _check(known, derivation.field.name, derivation.place)
    for dataflow in catalogue.dataflows.values():
        if not _WORD.fullmatch(dataflow.id):
            _refuse(known, dataflow.id, dataflow.place)


def _check(known: Known, name: str, place: object) -> None:
    if not _NAME.fullmatch(name) or "__" in name:
        _refuse(known, name, place)


def _refuse(known: Known, name: str, place: object) -> None:
    remedy = "Use letters, digits and single _, beginning with a letter"
    known.faults.add("E-CAT-013", f"[{name}] cannot be a name", where=place, remedy=remedy)
