"""A body of many parts, as it comes in: each part to its own nameless file, none of them larger than is borne.

--boundary CRLF headers CRLF CRLF part CRLF --boundary ... --boundary-- (RFC 2046, 5.1)
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vivomap.core import Refusal

READ = 1 << 16
IN_MEMORY = 1 << 20  # bytes of one part that wait in memory
HEADERS = 16 << 10  # bytes before a part
BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,]{1,70}))', re.I)


def boundary(kind: str) -> bytes:
    """The boundary that a content type names. Raises Refusal `not_taken`."""
    found = BOUNDARY.search(kind)
    if not kind.lower().lstrip().startswith("multipart/related") or not found:
        expected = "multipart/related with a boundary"
        raise Refusal("not_taken", "the body is not in parts", found=kind[:80], expected=expected)
    return (found[1] or found[2]).encode("latin-1", "replace")


@dataclass(frozen=True, eq=False)
class Parts:
    """Splits what `read` gives; parts larger than `largest` bytes end it, and so does a body without its last line."""

    read: Callable[[int], bytes]
    delimiter: bytes
    largest: int
    spool: Path
    held: bytearray

    def __iter__(self) -> Iterator[IO[bytes]]:
        """Each part as a file that is closed when the next is asked for.

        Raises Refusal `too_large` for a part or its headers, `receiver_away` for a body without its end.
        """
        self._upto(self.delimiter, None, HEADERS)
        while self._line() != b"--":
            if not self.held.startswith(b"\r\n"):
                self._upto(b"\r\n\r\n", None, HEADERS)
            else:
                del self.held[:2]
            with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(self.spool)) as part:
                self._upto(self.delimiter, part, self.largest)
                part.seek(0)
                yield part

    def _line(self) -> bytes:
        """What stands behind a delimiter: two dashes after the last part, else the end of the line."""
        while len(self.held) < 2:
            self._more()
        if self.held.startswith(b"--"):
            return b"--"
        self._upto(b"\r\n", None, HEADERS)
        return b""

    def _upto(self, end: bytes, into: IO[bytes] | None, most: int) -> None:
        """Move what comes before `end` away, and `end` itself."""
        size = 0
        while True:
            at = self.held.find(end)
            ready = at if at >= 0 else max(0, len(self.held) - len(end) + 1)
            size += ready
            if size > most:
                raise Refusal("too_large", "a part of the body is too large", expected=f"{most} bytes at most")
            if into is not None:
                into.write(self.held[:ready])
            del self.held[: ready + (len(end) if at >= 0 else 0)]
            if at >= 0:
                return
            self._more()

    def _more(self) -> None:
        piece = self.read(READ)
        if not piece:
            raise Refusal("receiver_away", "the body broke off", found="no last boundary")
        self.held.extend(piece)


def parts(read: Callable[[int], bytes], kind: str, largest: int, spool: Path) -> Parts:
    """The parts of a body whose content type is `kind`; large ones wait in `spool`."""
    return Parts(read, b"\r\n--" + boundary(kind), largest, spool, bytearray(b"\r\n"))
