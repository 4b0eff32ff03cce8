"""Where a large data set waits while it is still coming in: in a nameless file, not in memory.

A file without a name is gone when the association is cut or the receiver dies, so nothing partial stays.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO
from weakref import WeakKeyDictionary, finalize

IN_MEMORY = 1 << 20  # bytes of one data set that may wait in memory; project
READ = 1 << 20


@dataclass(frozen=True, eq=False)
class Spool:
    """The first part of a data set; `lost` says why it could not be written, where it could not."""

    file: IO[bytes]
    lost: list[str] = field(default_factory=list)
    size: list[int] = field(default_factory=lambda: [0])


@dataclass(frozen=True, eq=False)
class Spools:
    """The spools of every data set under way, by the buffer that the network fills."""

    folder: Path
    by_buffer: WeakKeyDictionary[BytesIO, Spool] = field(default_factory=WeakKeyDictionary)

    def drain(self, buffer: BytesIO) -> int:
        """Move a buffer that has grown large to its spool; gives the bytes that have come in so far.

        A disk that fails is remembered and what follows is dropped: the object is then refused as a whole.
        """
        spool = self.by_buffer.get(buffer)
        if buffer.tell() >= IN_MEMORY:
            if spool is None:
                spool = self.by_buffer[buffer] = Spool(self._file())
                finalize(buffer, spool.file.close)
            self._write(spool, buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
        return buffer.tell() + (spool.size[0] if spool else 0)

    def _file(self) -> IO[bytes]:
        try:
            return tempfile.TemporaryFile(dir=self.folder)
        except OSError:
            return BytesIO()  # its first write finds the same fault, below

    def _write(self, spool: Spool, piece: bytes) -> None:
        spool.size[0] += len(piece)
        if isinstance(spool.file, BytesIO):
            spool.lost.append("no file can be made")
        if spool.lost:
            return
        try:
            spool.file.write(piece)
            spool.file.flush()
        except OSError as error:
            spool.lost.append(error.strerror or type(error).__name__)

    def lost(self, buffer: BytesIO) -> str:
        """Why a data set could not be spooled; "" if it could."""
        spool = self.by_buffer.get(buffer)
        return spool.lost[0] if spool and spool.lost else ""

    def pieces(self, buffer: BytesIO) -> Iterator[bytes]:
        """The data set from its beginning, piece by piece; may be asked for again."""
        spool = self.by_buffer.get(buffer)
        if spool:
            spool.file.seek(0)
            while piece := spool.file.read(READ):
                yield piece
        yield buffer.getvalue()
