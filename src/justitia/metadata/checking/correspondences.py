"""Checks of correspondence tables: codes, conditions, and that each national code has one decision at every date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from justitia.metadata.checking.known import Known
from justitia.metadata.definitions import Correspondence, CorrespondenceRow
from justitia.metadata.faults import nearest

_DAY = timedelta(days=1)


def check_correspondences(known: Known) -> None:
    """Note the faults of all correspondence tables."""
    for identifier in known.catalogue.names("correspondences"):
        check_correspondence(known, known.catalogue.correspondence(identifier))


def check_correspondence(known: Known, correspondence: Correspondence) -> None:
    """Note the faults of one correspondence table."""
    kinds = _kinds(known, correspondence.id)
    for row in correspondence.rows:
        _check_row(known, row, kinds)
    _check_dates(known, correspondence)


def _kinds(known: Known, identifier: str) -> list[str]:
    """Return the kinds of record that a layout codes by this table; without a layout, those with a national code."""
    used = {
        record.kind
        for layout in known.catalogue.layouts.values()
        for record in layout.records
        if record.correspondence == identifier
    }
    kinds = known.catalogue.record_kinds
    return sorted(used & set(kinds)) or [name for name, kind in kinds.items() if "national_code" in kind.fields]


def _check_row(known: Known, row: CorrespondenceRow, kinds: Sequence[str]) -> None:
    if row.status == "no_code" and row.iccs_code:
        message = f"status no_code goes without a code, here is [{row.iccs_code}]"
        known.faults.add("E-CAT-042", message, where=row.place, remedy="Empty iccs_code, or change the status")
    if row.status != "no_code" and not row.iccs_code:
        message = f"status {row.status} needs an iccs_code"
        known.faults.add("E-CAT-042", message, where=row.place, remedy="Fill it in, or write status no_code")
    if row.iccs_code and known.iccs is not None:
        known.check_code(row.iccs_code, known.iccs, row.place)
    if not kinds:
        return
    kind = kinds[0]
    if row.condition:
        known.check_expression(row.condition, kind, row.place, "condition")
    for name, value in row.sets.items():
        field = known.check_field(name, kind, f"{row.place}, set_{name}")
        listed = known.codelist(field.codelist) if field is not None and field.codelist else None
        if listed is not None:
            known.check_code(value, listed, f"{row.place}, set_{name}")


def _check_dates(known: Known, correspondence: Correspondence) -> None:
    by_code: dict[str, list[CorrespondenceRow]] = {}
    for row in correspondence.rows:
        by_code.setdefault(row.national_code, []).append(row)
    for code, rows in by_code.items():
        _check_overlaps(known, rows)
        plain = [row for row in rows if not row.condition]
        _check_gaps(known, code, plain or rows)
    zeroless = {code.lstrip("0"): code for code in by_code if code.startswith("0")}
    for code, rows in by_code.items():
        if code.isdigit() and code in zeroless:
            message = f"[{code}] may have lost its leading zero: the table also has [{zeroless[code]}]"
            known.faults.add("E-CAT-022", message, where=rows[0].place, remedy="Keep the column as text")


def _check_overlaps(known: Known, rows: Sequence[CorrespondenceRow]) -> None:
    groups: dict[tuple[str, int], list[CorrespondenceRow]] = {}
    for row in rows:
        condition = " ".join(row.condition.split()).casefold()
        # Priority decides among conditions only: two plain rows at one date would code a record twice.
        groups.setdefault((condition, row.priority if condition else 0), []).append(row)
    for (condition, _), group in groups.items():
        group.sort(key=_start)
        last = group[0]
        for row in group[1:]:
            if _start(row) <= _end(last):
                message = f"[{row.national_code}] has another decision at the same dates: {last.place}"
                remedy = "Close the older one with valid_to, or tell them apart by a condition"
                if condition:
                    remedy = "Give them different priorities, dates or conditions"
                known.faults.add("E-CAT-040", message, where=row.place, remedy=remedy)
            last = max(last, row, key=_end)


def _check_gaps(known: Known, code: str, rows: Sequence[CorrespondenceRow]) -> None:
    ordered = sorted(rows, key=_start)
    end = _end(ordered[0])
    for row in ordered[1:]:
        if end < date.max and _start(row) > end + _DAY:
            message = f"[{code}] has no decision from {end + _DAY} to {_start(row) - _DAY}"
            remedy = "Close the gap, or name it by a row with status no_code and these dates"
            known.faults.add("E-CAT-041", message, where=row.place, remedy=remedy)
        end = max(end, _end(row))


def _start(row: CorrespondenceRow) -> date:
    return row.valid_from or date.min


def _end(row: CorrespondenceRow) -> date:
    return row.valid_to or date.max


def check_correspondence_name(known: Known, identifier: str, place: object) -> None:
    """Note a fault when there is no correspondence table of this name."""
    names = known.catalogue.names("correspondences")
    if identifier not in names:
        remedy = nearest(identifier, names) or f"Add correspondences/{identifier}.csv"
        known.faults.add("E-CAT-025", f"there is no correspondence [{identifier}]", where=place, remedy=remedy)
