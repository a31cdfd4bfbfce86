"""How tokens and filters are compared and blocked: `pseudonyms/levels.csv` and `blocking.csv`, like `linkage/`."""

from __future__ import annotations

from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.linking_material import LinkingMaterial, Part, read_levels, read_rules
from justitia.metadata.pseudonyms import FILTERS, Pseudonyms
from justitia.metadata.tree import Tree

BETWEEN = "|"  # the parts of a field, in the order of `pseudonyms/parts.csv`


def read_token_material(tree: Tree, settings: Pseudonyms, faults: Faults, overrides: list[Override]) -> LinkingMaterial:
    """Return what linking needs to know of fields that hold tokens, their parts set one after the other."""
    return LinkingMaterial(
        parts=tuple(_parts(settings)),
        levels=read_levels(tree, "pseudonyms/levels.csv", faults, overrides),
        blocking=read_rules(tree, "pseudonyms/blocking.csv", faults, overrides),
        placeholders={},
        letters=(),
        sounds=(),
    )


def _parts(settings: Pseudonyms) -> list[Part]:
    """Return how each part is taken out again."""
    made = []
    for kind in dict.fromkeys(part.kind for part in settings.parts):
        for place, part in enumerate(settings.of(kind), start=1):
            piece = f"split_part({{x}}, '{BETWEEN}', {place})"
            made.append(Part(kind, part.part, f"filter_bits({piece})" if part.form in FILTERS else piece))
    return made
