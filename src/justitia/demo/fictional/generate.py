"""Write the files that the four sectors of Exampland send: equal seed and scale, equal bytes."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from justitia.demo.fictional.deliveries import (
    COURT,
    FIRST_UNTIL,
    POLICE,
    PRISON,
    PROSECUTION,
    SECOND_UNTIL,
    Plan,
    Sent,
    plan,
)
from justitia.demo.fictional.justice import Proceedings, follow
from justitia.demo.fictional.people import Person
from justitia.demo.fictional.police_rows import COLUMNS
from justitia.demo.fictional.sector_rows import PRISON as PRISON_COLUMNS
from justitia.demo.fictional.sector_rows import PROSECUTION as PROSECUTION_COLUMNS
from justitia.demo.fictional.seen import PLACEHOLDER, UNKNOWN, Sight, shared_numbers, with_twins
from justitia.demo.fictional.story import Report, tell

SEED = 20261124


@dataclass(frozen=True, slots=True)
class RecordKey:
    """A row of a source: `record_id` is the row key as the pipeline writes it (`<offence>|<line>`)."""

    source_id: str
    record_id: str


@dataclass(frozen=True, slots=True)
class TrueTotals:
    """Totals before protection, counted by the generator itself and not by the pipeline.

    Args:
        offences: (year of recording, ICCS section or `_X` not coded or `_Z` no offence) -> offences.
        decisions: (year of decision, outcome as the court writes it) -> decisions.
        stays: (year of admission, status as the prison writes it) -> stays begun.
        events: reports to the police.
        events_with_suspect: those with a suspect.
        victims: victims of offences, firms included; one person is counted for each offence.
        suspects: suspects of reports; one person is counted for each report.
    """

    offences: Mapping[tuple[int, str], int]
    decisions: Mapping[tuple[int, str], int]
    stays: Mapping[tuple[int, str], int]
    events: int
    events_with_suspect: int
    victims: int
    suspects: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is received at one time.

    Args:
        files: source id -> files to be put into `sources/<source_id>/`, in order.
        repeated: files whose content was received before: they add nothing.
        fates: source id -> fate (new, correction, withdrawal, duplicate, quarantined, out_of_scope) -> rows expected,
            files in `repeated` left out.
        truth: totals after this delivery.
    """

    files: Mapping[str, tuple[Path, ...]]
    repeated: tuple[Path, ...]
    fates: Mapping[str, Mapping[str, int]]
    truth: TrueTotals


@dataclass(frozen=True, slots=True)
class GeneratedFiles:
    """What was written, and what is true.

    Args:
        deliveries: in order; a run fits after each.
        corrected: record that delivery 2 corrects (theft to robbery, ICCS section 05 to 04).
        late: record of an earlier month that comes with delivery 2.
        withdrawn: record that delivery 3 withdraws.
        erased: record to be erased by order.
        truth_after_erasure: totals once it is erased, after all deliveries.
        names, numbers, birth_dates: what must appear in no public output and no log (birth dates as files write them).
        persons: file that tells which records are of one person (source_id, record, unit, label): for no workspace.
    """

    deliveries: tuple[Delivery, ...]
    corrected: RecordKey
    late: RecordKey
    withdrawn: RecordKey
    erased: RecordKey
    truth_after_erasure: TrueTotals
    names: frozenset[str]
    numbers: frozenset[str]
    birth_dates: frozenset[str]
    persons: Path


def generate(folder: Path, *, seed: int = SEED, scale: int = 1) -> GeneratedFiles:
    """Write the deliveries into `folder/delivery_<n>/<source_id>/` and return what is in them.

    Args:
        folder: made when it does not exist.
        seed: of the random numbers; equal seeds give equal bytes.
        scale: multiple of about 6,000 offences.
    """
    random = Random(seed)
    story = tell(random, scale)
    after = follow(random, story.reports)
    sight = sight_of(seed, story.reports)
    planned = plan(random, story.reports, after, sight)
    truths = [_truth(planned.reports[n], after, n) for n in range(3)]
    chosen = planned.chosen
    left = [report for report in planned.reports[2] if report is not chosen.erased]
    names, numbers, births = _identities(story.people, sight)
    persons = folder / "truth" / "persons.csv"
    _write_persons(persons, story.people, story.reports, after)
    return GeneratedFiles(
        deliveries=_write(folder, planned, truths),
        corrected=_key(chosen.corrected),
        late=_key(chosen.late),
        withdrawn=_key(chosen.withdrawn),
        erased=_key(chosen.erased),
        truth_after_erasure=_truth(left, after, 2),
        names=names,
        numbers=numbers,
        birth_dates=births,
        persons=persons,
    )


def _key(report: Report) -> RecordKey:
    return RecordKey(POLICE, f"{report.offences[0].number}|1")


