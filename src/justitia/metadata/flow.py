"""What `flows/` defines: states and what puts units into them, prison stocks, workloads, returns, forms of crime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from justitia.metadata.definitions import Labels, Place

TYPES = ("flow", "prison", "workload", "return", "together", "share")
COUNTING_UNITS = ("event", "offence", "case", "person_in_case", "person", "charge", "stay")
CHOSEN = ("first", "last", "all")
COHORTS = ("A", "Q", "M", "all")


@dataclass(frozen=True, slots=True)
class State:
    """A state that a case or person may be in.

    Args:
        state, labels: name and words.
        counting_unit: what is counted in it, unless a flow says otherwise.
        ends: whether nothing follows, so that it competes with every other state.
        after: states of which one comes first; empty: any.
    """

    state: str
    labels: Labels
    counting_unit: str
    ends: bool
    after: tuple[str, ...]
    sort: float
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What puts a unit into a state.

    Args:
        state: of states.csv.
        kind, where, dates: the records, those that count, and date fields, of which the first that is filled counts.
        link: field of these records -> field of the unit followed; empty for the unit itself.
        chosen: `first`: the earliest record that meets the condition; `last`: only the latest record of the unit is
            asked, so that what an appeal decides replaces what was decided before; `all`: every record of the unit
            must meet it, as a case is dropped when all its charges are, and the last date counts.
        counting_unit: what is counted; default, that of the state.
    """

    state: str
    kind: str
    dates: tuple[str, ...]
    where: str = ""
    link: Mapping[str, str] = field(default_factory=dict)
    chosen: str = "first"
    counting_unit: str = ""


@dataclass(frozen=True, slots=True)
class FlowBreakdown:
    """A field by which curves are asked; `level` cuts a classification; `reference`: the group compared with."""

    id: str
    field: str
    labels: Labels
    level: str = ""
    reference: str = ""
    cautioned: bool = True


@dataclass(frozen=True, slots=True)
class Common:
    """What all files of `flows/` say; `published`: whether it goes into previews and releases."""

    id: str
    type: str
    labels: Labels
    descriptions: Labels
    disclosure: str
    observed_until: str
    breakdowns: tuple[FlowBreakdown, ...]
    place: Place | None = None
    published: bool = True


@dataclass(frozen=True, slots=True)
class Flow:
    """Units followed from a state of entry on; the first of `entries` is that state.

    Args:
        common: id, words, protection, last day covered, breakdowns.
        unit: kind of the records followed.
        where: which of them.
        shared_numbers: whether linked fields hold one numbering for all sources.
        cohort: entry cohorts by year, quarter, month, or all together.
        horizons: days after entry at which shares are told.
        step_days: width of the steps of published curves.
        entries: by state.
    """

    common: Common
    unit: str
    where: str
    shared_numbers: bool
    cohort: str
    horizons: tuple[int, ...]
    step_days: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Prison:
    """Stays in custody: which status is which, what ends custody, and the census to compare with.

    Args:
        kind, start, end, status, who: kind of the stays and fields; the first filled one of `who` is the person.
        groups: name of a group of statuses -> codes, each standing for all below it (`unsentenced`, ...).
        out_of_scope: statuses left out.
        goes_on: reasons of release after which custody goes on.
        deaths: group of causes -> reasons of release.
        reason: field of the reason.
        census_kind, census_date: kind and date of the records of a count of prisoners; empty for none.
        capacity_kind, capacity_field, capacity_date: official places.
    """

    common: Common
    kind: str
    start: str
    end: str
    status: str
    who: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    out_of_scope: tuple[str, ...]
    goes_on: tuple[str, ...]
    deaths: Mapping[str, tuple[str, ...]]
    reason: str
    census_kind: str
    census_date: str
    capacity_kind: str
    capacity_field: str
    capacity_date: str


@dataclass(frozen=True, slots=True)
class Workload:
    """Cases that an authority receives and resolves."""

    common: Common
    kind: str
    where: str
    received: str
    resolved: str
    counting_unit: str
    per: tuple[str, ...]
    old_days: int


@dataclass(frozen=True, slots=True)
class ReturnEvent:
    """One way of returning: re-arrest, re-conviction, re-imprisonment, each counted apart."""

    id: str
    labels: Labels
    kind: str
    date: str
    where: str
    who: str


@dataclass(frozen=True, slots=True)
class Return:
    """Persons who leave, and who comes back within a fixed window.

    Args:
        kind, start, where, who: records whose date begins the window, which of them, and the field of the person.
        window_days: the window, the same for all groups.
        returns: ways of returning.
        custody: (kind, start, end, who) of stays whose days do not count as time free; empty for none.
    """

    common: Common
    kind: str
    start: str
    where: str
    who: str
    window_days: int
    step_days: int
    returns: tuple[ReturnEvent, ...]
    custody: tuple[str, str, str, str] | None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of crime: ICCS codes, each standing for all below it, and a further condition."""

    id: str
    labels: Labels
    includes: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Together:
    """Forms of crime that share persons or events: how many are in two of them.

    Args:
        kind, code: records and their ICCS field.
        who: field that tells what is shared (`person_id`, `event_id`).
        counting_unit: what is counted.
        forms: forms of crime.
    """

    common: Common
    kind: str
    code: str
    who: str
    counting_unit: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the units of a share: whose share is asked, by a condition."""

    id: str
    labels: Labels
    where: str


@dataclass(frozen=True, slots=True)
class Share:
    """Shares of units that meet a condition: legal aid, diversion, sanctions without custody.

    Args:
        kind, date: records, and the date that gives the year.
        of: which units the shares are of.
        counting_unit: what is counted.
        parts: the parts.
    """

    common: Common
    kind: str
    date: str
    of: str
    counting_unit: str
    parts: tuple[Part, ...]


AnyFlow = Flow | Prison | Workload | Return | Together | Share
