"""A receiver and a reader as processes, and what must hold of them after each trial (I1 to I7)."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from vivomap.core.errors import codes
from vivomap.store.inbox import Entry, Inbox, open_inbox

from . import wire
from .card import Found
from .objects import CANARY, data_of, good, whole
from .reader import Reader

START = "import sys; from vivomap.cli import main; main(sys.argv[1:])"
SENDER, ELSEWHERE = "SENDER", "ELSEWHERE"
LARGEST_MB, IDLE_S = 8, 5
MORE = 256 << 20  # bytes above idle that the receiver may come to (I3)
SOON_S = 2.0  # a good object is taken in this time (I4); the best of three tries counts, as others use the machine
SLACK = 20  # or in this many times what it took when all was quiet


@dataclass(frozen=True, eq=False)
class House:
    """One receiver for all trials; `outside` is a folder beside its data that nothing may touch."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int
    inbox: Inbox
    reader: Reader = field(default_factory=Reader)
    idle: dict[str, float] = field(default_factory=dict)
    spare: Counter[str] = field(default_factory=Counter)
    truth: list[dict[str, Any]] = field(default_factory=list)

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def judged(self) -> tuple[Entry, ...]:
        """Every object with its verdict."""
        last = time.monotonic() + 60
        while self.inbox.unjudged() and time.monotonic() < last:
            time.sleep(0.003)
        return self.inbox.entries()

    def entry(self, digest: str) -> Entry:
        """The object whose data set has this digest."""
        return next(e for e in self.judged() if e.rows[0].said("data_sha256") == digest)

    def peak(self) -> int:
        """The most memory that the receiver and its validator have held so far, bytes."""
        one = psutil.Process(self.process.pid)
        return sum(_peak(p) for p in (one, *one.children(recursive=True)))

    def listing(self) -> dict[str, str]:
        """Every file outside of the data of the receiver, by the hash of its bytes."""
        files = [p for p in self.outside.rglob("*") if p.is_file()]
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    def send_good(self) -> tuple[int, float]:
        """Send a good object that was never sent before: its answer, and how long that took."""
        self.spare["good"] += 1
        raw = whole(good(900_000 + self.spare["good"]))
        start = time.monotonic()
        (status,) = wire.send(self.port, [raw])
        return status, time.monotonic() - start

    def events(self, entry: Entry) -> list[str]:
        """I5: what is on record of an object. The one place to ask the audit log instead of the journal."""
        return [row.kind for row in entry.rows if row.kind in ("arrived", "judged")]

    def check(self, found: Found, before: dict[str, str]) -> None:
        """Hold the invariants after a trial; those of the receiver where it had a part in it."""
        assert self.listing() == before, "I2: something outside the data root has changed"
        assert found.codes <= set(codes()), f"I7: {found.codes - set(codes())} have no page"
        assert not found.wrong, f"I8: {found.wrong}"
        if found.received:
            self.check_receiver(found)

    def check_receiver(self, found: Found) -> None:
        """I1 to I6, of the receiver."""
        assert self.process.poll() is None, self.log
        for digest in found.acked:
            one = self.entry(digest)
            kept = hashlib.sha256(data_of(self.inbox.path(one.object).read_bytes())).hexdigest()
            assert kept == digest, "I1: what was acknowledged is not what is kept"
            assert self.events(one) == ["arrived", "judged"], f"I5: {self.events(one)}"
        assert neutral(self.folder / "project"), "I2: a name from outside became a path"
        assert self.peak() < self.idle["bytes"] + MORE, f"I3: {self.peak() >> 20} MB"
        tries = [self.send_good()]
        while tries[-1][1] > self.soon and len(tries) < 3:
            tries.append(self.send_good())
        status, took = tries[-1]
        assert status == 0, f"I4: a good object was answered {status:04X}H"
        assert took < self.soon, f"I4: a good object took {took:.1f} s"
        assert not re.search(rf"{CANARY}|1\.2\.3\.\d", self.log, re.I), "I6: the log names a patient or an object"

    @property
    def soon(self) -> float:
        return max(SOON_S, SLACK * self.idle["seconds"])


def _peak(process: psutil.Process) -> int:
    try:
        said = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    except FileNotFoundError:
        said = None
    return int(said[1]) << 10 if said else process.memory_info().rss


def neutral(project: Path) -> bool:
    """Whether every name below the kept and held objects is a hash, or the part of one (rule R4)."""
    vaults = [p for side in ("inbox", "quarantine") for p in (project / side).rglob("*") if p.is_file()]
    return all(re.fullmatch(r"[0-9a-f]{64}|\.[0-9a-f]{32}\.part", p.name) for p in vaults)


def begin(folder: Path) -> House:
    """Start the receiver and wait until it listens."""
    (folder / "outside" / "etc").mkdir(parents=True)
    (folder / "outside" / "etc" / "passwd").write_text("not yours")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VIVOMAP_")}
    environment |= {"HOME": str(folder / "outside"), "VIVOMAP_PROJECT": str(folder / "project")}
    allowed = ("--allow", SENDER, "--allow", f"{ELSEWHERE}@192.0.2.7")
    words = ["receive", "--port", "0", "--largest", str(LARGEST_MB), "--idle", str(IDLE_S), "--reserve", "64", *allowed]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", START, *words], stderr=log, stdout=log, cwd=folder / "outside", env=environment
        )
    last = time.monotonic() + 60
    while not (said := re.search(r"listening on .*:(\d+) as", (folder / "log").read_text())):
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < last, "no receiver"
        time.sleep(0.01)
    house = House(folder, process, int(said[1]), open_inbox(folder / "project"))
    assert wire.owner(house.port) in (process.pid, None), "another program listens there"
    house.send_good()
    house.judged()
    house.idle["seconds"] = min(house.send_good()[1] for _ in range(3))
    house.judged()
    house.idle["bytes"] = house.peak()
    return house


def end(house: House) -> None:
    """Ask the receiver to end; it must."""
    house.reader.close()
    house.inbox.engine.dispose()
    house.process.send_signal(signal.SIGTERM)
    assert house.process.wait(60) == 0, house.log


def sent(house: House, statuses: Sequence[int], raws: Sequence[bytes]) -> Found:
    """What became of objects that were sent: the last one's standing, and the digests of those acknowledged."""
    digests = [hashlib.sha256(data_of(raw)).hexdigest() for raw in raws]
    acked = tuple(d for d, s in zip(digests, statuses, strict=True) if s == 0)
    if statuses[-1] != 0:
        return Found("REFUSE", acked=acked, received=True)
    last = house.entry(digests[-1])
    return Found(last.disposition, frozenset({last.code} - {""}), acked=acked, received=True)
