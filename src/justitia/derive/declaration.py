"""The derive stage: takes coded records, gives `derived__<kind>`, the stored tables from which everything is counted."""

from __future__ import annotations

from justitia.derive.methods import Inputs, derive
from justitia.engine import quote
from justitia.stage import Context, Stage


def _run(context: Context) -> None:
    names = [n for n in context.relations if n.startswith("coded__") and n != "coded__national_code"]
    relations = {name.removeprefix("coded__"): context.take(name) for name in names}
    columns = {kind: set(context.engine.columns(relation)) for kind, relation in relations.items()}
    inputs = Inputs(context.catalogue, relations, columns)
    derived_fields = not_derived = 0
    for done, kind in enumerate(relations):
        context.progress(f"derive {kind}", done / len(relations))
        values, joins = [], []
        for derivation in context.catalogue.derivations:
            if derivation.kind != kind or derivation.field.name in columns[kind]:
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


DERIVE = Stage(
    name="derive",
    takes=("coded__*",),
    gives=("derived__*",),
    uses=("derivations", "severity", "codelists"),
    metrics=("fields_derived", "fields_not_derived"),
    run=_run,
)
