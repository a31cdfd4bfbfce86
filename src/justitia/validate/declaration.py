"""The validate stage: takes coded records, gives the findings of the declared checks, record by record."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.engine import literal, quote
from justitia.findings import Finding
from justitia.metadata.definitions import Check
from justitia.metadata.links import Compiled, compile_expression, join_reached
from justitia.stage import Context, Stage


@dataclass(frozen=True, slots=True)
class _Test:
    check: Check
    compiled: Compiled


def _run(context: Context) -> None:
    relations = {
        n.removeprefix("coded__"): context.take(n)
        for n in context.relations
        if n.startswith("coded__") and n != "coded__national_code"
    }
    columns = {kind: set(context.engine.columns(relation)) for kind, relation in relations.items()}
    selects, metrics = [], {"checks_run": 0, "checks_not_assessed": 0, "error_records": 0, "warning_records": 0}
    for kind, relation in relations.items():
        tests = []
        for check in context.catalogue.checks:
            if check.kind != kind:
                continue
            compiled = compile_expression(check.expression, columns=columns, kind=kind, where=str(check.place))
            if compiled is None:
                metrics["checks_not_assessed"] += 1
            else:
                tests.append(_Test(check, compiled))
        metrics["checks_run"] += len(tests)
        if tests:
            selects += _failing(context, kind, relation, relations, tests, metrics)
    nothing = (
        "SELECT NULL AS rule_id, NULL AS severity, NULL AS kind, NULL AS unit_id, NULL AS source_id, "
        "NULL AS batch_id, NULL AS row_number WHERE FALSE"
    )
    union = " UNION ALL ".join(selects) or nothing
    context.give("validated__finding", f"SELECT * FROM ({union}) ORDER BY rule_id, unit_id")
    context.metrics |= metrics


def _failing(
    context: Context, kind: str, relation: str, relations: dict[str, str], tests: list[_Test], metrics: dict[str, int]
) -> list[str]:
    """Count what fails each test in one pass; return a SELECT of the failing records of each test that has any."""
    joins = join_reached({k for test in tests for k in test.compiled.kinds}, relations)
    counts = [f"count(*) FILTER (WHERE NOT ({test.compiled.sql}))" for test in tests]
    for severity in ("error", "warning"):  # a record that fails several checks is one record
        own_tests = [f"NOT ({test.compiled.sql})" for test in tests if test.check.severity == severity]
        counts.append(f"count(*) FILTER (WHERE {' OR '.join(own_tests) or 'FALSE'})")
    *failed, errors, warnings = context.engine.rows(f"SELECT {', '.join(counts)} FROM {relation} AS r {joins}")[0]
    metrics["error_records"] += errors
    metrics["warning_records"] += warnings
    selects = []
    for test, count in zip(tests, failed, strict=True):
        if not count:
            continue
        check = test.check
        message = f"{check.labels.get('en', check.rule_id)}: not so in {count} records"
        context.findings.append(Finding(check.rule_id, check.severity, kind, message, count=count))  # type: ignore[arg-type]
        own = join_reached(test.compiled.kinds, relations)
        selects.append(
            f"SELECT {literal(check.rule_id)} AS rule_id, {literal(check.severity)} AS severity, "
            f"{literal(kind)} AS kind, r.{quote(kind + '_id')} AS unit_id, r.source_id, r.batch_id, r.row_number "
            f"FROM {relation} AS r {own} WHERE NOT ({test.compiled.sql})"
        )
    return selects


VALIDATE = Stage(
    name="validate",
    takes=("coded__*",),
    gives=("validated__finding",),
    uses=("checks",),
    metrics=("checks_run", "checks_not_assessed", "error_records", "warning_records"),
    run=_run,
)
