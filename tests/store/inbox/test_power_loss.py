"""T2: the power goes at any step; what was not synced may be lost, in any part and order, and nothing acknowledged is.

A double of the disk notes every call that keeping makes. From the calls before the cut it makes every disk that may be
found afterwards: what was synced is there; of what was not, names may be there or not, each by itself, and bytes all,
half or none.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import pytest

from vivomap.acquire.receive.part10 import header
from vivomap.store.inbox import Inbox, System, open_inbox

from .test_keeping import arrival, send

Disk = frozenset[tuple[str, bytes]]  # final name in the inbox, content
Call = tuple[str, str, bytes]


@dataclass
class Notes:
    """Does what it is asked on the real disk, and notes it."""

    root: Path
    calls: list[Call] = field(default_factory=list)
    paths: dict[int, str] = field(default_factory=dict)

    def system(self) -> System:
        return System(self.open, self.write, self.fsync, self.rename, lambda _: 1 << 40)

    def _name(self, path: object) -> str:
        return str(Path(str(path)).relative_to(self.root))

    def open(self, path: str, flags: int, mode: int) -> int:
        handle = os.open(path, flags, mode)
        self.paths[handle] = self._name(path)
        if flags & os.O_CREAT:
            self.calls.append(("create", self.paths[handle], b""))
        return handle

    def write(self, handle: int, data: memoryview) -> int:
        done = os.write(handle, data)
        self.calls.append(("write", self.paths[handle], bytes(data[:done])))
        return done

    def fsync(self, handle: int) -> None:
        os.fsync(handle)
        self.calls.append(("sync", self.paths[handle], b""))

    def rename(self, old: Path, new: Path) -> None:
        os.rename(old, new)
        self.calls.append(("rename", self._name(old), self._name(new).encode()))


@dataclass
class Survives:
    """What a disk holds for sure, and what it may hold, after some calls; a file is known by its first name."""

    bytes_: dict[str, bytes] = field(default_factory=dict)
    synced: dict[str, bytes] = field(default_factory=dict)
    sure: dict[str, str] = field(default_factory=dict)  # name: file
    loose: list[tuple[str, str, str]] = field(default_factory=list)  # old name, new name, file: not synced yet
    now: dict[str, str] = field(default_factory=dict)

    def see(self, call: Call) -> None:
        kind, name, data = call
        if kind == "create":
            self.bytes_[name] = b""
            self._move("", name, name)
        elif kind == "write":
            self.bytes_[self.now[name]] += data
        elif kind == "rename":
            self._move(name, data.decode(), self.now[name])
        elif name in self.now:
            self.synced[self.now[name]] = self.bytes_[self.now[name]]
        else:
            for move in [m for m in self.loose if os.path.dirname(m[1]) == name]:
                self.loose.remove(move)
                self._apply(self.sure, move)

    def _move(self, old: str, new: str, file: str) -> None:
        self.loose.append((old, new, file))
        self._apply(self.now, (old, new, file))

    @staticmethod
    def _apply(names: dict[str, str], move: tuple[str, str, str]) -> None:
        old, new, file = move
        if names.get(old) == file:
            del names[old]
        names[new] = file

    def disks(self) -> Iterator[Disk]:
        """Every disk that may be found."""
        for count in range(len(self.loose) + 1):
            for moves in combinations(self.loose, count):
                names = dict(self.sure)
                for move in moves:
                    self._apply(names, move)
                for part in (0, 1, 2):
                    yield frozenset((name, self._found(file, part)) for name, file in names.items())

    def _found(self, file: str, part: int) -> bytes:
        sure, all_ = self.synced.get(file, b""), self.bytes_[file]
        return sure if len(sure) == len(all_) else all_[: len(sure) + (len(all_) - len(sure)) * part // 2]


def noted(folder: Path, count: int) -> tuple[list[Call], list[tuple[int, str]]]:
    """The calls that keeping some objects made, and after how many of them which object was acknowledged."""
    folder.mkdir()
    notes = Notes(folder)
    inbox = open_inbox(folder, notes.system())
    notes.calls.clear()
    acked = []
    for number in range(count):
        kept = send(inbox, f"object {number} " * 50, f"1.2.{number}")
        acked.append((len(notes.calls), kept.object))
    return notes.calls, acked


def cuts(calls: list[Call]) -> Iterator[tuple[int, set[Disk]]]:
    """For a power cut behind each call: every disk that may be found."""
    state = Survives()
    yield 0, set(state.disks())
    for number, call in enumerate(calls, 1):
        state.see(call)
        yield number, set(state.disks())


def finals(disk: Disk) -> dict[str, bytes]:
    return {os.path.basename(name): data for name, data in disk if not name.endswith(".part")}


def test_whatever_the_cut_leaves_every_acknowledged_object_is_there_and_every_name_is_true(tmp_path: Path) -> None:
    calls, acked = noted(tmp_path / "project", 3)
    seen = 0
    for number, disks in cuts(calls):
        promised = {name for after, name in acked if after <= number}
        for disk in disks:
            seen += 1
            found = finals(disk)
            assert promised <= set(found), number
            assert all(hashlib.sha256(data).hexdigest() == name for name, data in found.items()), number
    assert seen > 2 * len(calls)


@pytest.mark.slow  # twenty disks are started from
def test_a_restart_on_any_such_disk_puts_what_is_whole_on_record_and_removes_the_rest(tmp_path: Path) -> None:
    """The journal may be gone with the power too: it is made again from the bytes."""
    calls, _ = noted(tmp_path / "project", 2)
    for number, disk in enumerate({disk for _, disks in cuts(calls) for disk in disks}):
        folder = tmp_path / str(number)
        folder.mkdir()
        inbox = open_inbox(folder)
        for name, data in disk:
            (folder / name).write_bytes(data)
        with inbox.receiving():
            assert {e.object for e in inbox.entries()} == set(finals(disk))
            assert not list(folder.rglob("*.part"))
            assert again(inbox, 0) == again(inbox, 1) == [True]


def again(inbox: Inbox, number: int) -> list[bool]:
    """What a sender that was not answered sends again is there afterwards, whole."""
    text = f"object {number} " * 50
    before = header("1.2.840.10008.5.1.4.1.1.2", f"1.2.{number}", "1.2.840.10008.1.2.1")
    kept = inbox.keep(arrival(text, f"1.2.{number}"), lambda: (before, text.encode()))
    return [inbox.path(kept.object).read_bytes() == before + text.encode()]


def test_the_double_finds_a_keeper_that_answers_too_early(tmp_path: Path) -> None:
    """Without the sync of the folder, an acknowledged object may be gone: the double would show it."""
    calls, acked = noted(tmp_path / "project", 1)
    careless = [c for c in calls if not (c[0] == "sync" and not c[1].endswith(".part"))]
    assert len(careless) < len(calls)
    *_, (_, disks) = cuts(careless)
    assert any(acked[0][1] not in finals(disk) for disk in disks)
    torn = [c for c in calls if not (c[0] == "sync" and c[1].endswith(".part"))]
    *_, (_, disks) = cuts(torn)
    assert any(hashlib.sha256(finals(disk)[acked[0][1]]).hexdigest() != acked[0][1] for disk in disks)
