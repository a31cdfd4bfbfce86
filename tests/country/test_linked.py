"""The fictional country linked from police to prison: against the truth, and with nobody's name left anywhere."""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from justitia.cli import whole_cli
from justitia.demo.country import put
from justitia.demo.fictional.generate import GeneratedFiles, generate
from justitia.demo.workspaces import make_workspace
from justitia.erase import erase_record
from justitia.linking.access import AccessLog
from justitia.linking.applied import LINKS
from justitia.linking.declared import stale_linkages
from justitia.linking.review import PairReview
from justitia.linking.run import link_workspace
from justitia.linking.truth import compare_with_truth
from justitia.pipeline import run_workspace
from justitia.vault import create_key
from justitia.workspace import Workspace, table_relation

pytest.importorskip("splink", reason="the extra `linkage` is not installed")
SOURCE = Path(__file__).parents[2] / "src" / "justitia" / "demo" / "fictional"
NAME = "xa_persons"


@dataclass(slots=True)
class Exampland:
    """A workspace of the fictional country, linked once and run."""

    folder: Path
    made: GeneratedFiles

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder)

    def persons(self) -> dict[tuple[str, str, str], tuple[str, str]]:
        """Return (source, record, unit) -> (id of the agency's number, linked person)."""
        rows = self.rows("SELECT source_id, record, unit, agency_id, person_id FROM {table}", f"linked__{NAME}")
        return {row[:3]: row[3:] for row in rows}

    def rows(self, select: str, table: str) -> list[Any]:
        workspace = self.workspace
        with workspace.engine() as engine:
            relation = table_relation(workspace, engine, workspace.store.read(), table)
            return engine.rows(select.format(table=relation))

    def call(self, *words: str, keys: str = "") -> Result:
        return CliRunner().invoke(whole_cli(), ["-w", str(self.folder), *words], input=keys)


@pytest.fixture(scope="module")
def exampland(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exampland]:
    folder = tmp_path_factory.mktemp("linked")
    made = generate(folder / "received")
    create_key(folder / "vault.key")
    declared = tomllib.loads((SOURCE / "demo.toml").read_text(encoding="utf-8"))
    workspace = make_workspace(SOURCE, declared, folder / "workspace", key_file="../vault.key")
    for kind in ("dataflows", "flows"):  # tables are tested elsewhere
        shutil.rmtree(workspace.folder / "overlay" / kind)
    put(workspace, made.deliveries[0])
    link_workspace(Workspace(workspace.folder))
    compare_with_truth(Workspace(workspace.folder), NAME, made.persons)
    run_workspace(Workspace(workspace.folder))
    yield Exampland(workspace.folder, made)


def test_links_are_right_and_nearly_all_are_found(exampland: Exampland) -> None:
    known = exampland.workspace.store.read()[LINKS][NAME]["known"]
    assert known["precision"] >= 0.995 and known["recall"] >= 0.94, known
    assert known["true"] > 2_500


def test_one_person_is_seen_from_police_to_prison(exampland: Exampland) -> None:
    sources: dict[str, set[str]] = {}
    for (source_id, _, _), (_, person) in exampland.persons().items():
        sources.setdefault(person, set()).add(source_id)
    assert sum(len(found) == 4 for found in sources.values()) > 100
    suspects = {p for (p,) in exampland.rows("SELECT DISTINCT person_id FROM {table}", "derived__suspect")}
    prisoners = {p for (p,) in exampland.rows("SELECT DISTINCT person_id FROM {table}", "derived__custody_episode")}
    assert len(suspects & prisoners) > 0.9 * len(prisoners)


def test_a_victim_is_never_found_among_suspects_or_prisoners(exampland: Exampland) -> None:
    victims = {p for (p,) in exampland.rows("SELECT DISTINCT person_id FROM {table}", "derived__victim")} - {None}
    assert len(victims) > 1_000
    for kind in ("suspect", "defendant", "decision", "custody_episode"):
        others = {p for (p,) in exampland.rows("SELECT DISTINCT person_id FROM {table}", f"derived__{kind}")}
        assert not victims & others, kind


def test_sealed_minors_twins_shared_numbers_and_placeholders_are_told(exampland: Exampland) -> None:
    entry = exampland.workspace.store.read()[LINKS][NAME]
    told = {item["rule_id"]: item["count"] for item in entry["findings"]}
    assert told["V-LNK-010"] >= 3 and told["V-LNK-011"] > 10 and told["V-LNK-012"] > 3 and told["V-LNK-013"] > 5
    with next((exampland.folder.parent / "received").rglob("delivery_1/prosecution*/*.csv")).open() as file:
        sealed = {f"{row['case_no']}|{row['accused_no']}" for row in csv.DictReader(file) if row["sealed"] == "yes"}
    own = {unit: ids for (source, _, unit), ids in exampland.persons().items() if source == "prosecution_charges"}
    assert sealed and all(own[unit][0] == own[unit][1] for unit in sealed), "known by the agency's number alone"
    assert Counter(agency == person for agency, person in own.values())[False] > 1_000


def test_two_people_under_one_number_are_two_persons(exampland: Exampland) -> None:
    persons: dict[str, set[str]] = {}
    for (source_id, _, _), (agency, person) in exampland.persons().items():
        if source_id == "police_register" and agency:
            persons.setdefault(agency, set()).add(person)
    assert sum(len(found) > 1 for found in persons.values()) >= 3


def test_linking_again_changes_nothing(exampland: Exampland) -> None:
    before, state = exampland.persons(), exampland.workspace.store.read()
    link_workspace(exampland.workspace)
    assert exampland.persons() == before
    assert exampland.workspace.store.read()["tables"] == state["tables"]
    assert run_workspace(exampland.workspace).stages_run == (), "and the tables made of it stand"


