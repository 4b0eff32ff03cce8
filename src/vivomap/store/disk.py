"""Bytes are on the disk whole, or not there at all: never half a file under its final name.

Order: temporary file in the same folder, write, fsync, rename, fsync of the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from uuid import uuid4

from vivomap.core import Refusal

try:
    import fcntl
except ImportError:  # not there on Windows
    fcntl = None  # type: ignore[assignment]

FULL = (errno.ENOSPC, errno.EDQUOT)


def place(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write what `fill` writes as the file `path`, in place of an older one.

    Raises Refusal `disk_full` or `cannot_write`; nothing partial stays then. A failed fsync is never tried again.
    """
    temporary = path.with_name(f".{path.name[:16]}.{uuid4().hex}.part")
    try:
        make_folder(path.parent)
        try:
            with open(temporary, "xb") as out:
                fill(out)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise refused(error, path) from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each entered durably in its parent."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    _sync(path.parent)


def refused(error: OSError, path: Path) -> Refusal:
    """What the operating system said, as a refusal: `disk_full` or `cannot_write`."""
    said = error.strerror or type(error).__name__
    if error.errno in FULL:
        return Refusal("disk_full", f"no room to write {path.name}", where=str(path), found=said)
    return Refusal("cannot_write", f"{path.name} cannot be written", where=str(path), found=said)


@contextlib.contextmanager
def alone(path: Path, wait: bool = True) -> Iterator[int]:
    """A file, made if it is not there and locked against every other process that asks so; gives its descriptor.

    Raises OSError where it cannot be, or where it is held and we do not wait.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield handle
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """Make the names in a folder durable; only POSIX opens a folder for this."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
