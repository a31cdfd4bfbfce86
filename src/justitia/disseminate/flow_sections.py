"""What the report says of each flow: cautions first, then pictures, each beside its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.disseminate import drawing
from justitia.disseminate.flow_charts import Picture, flow_pictures
from justitia.disseminate.flow_tables import Page, flow_grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from justitia.disseminate.wording import Messages
    from justitia.model.case_flow import AnyTable

FOLDED_FROM = 30  # lines of a table that the reader opens
LEFT_OUT_FROM = 300  # lines of a table that only the CSV file has


@dataclass(frozen=True, slots=True)
class FlowSection:
    """One flow in the report.

    Args:
        anchor: id in the page.
        page: captions, tables, cautions in the reader's language.
        pictures: table -> pictures of it.
        csv: file that has every figure.
    """

    anchor: str
    page: Page
    pictures: Mapping[str, tuple[Picture, ...]]
    csv: str


def flow_sections(tables: Sequence[AnyTable], language: str, *, messages: Messages) -> tuple[FlowSection, ...]:
    """Return the sections of the flows of a publication, in its order.

    Args:
        tables: protected tables.
        language: BCP 47 tag.
        messages: words of `messages/flow.csv`.
    """
    made = []
    for table in tables:
        page = flow_grids(table, language, messages=messages)
        drawn = flow_pictures(table, language, messages=messages) if drawing.can_draw() else ()
        pictures = {grid.id: tuple(p for p in drawn if p.id == grid.id) for grid in page.grids}
        made.append(FlowSection(f"f-{table.heading.id}", page, pictures, csv_name(table)))
    return tuple(section for section in made if section.page.grids)


def csv_name(table: AnyTable) -> str:
    """Return the name of the CSV file of a flow."""
    return f"flow_{table.heading.id}.csv"
