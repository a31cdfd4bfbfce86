"""What the coder learns from: titles, index phrases, notes and own phrases of the catalogue, each with its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from justitia.metadata.coding import CodingData
    from justitia.metadata.load import Catalogue

CLASSIFICATION = "iccs"
LANGUAGES = ("en", "es", "fr")


@dataclass(frozen=True, slots=True)
class Example:
    """A wording whose code is known.

    Args:
        text: the wording.
        code: its ICCS code.
        source: `title`, `index`, `note` or `phrase`.
        language: of the wording.
    """

    text: str
    code: str
    source: str
    language: str


def own_examples(catalogue: Catalogue, data: CodingData) -> list[Example]:
    """Return the wordings that ship with the catalogue and its overlays, each once per code, in a fixed order."""
    seen: dict[tuple[str, str], Example] = {}
    for example in (*_titles(catalogue), *_index(catalogue), *_phrases(data), *_notes(catalogue)):
        seen.setdefault((example.text.casefold(), example.code), example)
    return list(seen.values())


def _titles(catalogue: Catalogue) -> Iterator[Example]:
    for code in catalogue.codelist(CLASSIFICATION).codes.values():
        for language in LANGUAGES:
            if code.labels.get(language):
                yield Example(code.labels[language], code.code, "title", language)


def _index(catalogue: Catalogue) -> Iterator[Example]:
    codes = catalogue.codelist(CLASSIFICATION).codes
    for entry in catalogue.index(CLASSIFICATION):
        code = entry.code if entry.in_version else entry.suggested_code
        if code in codes:
            yield Example(entry.phrase, code, "index", entry.language)


def _phrases(data: CodingData) -> Iterator[Example]:
    for phrase in data.phrases:
        yield Example(phrase.phrase, phrase.code, "phrase", phrase.language)


def _notes(catalogue: Catalogue) -> Iterator[Example]:
    """Yield the first sentence of each scope note: what follows it speaks of what is not meant."""
    for note in catalogue.notes(CLASSIFICATION):
        if note.kind == "scope" and note.language in LANGUAGES:
            yield Example(note.text.split(".")[0].split(";")[0], note.code, "note", note.language)
