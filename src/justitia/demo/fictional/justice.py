"""What prosecution, courts and prisons did with the suspects, under the case numbers of the police."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from justitia.demo.fictional.law import NOT_AN_OFFENCE, cited
from justitia.demo.fictional.people import Person
from justitia.demo.fictional.story import LAST_DAY, Report, Suspect

GRAVE = frozenset({"10", "10/T", "11", "11-2", "22", "30", "30A", "40", "61", "80"})


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge against one person."""

    number: str
    case: str
    accused: int
    person: Person
    article: str
    received: date
    decision: str
    decided: date | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a court of first instance about one person."""

    number: str
    case: str
    person: Person
    article: str
    outcome: str
    decided: date
    final: date | None
    sanction: str
    months: int | None
    fine: float | None


@dataclass(frozen=True, slots=True)
class Episode:
    """One stay in prison under one legal status."""

    number: str
    case: str
    person: Person
    article: str
    status: str
    prison: str
    admitted: date
    released: date | None


@dataclass(frozen=True, slots=True)
class Proceedings:
    """All that followed."""

    charges: tuple[Charge, ...]
    decisions: tuple[Decision, ...]
    episodes: tuple[Episode, ...]


def follow(random: Random, reports: list[Report]) -> Proceedings:
    """Return what followed from the reports; nothing after the last day of the story."""
    charges: list[Charge] = []
    decisions: list[Decision] = []
    episodes: list[Episode] = []
    for report in reports:
        named = [offence.article for offence in report.offences if offence.section(report.occurred) != NOT_AN_OFFENCE]
        articles = [cited(article, report.occurred) for article in named]
        for suspect in report.suspects if articles else ():
            if random.random() < 0.78:
                _one(random, report, suspect, articles, charges, decisions, episodes)
    return Proceedings(tuple(charges), tuple(decisions), tuple(episodes))


def _one(
    random: Random,
    report: Report,
    suspect: Suspect,
    articles: list[str],
    charges: list[Charge],
    decisions: list[Decision],
    episodes: list[Episode],
) -> None:
    received = report.recorded + timedelta(days=random.randrange(5, 120))
    if received > LAST_DAY:
        return
    choice = random.choices(("indicted", "dropped", "diverted", ""), (58, 25, 12, 5))[0]
    day = received + timedelta(days=random.randrange(3, 150))
    decided = day if choice and day <= LAST_DAY else None
    choice = choice if decided else ""
    for place, article in enumerate(articles, start=1):
        number = f"{report.case}/{suspect.number}/{place}"
        charges.append(Charge(number, report.case, suspect.number, suspect.person, article, received, choice, decided))
    decision = _trial(random, report, suspect, articles[0], decided) if choice == "indicted" and decided else None
    if decision:
        decisions.append(decision)
    episodes += _custody(random, report, suspect, articles[0], decision)


def _trial(random: Random, report: Report, suspect: Suspect, article: str, indicted: date) -> Decision | None:
    decided = indicted + timedelta(days=random.randrange(20, 320))
    if decided > LAST_DAY:
        return None
    grave = article in GRAVE
    outcome = random.choices(("convicted", "acquitted", "closed", "unfit"), (78, 12, 8, 2))[0]
    sanction, months, fine = "", None, None
    if outcome == "convicted":
        weights = (60, 25, 8, 7) if grave else (12, 23, 45, 20)
        sanction = random.choices(("prison", "suspended", "fine", "community"), weights)[0]
        months = random.randrange(6, 180 if grave else 30) if sanction in {"prison", "suspended"} else None
        fine = round(random.uniform(80, 4000), 2) if sanction == "fine" else None
    final = decided + timedelta(days=30) if random.random() < 0.85 else None
    if final is not None and final > LAST_DAY:
        final = None
    number = f"D{report.case[1:]}/{suspect.number}"
    return Decision(number, report.case, suspect.person, article, outcome, decided, final, sanction, months, fine)


def _custody(
    random: Random, report: Report, suspect: Suspect, article: str, decision: Decision | None
) -> list[Episode]:
    found: list[Episode] = []
    prison = random.choice(("Greywater", "Stonebarrow", "Larkmoor"))
    base = f"P{report.case[1:]}/{suspect.number}"
    if suspect.arrested and article in GRAVE and random.random() < 0.6 and suspect.arrested <= LAST_DAY:
        end = decision.decided if decision else suspect.arrested + timedelta(days=random.randrange(10, 400))
        end = max(end, suspect.arrested)
        released = end if end <= LAST_DAY else None
        found.append(
            Episode(f"{base}/1", report.case, suspect.person, article, "remand", prison, suspect.arrested, released)
        )
    if decision and decision.sanction == "prison" and decision.months:
        status = "sentenced" if decision.final else "appeal"
        end = decision.decided + timedelta(days=int(decision.months * 30.4 * 0.7))
        released = end if end <= LAST_DAY else None
        found.append(
            Episode(f"{base}/2", report.case, suspect.person, article, status, prison, decision.decided, released)
        )
    return found
