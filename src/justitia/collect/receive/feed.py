"""A named pipe that gives the same bytes to each reader: text in another encoding never touches the disk."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from justitia.errors import ContractError


class Feed:
    """Serve `blocks` to whoever opens the pipe, from the start each time.

    Args:
        path: where to make the pipe; its folder exists.
        blocks: gives the content anew at each call.
    """

    def __init__(self, path: Path, blocks: Callable[[], Iterator[bytes]]) -> None:
        self.path = path
        self.blocks = blocks
        self.error: BaseException | None = None
        self.closing = False
        os.mkfifo(path, 0o600)
        self.thread = threading.Thread(target=self._serve, name=path.name, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while not self.closing:
            descriptor = os.open(self.path, os.O_WRONLY)  # waits for a reader
            if self.closing:
                os.close(descriptor)
                return
            # The next reader gets a pipe of its own, so that this one meets its end of file.
            self.path.unlink(missing_ok=True)
            os.mkfifo(self.path, 0o600)
            if _readers(descriptor) > 1:
                self.error = ContractError("E-CON-010", "a piped relation has two readers in one statement")
                os.close(descriptor)
                continue
            threading.Thread(target=self._write, args=(descriptor,), daemon=True).start()

    def _write(self, descriptor: int) -> None:
        with open(descriptor, "wb", buffering=0) as pipe:
            try:
                for block in self.blocks():
                    view = memoryview(block)
                    while view:
                        view = view[pipe.write(view) or 0 :]
            except BrokenPipeError:
                pass  # the reader had enough
            except Exception as error:  # handed to the caller of rejects(): this thread has nobody to tell
                self.error = error

    def close(self) -> None:
        """Remove the pipe and end the serving thread."""
        if self.closing:
            return
        self.closing = True
        with contextlib.suppress(OSError):
            os.close(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))
        self.thread.join(timeout=5)
        self.path.unlink(missing_ok=True)


def _readers(descriptor: int) -> int:
    """Return how many descriptors of this process read the pipe: two would share its bytes between them."""
    pipe, readers = os.fstat(descriptor), 0
    with contextlib.suppress(OSError):
        for name in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
            with contextlib.suppress(OSError):
                other = os.fstat(name)
                same = (other.st_ino, other.st_dev) == (pipe.st_ino, pipe.st_dev)
                readers += same and fcntl.fcntl(name, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
    return readers
