"""Derived variables on small tables."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from justitia.derive.methods import Inputs, derive
from justitia.engine import Engine
from justitia.errors import CatalogueError
from justitia.metadata.definitions import Code, CodeList, Derivation, Field

BANDS = CodeList(
    "bands",
    {c: Code(c, {}, lower=lo, upper=up) for c, lo, up in (("child", 0, 17), ("adult", 18, 64), ("old", 65, None))}
    | {"none": Code("none", {})},
)


@pytest.fixture
def engine(tmp_path: Any) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, threads=1) as opened:
        yield opened


def derived(engine: Engine, method: str, unit: str, tables: dict[str, str], **arguments: str) -> Any:
    for name, select in tables.items():
        engine.execute(f"CREATE OR REPLACE TABLE {name} AS {select}")
    columns = {name: set(engine.columns(name)) for name in tables}
    inputs = Inputs(SimpleNamespace(codelist=lambda _: BANDS), {name: name for name in tables}, columns)
    made = derive(Derivation(unit, Field("new", "code", "bands"), method, arguments), inputs)
    if made is None:
        return None
    order = f"r.{unit}_id"
    return [row[0] for row in engine.rows(f"SELECT {made.value} FROM {unit} AS r {made.joins} ORDER BY {order}")]


def test_band_holds_both_ends(engine: Engine) -> None:
    ages = (0, 17, 18, 64, 65, 120, -1, None)
    rows = " UNION ALL ".join(
        f"SELECT {i} AS victim_id, {'NULL' if a is None else a} AS age" for i, a in enumerate(ages)
    )
    found = derived(engine, "band", "victim", {"victim": rows}, **{"from": "age"})
    assert found == ["child", "child", "adult", "adult", "old", "old", "_N", "_N"]


def test_elapsed_days_are_not_known_when_a_date_is_not(engine: Engine) -> None:
    rows = (
        "SELECT 1 AS event_id, DATE '2024-02-28' AS a, DATE '2024-03-01' AS b "
        "UNION ALL SELECT 2, NULL, DATE '2024-01-01' "
        "UNION ALL SELECT 3, DATE '2024-01-02', DATE '2024-01-01'"
    )
    assert derived(engine, "elapsed_days", "event", {"event": rows}, **{"from": "a", "to": "b"}) == [2, None, -1]


def test_linked_count_is_zero_where_nothing_refers_to_it(engine: Engine) -> None:
    tables = {
        "event": "SELECT * FROM (VALUES ('e1'), ('e2')) AS t(event_id)",
        "suspect": "SELECT * FROM (VALUES ('s1', 'e1'), ('s2', 'e1'), ('s3', NULL)) AS t(suspect_id, event_id)",
    }
    assert derived(engine, "linked_count", "event", tables, kind="suspect") == [2, 0]


def test_what_no_source_fills_is_not_derived(engine: Engine) -> None:
    event = {"event": "SELECT 'e1' AS event_id"}
    assert derived(engine, "linked_count", "event", event, kind="suspect") is None
    assert derived(engine, "elapsed_days", "event", event, **{"from": "a", "to": "b"}) is None
    with pytest.raises(CatalogueError, match="E-CAT-062"):
        derived(engine, "guess", "event", event)
