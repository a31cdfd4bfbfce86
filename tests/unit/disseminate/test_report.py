"""The HTML report: content, safety and the structure that readers with assistive technology need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from justitia.disseminate import captions, charts, drawing, render_report, report, wording, words
from justitia.disseminate.captions import Reader
from justitia.disseminate.cube import read_cube
from justitia.disseminate.formats import Formats
from justitia.disseminate.series import chart_data
from justitia.metadata.definitions import Code, CodeList, Labels
from justitia.model.publication import Publication

from .made_up import publication

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Node:
    def __init__(self, tag: str, attributes: Mapping[str, str | None], parent: Node | None) -> None:
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children: list[Node] = []
        self.parts: list[Node | str] = []

    def all(self, *tags: str) -> list[Node]:
        found = [child for child in self.children if child.tag in tags]
        return found + [deep for child in self.children for deep in child.all(*tags)]

    def ordered(self, *tags: str) -> list[Node]:
        return [n for child in self.children for n in ([child] if child.tag in tags else []) + child.ordered(*tags)]

    @property
    def said(self) -> str:
        return "".join(part if isinstance(part, str) else part.said for part in self.parts)


class Tree(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = self.now = Node("", {}, None)
        self.feed(text)
        self.close()
        assert self.now is self.root, f"<{self.now.tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs), self.now)
        self.now.children.append(node)
        self.now.parts.append(node)
        if tag not in VOID:
            self.now = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.now.children.append(Node(tag, dict(attrs), self.now))

    def handle_endtag(self, tag: str) -> None:
        assert self.now.tag == tag, f"</{tag}> closes <{self.now.tag}>"
        assert self.now.parent is not None
        self.now = self.now.parent

    def handle_data(self, data: str) -> None:
        self.now.parts.append(data)


def page(folder: Path, given: Publication, language: str = "en") -> str:
    render_report(given, folder, languages=(language,))
    return (folder / f"report.{language}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=["en", "fr", "es", "ar"])
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("report")
    render_report(publication(), folder, languages=("en", "fr", "es", "ar"))
    return request.param, (folder / f"report.{request.param}.html").read_text(encoding="utf-8")


def test_the_page_is_light_and_fetches_and_runs_nothing(rendered: tuple[str, str]) -> None:
    _, text = rendered
    assert len(text.encode()) < 300_000
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<iframe|<object|\son\w+=|javascript:|url\((?!#)|@import|src=", text)
    links = set(re.findall(r'href="([^"]*)"', text))
    assert all(link.startswith("#") or re.fullmatch(r"report\.\w+\.html", link) for link in links)


def test_language_and_direction_are_declared_and_versions_linked(rendered: tuple[str, str]) -> None:
    language, text = rendered
    html = Tree(text).root.all("html")[0].attributes
    assert (html["lang"], html["dir"]) == (language, "rtl" if language == "ar" else "ltr")
    others = {node.attributes["href"] for node in Tree(text).root.all("a") if "hreflang" in node.attributes}
    assert others == {f"report.{other}.html" for other in ("en", "fr", "es", "ar")} - {f"report.{language}.html"}


def test_headings_are_in_order(rendered: tuple[str, str]) -> None:
    levels = [int(node.tag[1]) for node in Tree(rendered[1]).root.ordered("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_scopes_and_a_region_to_scroll(rendered: tuple[str, str]) -> None:
    tables = Tree(rendered[1]).root.all("table")
    assert tables
    for table in tables:
        assert table.children[0].tag == "caption" and table.children[0].said.strip()
        assert all(head.attributes.get("scope") in ("row", "col") for head in table.all("th"))
        assert all(row.all("th") for row in table.all("tr"))
        widths = {len(row.children) for row in table.all("tr")}
        assert len(widths) == 1
        region = table.parent
        assert region is not None and region.attributes["role"] == "region" and region.attributes["tabindex"] == "0"
        assert region.attributes["aria-labelledby"] == table.children[0].attributes["id"]


def test_every_drawing_is_named(rendered: tuple[str, str]) -> None:
    drawings = Tree(rendered[1]).root.all("svg")
    assert len(drawings) == 6
    for one in drawings:
        assert one.attributes["role"] == "img"
        assert one.children[0].tag == "title" and one.children[0].said.strip()


def test_ids_are_unique_and_references_resolve(rendered: tuple[str, str]) -> None:
    nodes = Tree(rendered[1]).root.all(*set(re.findall(r"<([a-zA-Z0-9]+)", rendered[1].lower())))
    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    wanted = {ref for node in nodes for ref in (node.attributes.get("aria-labelledby") or "").split()}
    wanted |= {link[1:] for node in nodes if (link := node.attributes.get("href") or "").startswith("#")}
    assert wanted <= set(ids)


def test_landmarks_and_skip_link(rendered: tuple[str, str]) -> None:
    root = Tree(rendered[1]).root
    assert len(root.all("main")) == len(root.all("header")) == len(root.all("footer")) == 1
    assert root.all("body")[0].children[0].attributes["href"] == "#main"


def test_no_cell_is_blank_and_redacted_cells_are_explained(rendered: tuple[str, str]) -> None:
    root = Tree(rendered[1]).root
    figures = [cell for cell in root.all("td") if cell.attributes.get("class") != "text"]
    assert all(cell.said.strip() for cell in figures)
    marks = [mark for cell in figures for mark in cell.all("abbr")]
    assert marks and all(mark.attributes["title"] for mark in marks)


def test_the_page_says_it_is_made_up(rendered: tuple[str, str]) -> None:
    made_up = words("report", rendered[0])("made_up")
    assert Tree(rendered[1]).root.all("div")[0].said.strip() == made_up


def test_key_figures_come_from_the_tables(tmp_path: Path) -> None:
    text = page(tmp_path, publication())
    cards = [
        " ".join(node.said.split())
        for node in Tree(text).root.all("li")
        if "number" in str(node.children[:1] and node.children[0].attributes.get("class"))
    ]
    assert cards[0] == "535 Hate crimes recorded by the police, 2023 5.9% more than in 2022"
    assert "95% interval: 36.7% to 41.6%" in cards[2]


def test_cells_and_notes_tell_the_address(tmp_path: Path) -> None:
    text = page(tmp_path, publication())
    assert 'title="OFFENCE_ICCS:0201._T.COUNT:2023@2024-06-18"' in text
    assert "justitia explain OFFENCE_ICCS:_T._T.COUNT:2023@2024-06-18" in text


def test_uncoded_records_are_shown_with_the_way_to_code_them(tmp_path: Path) -> None:
    text = page(tmp_path, publication())
    assert "Records without an ICCS code" in text and "justitia coding" in text


def test_text_from_data_is_escaped(tmp_path: Path) -> None:
    given = publication()
    evil = "<script>alert(1)</script>\u202e"
    table = given.tables[0]
    codes = CodeList("motive", {c: Code(c, {"en": evil}) for c in ("race", "religion", "orientation", "disability")})
    hostile = replace(
        given,
        title={"en": evil},
        publisher=evil,
        tables=(replace(table, codelists={**table.codelists, "MOTIVE": codes}),),
    )
    text = page(tmp_path, hostile)
    assert "<script" not in text and "\u202e" not in text
    assert "&lt;script&gt;" in text


def test_the_same_publication_gives_the_same_bytes(tmp_path: Path) -> None:
    assert page(tmp_path / "a", publication(), "fr") == page(tmp_path / "b", publication(), "fr")


def test_without_the_chart_component_the_table_has_bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    text = page(tmp_path, publication())
    assert "<svg" not in text and "vl-convert-python" in text
    table = Tree(text).root.all("table")[0]
    bars = {row.children[0].said: [len(cell.all("i")) for cell in row.all("td")] for row in table.all("tr")[1:]}
    assert sum(bars["Race or ethnicity"]) == 1
    assert sum(bars["Disability"]) == 0, "a redacted figure has no bar"


def test_english_left_in_another_language_is_marked(tmp_path: Path) -> None:
    text = page(tmp_path, publication(), "ar")
    assert '<span lang="en" dir="ltr">Key figures</span>' in text


def test_a_language_needs_only_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages: dict[str, Labels] = dict(wording._messages("report"))
    messages["key_figures"] = {**messages["key_figures"], "ar": "الأرقام الرئيسية"}
    shipped = wording._messages
    monkeypatch.setattr(wording, "_messages", lambda name: messages if name == "report" else shipped(name))
    assert words("report", "ar")("key_figures") == "الأرقام الرئيسية"
    assert '<h2 id="key">الأرقام الرئيسية</h2>' in page(tmp_path, publication(), "ar")


def test_an_empty_publication_still_makes_a_page(tmp_path: Path) -> None:
    text = page(tmp_path, publication(tables=(), quality=(), sources=(), made_up=False))
    assert "There are no tables" in text and "MADE-UP" not in text


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_text_and_drawings_have_enough_contrast(tmp_path: Path) -> None:
    named = dict(re.findall(r"--(ink|quiet|strong|warn|tint):(#\w{6})", page(tmp_path, publication())))
    for name in ("ink", "quiet", "strong", "warn"):
        assert contrast(named[name], "#ffffff") >= 4.5
        assert contrast(named[name], named["tint"]) >= 4.5
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in (*charts.COLOURS, charts.QUIET))


def test_small_rates_have_two_decimals(tmp_path: Path) -> None:
    given = publication()
    flow = given.tables[1].dataflow
    rate = replace(flow.ratios[0], kind="rate", per=100000, denominator="population:x")
    values = [None if value is None else value / 20 for value in given.tables[1].cells["OBS_VALUE"].to_pylist()]
    cells = given.tables[1].cells
    place = cells.column_names.index("OBS_VALUE")
    small = cells.set_column(place, "OBS_VALUE", pa.array(values, pa.float64()))
    table = replace(given.tables[1], dataflow=replace(flow, ratios=(rate,)), cells=small)
    assert "per 100,000" in (text := page(tmp_path, replace(given, tables=(table,))))
    assert ">1.96<" in text


@pytest.mark.parametrize(("language", "mark"), [("en", ","), ("es", ".")])
def test_an_axis_keeps_the_thousands_of_its_language(language: str, mark: str) -> None:
    reader = Reader(words("report", language), Formats(language))
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": [{"v": 5000, "x": "a"}]},
        "mark": "bar",
        "encoding": {"y": {"field": "v", "type": "quantitative", "axis": {"format": ",.0f"}}, "x": {"field": "x"}},
    }
    svg = drawing.draw(spec, title="t", description="d", id="t1", locale=charts.number_locale(reader))
    assert f">5{mark}000<" in svg


def test_a_chart_of_some_lines_says_how_many_lines() -> None:
    cube = read_cube(publication().tables[0])
    reader = Reader(words("report", "en"), Formats("en"))
    data = chart_data(cube, reader, date(2024, 6, 18))
    assert data is not None and data.over_time
    told = report._drawing(replace(data, left_out_series=3), cube, reader, "t1").remarks[0]
    assert f"the {len(data.series)} largest of {len(data.series) + 3}" in told


def test_a_period_that_is_not_covered_in_full_is_told() -> None:
    table, reader = publication().tables[0], Reader(words("report", "en"), Formats("en"))
    short = replace(table, dataflow=replace(table.dataflow, full_until="2022"))
    assert captions.period(read_cube(short), reader).endswith("; in full only to 2022")
    assert "in full" not in captions.period(read_cube(table), reader)


def test_a_preview_is_not_called_released(tmp_path: Path) -> None:
    text = page(tmp_path, publication(vintage="preview"))
    assert "Made on 18 June 2024" in text and "Released" not in text
