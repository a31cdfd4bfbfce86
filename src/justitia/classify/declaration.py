"""The classify stage: takes received records of every kind, gives them coded, and the queue of what is not."""

from __future__ import annotations

from justitia.classify.correspondence import Around, coded_select, rules_table
from justitia.engine import literal, quote
from justitia.metadata.links import Compiled, compile_expression, join_reached, reachable
from justitia.stage import Context, Stage

# Statistics are read by the day of recording, so is the quality of their coding; the first that is filled counts.
YEAR_DATES = ("recorded_date", "event.recorded_date", "decided_date", "occurred_date", "event.occurred_date")
# The law in force is that of the day of the act, else of what is known closest to it: the first that is filled counts.
CODING_DATES = ("occurred_date", "event.occurred_date", "recorded_date", "event.recorded_date", "decided_date")


def _run(context: Context) -> None:
    relations = {n.removeprefix("received__"): context.take(n) for n in context.relations if n.startswith("received__")}
    columns_of = {kind: set(context.engine.columns(relation)) for kind, relation in relations.items()}
    queue, metrics = [], dict.fromkeys(CLASSIFY.metrics, 0)
    for kind, records in relations.items():
        columns = context.engine.columns(records)
        tables = _correspondences(context, kind)
        if not tables or "national_code" not in columns:
            context.give(f"coded__{kind}", f"SELECT * FROM {records}", lazy=True)
            continue
        around = Around(kind, relations, columns_of)
        context.give(f"coded__{kind}", _coded(context, around, columns, tables), lazy=True)
        dated = _with_year(context, around, context.given[f"coded__{kind}"])
        text = _public_text(context, kind) if "national_text" in columns else "NULL"
        summary = f"""
            SELECT {literal(kind)} AS kind, source_id, national_code, CAST({text} AS VARCHAR) AS national_text,
                iccs_code, iccs_status, iccs_rule, coding_year, count(*) AS records
            FROM {dated} GROUP BY ALL"""
        queue.append(summary)
    if queue:
        # One pass over the records gives the table and the figures.
        context.engine.execute(f"CREATE OR REPLACE TEMP TABLE coding_by_year AS {' UNION ALL '.join(queue)}")
        context.give(
            "coded__national_code",
            """SELECT * EXCLUDE (coding_year, national_text, records), max(national_text) AS national_text,
                CAST(sum(records) AS BIGINT) AS records FROM coding_by_year GROUP BY ALL
            ORDER BY kind, source_id, records DESC, national_code, iccs_rule""",
        )
        metrics |= _figures(context)
    else:
        context.give("coded__national_code", "SELECT NULL AS kind WHERE FALSE")
    context.metrics |= metrics


def _with_year(context: Context, around: Around, coded: str) -> str:
    """Return the relation of coded records with the year that statistics count them in, null where none is known."""
    found = [compile_expression(name, columns=around.columns, kind=around.kind, where="") for name in YEAR_DATES]
    days = [item for item in found if item is not None]
    own = [item for item in days if not item.kinds]
    # Joining all events costs more than all the rest: it is done only where a record has no date of its own.
    if own and not context.engine.value(
        f"SELECT count(*) FROM {around.relations[around.kind]} AS r WHERE {_first(own)} IS NULL"
    ):
        days = own
    kinds = {kind for item in days for kind in item.kinds}
    joins = join_reached(kinds, around.relations)
    return f"(SELECT r.*, year({_first(days)}) AS coding_year FROM {coded} AS r {joins})"


def _first(days: list[Compiled]) -> str:
    return f"coalesce({', '.join(['NULL::DATE', *(item.sql for item in days)])})"


def _figures(context: Context) -> dict[str, int]:
    """Return records by status, those in residual codes, and by year all records and those that have no code."""
    residual = [code.code for code in context.catalogue.codelist("iccs").codes.values() if code.is_residual]
    listed = ", ".join(literal(code) for code in residual) or "NULL"
    found = {
        status: int(count)
        for status, count in context.engine.rows("SELECT iccs_status, sum(records) FROM coding_by_year GROUP BY 1")
    }
    found["residual"] = int(
        context.engine.value(f"SELECT coalesce(sum(records), 0) FROM coding_by_year WHERE iccs_code IN ({listed})")
    )
    for year, records, uncoded in context.engine.rows("""
        SELECT coding_year, sum(records), coalesce(sum(records) FILTER (WHERE iccs_status = 'uncoded'), 0)
        FROM coding_by_year WHERE coding_year IS NOT NULL GROUP BY 1 ORDER BY 1"""):
        found |= {f"records_in_{year}": int(records), f"uncoded_in_{year}": int(uncoded)}
    return found


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
    metrics=("coded", "unspecified", "no_code", "uncoded", "residual"),
    run=_run,
    version=2,
)
