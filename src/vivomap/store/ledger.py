"""What happened to a patient's numbers, in order: nothing is changed or taken out, and a break in the order is named.

Each row holds the hash of the one before it (64 zeros before the first):

    id = SHA-256(body)
    hash = SHA-256 of the JSON list [seq, kind, id, recorded_at, previous]

`ledger.head`, beside the database, names the last row, so that a cut tail is seen too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from vivomap.core import Refusal
from vivomap.store.database import asking, broken, entries, names, prepare, sound
from vivomap.store.disk import place
from vivomap.store.records import Name, digest

ATTEMPTS = 200  # project: each failed attempt means that another writer succeeded
PAGE = 50  # rows read at a time, so that a long walk holds no lock and little memory
GENESIS = "0" * 64
REPEATED = ("supersedes", "consent")  # the same said again is another event: the last one counts


@dataclass(frozen=True)
class Head:
    """The last row: its number and its hash."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Line:
    """What is to be appended: the kind, the canonical JSON, and what it can be found by."""

    kind: str
    body: str
    names: frozenset[Name]


@dataclass(frozen=True)
class Row:
    """One row as the database holds it."""

    seq: int
    kind: str
    id: str
    body: str
    recorded_at: str
    previous: str
    hash: str


def begin(folder: Path) -> None:
    """Make an empty ledger with its head where there is none."""
    prepare(folder)
    if not _head_path(folder).exists():
        _settle(folder)


def append(folder: Path, lines: Sequence[Line]) -> tuple[str, ...]:
    """Append lines in one step and give their ids; content that is there already is not written again.

    Raises Refusal `ledger_busy`, `disk_full`, `cannot_write`, or `broken_chain` if the tail was cut.
    """
    for _ in range(ATTEMPTS):
        if _appended(folder, lines):
            _settle(folder)
            return tuple(digest(line.body) for line in lines)
    raise Refusal("ledger_busy", "other writers were always quicker", where=str(folder))


def walk(folder: Path) -> Iterator[Row]:
    """Every row from the first, each proved against the one before it. Raises Refusal `broken_chain` at a break."""
    known = head(folder)
    last = Head(0, GENESIS)
    while page := _page(folder, last.seq):
        for row in page:
            _prove(row, last, folder)
            last = Head(row.seq, row.hash)
            if row.seq == known.seq and row.hash != known.hash:
                raise broken("this row is not the one that ledger.head names", folder, row=row.seq)
            yield row
    if last.seq < known.seq:
        cut = f"rows {last.seq + 1} to {known.seq} are cut off at the end"
        raise broken(cut, folder, row=last.seq + 1, found=f"{last.seq} rows", expected=f"{known.seq} rows")


def verify(folder: Path, known: str = "") -> Head:
    """Prove the whole chain and give its head; `known` is the hash of a row that someone kept elsewhere.

    Raises Refusal `broken_chain` naming the row and what is wrong with it.
    """
    sound(folder)
    last, seen = Head(0, GENESIS), known in ("", GENESIS)
    for row in walk(folder):
        last = Head(row.seq, row.hash)
        seen = seen or row.hash == known
    if not seen:
        raise broken("no row has the hash that was kept elsewhere", folder, expected=known)
    return last


def relist(folder: Path, listed: Sequence[tuple[int, frozenset[Name]]]) -> int:
    """Make the index say what the bodies say, and give the number of rows whose index was wrong."""
    wrong = 0
    with asking(folder) as connection:
        for seq, right in listed:
            mine = select(names.c.role, names.c.name).where(names.c.seq == seq)
            if {(role, name) for role, name in connection.execute(mine)} != right:
                wrong += 1
                connection.execute(delete(names).where(names.c.seq == seq))
                _list(connection, seq, right)
    return wrong


def head(folder: Path) -> Head:
    """The last row as the file beside the database names it. Raises Refusal `broken_chain` if it cannot be read."""
    try:
        seq, value = json.loads(_head_path(folder).read_text(encoding="utf-8"))
        return Head(int(seq), str(value))
    except (OSError, ValueError, TypeError) as error:
        raise broken("ledger.head cannot be read", folder, found=type(error).__name__) from error


