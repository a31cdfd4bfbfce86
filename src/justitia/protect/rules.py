"""The rules by name: is one known, and does it protect anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.errors import DisclosureError
from justitia.protect.cell_key import PerturbationTable, check_perturbation, perturbation_table
from justitia.protect.threshold import LEAST_THRESHOLD, check_base, check_threshold

if TYPE_CHECKING:
    from justitia.metadata.definitions import Dataflow, DisclosureRule
    from justitia.metadata.load import Catalogue

RULES = ("threshold_and_round", "round", "controlled_round", "cell_key", "suppress")
LEAST_WIDTH = 2  # of suppression: narrower, and a hidden count is known to within one


def check_rule(rule: DisclosureRule, noise: PerturbationTable | None = None) -> None:
    """Return if a rule protects.

    Args:
        rule: of the catalogue.
        noise: its perturbation table, for `cell_key`.

    Raises:
        DisclosureError: E-DIS-001 for a rule that does not protect, E-DIS-002 for one that is not known, E-DIS-005 for
            one that shows a count as zero.
    """
    if rule.rule == "threshold_and_round":
        check_threshold(rule)
    elif rule.rule in ("round", "controlled_round"):
        check_base(rule)
    elif rule.rule == "cell_key" and noise is not None:
        check_perturbation(rule, noise)
    elif rule.rule == "suppress":
        _check_suppression(rule)
    else:
        raise DisclosureError(
            "E-DIS-002",
            f"disclosure rule [{rule.rule}] is not known",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Use one of {', '.join(RULES)}; public tables cannot be released without a rule",
        )


def _check_suppression(rule: DisclosureRule) -> None:
    if rule.redact_up_to < LEAST_THRESHOLD or rule.least_width < LEAST_WIDTH:
        raise DisclosureError(
            "E-DIS-001",
            f"counts from {rule.redact_up_to + 1} would be shown, and hidden ones known to within {rule.least_width}",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Suppress counts up to {LEAST_THRESHOLD} at least, with a least_width of {LEAST_WIDTH} or more",
        )


def noise_of(catalogue: Catalogue, rule: DisclosureRule) -> PerturbationTable | None:
    """Return the perturbation table of a rule; None for a rule without noise."""
    if rule.rule != "cell_key" or not rule.perturbation:
        return None
    rows = catalogue.perturbation(rule.perturbation)
    return perturbation_table(rule.perturbation, rows, repeat=rule.large_counts_repeat)


def check_table(dataflow: Dataflow, rule: DisclosureRule, *, has_keys: bool) -> None:
    """Raise DisclosureError: E-DIS-007 when there is no secret for cell keys, E-DIS-009 for noise on a sum."""
    if rule.rule != "cell_key":
        return
    if not has_keys:
        raise DisclosureError(
            "E-DIS-007",
            f"table {dataflow.id} is protected by cell keys, and the workspace has no secret to make them by",
            where=f"disclosure/{rule.id}.toml",
            remedy="Make one with `justitia secret FILE`, outside the workspace, and keep a copy in a safe place",
        )
    if any(measure.sum_of for measure in dataflow.measures):
        raise DisclosureError(
            "E-DIS-009",
            f"table {dataflow.id} has a sum, and cell keys are noise for counts",
            where=str(dataflow.place or dataflow.id),
            remedy="Put sums into a table of their own with another rule",
        )
