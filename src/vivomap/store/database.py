"""The tables of a project and the way to them; all that knows which database it is.

`entries` is the ledger. `names` is an index made from the bodies alone, and can be made again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from vivomap.core import Refusal

FILE = "ledger.sqlite"
SCHEMA = "1"
PATIENCE_S = 30.0  # project: how long a writer waits for another one

tables = MetaData()
meta = Table("meta", tables, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))
entries = Table(
    "entries",
    tables,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("id", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("recorded_at", String(40), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("entries_by_id", "id"),
)
names = Table(
    "names",
    tables,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("role", String(16), primary_key=True),
    Column("name", Text, primary_key=True),
    Index("names_by_name", "role", "name"),
)


def prepare(folder: Path) -> None:
    """Make the tables where there are none; a second maker finds them made."""
    with asking(folder, new=True) as connection:
        for table in tables.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
    try:
        with asking(folder) as connection:
            if connection.execute(select(meta.c.value).where(meta.c.name == "schema")).first() is None:
                connection.execute(insert(meta).values(name="schema", value=SCHEMA))
    except IntegrityError:
        schema(folder)


def schema(folder: Path) -> str:
    """The version of the tables. Raises Refusal `newer_project` if this vivomap does not know it."""
    with asking(folder) as connection:
        found = connection.execute(select(meta.c.value).where(meta.c.name == "schema")).scalar()
    if found != SCHEMA:
        raise Refusal(
            "newer_project",
            "the ledger of this project has another form than this vivomap knows",
            where=str(folder),
            found=f"schema {found}",
            expected=f"schema {SCHEMA}",
        )
    return SCHEMA


@contextmanager
def asking(folder: Path, *, new: bool = False) -> Iterator[Connection]:
    """A connection in one transaction; what the database refuses comes out as a Refusal."""
    path = folder / FILE
    if not new and not path.is_file():
        raise broken("the ledger of this project is gone", folder, found="no such file")
    try:
        with _engine(path, PATIENCE_S).begin() as connection:
            yield connection
    except IntegrityError:
        raise  # a rival took the number; the ledger looks again
    except DBAPIError as error:
        raise _refused(error, folder) from error


def broken(summary: str, folder: Path, *, row: int = 0, found: str = "", expected: str = "") -> Refusal:
    """The refusal of a ledger that does not hold, with the row where it broke."""
    where = f"{folder / FILE}{f', row {row}' if row else ''}"
    computed = f"rows 1 to {row - 1} are whole" if row > 1 else ""
    return Refusal("broken_chain", summary, where=where, found=found, expected=expected, computed=computed)


def sound(folder: Path) -> None:
    """Let SQLite check its own pages and indexes. Raises Refusal `broken_chain`."""
    with asking(folder) as connection:
        if connection.dialect.name != "sqlite":
            return
        said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if said != "ok":
        raise broken("the pages of the ledger's database do not fit together", folder, found=str(said)[:120])


@lru_cache(maxsize=64)
def _engine(path: Path, patience: float) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": patience})
    event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: sqlite3.Connection, _: object) -> None:
    """Ask SQLite to make its journal's folder entry durable too: a setting of the connection, not of the data."""
    connection.execute("PRAGMA synchronous=EXTRA").close()


def _refused(error: DBAPIError, folder: Path) -> Refusal:
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    said = name or type(error.orig).__name__
    where = str(folder / FILE)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Refusal("ledger_busy", "another program holds the ledger", where=where, found=said)
    if name.startswith("SQLITE_FULL"):
        return Refusal("disk_full", "no room to write the ledger", where=where, found=said)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")):
        return Refusal("cannot_write", "the ledger cannot be opened or written", where=where, found=said)
    return broken("the ledger's database is damaged", folder, found=said)
