"""Which language a list of offences is in: that declared, or that whose words it uses; and when the two differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.classify.text import clean, normalise
from justitia.errors import RequestError
from justitia.metadata.coding import read_words

if TYPE_CHECKING:
    from justitia.metadata.load import Catalogue

LOOKED_AT = 2_000  # texts, evenly over the list
FALLBACK = "en"
_LEAST_WORDS = 4  # telling words below which a list is too short to contradict anybody
_LEAST_SHARE = 0.1  # of words: less than this is what any language of Europe shares with any other


@dataclass(frozen=True, slots=True)
class Language:
    """The language that texts are coded in.

    Args:
        language: its code.
        assumed: it was not declared.
        known: the coder has material in it; otherwise its quality is unknown.
        doubt: what a person should look at, in one sentence; empty when nothing.
    """

    language: str
    assumed: bool
    known: bool
    doubt: str = ""


def assume_language(catalogue: Catalogue, texts: Sequence[str], declared: str = "") -> Language:
    """Return the language to code texts in.

    Words that only one language has, of those that occur in ICCS titles and among its function words, are counted.

    Args:
        catalogue: has the words.
        texts: the texts, in any order.
        declared: what the user says; empty to go by the words.

    Raises:
        RequestError: E-COD-052 when the declared language is no code of two or three letters.
    """
    declared = declared.strip().lower().replace("_", "-").partition("-")[0]
    if declared and not (declared.isascii() and declared.isalpha() and 2 <= len(declared) <= 3):
        raise RequestError(
            "E-COD-052", f"[{declared}] is no language code", remedy="Write two letters: en, es, fr, pt ..."
        )
    words = _telling_words(catalogue)
    found, total, other_script = _count(words, texts[:: max(1, len(texts) // LOOKED_AT)])
    best = max(words, key=lambda name: (found[name], name == FALLBACK))
    sure = found[best] >= _LEAST_WORDS and found[best] >= _LEAST_SHARE * total and not other_script
    if not declared:
        doubt = "" if sure else f"nothing in the texts tells their language; {FALLBACK} was assumed"
        if other_script:
            doubt = f"most texts are not in Latin letters; {FALLBACK} was assumed"
        return Language(best if sure else FALLBACK, True, True, doubt)
    doubt = f"the texts look like {best}, not {declared}" if sure and found[best] > 2 * found[declared] else ""
    if declared in words and other_script:
        doubt = f"most texts are not in Latin letters, and {declared} was declared"
    return Language(declared, False, declared in words, doubt)


def _telling_words(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Return language -> words that no other language of the coder has."""
    stop = read_words(catalogue).get("stop", {})
    codes = catalogue.codelist("iccs").codes.values()
    own = {
        name: {*words, *(word for code in codes for word in normalise(code.labels.get(name, "")).split())}
        for name, words in stop.items()
    }
    often = Counter(word for words in own.values() for word in words)
    return {name: frozenset(word for word in words if often[word] == 1) for name, words in own.items()} or {
        FALLBACK: frozenset()
    }


def _count(words: dict[str, frozenset[str]], texts: Iterable[str]) -> tuple[Counter[str], int, bool]:
    """Return telling words by language, words in all, and whether most letters are of another script than Latin."""
    found: Counter[str] = Counter()
    total = foreign = letters = 0
    for text in texts:
        for word in normalise(clean(text)).split():
            total += word.isalpha()
            letters += len(word)
            foreign += 0 if word.isascii() else len(word)
            found.update(name for name, own in words.items() if word in own)
    return found, total, foreign * 2 > letters
