"""The journal of the inbox: one table to which rows are only added, and what it says of each object.

It is a database of its own and not part of the ledger: it takes a row for every image that arrives, while the ledger
may be held by a long step, and its loss costs no conclusion. `arrived` rows can be made again from the bytes.

What each arrival asks is written in the words of SQLite itself: building the same question from objects each time took
more of the processor than answering it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    select,
    text,
)

from vivomap.store import sqlite

FILE = "journal.sqlite"
WHAT = "the journal of the inbox"
tables = MetaData()
journal = Table(
    "journal",
    tables,
    Column("seq", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("object", String(64), nullable=False),
    Column("instance", Text, nullable=False),
    Column("study", Text, nullable=False),
    Column("code", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Index("journal_by_object", "object"),
    Index("journal_by_instance", "instance"),
    Index("journal_by_study", "study"),
)
ASK = "SELECT seq, at, kind, object, instance, study, code, body FROM journal"
ADD = "INSERT INTO journal (at, kind, object, instance, study, code, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
ONLY_ADDED = (  # SQLite's own words: a row of the journal is never changed or taken away
    "CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END",
    "CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'append only'); END",
)


@dataclass(frozen=True)
class Row:
    """One thing that happened to one object; `body` says more. `seq` and `at` are given when it is added."""

    kind: str  # arrived, conflict, judged, held, released
    object: str
    instance: str
    study: str = ""
    code: str = ""
    body: tuple[tuple[str, Any], ...] = ()
    seq: int = 0
    at: str = ""

    def said(self, key: str) -> Any:
        """One word of the body; "" where there is none."""
        return dict(self.body).get(key, "")


def begin(folder: Path) -> Engine:
    """Open the journal of a folder, made if there is none. Raises Refusal `newer_project`, `cannot_write`…"""
    engine = sqlite.opened(folder / FILE, tables, WHAT)
    with asking(engine) as connection:
        if connection.dialect.name == "sqlite":
            for words in ONLY_ADDED:
                connection.execute(text(words))
    return engine


def asking(engine: Engine) -> AbstractContextManager[Connection]:
    """A connection in one transaction; what the database refuses comes out as a Refusal."""
    return sqlite.asking(engine, WHAT)


def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Add rows at the end, in one step with the transaction that they are part of."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    values = [(now, r.kind, r.object, r.instance, r.study, r.code, _text(r.body)) for r in rows]
    connection.exec_driver_sql(ADD, values)


def _text(body: Sequence[tuple[str, Any]]) -> str:
    return json.dumps(dict(body), ensure_ascii=False, sort_keys=True)


def of(connection: Connection, **asked: str) -> tuple[Row, ...]:
    """The rows whose columns hold these values, oldest first; all rows without any."""
    return tuple(each(connection, **asked))


def each(connection: Connection, **asked: str) -> Iterator[Row]:
    """The same one after the other, for who needs only the first ones."""
    named = " AND ".join(f"{journal.c[name].name} = ?" for name in asked) or "1"
    yield from map(_row, connection.exec_driver_sql(f"{ASK} WHERE {named} ORDER BY seq", tuple(asked.values())))


def of_patients(connection: Connection, patients: Iterable[str]) -> tuple[Row, ...]:
    """The rows of every object that the validator found to be of one of these patients, oldest first."""
    said = func.json_extract(journal.c.body, "$.patient")
    theirs = select(journal.c.object).where(journal.c.kind == "judged", said.in_(tuple(patients)))
    query = select(journal).where(journal.c.object.in_(theirs)).order_by(journal.c.seq)
    return tuple(map(_row, connection.execute(query)))


def beginning(connection: Connection, prefix: str) -> tuple[str, ...]:
    """The objects whose name begins so."""
    query = select(journal.c.object).distinct().where(journal.c.object.startswith(prefix, autoescape=True))
    return tuple(connection.execute(query).scalars())


def unjudged(connection: Connection, most: int, after: int = 0) -> tuple[Row, ...]:
    """What has arrived behind a row and has no verdict yet, oldest first."""
    done = "SELECT 1 FROM journal AS later WHERE later.object = journal.object AND later.kind = 'judged'"
    query = f"{ASK} WHERE seq > ? AND kind = 'arrived' AND NOT EXISTS ({done}) ORDER BY seq LIMIT ?"
    return tuple(map(_row, connection.exec_driver_sql(query, (after, most))))


def last(connection: Connection) -> int:
    """The number of the newest row; 0 if there is none."""
    return int(connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM journal").scalar_one())


def _row(found: Sequence[Any]) -> Row:
    seq, at, kind, object_, instance, study, code, body = found
    return Row(kind, object_, instance, study, code, tuple(json.loads(body).items()), seq, at)
