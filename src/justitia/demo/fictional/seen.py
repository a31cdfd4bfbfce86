"""How each agency of Exampland knows an inhabitant: under a number of its own, and with the errors that clerks make.

Drawn from random numbers of its own, so that the story and its figures are the same with and without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from justitia.demo.fictional.people import Person

AGENCIES = ("police", "prosecution", "court", "prison")
PREFIX = {"prosecution": "S", "court": "C", "prison": "G"}
MINORS_BORN = date(2007, 1, 1)
PLACEHOLDER, UNKNOWN = date(1900, 1, 1), "unknown"
TWINS = 12  # pairs
SHARED_NUMBERS = 6  # pairs of people under one number at the police
SEALED_SHARE = 0.25  # of the minors whom the prosecution knows
NATIONAL_KNOWN = {"police": 0.97, "prosecution": 0.75, "court": 0.8, "prison": 0.6}
OWN_SCRIPT = {"police": 0.0, "prosecution": 0.0, "court": 0.9, "prison": 0.5}


@dataclass(frozen=True, slots=True)
class Seen:
    """An inhabitant as one agency knows him or her.

    Args:
        number: the agency's own number of the person.
        given, family: as its clerks write them.
        born: date of birth as written; None where missing.
        national: national number as written; empty where missing.
        sealed: whether the record is sealed by order.
    """

    number: str
    given: str
    family: str
    born: date | None
    national: str
    sealed: bool = False


@dataclass(slots=True)
class Sight:
    """What the agencies know; equal seeds give equal answers in whatever order they are asked.

    Args:
        seed: of the random numbers.
        twins: number of a person -> that person as somebody's twin.
        stand_in: number of a person -> number of somebody else that the police use for him or her.
    """

    seed: int
    twins: dict[str, Person] = field(default_factory=dict)
    stand_in: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], Seen] = field(default_factory=dict)

    def of(self, agency: str, person: Person) -> Seen:
        """Return the person as the agency knows him or her."""
        key = agency, person.number
        if key not in self._known:
            self._known[key] = self._look(Random(f"{self.seed}:{agency}:{person.number}"), agency, person)
        return self._known[key]

    def truly(self, person: Person) -> Person:
        """Return the person with his or her true name and date of birth."""
        return self.twins.get(person.number, person)

    def all(self) -> tuple[Seen, ...]:
        """Return everything that was asked for."""
        return tuple(self._known.values())

    def _look(self, random: Random, agency: str, person: Person) -> Seen:
        person = self.truly(person)
        given, family = _written(random, agency, person)
        born = _born(random, person.born) if agency != "police" or random.random() < 0.3 else person.born
        if agency == "police":  # it uses the national number, once in a while that of somebody else
            number = self.stand_in.get(person.number, person.number)
            return Seen(number, given, family, born, number if random.random() < NATIONAL_KNOWN[agency] else "")
        national = _mistyped(random, person.number, 0.03) if random.random() < NATIONAL_KNOWN[agency] else ""
        own = Random(f"{self.seed}:number:{agency}:{person.number}").randrange(10**7, 10**8)
        sealed = agency == "prosecution" and person.born >= MINORS_BORN and random.random() < SEALED_SHARE
        return Seen(f"{PREFIX[agency]}{own}", given, family, born, national, sealed)


def _written(random: Random, agency: str, person: Person) -> tuple[str, str]:
    """Return the given and the family name as written: own script, typing errors, swapped, shortened, unknown."""
    given, family = person.given, person.family
    if person.native and random.random() < OWN_SCRIPT[agency]:
        given, family = person.native.split(" ", 1)
    given, family = _mistyped(random, given, 0.03), _mistyped(random, family, 0.04)
    how = random.choices(("", "swapped", "initial", "unknown"), (955, 20, 15, 10))[0]
    if how == "swapped":
        return family, given
    if how == "initial":
        return f"{given[0]}.", family
    return (UNKNOWN, family) if how == "unknown" else (given, family)


def _born(random: Random, born: date) -> date | None:
    how = random.choices(("", "swapped", "placeholder", "missing", "off"), (925, 20, 15, 25, 15))[0]
    if how == "swapped" and born.day <= 12:
        return born.replace(month=born.day, day=born.month)
    if how == "off":
        return born.replace(day=2 + (born.day + random.randrange(1, 9)) % 26)
    return {"placeholder": PLACEHOLDER, "missing": None}.get(how, born)


def _mistyped(random: Random, text: str, share: float) -> str:
    if random.random() >= share or len(text) < 4:
        return text
    place = random.randrange(1, len(text) - 2)
    how = random.randrange(3)
    if how == 0:
        return text[:place] + text[place + 1 :]
    if how == 1:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + random.choice("aeiou" if text[place].isalpha() else "0123456789") + text[place + 1 :]


# -- people who are easily taken for one another ----------------------------------------------------------------------
def with_twins(random: Random, people: list[Person]) -> dict[str, Person]:
    """Return the number of a person -> that person as somebody's twin: family name and birth of another."""
    latin = [person for person in people if not person.native]
    chosen = random.sample(latin, 2 * TWINS)
    found = {}
    for one, other in zip(chosen[:TWINS], chosen[TWINS:], strict=True):
        if one.given != other.given:
            found[other.number] = replace(other, family=one.family, born=one.born)
    return found


def shared_numbers(random: Random, people: list[Person]) -> dict[str, str]:
    """Return the number of a person -> that of another, under which the police file both."""
    chosen = random.sample(people, 2 * SHARED_NUMBERS)
    return {a.number: b.number for a, b in zip(chosen[:SHARED_NUMBERS], chosen[SHARED_NUMBERS:], strict=True)}
