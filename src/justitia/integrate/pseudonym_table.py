"""A file of persons to a file of tokens: in a stream, with nothing of the clear identities in what is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.engine import Engine, quote
from justitia.errors import RequestError
from justitia.integrate.cleaning import make_macros
from justitia.integrate.pseudonym_key import PseudonymKey
from justitia.integrate.pseudonym_values import ColumnHasher, IdentityColumn
from justitia.metadata.linking_material import LinkingMaterial
from justitia.metadata.pseudonyms import Pseudonyms
from justitia.store import disk_faults

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000  # at a time


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of a file.

    Args:
        columns: with identities.
        keep: columns that are copied as they are; none of them may hold an identity.
        keys: the key, and during a rotation the one before.
        settings, material: of the catalogue.
    """

    columns: Sequence[IdentityColumn]
    keep: Sequence[str]
    keys: Sequence[PseudonymKey]
    settings: Pseudonyms
    material: LinkingMaterial


@dataclass(slots=True)
class Made:
    """What was made.

    Args:
        rows: number of rows written.
        missing: field -> rows without a token: empty or a placeholder.
    """

    rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)


def check_order(order: Order, columns: Sequence[str]) -> None:
    """Refuse an order that names what the file lacks or lets a clear identity through.

    Args:
        order: what is asked for.
        columns: of the file.

    Raises:
        RequestError: E-PSE-010 for a column that the file lacks, E-PSE-011 for one that is kept and hashed or a field
            that is named twice, E-PSE-012 for two keys that are one, E-PSE-013 where nothing is to be hashed.
    """
    hashed, fields = [item.column for item in order.columns], [item.field for item in order.columns]
    lacking = [name for name in (*hashed, *order.keep) if name not in columns]
    if not hashed:
        remedy = 'For example --column "Surname=family_name"'
        raise RequestError("E-PSE-013", "no column to hash is named", remedy=remedy)
    if lacking:
        remedy = f"Its columns are {', '.join(columns)}"
        raise RequestError("E-PSE-010", f"the file has no column [{lacking[0]}]", remedy=remedy)
    if set(hashed) & set(order.keep) or len(set(fields)) < len(fields):
        raise RequestError(
            "E-PSE-011",
            "a column is both kept in clear and hashed, or two columns have the same field",
            remedy="Keep the agency's record number only; name each field once",
        )
    if len({key.id for key in order.keys}) < len(order.keys):
        remedy = "Leave --before-file out, or name the old key"
        raise RequestError("E-PSE-012", "the key and the one before are the same", remedy=remedy)


def pseudonymise(engine: Engine, relation: str, order: Order, target: Path, scratch: Path) -> Made:
    """Write the tokens of a relation as CSV, and return counts; identities are in memory alone.

    Args:
        engine: reads the relation.
        relation: text columns as received.
        order: what is to be made.
        target: file to be written; it replaces another only when all is done.
        scratch: folder of the engine that cleans; nothing is written there.

    Raises:
        RequestError: as `check_order`.
        Unavailable: E-STO-002 when the disk refuses.
    """
    from pyarrow import csv

    check_order(order, engine.columns(relation))
    # A second engine: the first is busy with the stream.
    with Engine(scratch=scratch, threads=1) as cleaner, cleaner.without_spilling(), engine.without_spilling():
        make_macros(cleaner, order.material)
        hashers = [ColumnHasher(cleaner, item, order.keys, order.settings, order.material) for item in order.columns]
        made, schema = Made(missing={item.field: 0 for item in order.columns}), _schema(order, hashers)
        aside = target.with_name(f".{target.name}.aside")
        names = (*order.keep, *(item.column for item in order.columns))
        listed = ", ".join(f"CAST({quote(name)} AS VARCHAR)" for name in names)
        with disk_faults(target):
            try:
                with csv.CSVWriter(aside, schema) as writer:
                    for batch in engine.connection.sql(f"SELECT {listed} FROM {relation}").to_arrow_reader(ROWS):
                        writer.write_batch(_batch(batch, order, hashers, schema, made))
                aside.replace(target)
            finally:
                aside.unlink(missing_ok=True)
    return made


def _schema(order: Order, hashers: Sequence[ColumnHasher]) -> pa.Schema:
    import pyarrow as pa

    names = [*order.keep, *(name for hasher in hashers for name in hasher.names)]
    return pa.schema([(name, pa.string()) for name in names])


def _batch(
    batch: pa.RecordBatch, order: Order, hashers: Sequence[ColumnHasher], schema: pa.Schema, made: Made
) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = [batch.column(place) for place in range(len(order.keep))]
    for place, (item, hasher) in enumerate(zip(order.columns, hashers, strict=True), start=len(order.keep)):
        hashed = hasher.hash(batch.column(place))
        made.missing[item.field] += hashed[0].null_count
        arrays += hashed
    made.rows += batch.num_rows
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
