"""Rows are only added, and say what happened to each object."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from vivomap.core import Refusal
from vivomap.store.inbox import journal
from vivomap.store.inbox.journal import Row


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return journal.begin(tmp_path)


def add(engine: Engine, *rows: Row) -> None:
    with journal.asking(engine) as connection:
        journal.add(connection, rows)


def test_rows_come_back_as_they_were_given_in_their_order(engine: Engine) -> None:
    add(engine, Row("arrived", "aa", "1.2", body=(("sender", "CT_1"),)), Row("arrived", "bb", "1.3"))
    with journal.asking(engine) as connection:
        first, second = journal.of(connection)
        assert (first.object, first.said("sender"), first.said("absent")) == ("aa", "CT_1", "")
        assert (first.seq, second.seq) == (1, 2)
        assert first.at.endswith("+00:00")
        assert journal.of(connection, instance="1.3") == (second,)
        assert journal.beginning(connection, "b") == ("bb",)
        assert journal.beginning(connection, "%") == ()


def test_what_has_a_verdict_waits_no_longer(engine: Engine) -> None:
    add(engine, Row("arrived", "aa", "1.2"), Row("arrived", "bb", "1.3"), Row("judged", "aa", "1.2"))
    with journal.asking(engine) as connection:
        assert [r.object for r in journal.unjudged(connection, 9)] == ["bb"]


@pytest.mark.parametrize("words", ["UPDATE journal SET code = 'x'", "DELETE FROM journal"])
def test_no_row_is_changed_or_taken_away(engine: Engine, words: str) -> None:
    add(engine, Row("arrived", "aa", "1.2"))
    with pytest.raises(Refusal), journal.asking(engine) as connection:
        connection.execute(text(words))
    with journal.asking(engine) as connection:
        assert [(r.object, r.code) for r in journal.of(connection)] == [("aa", "")]


def test_hostile_words_are_only_words(engine: Engine) -> None:
    hostile = "1.2'; DROP TABLE journal; --\u202e\x00../../etc"
    add(engine, Row("arrived", "aa", hostile, body=(("sender", hostile),)))
    with journal.asking(engine) as connection:
        (row,) = journal.of(connection, instance=hostile)
    assert row.said("sender") == hostile


def test_a_commit_is_durable_by_its_settings(engine: Engine) -> None:
    with journal.asking(engine) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_journal_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / journal.FILE).write_bytes(b"no database " * 1000)
    with pytest.raises(Refusal) as refused:
        journal.begin(tmp_path)
    assert refused.value.code == "cannot_write"
