"""Tokens and filters of values: exact tokens meet when values are equal, filters tell how alike two values are.

A filter is a row of bits (Bloom filter) in which every gram of a value sets some bits (R. Schnell, T. Bachteler and
J. Reiher (2009), BMC Med. Inform. Decis. Mak. 9:41). The bits of a gram are places in one HMAC of it, so that they
cannot be told from one another as those of two combined hashes can (F. Niedermeyer et al. (2014), J. Priv. Confid. 6).
What is known of attacks on filters stands in docs/how-to/pseudonymise.md.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterator
from functools import lru_cache

from justitia.integrate.pseudonym_key import PseudonymKey
from justitia.metadata.pseudonyms import FILTERS, Pseudonyms, TokenPart

REMEMBERED = 200_000  # values and grams whose result is kept, in memory alone
SEPARATOR = "."  # between the key's id and the token


def maker(key: PseudonymKey, settings: Pseudonyms, field: str, part: TokenPart) -> Callable[[str], str]:
    """Return the function that makes the token or filter of a normalised value of a field.

    Args:
        key: of the pseudonyms.
        settings: sizes.
        field: name of the field, alike on both sides.
        part: which token or filter.
    """
    if part.form in FILTERS:
        grams = date_grams if part.form == "date_grams" else _letters(settings.gram)
        return _filter(key, settings, field, grams)
    return _token(key, settings, f"{field}_{part.part}" if part.part else field)


def _token(key: PseudonymKey, settings: Pseudonyms, field: str) -> Callable[[str], str]:
    secret, start = key.derive("token", field, settings.version), key.id + SEPARATOR
    size = settings.token_bytes

    @lru_cache(maxsize=REMEMBERED)
    def token(value: str) -> str:
        return start + _text(hmac.digest(secret, value.encode(), "sha256")[:size])

    return token


def _filter(
    key: PseudonymKey, settings: Pseudonyms, field: str, grams: Callable[[str], Iterator[str]]
) -> Callable[[str], str]:
    secret, start = key.derive("filter", field, settings.version), key.id + SEPARATOR
    wide = settings.length * (2 if settings.fold else 1)

    @lru_cache(maxsize=REMEMBERED)
    def bits(gram: str) -> int:
        digest = hmac.digest(secret, gram.encode(), "sha256")
        places = {int.from_bytes(digest[2 * n : 2 * n + 2], "big") % wide for n in range(settings.hashes)}
        return sum(1 << place for place in places)

    @lru_cache(maxsize=REMEMBERED)
    def filtered(value: str) -> str:
        found = 0
        for gram in grams(value):
            found |= bits(gram)
        if settings.fold:
            found = (found >> settings.length) ^ (found & ((1 << settings.length) - 1))
        return start + _text(found.to_bytes(settings.length // 8, "big"))

    return filtered


def _letters(size: int) -> Callable[[str], Iterator[str]]:
    """Return what yields the grams of a value, with its beginning and end marked, repeated ones numbered."""

    def grams(value: str) -> Iterator[str]:
        padded = f"{' ' * (size - 1)}{value}{' ' * (size - 1)}"
        seen: dict[str, int] = {}
        for place in range(len(padded) - size + 1):
            gram = padded[place : place + size]
            seen[gram] = seen.get(gram, 0) + 1
            yield gram if seen[gram] == 1 else f"{gram}{seen[gram]}"

    return grams


def date_grams(value: str) -> Iterator[str]:
    """Yield the parts of a date `YYYYMMDD`: year, month, day, each digit by its place, day and month in any order."""
    year, month, day = value[:4], value[4:6], value[6:8]
    yield from (f"y{year}", f"m{month}", f"d{day}", f"e{year[2:]}")
    yield f"s{min(month, day)}{max(month, day)}"
    yield from (f"p{place}{digit}" for place, digit in enumerate(value[2:]))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bits_sql(column: str) -> str:
    """Return SQL of a filter's text as BLOB, null where there is none.

    Args:
        column: SQL of the text, `<key id>.<base 64>`.
    """
    return f"CASE WHEN {column} <> '' THEN from_base64(split_part({column}, '{SEPARATOR}', 2)) END"


def dice_sql(left: str, right: str) -> str:
    """Return SQL of the Dice coefficient of two filters, 0 to 1; null where one is missing.

    Args:
        left, right: SQL of the two filters, as `bits_sql` gives them.
    """
    one, other = f"({left})::BIT", f"({right})::BIT"
    return f"(2.0 * bit_count({one} & {other}) / nullif(bit_count({one}) + bit_count({other}), 0))"
