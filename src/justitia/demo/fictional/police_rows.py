"""The rows of the police register: one for each offence and pair of persons, with the faults that real files have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from justitia.demo.fictional.law import OUT_OF_SCOPE
from justitia.demo.fictional.people import Person
from justitia.demo.fictional.seen import Sight
from justitia.demo.fictional.story import Offence, Report, Suspect, Victim

Row = dict[str, str]
COLUMNS = (
    "OFFENCE_NO",
    "LINE",
    "CASE_NO",
    "STATUS",
    "OCCURRED",
    "RECORDED",
    "DISTRICT",
    "PLACE",
    "ARTICLE",
    "WEAPON",
    "LOSS",
    "V_NO",
    "V_TYPE",
    "V_NAME",
    "V_ID",
    "V_BORN",
    "V_SEX",
    "V_RELATION",
    "S_NO",
    "S_FAMILY",
    "S_GIVEN",
    "S_ID",
    "S_BORN",
    "S_SEX",
    "S_ARRESTED",
    "OFFICER",
    "REMARKS",
)
DISTRICT_NAMES = {
    "XA11": "Alderby",
    "XA12": "Brackwater",
    "XA13": "Cindermoor",
    "XA21": "Dunmarrow",
    "XA22": "Elsinbý",
    "XA23": "Ferrowick",
    "XA31": "Gildersea",
    "XA32": "Hollowmere",
    "XA33": "Ivenport",
    "XA34": "Jorrow",
}
PLACES = {"dwelling": "H", "street": "S", "shop": "B", "vehicle": "V", "online": "N", "other": "O", "": ""}
WEAPONS = {"firearm": "F", "knife": "K", "other": "O", "none": "-", "": ""}


def german_date(day: date) -> str:
    """Return the date as dd.mm.yyyy."""
    return day.strftime("%d.%m.%Y")


def comma_number(value: float) -> str:
    """Return an amount with thousands dot and decimal comma."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def police_rows(report: Report, sight: Sight) -> list[Row]:
    """Return the rows of a report, free of faults."""
    rows = []
    for offence in report.offences:
        for place in range(max(1, len(offence.victims), len(report.suspects))):
            row = _offence_cells(report, offence, place)
            if place < len(offence.victims):
                row |= _victim_cells(offence.victims[place])
            if place < len(report.suspects):
                row |= _suspect_cells(report.suspects[place], sight)
            rows.append(dict.fromkeys(COLUMNS, "") | row)
    return rows


def _offence_cells(report: Report, offence: Offence, place: int) -> Row:
    named = [victim.person for victim in offence.victims if victim.person]
    return {
        "OFFENCE_NO": offence.number,
        "LINE": str(place + 1),
        "CASE_NO": report.case,
        "STATUS": "valid",
        "OCCURRED": german_date(report.occurred),
        "RECORDED": german_date(report.recorded),
        "DISTRICT": DISTRICT_NAMES[report.district],
        "PLACE": PLACES[report.place],
        "ARTICLE": offence.article,
        "WEAPON": WEAPONS[offence.weapon],
        "LOSS": "" if offence.loss is None else comma_number(offence.loss),
        "OFFICER": f"Sgt {offence.number[-4:]} Prüdhonnet",
        "REMARKS": f"Statement by {named[0].given} {named[0].family}; see file" if named else "",
    }


def _victim_cells(victim: Victim) -> Row:
    cells = {"V_NO": str(victim.number), "V_TYPE": "P" if victim.person else "F"}
    if victim.person:
        cells |= {f"V_{name}": text for name, text in _person_cells(victim.person).items()}
        cells["V_RELATION"] = victim.relationship
    return cells


def _suspect_cells(suspect: Suspect, sight: Sight) -> Row:
    seen = sight.of("police", suspect.person)
    cells = {
        "S_FAMILY": seen.family,
        "S_GIVEN": seen.given,
        "S_ID": seen.national,
        "S_BORN": german_date(seen.born) if seen.born else "",
        "S_SEX": suspect.person.sex,
    }
    arrested = "" if suspect.arrested is None else german_date(suspect.arrested)
    return {"S_NO": str(suspect.number), "S_ARRESTED": arrested, **cells}


def _person_cells(person: Person) -> Row:
    return {"NAME": person.latin, "ID": person.number, "BORN": german_date(person.born), "SEX": person.sex}


# -- faults -------------------------------------------------------------------------------------------------------
def blur(random: Random, rows: list[Row]) -> None:
    """Leave out or fill with words of not knowing some values; the same in all rows of a person or case."""
    said: dict[tuple[str, str, str], str] = {}
    for row in rows:
        for column, number in (("V_SEX", row["V_NO"]), ("S_SEX", row["S_NO"]), ("DISTRICT", "")):
            if not row[column]:
                continue
            place = (row["CASE_NO"], column, number)
            if place not in said:
                said[place] = random.choices((row[column], "unknown", "", "n/a"), (94, 2.5, 2.5, 1))[0]
            row[column] = said[place]


def spoil(random: Random, rows: list[Row]) -> None:
    """Put wrong types and impossible values into some rows, none of which changes what is counted by section."""
    alone = _alone(rows)
    with_victim = [row for row in alone if row["V_BORN"]]
    with_suspect = [row for row in alone if row["S_BORN"]]
    for row in random.sample(with_victim, 6):
        row["V_BORN"] = random.choice(("00.00.1985", "31.02.1990", "about 40"))
    for row in random.sample(with_victim, 4):
        row["V_BORN"] = "14.05.1869"
    for row in random.sample(with_suspect, 3):
        row["S_BORN"] = "17.03.2022"
    for row in random.sample(with_suspect, 5):
        day, month, year = map(int, row["OCCURRED"].split("."))
        row["S_ARRESTED"] = german_date(date(year, month, day) - timedelta(days=40))
    for row in random.sample([row for row in alone if row["LOSS"]], 5):
        row["LOSS"] = random.choice(("n.k.", "1.5.0,00", "12x"))
    for row in random.sample(alone, 3):
        row["DISTRICT"] = "Nowhereton"


def _alone(rows: Iterable[Row]) -> list[Row]:
    """Return the rows whose case has no other row, so that a fault cannot contradict another row."""
    counts: dict[str, int] = {}
    rows = list(rows)
    for row in rows:
        counts[row["CASE_NO"]] = counts.get(row["CASE_NO"], 0) + 1
    return [row for row in rows if counts[row["CASE_NO"]] == 1]


def infractions(random: Random, reports: list[Report], count: int, sight: Sight) -> list[Row]:
    """Return rows of administrative infractions, which are no offences and out of scope."""
    found = []
    for number, report in enumerate(random.sample(reports, count), start=1):
        row = police_rows(report, sight)[0]
        case = f"A{report.recorded.year}-{number:05d}"
        keep = ("LINE", "STATUS", "OCCURRED", "RECORDED", "DISTRICT", "PLACE", "OFFICER")
        own = {"OFFENCE_NO": f"{case}-1", "CASE_NO": case, "ARTICLE": random.choice(OUT_OF_SCOPE)}
        found.append(dict.fromkeys(COLUMNS, "") | {name: row[name] for name in keep} | own)
    return found
