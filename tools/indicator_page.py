"""The reference page of all indicators, from the catalogue: definitions as they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from justitia.metadata.indicator import Indicator

INTRO = """\
# Indicators

Every quantity that a collection asks, with its definition. They are data: `indicators/*.csv` in the catalogue, and in
an overlay of yours ([catalogue files](catalogue-files.md)). A code stands for all codes below it. † marks a definition
that was recalled and not read: compare it with the questionnaire. The collections that ask an indicator stand last.
"""


def indicators_page() -> list[str]:
    """Return docs/reference/indicators.md."""
    from justitia.metadata.load import load_catalogue

    catalogue = load_catalogue()
    asked: dict[str, set[str]] = {}
    for identifier in catalogue.collection_ids():
        for cell in catalogue.collection(identifier).cells:
            asked.setdefault(cell.indicator, set()).add(identifier)
    found = list(catalogue.indicators.values())
    lines = [INTRO, f"{len(found)} indicators.", ""]
    for kind, group in groupby(sorted(found, key=lambda each: each.kind), key=lambda each: each.kind):
        lines += [f"## {'Counts of ' + kind if kind else 'From other figures'}", ""]
        for each in group:
            lines += list(_entry(each, sorted(asked.get(each.id, ()))))
    return lines


def _entry(each: Indicator, collections: list[str]) -> Iterator[str]:
    mark = " †" if each.status == "memory" else ""
    yield f"**{each.labels['en']}**{mark} (`{each.id}`)"
    yield ""
    yield f"- {_method(each)}"
    if each.includes or each.excludes:
        without = f", without {', '.join(each.excludes)}" if each.excludes else ""
        yield f"- ICCS {', '.join(each.includes) or 'all codes'}{without}" + (
            f"; {each.inchoate}" if each.inchoate else ""
        )
    conditions = [condition for condition in (each.where, each.where_known) if condition]
    if conditions:
        yield "- where " + " and ".join(f"`{condition}`" for condition in conditions)
    if each.breakdowns:
        sums = "" if each.parts_sum else " (parts need not sum)"
        yield f"- by {', '.join(item.id for item in each.breakdowns)}{sums}"
    if each.when_recorded:
        yield f"- {each.when_recorded}"
    if each.definition:
        yield f"- {each.definition}"
    yield f"- source: {each.source}" + (f"; asked by {', '.join(collections)}" if collections else "")
    yield ""


def _method(each: Indicator) -> str:
    what = f"{each.method.replace('_', ' ')} of {each.counting_unit}"
    if each.counting_rule:
        what += f", rule `{each.counting_rule}`"
    if each.numerator:
        per = f", per {each.per:,.0f}" if each.per else ""
        what = f"{each.method.replace('_', ' ')}: `{each.numerator}` / `{each.denominator}`{per}"
    if each.value_field:
        what += f", of `{each.value_field}`"
    if each.period:
        what += f"; period by {' to '.join(f'`{name}`' for name in each.period)}"
    if each.reference_day and each.method in ("stock", "list"):
        what += f"; on {each.reference_day}"
    return what
