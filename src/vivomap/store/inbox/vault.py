"""Received bytes under their content hash: whole and durable under the final name, or not there.

Order (rule R2): temporary file in the folder of the final one, write, fsync, rename to the SHA-256 of the content,
fsync of the folder. Nothing is overwritten. What is held lies in a folder of its own, so whoever reads the inbox reads
no held object.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from vivomap.core import Refusal
from vivomap.store.disk import refused
from vivomap.store.inbox.system import System

KEPT, HELD = "inbox", "quarantine"
PART = ".part"
PRIVATE = 0o700  # patient data: for the receiver's own user
Content = Callable[[], Iterable[bytes]]  # gives the same bytes each time it is called


def prepare(root: Path) -> None:
    """Make every folder that an object may need, durably, so that keeping one makes none."""
    for side in (root / HELD, root / KEPT):
        if (side / "ff").is_dir():
            continue
        side.mkdir(mode=PRIVATE, exist_ok=True)
        for number in range(256):
            (side / f"{number:02x}").mkdir(mode=PRIVATE, exist_ok=True)
        _sync(side, System())
    _sync(root, System())


def named(content: Content) -> tuple[str, int]:
    """The content hash and the number of bytes."""
    whole, size = hashlib.sha256(), 0
    for piece in content():
        whole.update(piece)
        size += len(piece)
    return whole.hexdigest(), size


def put(root: Path, name: str, content: Content, system: System) -> None:
    """Write a content durably under its name. Raises Refusal `disk_full`, `cannot_write` or `fsync_failed`."""
    final = root / KEPT / name[:2] / name
    part = final.with_name(f".{uuid4().hex}{PART}")
    try:
        _write(part, content, system)
        system.rename(part, final)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise refused(error, final) from error
    except Refusal:
        part.unlink(missing_ok=True)
        raise
    system.after("rename")
    _sync(final.parent, system)


def _write(part: Path, content: Content, system: System) -> None:
    handle = system.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for piece in content():
            rest = memoryview(piece)
            while rest:
                rest = rest[system.write(handle, rest) :]
        system.after("tmp_written")
        _flush(handle, part, system)
        system.after("fsync")
    finally:
        os.close(handle)


def where(root: Path, name: str) -> Path | None:
    """Where an object lies, kept or held; None if it is not there."""
    for side in (KEPT, HELD):
        path = root / side / name[:2] / name
        if path.is_file():
            return path
    return None


def move(root: Path, name: str, side: str, system: System) -> None:
    """Put an object on the kept or the held side, durably; nothing if it lies there."""
    path, final = where(root, name), root / side / name[:2] / name
    if path is None:
        raise Refusal(
            "vault_corrupt", "an object of the journal is not in the inbox", where=str(final), found="no file"
        )
    if path == final:
        return
    try:
        system.rename(path, final)
    except OSError as error:
        raise refused(error, final) from error
    _sync(final.parent, system)
    _sync(path.parent, system)


def whole(path: Path) -> bool:
    """Whether a file still holds what its name says."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name


def names(root: Path) -> Iterator[str]:
    """Every object that is there, kept or held."""
    for side in (KEPT, HELD):
        for folder in sorted((root / side).iterdir()):
            yield from sorted(entry.name for entry in folder.iterdir() if not entry.name.endswith(PART))


def sweep(root: Path) -> int:
    """Remove what writing left unfinished: no sender was told that it is kept. Gives how many."""
    parts = [part for side in (KEPT, HELD) for part in (root / side).glob(f"*/.*{PART}")]
    for part in parts:
        part.unlink()
    return len(parts)


def _sync(folder: Path, system: System) -> None:
    try:
        handle = system.open(str(folder), os.O_RDONLY, 0)
    except OSError as error:
        raise _unsure(error, folder) from error
    try:
        _flush(handle, folder, system)
    finally:
        os.close(handle)


def _flush(handle: int, path: Path, system: System) -> None:
    """Make bytes or names durable. After a failure nobody knows what the disk holds: it is never tried again."""
    try:
        system.fsync(handle)
    except OSError as error:
        raise _unsure(error, path) from error


def _unsure(error: OSError, path: Path) -> Refusal:
    said = error.strerror or type(error).__name__
    return Refusal("fsync_failed", "the disk could not make bytes durable", where=str(path), found=said)
