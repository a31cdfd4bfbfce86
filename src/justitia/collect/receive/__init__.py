"""Receive files of any accepted format, in bounded memory, as plain text columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from justitia.collect.receive.received import Limits, Received, Rejected
from justitia.collect.receive.scratch import clean_scratch
from justitia.metadata.definitions import FileFormat

if TYPE_CHECKING:
    import duckdb

    from justitia.collect.receive.detect import Detected

__all__ = ["Limits", "Received", "Rejected", "clean_scratch", "content_hash", "detect_format", "open_received"]


def open_received(
    connection: duckdb.DuckDBPyConnection,
    path: Path | str,
    declared: FileFormat,
    *,
    scratch: Path,
    limits: Limits = Limits(),  # noqa: B008  immutable
) -> Received:
    """Return the opened file; nothing but its header, or what its limits demand, was read.

    Args:
        connection: the engine's connection, on which `Received.relation` is meant.
        path: file, database URL, or `env:NAME` for a URL in the environment variable NAME.
        declared: how the file is written.
        scratch: folder for pipes.
        limits: how large the file may be.

    Raises:
        LayoutError: E-RCV-0xx, when the file as a whole is not as declared.
    """
    from justitia.collect.receive.opening import open_file

    return open_file(connection, path, declared, scratch=scratch, limits=limits)


def detect_format(path: Path) -> Detected:
    """Return how a file seems to be written, with what is not sure, in plain words.

    Raises:
        LayoutError: E-RCV-0xx, when it is no file that can be received.
    """
    from justitia.collect.receive.detect import detect

    return detect(path)


def content_hash(path: Path | str, declared: FileFormat | None = None) -> str:
    """Return the SHA-256 of a file, or of the rows that a database gives for the declared query."""
    from justitia.collect.receive.opening import hash_content

    return hash_content(path, declared or FileFormat())