def test_every_opening_is_logged_with_purpose_and_no_name(exampland: Exampland) -> None:
    lines = AccessLog(exampland.folder / "vault").read()
    linked = [line for line in lines if line.what == "linked"]
    assert linked and all(line.records > 5_000 and line.purpose and line.who for line in linked)
    assert any(line.what == "exception" for line in lines), "one person holds all roles here, and that is told"
    shown = exampland.call("link", "log")
    assert shown.exit_code == 0 and "none altered" in shown.output


def test_commands_tell_of_links_without_a_name(exampland: Exampland) -> None:
    output = ""
    for words in (("link", "run", "--dry-run"), ("link", "report"), ("link", "log"), ("status", "--findings")):
        result = exampland.call(*words)
        assert result.exit_code == 0, result.output + str(result.exception)
        output += result.output
    assert "Statistics Act of Exampland" in output and "Mentions linked to no other" in output
    for text in (*exampland.made.names, *exampland.made.numbers):
        assert text not in output


def test_nothing_outside_sources_holds_a_name_or_a_number(exampland: Exampland) -> None:
    """All bytes of the workspace but the received files: store, vault, logs; Parquet read as well."""
    parts = {part for text in exampland.made.names for part in text.replace(",", " ").split()}
    words = [part.encode() for part in parts if len(part) >= 6]
    numbers = {text.encode() for text in exampland.made.numbers}
    assert len(words) > 100 and len(numbers) > 5_000
    checked = 0
    for path in exampland.folder.rglob("*"):
        relative = path.relative_to(exampland.folder)
        if not path.is_file() or relative.parts[0] in ("sources", "overlay"):
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            texts = [c for c in table.column_names if str(table.schema.field(c).type) == "string"]
            values = {value for c in texts for value in table[c].unique().to_pylist() if value}
            content += "\n".join(values).encode()
        assert not [word for word in words if word in content], relative
        assert not numbers & set(re.findall(rb"[A-Z]{1,2}[0-9]{7,10}", content)), relative
        checked += 1
    assert checked > 20


def test_pairs_are_reviewed_one_at_a_time_and_decisions_hold(exampland: Exampland) -> None:
    reviewing = PairReview(exampland.workspace)
    left, before = reviewing.left(), len(AccessLog(exampland.folder / "vault").read())
    pair = reviewing.look()
    assert pair is not None and left > 10
    assert AccessLog(exampland.folder / "vault").read()[before].what == "looked at a pair"
    leaked = next(value for value in pair.fields["family_name"] if value)
    shown = exampland.call("link", "review", keys=f"y\nboth are {leaked}\nq\n")
    assert "E-PER-041" in shown.output and reviewing.left() == left
    why = "the same day of birth and sound of the name"
    shown = exampland.call("link", "review", keys=f"y\n{why}\nq\n")
    assert shown.exit_code == 0 and "1 decided" in shown.output
    link_workspace(exampland.workspace)
    vault = exampland.workspace.vault()
    assert vault is not None
    kept = vault.links(f"{NAME}.persons")
    assert kept is not None
    person = dict(zip(kept["mention_id"].to_pylist(), kept["person_id"].to_pylist(), strict=True))
    assert person[pair.left_id] == person[pair.right_id]
    explained = exampland.call("link", "explain", pair.left_id, pair.right_id)
    assert explained.exit_code == 0 and "bits" in explained.output and leaked not in explained.output


def test_new_files_make_links_stale_and_are_added(exampland: Exampland) -> None:
    before = exampland.persons()
    put(exampland.workspace, exampland.made.deliveries[1])
    run_workspace(exampland.workspace)
    assert stale_linkages(exampland.workspace, exampland.workspace.store.read()) == [NAME]
    link_workspace(exampland.workspace)
    after = exampland.persons()
    assert stale_linkages(exampland.workspace, exampland.workspace.store.read()) == []
    assert len(after) > len(before)
    same = sum(after[unit][1] == before[unit][1] for unit in before if unit in after)
    assert same > 0.98 * len(before), "persons keep their ids"
    assert compare_with_truth(exampland.workspace, NAME, exampland.made.persons)["precision"] >= 0.99


def test_an_erased_record_is_gone_from_links_and_does_not_come_back(exampland: Exampland) -> None:
    source_id, record_id = exampland.made.erased.source_id, exampland.made.erased.record_id
    case = record_id.split("|")[0].rsplit("-", 1)[0]
    gone = [key for key in exampland.persons() if key[0] == source_id and key[2].startswith(f"{case}|")]
    assert gone
    vault = exampland.workspace.vault()
    assert vault is not None

    def mentions() -> dict[str, str]:
        units = vault.links(f"{NAME}.units")
        assert units is not None
        return {r["unit"]: r["mention_id"] for r in units.to_pylist() if r["source_id"] == source_id}

    lost = mentions()[gone[0][2]]
    assert lost
    erase_record(exampland.workspace, source_id=source_id, record_id=record_id, order="order 1")
    assert not set(gone) & set(exampland.persons()) and gone[0][2] not in mentions()
    for _ in range(2):
        for what, columns in (
            ("pairs", ("left_id", "right_id")),
            ("persons", ("mention_id",)),
            ("scored", ("mention_id",)),
        ):
            table = vault.links(f"{NAME}.{what}")
            assert table is not None
            still = lost in mentions().values()  # another record under the same number keeps the mention
            assert still or not any(lost in table[column].to_pylist() for column in columns), what
        link_workspace(exampland.workspace)
        assert not set(gone) & set(exampland.persons())
