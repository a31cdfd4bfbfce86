"""The derive stage: takes coded records, gives `derived__<kind>`, the stored tables from which all is counted."""

from __future__ import annotations

from justitia.derive.methods import Inputs, derive
from justitia.engine import quote
from justitia.metadata.expression import columns_of, parse_expression
from justitia.stage import Context, Stage

ON_DEMAND = ("linked_count", "principal_offence")  # they join or sort whole tables: made only where a table uses them


def _run(context: Context) -> None:
    names = [n for n in context.relations if n.startswith("coded__") and n != "coded__national_code"]
    relations = {name.removeprefix("coded__"): context.take(name) for name in names}
    columns = {kind: set(context.engine.columns(relation)) for kind, relation in relations.items()}
    inputs = Inputs(context.catalogue, relations, columns)
    used = _used(context)
    derived_fields = not_derived = 0
    for done, kind in enumerate(relations):
        context.progress(f"derive {kind}", done / len(relations))
        values, joins = [], []
        for derivation in context.catalogue.derivations:
            if derivation.kind != kind or derivation.field.name in columns[kind]:
                continue
            if derivation.method in ON_DEMAND and (kind, derivation.field.name) not in used:
                continue
            made = derive(derivation, inputs)
            if made is None:
                not_derived += 1
                continue
            derived_fields += 1
            values.append(f", {made.value} AS {quote(derivation.field.name)}")
            joins.append(made.joins)
        select = f"SELECT r.*{''.join(values)} FROM {relations[kind]} AS r {' '.join(joins)}"
        if any(joins):  # joins lose the order of receipt, and equal input must give equal bytes
            select += f" ORDER BY r.{quote(kind + '_id')}"
        context.metrics[f"{kind}_records"] = context.give(f"derived__{kind}", select)
    context.metrics |= {"fields_derived": derived_fields, "fields_not_derived": not_derived}


def _used(context: Context) -> set[tuple[str, str]]:
    """Return (kind, field) of everything that the declared tables use."""
    used: set[tuple[str, str]] = set()
    for dataflow in context.catalogue.dataflows.values():
        names = {dimension.field for dimension in dataflow.dimensions} | {dataflow.period_field}
        for text in (dataflow.where, *(measure.where for measure in dataflow.measures)):
            if text:
                names |= columns_of(parse_expression(text, where=str(dataflow.place or dataflow.id)))
        for name in names:
            kind, _, field = name.rpartition(".")
            used.add((kind or dataflow.unit, field))
        if dataflow.counting_rule == "principal_offence":
            used |= {(kind, "is_principal_offence") for kind in context.catalogue.record_kinds}
    return used


DERIVE = Stage(
    name="derive",
    takes=("coded__*",),
    gives=("derived__*",),
    uses=("derivations", "severity", "codelists", "classifications", "dataflows"),
    metrics=("fields_derived", "fields_not_derived"),
    run=_run,
)
