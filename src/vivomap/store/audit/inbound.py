"""One audit record for each object that was received, made from the journal of the inbox: none lost, none twice.

The receiver never waits for the audit. Its journal is on the disk before a sender is answered, and is the spool: what
has a verdict there and no audit record yet gets one now, or, where the log cannot be written, the next time.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from vivomap.store.audit import kinds, log
from vivomap.store.audit.event import UNKNOWN, Actor, Event
from vivomap.store.disk import alone
from vivomap.store.inbox import Inbox, journal
from vivomap.store.inbox.journal import Row

MARK, LOCK = "received.json", "received.lock"
MOST = 500  # records in one step
REF = "inbox:"


def received(inbox: Inbox, title: str) -> int:
    """Put on record every object that has a verdict and no audit record yet; `title` is our AE title. Gives how many.

    Raises Refusal `audit_stopped`; nothing is lost then.
    """
    done = 0
    with _alone(inbox.root):
        last, offset = _covered(inbox.root)
        while rows := _judged(inbox, last):
            log.append(inbox.root, [_event(row, came, title) for row, came in rows])
            last, done = rows[-1][0].seq, done + len(rows)
            offset = log.place(inbox.root).stat().st_size
            _mark(inbox.root, last, offset)
    return done


def waiting(inbox: Inbox) -> int:
    """How many objects have a verdict and no audit record yet, at most 500."""
    return len(_judged(inbox, _covered(inbox.root)[0]))


def _event(row: Row, came: Row | None, title: str) -> Event:
    sender = str(came.said("sender") if came else "") or UNKNOWN
    source = Actor(sender, "source", requestor=True, at=str(came.said("address") if came else ""))
    sop_class = str(came.said("sop_class") if came else "") or UNKNOWN
    what = kinds.study(row.study, ((sop_class, 1, (row.instance or UNKNOWN,)),))
    event = kinds.transferred(source, Actor(title, "destination"), str(row.said("patient")), what)
    said = f"held: {row.code}" if row.said("disposition") == "HOLD" else ""
    at = (came or row).at.replace("+00:00", "Z")
    return Event(**{**event.__dict__, "said": said, "sole": kinds.RECEIVED, "ref": f"{REF}{row.seq}", "at": at})


def _judged(inbox: Inbox, after: int) -> list[tuple[Row, Row | None]]:
    """The next verdicts, each with the arrival of its object."""
    table = journal.journal
    query = select(table.c.seq).where(table.c.kind == "judged", table.c.seq > after).order_by(table.c.seq).limit(MOST)
    with journal.asking(inbox.engine) as connection:
        found = []
        for seq in connection.execute(query).scalars().all():
            (row,) = journal.of(connection, seq=seq)
            came = journal.of(connection, object=row.object, kind="arrived")
            found.append((row, came[0] if came else None))
        return found


def _covered(project: Path) -> tuple[int, int]:
    """The last row of the journal that has an audit record, and how far the log has been looked through for it."""
    path = log.place(project).with_name(MARK)
    try:
        last, offset = (int(n) for n in json.loads(path.read_text("ascii")))
    except (OSError, ValueError):
        last, offset = 0, 0
    if not log.place(project).exists() or log.place(project).stat().st_size < offset:
        offset = 0
    for record in log.records(project, offset):
        if record.event.ref.startswith(REF):
            last = max(last, int(record.event.ref.removeprefix(REF)))
    return last, offset


def _mark(project: Path, last: int, offset: int) -> None:
    """Remember how far we are: only to be quick, since the log itself tells the rest."""
    path = log.place(project).with_name(MARK)
    new = path.with_suffix(".part")
    try:
        new.write_text(json.dumps([last, offset]), "ascii")
        new.replace(path)
    except OSError as error:
        raise log.stopped(error, path) from error


@contextlib.contextmanager
def _alone(project: Path) -> Iterator[None]:
    path = log.place(project).with_name(LOCK)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(alone(path))
        except OSError as error:
            raise log.stopped(error, path) from error
        yield
