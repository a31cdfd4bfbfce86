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


LEAST_BUDGET = 1_000_000  # pairs that even a small file may be compared by
A_RECORD = 8  # pairs for each record of a large file
A_RULE = 3  # of these, for one rule


@dataclass(frozen=True, slots=True)
class Block:
    """A blocking rule as it was used.

    Args:
        column: with the hashed key.
        needs: parts of fields that must be equal.
        pairs: pairs that share a key that was kept; pairs of earlier rules are among them.
        largest: records that may share a key; commoner keys are left out.
        left_out: records whose key too many share.
    """

    column: str
    needs: tuple[str, ...]
    pairs: int
    largest: int
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

    Rules share a budget of pairs, in their order, that grows as the file does. A rule that would give more leaves out
    its commonest keys; one for which nothing is left is not used.

    Args:
        engine: holds the cleaned mentions.
        cleaned: their relation.
        rules: columns of each rule.
        largest: records that may share a key at the most.
        keys: columns of deterministic keys, which come first and take nothing from the budget.
    """
    records = int(engine.value(f"SELECT count(*) FROM {cleaned}"))
    left = max(LEAST_BUDGET, A_RECORD * records)
    by_rule = max(LEAST_BUDGET // 2, A_RULE * records)
    made: list[Block] = []
    columns, joins = [], []
    for place, needs in enumerate([*keys, *rules]):
        is_key = place < len(keys)
        block = _count(engine, cleaned, needs, len(made), largest, min(by_rule, left) if not is_key else None)
        if block.pairs:
            made.append(block)
            number = len(made) - 1
            columns.append(f"k{number}.k AS {block.column}")
            joins.append(f"LEFT JOIN linking_key_{number} AS k{number} ON k{number}.k = {_hashed(needs)}")
            left -= 0 if is_key else block.pairs
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {BLOCKED} AS SELECT {', '.join(['c.*', *columns])} FROM {cleaned} AS c "
        f"{' '.join(joins)}"
    )
    for number in range(len(made) + 1):
        engine.execute(f"DROP TABLE IF EXISTS linking_key_{number}")
    return tuple(made)


def _hashed(needs: Sequence[str]) -> str:
    """Return SQL of the key of a record, null where a part is missing."""
    filled = " AND ".join(f"{quote(name)} IS NOT NULL" for name in needs)
    return f"CASE WHEN {filled} THEN hash({', '.join(map(quote, needs))}) END"


def _count(engine: Engine, cleaned: str, needs: Sequence[str], number: int, largest: int, budget: int | None) -> Block:
    """Make the table of a rule's keys that are kept."""
    table = f"linking_key_{number}"
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {_hashed(needs)} AS k, count(*) AS n FROM {cleaned} "
        "GROUP BY k HAVING n > 1 AND k IS NOT NULL"
    )
    sizes = engine.rows(f"SELECT n, count(*) * n * (n - 1) // 2, count(*) * n FROM {table} GROUP BY n ORDER BY n")
    pairs = most = left_out = 0
    for size, more, records in sizes:
        if size <= largest and (budget is None or pairs + more <= budget):
            pairs, most = pairs + int(more), int(size)
        else:
            largest, left_out = min(largest, most), left_out + int(records)
    engine.execute(f"DELETE FROM {table} WHERE n > {most}")
    return Block(f"block_{number}", tuple(needs), pairs, most, left_out)


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
