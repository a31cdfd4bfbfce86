"""From the columns of a received file to the fields of record kinds: the layout, compiled to one SELECT.

Names in the rows that it gives: `record_id` (the row key), `<record>.<field>` typed values,
`<record>.<field>__raw` (text for which no code fits, where not personal), `<record>.__key` and `<record>.__given`
where they differ from the row's, `withdrawn`, `in_scope`, `faults` (list of fault numbers) and `content_hash`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from justitia.collect.parsing import age_sql, bounded_sql, raw_sql, text_sql
from justitia.engine import literal, quote
from justitia.errors import CatalogueError, LayoutError
from justitia.metadata.definitions import Field, Layout, LayoutColumn, LayoutRecord
from justitia.metadata.expression import columns_of, parse_expression
from justitia.model.missing import NO_CODE, NOT_GIVEN

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

    from justitia.metadata.load import Catalogue

KEY_SEPARATOR = "|"
KEY_MARK = "\\"  # before a separator, or itself, within a part of a key
PARSED = "="  # before the name of a column that is parsed and not yet judged


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which one column of a row can be at fault; its number is its place in `Mapped.faults`."""

    rule_id: str
    column: LayoutColumn
    message: str
    sets_row_aside: bool


@dataclass(slots=True)
class Mapped:
    """A layout compiled for one file.

    Args:
        select: SQL; reads relation `received` (text columns).
        faults: what each number in the rows' `faults` means.
        fields: names of the `<record>.<field>` columns that `select` gives.
        raw_fields: those among them with a `__raw` beside.
        columns: of the file, those that `select` reads.
    """

    select: str
    faults: tuple[Fault, ...]
    fields: tuple[str, ...]
    raw_fields: tuple[str, ...]
    columns: tuple[str, ...]


