"""The inbox of a project: every object that was sent, byte for byte, and what became of it.

inbox/ab/abcd…       a DICOM file under the SHA-256 of its bytes
quarantine/ab/abcd…  the same, held: excluded from computation until a person releases it
journal/             journal.sqlite: who sent what and when, conflicts, verdicts; rows are only added.
                     spool/: large data sets while they come in
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine

from vivomap.core import Refusal
from vivomap.store.disk import refused
from vivomap.store.inbox import journal, vault
from vivomap.store.inbox.entry import Arrival, Entry, Judgement, Kept, entry, original
from vivomap.store.inbox.journal import Row
from vivomap.store.inbox.system import System
from vivomap.store.inbox.vault import HELD, KEPT, Content

try:
    import fcntl
except ImportError:  # not there on Windows
    fcntl = None  # type: ignore[assignment]

JOURNAL, SPOOL, LOCK = "journal", "spool", "receiver.lock"
AT_ONCE = 64  # objects judged in one step; project
RESERVE = 512 << 20  # bytes left free for the database, the audit and the operating system; project


def open_inbox(project: Path, system: System | None = None, reserve: int = RESERVE) -> Inbox:
    """The inbox of a project folder, made if there is none. Raises Refusal `cannot_write`, `disk_full`…"""
    try:
        vault.prepare(project)
        (project / JOURNAL / SPOOL).mkdir(mode=vault.PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise refused(error, project) from error
    return Inbox(project, journal.begin(project / JOURNAL), system or System(), reserve)


@dataclass(frozen=True, eq=False)
class Inbox:
    """The bytes and the journal of a project folder; safe to use from several threads and beside other processes."""

    root: Path
    engine: Engine
    system: System
    reserve: int = RESERVE
    broken: list[Refusal] = field(default_factory=list)
    judged: list[int] = field(default_factory=lambda: [0])  # up to this row all that arrived has its verdict
    lock: Lock = field(default_factory=Lock)

    @property
    def spool(self) -> Path:
        """Where large data sets wait while they come in; on the disk of the inbox."""
        return self.root / JOURNAL / SPOOL

    def keep(self, arrival: Arrival, content: Content) -> Kept:
        """Make an object durable and put its arrival on record; the same object again is kept once.

        Returns only when its bytes and its row are on the disk. Raises Refusal `inbox_stopped`, `disk_full`,
        `fsync_failed`, `cannot_write`, `vault_corrupt` or `ledger_busy`; then nothing was promised.
        """
        self.ready()
        name, size = vault.named(content)
        with self._watched():
            if vault.where(self.root, name) is None:
                self._room(size)
                vault.put(self.root, name, content, self.system)
            elif self._known(name):
                return Kept(name, True, False)
            kept = self._journal(name, size, arrival)
        self.system.after("journal")
        return kept

    def ready(self) -> None:
        """Raises Refusal `inbox_stopped` after a failed fsync, `disk_full` below the low-water mark."""
        if self.broken:
            raise Refusal("inbox_stopped", "the disk failed: nothing more is taken in", found=self.broken[0].found)
        self._room(0)

    def _room(self, size: int) -> None:
        if (free := self.system.free(self.root)) - size < self.reserve:
            wanted = f"{self.reserve >> 20} MB left over"
            raise Refusal("disk_full", "too little room for another object", found=f"{free >> 20} MB", expected=wanted)

    def _known(self, name: str) -> bool:
        """Whether an object is on record; its file is proved before a sender is told so again."""
        if not vault.whole(self.path(name)):
            raise Refusal("vault_corrupt", f"the object {name[:12]} in the inbox is damaged", where=str(self.root))
        with journal.asking(self.engine) as connection:
            return bool(journal.of(connection, object=name, kind="arrived"))

    def _journal(self, name: str, size: int, arrival: Arrival) -> Kept:
        """Put an arrival on record, and the conflict with another content of the same SOP Instance UID."""
        with self.lock, journal.asking(self.engine) as connection:
            same = journal.of(connection, instance=arrival.instance, kind="arrived")
            if any(r.object == name for r in same):  # another association was faster
                return Kept(name, True, False)
            rows = [Row("arrived", name, arrival.instance, body=(*arrival.words(), ("bytes", size)))]
            data = (arrival.data_sha256, arrival.syntax)
            rivals = [r for r in same if (r.said("data_sha256"), r.said("syntax")) != data]
            if rivals:
                others = tuple(r.object for r in rivals)
                rows.append(Row("conflict", name, arrival.instance, code="uid_conflict", body=(("others", others),)))
            journal.add(connection, rows)
        return Kept(name, False, bool(rivals))

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Let the first failure of the disk stop the inbox for good (rule R12)."""
        try:
            yield
        except Refusal as refusal:
            if refusal.code == "fsync_failed":
                self.broken.append(refusal)
            raise

    @contextlib.contextmanager
    def receiving(self) -> Iterator[tuple[int, int]]:
        """The time in which one receiver, and no other, takes objects in; begins with putting right what a crash left.

        Gives how many unfinished files were removed, and how many whole ones put on record.
        Raises Refusal `inbox_busy` while another receiver runs.
        """
        with (self.root / JOURNAL / LOCK).open("w", encoding="utf-8") as held:
            try:
                if fcntl is not None:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Refusal("inbox_busy", "another receiver fills this inbox", where=str(self.root)) from error
            yield self._recover()

    def _recover(self) -> tuple[int, int]:
        swept = vault.sweep(self.root)
        with journal.asking(self.engine) as connection:
            known = {r.object for r in journal.of(connection, kind="arrived")}
        found = 0
        for name in tuple(vault.names(self.root)):
            path = vault.where(self.root, name)
            if name in known or path is None or not vault.whole(path):
                continue
            self._journal(name, path.stat().st_size, original(path))
            found += 1
        for one in self.entries():
            if vault.where(self.root, one.object) is not None:
                vault.move(self.root, one.object, HELD if one.disposition == "HOLD" else KEPT, self.system)
        return swept, found

    def unjudged(self, most: int = AT_ONCE) -> tuple[Row, ...]:
        """What has arrived and has no verdict yet, oldest first; so many of it."""
        with journal.asking(self.engine) as connection:
            newest = journal.last(connection)
            rows = journal.unjudged(connection, most, self.judged[0])
        self.judged[0] = rows[0].seq - 1 if rows else newest
        return rows

    def judge(self, looked: Sequence[tuple[Row, Judgement]]) -> tuple[Judgement, ...]:
        """Put what the validator says of some objects on record in one step, and move what is held into quarantine.

        One study belongs to the patient of its first object (rule R7): a later one of another patient is held. Where
        two look at the same object the first verdict stands, and is given.
        """
        owners: dict[str, str] = {}
        with self.lock, journal.asking(self.engine) as connection:
            stands = {row.object: first for row, _ in looked if (first := _first(connection, row))}
            said = [stands.get(row.object) or _owned(connection, row, one, owners) for row, one in looked]
            fresh = [one.row(row) for (row, _), one in zip(looked, said, strict=True) if row.object not in stands]
            if fresh:
                journal.add(connection, fresh)
        for (row, _), one in zip(looked, said, strict=True):
            if one.disposition == "HOLD":
                vault.move(self.root, row.object, HELD, self.system)
        return tuple(said)

    def entries(self) -> tuple[Entry, ...]:
        """Every object with what became of it, oldest first."""
        with journal.asking(self.engine) as connection:
            rows = journal.of(connection)
        objects: dict[str, list[Row]] = {}
        for row in rows:
            objects.setdefault(row.object, []).append(row)
        rivals = {o for r in rows if r.kind == "conflict" for o in (r.object, *r.said("others"))}
        return tuple(entry(own, name in rivals) for name, own in objects.items())

    def find(self, prefix: str) -> Entry:
        """The one object whose hash begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
        with journal.asking(self.engine) as connection:
            found = journal.beginning(connection, prefix)
        if len(found) != 1:
            code, many = ("ambiguous_name", "several objects") if found else ("unknown_name", "no object of the inbox")
            raise Refusal(code, f"{prefix!r} begins {many}", where=str(self.root), hint="see vivomap quarantine list")
        with journal.asking(self.engine) as connection:
            own = journal.of(connection, object=found[0])
            rivals = {r.said("data_sha256") for r in journal.of(connection, instance=own[0].instance, kind="arrived")}
        return entry(own, len(rivals) > 1)

    def decide(self, prefix: str, kind: str, by: str, reason: str) -> Entry:
        """Put on record that a person held (`kind` "held") or released ("released") an object, and move it."""
        one = self.find(prefix)
        code, body = "held_by_hand" if kind == "held" else "", (("by", by), ("reason", reason))
        with self.lock, journal.asking(self.engine) as connection:
            journal.add(connection, [Row(kind, one.object, one.instance, one.study, code, body)])
        vault.move(self.root, one.object, HELD if kind == "held" else KEPT, self.system)
        return self.find(one.object)

    def path(self, name: str) -> Path:
        """Where the file of an object lies. Raises Refusal `vault_corrupt` if it is gone."""
        path = vault.where(self.root, name)
        if path is None:
            raise Refusal("vault_corrupt", f"the object {name[:12]} is not in the inbox", where=str(self.root))
        return path

    def files(self) -> tuple[Path, ...]:
        """The files that computation may use: every object that is not held."""
        found = (vault.where(self.root, e.object) for e in self.entries() if e.disposition != "HOLD")
        return tuple(path for path in found if path is not None)

    def committed(self, sop_class: str, instance: str) -> bool:
        """Whether an object of this class and UID is on record, and its bytes are there and whole."""
        with journal.asking(self.engine) as connection:
            rows = journal.of(connection, instance=instance, kind="arrived")
        paths = [vault.where(self.root, r.object) for r in rows if r.said("sop_class") == sop_class]
        return any(path is not None and vault.whole(path) for path in paths)


def _first(connection: Connection, row: Row) -> Judgement | None:
    """The verdict that an object has already; None if it waits."""
    found = journal.of(connection, object=row.object, kind="judged")[:1]
    words = [(f.said("disposition"), f.code, f.said("reason"), f.study, f.said("patient")) for f in found]
    return Judgement(*words[0]) if words else None


def _owned(connection: Connection, row: Row, said: Judgement, owners: dict[str, str]) -> Judgement:
    """The verdict, or that the study is another patient's; `owners` remembers whose each study is."""
    if said.disposition == "HOLD" or not said.study or not said.patient:
        return said
    if said.study not in owners:
        earlier = journal.each(connection, study=said.study, kind="judged")
        taken = (r.said("patient") for r in earlier if r.object != row.object and r.said("disposition") != "HOLD")
        owners[said.study] = next(filter(None, taken), said.patient)
    if owners[said.study] == said.patient:
        return said
    return Judgement("HOLD", "two_patients", "its study has begun with another patient", said.study)
