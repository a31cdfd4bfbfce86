"""Dates of other calendars as SQL over (year, month, day), through the Julian day number.

Sources: E. M. Reingold and N. Dershowitz, Calendrical Calculations (epochs and the civil Islamic and Ethiopian
rules); the 33-year cycle for the Solar Hijri calendar, which agrees with the official Iranian one for 1925-2087.
"""

from __future__ import annotations

CALENDARS = ("gregorian", "ethiopian", "islamic_civil", "solar_hijri", "buddhist")

_UNIX_EPOCH_JDN = 2_440_588


def date_from_parts(calendar: str, year: str, month: str, day: str) -> str:
    """Return SQL for the Gregorian DATE of a day in `calendar`; null for a day that does not exist there.

    Args:
        calendar: one of CALENDARS.
        year, month, day: SQL expressions of integers.
    """
    if calendar in {"gregorian", "buddhist"}:
        offset = " - 543" if calendar == "buddhist" else ""
        text = f"printf('%04d-%02d-%02d', ({year}){offset}, ({month}), ({day}))"
        return f"CASE WHEN ({year}){offset} BETWEEN 1 AND 9999 THEN TRY_CAST({text} AS DATE) END"
    number, months, longest = {
        "ethiopian": (
            f"(1724220 + 365 * (({year}) - 1) + ({year}) // 4 + 30 * (({month}) - 1) + ({day}))",
            13,
            f"CASE WHEN ({month}) < 13 THEN 30 WHEN ({year}) % 4 = 3 THEN 6 ELSE 5 END",
        ),
        "islamic_civil": (
            f"((11 * ({year}) + 3) // 30 + 354 * ({year}) + 30 * ({month}) - (({month}) - 1) // 2 + ({day}) + 1948055)",
            12,
            f"CASE WHEN ({month}) % 2 = 1 THEN 30 WHEN ({month}) = 12 AND (11 * ({year}) + 14) % 30 < 11 THEN 30 "
            "ELSE 29 END",
        ),
        "solar_hijri": (
            f"(1948319 + 365 * (({year}) - 1) + (8 * (({year}) - 1) + 29) // 33 "
            f"+ CASE WHEN ({month}) <= 7 THEN 31 * (({month}) - 1) ELSE 30 * (({month}) - 1) + 6 END + ({day}))",
            12,
            f"CASE WHEN ({month}) <= 6 THEN 31 WHEN ({month}) < 12 THEN 30 WHEN (8 * ({year}) + 29) % 33 < 8 THEN 30 "
            "ELSE 29 END",
        ),
    }[calendar]
    exists = f"({month}) BETWEEN 1 AND {months} AND ({day}) >= 1 AND ({day}) <= {longest}"
    return f"CASE WHEN {exists} THEN DATE '1970-01-01' + CAST({number} - {_UNIX_EPOCH_JDN} AS INTEGER) END"