def sight_of(seed: int, reports: Sequence[Report]) -> Sight:
    """Return how the agencies see the suspects, some of whom are easily taken for one another."""
    suspects = {suspect.person.number: suspect.person for report in reports for suspect in report.suspects}
    people = [suspects[number] for number in sorted(suspects)]
    random = Random(f"{seed}:alike")
    return Sight(seed, with_twins(random, people), shared_numbers(random, people))


def _identities(people: Sequence[Person], sight: Sight) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    seen = [one for one in sight.all() if UNKNOWN not in (one.given, one.family)]
    names = {text for person in people for text in (person.latin, person.own, f"{person.given} {person.family}")}
    names |= {text for one in seen for text in (f"{one.family}, {one.given}", f"{one.given} {one.family}")}
    born = {p.born for p in people} | {one.born for one in sight.all() if one.born and one.born != PLACEHOLDER}
    births = {text for day in born for text in (day.isoformat(), day.strftime("%d.%m.%Y"))}
    numbers = {p.number for p in people} | {text for s in sight.all() for text in (s.number, s.national) if text}
    return frozenset(names), frozenset(numbers), frozenset(births)


def _write_persons(path: Path, people: Sequence[Person], reports: Sequence[Report], after: Proceedings) -> None:
    """Write which records are of one person, under labels that mean nothing."""
    label = {person.number: f"p{place:06d}" for place, person in enumerate(people, start=1)}
    rows = [
        (POLICE, "suspect", f"{report.case}|{suspect.number}", label[suspect.person.number])
        for report in reports
        for suspect in report.suspects
    ]
    accused = {f"{item.case}|{item.accused}": label[item.person.number] for item in after.charges}
    rows += [(PROSECUTION, "accused", unit, one) for unit, one in accused.items()]
    rows += [(COURT, "decision", item.number, label[item.person.number]) for item in after.decisions]
    rows += [(PRISON, "stay", item.number, label[item.person.number]) for item in after.episodes]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("source_id", "record", "unit", "label"))
        writer.writerows(rows)


# -- truth --------------------------------------------------------------------------------------------------------
def _truth(reports: Sequence[Report], after: Proceedings, number: int) -> TrueTotals:
    last = FIRST_UNTIL if number == 0 else SECOND_UNTIL
    offences = Counter((r.recorded.year, offence.section(r.occurred)) for r in reports for offence in r.offences)
    decisions = Counter((item.decided.year, item.outcome) for item in after.decisions if item.decided <= last)
    stays = Counter((item.admitted.year, item.status) for item in after.episodes if item.admitted <= last)
    return TrueTotals(
        offences=dict(sorted(offences.items())),
        decisions=dict(sorted(decisions.items())),
        stays=dict(sorted(stays.items())),
        events=len(reports),
        events_with_suspect=sum(bool(report.suspects) for report in reports),
        victims=sum(len(offence.victims) for report in reports for offence in report.offences),
        suspects=sum(len(report.suspects) for report in reports),
    )


# -- files --------------------------------------------------------------------------------------------------------
def _write(folder: Path, planned: Plan, truths: Sequence[TrueTotals]) -> tuple[Delivery, ...]:
    deliveries = []
    first_prosecution = b""
    for number, sources in enumerate(planned.rows):
        month = ("2025-11", "2025-12", "2026-01")[number]
        files: dict[str, tuple[Path, ...]] = {}
        repeated: list[Path] = []
        for source_id, rows in sources.items():
            ragged = planned.ragged if number == 0 and source_id == POLICE else set()
            suffix, content = _content(source_id, rows, ragged)
            path = folder / f"delivery_{number + 1}" / source_id / f"{month}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            files[source_id] = (path,)
            if source_id == PROSECUTION and number == 0:
                first_prosecution = content
        if number == 1:  # somebody sends last month's file once more
            again = folder / "delivery_2" / PROSECUTION / "2025-12_copy_of_2025-11.csv"
            again.write_bytes(first_prosecution)
            files[PROSECUTION] += (again,)
            repeated.append(again)
        deliveries.append(Delivery(files, tuple(repeated), planned.fates[number], truths[number]))
    return tuple(deliveries)


def _content(source_id: str, rows: Sent, ragged: set[int]) -> tuple[str, bytes]:
    if source_id == COURT:
        return ".jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if source_id == POLICE:
        return ".csv", _csv(COLUMNS, rows, ";", "\r\n", ragged).encode("cp1252")
    columns = {PROSECUTION: PROSECUTION_COLUMNS, PRISON: PRISON_COLUMNS}[source_id]
    return ".csv", _csv(columns, rows, ",", "\n", set()).encode()


def _csv(columns: Sequence[str], rows: Sent, delimiter: str, newline: str, ragged: set[int]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow(columns)
    for number, row in enumerate(rows):
        cells = [row[column] for column in columns]
        writer.writerow(cells[: len(cells) - 7] if number in ragged else cells)
    return text.getvalue()
