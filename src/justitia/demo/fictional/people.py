"""The people of Exampland. All names, numbers and birth dates are made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

GIVEN = {
    "F": ("Élodaine", "Søvrine", "Brüna", "Marçalle", "Ysolde", "Tamsyra", "Niñela", "Orlaith", "Quenby", "Wilhemet"),
    "M": ("Håkvar", "Jürgan", "Benôtte", "Corvin", "Dáithren", "Eskil-Jan", "Fernão", "Godric", "Íñaco", "Lorcas"),
}
FAMILY = (
    "O'Fennick",
    "O'Branagh-Dell",
    "D'Archevaux",
    "Vexmarrow",
    "Tällström",
    "Brévannes",
    "Quiñarés",
    "Østrømholt",
    "Zandermeulen",
    "Whistlecombe",
    "Güldensporn",
    "Castelhão",
    "Prüdhonnet",
    "Thistlewaithe",
    "Mac Cuarraig",
    "van der Plonck",
    "Ashgrovely",
    "Dunnimarsh",
    "Êcluselle",
    "Kettlebourne",
)
# (Latin spelling of the police, own spelling of courts and prisons)
ARABIC_GIVEN = {
    "F": (("Jumaryna", "جومارينا"), ("Salwinda", "سلوندا"), ("Rihamat", "ريهامات")),
    "M": (("Samirun", "سميرون"), ("Tarqim", "طارقيم"), ("Fadhilan", "فاضلان")),
}
ARABIC_FAMILY = (("al-Khurzumani", "الخرزوماني"), ("an-Najmawwi", "النجماوّي"), ("ad-Darwaqi", "الدرواقي"))
CYRILLIC_GIVEN = {
    "F": (("Yarpolina", "Ярполина"), ("Miloslada", "Милослада"), ("Vesnira", "Веснира")),
    "M": (("Velimirko", "Велимирко"), ("Bogudar", "Богудар"), ("Tverdyslav", "Твердыслав")),
}
CYRILLIC_FAMILY = (("Travogradov", "Травоградов"), ("Polesnich", "Полеснич"), ("Yezhevikyn", "Ежевикин"))


@dataclass(frozen=True, slots=True)
class Person:
    """One inhabitant.

    Args:
        number: national number.
        given, family: name in Latin letters.
        native: name in the person's own script, empty for Latin.
        sex: `F` or `M`.
        born: date of birth.
    """

    number: str
    given: str
    family: str
    native: str
    sex: str
    born: date

    @property
    def latin(self) -> str:
        """Return the name as the police write it."""
        return f"{self.family}, {self.given}"

    @property
    def own(self) -> str:
        """Return the name as courts and prisons write it."""
        return self.native or f"{self.given} {self.family}"

    def age_on(self, day: date) -> int:
        """Return the age in whole years."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(slots=True)
class Register:
    """Makes people as the story needs them, each with a number of its own."""

    random: Random
    people: list[Person] = field(default_factory=list)
    _numbers: set[str] = field(default_factory=set)

    def person(self, *, age: int, on: date, sex: str) -> Person:
        """Return a new inhabitant of this age (years) on the day `on`."""
        given, family, native = self._name(sex)
        person = Person(self._number(), given, family, native, sex, self._birth(age, on))
        self.people.append(person)
        return person

    def _number(self) -> str:
        while True:
            number = f"XA{self.random.randrange(10**8, 10**9)}"
            if number not in self._numbers:
                self._numbers.add(number)
                return number

    def _birth(self, age: int, on: date) -> date:
        # Never the first or the last days of a month: dates of laws and files are, and a search for birth dates in
        # what is published would find those.
        born = on - timedelta(days=age * 365.25 + self.random.randrange(5, 340))
        return born.replace(day=min(max(born.day, 2), 27))

    def _name(self, sex: str) -> tuple[str, str, str]:
        script = self.random.choices(("latin", "arabic", "cyrillic"), (80, 10, 10))[0]
        if script == "latin":
            return self.random.choice(GIVEN[sex]), self.random.choice(FAMILY), ""
        given, family = (ARABIC_GIVEN, ARABIC_FAMILY) if script == "arabic" else (CYRILLIC_GIVEN, CYRILLIC_FAMILY)
        first, last = self.random.choice(given[sex]), self.random.choice(family)
        return first[0], last[0], f"{first[1]} {last[1]}"
