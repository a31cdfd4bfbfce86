"""Coverage: crime forms that a text names, with ICCS codes, tags and fields (`coverage/<text>.csv`)."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.metadata.definitions import Labels, Override, Place
from justitia.metadata.faults import Faults
from justitia.metadata.indicator import STATUSES, listed
from justitia.metadata.rows import Columns, choice_of, read_rows
from justitia.metadata.tree import Tree

FORMS = Columns(
    key=("form",),
    required=("form", "paragraph", "label_en", "iccs", "needs", "agency", "status"),
    optional=("tags", "unit", "source"),
    families=("label_",),
    filled=("form", "paragraph", "label_en", "needs", "agency", "status"),
)


@dataclass(frozen=True, slots=True)
class CrimeForm:
    """A form of crime, or a fact about crime, that a text asks to be known.

    Args:
        id: short name.
        paragraphs: numbers of the paragraphs that name it.
        labels: by language, in our words.
        iccs: codes at which it is counted, each standing for all below it.
        tags: ICCS tags that tell it from the rest of the code.
        needs: fields (`kind.field`, or `kind.field=code`) without which it cannot be counted.
        agency: sector whose records would hold them.
        unit: kind of record counted.
    """

    id: str
    paragraphs: tuple[str, ...]
    labels: Labels
    iccs: tuple[str, ...]
    tags: tuple[str, ...]
    needs: tuple[str, ...]
    agency: str
    unit: str
    status: str
    note: str = ""
    place: Place | None = None


def read_forms(tree: Tree, name: str, faults: Faults, overrides: list[Override]) -> tuple[CrimeForm, ...]:
    """Return the crime forms of a text, in its order."""
    return tuple(
        CrimeForm(
            id=row["form"],
            paragraphs=listed(row, "paragraph"),
            labels=row.labels(),
            iccs=listed(row, "iccs"),
            tags=listed(row, "tags"),
            needs=listed(row, "needs"),
            agency=row["agency"],
            unit=row["unit"] or "offence",
            status=choice_of(row, "status", STATUSES, faults, default="memory"),
            note=row["note"],
            place=row.place,
        )
        for row in read_rows(tree, f"coverage/{name}.csv", FORMS, faults, overrides)
    )
