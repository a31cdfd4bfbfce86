"""The penal code of Exampland, as the generator knows it. It is made up, and so is every share.

The ICCS sections here are the generator's own count of what is true. The pipeline takes its codes from the overlay's
correspondence; the two are written apart so that one can test the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

REFORM = date(2024, 7, 1)  # day on which the reform act came into force
NOT_CODED, NOT_AN_OFFENCE = "_X", "_Z"
UNKNOWN_ARTICLE = "77-X"  # sent by the police, in no list: it must stay uncoded
CHANGED_ARTICLE = "70"  # kept its number and changed its meaning with the reform
OUT_OF_SCOPE = ("ADM-1", "ADM-2")  # administrative infractions
WEAPONS = ("firearm", "knife", "other", "none")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the section may depend on."""

    occurred: date
    weapon: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article.

    Args:
        code: as the police write it.
        weight: how often it occurs (per 1,000 or so).
        section: ICCS section, by the facts.
        victim: `person`, `any` (a person or a firm) or `none`.
        weapon: whether weapons occur.
        clear_up: share with a suspect, in per cent.
        in_force: whether it was in force on a day.
    """

    code: str
    weight: float
    section: Callable[[Facts], str]
    victim: str = "none"
    weapon: bool = False
    clear_up: int = 40
    in_force: Callable[[date], bool] = lambda day: True


def _always(section: str) -> Callable[[Facts], str]:
    return lambda facts: section


def _before(day: date) -> bool:
    return day < REFORM


def _since(day: date) -> bool:
    return day >= REFORM


ARTICLES = (
    Article("10", 6, _always("01"), "person", True, 85),
    Article("10/T", 5, _always("01"), "person", True, 80),
    Article("11", 3, _always("01"), "person", False, 75),
    Article("11-2", 7, _always("01"), "person", False, 90),
    Article("20", 110, _always("02"), "person", True, 65),
    Article("21", 45, _always("02"), "person", True, 60),
    Article("22", 6, _always("02"), "person", True, 60),
    Article("23", 18, _always("02"), "person", False, 55),
    Article("30", 22, lambda f: "03" if f.occurred < REFORM else NOT_CODED, "person", True, 50, _before),
    Article("30A", 26, _always("03"), "person", True, 50, _since),
    Article("31", 24, _always("03"), "person", False, 45),
    Article("40", 38, _always("04"), "person", True, 35),
    Article("42", 22, lambda f: "04" if f.weapon in {"firearm", "knife", "other"} else "05", "person", True, 20),
    Article("41", 150, _always("05"), "any", False, 12),
    Article("41-1", 45, _always("05"), "any", False, 15),
    Article("41-2", 70, _always("05"), "any", False, 60),
    Article("41/T", 14, _always("05"), "any", False, 40),
    Article("45", 60, _always("05"), "any", False, 14),
    Article("46", 80, _always("05"), "any", False, 18),
    Article("50", 55, _always("07"), "any", False, 25),
    Article("50-9", 25, _always("07"), "any", False, 8),
    Article("51", 14, _always("07"), "none", False, 50),
    Article("52", 5, _always("07"), "none", False, 70),
    Article("60", 60, _always("06"), "none", False, 97),
    Article("61", 22, _always("06"), "none", False, 90),
    # Before the reform an offence against public order, since then against a person who is pestered.
    Article("70", 26, lambda f: "08" if f.occurred < REFORM else "02", "none", False, 60),
    Article("71", 16, _always("08"), "none", False, 95),
    Article("72", 12, _always("08"), "none", False, 90),
    Article("80", 9, _always("09"), "none", False, 85),
    Article("82", 8, _always("09"), "any", False, 10),
    Article("84", 45, _always("02"), "none", False, 100),
    Article("90", 7, _always("10"), "none", False, 30),
    Article("92", 4, _always("10"), "none", False, 30),
    Article("96", 3, _always("11"), "none", False, 100),
    Article("99", 8, _always(NOT_AN_OFFENCE), "none", False, 0),
)
BY_CODE = {article.code: article for article in ARTICLES}


def true_section(code: str, facts: Facts) -> str:
    """Return the ICCS section of an offence, `_X` where no code fits, `_Z` where the article names no offence."""
    article = BY_CODE.get(code)
    return article.section(facts) if article else NOT_CODED


def cited(code: str, occurred: date) -> str:
    """Return the article as prosecution, courts and prisons cite it: with the year of the old code where it changed."""
    return f"{code} (1998)" if code == CHANGED_ARTICLE and occurred < REFORM else code
