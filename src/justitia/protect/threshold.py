"""The threshold-and-round rule: small counts are redacted, all others rounded to a base.

Zero stays zero. The rule is that of OpenSAFELY's default (counts up to 7 redacted, others to the nearest 5), with
its parameters as data. Every count is rounded by itself, totals too, so rounded parts do not sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.errors import DisclosureError

if TYPE_CHECKING:
    from justitia.metadata.definitions import DisclosureRule

LEAST_THRESHOLD = 2  # a rule that shows a count of 1 or 2 protects nobody
LEAST_BASE = 3  # to the nearest 2 is within 1 of the count


def check_threshold(rule: DisclosureRule) -> None:
    """Raise DisclosureError: E-DIS-001 when the rule does not protect, E-DIS-005 when it shows a count as zero."""
    if rule.redact_up_to < LEAST_THRESHOLD or rule.round_to < LEAST_BASE:
        raise DisclosureError(
            "E-DIS-001",
            f"counts from {rule.redact_up_to + 1} would be shown, rounded to {rule.round_to}: persons would show",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Redact at least counts up to {LEAST_THRESHOLD} and round to a base of {LEAST_BASE} or more",
        )
    if protected(rule.redact_up_to + 1, rule) == 0:
        raise DisclosureError(
            "E-DIS-005",
            f"a count of {rule.redact_up_to + 1} would be shown as 0, rounded to {rule.round_to}: zero means none",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Redact counts up to {(rule.round_to - 1) // 2} at least, or round to a smaller base",
        )


def check_base(rule: DisclosureRule) -> None:
    """Raise DisclosureError (E-DIS-001) when rounding alone leaves too little doubt."""
    if rule.round_to < LEAST_BASE:
        raise DisclosureError(
            "E-DIS-001",
            f"rounding to {rule.round_to} leaves too little doubt",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Round to a base of {LEAST_BASE} or more",
        )


def rounded_sql(value: str, base: int) -> str:
    """Return SQL of a count at its nearest multiple of the base; halves go up."""
    return f"({value} + {base // 2}) // {base} * {base}"


def protected_sql(value: str, rule: DisclosureRule) -> str:
    """Return SQL of the protected count: null where it is redacted."""
    return f"CASE WHEN {value} BETWEEN 1 AND {rule.redact_up_to} THEN NULL ELSE {rounded_sql(value, rule.round_to)} END"


def protected(value: int, rule: DisclosureRule) -> int | None:
    """Return the protected count, None where it is redacted: the plain reference of `protected_sql`."""
    if 1 <= value <= rule.redact_up_to:
        return None
    base = rule.round_to
    return (value + base // 2) // base * base
