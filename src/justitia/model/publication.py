"""What leaves Justitia by the public channel: protected tables with their metadata, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.metadata.definitions import CodeList, Dataflow, DisclosureRule, Labels
    from justitia.model.case_flow import AnyTable


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A protected table of one dataflow.

    Args:
        dataflow: its definition.
        cells: Arrow table in SDMX-like long form, sorted: a string column per dimension id (codes, `_T` total,
            `_X` and the other reserved codes), `TIME_PERIOD` (`2021`, `2021-Q3`, or `_T`: all periods),
            `MEASURE` (id of a measure or ratio), `OBS_VALUE` (float64, null when redacted or not computable),
            `LOWER` and `UPPER` (float64, 95 % interval of ratios, else null), `OBS_STATUS` (SDMX: `A` normal,
            `M` missing: cannot be computed, `Q` suppressed) and `CONF_STATUS` (`F` free, `C` confidential,
            redacted).
        codelists: dimension id -> code list of its codes (labels, order, parents).
        vintage: release id, or `preview`.
        source_ids: sources whose records are counted; empty: all of the publication.
    """

    dataflow: Dataflow
    cells: pa.Table
    codelists: Mapping[str, CodeList]
    vintage: str
    source_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceNote:
    """What a reader is told about a source."""

    source_id: str
    title: str
    authority: str
    sector: str
    unit_of_row: str
    when_recorded: str
    licence: str
    made_up: bool


@dataclass(frozen=True, slots=True)
class QualityFigure:
    """A protected quality figure of a release.

    Args:
        id: `uncoded_share`, `quarantined_rows`, `missing_share`, `rows_received`, ...
        subject: source, kind or field concerned (`police_register`, `offence.iccs_code`).
        value: number, null when redacted.
        unit: `rows`, `records`, `percent`.
        note: free English addition, may be empty.
    """

    id: str
    subject: str
    value: float | None
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything a release says in public.

    Args:
        title: by language.
        publisher: who answers for it.
        vintage: release id, for example `2026-11-24`, or `preview`.
        released: date of release.
        made_up: true when any source is fictional: every product must say so on every page.
        tables, sources, quality: see the classes.
        disclosure: rule id -> rule applied.
        notes: further notes for the reader, by language.
        contact: e-mail or page.
        flows: protected tables of cases and persons that were followed.
    """

    title: Labels
    publisher: str
    vintage: str
    released: date
    made_up: bool
    tables: tuple[PublishedTable, ...]
    sources: tuple[SourceNote, ...]
    quality: tuple[QualityFigure, ...]
    disclosure: Mapping[str, DisclosureRule]
    notes: tuple[Labels, ...] = ()
    contact: str = ""
    flows: tuple[AnyTable, ...] = ()

    def sources_of(self, table: PublishedTable) -> tuple[SourceNote, ...]:
        """Return the sources whose records a table counts."""
        own = tuple(source for source in self.sources if source.source_id in table.source_ids)
        return own or self.sources
