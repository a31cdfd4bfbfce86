"""Mentions: one row for each person as one dataset knows him or her, in memory alone, decrypted from the vault.

Records under one number of an agency are one mention where their names or dates of birth agree; where they do not, the
number is used for two people, and each is a mention of its own. Records without a number are each a mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.engine import literal, quote

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.metadata.definitions import Layout
    from justitia.vault import Vault

ALIKE = 0.85  # Jaro-Winkler: names under one number of an agency that differ by no more are typed by another hand
NAMES, BORN = ("given_name", "family_name"), "birth_date"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A dataset that takes part in a linkage.

    Args:
        dataset: its name in the linkage.
        layout: of its source.
        record: name of the record in the layout.
        fields: field of the linkage -> field of the vault or of the record.
        kinds: field of the linkage -> kind of field (`given_name`, `family_name`, `date`, ...).
        excluded: SQL condition over the fields of vault and record; such records are linked to nothing.
    """

    dataset: str
    layout: Layout
    record: str
    fields: Mapping[str, str]
    kinds: Mapping[str, str]
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered of one dataset, as relations of the engine.

    Args:
        variants: name of the table (variant, dataset, unit count, fields).
        units: name of the table (dataset, unit, agency_id, variant; variant is null for excluded records).
        records: units with identities.
        excluded: units left out by the declared condition.
        shared_numbers: numbers of the agency that are used for more than one person.
    """

    variants: str
    units: str
    records: int
    excluded: int
    shared_numbers: int


def gather(engine: Engine, wanted: Wanted, rows: str, own: Iterable[str], vault: Vault, number: int) -> Gathered:
    """Return the mentions of a dataset.

    Args:
        engine: an engine that writes nothing to disk.
        wanted: the dataset.
        rows: relation of the source's current rows.
        own: `<record>.<field>` columns there.
        vault: opened.
        number: of the dataset, for the names of its tables.
    """
    record = next(item for item in wanted.layout.records if item.name == wanted.record)
    held = [name.split(".", 1)[1] for name in own if name.split(".", 1)[0] == record.name]
    name = f"linking_{number}"
    vaulted = _load_identities(engine, wanted, vault, f"{name}_identities")
    stored = [field for field in held if field not in vaulted]
    person = quote(f"{record.name}.person_id") if "person_id" in held else "NULL"
    columns = [f"{person} AS agency_id"]
    columns += [f"{quote(f'{record.name}.{field}')} AS {quote(field)}" for field in stored if field != "person_id"]
    from justitia.collect.records import unit_select

    units = unit_select(wanted.layout, record, rows, columns)
    excluded = f"coalesce({wanted.excluded}, FALSE)" if wanted.excluded else "FALSE"
    fields = ", ".join(
        f"{_value(wanted, field, source, vaulted, stored)} AS {quote(field)}" for field, source in wanted.fields.items()
    )
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {name}_records AS
        SELECT unit, agency_id, {excluded} AS excluded, {_groups(stored)}, {fields}
        FROM ({units}) AS u LEFT JOIN {name}_identities AS i USING (record_id, batch_id)""")
    engine.execute(f"DROP TABLE {name}_identities")
    identities = [quote(field) for field, source in wanted.fields.items() if source in vaulted]
    return _variants(engine, wanted, name, identities)


def _groups(stored: Sequence[str]) -> str:
    """Return SQL of the groups by which unlinked shares are told: sex, and age in steps of ten years."""
    sex = "CAST(sex AS VARCHAR)" if "sex" in stored else "CAST(NULL AS VARCHAR)"
    age = (
        "CAST(age // 10 * 10 AS VARCHAR) || '-' || CAST(age // 10 * 10 + 9 AS VARCHAR)"
        if "age" in stored
        else "CAST(NULL AS VARCHAR)"
    )
    return f"{sex} AS group_sex, {age} AS group_age"


def _value(wanted: Wanted, field: str, source: str, vaulted: Sequence[str], stored: Sequence[str]) -> str:
    """Return SQL of a field of the linkage; dates of the vault, kept as they were sent, are written as ISO dates."""
    from justitia.collect.parsing import text_sql, value_sql

    if source in vaulted and wanted.kinds.get(field) == "date":
        given = next(c for c in wanted.layout.columns if c.record == wanted.record and (c.field or c.column) == source)
        text = text_sql(quote(source), wanted.layout.format.null_values)
        parsed = value_sql(text, type_="date", declared=wanted.layout.format, date_format=given.format)
        return f"CAST({parsed} AS VARCHAR)"
    if source not in vaulted and source not in stored:
        return "CAST(NULL AS VARCHAR)"
    return f"nullif(trim(nfc_normalize(CAST({quote(source)} AS VARCHAR))), '')"


