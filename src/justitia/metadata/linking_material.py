"""Reading `linkage/`: how fields are cleaned and compared, what records are blocked by, and what stands for nothing."""

from __future__ import annotations

from dataclasses import dataclass

from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults
from justitia.metadata.linkage import KINDS
from justitia.metadata.rows import Columns, choice_of, flag_of, number_of, read_rows
from justitia.metadata.tree import Tree

_PARTS = Columns(key=("kind", "part"), required=("kind", "part", "expression"), filled=("kind", "expression"))
_LEVELS = Columns(
    key=("kind", "level"),
    required=("kind", "level", "name", "condition", "term_frequency"),
    filled=("kind", "level", "name", "condition"),
)
_BLOCKING = Columns(key=("rule",), required=("rule", "needs"), filled=("rule", "needs"))
_PLACEHOLDERS = Columns(
    key=("kind", "pattern"), required=("kind", "pattern"), optional=("language",), filled=("kind", "pattern")
)
_LETTERS = Columns(key=("letter",), required=("letter", "latin", "script"), filled=("letter",))
_SOUNDS = Columns(key=("sort",), required=("sort", "pattern", "replacement"), filled=("sort", "pattern"))


@dataclass(frozen=True, slots=True)
class Part:
    """How a part of a field is made; the part without a name is the field's cleaned value.

    Args:
        kind, part: of field; name of the part, for example `sound`.
        expression: SQL over `{x}`, as received, or `{value}`, as cleaned.
    """

    kind: str
    part: str
    expression: str


@dataclass(frozen=True, slots=True)
class Level:
    """A level of likeness of two values; the highest whose condition holds counts.

    Args:
        kind, level, name: of field; rank, and words for the waterfall.
        condition: SQL over `{f}_l` and `{f}_r`, `{f:part}_l`, and `{kind}_l` of another field.
        term_frequency: whether a rare value tells more.
    """

    kind: str
    level: int
    name: str
    condition: str
    term_frequency: bool


@dataclass(frozen=True, slots=True)
class LinkingMaterial:
    """What linking needs to know of names, dates and numbers.

    Args:
        parts, levels: of every kind of field.
        blocking: rules in order, each of `kind` or `kind:part`.
        placeholders: kind -> regular expressions of values that stand for nothing.
        letters: (letter, Latin letters); one that begins with `^` counts at the beginning of a word.
        sounds: (regular expression, replacement), applied in order.
    """

    parts: tuple[Part, ...]
    levels: tuple[Level, ...]
    blocking: tuple[tuple[str, ...], ...]
    placeholders: dict[str, tuple[str, ...]]
    letters: tuple[tuple[str, str], ...]
    sounds: tuple[tuple[str, str], ...]


def read_linking_material(tree: Tree, faults: Faults, overrides: list[Override]) -> LinkingMaterial:
    """Return the files of `linkage/`; empty where a catalogue has none."""
    if not tree.holding("linkage/parts.csv"):
        return LinkingMaterial((), (), (), {}, (), ())
    return LinkingMaterial(
        parts=tuple(
            Part(choice_of(row, "kind", KINDS, faults), row["part"], row["expression"])
            for row in read_rows(tree, "linkage/parts.csv", _PARTS, faults, overrides)
        ),
        levels=read_levels(tree, "linkage/levels.csv", faults, overrides),
        blocking=read_rules(tree, "linkage/blocking.csv", faults, overrides),
        placeholders=_placeholders(tree, faults, overrides),
        letters=tuple(
            (row["letter"], row["latin"]) for row in read_rows(tree, "linkage/letters.csv", _LETTERS, faults, overrides)
        ),
        sounds=tuple(
            (row["pattern"], row["replacement"])
            for row in sorted(
                read_rows(tree, "linkage/sounds.csv", _SOUNDS, faults, overrides), key=lambda row: row["sort"]
            )
        ),
    )


def read_levels(tree: Tree, path: str, faults: Faults, overrides: list[Override]) -> tuple[Level, ...]:
    """Return the levels of likeness of a file, by kind, the most alike first."""
    made = [
        Level(
            choice_of(row, "kind", KINDS, faults),
            int(number_of(row, "level", faults) or 0),
            row["name"],
            row["condition"],
            flag_of(row, "term_frequency", faults),
        )
        for row in read_rows(tree, path, _LEVELS, faults, overrides)
    ]
    return tuple(sorted(made, key=lambda item: (item.kind, -item.level)))


def read_rules(tree: Tree, path: str, faults: Faults, overrides: list[Override]) -> tuple[tuple[str, ...], ...]:
    """Return the blocking rules of a file, in order."""
    rows = sorted(read_rows(tree, path, _BLOCKING, faults, overrides), key=lambda row: row["rule"])
    return tuple(tuple(row["needs"].split()) for row in rows)


def _placeholders(tree: Tree, faults: Faults, overrides: list[Override]) -> dict[str, tuple[str, ...]]:
    made: dict[str, tuple[str, ...]] = {}
    for row in read_rows(tree, "linkage/placeholders.csv", _PLACEHOLDERS, faults, overrides):
        kind = choice_of(row, "kind", KINDS, faults)
        made[kind] = (*made.get(kind, ()), row["pattern"])
    return made
