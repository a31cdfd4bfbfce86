"""Checks of layouts: every name in them leads somewhere, and every value of values.csv to a code."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from justitia.errors import CatalogueError
from justitia.metadata.checking.correspondences import check_correspondence_name
from justitia.metadata.checking.known import Known
from justitia.metadata.definitions import Layout, LayoutColumn, LayoutRecord
from justitia.metadata.expression import columns_of, parse_expression
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.layout import VALUES
from justitia.metadata.rows import read_rows

_NEEDS = {"use": ("record", "field"), "vault": ("record", "field"), "person_key": ("record",)}


def check_layouts(known: Known) -> None:
    """Note the faults of all layouts."""
    for layout in known.catalogue.layouts.values():
        records = {record.name: record for record in layout.records}
        _check_format(known, layout)
        for record in layout.records:
            _check_record(known, layout, record, records)
        for column in layout.columns:
            _check_column(known, layout, column, records)
        _check_listed(known, layout)
        _check_in_scope(known, layout, records)
        _check_values(known, layout, records)


def _check_format(known: Known, layout: Layout) -> None:
    declared, place = layout.format, layout.place
    try:
        codecs.lookup(declared.encoding)
    except LookupError:
        remedy = "Write utf-8, cp1252, latin-1, utf-16, ..."
        known.faults.add("E-CAT-013", f"there is no encoding [{declared.encoding}]", where=place, remedy=remedy)
    if len(declared.delimiter) != 1 or len(declared.quote) > 1 or len(declared.decimal) != 1:
        remedy = 'Tab is "\\t"'
        known.faults.add("E-CAT-013", "delimiter, quote and decimal are one sign each", where=place, remedy=remedy)
    if declared.kind == "sql" and not declared.query:
        remedy = 'Write query = "SELECT ..." in [format]'
        known.faults.add("E-CAT-016", "a source of kind sql needs a query", where=place, remedy=remedy)
    formats = [(declared.date_format, place), *((column.format, column.place or place) for column in layout.columns)]
    for text, where in formats:
        if text and "%" not in text and text not in {"excel", "excel1904"} and not text.startswith("age_at:"):
            remedy = "Write for example %d/%m/%Y, excel or excel1904"
            known.faults.add("E-CAT-013", f"[{text}] is not a date format", where=where, remedy=remedy)


def _check_record(known: Known, layout: Layout, record: LayoutRecord, records: Mapping[str, LayoutRecord]) -> None:
    place = f"{layout.place}, record {record.name}"
    if not record.key:
        known.faults.add("E-CAT-010", "key is empty", where=place, remedy="Name the columns that tell records apart")
    if not known.check_kind(record.kind, place):
        return
    fields = known.fields(record.kind)
    for kind, name in record.references.items():
        if known.check_kind(kind, place) and f"{kind}_id" not in fields:
            message = f"kind {record.kind} does not refer to {kind}: it has no field {kind}_id"
            known.faults.add("E-CAT-024", message, where=place)
        _check_record_name(known, name, records, place)
    for name in record.compose:
        known.check_field(name, record.kind, place)
    if record.correspondence:
        check_correspondence_name(known, record.correspondence, place)
    if record.when:
        _check_source_expression(known, layout, record.when, place)


def _check_record_name(known: Known, name: str, records: Mapping[str, LayoutRecord], place: object) -> bool:
    if name in records:
        return True
    remedy = nearest(name, records)
    known.faults.add("E-CAT-027", f"the layout has no record named [{name}]", where=place, remedy=remedy)
    return False


def _check_source_expression(known: Known, layout: Layout, text: str, place: str) -> None:
    try:
        names = columns_of(parse_expression(text, where=place))
    except CatalogueError as error:
        known.faults.errors.append(error)
        return
    for name in sorted(names):
        _check_source_column(known, layout, name, place)


def _check_source_column(known: Known, layout: Layout, name: str, place: object) -> None:
    columns = [column.column for column in layout.columns if column.column]
    if name not in columns:
        remedy = nearest(name, columns)
        known.faults.add("E-CAT-028", f"columns.csv has no column [{name}]", where=place, remedy=remedy)


def _check_column(known: Known, layout: Layout, column: LayoutColumn, records: Mapping[str, LayoutRecord]) -> None:
    place = column.place
    for name in _NEEDS.get(column.action, ()):
        if not getattr(column, name):
            message = f"action {column.action} needs column {name}"
            known.faults.add("E-CAT-010", message, where=place, remedy="Fill it in")
    if not column.column and not (column.action == "use" and column.constant):
        remedy = "Name the column, or give a constant with action use"
        known.faults.add("E-CAT-010", "the row names no column and no constant", where=place, remedy=remedy)
    if not column.record or not _check_record_name(known, column.record, records, place):
        return
    if column.action != "use" or not column.field:
        return
    kind = records[column.record].kind
    fields = known.catalogue.record_kinds[kind].fields if kind in known.catalogue.record_kinds else {}
    field = fields.get(column.field)
    if field is None:
        if fields:
            message = f"kind {kind} has no field [{column.field}]"
            known.faults.add("E-CAT-024", message, where=place, remedy=nearest(column.field, fields))
        return
    listed = known.codelist(field.codelist) if field.type == "code" else None
    if column.constant and listed is not None:
        known.check_code(column.constant, listed, place)


def _check_listed(known: Known, layout: Layout) -> None:
    """Note key and composed columns that columns.csv does not list, and fields that two columns fill."""
    for name in (*layout.key, *filter(None, (layout.withdrawn_column,))):
        _check_source_column(known, layout, name, f"{layout.place}, [row]")
    for record in layout.records:
        composed = [name for names in record.compose.values() for name in names]
        for name in dict.fromkeys((*record.key, *composed)):
            _check_source_column(known, layout, name, f"{layout.place}, record {record.name}")
    filled: dict[tuple[str, str], LayoutColumn] = {}
    for column in layout.columns:
        if column.action != "use" or not column.field:
            continue
        target = (column.record, column.field)
        if target in filled:
            message = f"[{column.record}.{column.field}] is also filled by [{filled[target].column}]"
            remedy = "Choose one, or compose both in layout.toml"
            known.faults.add("E-CAT-009", message, where=column.place, remedy=remedy)
        filled.setdefault(target, column)
        if column.format.startswith("age_at:"):
            start, _, name = column.format.removeprefix("age_at:").partition(".")
            if (start, name) not in filled:
                message = f"no column above this one fills [{start}.{name}]"
                remedy = "List the column of that date above this one"
                known.faults.add("E-CAT-028", message, where=column.place, remedy=remedy)


def _check_in_scope(known: Known, layout: Layout, records: Mapping[str, LayoutRecord]) -> None:
    if not layout.in_scope:
        return
    place = f"{layout.place}, in_scope"
    try:
        names = columns_of(parse_expression(layout.in_scope, where=place))
    except CatalogueError as error:
        known.faults.errors.append(error)
        return
    for name in sorted(names):
        record, dot, field = name.partition(".")
        if not dot:
            remedy = "Write record.field"
            known.faults.add("E-CAT-024", f"[{name}] names no record", where=place, remedy=remedy)
        elif _check_record_name(known, record, records, place):
            known.check_field(field, records[record].kind, place)


def _check_values(known: Known, layout: Layout, records: Mapping[str, LayoutRecord]) -> None:
    if layout.place is None:
        return
    tree = known.catalogue.tree
    folders = [path for path in tree.under("layouts/") if path.endswith(f"/{layout.version}/layout.toml")]
    for path in folders:
        if tree.holding(path)[-1].files[path] != layout.place.file:
            continue
        values = path.replace("layout.toml", "values.csv")
        if not tree.holding(values):
            return
        for row in read_rows(tree, values, VALUES, Faults()):
            targets = [c for c in layout.columns if c.column == row["column"] and c.action == "use"]
            if not targets:
                _check_source_column(known, layout, row["column"], row.place)
            for column in targets:
                kind = records[column.record].kind if column.record in records else ""
                field = known.fields(kind).get(column.field)
                listed = known.codelist(field.codelist) if field is not None and field.type == "code" else None
                if listed is not None and row["code"]:
                    known.check_code(row["code"], listed, row.place)
