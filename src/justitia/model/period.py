"""How SDMX writes periods and other values: the pattern of each data type.

Source: SDMX 3.0 technical notes, section 6, annex on dates and times; XML Schema 1.0 part 2 for the basic types.
"""

from __future__ import annotations

from collections.abc import Mapping

_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
_YEAR, _MONTH, _DAY = r"\d{4}", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_DATE = rf"{_YEAR}-{_MONTH}-{_DAY}"
_DURATION = r"P(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"

GREGORIAN: Mapping[str, str] = {
    "GregorianYear": _YEAR,
    "GregorianYearMonth": rf"{_YEAR}-{_MONTH}",
    "GregorianDay": _DATE,
}
REPORTING: Mapping[str, str] = {
    "ReportingYear": rf"{_YEAR}-A1",
    "ReportingSemester": rf"{_YEAR}-S[12]",
    "ReportingTrimester": rf"{_YEAR}-T[123]",
    "ReportingQuarter": rf"{_YEAR}-Q[1-4]",
    "ReportingMonth": rf"{_YEAR}-M{_MONTH}",
    "ReportingWeek": rf"{_YEAR}-W(?:0[1-9]|[1-4]\d|5[0-3])",
    "ReportingDay": rf"{_YEAR}-D(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])",
}
_INSTANT = rf"{_DATE}T{_CLOCK}"
_SPAN = rf"{_DATE}(?:T{_CLOCK})?/{_DURATION}"


def _any(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


_GREGORIAN, _REPORTING = _any(*GREGORIAN.values()), _any(*REPORTING.values())

# Data type -> pattern of the whole value (RE2 and Python alike). Types that are not here take any text.
PATTERNS: Mapping[str, str] = {
    "ObservationalTimePeriod": _any(_GREGORIAN, _REPORTING, _INSTANT) + _ZONE + "|" + _SPAN,
    "StandardTimePeriod": _any(_GREGORIAN, _REPORTING, _INSTANT) + _ZONE,
    "BasicTimePeriod": _any(_GREGORIAN, _INSTANT) + _ZONE,
    "GregorianTimePeriod": _GREGORIAN + _ZONE,
    "ReportingTimePeriod": _REPORTING + _ZONE,
    **{name: pattern + _ZONE for name, pattern in (*GREGORIAN.items(), *REPORTING.items())},
    "Date": _DATE + _ZONE,
    "DateTime": _INSTANT + _ZONE,
    "TimeRange": _SPAN,
    "Time": _CLOCK + _ZONE,
    "Month": rf"--{_MONTH}" + _ZONE,
    "MonthDay": rf"--{_MONTH}-{_DAY}" + _ZONE,
    "Day": rf"---{_DAY}" + _ZONE,
    "Duration": "-?" + _DURATION,
    "Double": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?INF",
    "Float": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?INF",
    "Decimal": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "InclusiveValueRange": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "ExclusiveValueRange": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "Incremental": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)",
    "Count": r"[+-]?\d+",
    "Integer": r"[+-]?\d+",
    "BigInteger": r"[+-]?\d+",
    "Long": r"[+-]?\d+",
    "Short": r"[+-]?\d+",
    "Boolean": "true|false|1|0",
    "Alpha": "[A-Za-z]+",
    "AlphaNumeric": "[A-Za-z0-9]+",
    "Numeric": "[0-9]+",
}
_REAL = ("Double", "Float", "Decimal", "Incremental", "InclusiveValueRange", "ExclusiveValueRange")
NUMBERS = frozenset((*_REAL, "Count", "Integer", "BigInteger", "Long", "Short"))
PERIODS = frozenset(name for name in PATTERNS if "TimePeriod" in name or name in {*GREGORIAN, *REPORTING, "Date"})
EXAMPLES = "2024, 2024-03, 2024-03-31, 2024-Q1, 2024-S1, 2024-W09, 2024-01-01/P6M"
