"""The definitions that the catalogue holds, as immutable records (formats: docs/reference/catalogue-files.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as usually
from datetime import date
from pathlib import Path

Labels = Mapping[str, str]  # language -> text


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition was read: file and line (1 = header)."""

    file: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a code list or classification."""

    code: str
    labels: Labels
    parent: str = ""
    level: int = 1
    missing_kind: str = ""
    lower: float | None = None
    upper: float | None = None
    variants: tuple[str, ...] = ()
    is_leaf: bool = True
    is_residual: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""

    def label(self, language: str) -> str:
        """Return the label in `language`, in English where there is none, or the code itself."""
        return self.labels.get(language) or self.labels.get("en") or self.code


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list or a classification (hierarchical code list with named levels), in its declared order."""

    name: str
    codes: Mapping[str, Code]
    version: str = ""
    source: str = ""
    level_names: tuple[str, ...] = ()  # ("section", "division", "group", "class"); empty for flat lists

    def ancestor(self, code: str, level: int) -> str | None:
        """Return the code's ancestor at `level` (1 = top), the code itself at its own level, None below it."""
        entry = self.codes.get(code)
        while entry is not None and entry.level > level:
            entry = self.codes.get(entry.parent)
        return entry.code if entry is not None and entry.level == level else None


@dataclass(frozen=True, slots=True)
class Field:
    """A variable of a record kind."""

    name: str
    type: str  # identifier, reference, code, text, date, integer, decimal
    codelist: str = ""
    references: str = ""
    unit: str = ""
    description: str = ""
    source: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record: its counting unit and fields."""

    kind: str
    labels: Labels
    unit: str
    holds_individuals: bool
    fields: Mapping[str, Field]
    description: str = ""


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """What becomes of one column of a received file (one column may have several)."""

    column: str
    action: str  # use, drop, vault, person_key, ignore
    record: str = ""
    field: str = ""
    format: str = ""
    personal: bool = True
    on_bad_value: str = "set_aside_value"
    constant: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class LayoutRecord:
    """One kind of record that a row of the file tells of."""

    name: str
    kind: str
    key: tuple[str, ...]
    when: str = ""
    references: Mapping[str, str] = usually(default_factory=dict)  # reference kind -> record name of the same row
    compose: Mapping[str, tuple[str, ...]] = usually(default_factory=dict)
    correspondence: str = ""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How the received file is written."""

    kind: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    date_format: str = "%Y-%m-%d"
    calendar: str = "gregorian"
    null_values: tuple[str, ...] = ("",)
    sheet: str = ""
    query: str = ""
    nil_return: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How the files of one source map to record kinds."""

    source_id: str
    version: str
    title: str
    authority: str
    sector: str
    unit_of_row: str
    when_recorded: str
    format: FileFormat
    key: tuple[str, ...]
    records: tuple[LayoutRecord, ...]
    columns: tuple[LayoutColumn, ...]
    values: Mapping[str, Mapping[str, str]]  # column -> source value -> code
    purpose: str = ""
    legal_basis: str = ""
    licence: str = ""
    made_up: bool = False
    in_scope: str = ""
    withdrawn_column: str = ""
    withdrawn_values: tuple[str, ...] = ()
    on_new_column: str = "stop"
    on_bad_row: str = "set_aside_row"
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class CorrespondenceRow:
    """One decision: this national code, under this condition and at these dates, is this ICCS code."""

    national_code: str
    condition: str
    iccs_code: str
    status: str  # coded, unspecified, no_code
    priority: int
    sets: Mapping[str, str]  # field -> value set when the record has none
    valid_from: date | None
    valid_to: date | None
    national_label: str = ""
    basis: str = ""
    note: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A correspondence table from a national list to a classification."""

    id: str
    rows: tuple[CorrespondenceRow, ...]
    version: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that a record must meet."""

    rule_id: str
    kind: str
    expression: str
    severity: str  # error, warning
    labels: Labels
    reason: str = ""
    owner: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """A variable made from others of the same unit or of records linked to it."""

    kind: str
    field: Field
    method: str
    arguments: Mapping[str, str]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A breakdown of a dataflow."""

    id: str
    field: str
    levels: tuple[str, ...] = ()
    labels: Labels = usually(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """A count of the units that meet a condition, or the sum of a whole number that they hold."""

    id: str
    where: str = ""
    labels: Labels = usually(default_factory=dict)
    sum_of: str = ""  # field of the unit; empty: units are counted


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share or a rate, computed from protected counts."""

    id: str
    kind: str  # share, rate
    numerator: str
    denominator: str
    per: int = 100
    labels: Labels = usually(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dataflow:
    """A table to be counted and published."""

    id: str
    labels: Labels
    descriptions: Labels
    unit: str
    counting_rule: str
    where: str
    disclosure: str
    period_field: str
    frequency: str  # A, S, Q, M or empty
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    ratios: tuple[Ratio, ...]
    universe: str = ""
    chart: Mapping[str, str] = usually(default_factory=dict)
    full_until: str = ""  # last period that the sources cover in full; later ones are not compared with earlier ones
    place: Place | None = None
    series: tuple[str, ...] = ()  # rule once_per_series: fields whose equal values make units one series


@dataclass(frozen=True, slots=True)
class PrimaryRules:
    """Which cells tell something of persons, beside those with few of them.

    Args:
        small_rows: of a small total that lies in one category, hide which one it is (zeros are redacted too).
        row_fields: fields whose categories must not hold a whole row, of whatever size.
        row_percent: share of a row from which one category of these fields holds it.
        unknown_is_category: whether not given, unknown and not coded count as categories of a row of their own.
        never_fields: fields that tell nothing of a person; cells broken down by these alone are not redacted.
        dominance: (n, k): the n largest contributors hold more than k per cent of a sum; n = 0: not used.
        p_percent: a contributor can be known to within p per cent of its value; 0: not used.
    """

    small_rows: bool = True
    row_fields: tuple[str, ...] = ()
    row_percent: int = 100
    unknown_is_category: bool = True
    never_fields: tuple[str, ...] = ()
    dominance: tuple[int, int] = (0, 0)
    p_percent: int = 0


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """How public counts are protected."""

    id: str
    rule: str
    redact_up_to: int
    round_to: int
    minimum_population: int = 0
    population: str = ""  # table that tells which areas are small
    delay_days: int = 0
    unranked_fields: tuple[str, ...] = ()  # fields whose groups are never put in order of size
    perturbation: str = ""  # of cell_key: table of noise
    most_noise: int = 0  # of that table
    large_counts_repeat: int = 1  # last counts of that table that stand for larger ones in turn
    least_width: int = 0  # audit: narrowest interval in which an attacker may place a redacted count
    contributor_width: int = 0  # audit: the same for somebody who knows a redacted count of one, as it is his; 0: any
    cost: str = "sum"  # of suppression, what is kept as far as may be: sum, count
    primary: PrimaryRules = PrimaryRules()


@dataclass(frozen=True, slots=True)
class NoiseRow:
    """One line of a perturbation table: the noise that a count gets from a range of cell keys."""

    count: int
    noise: int
    first_key: int
    last_key: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A row or file of the catalogue that an overlay added, replaced or retired."""

    file: str
    key: str
    action: str  # add, replace, retire
    overlay: Path


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One phrase of a classification's alphabetical index."""

    language: str
    phrase: str
    code: str
    in_version: bool = True
    suggested_code: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a classification on one of its codes."""

    code: str
    language: str
    kind: str  # scope, erratum
    text: str
    source: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A disaggregating variable of a classification, and the field that holds it."""

    unit: str  # event, victim, perpetrator, data_inclusion
    tag: str
    codelist: str
    record: str
    field: str
    labels: Labels
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """The number of inhabitants of one area, sex, age and year; `_T` is the total."""

    area: str
    sex: str
    age: str
    year: int
    population: float
    place: Place | None = None
