"""The protected quality figures of coding: what was coded, how much stays in residual codes, and how right it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from justitia.classify.audit import NO_CODE, STATE
from justitia.classify.audit_result import WHOLE
from justitia.model.publication import QualityFigure
from justitia.protect.threshold import protected

if TYPE_CHECKING:
    from justitia.metadata.definitions import DisclosureRule

SUBJECT = "offence.iccs_code"
STATUSES = ("coded", "unspecified", "no_code", "uncoded")
YEAR = "uncoded_in_"  # and the year: a metric of the stage


def coding_figures(state: Mapping[str, Any], rule: DisclosureRule) -> list[QualityFigure]:
    """Return the quality figures of coding of a state; every share is computed from protected counts.

    Args:
        state: of the store.
        rule: protects them.
    """
    metrics = state["stages"].get("classify", {}).get("metrics", {})
    total = sum(metrics.get(name, 0) for name in STATUSES)
    figures: list[QualityFigure] = []
    if total:
        for name in STATUSES:
            value = protected(int(metrics.get(name, 0)), rule)
            figures.append(
                QualityFigure(f"{name}_records", SUBJECT, None if value is None else float(value), "records")
            )
    figures += _shares(metrics, total, rule)
    for name in sorted(state.get(STATE, {}), reverse=True):
        audit = state[STATE][name]
        if "result" in audit:
            figures += _accuracy(name, audit, rule)
            break
    return figures


def _shares(metrics: Mapping[str, int], total: int, rule: DisclosureRule) -> list[QualityFigure]:
    figures = _share("uncoded_share", SUBJECT, metrics.get("uncoded", 0), total, rule)
    if "residual" in metrics:
        with_code = metrics.get("coded", 0) + metrics.get("unspecified", 0)
        figures += _share("residual_share", SUBJECT, metrics["residual"], with_code, rule)
    for name in sorted(name for name in metrics if name.startswith(YEAR)):
        year = name.removeprefix(YEAR)
        figures += _share("uncoded_share_in_year", year, metrics[name], metrics[f"records_in_{year}"], rule)
    return figures


def _share(name: str, subject: str, part: int, whole: int, rule: DisclosureRule, note: str = "") -> list[QualityFigure]:
    """Return the share as a figure: none without a public whole, a redacted one without a public part."""
    shown, of = protected(int(part), rule), protected(int(whole), rule)
    if not of:
        return []
    return [QualityFigure(name, subject, None if shown is None else _percent(shown / of), "percent", note)]


def _accuracy(name: str, audit: Mapping[str, Any], rule: DisclosureRule) -> list[QualityFigure]:
    """Return the accuracy that an audit found, of all records and by section, and what was taken for what."""
    result = audit["result"]
    figures: list[QualityFigure] = []
    for one in result["accuracy"]:
        estimate, whole = one["estimate"], one["of"] == WHOLE
        if one["of"] == "how" or (not whole and one["level"] != "class"):
            continue
        records = estimate["records"]
        ends = [_of(estimate[end], records, rule) for end in ("lower", "upper")]
        interval = f"95 %: {ends[0]:.1f}–{ends[1]:.1f}" if None not in ends else ""
        note = f"{interval}; {name}, {audit['drawn_on']}".removeprefix("; ")
        figure = "coding_accuracy" if one["level"] == "class" else f"coding_accuracy_{one['level']}"
        subject = SUBJECT if whole else _section(one["name"])
        figures += _share(figure, subject, round(estimate["share"] * records), records, rule, note)
    for cell in result["confused"]:
        value = protected(round(cell["records"]), rule)
        if value:
            figures.append(
                QualityFigure(
                    "coding_confused",
                    f"{_section(cell['given'])} > {_section(cell['audited'])}",
                    float(value),
                    "records",
                )
            )
    return figures


def _section(name: str) -> str:
    return name if name == NO_CODE else f"ICCS {name}"


def _of(share: float, records: int, rule: DisclosureRule) -> float | None:
    part, whole = protected(round(share * records), rule), protected(records, rule)
    return None if part is None or not whole else _percent(part / whole)


def _percent(share: float) -> float:
    # Parts are rounded by themselves: one may come out above its whole.
    return round(100 * min(1.0, share), 2)
