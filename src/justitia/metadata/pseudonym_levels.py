"""How tokens and filters are compared and blocked: `pseudonyms/levels.csv` and `blocking.csv`, like `linkage/`."""

from __future__ import annotations

from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.linkage import KINDS
from justitia.metadata.linking_material import Level, LinkingMaterial, Part
from justitia.metadata.pseudonyms import FILTERS, Pseudonyms
from justitia.metadata.rows import Columns, choice_of, flag_of, number_of, read_rows
from justitia.metadata.tree import Tree

BETWEEN = "|"  # the parts of a field, in the order of `pseudonyms/parts.csv`
_LEVELS = Columns(
    key=("kind", "level"),
    required=("kind", "level", "name", "condition", "term_frequency"),
    filled=("kind", "level", "name", "condition"),
)
_BLOCKING = Columns(key=("rule",), required=("rule", "needs"), filled=("rule", "needs"))


def read_token_material(tree: Tree, settings: Pseudonyms, faults: Faults, overrides: list[Override]) -> LinkingMaterial:
    """Return what linking needs to know of fields that hold tokens, their parts set one after the other."""
    levels = [
        Level(
            choice_of(row, "kind", KINDS, faults),
            int(number_of(row, "level", faults) or 0),
            row["name"],
            row["condition"],
            flag_of(row, "term_frequency", faults),
        )
        for row in read_rows(tree, "pseudonyms/levels.csv", _LEVELS, faults, overrides)
    ]
    rules = sorted(read_rows(tree, "pseudonyms/blocking.csv", _BLOCKING, faults, overrides), key=lambda r: r["rule"])
    return LinkingMaterial(
        parts=tuple(_parts(settings)),
        levels=tuple(sorted(levels, key=lambda item: (item.kind, -item.level))),
        blocking=tuple(tuple(row["needs"].split()) for row in rules),
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
