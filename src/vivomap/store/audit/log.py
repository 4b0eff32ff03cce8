"""The audit log: a file to which lines are only added, each holding the hash of the one before it.

    hash = SHA-256 of the canonical JSON of {seq, previous, event}; previous = 64 zeros before the first

`audit/log.jsonl` can be read by its owner alone. An event is on the disk when `append` returns, with one fsync for all
events of a call; a lock keeps writers apart. Whoever rewrites the whole file can make a chain that holds: against that
stand the signed heads (`heads.py`), which are kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vivomap.core import Refusal
from vivomap.store.audit import event as words
from vivomap.store.audit.event import Actor, Event
from vivomap.store.disk import alone

FOLDER, FILE = "audit", "log.jsonl"
GENESIS = "0" * 64
STEP = 1 << 16  # bytes read at a time from the end


@dataclass(frozen=True)
class Record:
    """One line of the log."""

    seq: int
    previous: str
    hash: str
    event: Event


def place(project: Path) -> Path:
    """Where the log of a project lies."""
    return project / FOLDER / FILE


def append(project: Path, events: Sequence[Event]) -> Record:
    """Add events in one step and give the last record; they are on the disk then.

    Raises Refusal `audit_stopped` if that cannot be, or the last line is not what was written; nothing is added then.
    """
    for one in events:
        words.check(one)
    path = place(project)
    try:
        with alone(path) as handle:
            return _added(handle, events, path)
    except OSError as error:
        raise stopped(error, path) from error


def stopped(error: OSError, path: Path) -> Refusal:
    """What the operating system said of a file of the audit, as a refusal."""
    said = error.strerror or type(error).__name__
    return Refusal("audit_stopped", f"{path.name} of the audit cannot be read or written", where=str(path), found=said)


def _added(handle: int, events: Sequence[Event], path: Path) -> Record:
    last, whole, size = _last(handle, path)
    torn = size - whole
    if torn:
        os.ftruncate(handle, whole)
    first = [] if last and not torn else [_started(torn, path)]
    made = tuple(_chained(last, [*first, *events]))
    data = b"".join(line(record) for record in made)
    try:
        _write(handle, data)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, whole)
        raise
    if last is None:
        _sync(path.parent)
    return made[-1]


def _started(torn: int, path: Path) -> Event:
    said = f"after a crash: {torn} bytes of an unfinished record taken off" if torn else "a new log"
    return Event("110113", "E", (Actor("vivomap"),), (words.Thing("subject", path.name),), type="110134", said=said)


def _chained(last: Record | None, events: Sequence[Event]) -> Iterator[Record]:
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for one in events:
        seq += 1
        timed = one if one.at else replace(one, at=now)
        record = Record(seq, previous, link(seq, previous, timed), timed)
        previous = record.hash
        yield record


def link(seq: int, previous: str, event: Event) -> str:
    """The hash of a record."""
    return hashlib.sha256(canonical({"seq": seq, "previous": previous, "event": words.plain(event)})).hexdigest()


def canonical(data: Any) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: what is hashed and signed."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def line(record: Record) -> bytes:
    """A record as its line in the log."""
    body = {"seq": record.seq, "previous": record.previous, "hash": record.hash, "event": words.plain(record.event)}
    return canonical(body) + b"\n"


def read(data: bytes) -> Record:
    """The record of a line. Raises ValueError, KeyError or TypeError if it is none."""
    found = json.loads(data.decode("utf-8", "surrogatepass"))
    record = Record(int(found["seq"]), str(found["previous"]), str(found["hash"]), words.event(found["event"]))
    if line(record) != data:
        raise ValueError("written otherwise than we write")
    return record


def lines(project: Path, offset: int = 0) -> Iterator[bytes]:
    """Every whole line that begins at a place in the file or behind it; nothing where there is no log.

    Raises Refusal `audit_stopped`.
    """
    path = place(project)
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            file.seek(max(offset - 1, 0))
            if offset and file.read(1) != b"\n":
                file.readline()
            yield from (each for each in file if each.endswith(b"\n"))
    except OSError as error:
        raise stopped(error, path) from error


def records(project: Path, offset: int = 0) -> Iterator[Record]:
    """Every record from a place in the file on. Raises Refusal `audit_broken` at a line that is none."""
    for number, data in enumerate(lines(project, offset), 1):
        try:
            yield read(data)
        except (ValueError, KeyError, TypeError) as error:
            where = f"{place(project)}, line {number}"
            raise Refusal("audit_broken", "a line of the audit log is no record of ours", where=where) from error


def ends(project: Path) -> tuple[str, Record | None]:
    """The hash of the first record, which tells this log from another, and the last record; the middle is not read."""
    first = next(records(project), None)
    if first is None:
        return "", None
    path = place(project)
    handle = os.open(path, os.O_RDONLY)
    try:
        return first.hash, _last(handle, path)[0]
    finally:
        os.close(handle)


def _last(handle: int, path: Path) -> tuple[Record | None, int, int]:
    """The last record, where the whole lines end, and where the file ends."""
    size = os.fstat(handle).st_size
    tail, start = b"", size
    while start and tail.rstrip(b"\n").count(b"\n") < 2:
        step = min(STEP, start)
        start -= step
        os.lseek(handle, start, os.SEEK_SET)
        tail = os.read(handle, step) + tail
    whole = tail.rfind(b"\n") + 1
    if not whole:
        return None, 0, size
    data = tail[:whole].rstrip(b"\n").rsplit(b"\n", 1)[-1] + b"\n"
    try:
        record = read(data)
        if link(record.seq, record.previous, record.event) != record.hash:
            raise ValueError("another hash")
    except (ValueError, KeyError, TypeError) as error:
        summary = "the last record of the audit log is not what was written; nothing is added to it"
        raise Refusal("audit_stopped", summary, where=str(path), hint="vivomap audit verify") from error
    return record, start + whole, size


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
