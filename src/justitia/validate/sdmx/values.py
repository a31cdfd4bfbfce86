"""Each value by itself: is it there, is its code listed, is it of its type, and within its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from justitia.engine import literal, quote
from justitia.findings import Finding
from justitia.metadata.structure import Component
from justitia.model.period import EXAMPLES, NUMBERS, PATTERNS, PERIODS
from justitia.validate.sdmx.observations import Observations, key_of


def check_columns(data: Observations) -> Iterator[Finding]:
    """Yield components that have no column though each observation must have them, and columns of no component."""
    known = [item.id for item in data.structure.components]
    for name in sorted(data.columns - set(known)):
        near = get_close_matches(name, known, n=1)
        right = f"did you mean {near[0]}?" if near else f"components are {', '.join(known)}"
        yield data.finding("V-SDX-001", name, f"[{name}] is no component of {data.structure.short}: {right}")
    for item in data.structure.components:
        if item.id not in data.columns and item.role != "measure" and item.required:
            yield _missing(data, item, "every observation", data.engine.value(f"SELECT count(*) FROM {data.relation}"))


def _missing(data: Observations, item: Component, where: str, count: int) -> Finding:
    rule, what = ("V-SDX-003", "mandatory attribute") if item.role == "attribute" else ("V-SDX-002", "dimension")
    allowed = f"one of {_some(item)}" if item.codelist else f"a value of type {item.type}"
    return data.finding(rule, item.id, f"{what} {item.id} has no value in {where}: give it {allowed}", count=count)


def _some(item: Component) -> str:
    codes = list(item.codelist.codes) if item.codelist else []
    return ", ".join(codes[:8]) + (f" ... ({len(codes)} codes of {item.codelist.name})" if len(codes) > 8 else "")  # type: ignore[union-attr]


def check_values(data: Observations) -> Iterator[Finding]:
    """Yield values that are missing, not listed, not of their type or beyond their limits."""
    filters: list[tuple[Component, str, str]] = []
    for item in data.given:
        name = quote(item.id)
        if item.required and item.role != "measure":
            filters.append((item, "missing", f"{name} IS NULL"))
        if item.codelist is None:
            filters += [(item, kind, condition) for kind, condition in _limits(item)]
        elif item.codelist.codes:
            yield from _check_codes(data, item)
    if not filters:
        return
    counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for _, _, condition in filters)
    counts = data.engine.rows(f"SELECT {counted} FROM {data.relation}")[0]
    for (item, kind, condition), count in zip(filters, counts, strict=True):
        if count and kind == "missing":
            first = data.engine.value(f"SELECT min({data.key_sql()}) FROM {data.relation} WHERE {condition}")
            yield _missing(data, item, f"{count:,} observations, first {key_of(first)}", count)
        elif count:
            yield from _check_type(data, item, kind, condition)


def _check_codes(data: Observations, item: Component) -> Iterator[Finding]:
    codes = item.codelist.codes if item.codelist else {}
    name = quote(item.id)
    used = f"SELECT {name} AS v, count(*) AS n FROM {data.relation} WHERE {name} IS NOT NULL GROUP BY v"
    listed = f"(SELECT unnest([{', '.join(map(literal, codes))}]))"
    if not data.engine.value(f"SELECT count(*) FROM ({used}) WHERE v NOT IN {listed}"):
        return
    shown, values, rows = data.by_value(item.id, f"{name} IS NOT NULL AND {name} NOT IN {listed}")
    for value, count, key in shown:
        message = (
            f"[{value[:60]}] is not in code list {item.codelist.name}: {_right(value, item)}; first at {key_of(key)}"  # type: ignore[union-attr]
        )
        yield data.finding("V-SDX-004", item.id, message, value=value, count=count)
    rest = rows - sum(count for _, count, _ in shown)
    yield from data.more("V-SDX-004", item.id, f"observations with {values - len(shown):,} other codes", rest)


def _right(value: str, item: Component) -> str:
    codes = list(item.codelist.codes) if item.codelist else []
    new = next((code.code for code in item.codelist.codes.values() if value in code.variants), "")  # type: ignore[union-attr]
    if new:
        return f"this version calls it {new}"
    bare = value.lstrip("0")
    padded = [code for code in codes if code.lstrip("0") == bare]
    if padded:
        return f"{padded[0]} is; leading zeros belong to the code"
    labels = {label.lower(): code.code for code in item.codelist.codes.values() for label in code.labels.values()}  # type: ignore[union-attr]
    if value.lower() in labels:
        return f"that is the name of {labels[value.lower()]}"
    near = get_close_matches(value, codes, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {_some(item)}"


def _limits(item: Component) -> Iterator[tuple[str, str]]:
    """Yield each limit of an uncoded component: its kind, and SQL that is true beyond it."""
    name, facets = quote(item.id), item.facets
    pattern = PATTERNS.get(item.type)
    wrong = f"NOT regexp_full_match({name}, {literal(pattern)})" if pattern else "false"
    if item.type in PERIODS:
        day = f"regexp_matches({name}, '^\\d{{4}}-\\d{{2}}-\\d{{2}}')"
        year = f"TRY_CAST(substr({name}, 1, 4) AS INTEGER)"
        wrong = f"""({wrong} OR ({day} AND TRY_CAST(substr({name}, 1, 10) AS DATE) IS NULL)
            OR (contains({name}, '-W53') AND week(make_date({year}, 12, 28)) <> 53)
            OR (contains({name}, '-D366') AND TRY_CAST({year} || '-02-29' AS DATE) IS NULL))"""
    if pattern:
        yield "type", f"{name} IS NOT NULL AND {wrong}"
    for kind, sign, limit in (("min_length", "<", facets.min_length), ("max_length", ">", facets.max_length)):
        if limit is not None:
            yield kind, f"length({name}) {sign} {limit}"
    if item.type in NUMBERS:
        for kind, sign, bound in (("min_value", "<", facets.min_value), ("max_value", ">", facets.max_value)):
            if bound is not None:
                yield kind, f"TRY_CAST({name} AS DOUBLE) {sign} {bound!r}"
        if facets.decimals is not None:
            yield "decimals", f"regexp_matches({name}, '\\.\\d{{{facets.decimals + 1},}}')"
    if facets.pattern and _serves(facets.pattern):
        yield "pattern", f"NOT regexp_full_match({name}, {literal(facets.pattern)})"


def _serves(pattern: str) -> bool:
    """Return whether a structure's own pattern can be run: no look-around, and valid."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return "(?" not in pattern and not re.search(r"\\[1-9icIC]", pattern)


def _check_type(data: Observations, item: Component, kind: str, condition: str) -> Iterator[Finding]:
    period = item.type in PERIODS
    rule = "V-SDX-006" if period and kind == "type" else "V-SDX-007"
    facets = item.facets
    right = {
        "type": f"write periods as {EXAMPLES}" if period else f"give a value of type {item.type}",
        "min_length": f"it needs {facets.min_length} characters or more",
        "max_length": f"it may have {facets.max_length} characters",
        "min_value": f"it may be {facets.min_value} or more",
        "max_value": f"it may be {facets.max_value} or less",
        "decimals": f"it may have {facets.decimals} decimals",
        "pattern": f"it must match {facets.pattern}",
    }[kind]
    shown, values, rows = data.by_value(item.id, condition)
    for value, count, key in shown:
        message = f"[{value[:60]}] is not right for {item.id}: {right}; first at {key_of(key)}"
        yield data.finding(rule, item.id, message, value=value, count=count)
    rest = rows - sum(count for _, count, _ in shown)
    yield from data.more(rule, item.id, f"observations with {values - len(shown):,} other values", rest)
