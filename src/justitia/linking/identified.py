"""Random ids for mentions: drawn once, kept in the vault, and the same whenever the same records are gathered again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from justitia.engine import literal, quote

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.linking.mentions import Gathered, Wanted

MENTIONS = "mentions"


def identify(
    engine: Engine,
    wanted: Sequence[Wanted],
    gathered: Sequence[Gathered],
    fields: Sequence[str],
    earlier: pa.Table | None,
) -> pa.Table:
    """Make the table `mentions` (mention_id, dataset, fields) and return which unit is of which mention.

    A mention keeps the id that the first of its units had before; ids are drawn for the others.

    Args:
        engine: an engine that writes nothing to disk.
        wanted, gathered: the datasets and what was gathered of each.
        fields: of the linkage.
        earlier: units of the last run (as returned); None before the first.

    Returns:
        source_id, record, dataset, unit, agency_id, mention_id, group_sex, group_age; no mention for records that are
        linked to nothing. Records whose identities were dropped after an earlier run keep their mention.
    """
    listed = ", ".join(map(quote, fields))
    variants = " UNION ALL ".join(f"SELECT variant, dataset, {listed} FROM {one.variants}" for one in gathered)
    units = " UNION ALL ".join(
        f"SELECT {literal(w.layout.source_id)} AS source_id, {literal(w.record)} AS record, * FROM {one.units}"
        for w, one in zip(wanted, gathered, strict=True)
    )
    engine.execute(f"CREATE OR REPLACE TEMP TABLE gathered_units AS {units}")
    _known(engine, earlier)
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {MENTIONS} AS
        SELECT coalesce(k.mention_id, CAST(uuid() AS VARCHAR)) AS mention_id, v.dataset, {listed}, v.variant
        FROM ({variants}) AS v LEFT JOIN known_mentions AS k USING (dataset, variant)""")
    found = engine.table(f"""SELECT source_id, record, u.dataset, u.unit, u.agency_id,
            CASE WHEN u.excluded THEN NULL ELSE coalesce(m.mention_id, e.mention_id) END AS mention_id,
            u.group_sex, u.group_age
        FROM gathered_units AS u LEFT JOIN {MENTIONS} AS m USING (dataset, variant)
        LEFT JOIN earlier_mentions AS e ON u.variant IS NULL AND e.dataset = u.dataset AND e.unit = u.unit
        ORDER BY 1, 2, 4""")
    engine.execute(f"ALTER TABLE {MENTIONS} DROP COLUMN variant")
    for name in (
        "gathered_units",
        "known_mentions",
        "earlier_mentions",
        *(one.variants for one in gathered),
        *(g.units for g in gathered),
    ):
        engine.execute(f"DROP TABLE {name}")
    return found


def _known(engine: Engine, earlier: pa.Table | None) -> None:
    """Make the table `known_mentions` (dataset, variant, mention_id): each id goes to one variant, each has one."""
    import pyarrow as pa

    names = ("dataset", "unit", "mention_id")
    empty = pa.table({name: pa.array([], pa.string()) for name in names})
    with engine.registered("earlier_units", empty if earlier is None else earlier.select(names)) as relation:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE earlier_mentions AS SELECT * FROM {relation}")
    engine.execute("""CREATE OR REPLACE TEMP TABLE known_mentions AS
            SELECT dataset, variant, mention_id FROM (
                SELECT g.dataset, g.variant, e.mention_id, min(g.unit) AS first
                FROM gathered_units AS g JOIN earlier_mentions AS e USING (dataset, unit)
                WHERE g.variant IS NOT NULL AND e.mention_id IS NOT NULL GROUP BY 1, 2, 3
                QUALIFY row_number() OVER (PARTITION BY g.dataset, e.mention_id ORDER BY first, g.variant) = 1)
            QUALIFY row_number() OVER (PARTITION BY dataset, variant ORDER BY first, mention_id) = 1""")
