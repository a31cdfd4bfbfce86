"""The ledger: for any sequence of files the fate of every row is that of a plain reference, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from justitia.collect.records import current_rows
from justitia.erase import erase_record
from justitia.pipeline import _collect
from justitia.stage import silent

FATES = ("new", "correction", "withdrawal", "duplicate", "quarantined", "out_of_scope", "erased")
HEADER = "NO,LINE,ARTICLE,OCCURRED,RECORDED,DISTRICT,SEX,AGE,STATUS"

# What a row may be: usual content (two values, so that some rows repeat), or one of the ways to go wrong.
kinds = st.sampled_from(["one", "one", "two", "annulled", "bad date", "ragged", "out of scope", "no key"])
keys = st.sampled_from(["K1", "K2", "K3"])
files = st.lists(st.tuples(keys, kinds), min_size=1, max_size=7)
orders = st.lists(st.one_of(files, files, files, keys), min_size=1, max_size=5)


def line(key: str, kind: str) -> str:
    article = "MURDER" if kind == "two" else "THEFT"
    recorded = "2023-02-30" if kind == "bad date" else "2023-01-02"
    district = "C" if kind == "out of scope" else "A"
    status = "annulled" if kind == "annulled" else "valid"
    number = "" if kind == "no key" else key
    return f"{number},1,{article},2022-12-30,{recorded},{district},,,{status}" + (
        ",too,many" if kind == "ragged" else ""
    )


class Reference:
    """The ledger in plain Python: a log of (key, kind, fate) per batch, and what is known of each key."""

    def __init__(self) -> None:
        self.log: list[list[list[str]]] = []
        self.known: dict[str, str] = {}  # key -> content, or "annulled"
        self.erased: set[str] = set()
        self.then: list[dict[str, str]] = []  # what was known after each batch

    def receive(self, rows: list[tuple[str, str]]) -> None:
        self.log.append([[key, kind, self.fate(key, kind)] for key, kind in rows])
        self.then.append({key: content for key, content in self.known.items() if content != "annulled"})

    def fate(self, key: str, kind: str) -> str:
        if kind in ("ragged", "no key"):
            return "quarantined"
        if key in self.erased:
            return "erased"
        if kind == "bad date":
            return "quarantined"
        if kind == "out of scope":
            return "out_of_scope"
        before = self.known.get(key)
        if kind == "annulled" and before is None:
            return "quarantined"
        self.known[key] = kind
        if before == kind:
            return "duplicate"
        if kind == "annulled":
            return "withdrawal"
        return "new" if before in (None, "annulled") else "correction"

    def erase(self, key: str) -> bool:
        hit = [
            row
            for batch in self.log
            for row in batch
            if row[0] == key and row[1] not in ("ragged", "no key") and row[2] != "erased"
        ]
        if hit:
            self.erased.add(key)
            self.known.pop(key, None)
            for row in hit:
                row[2] = "erased"
            for known in self.then:
                known.pop(key, None)
        return bool(hit)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders)
@example([[("K1", "annulled"), ("K1", "annulled"), ("K1", "one")], [("K1", "annulled")], [("K1", "annulled")]])
@example([[("K1", "one"), ("K2", "one")], [("K1", "two")], "K1", [("K1", "one"), ("K1", "two"), ("K2", "two")]])
@example([[("K1", "one")], [("K1", "annulled")], [("K1", "two"), ("K1", "annulled"), ("K1", "one")]])
def test_every_row_has_the_fate_of_the_reference(new_country: Callable[..., Any], orders: list[Any]) -> None:
    made = new_country(dataflows={}, row="in_scope = \"event.area_code <> 'C'\"")
    workspace, reference = made.workspace, Reference()
    for place, order in enumerate(orders):
        if isinstance(order, str):
            held = any(
                row[0] == order and row[1] not in ("ragged", "no key") and row[2] != "erased"
                for batch in reference.log
                for row in batch
            )
            if held:
                erase_record(workspace, source_id="police", record_id=f"{order}|1", order="court order 1")
                reference.erase(order)
            continue
        # The space makes the file differ from an equal one before: equal files are known by their content.
        text = "\n".join([HEADER, *(line(*row) for row in order)]) + "\n"
        made.send(f"{place}.csv", text.replace("valid", "valid" + " " * place))
        with workspace.store.writing(), workspace.engine() as engine:
            _collect(workspace, engine, workspace.store.read(), silent)
        if len(workspace.store.read()["batches"]) > len(reference.log):
            reference.receive(order)

    state = workspace.store.read()
    assert len(state["batches"]) == len(reference.log)
    for batch, rows in zip(state["batches"].values(), reference.log, strict=True):
        expected = Counter(row[2] for row in rows)
        assert {fate: batch["counts"][fate] for fate in FATES} == {fate: expected[fate] for fate in FATES}
        assert batch["counts"]["rows_in"] == len(rows) == sum(batch["counts"][fate] for fate in FATES)
    with workspace.engine() as engine:
        for number, known in enumerate(reference.then, start=1):
            batches = dict(list(state["batches"].items())[:number])
            rows = current_rows(engine, workspace.store.folder, batches, "police")
            found = engine.rows(f'SELECT record_id, "offence.national_code" FROM {rows} ORDER BY 1')
            wanted = [(f"{key}|1", "MURDER" if content == "two" else "THEFT") for key, content in sorted(known.items())]
            assert found == wanted, f"as known at batch {number}"
    for erased in reference.erased:
        assert _held(workspace, f"{erased}|1") == 0, "no batch holds an erased record, not even when it is sent again"


def _held(workspace: Any, record_id: str) -> int:
    with workspace.engine() as engine:
        files = [
            workspace.store.folder / b["folder"] / "rows.parquet" for b in workspace.store.read()["batches"].values()
        ]
        return sum(
            engine.value(f"SELECT count(*) FROM {engine.parquet([file])} WHERE record_id = ?", [record_id])
            for file in files
        )
