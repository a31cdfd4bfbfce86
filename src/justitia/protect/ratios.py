"""Shares and rates, from protected counts only: an exact rate or interval would give the exact count back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.errors import CatalogueError
from justitia.model.interval import garwood, wilson
from justitia.model.missing import TOTAL

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.metadata.definitions import Dataflow, Ratio
    from justitia.metadata.load import Catalogue

POPULATION_FIELDS = {"area_code": "area", "sex": "sex", "age_group": "age"}


def ratio_select(engine: Engine, catalogue: Catalogue, dataflow: Dataflow, ratio: Ratio, counts: str) -> str:
    """Return the SELECT of a ratio's cells, with the ends of its 95 % interval.

    Args:
        engine, catalogue: as everywhere.
        dataflow, ratio: what to compute.
        counts: relation of the dataflow's protected counts in long form.
    """
    keys = [*(item.id for item in dataflow.dimensions), "TIME_PERIOD"]
    pairs = (
        _share_pairs(ratio, counts, keys)
        if ratio.kind == "share"
        else _rate_pairs(engine, catalogue, dataflow, ratio, counts, keys)
    )
    distinct = engine.table(
        f"SELECT DISTINCT numerator, denominator FROM ({pairs}) WHERE numerator IS NOT NULL "
        "AND denominator > 0 ORDER BY ALL"
    )
    name = f"ratio_{dataflow.id}_{ratio.id}"
    engine.connection.register(name, _computed(distinct, ratio))
    columns = ", ".join(f"p.{quote(key)}" for key in keys)
    return f"""
        SELECT {columns}, {literal(ratio.id)} AS MEASURE, c.value AS OBS_VALUE, c.lower AS LOWER, c.upper AS UPPER,
            CASE WHEN c.value IS NOT NULL THEN 'A' WHEN p.redacted THEN 'Q' ELSE 'M' END AS OBS_STATUS,
            CASE WHEN p.redacted THEN 'C' ELSE 'F' END AS CONF_STATUS
        FROM ({pairs}) AS p LEFT JOIN {quote(name)} AS c
            ON c.numerator = p.numerator AND c.denominator = p.denominator"""


def _share_pairs(ratio: Ratio, counts: str, keys: list[str]) -> str:
    joined, own = ", ".join(map(quote, keys)), ", ".join(f"n.{quote(key)}" for key in keys)
    part = f"(SELECT * FROM {counts} WHERE MEASURE = {{}})"
    return f"""
        SELECT {own}, CASE WHEN n.OBS_VALUE <= d.OBS_VALUE THEN n.OBS_VALUE ELSE d.OBS_VALUE + 0 * n.OBS_VALUE END
            AS numerator, d.OBS_VALUE AS denominator,
            n.CONF_STATUS = 'C' OR d.CONF_STATUS = 'C' AS redacted
        FROM {part.format(literal(ratio.numerator))} AS n
        JOIN {part.format(literal(ratio.denominator))} AS d USING ({joined})"""


def _rate_pairs(
    engine: Engine, catalogue: Catalogue, dataflow: Dataflow, ratio: Ratio, counts: str, keys: list[str]
) -> str:
    import pyarrow as pa

    if not ratio.denominator.startswith("population:") or dataflow.frequency != "A":
        raise CatalogueError(
            "E-CAT-067",
            f"rate {ratio.id} of table {dataflow.id} needs yearly periods and a denominator population:<id>",
            where=str(dataflow.place or dataflow.id),
        )
    identifier = ratio.denominator.removeprefix("population:")
    rows = catalogue.population(identifier)
    name = f"population_{identifier}"
    engine.connection.register(
        name,
        pa.table(
            {
                "area": [row.area for row in rows],
                "sex": [row.sex for row in rows],
                "age": [row.age for row in rows],
                "year": [row.year for row in rows],
                "population": [row.population for row in rows],
            }
        ),
    )
    tests = {column: literal(TOTAL) for column in POPULATION_FIELDS.values()}
    for dimension in dataflow.dimensions:
        column = POPULATION_FIELDS.get(dimension.field.rsplit(".", 1)[-1])
        if column:
            tests[column] = f"n.{quote(dimension.id)}"
    on = " AND ".join(f"d.{column} = {value}" for column, value in tests.items())
    own = ", ".join(f"n.{quote(key)}" for key in keys)
    return f"""
        SELECT {own}, n.OBS_VALUE AS numerator, d.population AS denominator, n.CONF_STATUS = 'C' AS redacted
        FROM (SELECT * FROM {counts} WHERE MEASURE = {literal(ratio.numerator)}) AS n
        LEFT JOIN {quote(name)} AS d ON {on} AND CAST(d.year AS VARCHAR) = n.TIME_PERIOD"""


def _computed(pairs: pa.Table, ratio: Ratio) -> pa.Table:
    """Return (numerator, denominator, value, lower, upper), rounded to the digits that counts of this size bear."""
    import numpy as np
    import pyarrow as pa

    numerator = pairs["numerator"].to_numpy().astype(float)
    denominator = pairs["denominator"].to_numpy().astype(float)
    if ratio.kind == "share":
        lower, upper = wilson(numerator, denominator)
    else:
        lower, upper = (end / denominator for end in garwood(numerator))
    columns = {"value": numerator / denominator, "lower": lower, "upper": upper}
    rounded = {name: pa.array(np.round(values * ratio.per, 4)) for name, values in columns.items()}
    return pa.table({"numerator": pairs["numerator"], "denominator": pairs["denominator"], **rounded})
