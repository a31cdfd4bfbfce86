"""What may be shown of flows: every number here has passed protection, None stands for a redacted one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Labels = Mapping[str, str]  # language -> text


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the ends of its interval, made of protected counts; None where it is redacted or not reached."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    is_redacted: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Band:
    """A curve: steps of (time, value, lower, upper) and, at some times, how many units are still observed."""

    steps: tuple[tuple[float, float, float, float], ...]
    watched: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What a product says over and under its figures.

    Args:
        id, type: of the file in `flows/`.
        labels, descriptions: words.
        until: last day covered (ISO).
        made_up: whether the records are fictional.
        counting_unit: what is counted.
        rule: disclosure rule that the counts passed.
        least_step: units that a step of a curve stands for, at least.
        states: state, group or way -> words.
        breakdowns: breakdown -> words.
        codes: (breakdown, code) -> words.
        cautions: keys of `messages/flow.csv`: what a reader must not conclude.
    """

    id: str
    type: str
    labels: Labels
    descriptions: Labels
    until: str
    made_up: bool
    counting_unit: str
    rule: str
    least_step: int
    states: Mapping[str, Labels]
    breakdowns: Mapping[str, Labels]
    codes: Mapping[tuple[str, str], Labels]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One group on its way from the entry to a state.

    Args:
        cohort, breakdown, code: the group (`_T` = all).
        state: where to.
        entered, reached, otherwise, open: protected counts: who entered, reached it, ended otherwise, is still open.
        shares: days after entry -> share that has reached it by then, per cent.
        median: days from entry by which half of all who entered have reached it; None where so many never do.
        band: the share over time.
    """

    cohort: str
    breakdown: str
    code: str
    state: str
    entered: float | None
    reached: float | None
    otherwise: float | None
    open: float | None
    shares: Mapping[int, Figure]
    median: Figure
    band: Band | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A group compared with another at a state: ratio and difference (in percentage points) of their shares."""

    state: str
    breakdown: str
    code: str
    reference: str
    days: int
    ratio: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class Link:
    """How many units went from one state straight to another; `open` is where they are when the sources stop."""

    source: str
    target: str
    count: float | None


@dataclass(frozen=True, slots=True)
class FlowTable:
    """An attrition table with its curves, its flow and the comparison of groups."""

    heading: Heading
    states: tuple[str, ...]
    horizons: tuple[int, ...]
    passages: tuple[Passage, ...]
    links: tuple[Link, ...]
    gaps: tuple[Gap, ...]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of counts or figures: what it is of, and the figure."""

    period: str
    measure: str
    breakdown: str
    code: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class PrisonTable:
    """Stock over time, movements of the last year, shares and durations."""

    heading: Heading
    groups: tuple[str, ...]
    stock: tuple[Row, ...]
    movements: tuple[Row, ...]
    shares: tuple[Row, ...]
    remand: Figure
    remand_band: Band | None


@dataclass(frozen=True, slots=True)
class WorkloadTable:
    """Cases received, resolved and pending by year, clearance rate and disposition time."""

    heading: Heading
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ReturnTable:
    """Shares that returned within the window, by way and group, with curves over time free and gaps between groups."""

    heading: Heading
    window_days: int
    ways: tuple[str, ...]
    rows: tuple[Row, ...]
    bands: Mapping[tuple[str, str, str], Band]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class ShareTable:
    """Shares of units by year, and by group over all years; measures are `units`, and `<part>` and `<part>.share`."""

    heading: Heading
    parts: tuple[str, ...]
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class TogetherTable:
    """How many units are in both of two forms of crime."""

    heading: Heading
    forms: tuple[str, ...]
    counts: Mapping[tuple[str, str], float | None]


AnyTable = FlowTable | PrisonTable | WorkloadTable | ReturnTable | TogetherTable | ShareTable
