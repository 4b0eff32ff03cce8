"""A small database of its own beside what it tells of: durable when a transaction returns, its troubles as Refusals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, MetaData, Pool, create_engine, event
from sqlalchemy.exc import DBAPIError

from vivomap.core import Refusal

PATIENCE_S = 20.0  # project: how long a writer waits for another one


def opened(path: Path, tables: MetaData, what: str, pool: type[Pool] | None = None) -> Engine:
    """Open a database, made with its tables if there is none; `what` it is, in words for a message."""
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, poolclass=pool, hide_parameters=True, connect_args={"timeout": PATIENCE_S})
    event.listen(engine, "connect", _durable)
    with asking(engine, what) as connection:
        tables.create_all(connection)
    return engine


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """A commit is on the disk when it returns: the write-ahead log is synced each time."""
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute("PRAGMA synchronous=FULL").close()


@contextmanager
def asking(engine: Engine, what: str) -> Iterator[Connection]:
    """A connection in one transaction.

    Raises Refusal `ledger_busy`, `disk_full`, `fsync_failed` or `cannot_write` for what the database refuses.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise refused(error, str(engine.url.database), what) from error


def refused(error: DBAPIError, where: str, what: str) -> Refusal:
    """What the database refused, by SQLite's own name of the trouble."""
    said = str(getattr(error.orig, "sqlite_errorname", "")) or type(error.orig).__name__
    if said.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Refusal("ledger_busy", f"another program holds {what}", where=where, found=said)
    if said.startswith("SQLITE_FULL"):
        return Refusal("disk_full", f"no room to write {what}", where=where, found=said)
    if said.startswith("SQLITE_IOERR"):
        return Refusal("fsync_failed", f"the disk failed under {what}", where=where, found=said)
    return Refusal("cannot_write", f"{what} cannot be read or written", where=where, found=said)
