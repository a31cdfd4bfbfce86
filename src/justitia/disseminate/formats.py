"""Numbers, dates and periods as the reader's language writes them (CLDR, through Babel)."""

from __future__ import annotations

import re
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, get_quarter_names
from babel.numbers import format_decimal, format_percent

from justitia.disseminate.wording import Words
from justitia.errors import RequestError
from justitia.model.missing import TOTAL

_INTERNATIONAL = {"en": "en_001"}  # plain `en` of CLDR writes dates in one country's order
_PERIOD = re.compile(r"^(?P<year>\d{4})(?:-(?P<kind>[QSM])?(?P<part>\d{1,2}))?$")


class Formats:
    """The number and date formats of one language.

    Args:
        language: BCP 47 tag.

    Raises:
        RequestError: E-LNG-001, CLDR does not know the language.
    """

    def __init__(self, language: str) -> None:
        try:
            self.locale = Locale.parse(_INTERNATIONAL.get(language, language.replace("-", "_")))
        except (UnknownLocaleError, ValueError) as error:
            raise RequestError(
                "E-LNG-001", f"Language [{language}] is not known", remedy="Give a tag such as en, fr, es or ar."
            ) from error
        self.language = language
        self.direction = self.locale.text_direction

    @property
    def name(self) -> str:
        """Return the language's own name, for example `français`."""
        own = Locale.parse(self.language.replace("-", "_"))
        return own.get_display_name(own) or self.language

    def count(self, value: float) -> str:
        """Return a whole number with the language's group mark."""
        return format_decimal(round(value), locale=self.locale)

    def decimal(self, value: float, places: int = 1) -> str:
        """Return a number with so many decimal places."""
        return format_decimal(value, format=f"#,##0.{'0' * places}", locale=self.locale)

    def percent(self, value: float) -> str:
        """Return a percentage with one decimal; `value` is in percent."""
        pattern = re.sub(r"0(?!.*0)", "0.0", self.locale.percent_formats[None].pattern)
        return format_percent(value / 100, format=pattern, locale=self.locale)

    def date(self, day: date) -> str:
        """Return a date in full, for example `24 November 2026`."""
        return format_date(day, format="long", locale=self.locale)

    def period(self, period: str, words: Words) -> str:
        """Return a period as read aloud: a year, a quarter, a half-year, a month or all periods."""
        if period == TOTAL:
            return words("period.all")
        found = _PERIOD.match(period)
        if found is None or found["part"] is None:
            return period
        year, part = found["year"], int(found["part"])
        if found["kind"] == "Q":
            return f"{get_quarter_names('abbreviated', locale=self.locale)[part]} {year}"
        if found["kind"] == "S":
            return words("period.half", half=str(part), year=year)
        return format_skeleton("yMMM", date(int(year), part, 1), locale=self.locale)


def period_end(period: str) -> date | None:
    """Return the last day of a period, None for all periods together or an unknown notation."""
    found = _PERIOD.match(period)
    if found is None:
        return None
    months = {None: 12, "Q": 3, "S": 6, "M": 1}[found["kind"]] if found["part"] and found["kind"] else None
    if months is None:
        months = 1 if found["part"] else 12
    last = int(found["part"] or 1) * months
    year = int(found["year"])
    return date.fromordinal((date(year + 1, 1, 1) if last == 12 else date(year, last + 1, 1)).toordinal() - 1)
