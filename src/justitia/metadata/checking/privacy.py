"""Checks that no definition puts an identity into the store, or makes a table about single records or bare groups."""

from __future__ import annotations

from justitia.errors import CatalogueError
from justitia.metadata.checking.known import Known
from justitia.metadata.definitions import Dataflow, Layout, LayoutRecord, Place
from justitia.metadata.expression import parse_expression

IDENTITIES = ("drop", "vault", "person_key")  # actions by which a layout says that a column names a person
SINGLE = ("record_id", "batch_id", "row_number", "person_id")  # columns that pick out single records


def check_privacy(known: Known) -> None:
    """Note keys and composed fields made of identities, tables about single records, and groups without coverage."""
    for layout in known.catalogue.layouts.values():
        _check_kept(known, layout)
        _check_persons(known, layout)
    for dataflow in known.catalogue.dataflows.values():
        for text in (dataflow.where, *(measure.where for measure in dataflow.measures)):
            if text:
                check_condition(known, text, dataflow.unit, dataflow.place)
        _check_groups(known, dataflow)


def _check_kept(known: Known, layout: Layout) -> None:
    # The store keeps keys and composed texts as they are: none may be made of what the layout keeps out of it.
    identities = {column.column: column.action for column in layout.columns if column.action in IDENTITIES}
    for name in dict.fromkeys([*layout.key, *(name for record in layout.records for name in _parts(record))]):
        if name in identities:
            known.faults.add(
                "E-CAT-054",
                f"[{name}] is an identity (action {identities[name]}) and part of a key or a composed field",
                where=layout.place,
                remedy="Name the source's number of the record; the store would keep the identity",
            )


def _parts(record: LayoutRecord) -> tuple[str, ...]:
    return (*record.key, *(name for names in record.compose.values() for name in names))


def _check_persons(known: Known, layout: Layout) -> None:
    first: dict[str, str] = {}
    for column in layout.columns:
        if column.action == "person_key" and first.setdefault(column.record, column.column) != column.column:
            message = f"record {column.record} has two person numbers, [{first[column.record]}] and [{column.column}]"
            known.faults.add("E-CAT-009", message, where=column.place, remedy="Set one of them to vault or drop")


def check_condition(known: Known, text: str, unit: str, place: Place | None) -> None:
    """Note a condition of a table or flow that picks out single records.

    Args:
        known: the catalogue, and the faults found so far.
        text: the condition.
        unit: kind of the records that it is asked of.
        place: where it stands.
    """
    from sqlglot import exp

    try:
        expression = parse_expression(text, where=str(place))
    except CatalogueError:
        return  # noted where the expression is checked
    for column in expression.find_all(exp.Column):
        if isinstance(column.parent, exp.Is):
            continue  # whether there is a case is no question about one case
        name = f"{column.table}.{column.name}" if column.table else column.name
        field = known.field(name, unit)
        if column.name in SINGLE or (field is not None and field.type in {"identifier", "reference"}):
            known.faults.add(
                "E-CAT-055",
                f"a condition of the table picks out single records by [{name}]",
                where=place,
                remedy="Tables count groups: use fields that many records share",
            )


def _check_groups(known: Known, dataflow: Dataflow) -> None:
    if dataflow.universe.strip() or dataflow.disclosure not in known.catalogue.names("disclosure"):
        return
    rule = known.catalogue.disclosure(dataflow.disclosure)
    for dimension in dataflow.dimensions:
        if rule is not None and dimension.field.rsplit(".", 1)[-1] in rule.unranked_fields:
            known.faults.add(
                "E-CAT-056",
                f"the table is broken down by [{dimension.field}] and does not say whom it covers",
                where=dataflow.place,
                remedy='Write universe = "..." : who is counted, by whom, and who is missing',
            )
