"""Reading `linkages/<id>.toml`."""

from __future__ import annotations

from justitia.metadata.definitions import Override
from justitia.metadata.faults import Faults, nearest
from justitia.metadata.linkage import (
    AFTERWARDS,
    CLEANING,
    KEPT,
    KINDS,
    LINK_TYPES,
    ROLES,
    Linkage,
    LinkedDataset,
    LinkedField,
    LinkKey,
    Thresholds,
    Training,
)
from justitia.metadata.settings import Settings, open_settings
from justitia.metadata.tree import Tree

PARTS = ("sound", "start", "letter", "end", "year", "month", "day", "swapped", "unordered", "sorted", "first", "last")


def read_linkage(tree: Tree, identifier: str, faults: Faults, overrides: list[Override]) -> Linkage | None:
    """Return the definition in `linkages/<identifier>.toml`; None, and a fault, when it is not TOML."""
    settings = open_settings(tree, f"linkages/{identifier}.toml", faults, overrides)
    if settings is None:
        return None
    fields = tuple(_field(table) for table in settings.tables("fields", needed=True))
    known = tuple(item.id for item in fields)
    made = Linkage(
        id=identifier,
        labels=settings.labels("label", needed=True),
        descriptions=settings.labels("description"),
        purpose=settings.text("purpose"),
        legal_basis=settings.text("legal_basis", ""),
        datasets=tuple(_dataset(table, known) for table in settings.tables("datasets", needed=True)),
        fields=fields,
        keys=tuple(_key(table, known) for table in settings.tables("keys")),
        link_type=settings.text("link_type", "link_and_dedupe", among=LINK_TYPES),
        one_to_one=settings.flag("one_to_one"),
        only=settings.text("only", "", among=KEPT),
        after=settings.text("after", "seal", among=AFTERWARDS),
        blocking=tuple(_rule(table, known) for table in settings.tables("blocking")),
        thresholds=_thresholds(settings.table("thresholds")),
        training=_training(settings.table("training")),
        place=settings.place(),
    )
    settings.close()
    return made


def _field(table: Settings) -> LinkedField:
    made = LinkedField(table.text("id"), table.text("kind", among=KINDS), table.flag("contradicts"), table.place())
    table.close()
    return made


def _dataset(table: Settings, known: tuple[str, ...]) -> LinkedDataset:
    fields = {name: str(value) for name, value in table.mapping("fields").items()}
    for name in fields:
        _known(table, "fields", name, known)
    made = LinkedDataset(
        id=table.text("id"),
        source_id=table.text("source"),
        record=table.text("record"),
        role=table.text("role", among=ROLES),
        fields=fields,
        exclude=table.text("exclude", ""),
        once=table.flag("once"),
        place=table.place(),
    )
    table.close()
    return made


def _key(table: Settings, known: tuple[str, ...]) -> LinkKey:
    fields = table.texts("fields")
    clean = table.texts("clean", ("letters_and_digits",))
    for name in fields:
        _known(table, "fields", name, known)
    for word in clean:
        _known(table, "clean", word, CLEANING)
    made = LinkKey(table.text("id"), fields, clean, table.place())
    table.close()
    return made


def _rule(table: Settings, known: tuple[str, ...]) -> tuple[str, ...]:
    fields = table.texts("fields")
    for item in fields:
        name, _, part = item.partition(":")
        _known(table, "fields", name, known)
        if part:
            _known(table, "fields", part, PARTS)
    table.close()
    return fields


def _thresholds(table: Settings) -> Thresholds:
    standard = Thresholds()
    made = Thresholds(
        table.share("link", standard.link),
        table.share("precision", standard.precision),
        table.share("review", standard.review),
    )
    if made.review > made.link:
        table.faults.add(
            "E-CAT-017",
            "pairs for review would begin above the links",
            where=table.place("review"),
            remedy="Write a review threshold below the one for links",
        )
    table.close()
    return made


def _training(table: Settings) -> Training:
    standard = Training()
    made = Training(
        pairs=table.number("pairs", standard.pairs, least=1_000),
        seed=table.number("seed", standard.seed),
        largest_block=table.number("largest_block", standard.largest_block, least=10),
    )
    table.close()
    return made


def _known(table: Settings, key: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        table.faults.add(
            "E-CAT-013",
            f"[{name}] for key {key} is none of {', '.join(known)}",
            where=table.place(key),
            remedy=nearest(name, known),
        )
