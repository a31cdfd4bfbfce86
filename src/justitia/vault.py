"""The vault: identities apart from the store, encrypted, under a key that is not kept beside them.

Files are sequences of AES-256-GCM chunks, each an Arrow IPC stream; the file name and the chunk's place are
authenticated, so that chunks cannot be moved or cut off unseen. The store holds random person ids, drawn here once
and written before they are used. Without a key there is no vault, and identity columns are dropped at the door.
"""

from __future__ import annotations

import os
import struct
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import RequestError
from justitia.store import disk_faults, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine

KEY_BYTES = 32
_CHECK = b"justitia vault"


def create_key(path: Path) -> None:
    """Write a new random key of 256 bits, readable by its owner only.

    Raises:
        RequestError: E-VLT-001 when the file exists (a key is never overwritten).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise RequestError(
            "E-VLT-001",
            "a key file exists already",
            where=str(path),
            remedy="Name another file; keys are never replaced",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))


class Vault:
    """The encrypted folder of identities and of the person ids drawn for them.

    Args:
        folder: `vault/` of a workspace.
        key_file: file with the key, outside the workspace.

    Raises:
        RequestError: E-VLT-002 for a missing or short key, E-VLT-003 for a key of another vault.
    """

    def __init__(self, folder: Path, key_file: Path) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not key_file.exists() or len(key_file.read_bytes()) != KEY_BYTES:
            raise RequestError(
                "E-VLT-002",
                f"the vault's key file is missing or is not {KEY_BYTES} bytes long",
                where=str(key_file),
                remedy="Name the right file in justitia.toml ([vault] key_file) or in JUSTITIA_VAULT_KEY_FILE",
            )
        self.folder = folder
        self._cipher = AESGCM(key_file.read_bytes())
        check = folder / "check"
        if not check.exists():
            write_atomically(check, self._seal(_CHECK, b"check"))
        try:
            self._open(check.read_bytes(), b"check")
        except InvalidTag as error:
            raise RequestError(
                "E-VLT-003",
                "this key does not open this vault",
                where=str(key_file),
                remedy="Use the key that the vault was made with; without it identities cannot be read by anyone",
            ) from error

    # -- persons --------------------------------------------------------------------------------------------------
    def persons(self, source_id: str) -> pa.Table:
        """Return (value, person_id): the agency's person numbers of a source and the random ids drawn for them."""
        import pyarrow as pa

        schema = pa.schema([("value", pa.string()), ("person_id", pa.string())])
        tables = [table for file in self._files("persons", source_id) for table in self._read(file)]
        return pa.concat_tables([schema.empty_table(), *tables])

    def draw(self, engine: Engine, *, source_id: str, batch_id: str, values: str) -> None:
        """Draw and commit a random person id for each number in relation `values` (value) that has none yet."""
        import pyarrow as pa
        import pyarrow.compute as pc

        # The engine only streams: what it sorts or makes distinct may be written to disk, and these are identities.
        reader = engine.connection.sql(f"SELECT value FROM {values}").to_arrow_reader(100_000)
        parts = [pc.unique(batch["value"].cast(pa.string())) for batch in reader]
        found = pc.unique(pa.chunked_array(parts, pa.string())).drop_null()
        new = found.filter(pc.invert(pc.is_in(found, value_set=self.persons(source_id)["value"].combine_chunks())))
        if len(new):
            new = new.take(pc.sort_indices(new))
            ids = pa.array([str(uuid.uuid4()) for _ in range(len(new))], pa.string())
            self._write(self._free(f"persons/{source_id}.{batch_id}"), [pa.table({"value": new, "person_id": ids})])

    # -- identities -----------------------------------------------------------------------------------------------
    def keep(self, *, source_id: str, batch_id: str, batches: Iterable[pa.RecordBatch]) -> None:
        """Keep the identities of a batch: (record_id, record, field, value) as Arrow record batches."""
        import pyarrow as pa

        self._write(f"identities/{source_id}.{batch_id}.enc", (pa.Table.from_batches([batch]) for batch in batches))

    def identities(self, source_id: str) -> Iterator[tuple[str, pa.Table]]:
        """Yield (batch id, identities as `keep` was given them) of a source: for linking alone, and in memory alone."""
        for file in self._files("identities", source_id):
            batch_id = file.name.removeprefix(f"{source_id}.").removesuffix(".enc")
            yield from ((batch_id, table) for table in self._read(file))

    def drop_identities(self, *, source_id: str, record: str) -> int:
        """Remove the identities of one record of a layout from all batches received so far; return how many values.

        Person ids stay: the same number of the agency has the same id when it comes again.
        """
        import pyarrow.compute as pc

        removed = 0
        for file in self._files("identities", source_id):
            tables = list(self._read(file))
            kept = [table.filter(pc.not_equal(table["record"], record)) for table in tables]
            removed += sum(table.num_rows for table in tables) - sum(table.num_rows for table in kept)
            self._write(str(file.relative_to(self.folder)), kept)
        return removed

    def forget(self, *, source_id: str, record_ids: pa.Array, person_ids: pa.Array) -> int:
        """Rewrite the source's files without these records and persons; return the number of entries removed."""
        import pyarrow.compute as pc

        removed = 0
        for kind, column, ids in (("identities", "record_id", record_ids), ("persons", "person_id", person_ids)):
            for file in self._files(kind, source_id):
                tables = list(self._read(file))
                kept = [table.filter(pc.invert(pc.is_in(table[column], value_set=ids))) for table in tables]
                removed += sum(table.num_rows for table in tables) - sum(table.num_rows for table in kept)
                self._write(str(file.relative_to(self.folder)), kept)
        return removed

    def drop_batch(self, source_id: str, batch_id: str) -> None:
        """Remove the identities of a batch that is received anew."""
        (self.folder / "identities" / f"{source_id}.{batch_id}.enc").unlink(missing_ok=True)

    # -- links ----------------------------------------------------------------------------------------------------
    def keep_links(self, name: str, table: pa.Table) -> None:
        """Keep a table of a linkage: random ids, weights and decisions, never an identity."""
        self._write(f"links/{name}.enc", [table])

    def links(self, name: str) -> pa.Table | None:
        """Return a kept table of a linkage; None before it was kept."""
        import pyarrow as pa

        path = self.folder / "links" / f"{name}.enc"
        return pa.concat_tables(self._read(path)) if path.exists() else None

    # -- files ----------------------------------------------------------------------------------------------------
    def _files(self, kind: str, source_id: str) -> list[Path]:
        return sorted((self.folder / kind).glob(f"{source_id}.*.enc"))

    def _free(self, start: str) -> str:
        """Return a name that no file has: ids drawn for a file that was refused are used when it comes again."""
        name, number = f"{start}.enc", 1
        while (self.folder / name).exists():
            number += 1
            name = f"{start}.{number}.enc"
        return name

    def _seal(self, data: bytes, place: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, data, place)

    def _open(self, data: bytes, place: bytes) -> bytes:
        return self._cipher.decrypt(data[:12], data[12:], place)

    def _write(self, name: str, tables: Iterable[pa.Table]) -> None:
        import pyarrow as pa

        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.aside")
        with disk_faults(path), aside.open("wb") as file:
            aside.chmod(0o600)
            number = 0
            for table in tables:
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, table.schema) as writer:
                    writer.write_table(table)
                self._append(file, sink.getvalue().to_pybytes(), f"{name}#{number}")
                number += 1
            self._append(file, b"", f"{name}#{number}#end")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def _append(self, file: object, data: bytes, place: str) -> None:
        sealed = self._seal(data, place.encode())
        file.write(struct.pack(">Q", len(sealed)) + sealed)  # type: ignore[attr-defined]

    def _read(self, path: Path) -> Iterator[pa.Table]:
        import pyarrow as pa
        from cryptography.exceptions import InvalidTag

        name, number = str(path.relative_to(self.folder)), 0
        try:
            with path.open("rb") as file:
                while len(header := file.read(8)) == 8:
                    sealed = file.read(struct.unpack(">Q", header)[0])
                    try:
                        data = self._open(sealed, f"{name}#{number}".encode())
                    except InvalidTag:
                        self._open(sealed, f"{name}#{number}#end".encode())
                        if not file.read(1):
                            return
                        break
                    yield pa.ipc.open_stream(data).read_all()
                    number += 1
        except (InvalidTag, ValueError, OverflowError, MemoryError) as error:
            raise _damaged(path) from error
        raise _damaged(path)


def _damaged(path: Path) -> RequestError:
    return RequestError(
        "E-VLT-004",
        "the file of the vault is cut off or was changed",
        where=str(path),
        remedy="Restore the vault from a backup",
    )
