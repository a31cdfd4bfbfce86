"""What two records must share to be compared: hashed keys, from which values that too many records share are left out.

So the number of pairs grows with the file and not with its square: a common name alone stops being a key as the file
grows, and the rules that ask for more beside it find the pair (Christen, Data Matching, 2012, chapter 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.integrate.cleaning import part_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage

BLOCKED = "linking_blocked"


@dataclass(frozen=True, slots=True)
class Block:
    """A blocking rule as it was used.

    Args:
        column: with the hashed key.
        needs: parts of fields that must be equal.
        pairs: pairs that share a key that was kept; pairs of earlier rules are among them.
        left_out: records whose key too many share.
    """

    column: str
    needs: tuple[str, ...]
    pairs: int
    left_out: int


def chosen_rules(linkage: Linkage, rules: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the columns of each rule that the linkage's fields can serve: its own, or those of the catalogue."""
    if linkage.blocking:
        return [tuple(part_column(*_split(item)) for item in rule) for rule in linkage.blocking]
    of_kind: dict[str, str] = {}
    for field in linkage.fields:
        of_kind.setdefault(field.kind, field.id)
    made = []
    for rule in rules:
        split = [_split(item) for item in rule]
        if all(kind in of_kind for kind, _ in split):
            made.append(tuple(part_column(of_kind[kind], part) for kind, part in split))
    return list(dict.fromkeys(made))


def _split(item: str) -> tuple[str, str]:
    name, _, part = item.partition(":")
    return name, part


def make_blocks(
    engine: Engine,
    cleaned: str,
    rules: Sequence[tuple[str, ...]],
    *,
    largest: int,
    keys: Sequence[tuple[str, ...]] = (),
) -> tuple[Block, ...]:
    """Make `linking_blocked`: the cleaned mentions with a hashed key for each rule; return the rules as used.

    Args:
        engine: holds the cleaned mentions.
        cleaned: their relation.
        rules: columns of each rule.
        largest: records that may share a key; commoner keys are left out.
        keys: columns of deterministic keys, which come first and are never left out.
    """
    columns, joins, made = [], [], []
    for number, needs in enumerate([*keys, *rules]):
        key = f"hash({', '.join(map(quote, needs))}, {number})"
        filled = " AND ".join(f"{quote(name)} IS NOT NULL" for name in needs)
        most = largest if number >= len(keys) else 1 << 60
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE linking_key_{number} AS SELECT {key} AS k, count(*) AS n FROM {cleaned} "
            f"WHERE {filled} GROUP BY k HAVING n > 1"
        )
        pairs, left = engine.rows(
            f"SELECT coalesce(sum(n * (n - 1) // 2) FILTER (n <= {most}), 0), coalesce(sum(n) FILTER (n > {most}), 0) "
            f"FROM linking_key_{number}"
        )[0]
        columns.append(f"k{number}.k AS block_{number}")
        joins.append(f"LEFT JOIN linking_key_{number} AS k{number} ON {filled} AND n <= {most} AND k{number}.k = {key}")
        made.append(Block(f"block_{number}", needs, int(pairs), int(left)))
    kept = ", ".join(["c.*", *columns])
    joined = " ".join(_qualified(join, number) for number, join in enumerate(joins))
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {BLOCKED} AS SELECT {kept} FROM {cleaned} AS c {joined}")
    for number in range(len(made)):
        engine.execute(f"DROP TABLE linking_key_{number}")
    return tuple(made)


def _qualified(join: str, number: int) -> str:
    return join.replace(" n <= ", f" k{number}.n <= ")


def keep_near(engine: Engine, blocks: Sequence[Block], within: str) -> str:
    """Keep in `linking_blocked` the new mentions and those that share a key with one; return SQL that a pair is new.

    Args:
        engine: holds `linking_blocked`.
        blocks: its keys.
        within: relation (mention_id) of new mentions.
    """
    new = f"(SELECT * FROM {BLOCKED} WHERE mention_id IN (SELECT mention_id FROM {within}))"
    near = " UNION ".join(
        f"SELECT mention_id FROM {BLOCKED} WHERE {block.column} IN (SELECT {block.column} FROM {new})"
        for block in blocks
    )
    own = f"SELECT mention_id FROM {within}"
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {BLOCKED} AS SELECT *, mention_id IN ({own}) AS is_new FROM {BLOCKED} "
        f"WHERE mention_id IN ({near} UNION {own})"
    )
    return " AND (l.is_new OR r.is_new)"
