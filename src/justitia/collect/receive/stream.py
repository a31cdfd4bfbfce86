"""A byte stream over blocks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO


class Blocks(io.RawIOBase):
    """A readable raw stream over blocks of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks
        self.pending = memoryview(b"")

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as one block goes and return the number of bytes, 0 at the end."""
        while not self.pending:
            block = next(self.blocks, None)
            if block is None:
                return 0
            self.pending = memoryview(block)
        taken = min(len(buffer), len(self.pending))
        buffer[:taken] = self.pending[:taken]
        self.pending = self.pending[taken:]
        return taken


def stream_of(blocks: Iterator[bytes]) -> BinaryIO:
    """Return a buffered stream over blocks."""
    return io.BufferedReader(Blocks(blocks), 1 << 16)