def _load_identities(engine: Engine, wanted: Wanted, vault: Vault, table: str) -> list[str]:
    """Load the dataset's identities, one row per record and batch, and return the names of the vault's fields."""
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = pa.schema([(name, pa.string()) for name in ("record_id", "field", "value", "batch_id")])
    parts = []
    for batch_id, part in vault.identities(wanted.layout.source_id):
        mine = part.filter(pc.equal(part["record"], wanted.record)).select(["record_id", "field", "value"])
        parts.append(mine.append_column("batch_id", pa.array([batch_id] * mine.num_rows, pa.string())))
    held: pa.Table = pa.concat_tables([schema.empty_table(), *(part.cast(schema) for part in parts)])
    declared = {c.field or c.column for c in wanted.layout.columns if c.action == "vault" and c.record == wanted.record}
    names = sorted(declared)
    with engine.registered(f"{table}_held", held) as relation:
        picked = "".join(f", min(value) FILTER (field = {literal(n)}) AS {quote(n)}" for n in names)
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT record_id, batch_id{picked} FROM {relation} GROUP BY 1, 2"
        )
    return names


def _variants(engine: Engine, wanted: Wanted, name: str, identities: Sequence[str]) -> Gathered:
    """Join what one number of the agency stands for, and keep apart what cannot be one person."""
    fields = [quote(field) for field in wanted.fields]
    listed = ", ".join(fields)
    filled = " OR ".join(f"{field} IS NOT NULL" for field in identities) or "FALSE"
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {name}_written AS
        SELECT coalesce(agency_id, unit) AS ref, {listed}, count(*) AS times, min(unit) AS first
        FROM {name}_records WHERE NOT excluded AND ({filled}) GROUP BY ALL""")
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {name}_anchored AS
        SELECT w.*, a.first AS anchor, {_agrees(wanted)} AS agrees
        FROM {name}_written AS w JOIN (SELECT * FROM {name}_written
            QUALIFY row_number() OVER (PARTITION BY ref ORDER BY times DESC, first) = 1) AS a ON a.ref = w.ref""")
    # What agrees with the most usual way of writing is one mention; whatever else stands under the number is another.
    person = "CASE WHEN w.agrees THEN '' ELSE w.first END"
    said = ", ".join(f"arg_max({f}, times) FILTER ({f} IS NOT NULL) AS {f}" for f in fields)
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {name}_variants AS
        SELECT min(first) AS variant, {literal(wanted.dataset)} AS dataset, ref, {person} AS person, {said}
        FROM (SELECT * FROM {name}_anchored ORDER BY ref, times DESC, first) AS w GROUP BY ref, person""")
    same = " AND ".join(f"r.{field} IS NOT DISTINCT FROM w.{field}" for field in fields)
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {name}_units AS
        SELECT {literal(wanted.dataset)} AS dataset, r.unit, r.agency_id, v.variant, r.excluded, group_sex, group_age
        FROM {name}_records AS r
        LEFT JOIN {name}_anchored AS w ON NOT r.excluded AND w.ref = coalesce(r.agency_id, r.unit) AND {same}
        LEFT JOIN {name}_variants AS v ON v.ref = w.ref AND v.person = {person}""")
    counted: tuple[Any, ...] = engine.rows(f"SELECT count(*), count(*) FILTER (excluded) FROM {name}_records")[0]
    shared = engine.value(f"SELECT count(DISTINCT ref) FROM {name}_variants WHERE person <> ''")
    for left in ("records", "written", "anchored"):
        engine.execute(f"DROP TABLE {name}_{left}")
    return Gathered(f"{name}_variants", f"{name}_units", int(counted[0]), int(counted[1]), int(shared))


def _agrees(wanted: Wanted) -> str:
    """Return SQL: whether the way of writing `w` may be the person of the most usual one `a`."""
    tests = []
    for field, kind in wanted.kinds.items():
        one, other = f"w.{quote(field)}", f"a.{quote(field)}"
        if kind in NAMES:
            tests.append(f"coalesce(jaro_winkler_similarity(lower({one}), lower({other})) >= {ALIKE}, FALSE)")
        elif kind == "date":
            tests.append(f"coalesce({one} = {other}, FALSE)")
    empty = " AND ".join(
        f"(w.{quote(field)} IS NULL OR a.{quote(field)} IS NULL)"
        for field, kind in wanted.kinds.items()
        if kind in NAMES or kind == "date"
    )
    # Two of name, family name and birth date: a family shares its name, and a placeholder date is shared by many.
    enough = (
        f"(({' + '.join(f'CAST({test} AS INTEGER)' for test in tests)}) >= {min(2, len(tests))})" if tests else "TRUE"
    )
    return f"({enough} OR ({empty or 'TRUE'}))"
