"""A flow written down: one self-contained page in each language, with pictures beside their tables, and CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.disseminate.cube import REDACTED
from justitia.disseminate.files import write_whole
from justitia.disseminate.flow_charts import flow_pictures
from justitia.disseminate.flow_long import flow_csv
from justitia.disseminate.flow_sections import LEFT_OUT_FROM, csv_name, flow_sections
from justitia.disseminate.flow_tables import NOT_TOLD, flow_grids
from justitia.disseminate.formats import Formats
from justitia.disseminate.report import style_sheet, template_environment
from justitia.disseminate.safe_text import without_controls
from justitia.disseminate.wording import Words

if TYPE_CHECKING:
    from justitia.disseminate.wording import Messages
    from justitia.model.case_flow import AnyTable


def write_flow(table: AnyTable, folder: Path, *, languages: Sequence[str], messages: Messages) -> tuple[Path, ...]:
    """Return the files written: `<id>.<language>.html` for each language, then CSV files and pictures of the first.

    Args:
        table: protected tables.
        folder: where they go; made when missing.
        languages: BCP 47 tags.
        messages: words of `messages/flow.csv`.
    """
    name = table.heading.id
    made = []
    for language in languages:
        text = flow_page(table, language, languages=languages, messages=messages)
        made.append(write_whole(folder / f"{name}.{language}.html", text.encode()))
    first = languages[0]
    for grid in flow_grids(table, first, messages=messages).grids:
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow((*grid.stub, *grid.columns))
        writer.writerows((*row.heads, *row.figures) for row in grid.rows)
        made.append(write_whole(folder / f"{name}.{grid.id}.csv", out.getvalue().encode("utf-8-sig")))
    for place, picture in enumerate(flow_pictures(table, first, messages=messages), start=1):
        made.append(write_whole(folder / f"{name}.picture-{place}.svg", picture.svg.encode()))
    return tuple(made)


def write_flow_files(
    tables: Sequence[AnyTable], folder: Path, *, languages: Sequence[str], messages: Messages
) -> tuple[Path, ...]:
    """Return the files written: `csv/flow_<id>.csv` with every figure, `pictures/<id>.<n>.<language>.svg`.

    Args:
        tables: protected tables.
        folder: where they go; made when missing.
        languages: BCP 47 tags.
        messages: words of `messages/flow.csv`.
    """
    made = []
    for table in tables:
        made.append(write_whole(folder / "csv" / csv_name(table), flow_csv(table).encode()))
        for language in languages:
            for place, picture in enumerate(flow_pictures(table, language, messages=messages), start=1):
                file = folder / "pictures" / f"{table.heading.id}.{place}.{language}.svg"
                made.append(write_whole(file, picture.svg.encode()))
    return tuple(made)


def flow_page(table: AnyTable, language: str, *, languages: Sequence[str], messages: Messages) -> str:
    """Return the page of a flow in one language."""
    words, formats = Words("flow", language, messages), Formats(language)
    page = flow_grids(table, language, messages=messages)
    pictures = flow_pictures(table, language, messages=messages)
    text = (
        template_environment()
        .get_template("flow.html.j2")
        .render(
            t=words,
            f=formats,
            page=page,
            style=style_sheet(),
            made_up=table.heading.made_up,
            versions=[(f"{table.heading.id}.{other}.html", Formats(other)) for other in languages],
            pictures={grid.id: [p for p in pictures if p.id == grid.id] for grid in page.grids},
            drawn=bool(pictures),
            meanings={REDACTED: words("redacted"), NOT_TOLD: words("not_told")},
        )
    )
    return without_controls(text)


def flow_cell(table: AnyTable, language: str, *, messages: Messages) -> str:
    """Return a flow as a part of a page, for notebooks.

    Args:
        table: protected tables.
        language: BCP 47 tag.
        messages: words of `messages/flow.csv`.
    """
    said = Words("flow", language, messages)
    section = next(iter(flow_sections([table], language, messages=messages)), None)
    if section is None:
        return ""
    text = (
        template_environment()
        .get_template("flow_cell.html.j2")
        .render(
            t=said,
            f=Formats(language),
            page=section.page,
            pictures=section.pictures,
            made_up=table.heading.made_up,
            left_out_from=LEFT_OUT_FROM,
            name=section.anchor,
            meanings={REDACTED: said("redacted"), NOT_TOLD: said("not_told")},
        )
    )
    return without_controls(text)
