"""The words of every product, in the reader's language, from the catalogue's `messages/<product>.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from unicodedata import bidirectional

from justitia.errors import CatalogueError
from justitia.metadata.definitions import Labels

ENGLISH = "en"

Messages = Mapping[str, Labels]  # key -> text by language


class Text(str):
    """A text that knows its language, so that a page can mark English left in a page of another language."""

    language: str

    def __new__(cls, value: str, language: str) -> Text:
        """Return `value` as a text in `language`."""
        text = super().__new__(cls, value)
        text.language = language
        return text


def pick(labels: Labels, language: str, fallback: str = "") -> Text:
    """Return the label in `language`, else in English, else any other, else `fallback`."""
    for wanted in (language, ENGLISH, *sorted(labels)):
        if labels.get(wanted):
            return Text(labels[wanted], wanted)
    return Text(fallback, ENGLISH if fallback else language)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its values; where a script runs from right to left each value keeps its own direction."""
    plain = text.format(**values)
    if not any(bidirectional(character) in ("R", "AL") for character in plain):
        return plain
    return text.format(**{name: f"\u2068{value}\u2069" for name, value in values.items()})


class Words:
    """The messages of one product in one language.

    Args:
        product: name of the message file, for example `report`.
        language: BCP 47 tag, for example `fr` or `ar`.
        messages: key -> text by language.
    """

    def __init__(self, product: str, language: str, messages: Messages) -> None:
        self.product = product
        self.language = language
        self._messages = messages

    def __call__(self, key: str, **values: str) -> Text:
        """Return the message `key` with `values` filled in.

        Raises:
            CatalogueError: E-MSG-001, there is no such message.
        """
        labels = self._messages.get(key)
        if labels is None:
            raise CatalogueError(
                "E-MSG-001",
                f"There is no message [{key}]",
                where=f"messages/{self.product}.csv",
                remedy="Add a row with this key.",
            )
        text = pick(labels, self.language)
        return Text(_filled(text, values), text.language) if values else text

    @property
    def messages(self) -> Messages:
        """Return the texts in all languages."""
        return self._messages

    def has(self, key: str) -> bool:
        """Return whether there is a message `key`."""
        return key in self._messages

    def known(self, key: str, fallback: str) -> Text:
        """Return the message `key`, or `fallback` where the catalogue has none (names of fields, rules, figures)."""
        return self(key) if key in self._messages else Text(fallback, self.language)

    def inside(self, name: str) -> str:
        """Return a name as it stands inside a sentence: without its capital, in languages that do so."""
        usual = self("style.lower_inside") == "yes" and name[1:2].islower()
        return name[:1].lower() + name[1:] if usual else name

    def pick(self, labels: Labels, fallback: str = "") -> Text:
        """Return the label in this language, else in English."""
        return pick(labels, self.language, fallback)


@lru_cache(maxsize=8)
def _messages(product: str) -> Messages:
    """Return the messages of a product, read once."""
    from justitia.metadata.load import load_catalogue

    return load_catalogue().messages(product)


def words(product: str, language: str, *, messages: Messages | None = None) -> Words:
    """Return the words of a product in a language, in English where a text is missing.

    Args:
        product: name of the message file, for example `report`.
        language: BCP 47 tag.
        messages: texts to be used in place of those that Justitia ships, for example of a catalogue with overlays.
    """
    return Words(product, language, _messages(product) if messages is None else messages)
