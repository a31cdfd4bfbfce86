"""Pictures and tables of flows: what is redacted is not drawn, and every picture has words and a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from justitia.case_flow.following import FollowedCases
from justitia.disseminate.flow_charts import flow_pictures
from justitia.disseminate.flow_layout import lay_out
from justitia.disseminate.flow_page import write_flow
from justitia.disseminate.flow_tables import flow_grids
from justitia.findings import Finding
from justitia.metadata.load import load_catalogue
from justitia.model.case_flow import Band, Figure, FlowTable, Gap, Heading, Link, Passage, PrisonTable, Row

MESSAGES = load_catalogue().messages("flow")
STATES = {
    "contact": {"en": "Contact", "fr": "Contact"},
    "convicted": {"en": "Convicted", "fr": "Condamné"},
    "dropped": {"en": "Dropped <b>", "fr": "Classé"},
}
HEADING = Heading(
    id="made",
    type="flow",
    labels={"en": "A made flow", "fr": "Un flux inventé"},
    descriptions={"en": "Made up"},
    until="2024-12-31",
    made_up=True,
    counting_unit="person_in_case",
    rule="public_default",
    least_step=10,
    states=STATES,
    breakdowns={"SEX": {"en": "Sex", "fr": "Sexe"}},
    codes={("SEX", "F"): {"en": "Female", "fr": "Féminin"}},
    cautions=("caution.open", "caution.groups"),
)
BAND = Band(((0.0, 0.0, 0.0, 0.0), (30.0, 0.1, 0.08, 0.13), (365.0, 0.4, 0.35, 0.46)), ((0.0, 200.0), (365.0, 20.0)))
NONE = Figure(None, is_redacted=True)
TABLE = FlowTable(
    heading=HEADING,
    states=("contact", "dropped", "convicted"),
    horizons=(90, 365),
    passages=(
        Passage("_T", "_T", "_T", "convicted", 200, 80, 40, 80, {90: Figure(10, 8, 13), 365: Figure(40)}, NONE, BAND),
        Passage("_T", "SEX", "F", "convicted", None, None, None, None, {90: NONE, 365: NONE}, NONE, None),
    ),
    links=(
        Link("contact", "convicted", 80),
        Link("contact", "dropped", 40),
        Link("contact", "open", 80),
        Link("convicted", "open", 80),
        Link("dropped", "convicted", None),
    ),
    gaps=(Gap("convicted", "SEX", "F", "M", 365, NONE, NONE),),
    missing={"sanctioned": "sanction"},
)


@pytest.mark.parametrize(("language", "word"), [("en", "Convicted"), ("fr", "Condamné")])
def test_tables_speak_the_language_and_mark_what_is_redacted(language: str, word: str) -> None:
    page = flow_grids(TABLE, language, messages=MESSAGES)
    grids = {grid.id: grid for grid in page.grids}
    assert grids["attrition"].rows[0].heads[1] == word
    assert ":c" in grids["groups_sex"].rows[0].figures
    assert grids["links"].rows[-1].figures == (":c",)
    assert len(page.cautions) == 2
    assert all(
        len(row.heads) == len(grid.stub) and len(row.figures) == len(grid.columns)
        for grid in page.grids
        for row in grid.rows
    )


def test_one_breakdown_alone_is_shown_when_asked() -> None:
    assert "groups_sex" not in {g.id for g in flow_grids(TABLE, "en", messages=MESSAGES, breakdown="AGE").grids}


def test_bands_leave_out_what_is_redacted_and_fit_their_states() -> None:
    nodes, ribbons = lay_out(TABLE.links, ("contact", "dropped", "convicted", "open"))
    assert {(r.source, r.target) for r in ribbons} == {
        ("contact", "convicted"),
        ("contact", "dropped"),
        ("contact", "open"),
        ("convicted", "open"),
    }
    assert nodes["contact"].size == 200
    assert all(node.taken_left <= node.size and node.taken_right <= node.size for node in nodes.values())
    assert nodes["contact"].x < nodes["convicted"].x < nodes["open"].x


def test_every_picture_is_named_described_and_plain() -> None:
    pytest.importorskip("vl_convert", reason="pictures need the extra charts")
    pictures = flow_pictures(TABLE, "en", messages=MESSAGES)
    assert [picture.id for picture in pictures] == ["links", "attrition", "attrition"]
    for picture in pictures:
        root = ElementTree.fromstring(picture.svg)
        space = root.tag.removesuffix("svg")
        assert root.get("role") == "img"
        assert [root[0].tag, root[1].tag] == [f"{space}title", f"{space}desc"]
        assert root[0].text == picture.title
        assert not root.findall(f".//{space}script")
        assert picture._repr_svg_() == picture.svg
    assert "Still observed" in pictures[1].svg
    assert "200" in pictures[1].svg


def test_a_stock_is_drawn_over_time() -> None:
    pytest.importorskip("vl_convert", reason="pictures need the extra charts")
    stock = tuple(
        Row(f"2024-{month:02}-28", status, "_T", "_T", Figure(value))
        for month, values in ((1, (20.0, None, 25.0)), (2, (25.0, 10.0, 35.0)))
        for status, value in zip(("unsentenced", "sentenced", "_T"), values, strict=True)
    )
    table = PrisonTable(HEADING, ("unsentenced", "sentenced"), stock, (), (), Figure(None), None)
    (picture,) = flow_pictures(table, "es", messages=MESSAGES)
    assert picture.title == "Personas privadas de libertad a lo largo del tiempo"


def test_pages_hold_cautions_before_figures_and_escape_words(tmp_path: Path) -> None:
    files = write_flow(TABLE, tmp_path, languages=("en", "fr"), messages=MESSAGES)
    page = files[0].read_text(encoding="utf-8")
    assert page.index("What must not be concluded") < page.index("<table>")
    assert "Dropped &lt;b&gt;" in page
    assert "MADE-UP DATA" in page
    assert 'lang="fr"' in files[1].read_text(encoding="utf-8")
    assert (tmp_path / "made.attrition.csv").read_text(encoding="utf-8-sig").startswith("Entered,State")


def test_lines_and_their_rows_are_told_apart_without_colour() -> None:
    cohorts = [replace(TABLE.passages[0], cohort=name) for name in ("2023", "2024")]
    made = flow_pictures(replace(TABLE, passages=(*cohorts, TABLE.passages[0])), "en", messages=MESSAGES)
    curve = next(p for p in made if p.title.startswith("Share"))
    drawn = ElementTree.fromstring(curve.svg)
    dashes = {node.get("stroke-dasharray") for node in drawn.iter() if node.get("stroke-dasharray")}
    assert len(dashes) >= 2
    written = [text for node in drawn.iter() if node.tag.endswith("text") for text in node.itertext()]
    assert written.count("2023") == written.count("2024") == 2  # the legend and the line of the table beneath


def test_a_notebook_shows_cautions_pictures_and_tables_and_no_finding(tmp_path: Path) -> None:
    found = Finding("F-FLO-001", "warning", "suspect", "exact and not to be shown", count=4711)
    made = FollowedCases(TABLE, (found,), "fr", MESSAGES)
    shown = made._repr_mimebundle_()
    assert "4711" not in str(shown) and "exact and not" not in str(shown)
    assert 'lang="fr"' in shown["text/html"] and "<svg" in shown["text/html"] and "Dropped &lt;b&gt;" not in str(shown)
    figures = made.figures().to_pylist()
    redacted = [r for r in figures if r["CODE"] == "F" and r["MEASURE"] == "reached"]
    assert [r["OBS_STATUS"] for r in redacted] == ["Q"] and redacted[0]["OBS_VALUE"] is None
    assert {file.suffix for file in made.write(tmp_path)} == {".csv", ".svg"}
