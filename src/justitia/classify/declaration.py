"""The classify stage: takes received records of every kind, gives them coded, and the queue of what is not."""

from __future__ import annotations

from justitia.classify.correspondence import coded_select, rules_table
from justitia.engine import literal, quote
from justitia.stage import Context, Stage

CODING_DATES = ("occurred_date", "recorded_date", "decided_date", "reported_date")  # the first that a kind has


def _run(context: Context) -> None:
    queue, metrics = [], {"coded": 0, "unspecified": 0, "no_code": 0, "uncoded": 0}
    for name in [name for name in context.relations if name.startswith("received__")]:
        kind = name.removeprefix("received__")
        records = context.take(name)
        columns = context.engine.columns(records)
        tables = _correspondences(context, kind)
        if not tables or "national_code" not in columns:
            context.give(f"coded__{kind}", f"SELECT * FROM {records}", lazy=True)
            continue
        context.give(f"coded__{kind}", _coded(context, kind, records, columns, tables), lazy=True)
        coded = context.given[f"coded__{kind}"]
        text = "any_value(national_text)" if "national_text" in columns else "NULL"
        summary = f"""
            SELECT {literal(kind)} AS kind, source_id, national_code, CAST({text} AS VARCHAR) AS national_text,
                iccs_code, iccs_status, iccs_rule, count(*) AS records
            FROM {coded} GROUP BY ALL"""
        queue.append(summary)
    if queue:
        rows = " UNION ALL ".join(queue)
        context.give("coded__national_code", f"SELECT * FROM ({rows}) ORDER BY kind, source_id, records DESC, "
                     "national_code, iccs_rule")
        for status, count in context.engine.rows(
            f"SELECT iccs_status, sum(records) FROM {context.given['coded__national_code']} GROUP BY 1"
        ):
            metrics[status] = metrics.get(status, 0) + int(count)
    else:
        context.give("coded__national_code", "SELECT NULL AS kind WHERE FALSE")
    context.metrics |= metrics


def _correspondences(context: Context, kind: str) -> dict[str, str]:
    """Return source id -> correspondence id for the records of a kind."""
    return {
        layout.source_id: record.correspondence
        for layout in context.catalogue.layouts.values()
        for record in layout.records
        if record.kind == kind and record.correspondence
    }


def _coded(context: Context, kind: str, records: str, columns: list[str], tables: dict[str, str]) -> str:
    date = next((name for name in CODING_DATES if name in columns), None)
    plain = [name for name in columns if name not in {"iccs_code", "iccs_status"}]
    parts, covered = [], []
    for source_id, identifier in tables.items():
        correspondence = context.catalogue.correspondence(identifier)
        rules = f"rules_{kind}_{source_id}"
        context.engine.connection.register(rules, rules_table(correspondence))
        own = f"(SELECT {', '.join(map(quote, plain))} FROM {records} WHERE source_id = {literal(source_id)})"
        parts.append(coded_select(correspondence, records=own, columns=plain, rules=quote(rules), date=date))
        covered.append(literal(source_id))
    rest = f"SELECT * FROM {records} WHERE source_id NOT IN ({', '.join(covered)})"
    return " UNION ALL BY NAME ".join([*parts, rest])


CLASSIFY = Stage(
    name="classify",
    takes=("received__*",),
    gives=("coded__*",),
    uses=("correspondences", "classifications", "layouts"),
    metrics=("coded", "unspecified", "no_code", "uncoded"),
    run=_run,
)
