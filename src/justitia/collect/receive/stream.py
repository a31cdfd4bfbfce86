"""A byte stream over blocks."""

from __future__ import annotations

import io
from collections.abc import Iterator


class BlockReader(io.BufferedIOBase):
    """A readable stream over blocks of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks
        self.pending = memoryview(b"")

    def readable(self) -> bool:
        """Return true."""
        return True

    def read1(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes, as many as are at hand; none at the end."""
        while not self.pending:
            block = next(self.blocks, None)
            if block is None:
                return b""
            self.pending = memoryview(block)
        wanted = len(self.pending) if size is None or size < 0 else size
        taken, self.pending = self.pending[:wanted], self.pending[wanted:]
        return bytes(taken)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, fewer at the end, or all when negative."""
        parts: list[bytes] = []
        wanted = -1 if size is None else size
        while wanted and (part := self.read1(wanted)):
            parts.append(part)
            wanted = wanted - len(part) if wanted > 0 else wanted
        return b"".join(parts)
