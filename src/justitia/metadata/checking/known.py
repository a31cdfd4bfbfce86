"""What the other checks look names up in, and the faults that they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from justitia.errors import CatalogueError
from justitia.metadata.definitions import CodeList, Field, Place
from justitia.metadata.expression import columns_of, parse_expression
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.load import Catalogue
from justitia.model.missing import MISSING, TOTAL

ICCS = "iccs"
# Columns that Justitia itself adds to every record, or to every coded one.
ADDED = {
    "source_id": "text",
    "record_id": "text",
    "batch_id": "text",
    "row_number": "integer",
    "iccs_code": "code",
    "iccs_status": "text",
}


class Known:
    """The definitions of a catalogue by name, and the list of its faults."""

    def __init__(self, catalogue: Catalogue, faults: Faults) -> None:
        self.catalogue = catalogue
        self.faults = faults
        self._codelists: dict[str, CodeList | None] = {}

    @cached_property
    def iccs(self) -> CodeList | None:
        """The ICCS, None when the catalogue has none."""
        return self.codelist(ICCS)

    def codelist(self, name: str) -> CodeList | None:
        """Return a code list or classification, None when there is none."""
        if name not in self._codelists:
            self._codelists[name] = self.catalogue.codelist(name) if name in self.catalogue.codelist_names() else None
        return self._codelists[name]

    @cached_property
    def _fields(self) -> Mapping[str, Mapping[str, Field]]:
        fields: dict[str, dict[str, Field]] = {}
        for kind in self.catalogue.record_kinds.values():
            own = {name: Field(name, type_, ICCS if name == "iccs_code" else "") for name, type_ in ADDED.items()}
            own[f"{kind.kind}_id"] = Field(f"{kind.kind}_id", "identifier")
            fields[kind.kind] = own | dict(kind.fields)
        for derivation in self.catalogue.derivations:
            if derivation.kind in fields:
                fields[derivation.kind][derivation.field.name] = derivation.field
        return fields

    def fields(self, kind: str) -> Mapping[str, Field]:
        """Return every field that records of a kind may have: declared, derived, or added by Justitia."""
        return self._fields.get(kind, {})

    def field(self, name: str, kind: str) -> Field | None:
        """Return a field of a kind, or of another kind when it is named `kind.field`; None when there is none."""
        other, dot, own = name.rpartition(".")
        return self.fields(other if dot else kind).get(own)

    def check_kind(self, kind: str, place: object) -> bool:
        """Note a fault when there is no such kind; return whether there is."""
        if kind in self.catalogue.record_kinds:
            return True
        remedy = nearest(kind, self.catalogue.record_kinds)
        self.faults.add("E-CAT-023", f"there is no kind of record [{kind}]", where=place, remedy=remedy)
        return False

    def check_field(self, name: str, kind: str, place: object) -> Field | None:
        """Note a fault when a kind has no such field (or `kind.field` names none); return the field."""
        found = self.field(name, kind)
        if found is None:
            other, dot, own = name.rpartition(".")
            holder = other if dot else kind
            if not dot or self.check_kind(holder, place):
                remedy = nearest(own, self.fields(holder))
                self.faults.add("E-CAT-024", f"kind {holder} has no field [{own}]", where=place, remedy=remedy)
        return found

    def check_codelist(self, name: str, place: object) -> CodeList | None:
        """Note a fault when there is no such code list; return it."""
        found = self.codelist(name)
        if found is None:
            remedy = nearest(name, self.catalogue.codelist_names())
            self.faults.add("E-CAT-025", f"there is no code list [{name}]", where=place, remedy=remedy)
        return found

    def check_code(self, code: str, listed: CodeList, place: object, *, total: bool = False) -> None:
        """Note a fault when a code is neither in the list nor reserved; say so when it lost its leading zero."""
        if code in listed.codes or code in MISSING or (total and code == TOTAL):
            return
        whole = code.removesuffix(".0")
        if f"0{whole}" in listed.codes:
            self.faults.add(
                "E-CAT-022",
                f"[{code}] lost its leading zero: {listed.name} has [0{whole}]",
                where=place,
                remedy="Keep the column as text: `justitia catalogue export` writes a workbook that does",
            )
            return
        remedy = nearest(code, listed.codes)
        self.faults.add("E-CAT-021", f"{listed.name} has no code [{code}]", where=place, remedy=remedy)

    def check_expression(self, text: str, kind: str, place: Place | None, what: str = "") -> None:
        """Note the faults of an expression over records of a kind: syntax, columns, and codes compared with them."""
        where = f"{place}" + (f", {what}" if what else "")
        try:
            expression = parse_expression(text, where=where)
        except CatalogueError as error:
            self.faults.errors.append(error)
            return
        for name in sorted(columns_of(expression)):
            if self.check_field(name, kind, where) is not None:
                self._check_reached(name, kind, where)
        for name, value in compared_codes(text, where):
            found = self.field(name, kind)
            listed = self.codelist(found.codelist) if found and found.type == "code" else None
            if listed is not None:
                self.check_code(value, listed, where)

    def _check_reached(self, name: str, kind: str, where: str) -> None:
        other, dot, _ = name.partition(".")
        if dot and f"{other}_id" not in self.fields(kind):
            remedy = f"Use fields of {kind} and of the records that it refers to"
            self.faults.add("E-CAT-024", f"kind {kind} does not refer to {other}: [{name}]", where=where, remedy=remedy)


def compared_codes(text: str, where: str) -> Iterable[tuple[str, str]]:
    """Yield the columns that an expression compares with a text, and the text: `sex = '1'`, `sex IN ('1', '2')`."""
    from sqlglot import exp

    for node in parse_expression(text, where=where).walk():
        if isinstance(node, (exp.EQ, exp.NEQ)):
            sides = [(node.this, node.expression), (node.expression, node.this)]
        elif isinstance(node, exp.In):
            sides = [(node.this, item) for item in node.expressions]
        else:
            continue
        for column, literal in sides:
            if isinstance(column, exp.Column) and isinstance(literal, exp.Literal) and literal.is_string:
                yield (f"{column.table}.{column.name}" if column.table else column.name), str(literal.this)
