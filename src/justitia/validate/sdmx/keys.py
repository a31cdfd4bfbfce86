"""Keys: each observation once, and attributes the same within what they are attached to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from justitia.engine import quote
from justitia.findings import Finding
from justitia.validate.sdmx.observations import Observations, key_of


def check_keys(data: Observations) -> Iterator[Finding]:
    """Yield keys that stand more than once."""
    key, hashed = ", ".join(map(quote, data.key)), data.hash_sql(data.key)
    if not data.key:
        return
    twice = f"SELECT {hashed} AS h FROM {data.relation} GROUP BY h HAVING count(*) > 1"
    if not data.engine.value(f"SELECT count(*) FROM (SELECT h FROM ({twice}) LIMIT 1)"):
        return
    # Two keys may have one hash: only now are whole keys compared.
    repeated = f"""SELECT {data.key_sql()} AS k, count(*) AS n FROM {data.relation}
        WHERE {hashed} IN ({twice}) GROUP BY {key} HAVING count(*) > 1"""
    keys, rows = data.engine.rows(f"SELECT count(*), coalesce(sum(n), 0) FROM ({repeated})")[0]
    shown = data.engine.rows(f"SELECT k, n FROM ({repeated}) ORDER BY n DESC, k LIMIT {data.limit}")
    for text, count in shown:
        message = f"{key_of(text)} stands {count} times: keep one observation for each key"
        yield data.finding("V-SDX-005", "", message, count=count)
    rest = rows - sum(count for _, count in shown)
    yield from data.more("V-SDX-005", "", f"observations with {keys - len(shown):,} other repeated keys", rest)


def check_attachment(data: Observations) -> Iterator[Finding]:
    """Yield attributes that differ where the structure has one value: within a series, a group, the data set."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for item in data.given:
        if item.role == "attribute" and item.attached_to is not None:
            alike[tuple(name for name in item.attached_to if name in data.columns)].append(item.id)
    for dimensions, attributes in alike.items():
        differing = ", ".join(f"min({quote(name)}) IS DISTINCT FROM max({quote(name)})" for name in attributes)
        groups = f"SELECT {data.hash_sql(dimensions)} AS h, {differing} FROM {data.relation} GROUP BY h"
        heads = ", ".join(f"d{number}" for number in range(len(attributes)))
        counted = ", ".join(f"count(*) FILTER (WHERE d{number})" for number in range(len(attributes)))
        counts = data.engine.rows(f"SELECT {counted} FROM ({groups}) AS g(h, {heads})")[0]
        for name, count in zip(attributes, counts, strict=True):
            if count:
                yield from _differing(data, name, dimensions, count)


def _differing(data: Observations, name: str, dimensions: tuple[str, ...], count: int) -> Iterator[Finding]:
    least, most = f"min({quote(name)})", f"max({quote(name)})"
    rows = data.engine.rows(
        f"""SELECT min({data.key_sql()}) AS k, {least}, {most} FROM {data.relation}
        GROUP BY {data.hash_sql(dimensions)} HAVING {least} IS DISTINCT FROM {most} ORDER BY k LIMIT {data.limit}"""
    )
    where = f"the same {', '.join(dimensions)}" if dimensions else "the whole data set"
    if len(dimensions) > 4:
        where = "one series"
    for text, low, high in rows:
        message = f"{name} is both [{low}] and [{high}] within {where}: give one value; first at {key_of(text)}"
        yield data.finding("V-SDX-011", name, message)
    yield from data.more("V-SDX-011", name, "groups of observations", count - len(rows))
