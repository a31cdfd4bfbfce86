"""The door to the engine: nothing is downloaded, and the rules' SQL goes to another engine without being rewritten."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from justitia.aggregate.counting import cells_select, unit_select
from justitia.aggregate.dimensions import compile_dimensions
from justitia.engine import Engine, literal, quote
from justitia.metadata.load import load_catalogue


def test_extensions_are_never_downloaded(tmp_path: Path) -> None:
    with Engine(scratch=tmp_path) as engine:
        settings = dict(engine.rows("SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions'"))
    assert settings["autoinstall_known_extensions"] == settings["autoload_known_extensions"] == "false"


def test_names_and_values_cannot_leave_their_quotes() -> None:
    assert quote('x"; DROP TABLE t; --') == '"x""; DROP TABLE t; --"'
    assert literal("it's") == "'it''s'"


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    with Engine(scratch=tmp_path / "s", threads=4) as engine:
        made = []
        for name in ("a", "b"):
            engine.write_parquet("SELECT i, hash(i) % 7 AS k FROM range(300000) AS t(i)", tmp_path / name)
            made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("name", ["bias_offences_by_iccs", "bias_complaints_by_county"])
def test_counting_is_translated_for_spark(name: str) -> None:
    demo = Path(__file__).parents[2] / "src" / "justitia" / "demo" / "new_york" / "overlay"
    catalogue = load_catalogue(demo)
    dataflow = catalogue.dataflows[name]
    breakdowns = compile_dimensions(dataflow, catalogue)
    columns = {
        "event": {"event_id", "recorded_date", "area_code", "bias_motive", "suspect_count"},
        "offence": {"offence_id", "event_id", "iccs_code", "suspect_count"},
    }
    units = unit_select(dataflow, breakdowns, relations={"event": "event", "offence": "offence"}, columns=columns)
    spark = Engine.translate(cells_select(dataflow, breakdowns, units), "spark")
    parsed = sqlglot.parse_one(spark, read="spark")
    assert "GROUPING SETS" in spark
    assert parsed.find(sqlglot.exp.GroupingSets) or parsed.find(sqlglot.exp.Group)
    assert "strftime" not in spark.lower(), "a DuckDB word was left untranslated"
