"""A small database of its own: durable, and its troubles have a code."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import OperationalError

from vivomap.core import Refusal
from vivomap.store import sqlite

TABLES = MetaData()
NUMBERS = Table("numbers", TABLES, Column("number", Integer, primary_key=True))


def test_what_was_written_is_there_for_the_next_who_opens_it(tmp_path: Path) -> None:
    for number in (1, 2):
        engine = sqlite.opened(tmp_path / "x.sqlite", TABLES, "the book")
        with sqlite.asking(engine, "the book") as connection:
            connection.execute(insert(NUMBERS).values(number=number))
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
            assert list(connection.execute(select(NUMBERS.c.number)).scalars()) == list(range(1, number + 1))


def test_what_ends_badly_was_never_written(tmp_path: Path) -> None:
    engine = sqlite.opened(tmp_path / "x.sqlite", TABLES, "the book")

    def breaks_off() -> None:
        with sqlite.asking(engine, "the book") as connection:
            connection.execute(insert(NUMBERS).values(number=1))
            raise KeyError

    with pytest.raises(KeyError):
        breaks_off()
    with sqlite.asking(engine, "the book") as connection:
        assert list(connection.execute(select(NUMBERS))) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_BUSY", "ledger_busy"),
        ("SQLITE_LOCKED_SHAREDCACHE", "ledger_busy"),
        ("SQLITE_FULL", "disk_full"),
        ("SQLITE_IOERR_FSYNC", "fsync_failed"),
        ("SQLITE_READONLY", "cannot_write"),
        ("", "cannot_write"),
    ],
)
def test_each_trouble_has_its_code(name: str, code: str) -> None:
    cause = sqlite3.OperationalError("patient P-1")
    cause.sqlite_errorname = name
    found = sqlite.refused(OperationalError("select", {}, cause), "here", "the book")
    assert (found.code, found.where, found.found) == (code, "here", name or "OperationalError")
    assert "P-1" not in " ".join(found.lines())


def test_a_folder_that_is_not_there_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        sqlite.opened(tmp_path / "none" / "x.sqlite", TABLES, "the book")
    assert refused.value.code == "cannot_write"
