"""The fictional country, from received files to release: every total equals the generator's own count."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from justitia.demo.country import receive, refuse, update
from justitia.demo.fictional.generate import Delivery, GeneratedFiles, TrueTotals, generate
from justitia.demo.workspaces import make_workspace
from justitia.erase import erase_record
from justitia.errors import DisclosureError, RequestError
from justitia.findings import Finding
from justitia.pipeline import findings_of
from justitia.release import release_workspace
from justitia.store import sha256_of
from justitia.vault import create_key
from justitia.workspace import Workspace, table_relation

SOURCE = Path(str(files("justitia.demo"))) / "fictional"


@dataclass(frozen=True)
class Told:
    """The story as it went: what the workspace counted after each step, and the hashes of its first release."""

    made: GeneratedFiles
    workspace: Workspace
    counted: list[dict[str, dict[tuple[str, ...], int]]]
    fates: list[dict[str, dict[str, int]]]
    first_release: dict[str, str]
    refusal: str
    findings: list[Finding]  # after the first delivery


def _counted(workspace: Workspace) -> dict[str, dict[tuple[str, ...], int]]:
    state = workspace.store.read()
    tables = {}
    with workspace.engine() as engine:
        for name in (name for name in state["tables"] if name.startswith("aggregate__")):
            rows = engine.rows(f"SELECT * FROM {table_relation(workspace, engine, state, name)}")
            tables[name.removeprefix("aggregate__")] = {row[:-1]: row[-1] for row in rows}
        victims = table_relation(workspace, engine, state, "derived__victim")
        tables["victims"] = {(): engine.value(f"SELECT count(*) FROM {victims}")}
    return tables


def _hashes(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256_of(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("country")
    made = generate(folder / "received")
    create_key(folder / "vault.key")
    declared = tomllib.loads((SOURCE / "demo.toml").read_text(encoding="utf-8"))
    workspace = make_workspace(SOURCE, declared, folder / "workspace", key_file="../vault.key")
    counted, fates, first, findings = [], [], {}, []
    for number, delivery in enumerate(made.deliveries, start=1):
        before = set(workspace.store.read()["batches"])
        state = receive(workspace, delivery)
        counted.append(_counted(workspace))
        fates.append({b["source_id"]: b["counts"] for n, b in state["batches"].items() if n not in before})
        if number == 1:
            first = _hashes(release_workspace(workspace, vintage="one"))
            with workspace.engine() as engine:
                findings = findings_of(workspace, engine, state)
    erase_record(workspace, source_id=made.erased.source_id, record_id=made.erased.record_id, order="order 1/2026")
    update(workspace)
    counted.append(_counted(workspace))
    release_workspace(workspace, vintage="two")
    yield Told(made, workspace, counted, fates, first, refuse(SOURCE, workspace), findings)


def _truths(made: GeneratedFiles) -> list[TrueTotals]:
    return [*(delivery.truth for delivery in made.deliveries), made.truth_after_erasure]


@pytest.mark.parametrize("step", range(4))
def test_totals_before_protection_equal_the_generators_own(told: Told, step: int) -> None:
    truth, tables = _truths(told.made)[step], told.counted[step]
    sections = {
        (int(y), c): n
        for (c, y, m), n in tables["xa_offences"].items()
        if y != "_T" and (len(c) == 2 and c != "_T") and n
    }
    assert sections == {key: n for key, n in truth.offences.items() if n}
    reports = tables["xa_reports_with_suspect"]
    assert reports["_T", "_T", "COUNT"] == truth.events
    assert reports["_T", "_T", "WITH_SUSPECT"] == truth.events_with_suspect
    suspects = [n for key, n in tables["xa_suspects"].items() if set(key[:-1]) == {"_T"}]
    assert (tables["victims"][()], suspects) == (truth.victims, [truth.suspects])
    assert tables["xa_court_decisions"]["_T", "_T", "COUNT"] == sum(truth.decisions.values())


@pytest.mark.parametrize("step", range(3))
def test_every_row_has_the_fate_that_was_planned(told: Told, step: int) -> None:
    delivery: Delivery = told.made.deliveries[step]
    for source_id, planned in delivery.fates.items():
        counts = told.fates[step][source_id]
        assert {fate: n for fate, n in counts.items() if n and fate != "rows_in"} == {
            f: n for f, n in planned.items() if n
        }
        assert counts["rows_in"] == sum(n for fate, n in counts.items() if fate != "rows_in")


def test_a_finding_names_the_line_that_holds_its_value(told: Told) -> None:
    """Rows must keep the order of the file through the joins that code them: their place is their number."""
    file = told.made.deliveries[0].files["police_register"][0]
    lines = file.read_bytes().decode("cp1252").split("\r\n")
    own = [f for f in told.findings if f.table == "police_register" and f.value and f.row_number]
    assert own
    assert all(f.value in lines[f.row_number - 1] for f in own)


def test_a_file_sent_twice_adds_nothing(told: Told) -> None:
    hashes = {sha256_of(path) for delivery in told.made.deliveries for path in delivery.repeated}
    batches = [batch["content_hash"] for batch in told.workspace.store.read()["batches"].values()]
    assert hashes and all(batches.count(digest) == 1 for digest in hashes)


def test_no_person_is_in_any_output_store_file_or_log(told: Told) -> None:
    wanted: dict[str, list[str]] = {}
    for text in (*told.made.names, *told.made.numbers, *told.made.birth_dates):
        wanted.setdefault(max(re.findall(r"\w+", text), key=len), []).append(text)
    folder = told.workspace.folder
    searched = 0
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).parts
        if not path.is_file() or relative[0] in {"sources", "vault"}:
            continue
        content = _unpacked(path).decode("utf-8", "ignore")
        words = set(re.findall(r"\w+", content))
        found = [text for word, texts in wanted.items() if word in words for text in texts if text in content]
        assert not found, f"{len(found)} identities in {path.relative_to(folder)}"
        searched += 1
    assert searched > 50


def _unpacked(path: Path) -> bytes:
    """Return the content of a file, of workbooks and Parquet files in plain."""
    if path.suffix == ".xlsx":
        import zipfile

        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return str(pq.read_table(path).to_pydict()).encode()
    return path.read_bytes()


def test_the_vault_is_unreadable_without_its_key(told: Told) -> None:
    content = b"".join(path.read_bytes() for path in (told.workspace.folder / "vault").rglob("*") if path.is_file())
    assert len(content) > 100_000
    assert not [name for name in told.made.names if name.encode() in content]


def test_an_erased_record_is_gone_everywhere_and_stays_out(told: Told) -> None:
    erased = told.made.erased
    for path in told.workspace.store.folder.rglob("*"):
        if path.is_file():
            content = _unpacked(path)
            assert f"'{erased.record_id}'".encode() not in content, path.name
    state = told.workspace.store.read()
    assert sum(batch["counts"]["erased"] for batch in state["batches"].values()) >= 1
    vault = told.workspace.vault()
    assert vault is not None
    with pytest.raises(RequestError, match="E-ERA-001"):
        erase_record(told.workspace, source_id=erased.source_id, record_id=erased.record_id, order="again")


def test_published_figures_stay_frozen(told: Told) -> None:
    assert _hashes(told.workspace.folder / "releases" / "one") == told.first_release
    with pytest.raises(RequestError, match="E-REL-001"):
        release_workspace(told.workspace, vintage="one")


def test_a_table_that_shows_single_persons_is_refused(told: Told) -> None:
    assert told.refusal.startswith("E-DIS-001")
    assert not (told.workspace.folder / "releases" / "refused").exists()
    assert issubclass(DisclosureError, Exception)


def test_everything_published_is_labelled_as_made_up(told: Told) -> None:
    public = told.workspace.folder / "releases" / "two" / "public"
    for language, words in (("en", "made-up"), ("fr", "fictives"), ("es", "ficticios")):
        text = (public / f"report.{language}.html").read_text(encoding="utf-8").lower()
        assert words in text or "exampland" in text
    for file in (public / "csv").glob("*.csv"):
        assert "MADE_UP" in file.read_text(encoding="utf-8").splitlines()[0]
