"""The fictional country followed from report to release: every exact count equals what its story says."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from justitia.aggregate.attrition import links_select
from justitia.aggregate.prison_stock import movements, stock_select
from justitia.case_flow import answer, opened
from justitia.cli import whole_cli
from justitia.demo.fictional.deliveries import SECOND_UNTIL, plan
from justitia.demo.fictional.generate import SEED, generate, sight_of
from justitia.demo.fictional.justice import Episode, Proceedings, follow
from justitia.demo.fictional.story import Report, tell
from justitia.demo.workspaces import make_workspace
from justitia.derive.custody import build_custody
from justitia.derive.states import UNITS, build_history
from justitia.errors import DisclosureError
from justitia.metadata.flow import Flow, Prison
from justitia.model.case_flow import FlowTable, PrisonTable, ShareTable, WorkloadTable
from justitia.pipeline import run_workspace
from justitia.release import release_workspace, write_preview
from justitia.vault import create_key
from justitia.workspace import Workspace

SOURCE = Path(str(files("justitia.demo"))) / "fictional"


@dataclass(frozen=True)
class Country:
    """The workspace after the second delivery, and the story: reports that count by then, and what followed."""

    workspace: Workspace
    reports: list[Report]
    after: Proceedings


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    folder = tmp_path_factory.mktemp("flow")
    made = generate(folder / "received")
    create_key(folder / "vault.key")
    declared = tomllib.loads((SOURCE / "demo.toml").read_text(encoding="utf-8"))
    workspace = make_workspace(SOURCE, declared, folder / "workspace", key_file="../vault.key")
    shutil.rmtree(workspace.folder / "overlay" / "dataflows")  # tables are tested elsewhere
    for delivery in made.deliveries[:2]:
        for source_id, received in delivery.files.items():
            target = workspace.folder / "sources" / source_id
            target.mkdir(parents=True, exist_ok=True)
            for file in received:
                shutil.copy2(file, target / file.name)
        run_workspace(Workspace(workspace.folder))
    random = Random(SEED)
    story = tell(random, 1)
    after = follow(random, story.reports)
    planned = plan(random, story.reports, after, sight_of(SEED, story.reports))
    yield Country(Workspace(workspace.folder), planned.reports[1], after)


def _by(day: date | None) -> date | None:
    return day if day is not None and day <= SECOND_UNTIL else None


def _reached(country: Country) -> dict[str, dict[str, date | None]]:
    """Return case -> state -> day, in plain Python from the story."""
    charges, decisions, stays = defaultdict(list), defaultdict(list), defaultdict(list)
    for charge in country.after.charges:
        charges[charge.case].append(charge)
    for decision in country.after.decisions:
        decisions[decision.case].append(decision)
    for stay in country.after.episodes:
        if stay.status != "remand":
            stays[stay.case].append(stay)

    def first(days: list[date | None]) -> date | None:
        return min((day for day in days if day is not None), default=None)

    def all_of(days: list[date | None]) -> date | None:
        return max((d for d in days if d), default=None) if days and None not in days else None

    found = {}
    for report in country.reports:
        own, judged, held = charges[report.case], decisions[report.case], stays[report.case]
        found[report.case] = {
            "recorded": report.recorded,
            "contact": report.recorded if report.suspects else None,
            "charged": first([_by(c.received) for c in own]),
            "dropped": all_of([_by(c.decided) if c.decision == "dropped" else None for c in own]),
            "diverted": all_of([_by(c.decided) if c.decision in {"dropped", "diverted"} else None for c in own]),
            "prosecuted": first([_by(c.decided) for c in own if c.decision == "indicted"]),
            "decided": first([_by(d.decided) for d in judged]),
            "convicted": first([_by(d.decided) for d in judged if d.outcome == "convicted"]),
            "imprisoned": first([_by(e.admitted) for e in held]),
            "released": first([_by(e.released) for e in held]),
        }
    return found


def test_every_case_reached_every_state_on_the_day_of_the_story(country: Country) -> None:
    truth = _reached(country)
    with opened(country.workspace) as here:
        flow = here.definition("xa_reports")
        assert isinstance(flow, Flow)
        history = build_history(flow, here.sources)
        assert history.units == len(truth)
        assert history.set_aside == 0
        for state in ("recorded", "contact", "charged", "prosecuted", "decided", "convicted", "imprisoned", "released"):
            rows = here.sources.engine.rows(f'SELECT unit_id, "d_{state}" FROM {UNITS}')
            engine = {unit.partition(":")[2]: day for unit, day in rows}
            wrong = {case for case, states in truth.items() if engine[case] != states[state]}
            assert not wrong, f"{state}: {len(wrong)} cases"


def test_ends_are_those_after_which_nothing_followed(country: Country) -> None:
    truth = _reached(country)
    dropped = sum(1 for s in truth.values() if s["dropped"])
    diverted = sum(1 for s in truth.values() if s["diverted"] and not s["dropped"])
    with opened(country.workspace) as here:
        flow = here.definition("xa_reports")
        assert isinstance(flow, Flow)
        build_history(flow, here.sources)
        rows = dict(here.sources.engine.rows(f"SELECT end_state, count(*) FROM {UNITS} GROUP BY 1"))
    assert (rows["dropped"], rows["diverted"]) == (dropped, diverted)


def test_what_goes_into_a_state_comes_out_of_it_or_stays(country: Country) -> None:
    with opened(country.workspace) as here:
        flow = here.definition("xa_reports")
        assert isinstance(flow, Flow)
        history = build_history(flow, here.sources)
        ends = ["dropped", "diverted", "acquitted", "dismissed"]
        rows = here.sources.engine.rows(links_select(UNITS, history.states, ends=ends, until=history.until))
    into, out = defaultdict(int), defaultdict(int)
    for source, target, n in rows:
        out[source] += n
        into[target] += n
    assert out["recorded"] == history.units
    for state in ("contact", "charged", "prosecuted", "decided", "convicted", "imprisoned", "released"):
        assert into[state] == out[state], state


def _stock(episodes: list[Episode], day: date) -> dict[str, int]:
    """Return status -> persons at the end of a day, each under the stay begun last."""
    latest: dict[str, Episode] = {}
    for stay in sorted(episodes, key=lambda e: (e.admitted, e.number)):
        if stay.admitted <= day and (stay.released is None or stay.released > day):
            latest[stay.person.number] = stay
    counts: dict[str, int] = defaultdict(int)
    for stay in latest.values():
        counts[stay.status] += 1
    return counts


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2024, 6, 30), date(2025, 12, 31)])
def test_the_prison_stock_of_a_day_is_that_of_the_story(country: Country, day: date) -> None:
    truth = _stock(list(country.after.episodes), day)
    words = {"remand": "unsentenced", "appeal": "convicted_not_final", "sentenced": "sentenced"}
    with opened(country.workspace) as here:
        prison = here.definition("prison")
        assert isinstance(prison, Prison)
        build_custody(prison, here.sources)
        rows = here.sources.engine.rows(stock_select("flow_stays", [day], []))
        found = movements(here.sources.engine, prison, date(day.year, 1, 1), day)
    counts = {status: n for _, status, _, _, n in rows if status != "_T"}
    assert counts == {words[status]: n for status, n in truth.items()}
    assert found.after == sum(truth.values())
    assert found.difference == 0


def test_published_counts_are_rounded_and_small_ones_hidden(country: Country) -> None:
    with opened(country.workspace) as here:
        table, _ = answer(here, "xa_reports")
        prison, _ = answer(here, "prison")
    assert isinstance(table, FlowTable)
    assert isinstance(prison, PrisonTable)
    shown = [n for p in table.passages for n in (p.entered, p.reached, p.otherwise, p.open)]
    shown += [link.count for link in table.links] + [row.figure.value for row in prison.stock]
    assert any(n is None for n in shown)
    assert all(n is None or (n % 5 == 0 and n not in {5.0}) for n in shown)


def test_of_an_area_with_few_inhabitants_nothing_is_shown(country: Country) -> None:
    with opened(country.workspace) as here:
        table, _ = answer(here, "xa_reports")
    assert isinstance(table, FlowTable)
    small = [p for p in table.passages if (p.breakdown, p.code) == ("AREA", "XA34")]
    assert small
    assert all(p.entered is None and p.band is None for p in small)


@pytest.fixture
def say(country: Country) -> Callable[..., str]:
    def run(*words: str) -> str:
        done = CliRunner().invoke(whole_cli(), ["-w", str(country.workspace.folder), "flow", *words])
        return done.output if done.exit_code == 0 else f"{done.exception}"

    return run


def test_the_commands_show_flow_and_prison_stock(say: Callable[..., str]) -> None:
    assert "xa_reports" in say("list")
    shown = say("show", "xa_reports")
    assert "Convicted" in shown
    assert "What must not be concluded" in shown
    prison = say("show", "prison", "--until", "2025-12-31")
    assert "2025-12-31" in prison
    assert "SDG 16.3.2" in prison


def test_a_naive_ratio_is_refused_with_the_reason(say: Callable[..., str]) -> None:
    assert "E-FLO-004" in say("ratio", "xa_reports", "convicted", "recorded")
    assert "may still get there" in say("ratio", "xa_reports", "convicted", "recorded")


def test_pages_in_three_languages_hold_pictures_with_names(
    say: Callable[..., str], tmp_path: Path, country: Country
) -> None:
    pytest.importorskip("vl_convert", reason="pictures need the extra charts")
    assert "Wrote" in say("write", "prison", str(tmp_path / "out"))
    for language, text in (
        ("en", "must not be concluded"),
        ("fr", "ne faut pas en conclure"),
        ("es", "no debe concluirse"),
    ):
        page = (tmp_path / "out" / f"prison.{language}.html").read_text(encoding="utf-8")
        assert text in page
        assert page.count("<svg") == page.count("<desc") == 2
        assert "<script" not in page


def test_shares_are_of_the_decisions_of_the_story(country: Country) -> None:
    """Convictions without custody, before protection: the published shares are made of these counts, rounded."""
    known = [d for d in country.after.decisions if d.outcome == "convicted" and d.decided <= SECOND_UNTIL]
    free = [d for d in known if d.sanction != "prison"]
    with opened(country.workspace) as here:
        table, _ = answer(here, "sanctions_without_custody")
    assert isinstance(table, ShareTable)
    at = {r.measure: r.figure for r in table.rows if (r.period, r.breakdown) == ("_T", "_T")}
    assert at["units"].value == 5 * ((len(known) + 2) // 5)
    assert at["NON_CUSTODIAL"].value == 5 * ((len(free) + 2) // 5)
    assert at["NON_CUSTODIAL.share"].value == pytest.approx(100 * len(free) / len(known), abs=1)


def test_the_workload_of_the_prosecution_is_that_of_the_story(country: Country) -> None:
    """A case came with its first charge and is resolved when all are decided; received and resolved in 2024."""
    cases: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    for charge in country.after.charges:
        if charge.received <= SECOND_UNTIL:
            cases[charge.case].append((charge.received, _by(charge.decided)))
    came = [min(day for day, _ in own) for own in cases.values()]
    gone = [None if None in [d for _, d in own] else max(d for _, d in own if d) for own in cases.values()]
    with opened(country.workspace) as here:
        table, _ = answer(here, "xa_prosecution")
    assert isinstance(table, WorkloadTable)
    at = {r.measure: r.figure.value for r in table.rows if r.period == "2024"}
    assert at["incoming"] == 5 * ((sum(day.year == 2024 for day in came) + 2) // 5)
    assert at["resolved"] == 5 * ((sum(day is not None and day.year == 2024 for day in gone) + 2) // 5)


def test_no_output_of_a_flow_holds_the_number_of_a_person_or_case(
    say: Callable[..., str], country: Country, tmp_path: Path
) -> None:
    with opened(country.workspace) as here:
        engine, relations = here.sources.engine, here.sources.relations
        numbers = {row[0] for row in engine.rows(f"SELECT DISTINCT person_id FROM {relations['custody_episode']}")}
        numbers |= {row[0].partition(":")[2] for row in engine.rows(f"SELECT event_id FROM {relations['event']}")}
        numbers |= {row[0].partition(":")[2] for row in engine.rows(f"SELECT charge_id FROM {relations['charge']}")}
    assert len(numbers) > 5000
    texts = []
    for name in ("xa_reports", "prison", "xa_return_to_prison", "xa_suspects_to_trial"):
        texts += [say("show", name), say("write", name, str(tmp_path / name))]
        texts += [file.read_text(encoding="utf-8") for file in (tmp_path / name).iterdir()]
    words = {word.strip("().,;:<>\"'") for text in texts for word in text.split()}
    assert len(texts) > 20
    assert not words & numbers


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nothing"), "E-FLO-006"),
        (("show", "courts"), "E-FLO-003"),
        (("ratio", "xa_reports", "convicted", "paroled"), "E-FLO-001"),
        (("ratio", "xa_reports", "convicted", "recorded", "--cohort", "1999"), "E-FLO-009"),
        (("show", "prison", "--until", "31.12.2025"), ""),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(say: Callable[..., str], words: tuple[str, ...], code: str) -> None:
    shown = say(*words)
    assert code in shown
    assert "\n" not in shown.strip()


def test_curves_need_a_rule_that_can_protect_them(country: Country, tmp_path: Path) -> None:
    with opened(country.workspace) as here:
        made = here.definition("prison")
        rule = replace(here.sources.catalogue.disclosure("public_default"), rule="cell_key")
        here.sources.catalogue._kept["disclosure", "cells"] = rule
        here.sources.catalogue.__dict__["_paths"] = here.sources.catalogue._paths | {"disclosure/cells.toml"}
        with pytest.raises(DisclosureError, match=r"E-FLO-005.*cell_key"):
            here.protection(replace(made.common, disclosure="cells"))


@pytest.fixture
def own(country: Country, tmp_path: Path) -> Workspace:
    """Return a copy of the country, to be released."""
    shutil.copytree(country.workspace.folder, tmp_path / "own")
    shutil.copy2(country.workspace.folder.parent / "vault.key", tmp_path / "vault.key")
    return Workspace(tmp_path / "own")


def test_a_release_freezes_its_flows_in_every_product(own: Workspace) -> None:
    from openpyxl import load_workbook

    (own.folder / "overlay" / "flows" / "xa_prosecution.toml").write_text(
        (own.folder / "overlay" / "flows" / "xa_prosecution.toml")
        .read_text(encoding="utf-8")
        .replace('type = "workload"', 'type = "workload"\npublished = false'),
        encoding="utf-8",
    )
    run_workspace(Workspace(own.folder))
    folder = release_workspace(Workspace(own.folder), vintage="one", released=date(2026, 11, 24))
    lineage = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    assert {"xa_reports", "prison", "xa_return_to_prison"} <= set(lineage["flows"])
    assert (
        "xa_prosecution" not in lineage["flows"] and "persons" not in lineage["flows"]
    )  # kept out; cannot be followed
    assert "public/csv/flow_prison.csv" in lineage["files"]
    page = (folder / "public" / "report.en.html").read_text(encoding="utf-8")
    assert 'id="f-prison"' in page and "are not checked, nor are the points of curves" in page
    sheets = load_workbook(folder / "public" / "tables.fr.xlsx").sheetnames
    assert sum(name.startswith("Flux ") for name in sheets) == len(lineage["flows"])


def test_no_count_of_a_published_flow_is_exact_or_small(own: Workspace) -> None:
    folder = release_workspace(own, vintage="two", released=date(2026, 11, 24))
    counts = 0
    for file in (folder / "public" / "csv").glob("flow_*.csv"):
        for row in csv.DictReader(file.open(encoding="utf-8")):
            if row["MEASURE"] in {
                "entered",
                "reached",
                "otherwise",
                "open",
                "units",
                "persons",
                "observed",
                "returned",
            }:
                value = float(row["OBS_VALUE"] or 0)
                counts += 1
                assert value % 5 == 0 and not 0 < value < 8, row
    assert counts > 1000


def test_a_flow_that_its_rule_cannot_protect_stops_a_release_and_is_left_out_of_a_preview(own: Workspace) -> None:
    overlay = own.folder / "overlay"
    (overlay / "disclosure").mkdir(exist_ok=True)
    with (overlay / "disclosure" / "only_rounded.toml").open("w", encoding="utf-8") as file:
        file.write('rule = "round"\nround_to = 5\n')
    flow = overlay / "flows" / "xa_reports.toml"
    text = flow.read_text(encoding="utf-8")
    flow.write_text(re.sub(r'disclosure = "\w+"', 'disclosure = "only_rounded"', text), encoding="utf-8")
    assert "only_rounded" in flow.read_text(encoding="utf-8")
    changed = Workspace(own.folder)
    report = run_workspace(changed)
    preview = write_preview(changed, report.state)
    assert 'id="f-xa_reports"' not in (preview / "report.en.html").read_text(encoding="utf-8")
    with pytest.raises(DisclosureError, match="E-FLO-005"):
        release_workspace(changed, vintage="three", released=date(2026, 11, 24))
