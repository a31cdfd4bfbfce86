"""The classify stage: takes received records of every kind, gives them coded, and the queue of what is not."""

from __future__ import annotations

from justitia.classify.correspondence import Around, coded_select, rules_table
from justitia.engine import literal, quote
from justitia.metadata.links import reachable
from justitia.stage import Context, Stage

# The law in force is that of the day of the act, else of what is known closest to it: the first that is filled counts.
CODING_DATES = ("occurred_date", "event.occurred_date", "recorded_date", "event.recorded_date", "decided_date")


def _run(context: Context) -> None:
    relations = {n.removeprefix("received__"): context.take(n) for n in context.relations if n.startswith("received__")}
    columns_of = {kind: set(context.engine.columns(relation)) for kind, relation in relations.items()}
    queue, metrics = [], {"coded": 0, "unspecified": 0, "no_code": 0, "uncoded": 0}
    for kind, records in relations.items():
        columns = context.engine.columns(records)
        tables = _correspondences(context, kind)
        if not tables or "national_code" not in columns:
            context.give(f"coded__{kind}", f"SELECT * FROM {records}", lazy=True)
            continue
        context.give(f"coded__{kind}", _coded(context, Around(kind, relations, columns_of), columns, tables), lazy=True)
        coded = context.given[f"coded__{kind}"]
        text = _public_text(context, kind) if "national_text" in columns else "NULL"
        summary = f"""
            SELECT {literal(kind)} AS kind, source_id, national_code, CAST({text} AS VARCHAR) AS national_text,
                iccs_code, iccs_status, iccs_rule, count(*) AS records
            FROM {coded} GROUP BY ALL"""
        queue.append(summary)
    if queue:
        rows = " UNION ALL ".join(queue)
        context.give(
            "coded__national_code",
            f"SELECT * FROM ({rows}) ORDER BY kind, source_id, records DESC, national_code, iccs_rule",
        )
        for status, count in context.engine.rows(
            f"SELECT iccs_status, sum(records) FROM {context.given['coded__national_code']} GROUP BY 1"
        ):
            metrics[status] = metrics.get(status, 0) + int(count)
    else:
        context.give("coded__national_code", "SELECT NULL AS kind WHERE FALSE")
    context.metrics |= metrics


def _public_text(context: Context, kind: str) -> str:
    """Return SQL of the wording of an offence, from sources whose layout says that it is not personal."""
    public = []
    for layout in context.catalogue.layouts.values():
        names = {record.name for record in layout.records if record.kind == kind}
        told = [c for c in layout.columns if c.action == "use" and c.record in names and c.field == "national_text"]
        if told and not any(column.personal for column in told):
            public.append(literal(layout.source_id))
    return f"any_value(national_text) FILTER (WHERE source_id IN ({', '.join(public)}))" if public else "NULL"


def _correspondences(context: Context, kind: str) -> dict[str, str]:
    """Return source id -> correspondence id for the records of a kind."""
    return {
        layout.source_id: record.correspondence
        for layout in context.catalogue.layouts.values()
        for record in layout.records
        if record.kind == kind and record.correspondence
    }


def _coded(context: Context, around: Around, columns: list[str], tables: dict[str, str]) -> str:
    kind, records = around.kind, around.relations[around.kind]
    dates = [name for name in CODING_DATES if reachable(name, columns=around.columns, kind=kind)]
    plain = [name for name in columns if name not in {"iccs_code", "iccs_status"}]
    parts, covered = [], []
    for source_id, identifier in tables.items():
        correspondence = context.catalogue.correspondence(identifier)
        rules = f"rules_{kind}_{source_id}"
        context.engine.connection.register(rules, rules_table(correspondence))
        own = f"(SELECT {', '.join(map(quote, plain))} FROM {records} WHERE source_id = {literal(source_id)})"
        parts.append(
            coded_select(correspondence, records=own, columns=plain, rules=quote(rules), dates=dates, around=around)
        )
        covered.append(literal(source_id))
    rest = f"SELECT * FROM {records} WHERE source_id NOT IN ({', '.join(covered)})"
    return " UNION ALL BY NAME ".join([*parts, rest])


CLASSIFY = Stage(
    name="classify",
    takes=("received__*",),
    gives=("coded__*",),
    uses=("correspondences", "classifications", "layouts", "records"),
    metrics=("coded", "unspecified", "no_code", "uncoded"),
    run=_run,
)
