"""The workbook that an office sends: contents, a sheet for each table, quality and metadata."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.disseminate import captions, quality
from justitia.disseminate.captions import Note, Reader
from justitia.disseminate.cube import Cell, Cube, read_cube
from justitia.disseminate.files import write_whole
from justitia.disseminate.flow_sheets import add_flow_sheet
from justitia.disseminate.formats import Formats
from justitia.disseminate.sheets import QUIET, Sheet, Styles
from justitia.disseminate.table_sheet import add_table_sheet
from justitia.disseminate.wording import Messages, Words, words
from justitia.model.publication import Publication, QualityFigure

if TYPE_CHECKING:
    from justitia.model.case_flow import AnyTable

_NOT_IN_TAB_NAMES = re.compile(r"[\[\]:*?/\\]")
# Texts stay texts: xlsxwriter must not guess formulas, links or numbers from what they look like.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(
    publication: Publication,
    path: Path,
    *,
    language: str,
    messages: Messages | None = None,
    flow_messages: Messages | None = None,
) -> Path:
    """Return `path`, now an XLSX workbook of the publication; the same publication gives the same bytes.

    Args:
        publication: what is published.
        path: file to write.
        language: tag of the language of titles, labels and notes.
        messages: words of the report, for example of a catalogue with overlays; default: as Justitia ships them.
        flow_messages: the same of flows.

    Raises:
        RequestError: E-LNG-001, the language is not known.
    """
    import xlsxwriter

    reader = Reader(words("report", language, messages=messages), Formats(language))
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, _OPTIONS)
    workbook.set_properties(
        {
            "title": reader.words.pick(publication.title),
            "author": publication.publisher,
            "company": publication.publisher,
            "comments": captions.citation(publication, reader),
            "created": datetime.combine(publication.released, time()),
        }
    )
    _Assembly(workbook, publication, reader, words("flow", language, messages=flow_messages)).write()
    workbook.close()
    return write_whole(path, content.getvalue())


class _Assembly:
    """The sheets of one workbook, in order."""

    def __init__(self, workbook: Any, publication: Publication, reader: Reader, said: Words) -> None:
        self.workbook, self.publication, self.reader, self.said = workbook, publication, reader, said
        self.styles = Styles(workbook, right_to_left=reader.formats.direction == "rtl")
        self.warning = str(reader.words("made_up")) if publication.made_up else ""
        self.names = {key: _tab(reader.words(key)) for key in ("contents", "quality", "metadata")}

    def write(self) -> None:
        cubes = [read_cube(table) for table in self.publication.tables]
        numbers = range(1, len(cubes) + 1)
        tabs = [_tab(self.reader.words("table_n", number=str(number))) for number in numbers]
        flows = {_tab(self.said("flow_n", number=str(n))): x for n, x in enumerate(self.publication.flows, start=1)}
        self._contents(cubes, tabs, flows)
        for cube, tab in zip(cubes, tabs, strict=True):
            add_table_sheet(
                self.workbook,
                cube,
                tab,
                self.publication,
                self.reader,
                self.styles,
                self.warning,
                self.names["contents"],
            )
        for tab, table in flows.items():

            def make(widths: list[float], name: str = tab) -> Sheet:
                return Sheet(self.workbook, name, self.styles, self.reader, widths, self.warning)

            add_flow_sheet(make, table, self.said, self.names["contents"])
        self._quality()
        self._metadata()

    def _sheet(self, key: str, widths: list[float]) -> Sheet:
        return Sheet(self.workbook, self.names[key], self.styles, self.reader, widths, self.warning)

    def _contents(self, cubes: list[Cube], tabs: list[str], flows: Mapping[str, AnyTable]) -> None:
        text, publication = self.reader.words, self.publication
        sheet = self._sheet("contents", [16, 66, 24, 40])
        sheet.line(text.pick(publication.title), bold=True, font_size=18)
        sheet.line(publication.publisher, font_size=12)
        preview = publication.vintage == "preview"
        made = text("made_on" if preview else "released", date=self.reader.formats.date(publication.released))
        vintage = text("preview") if preview else text("vintage", vintage=publication.vintage)
        sheet.line(f"{made}. {vintage}.", font_color=QUIET)
        if publication.made_up:
            sheet.line(text("made_up.long"), bold=True)
        sheet.row += 1
        sheet.grid([text("sheet"), text("title"), text("note.unit"), text("note.period")], [])
        for cube, tab in zip(cubes, tabs, strict=True):
            sheet.link(tab, tab)
            sheet.text(1, captions.title(cube, text), text_wrap=True)
            sheet.text(2, captions.unit(cube, text))
            sheet.text(3, captions.period(cube, self.reader), text_wrap=True)
            sheet.fit_row(
                [tab, captions.title(cube, text), captions.unit(cube, text), captions.period(cube, self.reader)]
            )
            sheet.row += 1
        for tab, table in flows.items():
            unit = table.heading.counting_unit
            told = (text.pick(table.heading.labels, table.heading.id), self.said.known(f"unit.{unit}", unit))
            sheet.link(tab, tab)
            for column, item in enumerate(told, start=1):
                sheet.text(column, item, text_wrap=True)
            sheet.fit_row([tab, *told])
            sheet.row += 1
        for key in ("quality", "metadata"):
            sheet.link(self.names[key], self.names[key])
            sheet.row += 1

    def _quality(self) -> None:
        text, publication = self.reader.words, self.publication
        sheet = self._sheet("quality", [44, 26, 14, 14, 34, 14, 14])
        sheet.line(text("quality"), bold=True, font_size=14)
        sheet.line(text("quality.intro"), font_color=QUIET)
        balances = quality.balances(publication)
        if balances:
            sheet.heading(text("quality.balance"))
            header = [text("quality.source"), *(text(f"balance.{part}") for part in quality.PARTS)]
            sheet.grid(header, [[row.source, *(_as_cell(figure) for figure in row.figures)] for row in balances])
            sheet.line(text("quality.balance.note"), font_size=9, font_color=QUIET)
        others = quality.others(publication)
        if others:
            sheet.heading(text("quality.other"))
            keys = ("indicator", "subject", "value", "unit", "note")
            sheet.grid(
                [text(f"quality.{key}") for key in keys],
                [
                    [
                        text.known(f"quality.{figure.id}", figure.id),
                        quality.subject_name(figure.subject, publication),
                        _as_cell(figure),
                        text.known(f"quality_unit.{figure.unit}", figure.unit),
                        figure.note,
                    ]
                    for figure in others
                ],
            )
        if not publication.quality:
            sheet.line(text("quality.none"))
        sheet.row += 1
        sheet.notes([Note(":c", text("symbol.redacted"))])

    def _metadata(self) -> None:
        text, publication = self.reader.words, self.publication
        sheet = self._sheet("metadata", [34, 26, 34, 34, 18, 12])
        sheet.line(text("metadata"), bold=True, font_size=14)
        licences = "; ".join(captions.licences(publication)) or text("licence.none")
        facts = [
            (text("title"), text.pick(publication.title)),
            (text("publisher"), publication.publisher),
            (text("release_date"), self.reader.formats.date(publication.released)),
            (text("release_id"), publication.vintage),
            (text("licence"), licences),
            (text("contact"), publication.contact),
            (text("cite"), captions.citation(publication, self.reader)),
        ]
        sheet.row += 1
        for about, fact in facts:
            if fact:
                sheet.line(f"{about}: {fact}")
        sheet.heading(text("sources"))
        keys = ("title", "authority", "unit_of_row", "when_recorded", "licence", "made_up")
        sheet.grid(
            [text(f"source.{key}") for key in keys],
            [
                [s.title, s.authority, s.unit_of_row, s.when_recorded, s.licence, text("yes" if s.made_up else "no")]
                for s in publication.sources
            ],
        )
        sheet.heading(text("note.disclosure"))
        for rule in publication.disclosure.values():
            sheet.line(captions.protection(rule, self.reader))
        if publication.notes:
            sheet.heading(text("further_notes"))
            for labels in publication.notes:
                sheet.line(text.pick(labels))


def _tab(name: str) -> str:
    """Return a name that a tab may have."""
    return _NOT_IN_TAB_NAMES.sub(" ", name)[:31].strip("' ")


def _as_cell(figure: QualityFigure | None) -> Cell:
    """Return a quality figure as a cell, with the symbol for redacted or not given."""
    if figure is None:
        return Cell(None, symbol="–")
    return Cell(figure.value, symbol="" if figure.value is not None else ":c")
