"""Forms of crime that share units, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.aggregate.together import together_select
from justitia.case_flow.opening import heading
from justitia.engine import literal, quote
from justitia.errors import RequestError
from justitia.findings import Finding
from justitia.metadata.links import compile_expression
from justitia.model.case_flow import TogetherTable

if TYPE_CHECKING:
    from justitia.case_flow.opening import Opened
    from justitia.metadata.flow import Form, Together


def together_table(here: Opened, made: Together) -> tuple[TogetherTable, tuple[Finding, ...]]:
    """Return the protected table of forms of crime that share units, and what is wrong with the records.

    Raises:
        RequestError: E-FLO-003 when no source fills what is needed.
    """
    sources, protection = here.sources, here.protection(made.common)
    columns = sources.columns.get(made.kind, set())
    lacking = [name for name in (made.code, made.who) if name not in columns]
    if lacking:
        raise RequestError(
            "E-FLO-003",
            f"{made.common.id} needs [{made.kind}.{lacking[0]}], which no source fills",
            where=str(made.common.place or made.common.id),
            remedy="Map a column to it in a layout",
        )
    tests = {form.id: test for form in made.forms if (test := _test(here, made, form))}
    relation = sources.relations[made.kind]
    rows = sources.engine.rows(together_select(relation, who=made.who, forms=tests))
    lost = sources.engine.value(f"SELECT count(*) FROM {relation} WHERE {quote(made.who)} IS NULL")
    findings = (
        (Finding("F-TOG-001", "warning", made.kind, f"without {made.who}: in no table of forms", count=int(lost)),)
        if lost
        else ()
    )
    title = heading(
        here,
        made,
        until="",
        counting_unit=made.counting_unit,
        states={form.id: form.labels for form in made.forms},
        cautions=("caution.together",),
    )
    return TogetherTable(title, tuple(tests), {(a, b): protection.count(n) for a, b, n in rows}), findings


def _test(here: Opened, made: Together, form: Form) -> str:
    """Return the SQL condition of a form's records; empty where no source fills a field of it."""
    codes = here.sources.catalogue.codelist("iccs").codes
    parts = []
    if form.includes:
        inside = [code for code in codes if _under(here, code, form.includes)]
        parts.append(f"r.{quote(made.code)} IN ({', '.join(map(literal, inside))})")
    if form.where:
        where = str(made.common.place or made.common.id)
        compiled = compile_expression(form.where, columns=here.sources.columns, kind=made.kind, where=where)
        if compiled is None or compiled.kinds:
            return ""
        parts.append(f"({compiled.sql})")
    return " AND ".join(parts) or "FALSE"


def _under(here: Opened, code: str, tops: tuple[str, ...]) -> bool:
    codes = here.sources.catalogue.codelist("iccs").codes
    while code:
        if code in tops:
            return True
        code = codes[code].parent if code in codes else ""
    return False
