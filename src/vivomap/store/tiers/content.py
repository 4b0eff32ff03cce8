"""What is to be kept in a place: bytes at hand, or a file that is read piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PIECE = 1 << 20  # bytes that are in memory at a time


@dataclass(frozen=True)
class Content:
    """Bytes, or the file that holds them."""

    body: bytes | Path

    def pieces(self) -> Iterator[bytes]:
        """The bytes, a piece at a time."""
        if isinstance(self.body, bytes):
            yield self.body
            return
        with self.body.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    @cached_property
    def _known(self) -> tuple[str, int]:
        whole, size = hashlib.sha256(), 0
        for piece in self.pieces():
            whole.update(piece)
            size += len(piece)
        return whole.hexdigest(), size

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return self._known[0]

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._known[1]
