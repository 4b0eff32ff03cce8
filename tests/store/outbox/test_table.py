"""The table: durable, and changed only by who saw it last."""

from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store import sqlite
from vivomap.store.outbox import table
from vivomap.store.outbox.delivery import Delivery

ONE = Delivery("abc", "to", "way", "f" * 64, 3, "c", "1.2", "s", "e", "sr", queued_at=1.0)


def test_a_row_reads_back_equal(tmp_path: Path) -> None:
    engine = table.begin(tmp_path)
    with table.asking(engine) as connection:
        table.add(connection, ONE)
    with table.asking(table.begin(tmp_path)) as connection:
        assert table.of(connection) == (ONE,)
        assert table.of(connection, state="sent") == ()
        assert table.beginning(connection, "a") == (ONE,)
        assert table.beginning(connection, "%") == ()


def test_only_who_saw_the_row_as_it_is_changes_it(tmp_path: Path) -> None:
    engine = table.begin(tmp_path)
    with table.asking(engine) as connection:
        table.add(connection, ONE)
        assert table.change(connection, ONE, state="sending", tries=1)
        assert not table.change(connection, ONE, state="sending", tries=1)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    engine = table.begin(tmp_path)

    def fail() -> None:
        with table.asking(engine) as connection:
            table.add(connection, ONE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with table.asking(engine) as connection:
        assert table.of(connection) == ()


def test_who_holds_the_table_keeps_others_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE_S", 0.05)
    first, second = table.begin(tmp_path), table.begin(tmp_path)
    with table.asking(first) as connection:
        table.hold(connection)
        with pytest.raises(Refusal) as busy, table.asking(second) as other:
            table.add(other, ONE)
    assert busy.value.code == "ledger_busy"


def test_a_commit_is_durable_by_its_settings(tmp_path: Path) -> None:
    with table.asking(table.begin(tmp_path)) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / table.FILE).write_bytes(b"no database" * 500)
    with pytest.raises(Refusal) as refused:
        table.begin(tmp_path)
    assert refused.value.code == "cannot_write"
