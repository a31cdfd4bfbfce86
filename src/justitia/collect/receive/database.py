"""SQL databases by URL: the rows of one declared query, streamed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.collect.receive.batches import BATCH, TextRow, TextStream
from justitia.collect.receive.cell_text import cell_text
from justitia.collect.receive.columns import check_names
from justitia.collect.receive.delimited import header_only
from justitia.collect.receive.received import Received, Rejected
from justitia.errors import LayoutError, Unavailable
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import URL, Engine

_URL = re.compile(r"^[a-z][a-z0-9+]*:/+", re.IGNORECASE)


def is_database(path: Path | str) -> bool:
    """Return whether `path` is a database URL or the name of an environment variable that holds one."""
    text = str(path)
    return text.startswith("env:") or _URL.match(text) is not None


@dataclass(frozen=True, slots=True)
class Query:
    """A query on a database; errors never show its URL's password or any value."""

    engine: Engine
    sql: str
    where: str

    def cursor_rows(self) -> Generator[tuple[Any, ...], None, None]:
        """Yield the column names, then each row, read in batches with a server-side cursor."""
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self.engine.connect() as connection:
                self._read_only(connection)
                streaming = connection.execution_options(stream_results=True, max_row_buffer=BATCH, yield_per=BATCH)
                result = streaming.execute(text(self.sql.replace(":", r"\:")))
                yield tuple(result.keys())
                for row in result:
                    yield tuple(row)
        except SQLAlchemyError as error:
            raise self._failed(error) from None

    def _read_only(self, connection: Any) -> None:
        statement = {"postgresql": "SET TRANSACTION READ ONLY", "sqlite": "PRAGMA query_only = ON"}
        if sql := statement.get(self.engine.dialect.name):
            connection.exec_driver_sql(sql)

    def _failed(self, error: Exception) -> LayoutError | Unavailable:
        from sqlalchemy.exc import InterfaceError, OperationalError

        kind = type(getattr(error, "orig", None) or error).__name__
        if isinstance(error, (OperationalError, InterfaceError)):
            return Unavailable(
                "E-RCV-014",
                f"the database does not answer the query ({kind})",
                where=self.where,
                remedy="Check address, user, password and query; then run the same command again",
            )
        return LayoutError(
            "E-RCV-020",
            f"the database refuses the query ({kind})",
            where=self.where,
            remedy="Try the query of layout.toml in the database's own client, with the same user",
        )

    def rows(self) -> Iterator[TextRow]:
        """Yield the cells of each row as text."""
        with closing(self.cursor_rows()) as rows:
            next(rows)  # the names
            for row in rows:
                yield [cell_text(value) for value in row]


def open_query(location: Path | str, declared: FileFormat) -> Query:
    """Return the declared query on the database at `location`.

    Raises:
        LayoutError: E-RCV-013 extra missing, E-RCV-015 no query or unusable URL.
    """
    try:
        import sqlalchemy
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
        from sqlalchemy.pool import NullPool
    except ImportError as error:
        raise _missing_extra() from error
    if not declared.query.strip():
        raise _unusable("the layout declares no query", "Write it in layout.toml, [format] query")
    try:
        url = _resolve(sqlalchemy.make_url(_from_environment(_as_url(location))))
        _check_exists(url)
        # The engine of the store pulls the rows one batch at a time, but not always from the same thread.
        options = {"check_same_thread": False} if url.get_backend_name() == "sqlite" else {}
        engine = sqlalchemy.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except (ImportError, NoSuchModuleError) as error:
        raise _missing_extra() from error
    except ArgumentError:
        raise _unusable("this is no database URL", "Write for example postgresql://user@host/name") from None
    return Query(engine, declared.query, f"{url.drivername}://{url.host or ''}/{Path(url.database or '').name}")


def _as_url(location: Path | str) -> str:
    """Return the URL as text; a `Path` has made one slash of several."""
    if isinstance(location, str):
        return location
    scheme, _, rest = str(location).partition(":/")
    if scheme.startswith("sqlite"):
        return f"{scheme}:////{rest}" if Path(f"/{rest}").is_file() else f"{scheme}:///{rest}"
    return f"{scheme}://{rest}" if rest else str(location)


def _from_environment(text: str) -> str:
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    if name not in os.environ:
        raise _unusable(f"the environment variable [{name}] is not set", "Set it to the database's URL or password")
    return os.environ[name]


def _resolve(url: URL) -> URL:
    """Return the URL with a driver that is in the extra, and with user and password taken from the environment."""
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if isinstance(url.password, str):
        url = url.set(password=_from_environment(url.password))
    return url.set(username=_from_environment(url.username)) if url.username else url


def _check_exists(url: URL) -> None:
    """Refuse a SQLite file that is not there: the driver would make it."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise LayoutError(
            "E-RCV-001",
            "there is no such file",
            where=Path(url.database or "").name,
            remedy="Check the name and folder",
        )


def _missing_extra() -> LayoutError:
    return LayoutError(
        "E-RCV-013", "a part for reading databases is not installed", remedy="Run `pip install justitia[sql]`"
    )


def _unusable(what: str, remedy: str) -> LayoutError:
    return LayoutError("E-RCV-015", what, remedy=remedy)


def open_database(connection: duckdb.DuckDBPyConnection, location: Path | str, declared: FileFormat) -> Received:
    """Return the opened query.

    Raises:
        LayoutError: E-RCV-003 no rows, E-RCV-005/006 names, E-RCV-013, E-RCV-015, E-RCV-020.
        Unavailable: E-RCV-014 when the database does not answer.
    """
    query = open_query(location, declared)
    with closing(query.cursor_rows()) as head:
        columns = check_names(next(head), query.where)
        if next(head, None) is None and not declared.nil_return:
            raise header_only(query.where)
    stream = TextStream(columns, query.rows)
    relation, take_back = stream.lend(connection)

    def rejects() -> list[Rejected]:
        stream.check()
        return []

    def close() -> None:
        take_back()
        query.engine.dispose()

    return Received(lambda: relation, columns, rejects, _same, {"database": query.engine.dialect.name}, close)


def _same(rows: Sequence[int]) -> dict[int, int]:
    return {row: row for row in rows}


def hash_rows(location: Path | str, declared: FileFormat) -> str:
    """Return the SHA-256 of all rows in the order in which the database gives them."""
    query = open_query(location, declared)
    digest = hashlib.sha256()
    for row in query.rows():
        for cell in row:
            data = b"" if cell is None else cell.encode()
            digest.update(b"-" if cell is None else len(data).to_bytes(8, "big"))
            digest.update(data)
        digest.update(b"\n")
    return digest.hexdigest()
