"""Agreement of two coders: Cohen's kappa at each level of the ICCS, with its interval.

Method: J. Cohen, A coefficient of agreement for nominal scales (1960); the large-sample standard error is that of
J. L. Fleiss, J. Cohen and B. S. Everitt, Large sample standard errors of kappa and weighted kappa (1969).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from justitia.classify.decisions import Decision, standing

if TYPE_CHECKING:
    from justitia.metadata.definitions import CodeList

NO_CODE = "no_code"


@dataclass(frozen=True, slots=True)
class Kappa:
    """How far two coders agree beyond chance.

    Args:
        items: number of offences that both coded.
        agreed: share of them (0 to 1) with the same category.
        expected: share that would agree by chance, from how often each coder uses each category.
        kappa: (agreed - expected) / (1 - expected); None where both use one category only: it says nothing then.
        lower, upper: interval of kappa at the level asked for; None with kappa, or without items.
        standard_error: of kappa, large-sample.
    """

    items: int
    agreed: float
    expected: float
    kappa: float | None
    lower: float | None
    upper: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two coders.

    Args:
        coders: their names.
        levels: name of the ICCS level (`section` to `class`) -> kappa of the codes cut to it.
        records: share (0 to 1) of the records whose offences both coded alike, at full depth; None without records.
        differing: (national code, decision of the first, decision of the second) where they differ.
    """

    coders: tuple[str, str]
    levels: Mapping[str, Kappa]
    records: float | None
    differing: tuple[tuple[str, Decision, Decision], ...]


def cohen_kappa(first: Sequence[str], second: Sequence[str], *, confidence: float = 0.95) -> Kappa:
    """Return Cohen's kappa of two coders' categories, item by item.

    Args:
        first, second: the category that each gave, in the same order.
        confidence: of the interval, 0 to 1.
    """
    import numpy as np

    n = len(first)
    if not n:
        return Kappa(0, 0.0, 0.0, None, None, None, None)
    places = {category: place for place, category in enumerate(sorted({*first, *second}))}
    table = np.zeros((len(places), len(places)))
    np.add.at(table, ([places[one] for one in first], [places[one] for one in second]), 1 / n)
    rows, columns, diagonal = table.sum(1), table.sum(0), table.diagonal()
    agreed, expected = float(diagonal.sum()), float(rows @ columns)
    if math.isclose(expected, 1.0):
        return Kappa(n, agreed, expected, None, None, None, None)
    kappa = (agreed - expected) / (1 - expected)
    on = float((diagonal * (1 - (rows + columns) * (1 - kappa)) ** 2).sum())
    off = table * (columns[:, None] + rows[None, :]) ** 2
    beside = (1 - kappa) ** 2 * float(off.sum() - off.diagonal().sum())
    spread = on + beside - (kappa - expected * (1 - kappa)) ** 2
    error = math.sqrt(max(spread, 0.0) / n) / (1 - expected)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Kappa(n, agreed, expected, kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0), error)


def coder_names(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Return the coders whose decisions stand, those with most decisions first."""
    counts: dict[str, int] = {}
    for coder, _ in standing(decisions):
        counts[coder] = counts.get(coder, 0) + 1
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def agreement(
    decisions: Sequence[Decision], coders: tuple[str, str], iccs: CodeList, records: Mapping[str, int] | None = None
) -> Agreement:
    """Return the agreement of two coders on the offences that both decided.

    Args:
        decisions: of the log.
        coders: names of the two.
        iccs: the classification.
        records: national code -> number of records it decides.
    """
    found = standing(decisions)
    both = [code for coder, code in found if coder == coders[0] and (coders[1], code) in found]
    pairs = [(code, found[coders[0], code], found[coders[1], code]) for code in both]
    levels = {}
    for level, name in enumerate(iccs.level_names, start=1):
        one = [category(decision, iccs, level) for _, decision, _ in pairs]
        other = [category(decision, iccs, level) for _, _, decision in pairs]
        levels[name] = cohen_kappa(one, other)
    weights = records or {}
    total = sum(weights.get(code, 0) for code in both)
    alike = sum(weights.get(code, 0) for code, one, other in pairs if one.same_code(other))
    differing = tuple(pair for pair in pairs if not pair[1].same_code(pair[2]))
    return Agreement(coders, levels, alike / total if total else None, differing)


def category(decision: Decision, iccs: CodeList, level: int) -> str:
    """Return the decision's code cut to a level (1 = section); a code above that level stays as it is."""
    if decision.status == NO_CODE:
        return NO_CODE
    return iccs.ancestor(decision.iccs_code, level) or decision.iccs_code
