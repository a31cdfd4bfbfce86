"""What happened in Exampland: reports, offences, victims and suspects, and what followed before the courts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from justitia.demo.fictional.law import ARTICLES, BY_CODE, REFORM, WEAPONS, Article, Facts, true_section
from justitia.demo.fictional.people import Person, Register

FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2025, 12, 31)
REPORTS = 4850  # at scale 1: about 6,000 offences
DISTRICTS = {
    "XA11": 16,
    "XA12": 9,
    "XA13": 5,
    "XA21": 21,
    "XA22": 11,
    "XA23": 6,
    "XA31": 14,
    "XA32": 9,
    "XA33": 7,
    "XA34": 2,
}  # share of offences, per cent

PLACES = {"dwelling": 28, "street": 30, "shop": 14, "vehicle": 8, "online": 5, "other": 10, "": 5}  # per cent


@dataclass(frozen=True, slots=True)
class Victim:
    """A victim of one offence: a person, or a firm (no person)."""

    number: int
    person: Person | None
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspect of one report."""

    number: int
    person: Person
    arrested: date | None


@dataclass(frozen=True, slots=True)
class Offence:
    """One offence of a report."""

    number: str
    article: str
    weapon: str
    victims: tuple[Victim, ...]
    loss: float | None

    def section(self, occurred: date) -> str:
        """Return its true ICCS section."""
        return true_section(self.article, Facts(occurred, self.weapon))


@dataclass(frozen=True, slots=True)
class Report:
    """One report to the police; its case number follows it through all sectors."""

    case: str
    occurred: date
    recorded: date
    district: str
    place: str
    offences: tuple[Offence, ...]
    suspects: tuple[Suspect, ...]


@dataclass(slots=True)
class Story:
    """Everything that happened."""

    reports: list[Report] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)


def tell(random: Random, scale: int) -> Story:
    """Return the story; the same for the same state of `random`."""
    register = Register(random)
    known: list[Person] = []
    days = [_dates(random) for _ in range(REPORTS * scale)]
    reports = []
    for place, (recorded, occurred) in enumerate(sorted(days), start=1):
        case = f"K{recorded.year}-{place:06d}"
        reports.append(_report(random, register, known, case, occurred, recorded))
    return Story(reports, register.people)


def _dates(random: Random) -> tuple[date, date]:
    span = (LAST_DAY - FIRST_DAY).days
    occurred = FIRST_DAY + timedelta(days=int(span * random.random() ** 0.93))  # slowly rising
    lags = (0, random.randrange(1, 8), random.randrange(8, 60), random.randrange(60, 400))
    recorded = occurred + timedelta(days=random.choices(lags, (45, 35, 15, 5))[0])
    return (recorded, occurred) if recorded <= LAST_DAY else (occurred, occurred)


def _report(
    random: Random, register: Register, known: list[Person], case: str, occurred: date, recorded: date
) -> Report:
    count = random.choices((1, 2, 3), (81, 14, 5))[0]
    in_force = [article for article in ARTICLES if article.in_force(occurred)]
    articles = random.choices(in_force, [article.weight for article in in_force], k=count)
    sexes = ("F", "M")
    victims = _victims(random, register, articles, occurred, sexes)
    offences = tuple(
        _offence(random, f"{case}-{number}", article, victims if article.victim != "none" else ())
        for number, article in enumerate(articles, start=1)
    )
    district = random.choices(list(DISTRICTS), list(DISTRICTS.values()))[0]
    place = random.choices(list(PLACES), list(PLACES.values()))[0]
    suspects = _suspects(random, register, known, articles[0], recorded)
    return Report(case, occurred, recorded, district, place, offences, suspects)


def _victims(
    random: Random, register: Register, articles: list[Article], occurred: date, sexes: tuple[str, ...]
) -> tuple[Victim, ...]:
    kinds = {article.victim for article in articles} - {"none"}
    if not kinds:
        return ()
    if kinds == {"any"} and random.random() < 0.3:
        return (Victim(1, None),)
    count = random.choices((1, 2, 3), (90, 8, 2))[0]
    sexual = any(article.code.startswith("3") for article in articles)
    found = []
    for number in range(1, count + 1):
        sex = random.choices(sexes, (85, 15) if sexual else (47, 53))[0]
        age = int(random.triangular(2, 60, 17)) if sexual else int(random.triangular(4, 88, 31))
        relation = random.choices(
            ("partner", "former_partner", "family", "acquaintance", "stranger", ""), (14, 8, 10, 22, 36, 10)
        )[0]
        found.append(Victim(number, register.person(age=age, on=occurred, sex=sex), relation))
    return tuple(found)


def _offence(random: Random, number: str, article: Article, victims: tuple[Victim, ...]) -> Offence:
    weapon = random.choices((*WEAPONS, ""), (6, 18, 12, 54, 10))[0] if article.weapon else ""
    if article.victim == "person":
        victims = tuple(victim for victim in victims if victim.person is not None)
    loss = round(random.lognormvariate(5.5, 1.4), 2) if article.code[:1] in {"4", "5"} else None
    return Offence(number, article.code, weapon, victims, loss)


def _suspects(
    random: Random, register: Register, known: list[Person], article: Article, recorded: date
) -> tuple[Suspect, ...]:
    if random.randrange(100) >= article.clear_up:
        return ()
    found: list[Suspect] = []
    for number in range(1, random.choices((1, 2, 3), (84, 12, 4))[0] + 1):
        person = _suspect(random, register, known, recorded)
        if any(other.person is person for other in found):
            continue
        days = random.choices((None, 0, random.randrange(1, 90)), (35, 30, 35))[0]
        found.append(Suspect(number, person, None if days is None else recorded + timedelta(days=days)))
    return tuple(found)


def _suspect(random: Random, register: Register, known: list[Person], recorded: date) -> Person:
    """Return a suspect: in every fifth case somebody whom the police know."""
    if known and random.random() < 0.2:
        return random.choice(known)
    age = int(random.triangular(12, 74, 22))
    person = register.person(age=age, on=recorded, sex=random.choices(("F", "M"), (17, 83))[0])
    known.append(person)
    return person


def with_article(report: Report, article: str) -> Report:
    """Return the report with the first offence coded to another article (as a correction says)."""
    first = replace(report.offences[0], article=article)
    return replace(report, offences=(first, *report.offences[1:]))


def is_plain(report: Report) -> bool:
    """Return whether the report fills one row: one offence, at most one victim and one suspect."""
    one = len(report.offences) == 1 and len(report.suspects) <= 1 and len(report.offences[0].victims) <= 1
    return one and report.occurred > REFORM and report.offences[0].article in BY_CODE
