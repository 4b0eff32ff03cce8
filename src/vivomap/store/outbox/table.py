"""The table of the queue: one row for each object and destination. A database of its own, beside its objects."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.pool import NullPool

from vivomap.store import sqlite
from vivomap.store.outbox.delivery import Delivery

FILE = "queue.sqlite"
WHAT = "the queue"
tables = MetaData()
deliveries = Table(
    "deliveries",
    tables,
    Column("id", String(16), primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("destination", "way", "object")),
    Column("bytes", Integer, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("sop_class", "instance", "study", "series", "origin")),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    *(Column(name, Float, nullable=False) for name in ("queued_at", "next_at", "done_at")),
    Column("lease_by", Text, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("doubt", Boolean, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("code", "said")),
    Index("deliveries_by_state", "state"),
    Index("deliveries_by_object", "object"),
)


def begin(folder: Path) -> Engine:
    """Open the queue of a folder, made if there is none. Raises Refusal `cannot_write`…"""
    engine = sqlite.opened(folder / FILE, tables, WHAT, NullPool)
    return engine


def asking(engine: Engine) -> AbstractContextManager[Connection]:
    """A connection in one transaction; what the database refuses comes out as a Refusal."""
    return sqlite.asking(engine, WHAT)


def hold(connection: Connection) -> None:
    """Keep every other writer out until this transaction ends."""
    connection.execute(update(deliveries).where(deliveries.c.id == "").values(id=""))


def add(connection: Connection, one: Delivery) -> None:
    """Add a delivery."""
    connection.execute(insert(deliveries).values(asdict(one)))


def of(connection: Connection, **asked: Any) -> tuple[Delivery, ...]:
    """The deliveries whose columns hold these values, oldest first; all without any."""
    query = select(deliveries).order_by(deliveries.c.queued_at, deliveries.c.id)
    for name, value in asked.items():
        query = query.where(deliveries.c[name] == value)
    return tuple(Delivery(**found) for found in connection.execute(query).mappings())


def beginning(connection: Connection, prefix: str) -> tuple[Delivery, ...]:
    """The deliveries whose id begins so."""
    query = select(deliveries).where(deliveries.c.id.startswith(prefix, autoescape=True))
    return tuple(Delivery(**found) for found in connection.execute(query).mappings())


def change(connection: Connection, seen: Delivery, **values: Any) -> bool:
    """Change a delivery, if it is still as it was seen; says whether it was."""
    as_seen = [deliveries.c[n] == getattr(seen, n) for n in ("id", "state", "tries", "lease_by", "next_at")]
    return connection.execute(update(deliveries).where(*as_seen).values(**values)).rowcount == 1
