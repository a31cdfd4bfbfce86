"""Boundaries between codes of a classification: words that place an act on one side, in own words after its rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from justitia.metadata.definitions import CodeList, Labels
from justitia.metadata.faults import Faults
from justitia.metadata.load import Catalogue
from justitia.metadata.rows import Columns, Row, read_rows
from justitia.metadata.search import plain_words

BOUNDARIES = Columns(
    key=("rule_id",),
    required=("rule_id", "code", "not_under", "label_en"),
    optional=("source",),
    families=("words_", "label_"),
    filled=("rule_id", "code", "not_under", "label_en"),
)


@dataclass(frozen=True, slots=True)
class Boundary:
    """One boundary.

    Args:
        rule_id: its name.
        code: where acts so worded belong; anything below it will do.
        not_under: where they must not be.
        phrases: each a tuple of words that must all occur; `word*` is a beginning, `-word` must not occur.
        labels: what is said of them, by language.
    """

    rule_id: str
    code: str
    not_under: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    labels: Labels

    def broken_by(self, words: Iterable[str], code: str, listed: CodeList) -> bool:
        """Return whether a text of these words (lower case, no accents) may not have this code."""
        if is_within(code, self.code, listed) or not any(is_within(code, other, listed) for other in self.not_under):
            return False
        own = set(words)
        return any(all(_meets(word, own) for word in phrase) for phrase in self.phrases)


def read_boundaries(catalogue: Catalogue, classification: str = "iccs") -> tuple[Boundary, ...]:
    """Return the boundaries of a classification's newest version; none when it has no such file.

    Raises:
        CatalogueError: what is wrong with the file.
    """
    version = catalogue.classification(classification).version
    path = f"classifications/{classification}/{version}/boundaries.csv"
    if not catalogue.tree.holding(path):
        return ()
    faults = Faults()
    rows = read_rows(catalogue.tree, path, BOUNDARIES, faults)
    faults.raise_any()
    return tuple(_boundary(row) for row in rows)


def is_within(code: str, above: str, listed: CodeList) -> bool:
    """Return whether a code is `above` or lies below it."""
    entry = listed.codes.get(code)
    while entry is not None and entry.code != above:
        entry = listed.codes.get(entry.parent)
    return entry is not None


def _boundary(row: Row) -> Boundary:
    texts: Mapping[str, str] = row.family("words_")
    phrases = [part for text in texts.values() for part in text.split(";") if part.strip()]
    return Boundary(
        row["rule_id"],
        row["code"],
        tuple(part.strip() for part in row["not_under"].split(";")),
        tuple(tuple(_folded(word) for word in phrase.split()) for phrase in phrases),
        row.labels(),
    )


def _folded(word: str) -> str:
    marks = ("-" if word.startswith("-") else "", "*" if word.endswith("*") else "")
    return marks[0] + "".join(plain_words(word)) + marks[1]


def _meets(word: str, own: set[str]) -> bool:
    if word.startswith("-"):
        return not _meets(word[1:], own)
    if word.endswith("*"):
        return any(other.startswith(word[:-1]) for other in own)
    return word in own