def check_columns(layout: Layout, received: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the file that the layout does not list.

    Raises:
        LayoutError: E-LAY-001 when a declared column is missing (with the nearest match), E-LAY-002 for columns that
            are not declared when the layout says `on_new_column = "stop"`.
    """
    declared = list(dict.fromkeys(column.column for column in layout.columns if column.column))
    new = tuple(name for name in received if name not in declared)
    # A file without a header has a record where the names should be: nothing of it may be quoted.
    headed = any(name in received for name in declared)
    for name in declared:
        if name not in received:
            near = get_close_matches(name, new or received, n=1, cutoff=0.5) if headed else []
            hint = f"; the nearest in the file is [{near[0]}]" if near else ""
            raise LayoutError(
                "E-LAY-001",
                f"column [{name}] is missing{hint}",
                where=layout.source_id,
                remedy="Nothing was loaded. Correct the header of the file, or the column's name in columns.csv",
            )
    if new and layout.on_new_column == "stop":
        raise LayoutError(
            "E-LAY-002",
            f"column{'s' if len(new) > 1 else ''} {', '.join(f'[{name}]' for name in new)} not declared",
            where=layout.source_id,
            remedy="Nothing was loaded. List them in columns.csv (action ignore or drop, or a field)",
        )
    return new


def record_key_sql(columns: Sequence[str]) -> str:
    """Return SQL of a key: its parts joined, null when all of them are null.

    The same letters written in two ways (composed and decomposed) are the same key.
    """
    if len(columns) == 1:
        return f"nfc_normalize({quote(columns[0])})"
    parts = ", ".join(f"coalesce({_key_part(column)}, '')" for column in columns)
    given = ", ".join(map(quote, columns))
    return f"CASE WHEN coalesce({given}) IS NOT NULL THEN concat_ws({literal(KEY_SEPARATOR)}, {parts}) END"


def _key_part(column: str) -> str:
    # A separator within a part is marked: (a|b, c) is not (a, b|c).
    marked = f"replace({quote(column)}, {literal(KEY_MARK)}, {literal(KEY_MARK * 2)})"
    return f"nfc_normalize(replace({marked}, {literal(KEY_SEPARATOR)}, {literal(KEY_MARK + KEY_SEPARATOR)}))"


@dataclass(slots=True)
class _Compiler:
    layout: Layout
    catalogue: Catalogue
    file_columns: Sequence[str]
    person_keys: Mapping[str, str]  # column -> relation (value, person_id)
    select: dict[str, str] = field(default_factory=dict)
    parsed: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_tests: list[str] = field(default_factory=list)
    raw_fields: list[str] = field(default_factory=list)

    def field_of(self, record: str, name: str) -> Field:
        kind = next(item.kind for item in self.layout.records if item.name == record)
        return self.catalogue.record_kinds[kind].fields[name]

    def fault(self, test: str, fault: Fault) -> None:
        self.faults.append(fault)
        self.fault_tests.append(f"CASE WHEN {test} THEN {len(self.faults) - 1} END")

    def key(self) -> None:
        for column in self.layout.key:
            entry = next(item for item in self.layout.columns if item.column == column)
            self._key_part_needed(column, entry)

    def _key_part_needed(self, column: str, entry: LayoutColumn) -> None:
        # A key of several columns may have an empty part (a complaint without an arrest); never an empty first one.
        if column == self.layout.key[0]:
            message = "the key of the row is empty; every row needs one"
            self.fault(f"{quote(column)} IS NULL", Fault("V-KEY-001", entry, message, True))

    def record(self, record: LayoutRecord) -> None:
        if record.key != self.layout.key:
            self.select[f"{record.name}.__key"] = record_key_sql(record.key)
        when = _expression(self.layout, record.when).sql(dialect="duckdb") if record.when else ""
        if not set(record.key) & set(self.layout.key[:1]):
            entry = next(item for item in self.layout.columns if item.column == record.key[0])
            message = f"the key of record {record.name} is empty; without one there is no such record"
            given = f"({when}) AND " if when else ""
            empty = f"{given}coalesce({', '.join(map(quote, record.key))}) IS NULL"
            self.fault(empty, Fault("V-KEY-002", entry, message, False))
        if record.when:
            self.select[f"{record.name}.__given"] = f"coalesce({when}, FALSE)"
        for name, columns in record.compose.items():
            parts = ", ".join(f"coalesce({quote(column)}, '')" for column in columns)
            self.select[f"{record.name}.{name}"] = f"concat_ws(' | ', {parts})"

    def column(self, entry: LayoutColumn) -> None:
        if entry.action == "person_key":
            self._person(entry)
        if entry.action != "use":
            return
        name = f"{entry.record}.{entry.field}"
        target = self.field_of(entry.record, entry.field)
        if not entry.column:
            cast = {"integer": "BIGINT", "decimal": "DECIMAL(24, 6)", "date": "DATE"}.get(target.type, "VARCHAR")
            self.select[name] = f"CAST({literal(entry.constant)} AS {cast})"
        elif target.type == "code":
            self._code(entry, name, target)
        elif entry.format.startswith("age_at:"):
            self._age(entry, name)
        else:
            self._typed(entry, name, target)

    def _typed(self, entry: LayoutColumn, name: str, target: Field) -> None:
        text = quote(entry.column)
        raw = raw_sql(text, type_=target.type, declared=self.layout.format, date_format=entry.format)
        if raw == text:
            self.select[name] = text
            return
        self.select[name] = bounded_sql(self.parse(name, raw), type_=target.type)
        written = {
            "date": f"a date as {entry.format or self.layout.format.date_format} "
            f"({self.layout.format.calendar} calendar)",
            "integer": "a whole number",
            "decimal": f"a number with decimal sign [{self.layout.format.decimal}]",
        }[target.type]
        rule = {"date": "V-TYP-001", "integer": "V-TYP-002", "decimal": "V-TYP-003"}[target.type]
        aside = entry.on_bad_value == "set_aside_row"
        test = f"{text} IS NOT NULL AND {self.select[name]} IS NULL"
        self.fault(test, Fault(rule, entry, f"is not {written}", aside))

    def parse(self, name: str, sql: str) -> str:
        """Note what is computed once for `name` in the step before, and return its column."""
        self.parsed[f"{PARSED}{name}"] = sql
        return quote(f"{PARSED}{name}")

    def _code(self, entry: LayoutColumn, name: str, target: Field) -> None:
        listed = self.catalogue.codelist(target.codelist)
        mapped = {code: code for code in listed.codes}
        mapped |= {variant: code.code for code in listed.codes.values() for variant in code.variants}
        mapped |= self.layout.values.get(entry.column, {})
        # A map in the query, not a join: a join loses the order of the file as soon as several threads work on it.
        values, codes = ", ".join(map(literal, mapped)), ", ".join(map(literal, mapped.values()))
        text = quote(entry.column)
        found = f"map_extract_value(MAP([{values}], [{codes}]), {text})" if mapped else "CAST(NULL AS VARCHAR)"
        code = self.parse(name, found)
        self.select[name] = f"CASE WHEN {text} IS NULL THEN '{NOT_GIVEN}' ELSE coalesce({code}, '{NO_CODE}') END"
        if not entry.personal:
            self.select[f"{name}__raw"] = f"CASE WHEN {code} IS NULL THEN {text} END"
            self.raw_fields.append(name)

    def _age(self, entry: LayoutColumn, name: str) -> None:
        birth = raw_sql(quote(entry.column), type_="date", declared=self.layout.format)
        birth = bounded_sql(self.parse(name, birth), type_="date")
        at = self.select.get(entry.format.removeprefix("age_at:"))
        if at is None:
            raise CatalogueError(
                "E-LAY-012",
                f"[{entry.format}] names a field that no earlier column of the layout fills",
                where=str(entry.place or self.layout.source_id),
                remedy="List the column of that date above this one",
            )
        message = f"is not a date as {self.layout.format.date_format}"
        self.fault(f"{quote(entry.column)} IS NOT NULL AND {birth} IS NULL", Fault("V-TYP-001", entry, message, False))
        self.select[name] = age_sql(f"({birth})", f"({at})")

    def _person(self, entry: LayoutColumn) -> None:
        alias = f"person_{len(self.joins)}"
        relation = self.person_keys[entry.column]
        self.joins.append(f"LEFT JOIN {relation} AS {alias} ON {alias}.value = nfc_normalize({quote(entry.column)})")
        name = f"{entry.record}.person_id"
        self.select[name] = self.parse(name, f"{alias}.person_id")


def map_layout(
    layout: Layout,
    catalogue: Catalogue,
    file_columns: Sequence[str],
    person_keys: Mapping[str, str] | None = None,
    *,
    row_number: str = "",
) -> Mapped:
    """Return the layout compiled for a file with these columns.

    Args:
        layout: how the source's files map to record kinds.
        catalogue: record kinds and code lists.
        file_columns: header of the file.
        person_keys: for each `person_key` column, a relation (value, person_id) lent by the vault.
        row_number: SQL of the number of a row over `received`; its rows then bring it along as `row_number`, and need
            not be written in their order.
    """

    compiler = _Compiler(layout, catalogue, file_columns, person_keys or {})
    compiler.key()
    for record in layout.records:
        compiler.record(record)
    for entry in layout.columns:
        compiler.column(entry)
    fields = tuple(name for name in compiler.select if not name.endswith(("__key", "__given", "__raw")))
    columns = _columns_read(compiler)
    select = _select(compiler, columns, row_number)
    return Mapped(select, tuple(compiler.faults), fields, tuple(compiler.raw_fields), columns)


def _columns_read(compiler: _Compiler) -> tuple[str, ...]:
    layout = compiler.layout
    used = {column for record in layout.records for column in record.key} | set(layout.key)
    used |= {entry.column for entry in layout.columns if entry.column and entry.action in {"use", "person_key"}}
    used |= {column for record in layout.records for columns in record.compose.values() for column in columns}
    used |= {layout.withdrawn_column} - {""}
    for record in layout.records:
        if record.when:
            used |= set(columns_of(_expression(layout, record.when)))
    return tuple(column for column in compiler.file_columns if column in used)


def _select(compiler: _Compiler, columns: Sequence[str], row_number: str) -> str:
    layout = compiler.layout
    read = [f"{text_sql(quote(column), layout.format.null_values)} AS {quote(column)}" for column in columns]
    texts = ", ".join([*read, *([f"{row_number} AS row_number"] if row_number else [])])
    number = "row_number, " if row_number else ""
    withdrawn = "FALSE"
    if layout.withdrawn_column:
        values = ", ".join(literal(value) for value in layout.withdrawn_values)
        withdrawn = f"coalesce({quote(layout.withdrawn_column)} IN ({values}), FALSE)"
    typed = [f"{sql} AS {quote(name)}" for name, sql in compiler.select.items()]
    parsed = ", ".join(["text.*", *(f"{sql} AS {quote(name)}" for name, sql in compiler.parsed.items())])
    tests = compiler.fault_tests
    faults = f"list_filter([{', '.join(tests)}], lambda x: x IS NOT NULL)" if tests else "CAST([] AS INTEGER[])"
    any_fault = f"coalesce({', '.join(tests)})" if tests else "NULL"
    inner = f"""
        SELECT {number}{record_key_sql(layout.key)} AS record_id, {", ".join(typed)},
            {withdrawn} AS withdrawn,
            CASE WHEN {any_fault} IS NULL THEN NULL ELSE {faults} END AS faults
        FROM (SELECT {parsed} FROM (SELECT {texts} FROM received) AS text {" ".join(compiler.joins)}) AS parsed"""
    content = [name for name in compiler.select if not name.endswith("__raw")]
    cells = ", ".join(f"coalesce(CAST({quote(name)} AS VARCHAR), chr(0))" for name in content)
    scope = "TRUE"
    if layout.in_scope:
        scope = f"coalesce({_dotted(_expression(layout, layout.in_scope))}, TRUE)"
    return f"""
        SELECT *, {scope} AS in_scope, md5_number_lower(concat_ws(chr(31), {cells})) AS content_hash
        FROM ({inner}) AS typed"""


def _expression(layout: Layout, text: str) -> Expression:
    return parse_expression(text, where=str(layout.place or layout.source_id))


def _dotted(expression: Expression) -> str:
    """Return SQL in which `record.field` is one quoted column name, as in the typed rows."""
    from sqlglot import exp

    def rename(node: Expression) -> Expression:
        if isinstance(node, exp.Column) and node.table:
            return exp.column(exp.to_identifier(f"{node.table}.{node.name}", quoted=True))
        return node

    return expression.transform(rename).sql(dialect="duckdb")