def link(seq: int, kind: str, name: str, recorded_at: str, previous: str) -> str:
    """The hash of a row; the body is in it by its id, `name`."""
    return digest(json.dumps([seq, kind, name, recorded_at, previous], separators=(",", ":")))


def _prove(row: Row, last: Head, folder: Path) -> None:
    if row.seq != last.seq + 1:
        raise broken(f"row {last.seq + 1} is deleted", folder, row=last.seq + 1, found=f"row {row.seq} follows")
    if not all(isinstance(text, str) for text in astuple(row)[1:]):
        raise broken("the row holds something that is not text", folder, row=row.seq)
    if digest(row.body) != row.id:
        raise broken("the body was edited", folder, row=row.seq, found=digest(row.body)[:12], expected=row.id[:12])
    if row.previous != last.hash:
        raise broken(
            "the row does not follow the one before it: swapped, inserted or replaced",
            folder,
            row=row.seq,
            found=row.previous[:12],
            expected=last.hash[:12],
        )
    right = link(row.seq, row.kind, row.id, row.recorded_at, row.previous)
    if right != row.hash:
        raise broken(
            "the number, kind, id or time of the row was edited, or rows were swapped",
            folder,
            row=row.seq,
            found=row.hash[:12],
            expected=right[:12],
        )


def _appended(folder: Path, lines: Sequence[Line]) -> bool:
    """Whether the lines found their place; not if another writer took the number in the meantime."""
    known = head(folder)  # before the rows: it is never ahead of them
    try:
        with asking(folder) as connection:
            _whole_tail(connection, known, folder)
            _insert(connection, lines)
    except IntegrityError:
        return False
    return True


def _page(folder: Path, after: int) -> list[Row]:
    with asking(folder) as connection:
        rows = connection.execute(select(entries).where(entries.c.seq > after).order_by(entries.c.seq).limit(PAGE))
        return [Row(*row) for row in rows]


def _insert(connection: Connection, lines: Sequence[Line]) -> None:
    """Number the new lines and chain them. The last row is read first, so that a rival's row is seen or collides."""
    last = _last(connection)
    seq, previous = last.seq, last.hash
    for line in lines:
        name = digest(line.body)
        there = select(entries.c.seq).where(entries.c.id == name, entries.c.kind == line.kind)
        if line.kind not in REPEATED and connection.execute(there).first():
            continue
        seq, moment = seq + 1, datetime.now(UTC).isoformat(timespec="microseconds")
        chained = link(seq, line.kind, name, moment, previous)
        connection.execute(insert(entries), Row(seq, line.kind, name, line.body, moment, previous, chained).__dict__)
        _list(connection, seq, line.names)
        previous = chained


def _list(connection: Connection, seq: int, listed: frozenset[Name]) -> None:
    rows: list[dict[str, Any]] = [{"seq": seq, "role": role, "name": name} for role, name in sorted(listed)]
    if rows:
        connection.execute(insert(names), rows)


def _last(connection: Connection) -> Head:
    row = connection.execute(select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row else Head(0, GENESIS)


def _whole_tail(connection: Connection, known: Head, folder: Path) -> None:
    """Never write over the trace of a cut tail."""
    found = connection.execute(select(entries.c.hash).where(entries.c.seq == known.seq)).scalar()
    if known.seq and found != known.hash:
        raise broken("the last rows are cut off or changed; nothing is appended to them", folder, row=known.seq)


def _settle(folder: Path) -> None:
    """Write the head until it names the last row; whoever writes last looks again, so the newest head stays."""
    while True:
        with asking(folder) as connection:
            last = _last(connection)
        path = _head_path(folder)
        if path.exists() and head(folder) == last:
            return
        text = json.dumps([last.seq, last.hash]).encode()
        place(path, lambda out, text=text: out.write(text))  # type: ignore[misc]


def _head_path(folder: Path) -> Path:
    return folder / "ledger.head"
