"""The report: one self-contained HTML file for each language, without scripts and without anything to fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.disseminate import captions, charts, drawing, headlines, quality
from justitia.disseminate.captions import Note, Reader
from justitia.disseminate.cube import NO_FIGURE, NOT_COMPUTABLE, REDACTED, Cube, read_cube
from justitia.disseminate.files import write_whole
from justitia.disseminate.flow_sections import FOLDED_FROM, LEFT_OUT_FROM, flow_sections
from justitia.disseminate.formats import Formats
from justitia.disseminate.grids import Grid, grids
from justitia.disseminate.safe_text import without_controls
from justitia.disseminate.series import ChartData, chart_data, latest_period
from justitia.disseminate.wording import Messages, Words, words
from justitia.model.publication import Publication

if TYPE_CHECKING:
    from jinja2 import Environment

_WIDTHS = {"wide": 700, "narrow": 330}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart in the widths that the page chooses from, with what must be said about it."""

    svg: Mapping[str, str]
    title: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """All that the page says about one published table."""

    anchor: str
    number: int
    title: str
    description: str
    subtitle: str
    drawing: Drawing | None
    wants_chart: bool
    grids: tuple[Grid, ...]
    symbols: tuple[Note, ...]
    notes: tuple[Note, ...]
    csv: str


def render_report(
    publication: Publication,
    folder: Path,
    *,
    languages: Sequence[str] = ("en", "fr", "es"),
    messages: Messages | None = None,
    flow_messages: Messages | None = None,
) -> tuple[Path, ...]:
    """Return the pages written, `report.<language>.html`, one for each language and linked to each other.

    Args:
        publication: what is published.
        folder: where the pages go; made when missing.
        languages: tags; words and labels without a translation are in English and marked as such.
        messages: words of the report, for example of a catalogue with overlays; default: as Justitia ships them.
        flow_messages: the same of flows.

    Raises:
        RequestError: E-LNG-001, a language is not known.
    """
    cubes = [read_cube(table) for table in publication.tables]
    readers = [Reader(words("report", language, messages=messages), Formats(language)) for language in languages]
    said = {language: words("flow", language, messages=flow_messages) for language in languages}
    pages = [(reader, _page(publication, cubes, reader, readers, said[reader.language])) for reader in readers]
    return tuple(write_whole(folder / page_name(reader.language), text.encode()) for reader, text in pages)


def page_name(language: str) -> str:
    """Return the file name of the page in a language."""
    return f"report.{language}.html"


def _page(publication: Publication, cubes: list[Cube], reader: Reader, readers: Sequence[Reader], said: Words) -> str:
    """Return one page."""
    template = template_environment().get_template("report.html.j2")
    page: str = template.render(
        p=publication,
        t=reader.words,
        f=reader.formats,
        style=style_sheet(),
        warning=_css_string(reader.words("made_up")),
        versions=[(page_name(other.language), other.formats) for other in readers],
        cards=headlines.cards(cubes, publication, reader),
        findings=headlines.sentences(cubes, publication, reader),
        uncoded=headlines.uncoded(cubes, publication, reader),
        sections=[_section(number, cube, publication, reader) for number, cube in enumerate(cubes, start=1)],
        flows=flow_sections(publication.flows, reader.language, messages=said.messages),
        u=said,
        flow_meanings={REDACTED: said("redacted"), NO_FIGURE: said("not_told")},
        folded_from=FOLDED_FROM,
        left_out_from=LEFT_OUT_FROM,
        balances=[
            (row.source, [(quality.shown(figure, reader), figure) for figure in row.figures])
            for row in quality.balances(publication)
        ],
        parts=quality.PARTS,
        indicators=[
            (figure, quality.subject_name(figure.subject, publication), quality.shown(figure, reader))
            for figure in quality.others(publication)
        ],
        protections=[captions.protection(rule, reader) for rule in publication.disclosure.values()],
        citation=captions.citation(publication, reader),
        licences=captions.licences(publication),
        meanings=_meanings(reader.words),
    )
    return without_controls(page)


def _meanings(text: Words) -> dict[str, str]:
    """Return what each symbol means, for readers who meet it in a cell."""
    return {
        REDACTED: text("symbol.redacted"),
        NOT_COMPUTABLE: text("symbol.not_computable"),
        NO_FIGURE: text("symbol.no_figure"),
    }


def _section(number: int, cube: Cube, publication: Publication, reader: Reader) -> Section:
    """Return the section of one table."""
    text, anchor = reader.words, f"t{number}"
    rule = publication.disclosure.get(cube.dataflow.disclosure)
    data = chart_data(cube, reader, publication.released, rule.unranked_fields if rule else ())
    drawn = _drawing(data, cube, reader, anchor) if data and drawing.can_draw() else None
    latest = latest_period(cube, publication.released)
    rule = publication.disclosure.get(cube.dataflow.disclosure)
    return Section(
        anchor=anchor,
        number=number,
        title=captions.title(cube, text),
        description=text.pick(cube.dataflow.descriptions),
        subtitle=text("subtitle", unit=captions.number_of(cube, text), period=captions.period(cube, reader)),
        drawing=drawn,
        wants_chart=data is not None,
        grids=tuple(grids(cube, reader, latest=latest, bars=drawn is None)),
        symbols=tuple(captions.symbols(cube, text, rounded=rule is not None and rule.rule in captions.NOISY)),
        notes=tuple(captions.notes(cube, publication, reader)),
        csv=f"{cube.dataflow.id}.csv",
    )


def _drawing(data: ChartData, cube: Cube, reader: Reader, anchor: str) -> Drawing:
    """Return the chart drawn for wide and for narrow screens."""
    text = reader.words
    period = reader.formats.period(data.period, text) if data.period else ""
    title = (
        text("chart.title", title=captions.title(cube, text), period=period) if period else captions.title(cube, text)
    )
    drawn = ((len(data.x), data.left_out_x), (len(data.series), data.left_out_series))
    remarks = [text("chart.some", shown=str(shown), all=str(shown + more)) for shown, more in drawn if more]
    if data.has_redacted:
        key = "chart.redacted_stack" if data.kind == "stacked_bar" else "chart.redacted"
        remarks.append(text(key, symbol=REDACTED))
    svg = {
        name: drawing.draw(
            charts.chart_spec(data, reader, width=width),
            title=text("chart_of", title=title),
            description=text("chart.description", title=title),
            id=f"{anchor}-{name}",
            locale=charts.number_locale(reader),
        )
        for name, width in _WIDTHS.items()
    }
    return Drawing(svg, title, tuple(remarks))


@lru_cache(maxsize=1)
def template_environment() -> Environment:
    """Return the template engine: everything is escaped, and a name that is missing is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("justitia.disseminate"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["own"] = _own_language
    return environment


def _own_language(text: str, language: str) -> str:
    """Return the text, marked with its language where it is not the page's."""
    from markupsafe import Markup, escape

    own = getattr(text, "language", language)
    if not text or own == language:
        return escape(text)
    return Markup('<span lang="{}" dir="{}">{}</span>').format(own, Formats(own).direction, str(text))


def _css_string(text: str) -> str:
    """Return `text` as it stands between the quotes of a CSS string: everything but letters and digits is escaped."""
    return "".join(character if character.isalnum() else f"\\{ord(character):x} " for character in text)


def style_sheet() -> str:
    """Return the style sheet."""
    source = template_environment().loader
    if source is None:
        return ""
    return source.get_source(template_environment(), "report.css")[0]
