"""A log of decisions: append-only, chained by hashes, safe when several people write and when one crashes.

Each line holds one decision, or takes one back; nothing is ever changed or removed. A line's hash covers the line
and the hash before it, so that a line altered, removed or put in later shows. Cutting whole lines off the end does not
show in the file itself: keep a copy of the last hash, or of the file.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from justitia.errors import JustitiaError
from justitia.store import disk_faults

Cells = Sequence[str]


class ChainedLog:
    """A log file; it need not exist yet.

    Args:
        path: CSV in UTF-8, one line per decision.
        columns: heads of the columns; the first is the number of the line, the last its hash.
        altered: returns the error for a line that does not follow from the one before; called with `file:line`.
        foreign: returns the error for a file that is no such log; called with the file.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        *,
        altered: Callable[[str], JustitiaError],
        foreign: Callable[[str], JustitiaError],
    ) -> None:
        self.path, self._columns, self._altered, self._foreign = path, tuple(columns), altered, foreign

    def read(self) -> list[list[str]]:
        """Return the cells of all lines without the hash, oldest first.

        A last line that a crash cut off was never confirmed, and is left out.

        Raises:
            JustitiaError: what `altered` and `foreign` return.
        """
        if not self.path.exists():
            return []
        return [cells[:-1] for cells in self._lines(self.path.read_bytes())]

    def append(self, make: Callable[[int], Sequence[Cells]]) -> None:
        """Write lines in one piece, and wait until the disk has them.

        Args:
            make: called, while the file is locked, with the number of the last line (0 = none); returns the cells of
                the new lines without their hashes.

        Raises:
            JustitiaError: as `read`.
            Unavailable: E-STO-002 when the disk refuses; nothing is then in the log.
        """
        with disk_faults(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked() as file:
                self._append(file, make)

    def _append(self, file: IO[bytes], make: Callable[[int], Sequence[Cells]]) -> None:
        lines = list(self._lines(file.read()))
        last, chained = (int(lines[-1][0]), lines[-1][-1]) if lines else (0, "")
        # What a crash left of an unconfirmed line goes; whole lines before it are never touched.
        text = "" if self._confirmed else _line(self._columns)
        file.truncate(self._confirmed)
        file.seek(0, os.SEEK_END)
        if self._lacks_end:
            text += "\n"
        for cells in make(last):
            chained = _hash(chained, cells)
            text += _line((*cells, chained))
        before = file.tell()
        try:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a crash
            yield file

    def _lines(self, content: bytes) -> Iterator[list[str]]:
        """Yield the cells of each line, and note how much of the content is confirmed."""
        pieces = re.findall(rb"[^\n]*\n|[^\n]+$", content)
        self._confirmed, self._lacks_end = 0, False
        if not pieces:
            return
        if _cells_of(pieces[0]) != list(self._columns):
            if len(pieces) == 1 and _line(self._columns).encode().startswith(pieces[0]):
                return  # a crash cut the header
            raise self._foreign(str(self.path))
        self._confirmed, self._lacks_end, chained = len(pieces[0]), not pieces[0].endswith(b"\n"), ""
        for number, piece in enumerate(pieces[1:], start=2):
            cells, whole = _cells_of(piece), piece.endswith(b"\n")
            expected = _hash(chained, cells[:-1]) if len(cells) == len(self._columns) else ""
            if not expected or cells[-1] != expected or cells[0] != str(number - 1):
                if number == len(pieces) and not whole:
                    return  # a crash cut it: it was never confirmed
                raise self._altered(f"{self.path}:{number}")
            chained = expected
            self._confirmed += len(piece)
            self._lacks_end = not whole
            yield cells


def one_line(text: str) -> str:
    """Return text as it stands in a cell: on one line, without NUL."""
    return " ".join(text.replace("\0", "").split())


def _hash(before: str, cells: Cells) -> str:
    return hashlib.sha256("\x1f".join((before, *cells)).encode()).hexdigest()


def _cells_of(piece: bytes) -> list[str]:
    try:
        return next(csv.reader([piece.decode("utf-8-sig")]), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def _line(cells: Cells) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
