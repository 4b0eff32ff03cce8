"""The outbox of a project: what is to be sent where, durable, visible, each object once per destination.

outbox/queue.sqlite         the deliveries, with state, tries, next try, age and last answer
outbox/objects/ab/abcd…     the bytes to send, under their SHA-256, until they have been taken or dropped
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from vivomap.core import Refusal
from vivomap.store.disk import make_folder, place, refused
from vivomap.store.outbox import table
from vivomap.store.outbox.delivery import (
    DROPPED,
    OPEN,
    REFUSED,
    SENDING,
    SENT,
    WAITING,
    Delivery,
    Item,
    Outcome,
    Patience,
    holder,
    identity,
    lives,
)

FOLDER, OBJECTS = "outbox", "objects"
LEASE_S = 3600.0  # of a process on another machine; one on this machine is asked whether it lives
SLOWEST = 64 << 10  # bytes per second that a lease allows for
STRAY_S = 86_400.0  # a file that no delivery names for so long was left by a crash
PRIVATE = 0o700  # patient data: for this user
USUAL = Patience()


class Added(NamedTuple):
    """A delivery in the queue; `again` if it was there before, and nothing was added."""

    delivery: Delivery
    again: bool


def open_outbox(project: Path) -> Outbox:
    """The outbox of a project folder, made if there is none. Raises Refusal `cannot_write`, `disk_full`…"""
    root = project / FOLDER
    try:
        make_folder(root / OBJECTS)
        root.chmod(PRIVATE)
    except OSError as error:
        raise refused(error, root) from error
    return Outbox(root, table.begin(root))


@dataclass(frozen=True, eq=False)
class Outbox:
    """The queue of a project folder; safe to use from several processes."""

    root: Path
    engine: Engine
    patience: Patience = USUAL
    clock: Callable[[], float] = time.time
    dice: Callable[[], float] = random.random

    def path(self, one: Delivery) -> Path:
        """Where the bytes of a delivery lie while it is open."""
        return self._path(one.object)

    def _path(self, digest: str) -> Path:
        return self.root / OBJECTS / digest[:2] / digest

    def add(self, item: Item, destination: str, way: str = "") -> Added:
        """Queue an object for a destination, durably; the same object again is not added.

        Raises Refusal `outbox_conflict` if its UID was queued with other bytes, `disk_full`, `cannot_write`…
        """
        with item.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        name, size = identity(destination, item.instance), item.path.stat().st_size
        words = (item.sop_class, item.instance, item.study, item.series, item.origin)
        fresh = Delivery(name, destination, way, digest, size, *words, queued_at=self.clock())
        with table.asking(self.engine) as connection:
            table.hold(connection)  # from here on nobody else adds, or lets bytes go
            known = table.of(connection, id=name)
            if not known or known[0].state == DROPPED:
                self._store(item.path, digest)
            if not known:
                table.add(connection, fresh)
                return Added(fresh, False)
            if known[0].state == DROPPED:
                table.change(connection, known[0], **_again(fresh))
                return Added(table.of(connection, id=name)[0], False)
        if known[0].object != digest:
            summary = "an object with this UID and other bytes was queued for this PACS before"
            raise Refusal("outbox_conflict", summary, where=destination, found=known[0].id)
        return Added(known[0], True)

    def _store(self, path: Path, digest: str) -> None:
        """Copy the bytes of an object into the queue; a file that changes meanwhile is refused."""
        whole = hashlib.sha256()

        def fill(out: object) -> None:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    whole.update(piece)
                    out.write(piece)  # type: ignore[attr-defined]
            if whole.hexdigest() != digest:
                raise Refusal("cannot_write", "the file changed while it was read", where=path.name)

        if not self._path(digest).is_file():
            place(self._path(digest), fill)

    def deliveries(self) -> tuple[Delivery, ...]:
        """Every delivery, oldest first."""
        with table.asking(self.engine) as connection:
            return table.of(connection)

    def find(self, prefix: str) -> Delivery:
        """The one delivery whose id begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
        with table.asking(self.engine) as connection:
            found = table.beginning(connection, prefix)
        if len(found) != 1:
            code, many = ("ambiguous_name", "several deliveries") if found else ("unknown_name", "no delivery")
            raise Refusal(code, f"{prefix!r} begins {many}", where=str(self.root), hint="see vivomap queue list")
        return found[0]

    def due(self, force: bool = False) -> tuple[Delivery, ...]:
        """What may be sent now; with `force` also what would wait longer. What another process sends is left to it."""
        now = self.clock()
        with table.asking(self.engine) as connection:
            waiting = [d for d in table.of(connection, state=WAITING) if force or d.next_at <= now]
            left = [d for d in table.of(connection, state=SENDING) if not lives(d.lease_by, d.lease_until, now)]
        return (*left, *waiting)

    def take(self, seen: Delivery) -> Delivery | None:
        """Take a lease on a delivery that is due; None if another process was faster.

        One that was left in mid send is in doubt: its destination may have it.
        """
        now = self.clock()
        values = {
            "state": SENDING,
            "tries": seen.tries + 1,
            "lease_by": holder(),
            "lease_until": now + LEASE_S + seen.bytes / SLOWEST,
            "doubt": seen.doubt or seen.state == SENDING,
        }
        with table.asking(self.engine) as connection:
            taken = table.change(connection, seen, **values)
        return replace(seen, **values) if taken else None  # type: ignore[arg-type]

    def record(self, one: Delivery, got: Outcome) -> Delivery:
        """Put on record what a try gave; a delivery in doubt stays so until it is sent or refused."""
        now = self.clock()
        values: dict[str, object] = {"code": got.code, "said": got.said, "lease_by": "", "lease_until": 0.0}
        if got.state in (SENT, REFUSED):
            values |= {"state": got.state, "doubt": False, "done_at": now if got.state == SENT else 0.0}
        else:
            wait = self.patience.wait(one.tries, self.dice())
            doubt = one.doubt or got.state == "unsure"
            values |= {"state": WAITING, "next_at": now + wait, "doubt": doubt}
        return self._changed(one, values)

    def retry(self, prefix: str) -> Delivery:
        """Let a delivery be sent at once, also one that was refused. Raises Refusal `bad_setting` if it is over."""
        one = self._free(prefix, (WAITING, REFUSED))
        return self._changed(one, {"state": WAITING, "next_at": 0.0})

    def drop(self, prefix: str) -> Delivery:
        """Take a delivery out of the queue; its row stays. Raises Refusal `bad_setting` if it is over."""
        return self._changed(self._free(prefix, (WAITING, REFUSED)), {"state": DROPPED, "done_at": self.clock()})

    def _free(self, prefix: str, states: tuple[str, ...]) -> Delivery:
        one = self.find(prefix)
        left = one.state == SENDING and not lives(one.lease_by, one.lease_until, self.clock())
        if one.state not in states and not left:
            raise Refusal("bad_setting", f"the delivery {one.id} is {one.state}", where=one.destination)
        return one

    def _changed(self, one: Delivery, values: dict[str, object]) -> Delivery:
        with table.asking(self.engine) as connection:
            if not table.change(connection, one, **values):
                raise Refusal("ledger_busy", "another process has this delivery in hand", where=one.id)
            after = table.of(connection, id=one.id)[0]
        if after.state not in OPEN:
            self._let_go(one.object)
        return after

    def _let_go(self, digest: str) -> None:
        """Remove bytes that no open delivery names; meanwhile nobody else can queue them."""
        with table.asking(self.engine) as connection:
            table.hold(connection)
            if not any(d.state in OPEN for d in table.of(connection, object=digest)):
                self._path(digest).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove bytes that no open delivery names and that are a day old: a crash left them. Gives how many."""
        with table.asking(self.engine) as connection:
            table.hold(connection)
            needed = {d.object for d in table.of(connection) if d.state in OPEN}
            old = time.time() - STRAY_S
            stray = [p for p in (self.root / OBJECTS).glob("*/*") if p.name not in needed and p.stat().st_mtime < old]
            for path in stray:
                path.unlink(missing_ok=True)
        return len(stray)


def _again(fresh: Delivery) -> dict[str, object]:
    """The columns of a dropped delivery that is queued anew."""
    names = ("way", "object", "bytes", "origin", "state", "queued_at", "next_at", "done_at", "code", "said", "doubt")
    return {name: getattr(fresh, name) for name in names}
