"""The protected quality figures of linkage: how right it is, and whom it does not find (its bias)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from justitia.linking.applied import LINKS
from justitia.model.publication import QualityFigure
from justitia.protect.threshold import protected

if TYPE_CHECKING:
    from justitia.metadata.definitions import DisclosureRule


def link_figures(state: Mapping[str, Any], rule: DisclosureRule) -> list[QualityFigure]:
    """Return the quality figures of the linkages of a state; every share is computed from protected counts.

    Args:
        state: of the store.
        rule: protects them.
    """
    figures: list[QualityFigure] = []
    for name, entry in sorted(state.get(LINKS, {}).items()):
        figures += _accuracy(name, entry, rule)
        for group in entry.get("unlinked", ()):
            subject = " ".join((group["dataset"], *((f"{group['field']}={group['code']}",) if group["field"] else ())))
            shares = _share("unlinked_share", subject, group["unlinked"], group["mentions"], rule)
            figures += [figure for figure in shares if figure.value is not None]
        for one in entry.get("overlaps", ()):
            value = protected(int(one["persons"]), rule)
            subject = f"{one['left']} - {one['right']}"
            figures.append(
                QualityFigure("persons_in_both", subject, None if value is None else float(value), "persons")
            )
    return figures


def _accuracy(name: str, entry: Mapping[str, Any], rule: DisclosureRule) -> list[QualityFigure]:
    metrics, known = entry.get("metrics", {}), entry.get("known")
    figures: list[QualityFigure] = []
    linked = int(metrics.get("linked_pairs", 0))
    if linked:
        right = round(float(metrics["expected_true_linked"]))
        figures += _share("link_precision_estimated", name, right, linked, rule)
        figures += _share("link_recall_estimated", name, right, round(float(metrics["expected_true"])), rule)
    if known:
        for share, whole in (("precision", "linked"), ("recall", "true")):
            note = _interval(known["right"], known[whole], rule)
            figures += _share(f"link_{share}_known", name, known["right"], known[whole], rule, note)
    return figures


def _share(name: str, subject: str, part: int, whole: int, rule: DisclosureRule, note: str = "") -> list[QualityFigure]:
    shown, of = protected(int(part), rule), protected(int(whole), rule)
    if not of:
        return []
    value = None if shown is None else round(100 * min(1.0, shown / of), 2)
    return [QualityFigure(name, subject, value, "percent", note)]


def _interval(part: int, whole: int, rule: DisclosureRule) -> str:
    """Return the interval of a share of protected counts: one of exact counts would give them back."""
    from justitia.model.interval import wilson

    shown, of = protected(int(part), rule), protected(int(whole), rule)
    if shown is None or not of:
        return ""
    lower, upper = wilson([min(shown, of)], [of])
    return f"95 %: {100 * float(lower[0]):.1f}–{100 * float(upper[0]):.1f}"
