"""The engine's counts equal those of the plain reference (aggregate/reference.py), for any small table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from justitia.aggregate.counting import cells_select, unit_select
from justitia.aggregate.dimensions import Breakdown
from justitia.aggregate.reference import (
    count_each,
    count_each_victim,
    count_once_per_category,
    count_once_per_series,
    count_principal,
)
from justitia.derive.methods import Inputs, principal_offence
from justitia.engine import Engine
from justitia.errors import CatalogueError
from justitia.metadata.definitions import Code, CodeList, Dataflow, Derivation, Dimension, Field, Measure
from justitia.model.missing import MISSING

# 1 > 11 > 111, 112; 1 > 12 (a leaf of level 2); 2 (a leaf of level 1); 3 > 31; 9 is "not known" of the list itself.
TREE = {"1": "", "11": "1", "111": "11", "112": "11", "12": "1", "2": "", "3": "", "31": "3", "9": ""}
OFFENCES = CodeList(
    "tree",
    {
        code: Code(
            code,
            {},
            parent,
            level=len(code),
            is_leaf=code not in TREE.values(),
            missing_kind="_U" if code == "9" else "",
        )
        for code, parent in TREE.items()
    },
)
AREAS = CodeList("areas", {code: Code(code, {}) for code in ("A", "B", "C")})
SEVERITY = {"111": 1, "2": 2, "11": 3, "3": 4}  # 112 takes the rank of 11; 1, 12 and 9 have none

codes = st.sampled_from([*TREE, *MISSING])
areas = st.sampled_from(["A", "B", "C", "_N", "_U"])
years = st.sampled_from(["2022", "2023", None])
events = st.lists(st.tuples(areas, years, st.booleans()), max_size=6)
level_choices = st.sampled_from([(), (1,), (2,), (3,), (1, 2), (2, 3), (1, 3), (1, 2, 3)])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(scratch=tmp_path_factory.mktemp("engine"), threads=1) as opened:
        yield opened


def shown(code: str, levels: Sequence[int]) -> tuple[str, ...]:
    """Return the codes under which a record is counted, by walking up the tree."""
    if not levels or code in MISSING or code == "9":
        return (code,)
    found = []
    for level in levels:
        above = code
        while len(above) > level:
            above = TREE[above]
        parent_only = len(above) < level and above in TREE.values()
        found.append(f"{above}_X" if parent_only else above)
    return tuple(dict.fromkeys(found))


def flow(unit: str, rule: str, *, where: str = "") -> Dataflow:
    dimensions = (Dimension("ICCS", "offence.iccs_code"), Dimension("AREA", "event.area_code"))
    measures = (Measure("COUNT"), Measure("HOT", where="is_hot" if unit == "event" else "event.is_hot"))
    return Dataflow(
        "t",
        {},
        {},
        unit,
        rule,
        where,
        "d",
        "recorded_date" if unit == "event" else "event.recorded_date",
        "A",
        dimensions,
        measures,
        (),
    )


def counted(
    engine: Engine, dataflow: Dataflow, levels: Sequence[int], tables: Mapping[str, pa.Table]
) -> dict[str, dict[tuple[str, ...], int]]:
    """Return measure -> the cells that are not 0, each of which may be there once only."""
    breakdowns = (
        Breakdown(dataflow.dimensions[0], "offence", "iccs_code", OFFENCES, tuple(levels)),
        Breakdown(dataflow.dimensions[1], "event", "area_code", AREAS, ()),
    )
    for name, table in tables.items():
        engine.execute(f"DROP TABLE IF EXISTS {name}")
        with engine.registered("made", table) as made:
            engine.execute(f"CREATE TABLE {name} AS SELECT * FROM {made}")
    columns = {name: set(table.column_names) for name, table in tables.items()}
    units = unit_select(dataflow, breakdowns, relations={name: name for name in tables}, columns=columns)
    select = cells_select(dataflow, breakdowns, units)
    rows = engine.rows(f"SELECT ICCS, AREA, TIME_PERIOD, n_COUNT, n_HOT FROM ({select})")
    assert len({row[:3] for row in rows}) == len(rows), "a cell is there once"
    return {name: {row[:3]: row[place] for row in rows if row[place]} for place, name in ((3, "COUNT"), (4, "HOT"))}


def tables_of(rows: Sequence[tuple[str, Any, bool]], offences: Sequence[tuple[int, str]]) -> dict[str, pa.Table]:
    event = {
        "event_id": pa.array([f"e{i}" for i in range(len(rows))], pa.string()),
        "area_code": pa.array([row[0] for row in rows], pa.string()),
        "recorded_date": pa.array([row[1] and f"{row[1]}-06-01" for row in rows], pa.string()).cast(pa.date32()),
        "is_hot": pa.array([row[2] for row in rows], pa.bool_()),
    }
    kept = [(event, code) for event, code in offences if event < len(rows)]
    offence = {
        "offence_id": pa.array([f"o{i}" for i in range(len(kept))], pa.string()),
        "event_id": pa.array([f"e{event}" for event, _ in kept], pa.string()),
        "iccs_code": pa.array([code for _, code in kept], pa.string()),
    }
    return {"event": pa.table(event), "offence": pa.table(offence)}


def records(tables: Mapping[str, pa.Table], levels: Sequence[int], *, all_events: bool) -> list[dict[str, Any]]:
    """Return the joined records for the reference; an event without an offence has code `_N`."""
    offences = tables["offence"].to_pylist()
    joined = []
    for event in tables["event"].to_pylist():
        own = [item for item in offences if item["event_id"] == event["event_id"]]
        if all_events and not own:
            own = [{"offence_id": "", "iccs_code": "_N"}]
        for item in own:
            joined.append(
                {
                    "event": event["event_id"],
                    "offence": item["offence_id"],
                    "code": item["iccs_code"],
                    "ICCS": shown(item["iccs_code"], levels),
                    "AREA": event["area_code"],
                    "TIME_PERIOD": str(event["recorded_date"].year) if event["recorded_date"] else "_N",
                    "hot": event["is_hot"],
                }
            )
    return joined


KEYS = ("ICCS", "AREA", "TIME_PERIOD")
few = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
told = st.lists(st.tuples(st.integers(0, 5), codes), max_size=12)


@few
@given(rows=events, offences=told, levels=level_choices)
def test_each(engine: Engine, rows: Any, offences: Any, levels: Any) -> None:
    tables = tables_of(rows, offences)
    joined = records(tables, levels, all_events=False)
    found = counted(engine, flow("offence", "each"), levels, tables)
    assert found["COUNT"] == count_each(joined, KEYS)
    assert found["HOT"] == count_each([r for r in joined if r["hot"]], KEYS)


@few
@given(rows=events, offences=told, levels=level_choices)
def test_each_where(engine: Engine, rows: Any, offences: Any, levels: Any) -> None:
    tables = tables_of(rows, offences)
    joined = [r for r in records(tables, levels, all_events=False) if r["AREA"] in ("A", "_N")]
    found = counted(engine, flow("offence", "each", where="event.area_code IN ('A', '_N')"), levels, tables)
    assert found["COUNT"] == count_each(joined, KEYS)


@few
@given(rows=events, offences=told, levels=level_choices)
def test_once_per_category(engine: Engine, rows: Any, offences: Any, levels: Any) -> None:
    tables = tables_of(rows, offences)
    joined = records(tables, levels, all_events=True)
    found = counted(engine, flow("event", "once_per_category"), levels, tables)
    assert found["COUNT"] == count_once_per_category(joined, KEYS, unit="event")
    assert found["HOT"] == count_once_per_category([r for r in joined if r["hot"]], KEYS, unit="event")


@few
@given(rows=events, offences=told, levels=level_choices)
def test_once_per_series(engine: Engine, rows: Any, offences: Any, levels: Any) -> None:
    """Offences of one event with one code are a series."""
    tables = tables_of(rows, offences)
    joined = records(tables, levels, all_events=False)
    dataflow = replace(flow("offence", "once_per_series"), series=("event_id", "iccs_code"))
    found = counted(engine, dataflow, levels, tables)
    assert found["COUNT"] == count_once_per_series(joined, KEYS, series=("event", "code"))
    assert found["HOT"] == count_once_per_series([r for r in joined if r["hot"]], KEYS, series=("event", "code"))


@few
@given(rows=events, offences=told, victims=st.lists(st.integers(0, 11), max_size=12), levels=level_choices)
def test_each_victim(engine: Engine, rows: Any, offences: Any, victims: Any, levels: Any) -> None:
    tables = tables_of(rows, offences)
    known = tables["offence"]["offence_id"].to_pylist()
    harmed = [f"o{place}" for place in victims if f"o{place}" in known]
    tables["victim"] = pa.table(
        {
            "victim_id": pa.array([f"v{i}" for i in range(len(harmed))], pa.string()),
            "offence_id": pa.array(harmed, pa.string()),
        }
    )
    joined = records(tables, levels, all_events=False)
    by_offence = {offence: [{}] * harmed.count(offence) for offence in known}
    found = counted(engine, flow("offence", "each_victim"), levels, tables)
    assert found["COUNT"] == count_each_victim(joined, by_offence, KEYS, unit="offence")


@few
@given(rows=events, offences=told, levels=level_choices)
def test_units_that_have_a_record_of_a_kind(engine: Engine, rows: Any, offences: Any, levels: Any) -> None:
    """A condition on linked records holds for a unit in a cell where one of its records meets it."""
    tables = tables_of(rows, offences)
    joined = records(tables, levels, all_events=True)
    dataflow = flow("event", "once_per_category")
    dataflow = replace(dataflow, measures=(Measure("COUNT"), Measure("HOT", where="offence.iccs_code IN ('111', '2')")))
    found = counted(engine, dataflow, levels, tables)
    assert found["COUNT"] == count_once_per_category(joined, KEYS, unit="event")
    met = [r for r in joined if r["code"] in ("111", "2")]
    assert found["HOT"] == count_once_per_category(met, KEYS, unit="event")


@few
@given(rows=events, levels=level_choices)
def test_sums(engine: Engine, rows: Any, levels: Any) -> None:
    tables = tables_of(rows, [])
    weights = [3 * place + 1 for place in range(len(rows))]
    tables["event"] = tables["event"].append_column("places", pa.array(weights, pa.int64()))
    tables["offence"] = tables["offence"].append_column("is_principal_offence", pa.array([], pa.int64()))
    dataflow = replace(flow("event", "principal_offence"), dimensions=flow("event", "each").dimensions)
    dataflow = replace(dataflow, measures=(Measure("COUNT"), Measure("HOT", "is_hot", sum_of="places")))
    found = counted(engine, dataflow, levels, tables)["HOT"]
    expected = sum(weight for weight, row in zip(weights, rows, strict=True) if row[2])
    assert found.get(("_T", "_T", "_T"), 0) == expected


def test_a_sum_of_units_that_stand_in_several_rows_is_refused(engine: Engine) -> None:
    dataflow = replace(flow("event", "once_per_category"), measures=(Measure("COUNT"), Measure("HOT", sum_of="is_hot")))
    with pytest.raises(CatalogueError, match="E-CAT-072"):
        counted(engine, dataflow, (), tables_of([("A", "2022", True)], [(0, "2")]))


def severity(code: str) -> int:
    """Return the rank of a code: its own, or that of the nearest code above it."""
    while code and code not in SEVERITY:
        code = TREE.get(code, "")
    return SEVERITY.get(code, 1_000_000)


@few
@given(rows=events, offences=told, levels=level_choices)
def test_principal_offence(engine: Engine, rows: Any, offences: Any, levels: Any) -> None:
    tables = tables_of(rows, offences)
    with engine.registered("raw_offence", tables["offence"]):
        known = SimpleNamespace(severity=lambda _: SEVERITY, codelist=lambda _: OFFENCES)
        inputs = Inputs(known, {"offence": "raw_offence"}, {"offence": {"iccs_code", "event_id", "offence_id"}})
        derivation = Derivation(
            "offence",
            Field("is_principal_offence", "integer"),
            "principal_offence",
            {"severity": "default", "per": "event"},
        )
        made = principal_offence(derivation, inputs)
        assert made is not None
        tables["offence"] = engine.table(
            f"SELECT r.*, {made.value} AS is_principal_offence FROM raw_offence AS r {made.joins}"
        )
    joined = records(tables, levels, all_events=True)
    expected = count_principal(joined, KEYS, unit="event", rank=lambda r: (severity(r["code"]), r["offence"]))
    found = counted(engine, flow("event", "principal_offence"), levels, tables)
    assert found["COUNT"] == expected
    assert found["COUNT"].get(("_T", "_T", "_T"), 0) == len(rows), "every event counts exactly once"
